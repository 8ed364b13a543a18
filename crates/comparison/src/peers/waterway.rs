//! waterway, its `mpsc`, its `mpmc` for several receivers, its `spsc`, its `local`, and
//! its `inbox`: threads and tasks, one pair of types each; any capacity, but for the inbox 1 to 127.

use waterway::mpsc::{Receiver, Sender, bounded, unbounded};
use waterway::{inbox, local, mpmc, spsc};

use crate::cells::Capacity;
use crate::contest::{Role, Roster};

contestant! {
    Ours "waterway";

    pub(super) Waterway(Sender<u64>, Receiver<u64>) {
        open {
            Capacity::Bounded(bound) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks { |tx, value| tx.send(value).wait().is_ok(), |rx| rx.recv().wait() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        polls { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Local(local::Sender<u64>, local::Receiver<u64>; Local) {
        open {
            Capacity::Bounded(bound) => local::bounded(bound),
            Capacity::Unbounded => local::unbounded(),
        }
        polls { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    One(spsc::Sender<u64>, spsc::Receiver<u64>; Spsc) {
        open {
            Capacity::Bounded(bound) => spsc::bounded(bound),
            Capacity::Unbounded => spsc::unbounded(),
        }
        blocks { |tx, value| tx.send(value).wait().is_ok(), |rx| rx.recv().wait() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Inbox(inbox::Sender<u64>, inbox::Receiver<u64>; Actors) {
        open { Capacity::Bounded(bound @ 1..=127) => inbox::bounded(bound) }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Many(mpmc::Sender<u64>, mpmc::Receiver<u64>; 2..) {
        open {
            Capacity::Bounded(bound) => mpmc::bounded(bound),
            Capacity::Unbounded => mpmc::unbounded(),
        }
        blocks { |tx, value| tx.send(value).wait().is_ok(), |rx| rx.recv().wait() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }
}

/// Enters `mpsc` where a narrower class meets, to show what that one saves.
pub(super) fn enter_beside(roster: &mut Roster) {
    const NAME: &str = "waterway mpsc";
    roster.blocks::<Waterway>(NAME, Role::Beside);
    roster.awaits::<Waterway>(NAME, Role::Beside);
    roster.polls::<Waterway>(NAME, Role::Beside);
    roster.tries::<Waterway>(NAME, Role::Beside);
}
