//! The receiving handle.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_core::{FusedStream, Stream};
use lock_api::RawMutex;

use super::{
    DefaultRecycle, InPlace, Owned, OwnedSlotRef, Pool, RecvOp, RecvOwnedOp, RecvRefOp,
    RecvRefOwnedOp, Recycle, Sender, SlotRef, TryIter,
};
use crate::error::TryRecvError;
use crate::id::ChannelId;
use crate::kind::Invariant;
use crate::op::{Op, Told};
use crate::slab::{Catch, Coming, Slab, Value};
use crate::sync::DefaultLock;

/// The only receiving handle of a pool.
///
/// When it is dropped the channel is closed, every message in it is dropped at once, and parked senders get theirs
/// back.
///
/// It is a [`Stream`] of [`OwnedSlotRef`]s: a stream cannot lend.
pub struct Receiver<T, R = DefaultRecycle, L: RawMutex = DefaultLock> {
    pub(super) slab: Slab<T, Pool<R, L>>,
    _of: Invariant<T, Pool<R, L>>,
}

// SAFETY: elements come from other threads, and the policy is used by several; everything else is atomic or under the
// lock.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Send for Receiver<T, R, L> {}
// SAFETY: by a shared reference one can only look at counts, close, and make senders.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Sync for Receiver<T, R, L> {}
impl<T, R, L: RawMutex> Unpin for Receiver<T, R, L> {}
impl<T, R, L: RawMutex> UnwindSafe for Receiver<T, R, L> {}
impl<T, R, L: RawMutex> RefUnwindSafe for Receiver<T, R, L> {}

impl<T, R, L: RawMutex> Receiver<T, R, L> {
    /// Takes over the count of the receiver.
    pub(super) fn new(slab: Slab<T, Pool<R, L>>) -> Self {
        Self {
            slab,
            _of: PhantomData,
        }
    }

    /// Receives the next message in its slot, waiting for one.
    ///
    /// Empty: waits. Closed: `None`, once everything that was sent, or is still written in a slot, was received.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::pool::bounded::<Vec<u8>>(2);
    /// let mut slot = sender.try_slot().unwrap();
    /// slot.push(7);
    /// slot.send().unwrap();
    /// drop(sender);
    /// while let Some(message) = receiver.recv_ref().wait() {
    ///     assert_eq!(*message, [7]);
    /// }
    /// ```
    pub fn recv_ref(&mut self) -> RecvRefOp<'_, T, R, L>
    where
        R: Recycle<T>,
    {
        // SAFETY: this is the receiver.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// [`recv_ref`](Self::recv_ref) by an operation that borrows nothing and gives the receiver back, as the
    /// [message](OwnedSlotRef) borrows nothing.
    pub fn recv_ref_owned(self) -> RecvRefOwnedOp<T, R, L>
    where
        R: Recycle<T>,
    {
        // SAFETY: as above.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// Receives the next message in its slot, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`], or [`TryRecvError::Closed`] as for [`recv_ref`](Self::recv_ref).
    #[inline]
    pub fn try_recv_ref(&mut self) -> Result<SlotRef<'_, T, R, L>, TryRecvError>
    where
        R: Recycle<T>,
    {
        // SAFETY: this is the receiver, lent for as long as the message is.
        unsafe { InPlace::catch(self.slab) }
    }

    /// Polls for the next message in its slot: `None` as for [`recv_ref`](Self::recv_ref).
    ///
    /// The waker of the latest call is woken; it is kept until then, or until the receiver goes.
    pub fn poll_recv_ref(&mut self, context: &mut Context<'_>) -> Poll<Option<SlotRef<'_, T, R, L>>>
    where
        R: Recycle<T>,
    {
        // SAFETY: as above.
        unsafe { self.poll_catch::<InPlace<'_>>(context) }
    }

    /// Receives the next message by value, waiting for one. The slot's next user has a new element made.
    ///
    /// Empty: waits. Closed: `None`, as for [`recv_ref`](Self::recv_ref).
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    pub fn recv(&mut self) -> RecvOp<'_, T, R, L> {
        // SAFETY: this is the receiver.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// [`recv`](Self::recv) by an operation that borrows nothing and gives the receiver back.
    pub fn recv_owned(self) -> RecvOwnedOp<T, R, L> {
        // SAFETY: as above.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// Receives the next message by value, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`], or [`TryRecvError::Closed`] as for [`recv_ref`](Self::recv_ref).
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        // SAFETY: as above.
        unsafe { self.slab.try_recv() }
    }

    /// Polls for the next message by value: as [`poll_recv_ref`](Self::poll_recv_ref).
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        // SAFETY: as above.
        unsafe { self.poll_catch::<Value>(context) }
    }

    /// Polls for what there is. The waker stays in the channel until it is woken or replaced, or the receiver goes.
    ///
    /// # Safety
    /// The receiver is lent for as long as what is caught borrows it.
    unsafe fn poll_catch<V: Catch<T, Pool<R, L>>>(
        &mut self,
        context: &Context<'_>,
    ) -> Poll<Option<V::Caught>> {
        let slab = self.slab;
        // SAFETY: this is the receiver; the rest is the caller's promise.
        unsafe { slab.poll_with(context, || V::catch(slab)) }
    }

    /// Leaves a waker to be woken by the next message, or the end, and gives back the one that was there: for receivers
    /// that several share under a lock of their own. It clones, drops and wakes none, which may be anybody's code.
    ///
    /// Look again after this, before you let go of the lock: [`try_recv_ref`](Self::try_recv_ref), and
    /// [`into_owned`](super::SlotRef::into_owned). The waker is kept as that of [`poll_recv_ref`](Self::poll_recv_ref).
    ///
    /// # Errors
    /// The waker comes back if the one that is there is just being taken by somebody who wakes it. Wake it yourself, so that
    /// who waits comes again.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Mutex;
    /// use std::task::{Context, Poll};
    /// use waterway::{TryRecvError, pool};
    ///
    /// type Shared = Mutex<pool::Receiver<String>>;
    ///
    /// fn poll_recv(shared: &Shared, context: &mut Context<'_>) -> Poll<Option<pool::OwnedSlotRef<String>>> {
    ///     let waker = context.waker().clone();
    ///     let mut receiver = shared.lock().unwrap();
    ///     let left = receiver.leave_waker(waker);
    ///     let found = receiver.try_recv_ref().map(pool::SlotRef::into_owned);
    ///     drop(receiver);
    ///     if let Err(waker) = left {
    ///         waker.wake();
    ///     }
    ///     match found {
    ///         Ok(message) => Poll::Ready(Some(message)),
    ///         Err(TryRecvError::Closed) => Poll::Ready(None),
    ///         Err(TryRecvError::Empty) => Poll::Pending,
    ///     }
    /// }
    /// # let (sender, receiver) = pool::bounded(1);
    /// # let shared = Mutex::new(receiver);
    /// # let mut context = Context::from_waker(std::task::Waker::noop());
    /// # assert!(poll_recv(&shared, &mut context).is_pending());
    /// # sender.try_send("a".to_owned()).unwrap();
    /// # assert!(poll_recv(&shared, &mut context).is_ready());
    /// ```
    pub fn leave_waker(&mut self, waker: Waker) -> Result<Option<Waker>, Waker> {
        self.slab.register_silently(waker)
    }

    /// A blocking iterator over all messages, in their slots, until the end.
    ///
    /// An iterator cannot lend: it gives [owned references](OwnedSlotRef). To do without write
    /// `while let Some(message) = receiver.recv_ref().wait()`.
    #[cfg(feature = "std")]
    pub fn iter(&mut self) -> super::Iter<'_, T, R, L>
    where
        R: Recycle<T>,
    {
        super::iter::Iter(self)
    }

    /// An iterator over the messages that are there, in their slots: [owned references](OwnedSlotRef).
    pub fn try_iter(&mut self) -> TryIter<'_, T, R, L>
    where
        R: Recycle<T>,
    {
        TryIter(self)
    }

    /// Takes the next message there is, without a borrow.
    pub(super) fn try_recv_kept(&mut self) -> Result<OwnedSlotRef<T, R, L>, TryRecvError>
    where
        R: Recycle<T>,
    {
        // SAFETY: this is the receiver.
        unsafe { Owned::catch(self.slab) }
    }

    /// A new sender, also when there is none any more: then the channel is open again, unless it was closed.
    #[must_use = "the channel stays open as long as there is a sender"]
    pub fn new_sender(&self) -> Sender<T, R, L> {
        self.slab.life().revive_sender();
        Sender::new(self.slab)
    }

    /// Closes the channel and says whether this call did. See [`Sender::close`].
    pub fn close(&self) -> bool {
        self.slab.close()
    }

    /// Whether the channel was closed, or all senders are gone. There may be messages still.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.slab.is_shut() || self.slab.life().senders() == 0
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

    /// How many senders there are, those in [owned slots](super::OwnedSlot) included.
    pub fn sender_count(&self) -> usize {
        self.slab.life().senders() as usize
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.slab.address())
    }
}

impl<T, R, L: RawMutex> Drop for Receiver<T, R, L> {
    fn drop(&mut self) {
        self.slab.drop_receiver();
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Stream for Receiver<T, R, L> {
    type Item = OwnedSlotRef<T, R, L>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // SAFETY: what is caught borrows nothing.
        unsafe { self.get_mut().poll_catch::<Owned>(context) }
    }
}

impl<T, R: Recycle<T>, L: RawMutex> FusedStream for Receiver<T, R, L> {
    fn is_terminated(&self) -> bool {
        self.slab.has_ended()
    }
}

impl<T, R, L: RawMutex> fmt::Debug for Receiver<T, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}
