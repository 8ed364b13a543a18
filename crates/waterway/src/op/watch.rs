//! Being told: of the end, and that everything was received.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::Poll;

use super::{Action, Choice, Hold};
use crate::chan::Chan;
use crate::error::{SendError, SendTimeoutError, Timeout};
use crate::kind::{Kind, sealed::Sealed};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Demand, How, Node, State};

/// What is watched for. Sealed.
#[doc(hidden)]
pub trait Event: Sealed {
    /// What it comes to.
    type Output;
    /// What a wait that can be ended comes to.
    type Timed;

    /// What a node of this event demands.
    fn demand<T, K: Kind>(&self, chan: &Chan<T, K>) -> Demand;
    /// Whether it has happened already; `Err` if it can't.
    fn happened<T, K: Kind>(&self, chan: &Chan<T, K>) -> Poll<State>;
    /// It happened, or can't any more.
    fn output(done: bool) -> Self::Output;
    /// The same in a wait that could have been ended.
    fn in_time(output: Self::Output) -> Self::Timed;
    /// The wait was ended.
    fn timed_out() -> Self::Timed;
}

/// The channel is closed.
#[doc(hidden)]
#[derive(Debug)]
pub struct End;

/// Everything before a position was received.
#[doc(hidden)]
#[derive(Debug)]
pub struct Flushed(pub(crate) u64);

impl Sealed for End {}
impl Sealed for Flushed {}

impl Event for End {
    type Output = ();
    type Timed = Result<(), Timeout>;

    fn demand<T, K: Kind>(&self, _: &Chan<T, K>) -> Demand {
        Demand::End
    }

    fn happened<T, K: Kind>(&self, chan: &Chan<T, K>) -> Poll<State> {
        if chan.is_closed() {
            Poll::Ready(State::Done)
        } else {
            Poll::Pending
        }
    }

    fn output(_: bool) {}

    fn in_time((): ()) -> Self::Timed {
        Ok(())
    }

    fn timed_out() -> Self::Timed {
        Err(Timeout)
    }
}

impl Event for Flushed {
    type Output = Result<(), SendError<()>>;
    type Timed = Result<(), SendTimeoutError<()>>;

    fn demand<T, K: Kind>(&self, _: &Chan<T, K>) -> Demand {
        Demand::Received(self.0)
    }

    fn happened<T, K: Kind>(&self, chan: &Chan<T, K>) -> Poll<State> {
        // Read first: what was received before the receiver went is known afterwards.
        let gone = chan.is_gone();
        if chan.is_received(self.0) {
            Poll::Ready(State::Done)
        } else if gone {
            Poll::Ready(State::Closed)
        } else {
            Poll::Pending
        }
    }

    fn output(done: bool) -> Self::Output {
        if done { Ok(()) } else { Err(SendError(())) }
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(SendTimeoutError::from)
    }

    fn timed_out() -> Self::Timed {
        Err(SendTimeoutError::Timeout(()))
    }
}

/// The action of `closed` and `flush`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Watching<H, E: Event, T, K: Kind> {
    chan: Chan<T, K>,
    /// It keeps the channel.
    _sender: H,
    event: E,
    node: Node,
    spent: bool,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: the node is touched by others under a lock only; it holds no message.
unsafe impl<H: Send, E: Event + Send, T: Send, K: Kind> Send for Watching<H, E, T, K> where
    K::Lock: Send + Sync
{
}
// SAFETY: nothing can be done with a shared action.
unsafe impl<H: Sync, E: Event + Sync, T: Send, K: Kind> Sync for Watching<H, E, T, K> where
    K::Lock: Send + Sync
{
}

impl<H: Hold<T, K>, E: Event, T, K: Kind> Watching<H, E, T, K> {
    pub(crate) fn new(sender: H, event: E) -> Self {
        Self {
            chan: sender.chan(),
            _sender: sender,
            event,
            node: Node::new(),
            spent: false,
            _of: PhantomData,
        }
    }
}

impl<H, E: Event, T, K: Kind> Watching<H, E, T, K> {
    fn spend(self: Pin<&mut Self>) {
        // SAFETY: a plain flag, not pinned.
        unsafe { self.get_unchecked_mut().spent = true };
    }
}

impl<H, E: Event, T, K: Kind> Sealed for Watching<H, E, T, K> {}

impl<H, E: Event, T, K: Kind> Action for Watching<H, E, T, K> {
    type Kind = K;
    type Output = E::Output;
    type Timed = E::Timed;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<E::Output> {
        assert!(!self.spent, "an operation is polled until it is ready");
        let chan = self.chan;
        let mut state = self.node.state();
        match (state, how.waker()) {
            (State::Idle, waker) => {
                if let Poll::Ready(verdict) = self.event.happened(&chan) {
                    state = verdict;
                } else if let Some(waker) = waker {
                    // SAFETY: the node is pinned with the action, whose drop withdraws it.
                    state = unsafe { chan.watch(&self.node, self.event.demand(&chan), waker) };
                }
            }
            (State::Queued | State::Woken, Some(waker)) => {
                chan.renew(&self.node, waker);
                state = self.node.state();
            }
            _ => {}
        }
        match state {
            State::Idle | State::Queued | State::Woken => Poll::Pending,
            State::Done | State::Closed => {
                self.spend();
                Poll::Ready(E::output(state == State::Done))
            }
        }
    }

    fn cancel(self: Pin<&mut Self>) {
        self.chan.withdraw(&self.node);
        self.spend();
    }

    fn timed_out((): ()) -> E::Timed {
        E::timed_out()
    }

    fn in_time(output: E::Output) -> E::Timed {
        E::in_time(output)
    }

    fn is_spent(&self) -> bool {
        self.spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // What it waits for is far away as a rule.
        None
    }
}

impl<H, E: Event, T, K: Kind> Drop for Watching<H, E, T, K> {
    fn drop(&mut self) {
        self.chan.withdraw(&self.node);
    }
}

impl<H, E: Event, T, K: Kind> Choice for Watching<H, E, T, K> {}
