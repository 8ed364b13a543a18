//! One wait over any mix of operations, in tasks and in threads alike.
//!
//! | | waits | written |
//! |---|---|---|
//! | [`select!`](crate::select!) | a task | arms `pattern = operation => expression` |
//! | [`select_wait!`](crate::select_wait!) | a thread | the same |
//! | [`race`] | either | a tuple of operations; says which of them has won: [`Won2`], [`Won3`], … |
//! | [`race_all`] | either | any number of operations of one type; says the index of the winner |
//! | [`Set`] | either | receivers that are waited for again and again; they may be thousands, and come and go |
//!
//! Exactly one of the operations happens. A parked send that is an arm can be taken by a receiver at any
//! time, and so can those of other channels: as soon as one is, or an arm is found ready, no other can happen
//! any more. Two waits that face each other at a rendezvous meet.
//!
//! An arm by value that does not win is dropped, with its message. One that is given pinned keeps its message
//! and its place in the queue:
//!
//! ```
//! use std::pin::pin;
//! use std::time::Duration;
//! use waterway::select::{Won2, after, race};
//! use waterway::{Wait, mpsc};
//!
//! let (sender, mut receiver) = mpsc::bounded(1);
//! sender.try_send(1).unwrap();
//! let mut send = pin!(sender.send(2));
//! let first = race((send.as_mut(), after(Duration::from_millis(1)))).wait();
//! assert!(matches!(first, Won2::B(_)), "there is no room");
//! assert_eq!(receiver.recv().wait(), Some(1));
//! assert_eq!(send.wait(), Ok(()));
//! ```
//!
//! Any operation of this crate can be an arm but `send_many`, which happens in several steps (reserve, and send
//! by the permits), `request`, and a race itself. They are refused as arms of `race` and `select_wait!`; in `select!` they are
//! futures like any others, of which more than one may get something done. In tasks any future can be an arm, by itself in `select!`, by [`future`] in [`race`]: a timer of
//! the runtime, a handle of a task. In threads [`after`], [`at`], [`tick`] and [`never()`] are arms; there is no
//! thread behind them, the one that waits looks at the clock. [`poll_fn`] makes an operation of any function that is
//! polled, for both.
//!
//! Arms of several types are arms of one `race_all` by [`boxed`].
//!
//! Code that is generic over its arms asks for a [`Contender`] and says of its `Kind` where it is waited for:
//! by [`ManyThreads`](crate::ManyThreads) in threads, by [`Awaited`](crate::Awaited) in tasks.
//!
//! ```
//! use std::time::Duration;
//! use waterway::select::{Contender, after};
//! use waterway::{Awaited, ManyThreads, mpsc, select, select_wait};
//!
//! const MOMENT: Duration = Duration::from_millis(1);
//!
//! fn in_a_moment<C: Contender<Kind: ManyThreads>>(arm: C) -> Option<C::Output> {
//!     select_wait! {
//!         output = arm => Some(output),
//!         _ = after(MOMENT) => None,
//!     }
//! }
//!
//! async fn soon<C: Contender<Kind: Awaited>>(arm: C) -> Option<C::Output> {
//!     select! {
//!         output = arm => Some(output),
//!         _ = tokio::time::sleep(MOMENT) => None,
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, mut receiver) = mpsc::bounded(1);
//! assert_eq!(in_a_moment(sender.send(1)), Some(Ok(())));
//! assert_eq!(in_a_moment(sender.send(2)), None);
//! assert_eq!(soon(receiver.recv()).await, Some(Some(1)));
//! assert_eq!(soon(receiver.recv()).await, None);
//! # }
//! ```
//!
//! Which arm is looked at first changes from look to look, so that none has to wait because of others;
//! [`biased`](crate::Op::biased) they are looked at in their order.
//!
//! A thread parks once for all arms. Nothing is allocated, but by [`race_all`], once for all arms.

mod macros;
#[doc(hidden)]
pub mod private;
#[cfg(feature = "alloc")]
mod set;

use core::future::Future;
use core::task::{Context, Poll};
#[cfg(feature = "std")]
use std::time::{Duration, Instant};

#[cfg(feature = "std")]
pub use crate::op::boxed::Boxed;
#[cfg(feature = "alloc")]
use crate::op::race::All;
use crate::op::race::{Arms, Never, Racing};
pub use crate::op::race::{
    Contender, Entrants, Foreign, Won1, Won2, Won3, Won4, Won5, Won6, Won7, Won8, Won9, Won10,
    Won11, Won12,
};
#[cfg(feature = "alloc")]
pub use crate::op::set::{Key, Source};
use crate::op::{Op, Polling};
#[cfg(feature = "std")]
use crate::op::{Ticking, Timing};
#[cfg(feature = "std")]
use crate::sync::Deadline;
#[cfg(feature = "alloc")]
pub use set::{Set, SetRecvOp};

/// A wait over several operations: made by [`race`] and [`race_all`].
pub type RaceOp<R> = Op<Racing<R>>;

/// A function that is polled: made by [`poll_fn`].
pub type PollFnOp<F> = Op<Polling<F>>;

/// Nothing to wait for: made by [`never()`].
pub type NeverOp<T> = Op<Never<T>>;

/// A point in time to wait for: made by [`after`] and [`at`].
#[cfg(feature = "std")]
pub type TimerOp = Op<Timing>;

/// The next tick: made by [`Ticker::tick`].
#[cfg(feature = "std")]
pub type TickOp<'a> = Op<Ticking<'a>>;

/// Waits for one of several operations, a tuple of up to 12.
///
/// It is an operation itself: `.await` in tasks, `.wait()`, `.wait_timeout(d)` and `.wait_deadline(t)` in
/// threads if all arms can be waited for there, `.until(future)`. Its end without a winner is `Timeout`.
///
/// # Cancel safety
/// It may be dropped at any time: its arms are dropped with it, and what holds for them holds still. A send
/// among them may have been taken already; then no other has happened. [`cancel`](Op::cancel) tells.
///
/// # Examples
/// ```
/// use waterway::mpsc;
/// use waterway::select::{Won2, race};
///
/// let (words, mut heard) = mpsc::bounded(8);
/// let (numbers, mut counted) = mpsc::bounded(8);
/// numbers.try_send(7).unwrap();
/// match race((heard.recv(), counted.recv())).wait() {
///     Won2::A(word) => panic!("nobody said {word:?}"),
///     Won2::B(number) => assert_eq!(number, Some(7)),
/// }
/// # words.try_send("").unwrap();
/// ```
pub fn race<E: Entrants>(entrants: E) -> RaceOp<E::Arms> {
    Op::new(Racing::new(entrants.enter(), false))
}

/// Waits for one of any number of operations of one type, and says which by its index.
///
/// It allocates once, for all of them. A race of none never ends.
///
/// # Panics
/// If there are more than 2^32 - 3.
///
/// # Examples
/// ```
/// use waterway::mpmc;
/// use waterway::select::race_all;
///
/// let channels: Vec<_> = (0..8).map(|_| mpmc::bounded::<u8>(1)).collect();
/// channels[5].0.try_send(1).unwrap();
/// let (index, message) = race_all(channels.iter().map(|(_, receiver)| receiver.recv())).wait();
/// assert_eq!((index, message), (5, Some(1)));
/// ```
#[cfg(feature = "alloc")]
pub fn race_all<I>(entrants: I) -> RaceOp<All<I::Item>>
where
    I: IntoIterator<Item: Contender>,
{
    let arms = All::new(entrants.into_iter());
    Op::new(Racing::new(arms, false))
}

impl<R: Arms> RaceOp<R> {
    /// The arms are looked at in their order: of two that are ready the first wins.
    pub fn biased(self) -> Self {
        Self::new(self.into_action().biased())
    }

    /// Which arm can happen without waiting; `None` if none can.
    ///
    /// At a rendezvous a send happens so only if a thread waits in `recv`, as `try_send`.
    pub fn now(self) -> Option<R::Won> {
        let mut race = core::pin::pin!(self);
        match race.as_mut().try_step() {
            Poll::Ready(won) => Some(won),
            Poll::Pending => race.cancel(),
        }
    }
}

/// Any future as an arm of a [`race`] in a task. In [`select!`](crate::select!) they are arms by themselves.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::mpsc;
/// use waterway::select::{Won2, future, race};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, mut receiver) = mpsc::bounded::<u8>(1);
/// let timer = tokio::time::sleep(Duration::from_millis(1));
/// let won = race((receiver.recv(), future(timer))).await;
/// assert_eq!(won, Won2::B(()));
/// # drop(sender);
/// # }
/// ```
pub fn future<F: Future>(future: F) -> Foreign<F> {
    Foreign(future)
}

/// An arm of whatever type for a [`race_all`] in a thread, of which arms of several types can be part; when it
/// wins, `then` makes of what it came to what all come to.
///
/// It allocates. `then` is called before the others have lost: what takes long, waits, or may panic (another arm may happen
/// as well then), comes after the race. In
/// tasks `future(Box::pin(async { … }))` serves the same.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::mpmc;
/// use waterway::select::{after, boxed, race_all};
///
/// let (words, heard) = mpmc::bounded::<&str>(1);
/// let (numbers, counted) = mpmc::bounded::<u32>(1);
/// numbers.try_send(7).unwrap();
/// let arms = [
///     boxed(heard.recv(), |word| format!("{word:?}")),
///     boxed(counted.recv(), |number| format!("{number:?}")),
///     boxed(after(Duration::from_secs(60)), |_| "nothing".to_owned()),
/// ];
/// assert_eq!(race_all(arms).wait(), (1, "Some(7)".to_owned()));
/// # drop(words);
/// ```
#[cfg(feature = "std")]
pub fn boxed<'a, C, T>(arm: C, then: impl FnOnce(C::Output) -> T + 'a) -> Boxed<'a, T>
where
    C: Contender<Kind: crate::ManyThreads> + 'a,
{
    Boxed::new(arm, then)
}

/// A point in time, this much later, for threads: comes to the time when it was seen to have come.
///
/// A duration too long to be a point in time is for ever.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::mpsc;
/// use waterway::select::{after, race, Won2};
///
/// let (sender, mut receiver) = mpsc::bounded::<u8>(1);
/// let won = race((receiver.recv(), after(Duration::from_millis(1)))).wait();
/// assert!(matches!(won, Won2::B(_)));
/// # drop(sender);
/// ```
#[cfg(feature = "std")]
pub fn after(duration: Duration) -> TimerOp {
    Op::new(Timing::new(Deadline::after(duration)))
}

/// A point in time, for threads. One in the past has come.
#[cfg(feature = "std")]
pub fn at(deadline: Instant) -> TimerOp {
    Op::new(Timing::new(Deadline::at(deadline)))
}

/// A clock that ticks again and again, for threads.
///
/// The first tick comes after one period. Ticks that nobody waited for are left out. A period of zero ticks
/// whenever it is looked at; one too long to be a point in time never does.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::select::tick;
///
/// let mut clock = tick(Duration::from_millis(1));
/// let first = clock.tick().wait();
/// assert!(clock.tick().wait() > first);
/// ```
#[cfg(feature = "std")]
pub fn tick(period: Duration) -> Ticker {
    Ticker {
        next: Instant::now().checked_add(period),
        period,
    }
}

/// A clock that ticks again and again: made by [`tick`].
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct Ticker {
    next: Option<Instant>,
    period: Duration,
}

#[cfg(feature = "std")]
impl Ticker {
    /// The next tick: comes to the time when it was seen to have come.
    ///
    /// # Cancel safety
    /// A tick that was not waited for to its end is still to come.
    pub fn tick(&mut self) -> TickOp<'_> {
        Op::new(Ticking::new(&mut self.next, self.period))
    }
}

/// A function that says, each time it is polled, whether it is over, as [`core::future::poll_fn`]: so a thread can wait for
/// it, also for a limited time, and it can be an arm in a thread.
///
/// When it gives `Pending` it has seen to it that the waker of its context is woken. A look without a wait, as the first
/// ones of a thread, and that of [`now`](RaceOp::now), comes with a waker that does nothing: [`Waker::noop`].
///
/// [`Waker::noop`]: core::task::Waker::noop
///
/// # Panics
/// Polled again when it is over, as every operation.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::select::poll_fn;
/// use waterway::{Timeout, pool};
///
/// let (sender, mut receiver) = pool::bounded::<u32>(1);
/// let mut next = || poll_fn(|context| receiver.poll_recv(context)).wait_timeout(Duration::from_millis(1));
/// assert_eq!(next(), Err(Timeout));
/// sender.try_send(7).unwrap();
/// assert_eq!(next(), Ok(Some(7)));
/// ```
pub fn poll_fn<R, F: FnMut(&mut Context<'_>) -> Poll<R> + Unpin>(function: F) -> PollFnOp<F> {
    Op::new(Polling::new(function))
}

/// What never comes: an arm that is not there, of whatever type is wanted.
///
/// # Examples
/// ```
/// use waterway::mpsc;
/// use waterway::select::{Won2, never, race};
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// sender.try_send(1).unwrap();
/// assert_eq!(race((receiver.recv(), never::<()>())).wait(), Won2::A(Some(1)));
/// ```
pub fn never<T>() -> NeverOp<T> {
    Op::new(Never::new())
}
