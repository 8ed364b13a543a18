//@ error: E0499
//@ says: more than once at a time
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let peeked = rx.try_peek().ok();
    #[cfg(bad)]
    let _ = rx.try_recv();
    drop(peeked.copied());
    let peeked = rx.try_peek().ok();
    drop(peeked.copied());
    let _ = rx.try_recv();
}
