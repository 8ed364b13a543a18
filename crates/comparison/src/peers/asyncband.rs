//! asyncband, its `mpsc`: tasks, any capacity but 0.

use asyncband::mpsc::{
    BoundedReceiver, BoundedSender, UnboundedReceiver, UnboundedSender, bounded, unbounded,
};

use crate::cells::Capacity;
use crate::contest::{Awaited, Channel, Role, Roster, Trying};

struct Bounded;
struct Unbounded;

impl Channel for Bounded {
    type Tx = BoundedSender<u64>;
    type Rx = BoundedReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for Unbounded {
    type Tx = UnboundedSender<u64>;
    type Rx = UnboundedReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Unbounded
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        unbounded()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Awaited for Bounded {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Awaited for Unbounded {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
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
    const NAME: &str = "asyncband";
    roster.awaits::<Bounded>(NAME, Role::Peer);
    roster.awaits::<Unbounded>(NAME, Role::Peer);
    roster.tries::<Bounded>(NAME, Role::Peer);
    roster.tries::<Unbounded>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Bounded>(&[1, 8, 64, 1024]);
}
