//@ error: E0599
//@ says: `clone`
//@ says: Sender
use waterway::spsc;

fn main() {
    let (tx, rx) = spsc::bounded::<u8>(1);
    #[cfg(bad)]
    drop(tx.clone());
    drop((tx, rx));
}
