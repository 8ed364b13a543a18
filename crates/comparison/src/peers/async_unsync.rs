//! async-unsync: tasks of one thread, any capacity but 0.

use async_unsync::bounded::{self, Receiver, Sender};
use async_unsync::unbounded::{self, UnboundedReceiver, UnboundedSender};

use crate::cells::Capacity;

contestant! {
    Peer "async-unsync";

    Bounded(Sender<u64>, Receiver<u64>; Local) {
        open { Capacity::Bounded(bound @ 1..) => bounded::channel(bound).into_split() }
        polls { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Unbounded(UnboundedSender<u64>, UnboundedReceiver<u64>; Local) {
        open { Capacity::Unbounded => unbounded::channel().into_split() }
        polls { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await }
        tries { |tx, value| tx.send(value).is_ok(), |rx| rx.try_recv().ok() }
    }
}
