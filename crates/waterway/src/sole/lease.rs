//! A message that is taken only when it was dealt with.

use core::fmt;
use core::ops::{Deref, DerefMut};

use super::Receiver;
use crate::kind::Kind;

/// The next message, taken for the time being: made by [`Receiver::recv_leased`].
///
/// It is looked at, and changed, where it lies. [`ack`](Self::ack) takes it. If it is dropped without that,
/// by a panic above all, or forgotten, it stays the next: of the same receiver, or of the one that a
/// [`Manager`](crate::manager::Manager) makes when that is gone. It stays as it is: what was changed in it is
/// changed.
///
/// Meanwhile it counts, is out of reach of [`force_send`](crate::shared::Sender::force_send), and
/// [`flush`](crate::shared::Sender::flush) waits for it.
#[must_use = "a message that is not acknowledged stays the next one"]
pub struct Lease<'a, T, K: Kind> {
    receiver: &'a mut Receiver<T, K>,
    /// It stays there until it is received, for which the receiver is needed.
    message: *mut T,
}

// SAFETY: it is the borrowed receiver, and its next message.
unsafe impl<T: Send, K: Kind> Send for Lease<'_, T, K> where K::Lock: Send + Sync {}
// SAFETY: by a shared reference one gets at the message alone, and not at the receiver.
unsafe impl<T: Sync, K: Kind> Sync for Lease<'_, T, K> {}

impl<'a, T, K: Kind> Lease<'a, T, K> {
    /// # Safety
    /// A look has found the receiver's next message there, and nothing was received since.
    pub(crate) unsafe fn new(receiver: &'a mut Receiver<T, K>, message: *mut T) -> Self {
        Self { receiver, message }
    }

    /// Takes the message: it is out of the channel now, as by [`recv`](Receiver::recv).
    ///
    /// # Panics
    /// It does not; a panic of a waker that it wakes passes through, and the message is dropped.
    #[doc(alias = "commit")]
    pub fn ack(self) -> T {
        let next = self.receiver.chan().recv_now();
        next.expect("a leased message is the next")
    }

    /// Gives the message back: it stays the next. The same as to drop the lease.
    #[doc(alias = "nack")]
    #[doc(alias = "requeue")]
    pub fn release(self) {}
}

impl<T, K: Kind> Deref for Lease<'_, T, K> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the message lies there until it is received, for which the receiver, which is borrowed,
        // is needed; nobody else looks at it.
        unsafe { &*self.message }
    }
}

impl<T, K: Kind> DerefMut for Lease<'_, T, K> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.message }
    }
}

impl<T, K: Kind> fmt::Debug for Lease<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}
