//@ error: E0277
//@ says: is not an iterator
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;

fn main() {
    let (_tx, rx) = kind::bounded::<u8>(1);
    for _ in rx {}
}
