//@ error: E0499
//@ says: more than once at a time
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let first = rx.recv();
    #[cfg(bad)]
    let second = rx.recv();
    drop(first);
    #[cfg(bad)]
    drop(second);
}
