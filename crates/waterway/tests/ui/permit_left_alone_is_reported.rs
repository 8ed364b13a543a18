//@ error: none
//@ says: must be used
#![deny(unused_must_use)]
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    tx.try_reserve().unwrap();
    drop(tx.try_reserve().unwrap());
}
