//@ error: E0277
//@ says: `Rc<u8>` cannot be sent between threads safely
use std::rc::Rc;
#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Rc<u8>;

fn main() {
    let _ = Rc::new(1);
    let (_tx, rx) = waterway::mpmc::bounded::<Message>(1);
    // Whoever has it by reference can receive.
    std::thread::scope(|scope| {
        scope.spawn(|| drop(rx.try_recv()));
    });
}
