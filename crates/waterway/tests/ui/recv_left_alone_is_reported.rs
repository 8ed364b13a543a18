//@ error: none
//@ says: must be used
#![deny(unused_must_use)]
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    rx.recv();
    drop(rx.recv());
}
