//! The standard library's channels: threads, any capacity.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::cells::Capacity;

contestant! {
    Peer "std";

    Bounded(SyncSender<u64>, Receiver<u64>) {
        open { Capacity::Bounded(bound) => sync_channel(bound) }
        blocks
        tries
    }

    Unbounded(Sender<u64>, Receiver<u64>) {
        open { Capacity::Unbounded => channel() }
        blocks
        tries { |tx, value| tx.send(value).is_ok(), |rx| rx.try_recv().ok() }
    }
}
