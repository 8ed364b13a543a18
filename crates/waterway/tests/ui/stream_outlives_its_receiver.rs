//@ error: E0505
//@ says: cannot move out of `rx`
//! The stream is not used any more, but for its drop at the end of the scope.
use waterway::mpmc;

fn main() {
    let (_tx, rx) = mpmc::bounded::<u8>(1);
    let _stream = rx.stream();
    #[cfg(bad)]
    drop(rx);
}
