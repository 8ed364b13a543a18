//! The receiver of a broadcast.

use ::std::fmt;

use waterway::broadcast as ours;
use waterway::{Lagged, watch};

use super::error::{RecvError, TryRecvError};
use super::{Message, open};
use crate::tokio::sync::blocking;

/// The receiving handle, which stands at its own place among the messages.
pub struct Receiver<T> {
    /// Dropped before the seat: whoever is told that nobody listens finds no message kept.
    inner: ours::Receiver<Message<T>>,
    seat: watch::Receiver<()>,
}

/// What a receive of waterway gives, before the message is opened.
type Received<T> = Option<Result<ours::Ref<Message<T>>, Lagged>>;

impl<T> Receiver<T> {
    pub(super) fn new(inner: ours::Receiver<Message<T>>, seat: watch::Receiver<()>) -> Self {
        Self { inner, seat }
    }

    /// How many messages were sent that this receiver has not received, those that it lost included.
    pub fn len(&self) -> usize {
        // In this order: what becomes lost in between is counted, and not twice.
        let there = self.inner.len();
        let lost = usize::try_from(self.inner.lost()).unwrap_or(usize::MAX);
        lost.saturating_add(there)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both receive from one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_count()
    }

    /// How many weak senders there are.
    pub fn sender_weak_count(&self) -> usize {
        self.inner.weak_count()
    }

    /// Whether all senders are gone. Messages may still be there.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl<T: Clone> Receiver<T> {
    /// Another receiver, of what is sent from now on.
    pub fn resubscribe(&self) -> Self {
        Self::new(self.inner.subscribe(), self.seat.clone())
    }

    /// Receives the next message, waiting for one.
    ///
    /// Cancelled, it has taken nothing.
    ///
    /// # Errors
    /// `Lagged` if this receiver lost messages; `Closed` at the end.
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        told(self.inner.recv_ref().await)
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv), or `Empty`.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.inner.try_recv_ref() {
            Ok(Ok(message)) => Ok(open(message)),
            Ok(Err(Lagged(lost))) => Err(TryRecvError::Lagged(lost)),
            Err(waterway::TryRecvError::Empty) => Err(TryRecvError::Empty),
            Err(waterway::TryRecvError::Closed) => Err(TryRecvError::Closed),
        }
    }

    /// [`recv`](Self::recv) in a thread.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// In a thread that drives a runtime.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        blocking::assert_allowed();
        told(self.inner.recv_ref().wait())
    }
}

fn told<T: Clone>(received: Received<T>) -> Result<T, RecvError> {
    match received {
        Some(Ok(message)) => Ok(open(message)),
        Some(Err(Lagged(lost))) => Err(RecvError::Lagged(lost)),
        None => Err(RecvError::Closed),
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Receiver")
    }
}
