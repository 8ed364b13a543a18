//@ error: E0382
//@ says: of moved value
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let (_, tx) = tx.send_owned(1).wait();
    let op = tx.clone().send_owned(2);
    drop(op);
    drop(tx.is_full());
    #[cfg(bad)]
    let op = tx.send_owned(2);
    #[cfg(bad)]
    drop((op, tx.is_full()));
}
