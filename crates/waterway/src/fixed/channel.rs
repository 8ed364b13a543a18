//! A channel that is used by reference.

use core::cell::UnsafeCell;
use core::fmt;

use crate::chan::Chan;
use crate::chan::place::Place;
use crate::chan::send::Refused;
use crate::error::{TryRecvError, TrySendError};
use crate::id::ChannelId;
#[cfg(feature = "std")]
use crate::iter::Iter;
use crate::iter::{Drain, TryIter};
#[cfg(feature = "std")]
use crate::kind::ManyThreads;
use crate::kind::{Shared, Usual, sealed::Sealed};
use crate::op::{
    Batch, End, Flushed, Handle, Many, Next, One, Op, Receiving, Reserving, Sending, SendingMany,
    Watching,
};
use crate::permit::{Permit, PermitIterator};
#[cfg(feature = "alloc")]
use crate::stream::RecvStream;
use crate::sync::constant;

/// The operation of [`Channel::send`].
pub type SendOp<'a, T, const N: usize, K> = Op<Sending<&'a Channel<T, N, K>, T, K>>;
/// The operation of [`Channel::reserve`].
pub type ReserveOp<'a, T, const N: usize, K> = Op<Reserving<One<&'a Channel<T, N, K>>, T, K>>;
/// The operation of [`Channel::recv`].
pub type RecvOp<'a, T, const N: usize, K> = Op<Receiving<Next<&'a Channel<T, N, K>>, T, K>>;

/// A channel with room for exactly `N` messages that is used by reference, at both ends; a rendezvous if
/// `N` is 0.
///
/// It has no handles: whoever has a reference sends and receives. So it ends when it is
/// [closed](Self::close), not when nobody is left, and its operations borrow it. It allocates nothing,
/// lies on the stack, in a field or in a static, and may be moved while nothing borrows it. Dropping it
/// drops what is in it. In a static it takes as much room in the program's file as in memory, other than
/// a [`Static`](super::Static).
///
/// Everything is as with the handles of its kind, where it is documented: see
/// [`shared::Sender`](crate::shared::Sender) and [`shared::Receiver`](crate::shared::Receiver). Its names
/// are [`mpmc::Channel`](crate::mpmc::Channel) and [`local::Channel`](crate::local::Channel).
///
/// # Examples
/// ```
/// use waterway::mpmc;
///
/// let numbers = mpmc::Channel::<u32, 4>::new();
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         for number in 0..100 {
///             numbers.send(number).wait().unwrap();
///         }
///         numbers.close();
///     });
///     assert_eq!(numbers.iter().sum::<u32>(), 4950);
/// });
/// ```
///
/// Nothing that borrows it outlives it:
///
/// ```compile_fail,E0597
/// use waterway::mpmc;
///
/// let operation = {
///     let numbers = mpmc::Channel::<u32, 4>::new();
///     numbers.recv()
/// };
/// operation.wait();
/// ```
pub struct Channel<T, const N: usize, K: Shared> {
    place: UnsafeCell<Place<T, N, K>>,
}

// SAFETY: messages go from thread to thread, everything else is atomic or under the lock.
unsafe impl<T: Send, const N: usize, K: Shared> Send for Channel<T, N, K> where K::Lock: Send + Sync {}
// SAFETY: as for Send: every method may be called by several threads.
unsafe impl<T: Send, const N: usize, K: Shared> Sync for Channel<T, N, K> where K::Lock: Send + Sync {}
impl<T, const N: usize, K: Shared> core::panic::UnwindSafe for Channel<T, N, K> {}
impl<T, const N: usize, K: Shared> core::panic::RefUnwindSafe for Channel<T, N, K> {}

impl<T, const N: usize, K: Shared + Usual> Channel<T, N, K> {
    constant! {
        /// An empty channel.
        ///
        /// `N` is at most `MAX_CAPACITY`, or it does not compile.
        #[must_use]
        pub fn new() -> Self {
            Self::new_in()
        }
    }
}

impl<T, const N: usize, K: Shared> Channel<T, N, K> {
    constant! {
        /// [`new`](Self::new) with a lock of your own for the lists of those who wait, which the kind names.
        ///
        /// # Examples
        /// ```
        /// use waterway::{DefaultLock, mpmc};
        ///
        /// // Any `lock_api::RawMutex`.
        /// type Lock = DefaultLock;
        ///
        /// let numbers: mpmc::Channel<u32, 4, mpmc::Mpmc<Lock>> = mpmc::Channel::new_in();
        /// # numbers.try_send(1).unwrap();
        /// ```
        #[must_use]
        pub fn new_in() -> Self {
            Self {
                place: UnsafeCell::new(Place::new()),
            }
        }
    }

    #[inline(always)]
    pub(crate) fn chan(&self) -> Chan<T, K> {
        // SAFETY: nothing else uses the place, and operations borrow the channel.
        unsafe { Place::chan(self.place.get()) }
    }

    /// Sends a message, waiting for room.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it waits.
    ///
    /// # Cancel safety
    /// As for [`Sender::send`](crate::shared::Sender::send).
    #[inline]
    pub fn send(&self, message: T) -> Op<Sending<&Self, T, K>> {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.chan().try_send(message)
    }

    /// Sends a message without waiting; if there is no room, in place of the oldest, which is returned.
    ///
    /// # Errors
    /// As for [`Sender::force_send`](crate::shared::Sender::force_send).
    pub fn force_send(&self, message: T) -> Result<Option<T>, TrySendError<T>> {
        self.chan().force_send(message)
    }

    /// Sends every message of an iterator, in order, waiting for room.
    ///
    /// # Cancel safety
    /// As for [`Sender::send_many`](crate::shared::Sender::send_many).
    ///
    /// # Errors
    /// If the channel is closed: how many were sent, and the rest in order.
    pub fn send_many<I>(&self, messages: I) -> Op<SendingMany<&Self, I::IntoIter, K>>
    where
        I: IntoIterator<Item = T>,
    {
        Op::new(SendingMany::new(self, messages.into_iter()))
    }

    /// Waits for room for one message and reserves it.
    ///
    /// # Cancel safety
    /// As for [`Sender::reserve`](crate::shared::Sender::reserve).
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or if it is a rendezvous.
    pub fn reserve(&self) -> Op<Reserving<One<&Self>, T, K>> {
        Op::new(Reserving::new(One(self)))
    }

    /// Waits for room for `count` messages and reserves it, all of it or nothing.
    ///
    /// # Cancel safety
    /// As for [`Sender::reserve`](crate::shared::Sender::reserve).
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or at once if `count` is more than `N`.
    pub fn reserve_many(&self, count: usize) -> Op<Reserving<Many<&Self>, T, K>> {
        Op::new(Reserving::new(Many(self, count)))
    }

    /// Reserves room for one message if there is room now.
    ///
    /// # Errors
    /// As for [`Sender::try_reserve`](crate::shared::Sender::try_reserve).
    pub fn try_reserve(&self) -> Result<Permit<&Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(1).map(|()| Permit::new(self))
    }

    /// Reserves room for `count` messages if there is room now.
    ///
    /// # Errors
    /// As for [`Sender::try_reserve_many`](crate::shared::Sender::try_reserve_many).
    pub fn try_reserve_many(
        &self,
        count: usize,
    ) -> Result<PermitIterator<&Self, T, K>, TrySendError<()>> {
        self.try_reserve_for(count)
            .map(|()| PermitIterator::new(self, count))
    }

    fn try_reserve_for(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.chan().try_reserve(count).map_err(Refused::bare)
    }

    /// Waits until the channel is closed.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn closed(&self) -> Op<Watching<&Self, End, T, K>> {
        Op::new(Watching::new(self, End))
    }

    /// Waits until everything that was sent before this call has been received, or displaced.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Errors
    /// None: the channel has no receiver that could go.
    pub fn flush(&self) -> Op<Watching<&Self, Flushed, T, K>> {
        Op::new(Watching::new(self, Flushed(self.chan().flush_target())))
    }

    /// Receives the next message, waiting for one.
    ///
    /// Closed: `None`, once everything that was sent or permitted has been received.
    ///
    /// # Cancel safety
    /// As for [`Receiver::recv`](crate::shared::Receiver::recv).
    #[inline]
    pub fn recv(&self) -> Op<Receiving<Next<&Self>, T, K>> {
        Op::new(Receiving::new(Next(self)))
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.chan().try_recv()
    }

    /// Receives up to `limit` messages into a collection, waiting for the first only.
    ///
    /// The result is as for [`Receiver::recv_many`](crate::shared::Receiver::recv_many).
    ///
    /// # Cancel safety
    /// As for [`recv`](Self::recv).
    #[allow(clippy::type_complexity, reason = "an operation says what it is")]
    pub fn recv_many<'a, B: Extend<T>>(
        &'a self,
        buffer: &'a mut B,
        limit: usize,
    ) -> Op<Receiving<Batch<'a, &'a Self, B>, T, K, ()>> {
        Op::new(Receiving::new(Batch {
            receiver: self,
            buffer,
            limit,
        }))
    }

    /// Takes what is there now, without waiting.
    #[doc(alias = "clear")]
    pub fn drain(&self) -> Drain<&Self, T, K> {
        Drain::new(self)
    }

    /// An iterator over the messages; it waits for each in this thread and ends when the channel is
    /// closed.
    #[cfg(feature = "std")]
    pub fn iter(&self) -> Iter<&Self, T, K>
    where
        K: ManyThreads,
    {
        Iter::new(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on later.
    pub fn try_iter(&self) -> TryIter<&Self, T, K> {
        TryIter::new(self)
    }

    /// A stream of the messages. It allocates a place to wait in.
    #[cfg(feature = "alloc")]
    pub fn stream(&self) -> RecvStream<&Self, T, K> {
        RecvStream::new(self.chan(), self)
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the channel or
    /// permitted is still received.
    pub fn close(&self) -> bool {
        self.chan().close()
    }

    /// Whether the channel was closed. Messages may still be in it.
    pub fn is_closed(&self) -> bool {
        self.chan().is_closed()
    }

    /// The bound of the channel: `N`.
    pub fn capacity(&self) -> usize {
        N
    }

    /// How many messages are in the channel. Never more than `N`.
    pub fn len(&self) -> usize {
        self.chan().len()
    }

    /// Whether no message is in the channel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room, counting what is permitted.
    pub fn is_full(&self) -> bool {
        self.chan().is_full()
    }

    /// For how many messages there is room now, counting what is permitted; none while others wait for it.
    /// `None` if the channel has no bound.
    pub fn room(&self) -> Option<usize> {
        self.chan().room()
    }

    /// What tells this channel from all others that are alive, while it is not moved.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan().address())
    }
}

impl<T, const N: usize, K: Shared> Sealed for Channel<T, N, K> {}

impl<T, const N: usize, K: Shared> Handle<T, K> for Channel<T, N, K> {
    #[inline(always)]
    fn chan(&self) -> Chan<T, K> {
        Self::chan(self)
    }
}

/// A reference is what code that is generic over handles takes.
impl<T, const N: usize, K: Shared> Handle<T, K> for &Channel<T, N, K> {
    #[inline(always)]
    fn chan(&self) -> Chan<T, K> {
        Channel::chan(self)
    }
}

impl<T, const N: usize, K: Shared> Drop for Channel<T, N, K> {
    fn drop(&mut self) {
        self.chan().drain();
    }
}

impl<T, const N: usize, K: Shared + Usual> Default for Channel<T, N, K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, K: Shared> fmt::Debug for Channel<T, N, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("capacity", &N)
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
