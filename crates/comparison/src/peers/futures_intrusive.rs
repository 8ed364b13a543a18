//! futures-intrusive, its shared channel: tasks, any bound.

use futures_intrusive::channel::shared::{
    Receiver, Sender, UnbufferedReceiver, UnbufferedSender, channel, unbuffered_channel,
};

use crate::cells::Capacity;

contestant! {
    Peer "futures-intrusive";

    Unbuffered(UnbufferedSender<u64>, UnbufferedReceiver<u64>; 1..) {
        open { Capacity::Bounded(0) => unbuffered_channel() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.receive().await }
    }

    Bounded(Sender<u64>, Receiver<u64>; 1..) {
        open { Capacity::Bounded(bound @ 1..) => channel(bound) }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.receive().await }
        tries { |tx, value| tx.try_send(value).is_ok(), |rx| rx.try_receive().ok() }
    }
}
