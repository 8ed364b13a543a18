//! A channel without a bound.

use ::std::fmt;
use ::std::task::{Context, Poll};

use super::error::{SendError, TryRecvError};
use super::{WeakUnboundedSender, receive};

/// A channel without a bound. A send panics when 2^31 messages wait already.
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (sender, receiver) = waterway::mpsc::unbounded();
    (
        UnboundedSender { inner: sender },
        UnboundedReceiver { inner: receiver },
    )
}

/// The sending handle of a channel without a bound.
pub struct UnboundedSender<T> {
    pub(super) inner: waterway::mpsc::Sender<T>,
}

impl<T> UnboundedSender<T> {
    /// Sends a message, at once.
    ///
    /// # Errors
    /// The message, if the channel is closed.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let sent = self.inner.try_send(message);
        sent.map_err(|error| SendError(error.into_inner()))
    }

    /// Waits until the receiver has closed the channel or is gone.
    pub async fn closed(&self) {
        self.inner.closed().await;
    }

    /// Whether the receiver has closed the channel or is gone.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// A sender that does not keep the channel open.
    #[must_use = "this makes a weak sender; the strong one stays as it is"]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender {
            inner: self.inner.downgrade(),
        }
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.inner.sender_count()
    }

    /// How many weak senders there are.
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender")
            .field("chan", &self.inner)
            .finish()
    }
}

/// The receiving handle of a channel without a bound.
pub struct UnboundedReceiver<T> {
    inner: waterway::mpsc::Receiver<T>,
}

impl<T> UnboundedReceiver<T> {
    /// Receives the next message, waiting for one; `None` once the channel is closed and empty.
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
    /// `Empty`, or `Disconnected` at the end.
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

    /// Closes the channel: nothing can be sent from now on. What is in it is still received.
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

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_count()
    }

    /// How many weak senders there are.
    pub fn sender_weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedReceiver")
            .field("chan", &self.inner)
            .finish()
    }
}
