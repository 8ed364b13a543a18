//@ error: E0277
//@ says: `Cell<u8>` cannot be shared between threads safely
use std::cell::Cell;
#[cfg(not(bad))]
type State = u8;
#[cfg(bad)]
type State = Cell<u8>;

fn main() {
    let _ = Cell::new(1);
    // Both ends could look at it at a time.
    let (_tx, rx) = waterway::watch::empty::<State>();
    std::thread::spawn(move || drop(rx));
}
