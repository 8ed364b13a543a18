//@ error: E0277
//@ says: cannot be sent between threads safely
use std::future::Future;
#[cfg(not(bad))]
type Message = usize;
#[cfg(bad)]
type Message = *mut u8;

fn spawn(_: impl Future + Send + 'static) {}

fn main() {
    let (_tx, rx) = waterway::mpsc::bounded::<Message>(1);
    let task = rx.recv_owned();
    spawn(task);
}
