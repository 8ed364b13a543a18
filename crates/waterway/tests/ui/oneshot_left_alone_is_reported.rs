//@ error: none
//@ says: must be used
#![deny(unused_must_use)]
use waterway::oneshot::{self, Receiver};

fn answer() -> Receiver<u8> {
    oneshot::channel().1
}

fn main() {
    #[cfg(bad)]
    answer();
    drop(answer());
}
