//@ error: E0277
//@ says: `Cell<u8>` cannot be shared between threads safely
use std::cell::Cell;
use waterway::pool;

#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Cell<u8>;

fn main() {
    let _ = Cell::new(1);
    let (sender, mut receiver) = pool::bounded::<Message>(1);
    sender.try_send(Message::default()).ok().unwrap();
    let message = receiver.try_recv_ref().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = &*message;
        });
    });
}
