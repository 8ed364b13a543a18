//! Reserved room, to be filled without waiting.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};

use crate::chan::Chan;
use crate::error::SendError;
use crate::kind::Kind;
use crate::op::Hold;

/// Room for one message: made by a sender's `reserve` and `try_reserve`.
///
/// Its `send` never waits, and delivers also after the channel was closed. Dropping it unused gives
/// the room back and wakes whoever waits for it. As long as it is held a closed channel does not
/// end: reserve late if what comes between can take long. Forgetting it ([`mem::forget`]) keeps its
/// room for ever and delays the `None` of a closed channel as long as a sender lives.
///
/// It borrows the sender until it is used or dropped: see
/// [`reserve`](crate::shared::Sender::reserve) for how to end that early, and [`OwnedPermit`] for one that borrows nothing.
#[must_use = "a permit that is not used holds room that others wait for"]
pub struct Permit<H, T, K: Kind> {
    chan: Chan<T, K>,
    _sender: PhantomData<H>,
}

// SAFETY: it stands for the borrowed sender, which may go to other threads if its reference may.
unsafe impl<H: Send, T, K: Kind> Send for Permit<H, T, K> {}
// SAFETY: nothing can be done with a shared permit.
unsafe impl<H: Sync, T, K: Kind> Sync for Permit<H, T, K> {}
impl<H, T, K: Kind> UnwindSafe for Permit<H, T, K> {}
impl<H, T, K: Kind> RefUnwindSafe for Permit<H, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> Permit<H, T, K> {
    #[allow(clippy::needless_pass_by_value, reason = "it stands for the borrow")]
    pub(crate) fn new(sender: H) -> Self {
        Self::of(sender.chan())
    }
}

impl<H, T, K: Kind> Permit<H, T, K> {
    fn of(chan: Chan<T, K>) -> Self {
        Self {
            chan,
            _sender: PhantomData,
        }
    }

    /// Sends a message into the reserved room, and ends the borrow of the sender. Never waits.
    ///
    /// In `sender.reserve().wait()?.send(message)` the sender is borrowed while `message` is made:
    /// see [`reserve`](crate::shared::Sender::reserve).
    ///
    /// # Errors
    /// The message comes back if the receiver is gone. A channel that was only closed still
    /// delivers it.
    pub fn send(self, message: T) -> Result<(), SendError<T>> {
        let chan = self.chan;
        mem::forget(self);
        chan.send_permitted(message).map_err(SendError)
    }
}

impl<H, T, K: Kind> Drop for Permit<H, T, K> {
    fn drop(&mut self) {
        self.chan.return_permits(1);
    }
}

impl<H, T, K: Kind> fmt::Debug for Permit<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Room for several messages: made by a sender's `reserve_many` and `try_reserve_many`.
///
/// Yields one [`Permit`] for each; dropping it gives back what is left.
#[must_use = "permits that are not used hold room that others wait for"]
pub struct PermitIterator<H, T, K: Kind> {
    chan: Chan<T, K>,
    _sender: PhantomData<H>,
    left: usize,
}

// SAFETY: as for Permit.
unsafe impl<H: Send, T, K: Kind> Send for PermitIterator<H, T, K> {}
// SAFETY: as for Permit.
unsafe impl<H: Sync, T, K: Kind> Sync for PermitIterator<H, T, K> {}
impl<H, T, K: Kind> UnwindSafe for PermitIterator<H, T, K> {}
impl<H, T, K: Kind> RefUnwindSafe for PermitIterator<H, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> PermitIterator<H, T, K> {
    #[allow(clippy::needless_pass_by_value, reason = "it stands for the borrow")]
    pub(crate) fn new(sender: H, left: usize) -> Self {
        Self {
            chan: sender.chan(),
            _sender: PhantomData,
            left,
        }
    }
}

impl<H, T, K: Kind> Iterator for PermitIterator<H, T, K> {
    type Item = Permit<H, T, K>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::of(self.chan))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<H, T, K: Kind> ExactSizeIterator for PermitIterator<H, T, K> {}
impl<H, T, K: Kind> FusedIterator for PermitIterator<H, T, K> {}

impl<H, T, K: Kind> Drop for PermitIterator<H, T, K> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.chan.return_permits(self.left);
        }
    }
}

impl<H, T, K: Kind> fmt::Debug for PermitIterator<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// Room for one message that holds its sender: made by a sender's `reserve_owned` and
/// `try_reserve_owned`. It counts as a sender.
#[must_use = "a permit that is not used holds room that others wait for"]
pub struct OwnedPermit<H, T, K: Kind> {
    chan: Chan<T, K>,
    /// It keeps the channel. `None` only while it is taken apart.
    sender: Option<H>,
}

// SAFETY: it is its sender, and a number.
unsafe impl<H: Send, T, K: Kind> Send for OwnedPermit<H, T, K> {}
// SAFETY: one can only look at a shared one.
unsafe impl<H: Sync, T, K: Kind> Sync for OwnedPermit<H, T, K> {}
impl<H: UnwindSafe, T, K: Kind> UnwindSafe for OwnedPermit<H, T, K> {}
impl<H: RefUnwindSafe, T, K: Kind> RefUnwindSafe for OwnedPermit<H, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> OwnedPermit<H, T, K> {
    pub(crate) fn new(sender: H) -> Self {
        Self {
            chan: sender.chan(),
            sender: Some(sender),
        }
    }

    /// Whether the sender is of the same channel.
    pub fn same_channel_as_sender(&self, sender: &H) -> bool {
        self.chan == sender.chan()
    }
}

impl<H, T, K: Kind> OwnedPermit<H, T, K> {
    fn take(&mut self) -> H {
        self.sender.take().expect("it is there until the end")
    }

    /// Sends a message into the reserved room, and gives the sender back. Never waits.
    ///
    /// # Errors
    /// The message comes back if the receiver is gone. A channel that was only closed still
    /// delivers it.
    pub fn send(mut self, message: T) -> (Result<(), SendError<T>>, H) {
        let sender = self.take();
        let sent = self.chan.send_permitted(message).map_err(SendError);
        (sent, sender)
    }

    /// Gives the room back without sending, and the sender.
    pub fn release(mut self) -> H {
        let sender = self.take();
        self.chan.return_permits(1);
        sender
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.chan == other.chan
    }
}

impl<H, T, K: Kind> Drop for OwnedPermit<H, T, K> {
    fn drop(&mut self) {
        if self.sender.is_some() {
            self.chan.return_permits(1);
        }
    }
}

impl<H, T, K: Kind> fmt::Debug for OwnedPermit<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
