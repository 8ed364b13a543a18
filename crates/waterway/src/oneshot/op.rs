//! The operations of a oneshot: a receive, and the wait for the receiver's end.

use core::pin::Pin;
use core::task::Poll;

use super::{Receiver, Sender};
use crate::error::{Closed, RecvTimeoutError, Timeout};
use crate::kind::{Awaited, ManyThreads, sealed::Sealed};
use crate::op::{Action, Choice};
use crate::wait::How;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// What stands for a kind in the operations of a oneshot.
#[doc(hidden)]
#[derive(Debug)]
pub struct Oneshot(());

impl Sealed for Oneshot {}
impl ManyThreads for Oneshot {}
impl Awaited for Oneshot {}

/// How far an operation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody knows of it.
    New,
    /// The other side may have its waker.
    Out,
    /// It completed or was cancelled.
    Spent,
}

impl Stage {
    /// Before a step, which leaves a waker if there is one.
    fn go(&mut self, how: How<'_>) {
        assert!(
            *self != Self::Spent,
            "an operation is polled until it is ready"
        );
        if how.waker().is_some() {
            *self = Self::Out;
        }
    }
}

/// The action of [`Receiver::recv`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Taking<'a, T, P> {
    receiver: &'a mut Receiver<T, P>,
    stage: Stage,
}

impl<'a, T, P> Taking<'a, T, P> {
    #[inline]
    pub(super) fn new(receiver: &'a mut Receiver<T, P>) -> Self {
        Self {
            receiver,
            stage: Stage::New,
        }
    }

    #[inline]
    fn withdraw(&mut self) {
        if self.stage == Stage::Out {
            self.stage = Stage::Spent;
            self.receiver.half().withdraw();
        }
    }
}

impl<T, P> Drop for Taking<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl<T, P> Sealed for Taking<'_, T, P> {}

impl<T, P> Action for Taking<'_, T, P> {
    type Kind = Oneshot;
    type Output = Result<T, Closed>;
    type Timed = Result<T, RecvTimeoutError>;
    type Cancelled = ();

    #[inline]
    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        self.stage.go(how);
        let polled = self.receiver.half().poll(how.waker());
        if polled.is_ready() {
            self.stage = Stage::Spent;
        }
        polled
    }

    fn cancel(mut self: Pin<&mut Self>) {
        self.withdraw();
        self.stage = Stage::Spent;
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(RecvTimeoutError::from)
    }

    fn is_spent(&self) -> bool {
        self.stage == Stage::Spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.receiver.pace())
    }
}

impl<T, P> Choice for Taking<'_, T, P> {}

/// The action of [`Sender::closed`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Watching<'a, T, P> {
    sender: &'a mut Sender<T, P>,
    stage: Stage,
}

impl<'a, T, P> Watching<'a, T, P> {
    pub(super) fn new(sender: &'a mut Sender<T, P>) -> Self {
        Self {
            sender,
            stage: Stage::New,
        }
    }

    fn withdraw(&mut self) {
        if self.stage == Stage::Out {
            self.stage = Stage::Spent;
            self.sender.half().withdraw();
        }
    }
}

impl<T, P> Drop for Watching<'_, T, P> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl<T, P> Sealed for Watching<'_, T, P> {}

impl<T, P> Action for Watching<'_, T, P> {
    type Kind = Oneshot;
    type Output = ();
    type Timed = Result<(), Timeout>;
    type Cancelled = ();

    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<()> {
        self.stage.go(how);
        let polled = self.sender.half().poll_closed(how.waker());
        if polled.is_ready() {
            self.stage = Stage::Spent;
        }
        polled
    }

    fn cancel(mut self: Pin<&mut Self>) {
        self.withdraw();
        self.stage = Stage::Spent;
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn in_time((): ()) -> Self::Timed {
        Ok(())
    }

    fn is_spent(&self) -> bool {
        self.stage == Stage::Spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // What it waits for is far away as a rule.
        None
    }
}

impl<T, P> Choice for Watching<'_, T, P> {}
