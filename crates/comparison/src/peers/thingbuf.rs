//! thingbuf, its `mpsc`: threads and tasks, bounded by at least 1.

use thingbuf::mpsc::{self, blocking};

use crate::cells::Capacity;
use crate::contest::{Awaited, Blocking, Channel, Role, Roster, Trying};

struct Threads;
struct Tasks;

impl Channel for Threads {
    type Tx = blocking::Sender<u64>;
    type Rx = blocking::Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        blocking::channel(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for Tasks {
    type Tx = mpsc::Sender<u64>;
    type Rx = mpsc::Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        mpsc::channel(capacity.bound().expect("a bound"))
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
        rx.recv()
    }
}

impl Awaited for Tasks {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await
    }
}

impl Trying for Threads {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "thingbuf";
    roster.blocks::<Threads>(NAME, Role::Peer);
    roster.awaits::<Tasks>(NAME, Role::Peer);
    roster.tries::<Threads>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Threads>(&[1, 8, 64, 1024]);
}
