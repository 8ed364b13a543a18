//@ error: E0505
//@ says: cannot move out of `rx`
//! The operation is not used any more, but for its drop at the end of the scope.
use waterway::mpmc;

fn main() {
    let (_tx, rx) = mpmc::bounded::<u8>(1);
    let _op = Box::pin(rx.recv());
    #[cfg(bad)]
    drop(rx);
}
