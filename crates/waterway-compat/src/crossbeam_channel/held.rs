//! What a selected operation came to, until it is completed.

use ::std::sync::{Mutex, MutexGuard, PoisonError};
use ::std::vec::Vec;

/// Which of the operations that were selected on a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// What the operations that were selected on a handle came to.
///
/// A [`SelectedOperation`](super::SelectedOperation) does not know the type of the message; the handle does, and
/// by the handle it is completed. So what it came to lies with the handle.
pub(super) struct Held<R> {
    results: Mutex<Results<R>>,
}

struct Results<R> {
    last: u64,
    held: Vec<(Ticket, R)>,
}

impl<R> Held<R> {
    pub(super) const fn new() -> Self {
        Self {
            results: Mutex::new(Results {
                last: 0,
                held: Vec::new(),
            }),
        }
    }

    /// Nothing of a caller's runs under the lock: what a panic elsewhere left is in order.
    fn lock(&self) -> MutexGuard<'_, Results<R>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, result: R) -> Ticket {
        let mut results = self.lock();
        results.last += 1;
        let ticket = Ticket(results.last);
        results.held.push((ticket, result));
        ticket
    }

    pub(super) fn take(&self, ticket: Ticket) -> Option<R> {
        let mut results = self.lock();
        let place = results.held.iter().position(|held| held.0 == ticket)?;
        Some(results.held.swap_remove(place).1)
    }
}
