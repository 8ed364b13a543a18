//! tachyonix: tasks, bounded by at least 1.

use tachyonix::{Receiver, Sender, channel};

use crate::cells::Capacity;
use crate::contest::{Awaited, Channel, Role, Roster, Trying};

struct Tachyonix;

impl Channel for Tachyonix {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity.buffers()
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        channel(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Awaited for Tachyonix {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

impl Trying for Tachyonix {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "tachyonix";
    roster.awaits::<Tachyonix>(NAME, Role::Peer);
    roster.tries::<Tachyonix>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Tachyonix>(&[1, 8, 64, 1024]);
}
