//@ error: E0599
//@ says: try_recv_leased
use waterway::{mpmc, mpsc};

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let _ = rx.try_recv_leased();
    #[cfg(bad)]
    {
        let (_tx, rx) = mpmc::bounded::<u8>(1);
        let _ = rx.try_recv_leased();
    }
}
