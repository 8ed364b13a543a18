//! The receiver of a bounded channel.

use ::std::fmt;
use ::std::task::{Context, Poll};

use super::error::TryRecvError;
use super::receive;
use super::sender::bound;

/// The receiving handle of a bounded channel.
pub struct Receiver<T> {
    pub(super) inner: waterway::mpsc::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Receives the next message, waiting for one; `None` once the channel is closed and empty, and no permit is out.
    ///
    /// Cancelled, it has taken nothing.
    pub async fn recv(&mut self) -> Option<T> {
        self.inner.recv().await
    }

    /// Receives up to `limit` messages, waiting for the first only; how many. 0 once the channel is closed and empty,
    /// and at once for a limit of 0.
    ///
    /// Cancelled, it has taken nothing.
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        receive::recv_many(&mut self.inner, buffer, limit).await
    }

    /// Receives the next message if there is one now.
    ///
    /// Never empty when a send was completed before. If another send, which came first, is just between claiming its
    /// place and filling it, this thread waits for that.
    ///
    /// # Errors
    /// `Empty`, or `Disconnected` at the end, when no permit is out either.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        receive::try_recv(&mut self.inner)
    }

    /// [`recv`](Self::recv) in a thread.
    ///
    /// # Panics
    /// In a thread that drives a runtime.
    #[track_caller]
    #[doc(alias = "recv_blocking")]
    pub fn blocking_recv(&mut self) -> Option<T> {
        receive::blocking_recv(&mut self.inner)
    }

    /// [`recv_many`](Self::recv_many) in a thread.
    ///
    /// # Panics
    /// In a thread that drives a runtime.
    #[track_caller]
    #[doc(alias = "recv_many_blocking")]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        receive::blocking_recv_many(&mut self.inner, buffer, limit)
    }

    /// Polls for the next message. The latest waker is kept; it may be pending with a message there, when the task's
    /// budget is used up.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.inner.poll_recv(cx)
    }

    /// Polls for up to `limit` messages, as [`recv_many`](Self::recv_many) waits for them.
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        receive::poll_recv_many(&mut self.inner, cx, buffer, limit)
    }

    /// Closes the channel: nothing can be sent from now on. What is in it or permitted is still received.
    pub fn close(&mut self) {
        self.inner.close();
    }

    /// Whether the channel was closed, or all senders are gone. Messages may still be in it.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Whether no message is in the channel.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// How many messages are in the channel.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// How much room there is: less for each message and each permit; none while others wait for it.
    pub fn capacity(&self) -> usize {
        bound(self.inner.room())
    }

    /// How much room there is in an empty channel.
    pub fn max_capacity(&self) -> usize {
        bound(self.inner.capacity())
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_count()
    }

    /// How many weak senders there are.
    pub fn sender_weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("chan", &self.inner)
            .finish()
    }
}
