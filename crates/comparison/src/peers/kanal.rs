//! kanal: threads and tasks, any capacity.

use kanal::{
    AsyncReceiver, AsyncSender, Receiver, Sender, bounded, bounded_async, unbounded,
    unbounded_async,
};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct Threads;
struct Tasks;

impl Channel for Threads {
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

impl Channel for Tasks {
    type Tx = AsyncSender<u64>;
    type Rx = AsyncReceiver<u64>;

    fn fits(_: Capacity, _: usize) -> bool {
        true
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        capacity.bound().map_or_else(unbounded_async, bounded_async)
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Blocking for Threads {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Awaited for Tasks {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Trying for Threads {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        matches!(tx.try_send(value), Ok(true))
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok().flatten()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "kanal";
    roster.blocks::<Threads>(NAME, Role::Peer);
    roster.awaits::<Tasks>(NAME, Role::Peer);
    roster.tries::<Threads>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Threads>(&[1, 8, 64, 1024]);
}
