//@ error: E0277
//@ says: `Rc<u8>` cannot be sent between threads safely
use std::rc::Rc;
#[cfg(not(bad))]
type Value = u8;
#[cfg(bad)]
type Value = Rc<u8>;

fn main() {
    let _ = Rc::new(1);
    let (tx, _rx) = waterway::oneshot::channel::<Value>();
    std::thread::spawn(move || drop(tx));
}
