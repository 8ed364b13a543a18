//! A function that is polled, as an operation.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::race::Anybody;
use super::{Action, Choice};
use crate::error::Timeout;
use crate::kind::sealed::Sealed;
use crate::wait::How;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// The action of [`poll_fn`](crate::select::poll_fn).
#[doc(hidden)]
pub struct Polling<F> {
    /// `None` when spent.
    function: Option<F>,
}

impl<F> Polling<F> {
    pub(crate) fn new(function: F) -> Self {
        Self {
            function: Some(function),
        }
    }
}

impl<F> Sealed for Polling<F> {}

impl<R, F: FnMut(&mut Context<'_>) -> Poll<R> + Unpin> Action for Polling<F> {
    type Kind = Anybody;
    type Output = R;
    type Timed = Result<R, Timeout>;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<R> {
        let this = self.get_mut();
        let function = this.function.as_mut();
        let function = function.expect("an operation is polled until it is ready");
        // Who stays awake looks again by itself.
        let waker = how.waker().unwrap_or(Waker::noop());
        let polled = function(&mut Context::from_waker(waker));
        if polled.is_ready() {
            this.function = None;
        }
        polled
    }

    fn cancel(self: Pin<&mut Self>) {
        self.get_mut().function = None;
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn in_time(output: R) -> Self::Timed {
        Ok(output)
    }

    fn is_spent(&self) -> bool {
        self.function.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // What the function waits for it alone knows.
        Pace::of_many()
    }
}

impl<R, F: FnMut(&mut Context<'_>) -> Poll<R> + Unpin> Choice for Polling<F> {}

impl<F> fmt::Debug for Polling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polling").finish_non_exhaustive()
    }
}
