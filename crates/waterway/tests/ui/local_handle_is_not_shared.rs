//@ error: E0277
//@ says: cannot be shared between threads safely
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;

fn main() {
    let (_tx, rx) = kind::bounded::<u8>(1);
    std::thread::scope(|scope| drop(scope.spawn(|| rx.try_recv())));
}
