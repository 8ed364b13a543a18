//@ error: none
//@ says: bounded` that must be used
//@ says: rendezvous` that must be used
//@ says: unbounded` that must be used
#![deny(unused_must_use)]
use waterway::mpsc::{bounded, rendezvous, unbounded};

fn main() {
    #[cfg(bad)]
    bounded::<u8>(1);
    #[cfg(bad)]
    rendezvous::<u8>();
    #[cfg(bad)]
    unbounded::<u8>();
    drop((bounded::<u8>(1), rendezvous::<u8>(), unbounded::<u8>()));
}
