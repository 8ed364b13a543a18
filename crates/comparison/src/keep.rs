//! Who loses a message when a receive that waits for it is cancelled.
//!
//! A sender that puts its message straight into a task that waits saves a place in the channel and a
//! look at it. But the task may be dropped before it runs again (a timeout, a `select!`), and then
//! the message goes with it, although its sender was told that it was sent.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::cells::Capacity;
use crate::contest::Awaited;

/// How often is asked for a message that was sent.
const LOOKS: usize = 10;

/// Whether a message is lost that was sent while a receive waited which is then dropped.
pub(crate) fn loses<C: Awaited>(capacity: Capacity) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    let (mut tx, mut rx) = C::open(capacity, 1);
    let mut send = pin!(C::send(&mut tx, 1));
    let sent = {
        let mut recv = pin!(C::recv(&mut rx));
        if recv.as_mut().poll(&mut context).is_ready() {
            return false;
        }
        send.as_mut().poll(&mut context) == Poll::Ready(true)
    };
    let mut recv = pin!(C::recv(&mut rx));
    // Where it was not sent yet it may come or not.
    sent && !(0..LOOKS).any(|_| recv.as_mut().poll(&mut context) == Poll::Ready(Some(1)))
}

#[cfg(test)]
mod tests {
    use crate::cells;
    use crate::contest::{Role, Roster};

    #[test]
    fn ours_loses_nothing_and_some_do() {
        let roster = Roster::full();
        let losers: Vec<_> = cells::all()
            .iter()
            .flat_map(|cell| {
                let contestants = roster.contestants(cell);
                contestants.into_iter().filter(|entry| entry.loses(cell))
            })
            .map(|entry| (entry.name, entry.role))
            .collect();
        assert!(losers.iter().all(|(_, role)| *role == Role::Peer));
        assert!(!losers.is_empty(), "the probe finds nobody");
    }
}
