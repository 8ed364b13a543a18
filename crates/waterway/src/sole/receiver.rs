//! The receiving handle that is not cloned.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::{Drain, Lease, ReadChunk, TryIter};
use crate::chan::Chan;
use crate::error::TryRecvError;
use crate::id::ChannelId;
#[cfg(feature = "std")]
use crate::iter::Iter;
#[cfg(feature = "std")]
use crate::kind::ManyThreads;
use crate::kind::{Invariant, Kind, ManySenders, Spsc};
use crate::op::{Batch, Loan, Next, Op, Receiving, Sight, poll_with};
use crate::shared::Sender;
use crate::wait::Node;

/// The action of `recv_many`.
type RecvMany<'a, T, K, B> = Receiving<Batch<'a, &'a mut Receiver<T, K>, B>, T, K, ()>;

/// The only receiving handle of a channel.
///
/// When it is dropped the channel is closed, every message in it is dropped at once, and parked
/// senders get theirs back; not so while the channel has a [`Manager`](crate::manager::Manager).
///
/// It is a [`Stream`] itself.
pub struct Receiver<T, K: Kind> {
    chan: Chan<T, K>,
    _of: Invariant<T, K>,
}

// SAFETY: messages come from other threads; everything else is atomic or under the lock.
unsafe impl<T: Send, K: Kind> Send for Receiver<T, K> where K::Lock: Send + Sync {}
// SAFETY: by a shared reference one can only look at counts, and make senders.
unsafe impl<T: Send, K: Kind> Sync for Receiver<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for Receiver<T, K> {}
impl<T, K: Kind> UnwindSafe for Receiver<T, K> {}
impl<T, K: Kind> RefUnwindSafe for Receiver<T, K> {}

impl<T, K: Kind> Receiver<T, K> {
    /// Takes over the count of the receiver.
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
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(2);
    /// sender.try_send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().wait(), Some(1));
    /// assert_eq!(receiver.recv().wait(), None);
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Op<Receiving<Next<&mut Self>, T, K>> {
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
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.chan.try_recv()
    }

    /// Receives up to `limit` messages into a collection, waiting for the first only. What comes while it does is taken
    /// as well: with a limit that is never reached it may go on as long as senders keep up.
    ///
    /// The result is how many there were, at least 1: `Some(0)` only for a limit of 0, at once;
    /// `None` when the channel is closed and everything was received.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::unbounded();
    /// sender.send_many(0..5).wait().unwrap();
    /// let mut buffer = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(3));
    /// assert_eq!(receiver.recv_many(&mut buffer, 3).wait(), Some(2));
    /// assert_eq!(buffer, [0, 1, 2, 3, 4]);
    /// ```
    pub fn recv_many<'a, B: Extend<T>>(
        &'a mut self,
        buffer: &'a mut B,
        limit: usize,
    ) -> Op<RecvMany<'a, T, K, B>> {
        Op::new(Receiving::new(Batch {
            receiver: self,
            buffer,
            limit,
        }))
    }

    /// Waits for the next message and looks at it where it is. It stays the next.
    ///
    /// A peeked message is out of reach of [`Sender::force_send`] and counts until it is received.
    ///
    /// # Cancel safety
    /// Nothing is taken.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(1);
    /// sender.try_send(7).unwrap();
    /// assert_eq!(receiver.peek().wait(), Some(&7));
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// ```
    pub fn peek(&mut self) -> Op<Receiving<Sight<'_, T, K>, T, K, ()>> {
        Op::new(Receiving::new(Sight(self)))
    }

    /// Looks at the next message if there is one now.
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_peek(&mut self) -> Result<&T, TryRecvError> {
        // SAFETY: a peeked message stays where it is until the next receive, for which this
        // borrow has to end.
        self.chan.try_peek().map(|message| unsafe { &*message })
    }

    /// Waits for the next message and takes it for the time being: [`ack`](Lease::ack) takes it for good.
    ///
    /// If the [`Lease`] is dropped without that, as by a panic, the message stays the next: for this receiver,
    /// or for the one after it where there is a [`Manager`](crate::manager::Manager). So a message is handled
    /// at least once, and none is lost with its handler.
    ///
    /// Empty: waits. Closed: `None`, once everything was received, by acknowledgement or otherwise. At a
    /// rendezvous the message's send is complete with the lease, not with the acknowledgement.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::mpsc::bounded(2);
    /// sender.send_many(["first", "second"]).wait().unwrap();
    /// let lease = receiver.recv_leased().wait().unwrap();
    /// assert_eq!(*lease, "first");
    /// lease.release();
    /// let lease = receiver.recv_leased().wait().unwrap();
    /// assert_eq!(lease.ack(), "first");
    /// assert_eq!(receiver.try_recv(), Ok("second"));
    /// ```
    pub fn recv_leased(&mut self) -> Op<Receiving<Loan<'_, T, K>, T, K, ()>> {
        Op::new(Receiving::new(Loan(self)))
    }

    /// Takes the next message for the time being, if there is one now. See
    /// [`recv_leased`](Self::recv_leased).
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_recv_leased(&mut self) -> Result<Lease<'_, T, K>, TryRecvError> {
        let message = self.chan.try_peek()?;
        // SAFETY: found there just now.
        Ok(unsafe { Lease::new(self, message) })
    }

    /// Takes what is there now, without waiting: what is in the channel and what parked senders
    /// hold when this is called.
    #[doc(alias = "clear")]
    pub fn drain(&mut self) -> Drain<&mut Self, T, K> {
        Drain::new(self)
    }

    /// An iterator over all messages; it waits for each in this thread and ends with the channel.
    #[cfg(feature = "std")]
    pub fn iter(&mut self) -> Iter<&mut Self, T, K>
    where
        K: ManyThreads,
    {
        Iter::new(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on
    /// later.
    pub fn try_iter(&mut self) -> TryIter<&mut Self, T, K> {
        TryIter::new(self)
    }

    /// Polls for the next message. The waker is kept until the next poll, a message, or the drop
    /// of this handle.
    #[inline]
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let chan = self.chan;
        // SAFETY: a sole receiver is not found by a node.
        unsafe { poll_with(chan, &Node::new(), context, || chan.try_recv()) }
    }

    /// Polls for up to `limit` messages, see [`recv_many`](Self::recv_many).
    pub fn poll_recv_many<B: Extend<T>>(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut B,
        limit: usize,
    ) -> Poll<Option<usize>> {
        let chan = self.chan;
        let look = || chan.try_recv_many(buffer, limit);
        // SAFETY: as above.
        unsafe { poll_with(chan, &Node::new(), context, look) }
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the
    /// channel or permitted is still received.
    pub fn close(&mut self) -> bool {
        self.chan.close()
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
    pub fn receiver_count(&self) -> usize {
        self.chan.life().receivers() as usize
    }

    /// How many weak handles there are.
    #[doc(alias = "sender_weak_count")]
    pub fn weak_count(&self) -> usize {
        self.chan.life().weak() as usize
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }
}

impl<T, L: lock_api::RawMutex + 'static> Receiver<T, Spsc<L>> {
    /// Up to `limit` messages of a bounded channel, to be read in place and received at once.
    ///
    /// What parked sends hold is not among them.
    ///
    /// # Errors
    /// [`TryRecvError`] if there is none; always at a rendezvous and in an unbounded channel, whose slots
    /// are not in a row.
    pub fn read_chunk(&mut self, limit: usize) -> Result<ReadChunk<'_, T, Spsc<L>>, TryRecvError> {
        let chan = self.chan;
        let (head, len) = chan.try_chunk(limit)?;
        Ok(ReadChunk::new(self, chan, head, len))
    }
}

impl<T, K: ManySenders> Receiver<T, K> {
    /// Another sender. A channel whose senders were all dropped is open again with it; one that
    /// was [closed](Self::close) stays closed.
    ///
    /// Who receives and sends in one thread or task sends by [`try_send`](Sender::try_send): a wait
    /// for room would be a wait for itself.
    pub fn new_sender(&self) -> Sender<T, K> {
        self.chan.revive_sender();
        Sender::new(self.chan)
    }
}

impl<T, K: Kind> Drop for Receiver<T, K> {
    fn drop(&mut self) {
        self.chan.drop_receiver();
    }
}

impl<T, K: Kind> Stream for Receiver<T, K> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let message = ready!(self.get_mut().poll_recv(context));
        Poll::Ready(message)
    }
}

impl<T, K: Kind> FusedStream for Receiver<T, K> {
    fn is_terminated(&self) -> bool {
        self.chan.is_terminated()
    }
}

impl<T, K: Kind> fmt::Debug for Receiver<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .finish_non_exhaustive()
    }
}
