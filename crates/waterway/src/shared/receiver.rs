//! The receiving handles that are cloned.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

#[cfg(feature = "alloc")]
use super::RecvStream;
use super::{Drain, Sender, TryIter};
use crate::chan::Chan;
use crate::error::TryRecvError;
use crate::id::ChannelId;
#[cfg(feature = "std")]
use crate::iter::Iter;
#[cfg(feature = "std")]
use crate::kind::ManyThreads;
use crate::kind::{Invariant, Kind};
use crate::op::{Batch, Next, Op, Ready, Receiving};

/// The action of `recv_many`.
type RecvMany<'a, T, K, B> = Receiving<Batch<'a, &'a Receiver<T, K>, B>, T, K, ()>;

/// The receiving handle of a channel that several may receive from: each message goes to one of them.
///
/// Clone it for each receiver. Those who wait are served in order, if nobody who comes later takes a
/// message before them. When the last one is dropped the channel is closed, every message in it is
/// dropped at once, and parked senders get theirs back.
///
/// It is made into a [`Stream`](futures_core::Stream) by [`stream`](Self::stream) and
/// [`into_stream`](Self::into_stream).
pub struct Receiver<T, K: Kind> {
    chan: Chan<T, K>,
    _of: Invariant<T, K>,
}

// SAFETY: messages come from other threads; everything else is atomic or under the lock.
unsafe impl<T: Send, K: Kind> Send for Receiver<T, K> where K::Lock: Send + Sync {}
// SAFETY: as for Send: every method of a shared receiver may be called by several threads.
unsafe impl<T: Send, K: Kind> Sync for Receiver<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for Receiver<T, K> {}
impl<T, K: Kind> UnwindSafe for Receiver<T, K> {}
impl<T, K: Kind> RefUnwindSafe for Receiver<T, K> {}

impl<T, K: Kind> Receiver<T, K> {
    /// Takes over one count of a receiver.
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

    /// Receives the next message, waiting for one.
    ///
    /// Empty: waits. Closed: `None`, once everything that was sent or permitted has been received.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing. If it was woken for a message, another receiver is
    /// woken in its place. One that is never polled again after it was woken (and not dropped) leaves
    /// its message to whoever looks next; the message after that wakes the next receiver.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::mpmc::bounded(2);
    /// let other = receiver.clone();
    /// sender.try_send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().wait(), Some(1));
    /// assert_eq!(other.recv().wait(), None);
    /// ```
    #[inline]
    pub fn recv(&self) -> Op<Receiving<Next<&Self>, T, K>> {
        Op::new(Receiving::new(Next(self)))
    }

    /// [`recv`](Self::recv) by an operation that borrows nothing and gives the receiver back.
    #[inline]
    pub fn recv_owned(self) -> Op<Receiving<Next<Self>, T, K>> {
        Op::new(Receiving::new(Next(self)))
    }

    /// Receives the next message if there is one now. At a rendezvous it takes from a sender that
    /// waits.
    ///
    /// Never waits for a sender: a message that was sent completely may stay out of sight while an
    /// earlier send, by another sender, is stopped between claiming its place and writing to it.
    /// A waiting [`recv`](Self::recv) is woken in the end.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.chan.try_recv()
    }

    /// Receives up to `limit` messages into a collection, waiting for the first only. What comes while it does is taken
    /// as well: with a limit that is never reached it may go on as long as senders keep up.
    ///
    /// The result is how many there were, at least 1: `Some(0)` only for a limit of 0, at once;
    /// `None` when the channel is closed and everything was received. Others may receive in between:
    /// the messages need not follow each other.
    ///
    /// # Cancel safety
    /// As for [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::mpmc::unbounded();
    /// sender.send_many(0..5).wait().unwrap();
    /// let mut buffer = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(3));
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(2));
    /// assert_eq!(buffer, [0, 1, 2, 3, 4]);
    /// ```
    pub fn recv_many<'a, B: Extend<T>>(
        &'a self,
        buffer: &'a mut B,
        limit: usize,
    ) -> Op<RecvMany<'a, T, K, B>> {
        Op::new(Receiving::new(Batch {
            receiver: self,
            buffer,
            limit,
        }))
    }

    /// Waits until there is something to receive, or the end, and takes nothing.
    ///
    /// What there is may be gone before this receiver takes it: others may be faster. It stands in nobody's
    /// way; each message wakes a receiver that waits for it as well.
    ///
    /// # Cancel safety
    /// Nothing is taken.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TryRecvError, mpmc};
    ///
    /// let (sender, receiver) = mpmc::bounded(1);
    /// sender.try_send(1).unwrap();
    /// receiver.ready().wait();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// drop(sender);
    /// receiver.ready().wait();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn ready(&self) -> Op<Receiving<Ready<&Self>, T, K, ()>> {
        Op::new(Receiving::new(Ready(self)))
    }

    /// Takes what is there now, without waiting: as many messages as are in the channel and held by
    /// parked senders when this is called, less what others receive.
    #[doc(alias = "clear")]
    pub fn drain(&self) -> Drain<&Self, T, K> {
        Drain::new(self)
    }

    /// An iterator over the messages that this receiver gets; it waits for each in this thread and ends
    /// with the channel.
    #[cfg(feature = "std")]
    pub fn iter(&self) -> Iter<&Self, T, K>
    where
        K: ManyThreads,
    {
        Iter::new(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on
    /// later.
    pub fn try_iter(&self) -> TryIter<&Self, T, K> {
        TryIter::new(self)
    }

    /// A stream of the messages that this receiver gets. It allocates a place to wait in.
    #[cfg(feature = "alloc")]
    pub fn stream(&self) -> RecvStream<&Self, T, K> {
        RecvStream::new(self.chan, self)
    }

    /// A [`stream`](Self::stream) that borrows nothing and gives the receiver back.
    #[cfg(feature = "alloc")]
    pub fn into_stream(self) -> RecvStream<Self, T, K> {
        RecvStream::new(self.chan, self)
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the
    /// channel or permitted is still received, by any receiver.
    pub fn close(&self) -> bool {
        self.chan.close()
    }

    /// Another sender. A channel whose senders were all dropped is open again with it; one that
    /// was [closed](Self::close) stays closed.
    pub fn new_sender(&self) -> Sender<T, K> {
        self.chan.revive_sender();
        Sender::new(self.chan)
    }

    /// Whether the channel was closed, or all senders are gone. Messages may still be in it.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed() || self.sender_count() == 0
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
    pub fn room(&self) -> Option<usize> {
        self.chan.room()
    }

    /// How many senders there are.
    #[doc(alias = "sender_strong_count")]
    pub fn sender_count(&self) -> usize {
        self.chan.life().senders() as usize
    }

    /// How many receivers there are.
    #[doc(alias = "strong_count")]
    pub fn receiver_count(&self) -> usize {
        self.chan.life().receivers() as usize
    }

    /// How many weak handles there are, of either side.
    pub fn weak_count(&self) -> usize {
        self.chan.life().weak() as usize
    }

    /// Whether both receive from one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.chan == other.chan
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakReceiver<T, K> {
        self.chan.life().hold();
        WeakReceiver {
            chan: self.chan,
            generation: self.chan.generation(),
            _of: PhantomData,
        }
    }
}

impl<T, K: Kind> Clone for Receiver<T, K> {
    fn clone(&self) -> Self {
        self.chan.life().add_receiver();
        Self::new(self.chan)
    }
}

impl<T, K: Kind> Drop for Receiver<T, K> {
    fn drop(&mut self) {
        self.chan.drop_receiver();
    }
}

impl<T, K: Kind> fmt::Debug for Receiver<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// A receiving handle that does not keep the channel open: made by [`Receiver::downgrade`].
///
/// It keeps only the channel's memory.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::mpmc::bounded(1);
/// let weak = receiver.downgrade();
/// sender.try_send(1).unwrap();
/// assert_eq!(weak.upgrade().unwrap().try_recv(), Ok(1));
/// drop(receiver);
/// assert!(weak.upgrade().is_none());
/// assert!(sender.is_closed());
/// ```
pub struct WeakReceiver<T, K: Kind> {
    chan: Chan<T, K>,
    /// See [`place`](crate::chan::place).
    generation: u64,
    _of: Invariant<T, K>,
}

// SAFETY: as for Receiver, which it can become.
unsafe impl<T: Send, K: Kind> Send for WeakReceiver<T, K> where K::Lock: Send + Sync {}
// SAFETY: as for Receiver.
unsafe impl<T: Send, K: Kind> Sync for WeakReceiver<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for WeakReceiver<T, K> {}
impl<T, K: Kind> UnwindSafe for WeakReceiver<T, K> {}
impl<T, K: Kind> RefUnwindSafe for WeakReceiver<T, K> {}

impl<T, K: Kind> WeakReceiver<T, K> {
    /// A receiver, if the channel still has one.
    ///
    /// It succeeds as long as a receiver lives, also if the channel is closed. When the last one has
    /// gone there is never another.
    pub fn upgrade(&self) -> Option<Receiver<T, K>> {
        self.chan
            .upgrade_receiver(self.generation)
            .then(|| Receiver::new(self.chan))
    }

    /// How many receivers there are.
    #[doc(alias = "strong_count")]
    pub fn receiver_count(&self) -> usize {
        if self.chan.generation() == self.generation {
            self.chan.life().receivers() as usize
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

impl<T, K: Kind> Clone for WeakReceiver<T, K> {
    fn clone(&self) -> Self {
        self.chan.life().hold();
        Self {
            chan: self.chan,
            generation: self.generation,
            _of: PhantomData,
        }
    }
}

impl<T, K: Kind> Drop for WeakReceiver<T, K> {
    fn drop(&mut self) {
        self.chan.release();
    }
}

impl<T, K: Kind> fmt::Debug for WeakReceiver<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakReceiver").finish_non_exhaustive()
    }
}
