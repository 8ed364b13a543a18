//! async-channel: tasks, and threads by its `*_blocking` methods; any capacity but 0.

use async_channel::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;

contestant! {
    Peer "async-channel";

    pub(super) AsyncChannel(Sender<u64>, Receiver<u64>; 1..) {
        open {
            Capacity::Bounded(bound @ 1..) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks { |tx, value| tx.send_blocking(value).is_ok(), |rx| rx.recv_blocking().ok() }
        awaits
        tries
    }
}
