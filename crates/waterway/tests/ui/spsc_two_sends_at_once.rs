//@ error: E0499
//@ says: more than once at a time
use waterway::spsc;

fn main() {
    let (mut tx, _rx) = spsc::bounded::<u8>(1);
    let first = tx.send(1);
    #[cfg(bad)]
    let second = tx.send(2);
    drop(first);
    #[cfg(bad)]
    drop(second);
}
