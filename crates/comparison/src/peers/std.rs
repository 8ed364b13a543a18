//! The standard library's channels: threads, any capacity.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::cells::Capacity;
use crate::contest::{Blocking, Channel, Role, Roster, Trying};

struct Bounded;
struct Unbounded;

impl Channel for Bounded {
    type Tx = SyncSender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity != Capacity::Unbounded
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        sync_channel(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for Unbounded {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Unbounded
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        channel()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Blocking for Bounded {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Blocking for Unbounded {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Trying for Bounded {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

impl Trying for Unbounded {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "std";
    roster.blocks::<Bounded>(NAME, Role::Peer);
    roster.blocks::<Unbounded>(NAME, Role::Peer);
    roster.tries::<Bounded>(NAME, Role::Peer);
    roster.tries::<Unbounded>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Bounded>(&[1, 8, 64, 1024]);
}
