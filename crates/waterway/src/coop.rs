//! Cooperation with a runtime that counts what a task does.

use core::task::{Context, Poll};

/// Polls `step`, at the cost of one unit of the task's budget: when that is used up the task is
/// asked to yield (feature `tokio`).
#[inline(always)]
pub(crate) fn poll<R>(context: &Context<'_>, step: impl FnOnce() -> Poll<R>) -> Poll<R> {
    #[cfg(feature = "tokio")]
    {
        let mut context = Context::from_waker(context.waker());
        let budget = core::task::ready!(tokio::task::coop::poll_proceed(&mut context));
        let polled = step();
        if polled.is_ready() {
            budget.made_progress();
        }
        polled
    }
    #[cfg(not(feature = "tokio"))]
    {
        let _ = context;
        step()
    }
}
