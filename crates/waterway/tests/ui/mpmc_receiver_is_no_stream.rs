//@ error: E0599
//@ says: no method named `poll_recv` found
use std::task::{Context, Waker};
use waterway::mpmc;

fn main() {
    let (_tx, rx) = mpmc::bounded::<u8>(1);
    let mut context = Context::from_waker(Waker::noop());
    // It has no place to keep a waker in; its stream has.
    #[cfg(bad)]
    assert!(rx.poll_recv(&mut context).is_pending());
    assert!(rx.stream().poll_recv(&mut context).is_pending());
}
