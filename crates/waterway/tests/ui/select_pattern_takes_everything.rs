//@ error: E0004
//@ says: not covered
use waterway::{mpsc, select_wait};

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    select_wait! { Some(_) = rx.recv() => {} }
    #[cfg(not(bad))]
    select_wait! { Some(_) = rx.recv() => {}, else => {} }
}
