//! waterway: threads and tasks, any capacity, one pair of types.

use waterway::mpsc::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct Waterway;

impl Channel for Waterway {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(_: Capacity, _: usize) -> bool {
        true
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        capacity.bound().map_or_else(unbounded, bounded)
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Blocking for Waterway {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).wait().is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().wait()
    }
}

impl Awaited for Waterway {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await
    }
}

impl Trying for Waterway {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "waterway";
    roster.blocks::<Waterway>(NAME, Role::Ours);
    roster.awaits::<Waterway>(NAME, Role::Ours);
    roster.tries::<Waterway>(NAME, Role::Ours);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Waterway>(&[1, 2, 8, 64, 1024]);
}
