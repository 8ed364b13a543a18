//@ error: E0599
//@ says: has_manager
use waterway::{mpmc, mpsc};

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    tx.has_manager();
    #[cfg(bad)]
    {
        let (tx, _rx) = mpmc::bounded::<u8>(1);
        tx.has_manager();
    }
}
