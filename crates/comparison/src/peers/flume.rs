//! flume: threads and tasks, any capacity.

use flume::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct Flume;

impl Channel for Flume {
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

impl Blocking for Flume {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Awaited for Flume {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send_async(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_async().await.ok()
    }
}

impl Trying for Flume {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "flume";
    roster.blocks::<Flume>(NAME, Role::Peer);
    roster.awaits::<Flume>(NAME, Role::Peer);
    roster.tries::<Flume>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Flume>(&[1, 8, 64, 1024]);
}
