//! Operations: values that wait when they are asked to.
//!
//! Each operation is an [`Action`]: one poll-shaped step, written once. [`Op`] drives it for tasks
//! (as a future) and for threads (`wait`, `wait_timeout`, `wait_deadline`), with or without an end
//! to the wait. Before `wait` pins anything it makes an [`attempt`](Action::attempt), by value, if
//! the action is small enough to be moved.

#[cfg(feature = "std")]
pub(crate) mod boxed;
mod hold;
mod polling;
pub(crate) mod race;
mod ready;
mod receive;
mod reserve;
mod send;
mod send_many;
#[cfg(feature = "alloc")]
pub(crate) mod set;
#[cfg(all(test, feature = "std", not(waterway_loom)))]
mod tests;
#[cfg(feature = "std")]
mod timer;
mod told;
mod watch;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
#[cfg(feature = "std")]
use std::time::{Duration, Instant};

use futures_core::FusedFuture;

use crate::error::Timeout;
#[cfg(feature = "std")]
use crate::kind::ManyThreads;
use crate::kind::{Awaited, sealed::Sealed};
use crate::wait::{Arm, How};
#[cfg(feature = "std")]
use crate::{
    sync::Deadline,
    wait::{Pace, block},
};

#[cfg(feature = "alloc")]
pub use hold::Owner;
pub use hold::{Handle, Hold, Lent};
pub use polling::Polling;
pub use ready::Ready;
pub(crate) use receive::poll_with;
pub use receive::{Batch, Loan, Next, Receiving, Sight};
pub use reserve::{Many, One, Owned, Reserving};
pub use send::Sending;
pub use send_many::{Rest, SendingMany, Unsent};
#[cfg(feature = "std")]
pub use timer::{ThreadsOnly, Ticking, Timing};
pub(crate) use told::Place;
pub use told::{Told, Wish};
pub use watch::{End, Flushed, Watching};

/// The size of a message, in bytes, up to which its action is moved rather than pinned at once. Models
/// go the way of small messages with larger ones.
#[cfg(feature = "std")]
pub(crate) const MOVED: usize = if cfg!(waterway_loom) { 1024 } else { 128 };

/// What an operation does, as one step that can be repeated. Sealed.
#[doc(hidden)]
pub trait Action: Sealed {
    /// The kind of the channel: says whether it can be waited for in threads, and in tasks.
    type Kind;
    /// What it comes to.
    type Output;
    /// What a wait that can be ended comes to.
    type Timed;
    /// What is left of a cancelled operation.
    type Cancelled;

    /// Whether [`attempt`](Self::attempt) is worth while: the action is small enough to be moved.
    #[cfg(feature = "std")]
    const MOVES_EASILY: bool = false;

    /// Does it at once, if that can be done, or stays as new. Only for an action that was never
    /// pinned: so it need not lie in memory yet.
    #[cfg(feature = "std")]
    #[inline]
    fn attempt(self) -> Result<Self::Output, Self>
    where
        Self: Sized,
    {
        Err(self)
    }

    /// The first yield of a thread that has tried it, and the look behind it, if that is all that it would do for now.
    #[cfg(feature = "std")]
    #[inline]
    fn yield_once(self: Pin<&mut Self>) -> Option<Self::Output> {
        None
    }

    /// Goes as far as `how` allows. After `Ready` it is spent.
    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output>;

    /// Ends the operation where it stands. It is not spent yet.
    fn cancel(self: Pin<&mut Self>) -> Self::Cancelled;

    /// The result of a wait that was ended.
    fn timed_out(cancelled: Self::Cancelled) -> Self::Timed;

    /// The result of a wait that could have been ended.
    fn in_time(output: Self::Output) -> Self::Timed;

    /// A thread that waited at this operation goes away and leaves it as a task would; `Ready` if
    /// it was served in the last moment, or if a last look comes to something.
    fn leave(self: Pin<&mut Self>) -> Poll<Self::Output> {
        Poll::Pending
    }

    /// Whether it completed or was cancelled.
    fn is_spent(&self) -> bool;

    /// What is known of how long to spin. It stays where it is until the action is cancelled or goes,
    /// or gives away the handle that keeps it.
    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace>;

    /// When a step has just come to something: whether there is a batch behind that; `None` where nothing comes in
    /// batches. What it came to is still there.
    #[cfg(feature = "std")]
    fn has_batch(&self) -> Option<bool> {
        None
    }

    /// When a step will come to something though nobody wakes.
    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        Deadline::NEVER
    }
}

/// An action that happens in one step, so that it can be an arm of a wait over several: all but `send_many`.
/// Those that others may do in the owner's place, parked sends, say more than that. Sealed.
#[doc(hidden)]
pub trait Choice: Action {
    /// It may be parked already; it is an arm from now on, of an owner that looks.
    fn enter_group(self: Pin<&mut Self>, _: Arm<'_>) {}

    /// It may have been passed by, by somebody who came while the owner looked.
    fn offer_again(self: Pin<&mut Self>) {}

    /// It is an arm no more, and goes on by itself.
    fn leave_group(self: Pin<&mut Self>) {}
}

/// An operation of a channel: a value that does nothing until it is awaited or waited for.
///
/// - `op.await` in a task, on any executor;
/// - [`op.wait()`](Self::wait), [`op.wait_timeout(d)`](Self::wait_timeout) and
///   [`op.wait_deadline(t)`](Self::wait_deadline) in a thread;
/// - [`op.until(future).await`](Self::until) in a task that waits until some other future (a timer,
///   a cancellation) completes, with the same result as the timed waits.
///
/// A pinned operation is waited for in the same words, in pieces if need be, by the methods of
/// [`Wait`]: these need `use waterway::Wait`. Without that the compiler finds the methods of this
/// type alone, and says that it cannot move out of the pin.
///
/// The names in the modules, such as [`mpsc::SendOp`](crate::mpsc::SendOp), are aliases of this
/// type. Waiting allocates nothing: the operation itself is the place in the queue, which is why
/// it is `!Unpin`.
///
/// # Cancel safety
/// An operation may be dropped at any time. A receive that is dropped has taken nothing. A send
/// that is dropped while it waits is not delivered, unless its message was taken already: to know
/// which, pin it and [`cancel`](Self::cancel).
///
/// # Panics
/// Polling (or waiting for, or cancelling) an operation that has completed or was cancelled panics.
/// [`is_terminated`](FusedFuture::is_terminated) tells.
#[must_use = "an operation does nothing until it is `.await`ed (in a task) or `.wait()`ed for (in a \
              thread); to send and forget use `try_send`"]
pub struct Op<A> {
    action: A,
}

impl<A: Action> Op<A> {
    #[inline(always)]
    pub(crate) fn new(action: A) -> Self {
        Self { action }
    }

    #[inline(always)]
    fn action(self: Pin<&mut Self>) -> Pin<&mut A> {
        // SAFETY: the action is pinned with the operation: nothing moves it out, and neither type
        // has a Drop that would.
        unsafe { self.map_unchecked_mut(|op| &mut op.action) }
    }

    /// What it does, if it was not pinned yet.
    pub(crate) fn into_action(self) -> A {
        self.action
    }

    pub(crate) fn action_ref(&self) -> &A {
        &self.action
    }

    /// Waits until the operation is complete or `end` is, whatever that future is: a timer of any
    /// runtime, a cancellation.
    ///
    /// The operation is polled first. If `end` completes first the operation is cancelled and the
    /// result says `Timeout`.
    pub fn until<F: Future>(self, end: F) -> Until<Self, F> {
        Until { op: self, end }
    }

    /// Ends the operation where it stands.
    ///
    /// A send gives its message back, or says that it was [`Delivered`](crate::error::Delivered);
    /// an operation that holds its handle gives it back. What was not sent is nowhere else, what
    /// was not received is still in the channel.
    ///
    /// # Panics
    /// If the operation has completed or was cancelled: it has nothing to give back any more. Nothing
    /// else happens.
    pub fn cancel(self: Pin<&mut Self>) -> A::Cancelled {
        // With what a spent one held it has given its handle away: others may wait by that, and the
        // channel may be gone.
        assert!(
            !self.action.is_spent(),
            "an operation is cancelled before it is ready"
        );
        self.action().cancel()
    }

    /// [`cancel`](Self::cancel) of an operation that was not pinned yet: what it was made of comes back, though it is kept
    /// where it is.
    ///
    /// # Panics
    /// As for [`cancel`](Self::cancel).
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::mpsc::bounded(1);
    /// let mut send = sender.send(String::from("not yet"));
    /// assert_eq!(send.cancel_unpinned().unwrap(), "not yet");
    /// # drop(receiver);
    /// ```
    pub fn cancel_unpinned(&mut self) -> A::Cancelled {
        // SAFETY: it is in no list, if it was not pinned, nor will it be: cancelled it is spent, and may be moved. If it was,
        // and whoever has this reference has kept the promise of the pin, this is one use of it more.
        unsafe { Pin::new_unchecked(self) }.cancel()
    }
}

/// Waiting in a thread.
#[cfg(feature = "std")]
impl<A: Action<Kind: ManyThreads>> Op<A> {
    /// Blocks this thread until the operation is complete.
    ///
    /// It may be called anywhere, also inside a runtime, where it blocks the worker.
    #[inline]
    pub fn wait(self) -> A::Output {
        if A::MOVES_EASILY {
            return self.attempt_and_wait();
        }
        let mut op = core::pin::pin!(self);
        op.as_mut()
            .block(Deadline::NEVER)
            .expect("it waits until it is ready")
    }

    #[inline]
    fn attempt_and_wait(self) -> A::Output {
        match self.action.attempt() {
            Ok(output) => output,
            Err(action) => core::pin::pin!(Self::new(action)).wait_slow(),
        }
    }

    #[inline(never)]
    fn wait_slow(mut self: Pin<&mut Self>) -> A::Output {
        if let Some(output) = self.as_mut().action().yield_once() {
            return output;
        }
        self.block_slow(Deadline::NEVER)
            .expect("it waits until it is ready")
    }

    /// Blocks this thread until the operation is complete or this much time has passed.
    ///
    /// The operation is tried before the clock is looked at, so that with a duration of zero what
    /// can be done at once is done. A duration too long to be a deadline, such as
    /// [`Duration::MAX`], is for ever.
    pub fn wait_timeout(self, duration: Duration) -> A::Timed {
        self.wait_until(Deadline::after(duration))
    }

    /// Blocks this thread until the operation is complete or the deadline has passed.
    ///
    /// The operation is tried before the clock is looked at, so that with a deadline in the past
    /// what can be done at once is done.
    pub fn wait_deadline(self, deadline: Instant) -> A::Timed {
        self.wait_until(Deadline::at(deadline))
    }

    fn wait_until(self, deadline: Deadline) -> A::Timed {
        let mut op = core::pin::pin!(self);
        match op.as_mut().block(deadline) {
            Some(output) => A::in_time(output),
            None => A::timed_out(op.cancel()),
        }
    }

    #[inline]
    fn block(mut self: Pin<&mut Self>, deadline: Deadline) -> Option<A::Output> {
        match self.as_mut().action().step(How::Spin) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => self.block_slow(deadline),
        }
    }

    #[inline(always)]
    fn block_slow(mut self: Pin<&mut Self>, deadline: Deadline) -> Option<A::Output> {
        // SAFETY: a pointer to one field beside the pinned access to the others; the pace is the
        // channel's, which outlives the wait, see `Action::pace`.
        let pace = unsafe { self.action.pace().map(|pace| &*core::ptr::from_ref(pace)) };
        let alarm = self.action.alarm();
        let mut output = Poll::Pending;
        let done = block(pace, deadline, alarm, |how| {
            output = self.as_mut().action().step(how);
            if output.is_pending() {
                return Poll::Pending;
            }
            // What is asked for may be the channel of a handle that lies in the output.
            Poll::Ready(match how {
                How::Spin => self.action.has_batch(),
                _ => None,
            })
        });
        if !done {
            output = self.action().leave();
        }
        match output {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }
}

impl<A: Action<Kind: Awaited>> Future for Op<A> {
    type Output = A::Output;

    // A call costs as much as all that is done for most messages.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A::Output> {
        let how = How::Task(context.waker());
        crate::coop::poll(context, || self.action().step(how))
    }
}

impl<A: Action<Kind: Awaited>> FusedFuture for Op<A> {
    fn is_terminated(&self) -> bool {
        self.action.is_spent()
    }
}

impl<A> fmt::Debug for Op<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Op").finish_non_exhaustive()
    }
}

impl<A> Sealed for Op<A> {}
impl<P: Sealed> Sealed for Pin<P> {}
impl<P: Sealed + ?Sized> Sealed for &mut P {}
#[cfg(feature = "alloc")]
impl<P: Sealed + ?Sized> Sealed for alloc::boxed::Box<P> {}

/// Any operation, for code that is generic over them. Sealed.
///
/// It holds for the operations themselves and for pinned ones, by reference or boxed. A pinned
/// operation whose wait is ended stays as it is, with its place in the queue and its message: it
/// can be waited for again, or [cancelled](Op::cancel).
///
/// What an operation comes to is the `Output` of its [`Future`]. For a wait in a thread the bound is
/// [`Wait`].
///
/// # Examples
/// A task waits for any operation, until it is called off:
///
/// ```
/// use waterway::{Operation, RecvTimeoutError, mpsc};
///
/// async fn unless_called_off<O: Operation>(op: O, call: &mut mpsc::Receiver<()>) -> O::Timed {
///     op.until(call.recv()).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, mut receiver) = mpsc::bounded(1);
/// let (off, mut call) = mpsc::bounded(1);
/// assert_eq!(unless_called_off(sender.send(1), &mut call).await, Ok(()));
/// assert_eq!(unless_called_off(receiver.recv(), &mut call).await, Ok(1));
/// off.try_send(()).unwrap();
/// let end = unless_called_off(receiver.recv(), &mut call).await;
/// assert_eq!(end, Err(RecvTimeoutError::Timeout));
/// # }
/// ```
pub trait Operation: Future + Sealed {
    /// What a wait that can be ended comes to.
    type Timed;

    /// Waits until the operation is complete or `end` is. See [`Op::until`].
    fn until<F: Future>(self, end: F) -> Until<Self, F>
    where
        Self: Sized,
    {
        Until { op: self, end }
    }

    #[doc(hidden)]
    fn in_time(output: Self::Output) -> Self::Timed
    where
        Self: Sized;

    #[doc(hidden)]
    fn timed_out(self: Pin<&mut Self>) -> Self::Timed
    where
        Self: Sized;
}

impl<A: Action<Kind: Awaited>> Operation for Op<A> {
    type Timed = A::Timed;

    fn in_time(output: A::Output) -> A::Timed {
        A::in_time(output)
    }

    fn timed_out(self: Pin<&mut Self>) -> A::Timed {
        A::timed_out(self.cancel())
    }
}

impl<P> Operation for Pin<P>
where
    P: core::ops::DerefMut<Target: Operation>,
    Self: Sealed,
{
    type Timed = Result<Self::Output, Timeout>;

    fn in_time(output: Self::Output) -> Self::Timed {
        Ok(output)
    }

    fn timed_out(self: Pin<&mut Self>) -> Self::Timed {
        Err(Timeout)
    }
}

/// Any operation that a thread can wait for, for code that is generic over them. Sealed.
///
/// Its methods are those of [`Op`], which has them of its own. For a pinned operation, which keeps
/// its place when a wait is ended, they are to be had by `use waterway::Wait` only.
///
/// # Examples
/// A function that drives any operation from a thread, for a limited time. What that comes to is
/// [`Timed`](Operation::Timed), whose form is the operation's: a bound says which is wanted.
///
/// ```
/// use std::pin::pin;
/// use std::time::Duration;
/// use waterway::{RecvTimeoutError, Timeout, Wait, mpsc};
///
/// const LIMIT: Duration = Duration::from_millis(1);
///
/// fn in_time<O: Wait>(op: O) -> O::Timed {
///     op.wait_timeout(LIMIT)
/// }
///
/// fn succeeds<R, E>(op: impl Wait<Timed = Result<R, E>>) -> bool {
///     in_time(op).is_ok()
/// }
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// assert_eq!(in_time(sender.send(1)), Ok(()));
/// assert!(!succeeds(sender.reserve()));
///
/// // A pinned operation waits on where it stopped. Its time is up without a loss.
/// let mut send = pin!(sender.send(2));
/// assert_eq!(in_time(send.as_mut()), Err(Timeout));
/// assert_eq!(in_time(receiver.recv()), Ok(1));
/// assert_eq!(in_time(send.as_mut()), Ok(Ok(())));
/// assert_eq!(in_time(receiver.recv()), Ok(2));
/// assert_eq!(in_time(receiver.recv()), Err(RecvTimeoutError::Timeout));
/// ```
#[cfg(feature = "std")]
pub trait Wait: Operation + Sized {
    /// See [`Op::wait`].
    fn wait(self) -> Self::Output;

    /// See [`Op::wait_timeout`].
    fn wait_timeout(self, duration: Duration) -> Self::Timed;

    /// See [`Op::wait_deadline`].
    fn wait_deadline(self, deadline: Instant) -> Self::Timed;
}

#[cfg(feature = "std")]
impl<A: Action<Kind: ManyThreads + Awaited>> Wait for Op<A> {
    fn wait(self) -> Self::Output {
        Op::wait(self)
    }

    fn wait_timeout(self, duration: Duration) -> Self::Timed {
        Op::wait_timeout(self, duration)
    }

    fn wait_deadline(self, deadline: Instant) -> Self::Timed {
        Op::wait_deadline(self, deadline)
    }
}

#[cfg(feature = "std")]
impl<A, P> Wait for Pin<P>
where
    A: Action<Kind: ManyThreads + Awaited>,
    P: core::ops::DerefMut<Target = Op<A>>,
    Self: Sealed,
{
    fn wait(mut self) -> Self::Output {
        self.as_mut()
            .block(Deadline::NEVER)
            .expect("it waits until it is ready")
    }

    fn wait_timeout(mut self, duration: Duration) -> Self::Timed {
        self.as_mut()
            .block(Deadline::after(duration))
            .ok_or(Timeout)
    }

    fn wait_deadline(mut self, deadline: Instant) -> Self::Timed {
        self.as_mut().block(Deadline::at(deadline)).ok_or(Timeout)
    }
}

/// An operation whose wait ends when another future completes: made by [`Op::until`].
#[derive(Debug)]
#[must_use = "futures do nothing until they are `.await`ed"]
pub struct Until<O, F> {
    op: O,
    end: F,
}

impl<O: Operation, F: Future> Future for Until<O, F> {
    type Output = O::Timed;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O::Timed> {
        // SAFETY: both fields are pinned with the whole; nothing moves them out.
        let (mut op, end) = unsafe {
            let this = self.get_unchecked_mut();
            (
                Pin::new_unchecked(&mut this.op),
                Pin::new_unchecked(&mut this.end),
            )
        };
        if let Poll::Ready(output) = op.as_mut().poll(context) {
            return Poll::Ready(O::in_time(output));
        }
        end.poll(context).map(|_| op.timed_out())
    }
}
