//! futures-channel, its `mpsc`: tasks. It adds a slot per sender to its buffer, so the buffer is
//! made smaller by the senders; with more senders than capacity there is no such channel.

use std::future::poll_fn;

use futures_channel::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded,
};
use futures_util::StreamExt;

use crate::cells::Capacity;
use crate::contest::{Awaited, Channel, Role, Roster, Trying};

struct Bounded;
struct Unbounded;

impl Channel for Bounded {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn fits(capacity: Capacity, senders: usize) -> bool {
        capacity.bound().is_some_and(|bound| bound >= senders)
    }

    fn open(capacity: Capacity, senders: usize) -> (Self::Tx, Self::Rx) {
        channel(capacity.bound().expect("a bound") - senders)
    }

    fn another(tx: &Self::Tx) -> Self::Tx {
        tx.clone()
    }
}

impl Channel for Unbounded {
    type Tx = UnboundedSender<u64>;
    type Rx = UnboundedReceiver<u64>;

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

impl Awaited for Bounded {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        // What `feed` does; `send` also waits until there is room again.
        let ready = poll_fn(|cx| tx.poll_ready(cx)).await;
        ready.is_ok() && tx.start_send(value).is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.next().await
    }
}

impl Awaited for Unbounded {
    async fn send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.unbounded_send(value).is_ok()
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.next().await
    }
}

impl Trying for Bounded {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

impl Trying for Unbounded {
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool {
        tx.unbounded_send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }
}

pub(super) fn enter(roster: &mut Roster) {
    const NAME: &str = "futures";
    roster.awaits::<Bounded>(NAME, Role::Peer);
    roster.awaits::<Unbounded>(NAME, Role::Peer);
    roster.tries::<Bounded>(NAME, Role::Peer);
    roster.tries::<Unbounded>(NAME, Role::Peer);
}

#[cfg(test)]
#[test]
fn exact() {
    super::tests::assert_exact::<Bounded>(&[1, 8, 64, 1024]);
}
