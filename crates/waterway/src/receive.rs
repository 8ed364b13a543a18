//! Code that is generic over receiving handles.

use crate::error::TryRecvError;
use crate::fixed::Channel;
use crate::id::ChannelId;
use crate::kind::{Kind, Shared};
use crate::op::{Handle, Next, Op, Receiving};
use crate::{shared, sole};

/// Any receiving handle of messages `T`, for code that is generic over kinds; a reference to a borrowed
/// channel is one too. Sealed.
///
/// Its methods are those of the handles, which have them, and more, of their own. They ask for
/// `&mut self` because a handle that is not shared does. Its counterpart is [`Transmit`](crate::Transmit).
///
/// # Examples
/// ```
/// use waterway::{Receive, mpmc, mpsc};
///
/// fn sum(receiver: &mut impl Receive<u32>) -> u32 {
///     let mut sum = 0;
///     while let Ok(number) = receiver.try_recv() {
///         sum += number;
///     }
///     sum
/// }
///
/// let (sender, mut receiver) = mpsc::bounded(2);
/// sender.try_send(1).unwrap();
/// assert_eq!(sum(&mut receiver), 1);
/// let (sender, mut receiver) = mpmc::bounded(2);
/// sender.try_send(2).unwrap();
/// assert_eq!(sum(&mut receiver), 2);
/// ```
pub trait Receive<T>: Handle<T, Self::Kind> {
    /// The kind of channel.
    type Kind: Kind;

    /// Receives the next message, waiting for one.
    fn recv(&mut self) -> Op<Receiving<Next<&mut Self>, T, Self::Kind>>
    where
        Self: Sized,
    {
        Op::new(Receiving::new(Next(self)))
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.chan().try_recv()
    }

    /// Closes the channel and says whether this call did.
    fn close(&mut self) -> bool {
        self.chan().close()
    }

    /// Whether the channel was closed, or all senders are gone.
    fn is_closed(&self) -> bool {
        self.chan().is_closed() || self.chan().life().senders() == 0
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

    /// What tells this channel from all others that are alive.
    fn id(&self) -> ChannelId {
        ChannelId::new(self.chan().address())
    }
}

impl<T, K: Kind> Receive<T> for sole::Receiver<T, K> {
    type Kind = K;
}

impl<T, K: Kind> Receive<T> for shared::Receiver<T, K> {
    type Kind = K;
}

impl<T, const N: usize, K: Shared> Receive<T> for &Channel<T, N, K> {
    type Kind = K;
}
