//! A message that stays in the inbox until it is done with.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use lock_api::RawMutex;

use crate::error::TryRecvError;
use crate::kind::{Inbox, sealed::Sealed};
use crate::slab::{Catch, Index, Slab};
use crate::sync::DefaultLock;

/// The next message of an inbox, where it is: made by [`Receiver::recv_leased`](super::Receiver::recv_leased).
///
/// [`ack`](Self::ack) takes it. A lease that is dropped without leaves it the next, changed or not: so a message that was
/// not dealt with to the end, because of a panic say, is received again. Until it is taken it counts, and its slot is not
/// free.
///
/// # Examples
/// ```
/// let (sender, mut receiver) = waterway::inbox::small();
/// sender.try_send(vec![1, 2, 3]).unwrap();
/// let mut lease = receiver.try_recv_leased().unwrap();
/// // Half of the work is done, and then it is put off.
/// lease.truncate(1);
/// drop(lease);
/// assert_eq!(sender.len(), 1);
/// let lease = receiver.try_recv_leased().unwrap();
/// assert_eq!(lease.ack(), [1]);
/// assert!(sender.is_empty());
/// ```
#[must_use = "a lease that is dropped leaves the message where it is; `ack` takes it"]
pub struct Lease<'a, T, L: RawMutex + 'static = DefaultLock> {
    slab: Slab<T, Inbox<L>>,
    /// That of the message.
    slot: Index,
    /// It borrows the receiver.
    _of: PhantomData<&'a mut T>,
}

// SAFETY: it is the receiver, lent, and the message.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Send for Lease<'_, T, L> {}
// SAFETY: by a shared one the message can be seen, and nothing else.
unsafe impl<T: Sync, L: RawMutex + Send + Sync> Sync for Lease<'_, T, L> {}

impl<T, L: RawMutex> Lease<'_, T, L> {
    /// Leaves the message where it is: the next receive gets it. To drop or forget the lease is the same.
    pub fn release(self) {}

    /// Takes the message out of the inbox: who waits for room is served.
    pub fn ack(self) -> T {
        // SAFETY: it borrows the receiver, exclusively; so its message is the next still.
        let taken = unsafe { self.slab.try_recv() };
        taken.unwrap_or_else(|_| unreachable!("the message is there until it is taken"))
    }
}

impl<T, L: RawMutex> Deref for Lease<'_, T, L> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the slot is the receiver's, which is borrowed; the message is there until it is taken.
        unsafe { &*self.slab.element(self.slot) }
    }
}

impl<T, L: RawMutex> DerefMut for Lease<'_, T, L> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `deref`.
        unsafe { &mut *self.slab.element(self.slot) }
    }
}

impl<T: fmt::Debug, L: RawMutex> fmt::Debug for Lease<'_, T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&**self).finish()
    }
}

impl<T, L: RawMutex> Sealed for Lease<'_, T, L> {}

impl<T, L: RawMutex> Catch<T, Inbox<L>> for Lease<'_, T, L> {
    type Caught = Self;

    #[inline]
    unsafe fn catch(slab: Slab<T, Inbox<L>>) -> Result<Self, TryRecvError> {
        // SAFETY: passed on.
        let slot = unsafe { slab.next() }?;
        Ok(Self {
            slab,
            slot,
            _of: PhantomData,
        })
    }
}
