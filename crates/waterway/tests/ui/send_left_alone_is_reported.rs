//@ error: none
//@ says: must be used
//@ says: .await
//@ says: .wait()
#![deny(unused_must_use)]
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    tx.send(1);
    drop(tx.send(1));
}
