//! crossfire, its `mpsc`: threads and tasks, any capacity but 0 (which it takes for 1).

use crossfire::mpsc::{
    Array, List, bounded_async, bounded_blocking, unbounded_async, unbounded_blocking,
};
use crossfire::{AsyncRx, MAsyncTx, MTx, Rx};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct BoundedThreads;
struct UnboundedThreads;
struct BoundedTasks;
struct UnboundedTasks;

impl Channel for BoundedThreads {
    type Tx = MTx<Array<u64>>;
    type Rx = Rx<Array<u64>>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        bounded_blocking(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for UnboundedThreads {
    type Tx = MTx<List<u64>>;
    type Rx = Rx<List<u64>>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Unbounded
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        unbounded_blocking()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for BoundedTasks {
    type Tx = MAsyncTx<Array<u64>>;
    type Rx = AsyncRx<Array<u64>>;

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
    type Tx = MTx<List<u64>>;
    type Rx = AsyncRx<List<u64>>;

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
        tx.send(value).is_ok()
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
    const NAME: &str = "crossfire";
    // Its README asks programs to call this once.
    crossfire::detect_backoff_cfg();
    roster.blocks::<BoundedThreads>(NAME, Role::Peer);
    roster.blocks::<UnboundedThreads>(NAME, Role::Peer);
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
