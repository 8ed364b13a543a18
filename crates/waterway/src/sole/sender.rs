//! The sending handle that is not cloned.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::WriteChunk;
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

/// The only sending handle of a channel.
///
/// When it is dropped the receiver still gets all that was sent, and then the end.
pub struct Sender<T, K: Kind> {
    chan: Chan<T, K>,
    _of: Invariant<T, K>,
}

// SAFETY: messages go from thread to thread, everything else is atomic or under the lock.
unsafe impl<T: Send, K: Kind> Send for Sender<T, K> where K::Lock: Send + Sync {}
// SAFETY: by a shared reference one can only look, and watch.
unsafe impl<T: Send, K: Kind> Sync for Sender<T, K> where K::Lock: Send + Sync {}
impl<T, K: Kind> Unpin for Sender<T, K> {}
impl<T, K: Kind> UnwindSafe for Sender<T, K> {}
impl<T, K: Kind> RefUnwindSafe for Sender<T, K> {}

impl<T, K: Kind> Sender<T, K> {
    /// Takes over the count of the sender.
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
    /// Full: waits. At a rendezvous it completes when its message was taken. Closed: fails. Success does
    /// not mean that the message has been received; see [`flush`](Self::flush) for that.
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
    /// let (mut sender, mut receiver) = waterway::spsc::bounded(2);
    /// sender.send("a message").wait()?;
    /// assert_eq!(receiver.recv().wait(), Some("a message"));
    /// # Ok::<(), waterway::SendError<&str>>(())
    /// ```
    #[inline]
    pub fn send(&mut self, message: T) -> Op<Sending<&mut Self, T, K>> {
        Op::new(Sending::new(self, message))
    }

    /// [`send`](Self::send) by an operation that borrows nothing and gives the sender back.
    #[inline]
    pub fn send_owned(self, message: T) -> Op<Sending<Self, T, K>> {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message if there is room now.
    ///
    /// Never waits. At a rendezvous it succeeds only if the receiver waits right now, in a thread and by
    /// `recv`, not for many or to peek.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    #[inline]
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        self.chan.try_send(message)
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
    pub fn send_many<I>(&mut self, messages: I) -> Op<SendingMany<&mut Self, I::IntoIter, K>>
    where
        I: IntoIterator<Item = T>,
    {
        Op::new(SendingMany::new(self, messages.into_iter()))
    }

    /// So many free slots of a bounded channel, to be written in place and sent at once.
    ///
    /// # Errors
    /// `TrySendError::Full(())` if fewer are free, and always at a rendezvous and in an unbounded channel,
    /// whose slots are not in a row; `TrySendError::Closed(())` if the channel is closed.
    pub fn write_chunk(&mut self, count: usize) -> Result<WriteChunk<'_, T, K>, TrySendError<()>> {
        let chan = self.chan;
        let place = chan.room_for_chunk(count).map_err(Refused::bare)?;
        Ok(WriteChunk::new(self, chan, place, count))
    }

    /// Waits for room for one message and reserves it.
    ///
    /// The permit borrows this sender until it is used or dropped.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or if it is a rendezvous, which has no room to
    /// reserve.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = waterway::spsc::bounded(1);
    /// sender.reserve().wait()?.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// # Ok::<(), waterway::SendError<()>>(())
    /// ```
    pub fn reserve(&mut self) -> Op<Reserving<One<&mut Self>, T, K>> {
        Op::new(Reserving::new(One(self)))
    }

    /// Waits for room for `count` messages and reserves it, all of it or nothing.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or at once if `count` is more than there can ever
    /// be: the capacity, or 2^26 - 1 in an unbounded channel.
    pub fn reserve_many(&mut self, count: usize) -> Op<Reserving<Many<&mut Self>, T, K>> {
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
    /// `TrySendError::Full(())` without room, and at a rendezvous; `TrySendError::Closed(())` if the
    /// channel is closed.
    pub fn try_reserve(&mut self) -> Result<Permit<&mut Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(1)?;
        Ok(Permit::new(self))
    }

    /// Reserves room for `count` messages if there is room now.
    ///
    /// # Errors
    /// As for [`try_reserve`](Self::try_reserve); `Full` also if `count` is more than there can
    /// ever be.
    pub fn try_reserve_many(
        &mut self,
        count: usize,
    ) -> Result<PermitIterator<&mut Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(count)?;
        Ok(PermitIterator::new(self, count))
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

    /// Waits until the channel is closed, by either side or because the receiver is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn closed(&self) -> Op<Watching<&Self, End, T, K>> {
        Op::new(Watching::new(self, End))
    }

    /// Waits until everything that was sent on the channel before this call has been received.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Errors
    /// `SendError(())` if the receiver went before.
    pub fn flush(&self) -> Op<Watching<&Self, Flushed, T, K>> {
        Op::new(Watching::new(self, Flushed(self.chan.flush_target())))
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; a parked send gets its message back. What is in the channel or
    /// permitted is still received.
    pub fn close(&mut self) -> bool {
        self.chan.close()
    }

    /// Whether the channel was closed, or the receiver is gone.
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
    pub fn room(&self) -> Option<usize> {
        self.chan.room()
    }

    /// How many senders there are: this one.
    pub fn sender_count(&self) -> usize {
        self.chan.life().senders() as usize
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.chan.life().receivers() as usize
    }

    /// Whether this sends to that receiver.
    pub fn sends_to<R: Receive<T, Kind = K>>(&self, receiver: &R) -> bool {
        self.chan == receiver.chan()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }

    /// This sender as a [`Sink`](futures_sink::Sink).
    #[cfg(feature = "alloc")]
    pub fn into_sink(self) -> SendSink<Self, T, K> {
        SendSink::new(self)
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
            .finish_non_exhaustive()
    }
}
