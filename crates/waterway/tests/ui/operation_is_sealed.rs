//@ error: E0046
//@ error: E0277
//@ says: Sealed
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

struct Mine;

impl Future for Mine {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

#[cfg(bad)]
impl waterway::Operation for Mine {
    type Timed = ();
    fn until<F: Future>(self, _: F) -> waterway::Until<Self, F> {
        loop {}
    }
}

fn takes(_: impl Future) {}

fn main() {
    takes(Mine);
}
