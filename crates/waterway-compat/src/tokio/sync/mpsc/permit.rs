//! Reserved room.

use ::std::fmt;
use ::std::iter::FusedIterator;

use super::Sender;

/// Room for one message; given back when it is dropped.
pub struct Permit<'a, T> {
    pub(super) inner: waterway::mpsc::Permit<'a, T>,
}

impl<T> Permit<'_, T> {
    /// Sends a message, at once; also after the channel was closed. If the receiver is gone the message is dropped.
    pub fn send(self, value: T) {
        drop(self.inner.send(value));
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}

/// Room for several messages, as a [`Permit`] for each; what is left is given back when it is dropped.
pub struct PermitIterator<'a, T> {
    pub(super) inner: waterway::mpsc::PermitIterator<'a, T>,
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        let inner = self.inner.next()?;
        Some(Permit { inner })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}

/// Room for one message, with the sender, as which it counts; given back when it is dropped.
pub struct OwnedPermit<T> {
    pub(super) inner: waterway::mpsc::OwnedPermit<T>,
}

impl<T> OwnedPermit<T> {
    /// Sends a message as [`Permit::send`] does, and gives the sender back.
    pub fn send(self, value: T) -> Sender<T> {
        let (sent, inner) = self.inner.send(value);
        // Should the message's drop panic the sender goes as well.
        let sender = Sender { inner };
        drop(sent);
        sender
    }

    /// Gives the room back, and the sender.
    pub fn release(self) -> Sender<T> {
        Sender {
            inner: self.inner.release(),
        }
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// Whether that sender is of the same channel.
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.inner.same_channel_as_sender(&sender.inner)
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}
