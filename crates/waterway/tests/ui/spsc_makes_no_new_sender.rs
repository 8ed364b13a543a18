//@ error: E0599
//@ says: `new_sender`
use waterway::spsc;

fn main() {
    let (tx, rx) = spsc::bounded::<u8>(1);
    drop(tx);
    #[cfg(bad)]
    drop(rx.new_sender());
    drop(rx);
}
