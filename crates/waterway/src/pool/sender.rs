//! The sending handles.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use super::{
    ClosedOp, DefaultRecycle, OwnedSlot, Pool, Receiver, Recycle, SendOp, SendOwnedOp, Slot,
    SlotOp, SlotOwnedOp,
};
use crate::error::TrySendError;
use crate::id::ChannelId;
use crate::kind::Invariant;
use crate::op::{Op, Told};
use crate::slab::{Ending, Entering, Furnish, Goods, Grant, Refused, Slab};
use crate::sync::DefaultLock;

/// The sending handle of a pool.
///
/// Clone it for each sender. When the last one is dropped the receiver still gets all that was sent, and then the
/// end.
pub struct Sender<T, R = DefaultRecycle, L: RawMutex = DefaultLock> {
    pub(super) slab: Slab<T, Pool<R, L>>,
    _of: Invariant<T, Pool<R, L>>,
}

// SAFETY: elements go to other threads, and the policy is used by several; everything else is atomic or under the lock.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Send for Sender<T, R, L> {}
// SAFETY: as for Send: every method may be called by several threads, and none shows them one element.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Sync for Sender<T, R, L> {}
impl<T, R, L: RawMutex> Unpin for Sender<T, R, L> {}
impl<T, R, L: RawMutex> UnwindSafe for Sender<T, R, L> {}
impl<T, R, L: RawMutex> RefUnwindSafe for Sender<T, R, L> {}

impl<T, R, L: RawMutex> Sender<T, R, L> {
    /// Takes over one count of a sender.
    pub(super) fn new(slab: Slab<T, Pool<R, L>>) -> Self {
        Self {
            slab,
            _of: PhantomData,
        }
    }

    /// Waits for a slot, to write a message in place.
    ///
    /// Full: waits. Those who wait, for slots or with messages, are served in order. Closed: fails.
    ///
    /// The slot's element is made first if there is none; see the [module](super#when-elements-are-made-recycled-and-dropped).
    ///
    /// # Cancel safety
    /// An operation that is dropped gives up its place, or the slot that it was given. One that was given a slot,
    /// and is neither polled nor dropped, holds it as a [`Slot`] does.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) if the channel is closed, now or while it waits; `?` makes [`Closed`](crate::Closed) of it.
    ///
    /// # Panics
    /// If the policy does, when it makes an element. The slot is given back.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Closed, pool};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Closed> {
    /// let (sender, mut receiver) = pool::bounded::<Vec<u8>>(1);
    /// let mut slot = sender.slot().await?;
    /// slot.extend(b"in place");
    /// slot.send()?;
    /// assert_eq!(*receiver.recv_ref().await.unwrap(), b"in place");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "send_ref")]
    #[doc(alias = "reserve")]
    pub fn slot(&self) -> SlotOp<'_, T, R, L>
    where
        R: Recycle<T>,
    {
        Op::new(Entering::new(self.slab, Grant::new(self.slab, self)))
    }

    /// [`slot`](Self::slot) by an operation that borrows nothing, for a slot that holds the sender.
    ///
    /// The error gives the sender back, as does [`OwnedSlot::send`].
    pub fn slot_owned(self) -> SlotOwnedOp<T, R, L>
    where
        R: Recycle<T>,
    {
        Op::new(Entering::new(self.slab, Grant::new(self.slab, self)))
    }

    /// A slot to write a message in place, if one is free.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if all slots are in use, or others wait for one; `Closed`.
    ///
    /// # Panics
    /// As for [`slot`](Self::slot).
    #[doc(alias = "try_send_ref")]
    #[inline]
    pub fn try_slot(&self) -> Result<Slot<'_, T, R, L>, TrySendError<()>>
    where
        R: Recycle<T>,
    {
        match self.slab.claim() {
            Ok(slot) => Ok(self.furnish(slot)),
            Err(Refused::Full) => Err(TrySendError::Full(())),
            Err(Refused::Closed) => Err(TrySendError::Closed(())),
        }
    }

    /// [`try_slot`](Self::try_slot) for a slot that holds the sender.
    ///
    /// # Errors
    /// As for `try_slot`, with the sender.
    ///
    /// # Panics
    /// As for [`slot`](Self::slot).
    pub fn try_slot_owned(self) -> Result<OwnedSlot<T, R, L>, TrySendError<Self>>
    where
        R: Recycle<T>,
    {
        match self.slab.claim() {
            Ok(slot) => Ok(self.furnish(slot)),
            Err(Refused::Full) => Err(TrySendError::Full(self)),
            Err(Refused::Closed) => Err(TrySendError::Closed(self)),
        }
    }

    /// Sends a message by value, waiting for a slot.
    ///
    /// Full: waits. Those who wait are served in order. Closed: fails. An element that lay in the slot is dropped
    /// with the operation.
    ///
    /// `let _ = sender.send(message);` sends nothing: an operation has to be `.await`ed or
    /// `.wait()`ed for. To send without waiting use [`try_send`](Self::try_send).
    ///
    /// # Cancel safety
    /// A send that is dropped while it waits drops its message; it is not delivered, unless it was taken
    /// already. [`cancel`](crate::Op::cancel) gives the message back or says that it was taken.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it waits.
    pub fn send(&self, message: T) -> SendOp<'_, T, R, L> {
        Op::new(Entering::new(self.slab, Goods::new(self, message)))
    }

    /// [`send`](Self::send) by an operation that borrows nothing and gives the sender back.
    pub fn send_owned(self, message: T) -> SendOwnedOp<T, R, L> {
        Op::new(Entering::new(self.slab, Goods::new(self, message)))
    }

    /// Sends a message by value, if a slot is free.
    ///
    /// # Errors
    /// [`TrySendError`] with the message: `Full` if all slots are in use, or others wait for one; `Closed`.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TrySendError, pool};
    ///
    /// let (sender, receiver) = pool::bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.slab.try_send(message)
    }

    /// Waits until the channel is closed, or the receiver is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn closed(&self) -> ClosedOp<'_, T, R, L> {
        Op::new(Told::new(Ending::new(self)))
    }

    /// Closes the channel and says whether this call did.
    ///
    /// No slot can be had from now on, by no sender; parked senders get their messages back. What was sent, and
    /// what is still sent by slots that were taken before, is received.
    pub fn close(&self) -> bool {
        self.slab.close()
    }

    /// Whether the channel was closed, or the receiver is gone.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.slab.is_shut()
    }

    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        self.slab.capacity()
    }

    /// How many messages were sent and not received. Slots that are held do not count.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// How many slots somebody has to write in, and has neither sent nor let go.
    pub fn claimed(&self) -> usize {
        self.slab.claimed()
    }

    /// Whether no message is to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every slot is taken: claimed, sent, or held by a reference.
    pub fn is_full(&self) -> bool {
        self.slab.is_full()
    }

    /// How many slots hold no message that was sent: they are free, or held.
    pub fn remaining(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many senders there are, those in [owned slots](OwnedSlot) included.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.slab.life().senders() as usize
    }

    /// How many receivers there are: one, or none.
    pub fn receiver_count(&self) -> usize {
        self.slab.life().receivers() as usize
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.slab == other.slab
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &Receiver<T, R, L>) -> bool {
        self.slab == receiver.slab
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.slab.address())
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T, R, L> {
        self.slab.life().hold();
        WeakSender {
            slab: self.slab,
            _of: PhantomData,
        }
    }
}

impl<T, R, L: RawMutex> Clone for Sender<T, R, L> {
    fn clone(&self) -> Self {
        self.slab.life().add_sender();
        Self::new(self.slab)
    }
}

impl<T, R, L: RawMutex> Drop for Sender<T, R, L> {
    fn drop(&mut self) {
        self.slab.drop_sender();
    }
}

impl<T, R, L: RawMutex> fmt::Debug for Sender<T, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// A sending handle that does not keep the channel open.
///
/// A channel in a static cannot be split again as long as one is there.
pub struct WeakSender<T, R = DefaultRecycle, L: RawMutex = DefaultLock> {
    slab: Slab<T, Pool<R, L>>,
    _of: Invariant<T, Pool<R, L>>,
}

// SAFETY: as for Sender, which it may become.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Send for WeakSender<T, R, L> {}
// SAFETY: as for Sender.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Sync for WeakSender<T, R, L> {}
impl<T, R, L: RawMutex> Unpin for WeakSender<T, R, L> {}
impl<T, R, L: RawMutex> UnwindSafe for WeakSender<T, R, L> {}
impl<T, R, L: RawMutex> RefUnwindSafe for WeakSender<T, R, L> {}

impl<T, R, L: RawMutex> WeakSender<T, R, L> {
    /// A sender, if there is one still.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = waterway::pool::bounded::<String>(1);
    /// let weak = sender.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T, R, L>> {
        let upgraded = self.slab.life().upgrade_sender();
        upgraded.then(|| Sender::new(self.slab))
    }
}

impl<T, R, L: RawMutex> Clone for WeakSender<T, R, L> {
    fn clone(&self) -> Self {
        self.slab.life().hold();
        Self {
            slab: self.slab,
            _of: PhantomData,
        }
    }
}

impl<T, R, L: RawMutex> Drop for WeakSender<T, R, L> {
    fn drop(&mut self) {
        self.slab.release_hold();
    }
}

impl<T, R, L: RawMutex> fmt::Debug for WeakSender<T, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
