//! async-channel: tasks, and threads by its `*_blocking` methods; any capacity but 0.

use async_channel::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct AsyncChannel;

impl Channel for AsyncChannel {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity != Capacity::Bounded(0)
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        capacity.bound().map_or_else(unbounded, bounded)
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Blocking for AsyncChannel {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send_blocking(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_blocking().ok()
    }
}

impl Awaited for AsyncChannel {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Trying for AsyncChannel {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "async-channel";
    roster.blocks::<AsyncChannel>(NAME, Role::Peer);
    roster.awaits::<AsyncChannel>(NAME, Role::Peer);
    roster.tries::<AsyncChannel>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<AsyncChannel>(&[1, 8, 64, 1024]);
}
