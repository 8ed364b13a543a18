//! One side of a channel, borrowed from whatever has it.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::{Receiver, Sender};
use crate::chan::Chan;
use crate::chan::send::Refused;
use crate::error::{TryRecvError, TrySendError};
use crate::fixed::Channel;
use crate::id::ChannelId;
use crate::kind::{Invariant, Kind, Shared, sealed::Sealed};
use crate::op::{Hold, Lent, Next, One, Op, Receiving, Reserving, Sending};
use crate::permit::Permit;

/// The operation of [`SenderRef::send`].
pub type SendRefOp<'a, T, K> = Op<Sending<SenderRef<'a, T, K>, T, K>>;
/// The operation of [`SenderRef::reserve`].
pub type ReserveRefOp<'a, T, K> = Op<Reserving<One<SenderRef<'a, T, K>>, T, K>>;
/// The operation of [`ReceiverRef::recv`].
pub type RecvRefOp<'a, T, K> = Op<Receiving<Next<ReceiverRef<'a, T, K>>, T, K>>;

/// The sending side of a channel, borrowed from a [`Sender`] or a [`Channel`].
///
/// It is a reference that does not say what it refers to: a channel with handles, or one that is used by reference, of
/// whatever capacity. So a function that takes one is not generic over that, and can send and not receive. Its
/// operations borrow what it was borrowed from, and not itself.
///
/// What its methods do is documented at [`Sender`].
///
/// # Examples
/// ```
/// use waterway::mpmc::{self, Mpmc};
/// use waterway::shared::SenderRef;
///
/// fn greet(to: SenderRef<'_, &'static str, Mpmc>) {
///     to.try_send("hello").unwrap();
/// }
///
/// let borrowed = mpmc::Channel::<_, 4>::new();
/// greet(borrowed.sender());
/// assert_eq!(borrowed.try_recv(), Ok("hello"));
///
/// let (sender, receiver) = mpmc::bounded(1);
/// greet(sender.by_ref());
/// assert_eq!(receiver.try_recv(), Ok("hello"));
/// ```
pub type SenderRef<'a, T, K> = Side<'a, T, K, Sends>;

/// The receiving side of a channel, borrowed from a [`Receiver`] or a [`Channel`], as [`SenderRef`] is the other.
///
/// What its methods do is documented at [`Receiver`].
///
/// # Examples
/// ```
/// use waterway::mpmc::{self, Mpmc};
/// use waterway::shared::ReceiverRef;
///
/// fn sum(of: ReceiverRef<'_, u32, Mpmc>) -> u32 {
///     std::iter::from_fn(|| of.recv().wait()).sum()
/// }
///
/// let numbers = mpmc::Channel::<u32, 4>::new();
/// numbers.try_send(1).unwrap();
/// numbers.try_send(2).unwrap();
/// numbers.close();
/// assert_eq!(sum(numbers.receiver()), 3);
/// ```
pub type ReceiverRef<'a, T, K> = Side<'a, T, K, Receives>;

/// One side of a channel, borrowed: a [`SenderRef`] or a [`ReceiverRef`].
pub struct Side<'a, T, K: Kind, S> {
    chan: Chan<T, K>,
    _of: PhantomData<(&'a (), Invariant<T, K>, S)>,
}

/// The side of a [`SenderRef`].
#[derive(Clone, Copy, Debug)]
pub enum Sends {}

/// The side of a [`ReceiverRef`].
#[derive(Clone, Copy, Debug)]
pub enum Receives {}

impl<T, K: Kind> Sender<T, K> {
    /// This sender as a reference that does not say whose it is.
    pub fn by_ref(&self) -> SenderRef<'_, T, K> {
        Side::new(self.chan())
    }
}

impl<T, K: Kind> Receiver<T, K> {
    /// This receiver as a reference that does not say whose it is.
    pub fn by_ref(&self) -> ReceiverRef<'_, T, K> {
        Side::new(self.chan())
    }
}

impl<T, const N: usize, K: Shared> Channel<T, N, K> {
    /// The sending side, for code that does not know the capacity.
    pub fn sender(&self) -> SenderRef<'_, T, K> {
        Side::new(self.chan())
    }

    /// The receiving side, for code that does not know the capacity.
    pub fn receiver(&self) -> ReceiverRef<'_, T, K> {
        Side::new(self.chan())
    }
}

impl<'a, T, K: Kind> SenderRef<'a, T, K> {
    /// Sends a message, waiting for room. See [`Sender::send`].
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it waits.
    ///
    /// # Cancel safety
    /// As for [`Sender::send`].
    #[inline]
    pub fn send(self, message: T) -> SendRefOp<'a, T, K> {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    #[inline]
    pub fn try_send(self, message: T) -> Result<(), TrySendError<T>> {
        self.chan.try_send(message)
    }

    /// Waits for room for one message and reserves it. See [`Sender::reserve`].
    ///
    /// # Errors
    /// `SendError(())` if the channel is closed, or if it is a rendezvous.
    ///
    /// # Cancel safety
    /// As for [`Sender::reserve`].
    pub fn reserve(self) -> ReserveRefOp<'a, T, K> {
        Op::new(Reserving::new(One(self)))
    }

    /// Reserves room for one message if there is room now.
    ///
    /// # Errors
    /// As for [`Sender::try_reserve`].
    pub fn try_reserve(self) -> Result<Permit<Self, T, K>, TrySendError<()>> {
        let reserved = self.chan.try_reserve(1);
        reserved.map_err(Refused::bare)?;
        Ok(Permit::new(self))
    }
}

impl<'a, T, K: Kind> ReceiverRef<'a, T, K> {
    /// Receives the next message, waiting for one. See [`Receiver::recv`].
    ///
    /// # Cancel safety
    /// As for [`Receiver::recv`].
    #[inline]
    pub fn recv(self) -> RecvRefOp<'a, T, K> {
        Op::new(Receiving::new(Next(self)))
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    #[inline]
    pub fn try_recv(self) -> Result<T, TryRecvError> {
        self.chan.try_recv()
    }
}

// SAFETY: it is a reference to what may be used by several threads, on the same conditions.
unsafe impl<T: Send, K: Kind, S> Send for Side<'_, T, K, S> where K::Lock: Send + Sync {}
// SAFETY: as for Send.
unsafe impl<T: Send, K: Kind, S> Sync for Side<'_, T, K, S> where K::Lock: Send + Sync {}
impl<T, K: Kind, S> UnwindSafe for Side<'_, T, K, S> {}
impl<T, K: Kind, S> RefUnwindSafe for Side<'_, T, K, S> {}

impl<T, K: Kind, S> Clone for Side<'_, T, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, K: Kind, S> Copy for Side<'_, T, K, S> {}

impl<T, K: Kind, S> Side<'_, T, K, S> {
    /// The caller borrows what has it, for as long as this lives.
    fn new(chan: Chan<T, K>) -> Self {
        Self {
            chan,
            _of: PhantomData,
        }
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the channel or
    /// permitted is still received.
    pub fn close(self) -> bool {
        self.chan.close()
    }

    /// The bound of the channel; `None` if it has none, `Some(0)` for a rendezvous.
    pub fn capacity(self) -> Option<usize> {
        self.chan.capacity()
    }

    /// How many messages are in the channel. Never more than the capacity.
    pub fn len(self) -> usize {
        self.chan.len()
    }

    /// Whether no message is in the channel.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// What tells this channel from all others that are alive, while it is not moved.
    pub fn id(self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }
}

impl<T, K: Kind, S> Sealed for Side<'_, T, K, S> {}

impl<T, K: Kind, S> Hold<T, K> for Side<'_, T, K, S> {
    #[inline(always)]
    fn chan(&self) -> Chan<T, K> {
        self.chan
    }
}

/// It is not given away: it is copied.
impl<T, K: Kind, S> Lent for Side<'_, T, K, S> {
    type With<R> = R;
    type Alone = ();

    #[inline(always)]
    fn with<R>(self, result: R) -> R {
        result
    }

    fn alone(self) {}

    fn with_alone<R>((): (), result: R) -> R {
        result
    }

    fn map<R, Q>(with: R, f: impl FnOnce(R) -> Q) -> Q {
        f(with)
    }
}

impl<T, K: Kind, S> fmt::Debug for Side<'_, T, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
