//@ error: E0277
//@ says: `Cell<u8>` cannot be shared between threads safely
use std::cell::Cell;
#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Cell<u8>;

fn main() {
    let _ = Cell::new(1);
    let (tx, mut rx) = waterway::broadcast::channel::<Message>(1);
    tx.try_send(Message::default()).ok().unwrap();
    let message = rx.try_recv_ref().unwrap().unwrap();
    std::thread::spawn(move || drop(message));
}
