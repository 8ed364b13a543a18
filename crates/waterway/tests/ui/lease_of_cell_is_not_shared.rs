//@ error: E0277
//@ says: cannot be shared between threads safely
use std::cell::Cell;
use waterway::mpsc;

fn shared<T: Sync>(_: T) {}
fn sent<T: Send>(_: T) {}

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<Cell<u8>>(1);
    sent(rx.try_recv_leased().ok());
    #[cfg(bad)]
    shared(rx.try_recv_leased().ok());
    shared(rx);
}
