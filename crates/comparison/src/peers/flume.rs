//! flume: threads and tasks, any capacity.

use flume::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;

contestant! {
    Peer "flume";

    pub(super) Flume(Sender<u64>, Receiver<u64>; 1..) {
        open {
            Capacity::Bounded(bound) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks
        awaits { |tx, value| tx.send_async(value).await.is_ok(), |rx| rx.recv_async().await.ok() }
        tries
    }
}
