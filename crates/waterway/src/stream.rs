//! A receiver of several as a stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use alloc::boxed::Box;
use futures_core::{FusedStream, Stream};

use crate::chan::Chan;
use crate::kind::Kind;
use crate::op::poll_with;
use crate::wait::Node;

/// A stream of the messages that a shared receiver gets: made by its `stream` and `into_stream`.
///
/// It is the place in the queue of those who wait, and keeps its waker until the next poll, a message,
/// or its own end. So several streams may be made of one receiver. Making one allocates that place.
///
/// # Cancel safety
/// A stream that is dropped has taken nothing that it did not yield. If it was woken and not polled
/// since, another receiver is woken in its place.
///
/// # Examples
/// ```
/// use std::future::poll_fn;
/// use waterway::mpmc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, receiver) = mpmc::bounded(4);
/// let mut stream = receiver.stream();
/// sender.try_send(1).unwrap();
/// drop(sender);
/// assert_eq!(poll_fn(|context| stream.poll_recv(context)).await, Some(1));
/// assert_eq!(poll_fn(|context| stream.poll_recv(context)).await, None);
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct RecvStream<H, T, K: Kind> {
    chan: Chan<T, K>,
    node: Pin<Box<Node>>,
    /// It keeps the channel. `None` only while it is taken apart.
    receiver: Option<H>,
}

// SAFETY: messages come from other threads, and the node is touched by others under a lock only.
unsafe impl<H: Send, T: Send, K: Kind> Send for RecvStream<H, T, K> where K::Lock: Send + Sync {}
// SAFETY: by a shared reference one can only look at the receiver.
unsafe impl<H: Sync, T: Send, K: Kind> Sync for RecvStream<H, T, K> where K::Lock: Send + Sync {}

impl<H, T, K: Kind> RecvStream<H, T, K> {
    /// `receiver` is one of `chan`, and keeps it.
    pub(crate) fn new(chan: Chan<T, K>, receiver: H) -> Self {
        Self {
            chan,
            node: Box::pin(Node::new()),
            receiver: Some(receiver),
        }
    }

    /// The receiver.
    ///
    /// # Panics
    /// Never.
    pub fn get_ref(&self) -> &H {
        self.receiver.as_ref().expect("it is there until the end")
    }

    /// Gives the receiver back.
    ///
    /// # Panics
    /// Never.
    pub fn into_inner(mut self) -> H {
        self.leave();
        self.receiver.take().expect("it is there until the end")
    }

    /// Polls for the next message: `None` once the channel is closed and everything was received.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let chan = self.chan;
        // SAFETY: the node is pinned, and unregistered when the stream goes.
        unsafe { poll_with(chan, &self.node, context, || chan.try_recv()) }
    }

    /// Polls for up to `limit` messages: how many there were, at least 1, or `Some(0)` for a limit of 0;
    /// `None` as for [`poll_recv`](Self::poll_recv).
    pub fn poll_recv_many<B: Extend<T>>(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut B,
        limit: usize,
    ) -> Poll<Option<usize>> {
        let chan = self.chan;
        let look = || chan.try_recv_many(buffer, limit);
        // SAFETY: as above.
        unsafe { poll_with(chan, &self.node, context, look) }
    }

    fn leave(&self) {
        self.chan.unregister(&self.node);
    }
}

impl<H, T, K: Kind> Drop for RecvStream<H, T, K> {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            self.leave();
        }
    }
}

impl<H: Unpin, T, K: Kind> Stream for RecvStream<H, T, K> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(context)
    }
}

impl<H: Unpin, T, K: Kind> FusedStream for RecvStream<H, T, K> {
    fn is_terminated(&self) -> bool {
        self.chan.is_terminated()
    }
}

impl<H, T, K: Kind> fmt::Debug for RecvStream<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvStream").finish_non_exhaustive()
    }
}
