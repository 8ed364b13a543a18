//@ error: E0499
//@ says: more than once at a time
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let peeked = rx.peek().wait();
    #[cfg(bad)]
    let _ = rx.recv().wait();
    drop(peeked.copied());
}
