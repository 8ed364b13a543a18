//! The receiving handle.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_core::{FusedStream, Stream};
use lock_api::RawMutex;

use super::iter::{Drain, TryIter};
use super::lease::Lease;
use super::sender::Sender;
use super::{PeekOp, RecvLeasedOp, RecvManyOp, RecvOp, RecvOwnedOp};
use crate::error::TryRecvError;
use crate::id::ChannelId;
use crate::kind::{Inbox, Invariant};
use crate::op::{Op, Told};
use crate::slab::{Batch, Catch, Coming, Moored, Sight, Slab};
use crate::sync::DefaultLock;

/// The receiving handle of an inbox.
///
/// When it is dropped the inbox is closed, every message in it is dropped at once, and parked senders get theirs back; with a
/// [`Manager`](super::Manager) all of that stays for the next receiver.
///
/// It is a [`Stream`] itself.
pub struct Receiver<T, L: RawMutex + 'static = DefaultLock> {
    slab: Slab<T, Inbox<L>>,
    _of: Invariant<T, L>,
}

// SAFETY: messages come from other threads; everything else is atomic or under the lock.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Send for Receiver<T, L> {}
// SAFETY: by a shared reference one can only look at counts, and make senders.
unsafe impl<T: Send, L: RawMutex + Send + Sync> Sync for Receiver<T, L> {}
impl<T, L: RawMutex> Unpin for Receiver<T, L> {}
impl<T, L: RawMutex> UnwindSafe for Receiver<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for Receiver<T, L> {}

impl<T, L: RawMutex> Moored<T, Inbox<L>> for Receiver<T, L> {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, Inbox<L>> {
        &self.slab
    }
}

impl<T, L: RawMutex> Receiver<T, L> {
    /// Takes over the count of the receiver.
    pub(crate) fn new(slab: Slab<T, Inbox<L>>) -> Self {
        Self {
            slab,
            _of: PhantomData,
        }
    }

    /// Receives the next message, waiting for one.
    ///
    /// Empty: waits. Closed: `None`, once everything that was sent has been received. Messages come in the order in which their
    /// sends were completed.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::inbox::small();
    /// sender.try_send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().wait(), Some(1));
    /// assert_eq!(receiver.recv().wait(), None);
    /// ```
    #[inline]
    pub fn recv(&mut self) -> RecvOp<'_, T, L> {
        // SAFETY: this is the receiver.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// [`recv`](Self::recv) by an operation that borrows nothing and gives the receiver back.
    #[inline]
    pub fn recv_owned(self) -> RecvOwnedOp<T, L> {
        // SAFETY: this is the receiver.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// Receives the next message if there is one now.
    ///
    /// Never waits for a sender, and misses no message whose send was completed, whatever other senders do.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        // SAFETY: this is the receiver.
        unsafe { self.slab.try_recv() }
    }

    /// Receives up to `limit` messages into a collection, waiting for the first only.
    ///
    /// The result is how many there were, at least 1: `Some(0)` only for a limit of 0, at once, or if the collection takes
    /// none; `None` when the inbox is closed and everything was received. Those who wait for room are served once the
    /// collection has the messages.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Panics
    /// If the collection does: what it has not taken stays in the inbox.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::inbox::small();
    /// for number in 0..5 {
    ///     sender.try_send(number).unwrap();
    /// }
    /// let mut buffer = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(3));
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(2));
    /// assert_eq!(buffer, [0, 1, 2, 3, 4]);
    /// ```
    pub fn recv_many<'a, B: Extend<T>>(
        &'a mut self,
        buffer: &'a mut B,
        limit: usize,
    ) -> RecvManyOp<'a, T, B, L> {
        // SAFETY: this is the receiver.
        Op::new(Told::new(unsafe { Batch::new(self, buffer, limit) }))
    }

    /// Waits for the next message and looks at it where it is. It stays the next: the following receive gets it, whatever
    /// is sent meanwhile.
    ///
    /// # Cancel safety
    /// Nothing is taken.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::inbox::small();
    /// sender.try_send(7).unwrap();
    /// assert_eq!(receiver.peek().wait(), Some(&7));
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// ```
    pub fn peek(&mut self) -> PeekOp<'_, T, L> {
        // SAFETY: this is the receiver, borrowed for as long as what is seen.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// Looks at the next message if there is one now.
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_peek(&mut self) -> Result<&T, TryRecvError> {
        // SAFETY: as for `peek`.
        unsafe { Sight::catch(self.slab) }
    }

    /// Waits for the next message and works on it where it is: it is taken when that is
    /// [acknowledged](Lease::ack), and stays the next otherwise.
    ///
    /// # Cancel safety
    /// Nothing is taken.
    pub fn recv_leased(&mut self) -> RecvLeasedOp<'_, T, L> {
        // SAFETY: this is the receiver, borrowed for as long as the lease.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// [`recv_leased`](Self::recv_leased), if there is a message now.
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_recv_leased(&mut self) -> Result<Lease<'_, T, L>, TryRecvError> {
        // SAFETY: as above.
        unsafe { Lease::catch(self.slab) }
    }

    /// Takes what is there now, without waiting: what is in the inbox and what parked senders
    /// hold when this is called.
    #[doc(alias = "clear")]
    pub fn drain(&mut self) -> Drain<'_, T, L> {
        let left = self.slab.available();
        Drain {
            receiver: self,
            left,
        }
    }

    /// An iterator over all messages; it waits for each in this thread and ends with the inbox.
    #[cfg(feature = "std")]
    pub fn iter(&mut self) -> super::Iter<'_, T, L> {
        super::iter::Iter(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on
    /// later.
    pub fn try_iter(&mut self) -> TryIter<'_, T, L> {
        TryIter(self)
    }

    /// Polls for the next message. The waker is kept until it is woken, the receiver waits otherwise, or this handle is
    /// dropped.
    #[inline]
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let slab = self.slab;
        // SAFETY: this is the receiver.
        unsafe { slab.poll_with(context, || slab.try_recv()) }
    }

    /// Polls for up to `limit` messages, see [`recv_many`](Self::recv_many).
    pub fn poll_recv_many<B: Extend<T>>(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut B,
        limit: usize,
    ) -> Poll<Option<usize>> {
        let slab = self.slab;
        // SAFETY: this is the receiver.
        unsafe { slab.poll_with(context, || slab.try_recv_many(buffer, limit)) }
    }

    /// Has this waker woken once, by the next message or the end, without a look at what is there: for a scheduler of one's
    /// own, which calls this before it looks for the last time. Says whether it was not there already.
    ///
    /// It is kept as that of [`poll_recv`](Self::poll_recv).
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::task::Wake;
    ///
    /// struct Runnable(AtomicBool);
    ///
    /// impl Wake for Runnable {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.store(true, Ordering::Release);
    ///     }
    /// }
    ///
    /// let (sender, mut receiver) = waterway::inbox::small();
    /// let actor = Arc::new(Runnable(AtomicBool::new(false)));
    /// let waker = actor.clone().into();
    /// assert!(receiver.register_waker(&waker));
    /// assert!(!receiver.register_waker(&waker));
    /// assert!(receiver.try_recv().is_err(), "nothing came before");
    /// sender.try_send(1).unwrap();
    /// assert!(actor.0.load(Ordering::Acquire));
    /// ```
    pub fn register_waker(&mut self, waker: &Waker) -> bool {
        self.slab.register(waker)
    }

    /// Closes the inbox and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the
    /// inbox is still received.
    pub fn close(&mut self) -> bool {
        self.slab.close()
    }

    /// Whether the inbox was closed, or all senders are gone. Messages may still be in it.
    #[doc(alias = "is_connected")]
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.slab.is_shut() || self.sender_count() == 0
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
    #[doc(alias = "sender_strong_count")]
    pub fn sender_count(&self) -> usize {
        self.slab.life().senders() as usize
    }

    /// How many receivers there are: this one.
    pub fn receiver_count(&self) -> usize {
        self.slab.life().receivers() as usize
    }

    /// How many weak handles there are.
    #[doc(alias = "sender_weak_count")]
    pub fn weak_count(&self) -> usize {
        self.slab.life().weak() as usize
    }

    /// What tells this inbox from all other channels that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.slab.address())
    }

    /// Another sender. An inbox whose senders were all dropped is open again with it; one that
    /// was [closed](Self::close) stays closed.
    ///
    /// Who receives and sends in one thread or task sends by [`try_send`](Sender::try_send): a wait
    /// for room would be a wait for itself.
    #[must_use = "the inbox stays open as long as there is a sender"]
    pub fn new_sender(&self) -> Sender<T, L> {
        self.slab.life().revive_sender();
        Sender::new(self.slab)
    }
}

impl<T, L: RawMutex> Drop for Receiver<T, L> {
    fn drop(&mut self) {
        self.slab.drop_receiver();
    }
}

impl<T, L: RawMutex> Stream for Receiver<T, L> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(context)
    }
}

impl<T, L: RawMutex> FusedStream for Receiver<T, L> {
    fn is_terminated(&self) -> bool {
        self.slab.has_ended()
    }
}

impl<T, L: RawMutex> fmt::Debug for Receiver<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}
