//@ error: E0499
//@ says: more than once at a time
use waterway::spsc;

fn main() {
    let (mut tx, _rx) = spsc::bounded::<u8>(2);
    let permit = tx.try_reserve().unwrap();
    #[cfg(bad)]
    tx.try_send(2).unwrap();
    permit.send(1).unwrap();
}
