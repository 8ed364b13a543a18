//@ error: E0599
//@ says: cancel
use std::pin::pin;
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    let _ = tx.send(1).cancel();
    let _ = pin!(tx.send(1)).cancel();
}
