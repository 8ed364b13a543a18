//! crossbeam-channel: threads, any capacity.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;
use crate::contest::{Blocking, Channel, Role, Roster, Trying};

struct Crossbeam;

impl Channel for Crossbeam {
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

impl Blocking for Crossbeam {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Trying for Crossbeam {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "crossbeam";
    roster.blocks::<Crossbeam>(NAME, Role::Peer);
    roster.tries::<Crossbeam>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Crossbeam>(&[1, 8, 64, 1024]);
}
