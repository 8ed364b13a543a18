//@ error: E0599
//@ says: `force_send`
use waterway::spsc;

fn main() {
    let (mut tx, _rx) = spsc::bounded::<u8>(1);
    tx.try_send(1).unwrap();
    #[cfg(bad)]
    drop(tx.force_send(2));
}
