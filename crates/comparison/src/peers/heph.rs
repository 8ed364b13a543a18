//! heph-inbox: tasks, bounded by 1 to 29.

use heph_inbox::{MAX_CAP, MIN_CAP, Receiver, Sender};

use crate::cells::Capacity;
use crate::contest::{Awaited, Channel, Role, Roster, Trying};

struct Inbox;

impl Channel for Inbox {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity
            .bound()
            .is_some_and(|bound| (MIN_CAP..=MAX_CAP).contains(&bound))
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        heph_inbox::new(capacity.bound().expect("a bound"))
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Awaited for Inbox {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await
    }
}

impl Trying for Inbox {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "heph-inbox";
    roster.awaits::<Inbox>(NAME, Role::Peer);
    roster.tries::<Inbox>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Inbox>(&[1, 8]);
}
