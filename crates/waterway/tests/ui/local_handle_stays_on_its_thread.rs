//@ error: E0277
//@ says: cannot be sent between threads safely
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;

fn main() {
    let (tx, _rx) = kind::bounded::<u8>(1);
    std::thread::spawn(move || drop(tx));
}
