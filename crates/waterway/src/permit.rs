//! Reserved room, to be filled without waiting.

use core::fmt;
use core::iter::FusedIterator;
use core::mem;

use crate::error::SendError;
use crate::kind::Kind;
use crate::shared::Sender;

/// Room for one message: made by [`Sender::reserve`] and [`Sender::try_reserve`].
///
/// Its `send` never waits, and delivers also after the channel was closed. Dropping it unused gives
/// the room back and wakes whoever waits for it. As long as it is held a closed channel does not
/// end: reserve late if what comes between can take long. Forgetting it ([`mem::forget`]) keeps its
/// room for ever and delays the `None` of a closed channel as long as a sender lives.
///
/// It borrows the sender until it is used or dropped: see [`Sender::reserve`] for how to end that
/// early, and [`OwnedPermit`] for one that borrows nothing.
#[must_use = "a permit that is not used holds room that others wait for"]
pub struct Permit<'a, T, K: Kind> {
    sender: &'a Sender<T, K>,
}

impl<'a, T, K: Kind> Permit<'a, T, K> {
    pub(crate) fn new(sender: &'a Sender<T, K>) -> Self {
        Self { sender }
    }

    /// Sends a message into the reserved room, and ends the borrow of the sender. Never waits.
    ///
    /// In `sender.reserve().wait()?.send(message)` the sender is borrowed while `message` is made:
    /// see [`Sender::reserve`].
    ///
    /// # Errors
    /// The message comes back if the receiver is gone. A channel that was only closed still
    /// delivers it.
    pub fn send(self, message: T) -> Result<(), SendError<T>> {
        let sender = self.sender;
        mem::forget(self);
        sender.chan().send_permitted(message).map_err(SendError)
    }
}

impl<T, K: Kind> Drop for Permit<'_, T, K> {
    fn drop(&mut self) {
        self.sender.chan().return_permits(1);
    }
}

impl<T, K: Kind> fmt::Debug for Permit<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Room for several messages: made by [`Sender::reserve_many`] and [`Sender::try_reserve_many`].
///
/// Yields one [`Permit`] for each; dropping it gives back what is left.
#[must_use = "permits that are not used hold room that others wait for"]
pub struct PermitIterator<'a, T, K: Kind> {
    sender: &'a Sender<T, K>,
    left: usize,
}

impl<'a, T, K: Kind> PermitIterator<'a, T, K> {
    pub(crate) fn new(sender: &'a Sender<T, K>, left: usize) -> Self {
        Self { sender, left }
    }
}

impl<'a, T, K: Kind> Iterator for PermitIterator<'a, T, K> {
    type Item = Permit<'a, T, K>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.sender))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T, K: Kind> ExactSizeIterator for PermitIterator<'_, T, K> {}
impl<T, K: Kind> FusedIterator for PermitIterator<'_, T, K> {}

impl<T, K: Kind> Drop for PermitIterator<'_, T, K> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.sender.chan().return_permits(self.left);
        }
    }
}

impl<T, K: Kind> fmt::Debug for PermitIterator<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// Room for one message that holds its sender: made by [`Sender::reserve_owned`] and
/// [`Sender::try_reserve_owned`]. It counts as a sender.
#[must_use = "a permit that is not used holds room that others wait for"]
pub struct OwnedPermit<T, K: Kind> {
    /// `None` only while it is taken apart.
    sender: Option<Sender<T, K>>,
}

impl<T, K: Kind> OwnedPermit<T, K> {
    pub(crate) fn new(sender: Sender<T, K>) -> Self {
        Self {
            sender: Some(sender),
        }
    }

    fn sender(&self) -> &Sender<T, K> {
        self.sender.as_ref().expect("it is there until the end")
    }

    /// Sends a message into the reserved room, and gives the sender back. Never waits.
    ///
    /// # Errors
    /// The message comes back if the receiver is gone. A channel that was only closed still
    /// delivers it.
    pub fn send(mut self, message: T) -> (Result<(), SendError<T>>, Sender<T, K>) {
        let sender = self.sender.take().expect("it is there until the end");
        let sent = sender.chan().send_permitted(message).map_err(SendError);
        (sent, sender)
    }

    /// Gives the room back without sending, and the sender.
    pub fn release(mut self) -> Sender<T, K> {
        let sender = self.sender.take().expect("it is there until the end");
        sender.chan().return_permits(1);
        sender
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.sender().same_channel(other.sender())
    }

    /// Whether the sender is of the same channel.
    pub fn same_channel_as_sender(&self, sender: &Sender<T, K>) -> bool {
        self.sender().same_channel(sender)
    }
}

impl<T, K: Kind> Drop for OwnedPermit<T, K> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.chan().return_permits(1);
        }
    }
}

impl<T, K: Kind> fmt::Debug for OwnedPermit<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
