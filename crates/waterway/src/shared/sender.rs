//! The sending handles that are cloned.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use crate::chan::Chan;
use crate::chan::send::Refused;
use crate::error::TrySendError;
use crate::id::ChannelId;
use crate::kind::{Invariant, Kind};
use crate::op::{End, Flushed, Many, One, Op, Owned, Reserving, Sending, SendingMany, Watching};
use crate::permit::{OwnedPermit, Permit, PermitIterator};
use crate::receive::Receive;
#[cfg(feature = "alloc")]
use crate::sink::SendSink;

/// The sending handle of a channel that several may send on.
///
/// Clone it for each sender. When the last one is dropped the receiver still gets all that was
/// sent, and then the end.
pub struct Sender<T, K: Kind> {
    chan: Chan<T, K>,
    _of: Invariant<T, K>,
}

// SAFETY: messages go from thread to thread, everything else is atomic or under the lock.
unsafe impl<T: Send, K: Kind> Send for Sender<T, K> where K::Lock: Send + Sync {}
// SAFETY: as for Send: every method of a shared sender may be called by several threads.
unsafe impl<T: Send, K: Kind> Sync for Sender<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for Sender<T, K> {}
impl<T, K: Kind> UnwindSafe for Sender<T, K> {}
impl<T, K: Kind> RefUnwindSafe for Sender<T, K> {}

impl<T, K: Kind> Sender<T, K> {
    /// Takes over one count of a sender.
    pub(crate) fn new(chan: Chan<T, K>) -> Self {
        Self {
            chan,
            _of: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn chan(&self) -> Chan<T, K> {
        self.chan
    }

    /// Sends a message, waiting for room.
    ///
    /// Full: waits; those who wait are served in order. At a rendezvous it completes when its
    /// message was taken. Closed: fails. Success does not mean that the message has been received;
    /// see [`flush`](Self::flush) for that.
    ///
    /// `let _ = sender.send(message);` sends nothing: an operation has to be `.await`ed or
    /// `.wait()`ed for. To send without waiting use [`try_send`](Self::try_send).
    ///
    /// # Cancel safety
    /// A send that is dropped while it waits drops its message; it is not delivered, unless it was
    /// taken already. [`cancel`](crate::Op::cancel) gives the message back or says that it was
    /// taken. Use [`reserve`](Self::reserve) to wait before there is a message.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it
    /// waits.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(2);
    /// sender.send("a message").wait()?;
    /// assert_eq!(receiver.recv().wait(), Some("a message"));
    /// # Ok::<(), waterway::SendError<&str>>(())
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> Op<Sending<&Self, T, K>> {
        Op::new(Sending::new(self, message))
    }

    /// [`send`](Self::send) by an operation that borrows nothing and gives the sender back.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::unbounded();
    /// let (sent, sender) = sender.send_owned(1).wait();
    /// assert_eq!(sent, Ok(()));
    /// # drop(sender);
    /// ```
    #[inline]
    pub fn send_owned(self, message: T) -> Op<Sending<Self, T, K>> {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message if there is room now.
    ///
    /// Never waits. Full also while others wait for room: they are not overtaken. At a rendezvous
    /// it succeeds only if the receiver waits right now, in a thread and by
    /// `recv`, not for many or to peek.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TrySendError, mpsc};
    ///
    /// let (sender, receiver) = mpsc::bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.chan.try_send(message)
    }

    /// Sends a message without waiting; if there is no room, in place of the oldest, which is
    /// returned.
    ///
    /// The oldest message in reach is displaced: never one that a receiver peeks at or that a
    /// parked sender holds. Senders that wait keep waiting and are overtaken by this message.
    ///
    /// # Errors
    /// [`TrySendError::Full`] where nothing is in reach: everything is permitted or peeked at, or
    /// the channel is a rendezvous; or, seldom, a receiver was stopped in the middle of taking the
    /// message whose room is needed. [`TrySendError::Closed`] if the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(1);
    /// assert_eq!(sender.force_send("old"), Ok(None));
    /// assert_eq!(sender.force_send("new"), Ok(Some("old")));
    /// assert_eq!(receiver.try_recv(), Ok("new"));
    /// ```
    #[doc(alias = "force_push")]
    pub fn force_send(&self, message: T) -> Result<Option<T>, TrySendError<T>> {
        self.chan.force_send(message)
    }

    /// Sends every message of an iterator, in order, waiting for room.
    ///
    /// Messages are drawn in batches of up to 512 bytes before there is room for them. The result
    /// is how many were sent.
    ///
    /// # Cancel safety
    /// What was sent stays sent; the drawn messages that were not are dropped with the operation.
    /// [`cancel`](crate::Op::cancel) gives the rest back, in order.
    ///
    /// # Errors
    /// If the channel is closed: how many were sent, and the rest in order. So also for an iterator
    /// without messages; all that an iterator had being sent is no error.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(8);
    /// assert_eq!(sender.send_many(0..5).wait().unwrap(), 5);
    /// drop(receiver);
    /// let unsent = sender.send_many(5..9).wait().unwrap_err().into_inner();
    /// assert_eq!((unsent.sent, unsent.rest.collect()), (0, vec![5, 6, 7, 8]));
    /// ```
    pub fn send_many<I>(&self, messages: I) -> Op<SendingMany<&Self, I::IntoIter, K>>
    where
        I: IntoIterator<Item = T>,
    {
        Op::new(SendingMany::new(self, messages.into_iter()))
    }

    /// Waits for room for one message and reserves it.
    ///
    /// The permit borrows this sender, and what the sender lies in, until it is used or dropped. In
    /// one expression, `sender.reserve().wait()?.send(message)`, or in a `match` or `if let` on the
    /// result, the compiler takes that for the whole of it: what makes the message, or gives the
    /// sender away, has to stand outside. To end the borrow early make the message first and bind
    /// the permit by `let`; to have none, [`reserve_owned`](Self::reserve_owned) on a clone.
    ///
    /// # Cancel safety
    /// Nothing is lost but the place in the queue. Once it was woken, others may take the room
    /// before it comes for it, if the receiver is idle: a reservation that is never polled again
    /// holds up nobody.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or if it is a rendezvous, which has no room to
    /// reserve.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(1);
    /// let permit = sender.reserve().wait()?;
    /// assert!(sender.try_send(0).is_err());
    /// permit.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// # Ok::<(), waterway::SendError<()>>(())
    /// ```
    ///
    /// Where the sender is a field, and the message is made with the help of the whole:
    ///
    /// ```
    /// use waterway::{SendError, mpsc};
    ///
    /// struct Clock {
    ///     ticks: mpsc::Sender<u64>,
    ///     now: u64,
    /// }
    ///
    /// impl Clock {
    ///     fn next(&mut self) -> u64 {
    ///         self.now += 1;
    ///         self.now
    ///     }
    ///
    ///     fn tick(&mut self) -> Result<(), SendError<()>> {
    ///         // `self.ticks.reserve().wait()?.send(self.next())` would borrow `self` twice, and so
    ///         // would a borrowed permit over the call of `next`.
    ///         let permit = self.ticks.clone().reserve_owned().wait();
    ///         let permit = permit.map_err(|_| SendError(()))?;
    ///         let now = self.next();
    ///         let (sent, _) = permit.send(now);
    ///         sent.map_err(|_| SendError(()))
    ///     }
    /// }
    /// # let (ticks, mut receiver) = mpsc::bounded(1);
    /// # Clock { ticks, now: 6 }.tick().unwrap();
    /// # assert_eq!(receiver.try_recv(), Ok(7));
    /// ```
    pub fn reserve(&self) -> Op<Reserving<One<&Self>, T, K>> {
        Op::new(Reserving::new(One(self)))
    }

    /// Waits for room for `count` messages and reserves it, all of it or nothing.
    ///
    /// Later and smaller requests queue behind it. No room is held while it waits.
    ///
    /// # Cancel safety
    /// As for [`reserve`](Self::reserve).
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or at once if `count` is more than there can ever
    /// be: the capacity, or 2^26 - 1 in an unbounded channel.
    pub fn reserve_many(&self, count: usize) -> Op<Reserving<Many<&Self>, T, K>> {
        Op::new(Reserving::new(Many(self, count)))
    }

    /// [`reserve`](Self::reserve) by an operation that borrows nothing; the permit holds the
    /// sender.
    ///
    /// # Errors
    /// As for `reserve`, with the sender.
    pub fn reserve_owned(self) -> Op<Reserving<Owned<Self>, T, K>> {
        Op::new(Reserving::new(Owned(self)))
    }

    /// Reserves room for one message if there is room now.
    ///
    /// # Errors
    /// `TrySendError::Full(())` without room, while others wait for room, and at a rendezvous;
    /// `TrySendError::Closed(())` if the channel is closed.
    pub fn try_reserve(&self) -> Result<Permit<&Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(1).map(|()| Permit::new(self))
    }

    /// Reserves room for `count` messages if there is room now.
    ///
    /// # Errors
    /// As for [`try_reserve`](Self::try_reserve); `Full` also if `count` is more than there can
    /// ever be.
    pub fn try_reserve_many(
        &self,
        count: usize,
    ) -> Result<PermitIterator<&Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(count)
            .map(|()| PermitIterator::new(self, count))
    }

    /// [`try_reserve`](Self::try_reserve) with a permit that holds the sender.
    ///
    /// # Errors
    /// As for `try_reserve`, with the sender.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<Self, T, K>, TrySendError<Self>> {
        match self.try_reserve_for(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    fn try_reserve_for(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.chan.try_reserve(count).map_err(Refused::bare)
    }

    /// Waits until the channel is closed, by either side or because the receiver is gone, and its
    /// [`Manager`](crate::manager::Manager) if it had one.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn closed(&self) -> Op<Watching<&Self, End, T, K>> {
        Op::new(Watching::new(self, End))
    }

    /// Waits until everything that was sent on the channel before this call has been received, or
    /// displaced.
    ///
    /// Costs time in the number of flushes that wait.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Errors
    /// `SendError(())` if the receiver went before, and with it the channel.
    pub fn flush(&self) -> Op<Watching<&Self, Flushed, T, K>> {
        Op::new(Watching::new(self, Flushed(self.chan.flush_target())))
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on, by no sender; parked senders get their messages back. What
    /// is in the channel or permitted is still received.
    pub fn close(&self) -> bool {
        self.chan.close()
    }

    /// Whether the channel was closed, or the receiver is gone, and its
    /// [`Manager`](crate::manager::Manager) if it had one.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed()
    }

    /// The bound of the channel; `None` if it has none, `Some(0)` for a rendezvous.
    #[doc(alias = "max_capacity")]
    pub fn capacity(&self) -> Option<usize> {
        self.chan.capacity()
    }

    /// How many messages are in the channel. Never more than the capacity.
    pub fn len(&self) -> usize {
        self.chan.len()
    }

    /// Whether no message is in the channel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room, counting what is permitted.
    pub fn is_full(&self) -> bool {
        self.chan.is_full()
    }

    /// For how many messages there is room now, counting what is permitted; none while others wait for it.
    /// `None` if the channel has no bound.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::mpsc::bounded(3);
    /// sender.try_send('a').unwrap();
    /// let permit = sender.try_reserve().unwrap();
    /// assert_eq!((sender.room(), receiver.len()), (Some(1), 1));
    /// drop(permit);
    /// assert_eq!(receiver.room(), Some(2));
    /// ```
    pub fn room(&self) -> Option<usize> {
        self.chan.room()
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.chan.life().senders() as usize
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.chan.life().receivers() as usize
    }

    /// How many weak handles there are, of either side.
    pub fn weak_count(&self) -> usize {
        self.chan.life().weak() as usize
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.chan == other.chan
    }

    /// Whether this sends to that receiver.
    pub fn sends_to<R: Receive<T, Kind = K>>(&self, receiver: &R) -> bool {
        self.chan == receiver.chan()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T, K> {
        self.chan.life().hold();
        WeakSender {
            chan: self.chan,
            generation: self.chan.generation(),
            _of: PhantomData,
        }
    }

    /// This sender as a [`Sink`](futures_sink::Sink).
    #[cfg(feature = "alloc")]
    pub fn into_sink(self) -> SendSink<Self, T, K> {
        SendSink::new(self)
    }
}

impl<T, K: Kind> Clone for Sender<T, K> {
    fn clone(&self) -> Self {
        self.chan.life().add_sender();
        Self::new(self.chan)
    }
}

impl<T, K: Kind> Drop for Sender<T, K> {
    fn drop(&mut self) {
        self.chan.drop_sender();
    }
}

impl<T, K: Kind> fmt::Debug for Sender<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}

/// A sending handle that does not keep the channel open: made by [`Sender::downgrade`].
///
/// It keeps only the channel's memory.
///
/// A receiver that keeps one to put work back into its own channel has to use
/// [`try_send`](Sender::try_send) (or [`force_send`](Sender::force_send)) with the sender that it
/// upgrades to. If it waited for room it would wait for itself: nobody else makes any.
///
/// # Examples
/// ```
/// use waterway::mpsc;
///
/// let (sender, mut receiver) = mpsc::bounded(4);
/// let again = sender.downgrade();
/// sender.try_send(2).unwrap();
/// let mut done = Vec::new();
/// while let Ok(work) = receiver.try_recv() {
///     done.push(work);
///     if work > 0 {
///         if let Some(sender) = again.upgrade() {
///             // Not `send(work - 1).wait()`: that would not end if the channel were full.
///             sender.try_send(work - 1).expect("there is room");
///         }
///     }
/// }
/// assert_eq!(done, [2, 1, 0]);
/// drop(sender);
/// assert!(again.upgrade().is_none());
/// ```
pub struct WeakSender<T, K: Kind> {
    chan: Chan<T, K>,
    /// See [`place`](crate::chan::place).
    generation: u64,
    _of: Invariant<T, K>,
}

// SAFETY: as for Sender, which it can become.
unsafe impl<T: Send, K: Kind> Send for WeakSender<T, K> where K::Lock: Send + Sync {}
// SAFETY: as for Sender.
unsafe impl<T: Send, K: Kind> Sync for WeakSender<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for WeakSender<T, K> {}
impl<T, K: Kind> UnwindSafe for WeakSender<T, K> {}
impl<T, K: Kind> RefUnwindSafe for WeakSender<T, K> {}

impl<T, K: Kind> WeakSender<T, K> {
    /// A sender, if the channel still has one.
    ///
    /// It succeeds as long as a sender lives, also if the channel is closed, and again once the
    /// receiver, or a manager, has made a new sender.
    pub fn upgrade(&self) -> Option<Sender<T, K>> {
        self.chan
            .upgrade_sender(self.generation)
            .then(|| Sender::new(self.chan))
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        if self.chan.generation() == self.generation {
            self.chan.life().senders() as usize
        } else {
            0
        }
    }

    /// How many weak handles there are, of either side, this one included.
    pub fn weak_count(&self) -> usize {
        self.chan.life().weak() as usize
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }
}

impl<T, K: Kind> Clone for WeakSender<T, K> {
    fn clone(&self) -> Self {
        self.chan.life().hold();
        Self {
            chan: self.chan,
            generation: self.generation,
            _of: PhantomData,
        }
    }
}

impl<T, K: Kind> Drop for WeakSender<T, K> {
    fn drop(&mut self) {
        self.chan.release();
    }
}

impl<T, K: Kind> fmt::Debug for WeakSender<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
