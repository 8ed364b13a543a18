//! fibre, its `mpsc`: threads and tasks, any capacity; a type of its own for each.

use fibre::mpsc::rendezvous::{rendezvous, rendezvous_async};
use fibre::mpsc::{
    BoundedAsyncReceiver, BoundedAsyncSender, BoundedSyncReceiver, BoundedSyncSender,
    RendezvousAsyncReceiver, RendezvousAsyncSender, RendezvousSyncReceiver, RendezvousSyncSender,
    UnboundedAsyncReceiver, UnboundedAsyncSender, UnboundedSyncReceiver, UnboundedSyncSender,
    bounded, bounded_async, unbounded, unbounded_async,
};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct RendezvousThreads;
struct BoundedThreads;
struct UnboundedThreads;
struct RendezvousTasks;
struct BoundedTasks;
struct UnboundedTasks;

impl Channel for RendezvousThreads {
    type Tx = RendezvousSyncSender<u64>;
    type Rx = RendezvousSyncReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Bounded(0)
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        rendezvous()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for BoundedThreads {
    type Tx = BoundedSyncSender<u64>;
    type Rx = BoundedSyncReceiver<u64>;

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

impl Channel for UnboundedThreads {
    type Tx = UnboundedSyncSender<u64>;
    type Rx = UnboundedSyncReceiver<u64>;

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

impl Channel for RendezvousTasks {
    type Tx = RendezvousAsyncSender<u64>;
    type Rx = RendezvousAsyncReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Bounded(0)
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        rendezvous_async()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for BoundedTasks {
    type Tx = BoundedAsyncSender<u64>;
    type Rx = BoundedAsyncReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        bounded_async(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for UnboundedTasks {
    type Tx = UnboundedAsyncSender<u64>;
    type Rx = UnboundedAsyncReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Unbounded
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        unbounded_async()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Blocking for RendezvousThreads {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Blocking for BoundedThreads {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Blocking for UnboundedThreads {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Awaited for RendezvousTasks {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Awaited for BoundedTasks {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Awaited for UnboundedTasks {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Trying for BoundedThreads {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

impl Trying for UnboundedThreads {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "fibre";
    roster.blocks::<RendezvousThreads>(NAME, Role::Peer);
    roster.blocks::<BoundedThreads>(NAME, Role::Peer);
    roster.blocks::<UnboundedThreads>(NAME, Role::Peer);
    roster.awaits::<RendezvousTasks>(NAME, Role::Peer);
    roster.awaits::<BoundedTasks>(NAME, Role::Peer);
    roster.awaits::<UnboundedTasks>(NAME, Role::Peer);
    roster.tries::<BoundedThreads>(NAME, Role::Peer);
    roster.tries::<UnboundedThreads>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<BoundedThreads>(&[1, 8, 64, 1024]);
}
