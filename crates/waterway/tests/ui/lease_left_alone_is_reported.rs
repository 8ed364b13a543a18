//@ error: none
//@ says: stays the next one
#![deny(unused_must_use)]
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let _ = rx.try_recv_leased().unwrap();
    #[cfg(bad)]
    rx.try_recv_leased().unwrap();
}
