//! asyncband, its `mpsc`, and its `mpmc` for several receivers: tasks, any capacity but 0.

use asyncband::mpmc;
use asyncband::mpsc::{
    BoundedReceiver, BoundedSender, UnboundedReceiver, UnboundedSender, bounded, unbounded,
};

use crate::cells::Capacity;

contestant! {
    Peer "asyncband";

    Bounded(BoundedSender<u64>, BoundedReceiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => bounded(bound) }
        awaits
        tries
    }

    Unbounded(UnboundedSender<u64>, UnboundedReceiver<u64>) {
        open { Capacity::Unbounded => unbounded() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await.ok() }
        tries { |tx, value| tx.send(value).is_ok(), |rx| rx.try_recv().ok() }
    }

    ManyBounded(mpmc::BoundedSender<u64>, mpmc::BoundedReceiver<u64>; 2..) {
        open { Capacity::Bounded(bound @ 1..) => mpmc::bounded(bound) }
        awaits
        tries
    }

    ManyUnbounded(mpmc::UnboundedSender<u64>, mpmc::UnboundedReceiver<u64>; 2..) {
        open { Capacity::Unbounded => mpmc::unbounded() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await.ok() }
    }
}
