//! A receiver of states as a stream.

#![forbid(unsafe_code)]

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use alloc::boxed::Box;
use futures_core::{FusedStream, Stream};
use lock_api::RawMutex;

use super::Snapshot;
use super::ops::{Next, Watches};
use crate::op::{Op, Told};
use crate::sync::DefaultLock;
use crate::wait::Crowd;

type NextOp<H, L> = Op<Told<Next<H>, Crowd<L>>>;

/// A stream of states that a receiver has not seen: made by
/// [`stream`](super::Receiver::stream) and [`into_stream`](super::Receiver::into_stream).
///
/// It gives the latest state each time, and ends with the channel. It keeps its waker until the next state or
/// its own end.
///
/// # Cancel safety
/// The receiver has seen what the stream gave, and nothing else.
///
/// # Examples
/// ```
/// use std::future::poll_fn;
/// use std::pin::Pin;
/// use waterway::watch;
/// # use futures_core::Stream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, receiver) = watch::channel(1);
/// let mut stream = receiver.into_stream();
/// sender.send(2).unwrap();
/// drop(sender);
/// let state = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
/// assert_eq!(*state.unwrap(), 2);
/// let end = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
/// assert!(end.is_none());
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct StateStream<H, L: RawMutex = DefaultLock> {
    /// Never spent between two calls.
    next: Pin<Box<NextOp<H, L>>>,
    is_over: bool,
}

impl<H: Watches<Lock = L>, L: RawMutex> StateStream<H, L> {
    pub(super) fn new(receiver: H) -> Self {
        Self {
            next: Box::pin(Op::new(Told::new(Next(receiver)))),
            is_over: false,
        }
    }

    /// Gives the receiver back.
    pub fn into_inner(mut self) -> H {
        self.next.as_mut().cancel()
    }
}

impl<H: Watches<Lock = L>, L: RawMutex> Stream for StateStream<H, L> {
    type Item = Snapshot<H::State>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Snapshot<H::State>>> {
        let (state, receiver) = core::task::ready!(self.next.as_mut().poll(context));
        self.next.as_mut().set(Op::new(Told::new(Next(receiver))));
        self.is_over = state.is_none();
        Poll::Ready(state)
    }
}

impl<H: Watches<Lock = L>, L: RawMutex> FusedStream for StateStream<H, L> {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}

impl<H, L: RawMutex> fmt::Debug for StateStream<H, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateStream").finish_non_exhaustive()
    }
}
