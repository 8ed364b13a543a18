//! The sender of a bounded channel, which is made here.

use ::std::fmt;
use ::std::time::Duration;

use super::error::{SendError, SendTimeoutError, TrySendError};
use super::{OwnedPermit, Permit, PermitIterator, Receiver, WeakSender};
use crate::tokio::sync::blocking;

/// The greatest `buffer` of the original.
const MAX_PERMITS: usize = usize::MAX >> 3;

/// A channel with room for `buffer` messages.
///
/// # Panics
/// If `buffer` is 0, or more than [`MAX_CAPACITY`](waterway::mpsc::MAX_CAPACITY), which is less than in the original.
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    assert!(buffer > 0, "mpsc bounded channel requires buffer > 0");
    assert!(
        buffer <= MAX_PERMITS,
        "a semaphore may not have more than MAX_PERMITS permits ({MAX_PERMITS})"
    );
    let (sender, receiver) = waterway::mpsc::bounded(buffer);
    (Sender { inner: sender }, Receiver { inner: receiver })
}

/// A number that every bounded channel has.
pub(super) fn bound(number: Option<usize>) -> usize {
    number.expect("the channel is bounded")
}

/// The sending handle of a bounded channel.
pub struct Sender<T> {
    pub(super) inner: waterway::mpsc::Sender<T>,
}

impl<T> Sender<T> {
    /// Sends a message, waiting for room.
    ///
    /// Cancelled, the message is not sent: it is dropped with the future, and the place in the queue is lost. Success
    /// does not mean that it was received; with an error it never was.
    ///
    /// # Errors
    /// The message, if the channel is closed.
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        ::tokio::task::coop::consume_budget().await;
        let value = match self.inner.try_send(value) {
            Ok(()) => return Ok(()),
            Err(unsent) => unsent.into_inner(),
        };
        // Not waterway's send: what that has parked may be received although it is cancelled.
        match self.inner.reserve().await {
            Ok(permit) => permit.send(value).map_err(|unsent| SendError(unsent.0)),
            Err(_) => Err(SendError(value)),
        }
    }

    /// Sends a message if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// The message.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let sent = self.inner.try_send(message);
        sent.map_err(|error| TrySendError::of(error, |unsent| unsent))
    }

    /// [`send`](Self::send) for a limited time, by tokio's timer.
    ///
    /// # Errors
    /// The message.
    ///
    /// # Panics
    /// Outside of a tokio runtime, and in one without its timer.
    pub async fn send_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        match ::tokio::time::timeout(timeout, self.inner.reserve()).await {
            Ok(Ok(permit)) => {
                let sent = permit.send(value);
                sent.map_err(|unsent| SendTimeoutError::Closed(unsent.0))
            }
            Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
            Err(_) => Err(SendTimeoutError::Timeout(value)),
        }
    }

    /// [`send`](Self::send) in a thread.
    ///
    /// # Errors
    /// The message, if the channel is closed.
    ///
    /// # Panics
    /// In a thread that drives a runtime.
    #[track_caller]
    #[doc(alias = "send_blocking")]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        blocking::assert_allowed();
        let sent = self.inner.send(value).wait();
        sent.map_err(|unsent| SendError(unsent.0))
    }

    /// Waits for room for one message, and reserves it.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed.
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        let reserved = self.inner.reserve().await;
        reserved
            .map(|inner| Permit { inner })
            .map_err(|_| SendError(()))
    }

    /// Waits for room for `n` messages, and reserves it.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or never has so much room.
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        let reserved = self.inner.reserve_many(n).await;
        reserved
            .map(|inner| PermitIterator { inner })
            .map_err(|_| SendError(()))
    }

    /// [`reserve`](Self::reserve) of a permit that holds this sender.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed; the sender is dropped then.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        let reserved = self.inner.reserve_owned().await;
        reserved
            .map(|inner| OwnedPermit { inner })
            .map_err(|_| SendError(()))
    }

    /// Reserves room for one message if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// `Full(())` or `Closed(())`.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let reserved = self.inner.try_reserve();
        reserved
            .map(|inner| Permit { inner })
            .map_err(|error| TrySendError::of(error, |()| ()))
    }

    /// Reserves room for `n` messages if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// `Full(())`, also if there is never so much room, or `Closed(())`.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        if n > self.max_capacity() {
            // Also in a closed channel.
            return Err(TrySendError::Full(()));
        }
        let reserved = self.inner.try_reserve_many(n);
        reserved
            .map(|inner| PermitIterator { inner })
            .map_err(|error| TrySendError::of(error, |()| ()))
    }

    /// [`try_reserve`](Self::try_reserve) of a permit that holds this sender.
    ///
    /// # Errors
    /// The sender.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        let reserved = self.inner.try_reserve_owned();
        reserved
            .map(|inner| OwnedPermit { inner })
            .map_err(|error| TrySendError::of(error, |inner| Self { inner }))
    }

    /// How much room there is: less for each message and each permit; none while others wait for it.
    pub fn capacity(&self) -> usize {
        bound(self.inner.room())
    }

    /// How much room there is in an empty channel.
    pub fn max_capacity(&self) -> usize {
        bound(self.inner.capacity())
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
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("chan", &self.inner).finish()
    }
}
