//! Points in time, for threads: no other thread keeps a clock for them, the one that waits does.

use core::pin::Pin;
use core::task::Poll;
use std::time::{Duration, Instant};

use super::{Action, Choice};
use crate::error::Timeout;
use crate::kind::{ManyThreads, sealed::Sealed};
use crate::sync::Deadline;
use crate::wait::{How, Pace};

/// What threads alone wait for.
#[doc(hidden)]
#[derive(Debug)]
pub struct ThreadsOnly(());

impl Sealed for ThreadsOnly {}
impl ManyThreads for ThreadsOnly {}

/// The action of `after` and `at`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Timing {
    deadline: Deadline,
    spent: bool,
}

impl Timing {
    pub(crate) fn new(deadline: Deadline) -> Self {
        Self {
            deadline,
            spent: false,
        }
    }
}

impl Sealed for Timing {}

impl Action for Timing {
    type Kind = ThreadsOnly;
    type Output = Instant;
    type Timed = Result<Instant, Timeout>;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, _: How<'_>) -> Poll<Instant> {
        let this = self.get_mut();
        assert!(!this.spent, "an operation is polled until it is ready");
        this.spent = this.deadline.passed();
        if this.spent {
            Poll::Ready(Instant::now())
        } else {
            Poll::Pending
        }
    }

    fn cancel(self: Pin<&mut Self>) {
        self.get_mut().spent = true;
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn in_time(output: Instant) -> Self::Timed {
        Ok(output)
    }

    fn is_spent(&self) -> bool {
        self.spent
    }

    fn pace(&self) -> Option<&Pace> {
        None
    }

    fn alarm(&self) -> Deadline {
        self.deadline
    }
}

impl Choice for Timing {}

/// The action of `Ticker::tick`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ticking<'a> {
    timing: Timing,
    next: &'a mut Option<Instant>,
    period: Duration,
}

impl<'a> Ticking<'a> {
    pub(crate) fn new(next: &'a mut Option<Instant>, period: Duration) -> Self {
        Self {
            timing: Timing::new(next.map_or(Deadline::NEVER, Deadline::at)),
            next,
            period,
        }
    }
}

impl Sealed for Ticking<'_> {}

impl Action for Ticking<'_> {
    type Kind = ThreadsOnly;
    type Output = Instant;
    type Timed = Result<Instant, Timeout>;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Instant> {
        let this = self.get_mut();
        let tick = Pin::new(&mut this.timing).step(how);
        if let Poll::Ready(now) = tick {
            // The ticks that nobody waited for are left out.
            let due = this.next.and_then(|next| next.checked_add(this.period));
            *this.next = due.and_then(|due| {
                if due > now {
                    Some(due)
                } else {
                    now.checked_add(this.period)
                }
            });
        }
        tick
    }

    fn cancel(self: Pin<&mut Self>) {
        Pin::new(&mut self.get_mut().timing).cancel();
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn in_time(output: Instant) -> Self::Timed {
        Ok(output)
    }

    fn is_spent(&self) -> bool {
        self.timing.is_spent()
    }

    fn pace(&self) -> Option<&Pace> {
        None
    }

    fn alarm(&self) -> Deadline {
        self.timing.alarm()
    }
}

impl Choice for Ticking<'_> {}
