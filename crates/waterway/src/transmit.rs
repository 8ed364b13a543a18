//! Code that is generic over sending handles.

use crate::chan::send::Refused;
use crate::error::TrySendError;
use crate::fixed::Channel;
use crate::id::ChannelId;
use crate::kind::{Kind, Shared};
use crate::op::{Handle, One, Op, Reserving, Sending};
use crate::permit::Permit;
use crate::{shared, sole};

/// Any sending handle of messages `T`, for code that is generic over kinds; a reference to a borrowed
/// channel is one too. Sealed.
///
/// Its methods are those of the handles, which have them, and more, of their own. They ask for
/// `&mut self` because a handle that is not shared does. Its counterpart is [`Receive`](crate::Receive). What
/// sends requests and waits for their answers is a [`Request`](crate::oneshot::Request) as well.
///
/// # Examples
/// ```
/// use waterway::{ManyThreads, Transmit, mpsc, spsc};
///
/// /// In a task, on a channel of any kind.
/// async fn count(mut sender: impl Transmit<u32>) {
///     let mut next = 0;
///     while sender.send(next).await.is_ok() {
///         next += 1;
///     }
/// }
///
/// /// In a thread: the kind has to be one whose handles may be in several.
/// fn count_in_a_thread(mut sender: impl Transmit<u32, Kind: ManyThreads>) {
///     for number in 0..3 {
///         sender.send(number).wait().unwrap();
///     }
/// }
///
/// let (sender, receiver) = mpsc::bounded(4);
/// count_in_a_thread(sender);
/// assert_eq!(receiver.len(), 3);
/// let (sender, mut receiver) = spsc::bounded(4);
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async move {
/// let counted = async move {
///     let first = receiver.recv().await;
///     let second = receiver.recv().await;
///     (first, second)
/// };
/// let (_, counted) = tokio::join!(count(sender), counted);
/// assert_eq!(counted, (Some(0), Some(1)));
/// # });
/// ```
pub trait Transmit<T>: Handle<T, Self::Kind> {
    /// The kind of channel.
    type Kind: Kind;

    /// Sends a message, waiting for room.
    fn send(&mut self, message: T) -> Op<Sending<&mut Self, T, Self::Kind>>
    where
        Self: Sized,
    {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message if there is room now.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        self.chan().try_send(message)
    }

    /// Waits for room for one message and reserves it.
    fn reserve(&mut self) -> Op<Reserving<One<&mut Self>, T, Self::Kind>>
    where
        Self: Sized,
    {
        Op::new(Reserving::new(One(self)))
    }

    /// Reserves room for one message if there is room now.
    ///
    /// # Errors
    /// `TrySendError::Full(())` or `TrySendError::Closed(())`.
    fn try_reserve(&mut self) -> Result<Permit<&mut Self, T, Self::Kind>, TrySendError<()>>
    where
        Self: Sized,
    {
        let reserved = self.chan().try_reserve(1).map_err(Refused::bare);
        reserved.map(|()| Permit::new(self))
    }

    /// Closes the channel and says whether this call did.
    fn close(&mut self) -> bool {
        self.chan().close()
    }

    /// Whether the channel was closed, or the receiver is gone.
    fn is_closed(&self) -> bool {
        self.chan().is_closed()
    }

    /// The bound of the channel; `None` if it has none.
    fn capacity(&self) -> Option<usize> {
        self.chan().capacity()
    }

    /// How many messages are in the channel.
    fn len(&self) -> usize {
        self.chan().len()
    }

    /// Whether no message is in the channel.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room, counting what is permitted.
    fn is_full(&self) -> bool {
        self.chan().is_full()
    }

    /// What tells this channel from all others that are alive.
    fn id(&self) -> ChannelId {
        ChannelId::new(self.chan().address())
    }
}

impl<T, K: Kind> Transmit<T> for sole::Sender<T, K> {
    type Kind = K;
}

impl<T, K: Kind> Transmit<T> for shared::Sender<T, K> {
    type Kind = K;
}

impl<T, const N: usize, K: Shared> Transmit<T> for &Channel<T, N, K> {
    type Kind = K;
}
