//! kanal: threads and tasks, any capacity.

use kanal::{
    AsyncReceiver, AsyncSender, Receiver, Sender, bounded, bounded_async, unbounded,
    unbounded_async,
};

use crate::cells::Capacity;

contestant! {
    Peer "kanal";

    Threads(Sender<u64>, Receiver<u64>; 1..) {
        open {
            Capacity::Bounded(bound) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks
        tries {
            |tx, value| matches!(tx.try_send(value), Ok(true)),
            |rx| rx.try_recv().ok().flatten()
        }
    }

    Tasks(AsyncSender<u64>, AsyncReceiver<u64>; 1..) {
        open {
            Capacity::Bounded(bound) => bounded_async(bound),
            Capacity::Unbounded => unbounded_async(),
        }
        awaits
    }
}
