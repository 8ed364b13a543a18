//! futures-intrusive, its shared channel: tasks, any bound.

use futures_intrusive::channel::shared::{
    Receiver, Sender, UnbufferedReceiver, UnbufferedSender, channel, unbuffered_channel,
};

use crate::cells::Capacity;
use crate::contest::{Awaited, Channel, Role, Roster, Trying};

struct Unbuffered;
struct Bounded;

impl Channel for Unbuffered {
    type Tx = UnbufferedSender<u64>;
    type Rx = UnbufferedReceiver<u64>;

    fn fits(capacity: Capacity, _: usize) -> bool {
        capacity == Capacity::Bounded(0)
    }

    fn open(_: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        unbuffered_channel()
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for Bounded {
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

impl Awaited for Unbuffered {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.receive().await
    }
}

impl Awaited for Bounded {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.receive().await
    }
}

impl Trying for Bounded {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_receive().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "futures-intrusive";
    roster.awaits::<Unbuffered>(NAME, Role::Peer);
    roster.awaits::<Bounded>(NAME, Role::Peer);
    roster.tries::<Bounded>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Bounded>(&[1, 8, 64, 1024]);
}
