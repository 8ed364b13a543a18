//@ error: E0277
//@ says: cannot be sent between threads safely
use std::future::Future;
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;

fn spawn(_: impl Future + Send + 'static) {}

fn main() {
    let (_tx, rx) = kind::bounded::<u8>(1);
    spawn(rx.recv_owned());
}
