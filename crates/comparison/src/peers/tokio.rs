//! tokio, its `mpsc`: tasks, and threads by its `blocking_*` methods; any capacity but 0.

use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};

use crate::cells::Capacity;

contestant! {
    Peer "tokio";

    pub(super) Bounded(Sender<u64>, Receiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => channel(bound) }
        blocks { |tx, value| tx.blocking_send(value).is_ok(), |rx| rx.blocking_recv() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Unbounded(UnboundedSender<u64>, UnboundedReceiver<u64>) {
        open { Capacity::Unbounded => unbounded_channel() }
        blocks { |tx, value| tx.send(value).is_ok(), |rx| rx.blocking_recv() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await }
        tries { |tx, value| tx.send(value).is_ok(), |rx| rx.try_recv().ok() }
    }
}
