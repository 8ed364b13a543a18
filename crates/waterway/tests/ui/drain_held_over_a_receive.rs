//@ error: E0499
//@ says: more than once at a time
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let mut drain = rx.drain();
    #[cfg(bad)]
    let _ = rx.try_recv();
    drop(drain.next());
}
