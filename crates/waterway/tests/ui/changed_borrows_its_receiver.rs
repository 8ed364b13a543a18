//@ error: E0499
//@ says: cannot borrow `rx` as mutable more than once at a time
use std::pin::pin;

fn main() {
    let (_tx, mut rx) = waterway::watch::channel(1);
    let changed = pin!(rx.changed());
    #[cfg(bad)]
    rx.mark_seen();
    drop(changed);
}
