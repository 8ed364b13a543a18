//! The receiving handle, which is an operation itself.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
#[cfg(feature = "std")]
use std::time::{Duration, Instant};

use futures_core::FusedFuture;

use super::half::RecvHalf;
use super::op::{Oneshot, Taking};
use super::{Owned, Sender};
use crate::error::{Closed, RecvTimeoutError, TryRecvError};
use crate::id::ChannelId;
use crate::kind::{Invariant, sealed::Sealed};
#[cfg(feature = "std")]
use crate::op::Wait;
use crate::op::race::Contender;
use crate::op::{Op, Operation, Until};
use crate::wait::How;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// The receiving handle of a oneshot, and the operation that receives its value.
///
/// Await it, or wait for it in a thread, in the words of every [operation](crate#): by value, which ends
/// it, or by [`recv`](Self::recv), which leaves it where it is. It is `Unpin`, so that a task that has
/// more to wait for polls it in place.
///
/// It comes to `Ok` with the value, or to [`Closed`] if the sender went without sending, or the channel
/// was closed before. A value that was sent still arrives when the channel is closed after that. Once it was
/// told, every further look says `Closed`; none panics.
///
/// When it is dropped the sender is told, and a value that was sent and not taken is dropped with it.
///
/// # Cancel safety
/// Dropping the handle is how the one who asks says that the answer is not wanted any more. To stop
/// waiting and keep the handle use [`recv`](Self::recv): what was not taken is still there.
///
/// # Examples
/// ```
/// use waterway::{Closed, oneshot};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, receiver) = oneshot::channel();
/// sender.send("done").unwrap();
/// assert_eq!(receiver.await, Ok("done"));
///
/// let (sender, receiver) = oneshot::channel::<u8>();
/// drop(sender);
/// assert_eq!(receiver.await, Err(Closed));
/// # }
/// ```
#[must_use = "a receiver that is dropped closes the channel: `.await` it (in a task), `.wait()` for it (in \
              a thread), or keep it"]
pub struct Receiver<T, P = Owned> {
    half: RecvHalf<T, P>,
    _of: Invariant<T, P>,
}

// SAFETY: the value comes from another thread, and everything else is handed over by the state word.
unsafe impl<T: Send, P> Send for Receiver<T, P> {}
// SAFETY: by a shared reference one can only look.
unsafe impl<T: Send, P> Sync for Receiver<T, P> {}
impl<T, P> UnwindSafe for Receiver<T, P> {}
impl<T, P> RefUnwindSafe for Receiver<T, P> {}

impl<T, P> Receiver<T, P> {
    /// Takes over a half that lives as long as `P` says.
    pub(super) fn new(half: RecvHalf<T, P>) -> Self {
        Self {
            half,
            _of: PhantomData,
        }
    }

    #[inline]
    pub(super) fn half(&mut self) -> &mut RecvHalf<T, P> {
        &mut self.half
    }

    #[cfg(feature = "std")]
    pub(super) fn pace(&self) -> &Pace {
        self.half.pace()
    }

    /// Receives the value, waiting for it, and leaves the handle where it is.
    ///
    /// Empty: waits. Closed: [`Closed`], once a value that was sent has been received.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing, and the channel keeps no waker of it.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use waterway::{RecvTimeoutError, oneshot};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// let moment = Duration::from_millis(1);
    /// assert_eq!(receiver.recv().wait_timeout(moment), Err(RecvTimeoutError::Timeout));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv().wait(), Ok(1));
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Op<Taking<'_, T, P>> {
        Op::new(Taking::new(self))
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] while it may still come, [`TryRecvError::Closed`] when it will not, or was
    /// received.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.half.try_recv()
    }

    /// Has this waker woken once, by the value or the end, without a look at what is there: for a scheduler of one's own,
    /// which calls this before it looks for the last time. Says whether it was not there already; not if the channel has
    /// ended, when nobody would wake it.
    ///
    /// It is kept until it is woken, or the receiver waits otherwise or is dropped.
    ///
    /// # Examples
    /// ```
    /// use std::task::Waker;
    /// use waterway::oneshot;
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert!(receiver.register_waker(Waker::noop()));
    /// assert!(!receiver.register_waker(Waker::noop()));
    /// assert!(receiver.try_recv().is_err(), "nothing came before");
    /// sender.send(1).unwrap();
    /// assert!(!receiver.register_waker(Waker::noop()));
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn register_waker(&mut self, waker: &Waker) -> bool {
        self.half.register(waker)
    }

    /// Closes the channel, so that nothing can be sent any more, and says whether this call did.
    ///
    /// The sender is told. A value that was sent before stays, and can be received; then, as when the
    /// sender is gone, there was nothing left to be closed.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Closed, SendError, oneshot};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert!(receiver.close());
    /// assert_eq!(sender.send(1), Err(SendError(1)));
    /// assert_eq!(receiver.wait(), Err(Closed));
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// sender.send(1).unwrap();
    /// assert!(!receiver.close());
    /// assert_eq!(receiver.wait(), Ok(1));
    /// ```
    pub fn close(&mut self) -> bool {
        self.half.close()
    }

    /// A new sender for this receiver, if the last one is gone: the channel is as new, in the memory
    /// that it has.
    ///
    /// A value that was sent and not received is dropped. `None` while the sender is alive or in the
    /// middle of its send, whose value may be here already: then try again later, or make a new channel.
    ///
    /// # Examples
    /// ```
    /// use waterway::oneshot;
    ///
    /// let (mut sender, mut receiver) = oneshot::channel();
    /// for number in 0..3 {
    ///     assert!(receiver.try_reset().is_none(), "a sender is there");
    ///     sender.send(number).unwrap();
    ///     assert_eq!(receiver.try_recv(), Ok(number));
    ///     sender = receiver.try_reset().expect("it has sent");
    /// }
    /// ```
    pub fn try_reset(&mut self) -> Option<Sender<T, P>> {
        self.half.try_reset().map(Sender::new)
    }

    /// Whether no value is here now.
    #[doc(alias = "has_message")]
    pub fn is_empty(&self) -> bool {
        self.half.is_empty()
    }

    /// Whether nothing can be sent any more: the value was sent, the sender is gone, or the channel was
    /// closed.
    pub fn is_closed(&self) -> bool {
        self.half.is_closed()
    }

    /// Whether this receiver has told what it comes to: the value was received, or the end told.
    ///
    /// Every further look says `Closed`, until it is [reset](Self::try_reset).
    pub fn is_terminated(&self) -> bool {
        self.half.is_told()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.half.address())
    }

    /// Waits until the value is there or `end` completes, whatever that future is: a timer of any
    /// runtime, a cancellation.
    ///
    /// The handle is used up: if `end` completes first a value that comes later comes back to the
    /// sender. To keep the handle use `recv().until(end)`.
    pub fn until<F: Future>(self, end: F) -> Until<Self, F> {
        Operation::until(self, end)
    }
}

/// Waiting in a thread, which uses the handle up. To keep it wait for [`recv`](Self::recv).
#[cfg(feature = "std")]
impl<T, P> Receiver<T, P> {
    /// Blocks this thread until the value is there, or will never be.
    ///
    /// It may be called anywhere, also inside a runtime, where it blocks the worker.
    ///
    /// # Errors
    /// [`Closed`] if the sender went without sending, or the channel was closed.
    #[doc(alias = "blocking_recv")]
    #[inline]
    pub fn wait(mut self) -> Result<T, Closed> {
        self.recv().wait()
    }

    /// Blocks this thread until the value is there, will never be, or this much time has passed.
    ///
    /// # Errors
    /// [`RecvTimeoutError`]. When the time is up the handle is gone, and what is sent comes back to the
    /// sender.
    pub fn wait_timeout(mut self, duration: Duration) -> Result<T, RecvTimeoutError> {
        self.recv().wait_timeout(duration)
    }

    /// Blocks this thread until the value is there, will never be, or the deadline has passed.
    ///
    /// # Errors
    /// As for [`wait_timeout`](Self::wait_timeout).
    pub fn wait_deadline(mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv().wait_deadline(deadline)
    }
}

impl<T, P> Future for Receiver<T, P> {
    type Output = Result<T, Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        crate::coop::poll(context, || self.half.poll(Some(context.waker())))
    }
}

impl<T, P> FusedFuture for Receiver<T, P> {
    fn is_terminated(&self) -> bool {
        self.half.is_told()
    }
}

impl<T, P> Sealed for Receiver<T, P> {}

impl<T, P> Operation for Receiver<T, P> {
    type Timed = Result<T, RecvTimeoutError>;

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(RecvTimeoutError::from)
    }

    fn timed_out(mut self: Pin<&mut Self>) -> Self::Timed {
        self.half.withdraw();
        Err(RecvTimeoutError::Timeout)
    }
}

/// What waits by reference leaves the handle, as [`recv`](Receiver::recv) does.
impl<T, P> Operation for &mut Receiver<T, P> {
    type Timed = Result<T, RecvTimeoutError>;

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(RecvTimeoutError::from)
    }

    fn timed_out(mut self: Pin<&mut Self>) -> Self::Timed {
        self.half.withdraw();
        Err(RecvTimeoutError::Timeout)
    }
}

#[cfg(feature = "std")]
impl<T, P> Wait for Receiver<T, P> {
    fn wait(self) -> Self::Output {
        Self::wait(self)
    }

    fn wait_timeout(self, duration: Duration) -> Self::Timed {
        Self::wait_timeout(self, duration)
    }

    fn wait_deadline(self, deadline: Instant) -> Self::Timed {
        Self::wait_deadline(self, deadline)
    }
}

#[cfg(feature = "std")]
impl<T, P> Wait for &mut Receiver<T, P> {
    fn wait(self) -> Self::Output {
        self.recv().wait()
    }

    fn wait_timeout(self, duration: Duration) -> Self::Timed {
        self.recv().wait_timeout(duration)
    }

    fn wait_deadline(self, deadline: Instant) -> Self::Timed {
        self.recv().wait_deadline(deadline)
    }
}

/// As an arm it is given away: should it lose, the channel is closed.
impl<T, P> Contender for Receiver<T, P> {
    type Kind = Oneshot;
    type Output = Result<T, Closed>;

    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        self.half.poll(how.waker())
    }
}

/// By reference it stays.
impl<T, P> Contender for &mut Receiver<T, P> {
    type Kind = Oneshot;
    type Output = Result<T, Closed>;

    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        self.half.poll(how.waker())
    }

    fn lose(mut self: Pin<&mut Self>) {
        self.half.withdraw();
    }
}

impl<T, P> fmt::Debug for Receiver<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("empty", &self.is_empty())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
