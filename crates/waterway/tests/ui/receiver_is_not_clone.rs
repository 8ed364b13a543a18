//@ error: E0599
//@ says: `clone`
//@ says: Receiver
use waterway::mpsc;

fn main() {
    let (tx, rx) = mpsc::bounded::<u8>(1);
    drop(tx.clone());
    #[cfg(bad)]
    drop(rx.clone());
    drop(rx);
}
