//@ error: E0277
//@ says: `Cell<u8>` cannot be shared between threads safely
use std::cell::Cell;
#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Cell<u8>;

fn main() {
    let _ = Cell::new(1);
    let (_tx, mut rx) = waterway::broadcast::channel::<Message>(1);
    // There it would be cloned, while others clone it here.
    std::thread::spawn(move || drop(rx.try_recv()));
}
