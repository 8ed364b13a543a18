//@ error: E0277
//@ says: `Cell<u8>` cannot be shared between threads safely
use std::cell::Cell;
#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Cell<u8>;

fn main() {
    let _ = Cell::new(1);
    let (_tx, rx) = waterway::broadcast::once::<Message>();
    std::thread::scope(|scope| {
        scope.spawn(|| rx.get().is_some());
    });
}
