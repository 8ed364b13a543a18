//@ error: none
//@ says: must be used
#![cfg_attr(bad, deny(unused_must_use))]
use waterway::mpmc;

fn main() {
    let (_tx, rx) = mpmc::bounded::<u8>(1);
    #[cfg(bad)]
    rx.stream();
    drop(rx);
}
