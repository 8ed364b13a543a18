//! The senders of a broadcast.

use ::std::fmt;

use waterway::broadcast as ours;
use waterway::watch;

use super::error::SendError;
use super::{Message, Receiver, ends};

/// The sending handle.
pub struct Sender<T> {
    inner: ours::Sender<Message<T>>,
    /// Each receiver has a seat here: a broadcast of waterway does not tell when the last one goes.
    audience: watch::Sender<()>,
}

impl<T> Sender<T> {
    pub(super) fn with(inner: ours::Sender<Message<T>>, audience: watch::Sender<()>) -> Self {
        Self { inner, audience }
    }

    /// A channel without receivers, as by [`channel`](super::channel): they are made by [`subscribe`](Self::subscribe).
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        ends(capacity).0
    }

    /// Sends a message to all receivers, at once; how many they are. The oldest message may make room for it.
    ///
    /// # Errors
    /// The message, if there is no receiver.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let seats = self.audience.receiver_count();
        if seats == 0 {
            return Err(SendError(value));
        }
        match self.inner.try_send(Message::new(value)) {
            // The last receiver went just now. It would have taken the message along.
            Ok(0) => {
                drop(self.inner.subscribe_from_oldest());
                Ok(seats)
            }
            Ok(heard) => Ok(heard),
            Err(_) => unreachable!("it is neither lossless nor ever closed"),
        }
    }

    /// A receiver of what is sent from now on.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.inner.subscribe(), self.audience.subscribe())
    }

    /// A sender that does not keep the channel open.
    #[must_use = "this makes a weak sender; the strong one stays as it is"]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            inner: self.inner.downgrade(),
            audience: self.audience.clone(),
        }
    }

    /// How many messages are kept for some receiver.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether no message is kept.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.inner.receiver_count()
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// Waits until there is no receiver.
    pub async fn closed(&self) {
        self.audience.closed().await;
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            audience: self.audience.clone(),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Sender")
    }
}

/// A sender that does not keep the channel open.
pub struct WeakSender<T> {
    inner: ours::WeakSender<Message<T>>,
    audience: watch::Sender<()>,
}

impl<T> WeakSender<T> {
    /// A sender, if there still is one.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let inner = self.inner.upgrade()?;
        Some(Sender::with(inner, self.audience.clone()))
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

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            audience: self.audience.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::WeakSender")
    }
}
