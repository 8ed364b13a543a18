//! The sending handle.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::{Context, Poll};

use super::half::SendHalf;
use super::op::Watching;
use super::{Owned, Receiver};
use crate::error::SendError;
use crate::id::ChannelId;
use crate::kind::Invariant;
use crate::op::Op;

/// The sending handle of a oneshot: it sends once, and is used up by that.
///
/// Dropped without a send, it closes the channel, and the receiver is told.
#[must_use = "a sender that is dropped closes the channel"]
pub struct Sender<T, P = Owned> {
    half: SendHalf<T, P>,
    _of: Invariant<T, P>,
}

// SAFETY: the value goes from thread to thread, and everything else is handed over by the state word.
unsafe impl<T: Send, P> Send for Sender<T, P> {}
// SAFETY: by a shared reference one can only look.
unsafe impl<T: Send, P> Sync for Sender<T, P> {}
impl<T, P> UnwindSafe for Sender<T, P> {}
impl<T, P> RefUnwindSafe for Sender<T, P> {}

impl<T, P> Sender<T, P> {
    /// Takes over a half that lives as long as `P` says.
    pub(super) fn new(half: SendHalf<T, P>) -> Self {
        Self {
            half,
            _of: PhantomData,
        }
    }

    #[inline]
    pub(super) fn half(&mut self) -> &mut SendHalf<T, P> {
        &mut self.half
    }

    /// Sends the value. Never waits.
    ///
    /// Closed: the value comes back. Once it was sent it is the receiver's: it is taken there, or
    /// dropped there with the handle, and never by this thread. Success does not mean that it will be
    /// taken.
    ///
    /// # Errors
    /// [`SendError`] with the value, if the receiver is gone or has [closed](Receiver::close) the channel.
    ///
    /// # Examples
    /// ```
    /// use waterway::{SendError, oneshot};
    ///
    /// let (sender, receiver) = oneshot::channel();
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.wait(), Ok(1));
    ///
    /// let (sender, receiver) = oneshot::channel();
    /// drop(receiver);
    /// assert_eq!(sender.send(1), Err(SendError(1)));
    /// ```
    #[inline]
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        self.half.send(value).map_err(SendError)
    }

    /// Waits until the receiver is gone or has closed the channel: nobody wants the value any more.
    ///
    /// Closed already: ready at once.
    ///
    /// # Cancel safety
    /// It takes nothing. When it is dropped the channel keeps no waker of it.
    ///
    /// # Examples
    /// Work that stops when nobody waits for its result:
    ///
    /// ```
    /// use waterway::{RecvTimeoutError, mpsc, oneshot};
    ///
    /// async fn sum(mut numbers: mpsc::Receiver<u32>, mut answer: oneshot::Sender<u32>) -> u32 {
    ///     let mut sum = 0;
    ///     loop {
    ///         match numbers.recv().until(answer.closed()).await {
    ///             Ok(number) => sum += number,
    ///             Err(RecvTimeoutError::Timeout) => return sum,
    ///             Err(RecvTimeoutError::Closed) => break,
    ///         }
    ///     }
    ///     let _ = answer.send(sum);
    ///     sum
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (_numbers, inbox) = mpsc::bounded(2);
    /// let (sender, receiver) = oneshot::channel();
    /// drop(receiver);
    /// assert_eq!(sum(inbox, sender).await, 0);
    /// # });
    /// ```
    #[doc(alias = "cancellation")]
    pub fn closed(&mut self) -> Op<Watching<'_, T, P>> {
        Op::new(Watching::new(self))
    }

    /// Polls for the receiver's end, as [`closed`](Self::closed) waits for it.
    ///
    /// The latest waker is kept until it is woken, the sender sends or is dropped, or a `closed()` is.
    #[doc(alias = "poll_canceled")]
    pub fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        crate::coop::poll(context, || self.half.poll_closed(Some(context.waker())))
    }

    /// Whether the receiver is gone, or has closed the channel: a send would fail.
    #[doc(alias = "is_canceled")]
    pub fn is_closed(&self) -> bool {
        self.half.is_closed()
    }

    /// Whether what is sent here arrives there.
    pub fn sends_to(&self, receiver: &Receiver<T, P>) -> bool {
        self.id() == receiver.id()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.half.address())
    }
}

impl<T, P> fmt::Debug for Sender<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
