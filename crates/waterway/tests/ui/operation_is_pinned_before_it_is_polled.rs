//@ error: E0277
//@ says: cannot be unpinned
use std::pin::{Pin, pin};
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let mut op = tx.send(1);
    #[cfg(bad)]
    let _ = Pin::new(&mut op).cancel();
    let _ = pin!(op).cancel();
    let _: Pin<&mut u8> = Pin::new(&mut 1);
}
