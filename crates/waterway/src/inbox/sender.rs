//! The sending handles.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use super::receiver::Receiver;
use super::{ClosedOp, SendOp, SendOwnedOp};
use crate::error::TrySendError;
use crate::id::ChannelId;
use crate::kind::{Inbox, Invariant};
use crate::op::{Op, Told};
use crate::slab::{Ending, Entering, Goods, Moored, Slab};
use crate::sync::DefaultLock;

/// The sending handle of an inbox.
///
/// Clone it for each sender. When the last one is dropped the receiver still gets all that was sent, and then
/// the end.
pub struct Sender<T, L: RawMutex + 'static = DefaultLock> {
    slab: Slab<T, Inbox<L>>,
    _of: Invariant<T, L>,
}

// SAFETY: messages go from thread to thread, everything else is atomic or under the lock.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Send for Sender<T, L> {}
// SAFETY: as for Send: every method of a shared sender may be called by several threads.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Sync for Sender<T, L> {}
impl<T, L: RawMutex> Unpin for Sender<T, L> {}
impl<T, L: RawMutex> UnwindSafe for Sender<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for Sender<T, L> {}

impl<T, L: RawMutex> Moored<T, Inbox<L>> for Sender<T, L> {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, Inbox<L>> {
        &self.slab
    }
}

impl<T, L: RawMutex> Sender<T, L> {
    /// Takes over one count of a sender.
    pub(crate) fn new(slab: Slab<T, Inbox<L>>) -> Self {
        Self {
            slab,
            _of: PhantomData,
        }
    }

    /// Sends a message, waiting for room.
    ///
    /// Full: waits; those who wait are served in order, and not overtaken. Closed: fails. Success does not mean that
    /// the message has been received.
    ///
    /// `let _ = sender.send(message);` sends nothing: an operation has to be `.await`ed or
    /// `.wait()`ed for. To send without waiting use [`try_send`](Self::try_send).
    ///
    /// # Cancel safety
    /// A send that is dropped while it waits drops its message; it is not delivered, unless it was
    /// taken already. [`cancel`](crate::Op::cancel) gives the message back or says that it was taken.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it waits.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::inbox::small();
    /// sender.send("a message").wait()?;
    /// assert_eq!(receiver.recv().wait(), Some("a message"));
    /// # Ok::<(), waterway::SendError<&str>>(())
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> SendOp<'_, T, L> {
        Op::new(Entering::new(self.slab, Goods::new(self, message)))
    }

    /// [`send`](Self::send) by an operation that borrows nothing and gives the sender back.
    #[inline]
    pub fn send_owned(self, message: T) -> SendOwnedOp<T, L> {
        Op::new(Entering::new(self.slab, Goods::new(self, message)))
    }

    /// Sends a message if there is room now.
    ///
    /// Never waits. Full also while others wait for room: they are not overtaken.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TrySendError, inbox};
    ///
    /// let (sender, receiver) = inbox::bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.slab.try_send(message)
    }

    /// Waits until nothing more can be sent: the receiver is gone, and the manager if there was one, or the inbox was closed.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::inbox::small::<u8>();
    /// drop(receiver);
    /// sender.closed().wait();
    /// ```
    #[doc(alias = "join")]
    pub fn closed(&self) -> ClosedOp<'_, T, L> {
        Op::new(Told::new(Ending::new(self)))
    }

    /// Closes the inbox and says whether this call did.
    ///
    /// Nothing can be sent from now on, by no sender; parked senders get their messages back. What is in
    /// the inbox is still received.
    pub fn close(&self) -> bool {
        self.slab.close()
    }

    /// Whether nothing more can be sent: the inbox was closed, or the receiver is gone, and the manager if there was one.
    #[doc(alias = "is_connected")]
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.slab.is_shut()
    }

    /// The bound of the inbox.
    pub fn capacity(&self) -> usize {
        self.slab.capacity()
    }

    /// How many messages are in the inbox. Never more than the capacity.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether no message is in the inbox.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room.
    pub fn is_full(&self) -> bool {
        self.slab.is_full()
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.slab.life().senders() as usize
    }

    /// How many receivers there are: one or none.
    pub fn receiver_count(&self) -> usize {
        self.slab.life().receivers() as usize
    }

    /// How many weak handles there are.
    pub fn weak_count(&self) -> usize {
        self.slab.life().weak() as usize
    }

    /// Whether both send to one inbox.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.slab == other.slab
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &Receiver<T, L>) -> bool {
        self.slab == *receiver.slab()
    }

    /// What tells this inbox from all other channels that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.slab.address())
    }

    /// A handle that does not keep the inbox open.
    pub fn downgrade(&self) -> WeakSender<T, L> {
        WeakSender::new(self.slab)
    }
}

impl<T, L: RawMutex> Clone for Sender<T, L> {
    fn clone(&self) -> Self {
        self.slab.life().add_sender();
        Self::new(self.slab)
    }
}

impl<T, L: RawMutex> Drop for Sender<T, L> {
    fn drop(&mut self) {
        self.slab.drop_sender();
    }
}

impl<T, L: RawMutex> fmt::Debug for Sender<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}

/// A sending handle that does not keep the inbox open: made by [`Sender::downgrade`].
///
/// It keeps only the inbox's memory. See [`mpsc::WeakSender`](crate::mpsc::WeakSender) for what an actor does with one that
/// it sends to itself by.
pub struct WeakSender<T, L: RawMutex + 'static = DefaultLock> {
    slab: Slab<T, Inbox<L>>,
    _of: Invariant<T, L>,
}

// SAFETY: as for Sender, which it can become.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Send for WeakSender<T, L> {}
// SAFETY: as for Sender.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Sync for WeakSender<T, L> {}
impl<T, L: RawMutex> Unpin for WeakSender<T, L> {}
impl<T, L: RawMutex> UnwindSafe for WeakSender<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for WeakSender<T, L> {}

impl<T, L: RawMutex> WeakSender<T, L> {
    /// One more, of an inbox that the caller keeps.
    fn new(slab: Slab<T, Inbox<L>>) -> Self {
        slab.life().hold();
        Self {
            slab,
            _of: PhantomData,
        }
    }

    /// A sender, if the inbox still has one.
    ///
    /// It succeeds as long as a sender lives, also if the inbox is closed, and again once the
    /// receiver has made a new sender.
    pub fn upgrade(&self) -> Option<Sender<T, L>> {
        let upgraded = self.slab.life().upgrade_sender();
        upgraded.then(|| Sender::new(self.slab))
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.slab.life().senders() as usize
    }

    /// How many weak handles there are, this one included.
    pub fn weak_count(&self) -> usize {
        self.slab.life().weak() as usize
    }

    /// What tells this inbox from all other channels that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.slab.address())
    }
}

impl<T, L: RawMutex> Clone for WeakSender<T, L> {
    fn clone(&self) -> Self {
        Self::new(self.slab)
    }
}

impl<T, L: RawMutex> Drop for WeakSender<T, L> {
    fn drop(&mut self) {
        self.slab.release_hold();
    }
}

impl<T, L: RawMutex> fmt::Debug for WeakSender<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender")
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}
