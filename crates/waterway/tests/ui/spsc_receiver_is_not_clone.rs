//@ error: E0599
//@ says: `clone`
//@ says: Receiver
use waterway::spsc;

fn main() {
    let (tx, rx) = spsc::bounded::<u8>(1);
    #[cfg(bad)]
    drop(rx.clone());
    drop((tx, rx));
}
