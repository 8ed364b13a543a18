//! The channels of `after`, `at` and `tick`: a point in time, shared by the clones of a receiver.

use ::std::sync::{Mutex, PoisonError};
use ::std::time::Instant;
use core::time::Duration;

use waterway::Timeout;
use waterway::select::{at, never};

/// When the next message is there, and how long after that the one behind it.
pub(super) struct Clock {
    /// `None` when there is none any more.
    next: Mutex<Option<Instant>>,
    period: Option<Duration>,
}

impl Clock {
    pub(super) fn new(next: Instant, period: Option<Duration>) -> Self {
        Self {
            next: Mutex::new(Some(next)),
            period,
        }
    }

    fn with_next<R>(&self, change: impl FnOnce(&mut Option<Instant>) -> R) -> R {
        change(&mut self.next.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// When the next message is there.
    pub(super) fn next(&self) -> Option<Instant> {
        self.with_next(|next| *next)
    }

    /// Whether it is there now.
    pub(super) fn is_due(&self) -> bool {
        self.next().is_some_and(|next| next <= Instant::now())
    }

    /// Takes the next message, which is there by the deadline. Ticks that were missed are left out.
    fn reserve(&self, deadline: Option<Instant>) -> Option<Instant> {
        self.with_next(|next| {
            let due = next.filter(|&due| deadline.is_none_or(|deadline| due <= deadline))?;
            let last = due.max(Instant::now());
            *next = self.period.and_then(|period| last.checked_add(period));
            Some(due)
        })
    }

    /// Takes the next message if it is there now: the time at which it was to be.
    pub(super) fn take(&self) -> Option<Instant> {
        self.reserve(Some(Instant::now()))
    }

    /// Takes the next message, waiting for it.
    pub(super) fn recv(&self, deadline: Option<Instant>) -> Result<Instant, Timeout> {
        match self.reserve(deadline) {
            Some(due) => {
                at(due).wait();
                Ok(due)
            }
            None => wait_in_vain(deadline),
        }
    }
}

/// Waits for what never comes.
pub(super) fn wait_in_vain<T>(deadline: Option<Instant>) -> Result<T, Timeout> {
    match deadline {
        Some(deadline) => never().wait_deadline(deadline),
        None => never().wait(),
    }
}
