//! waterway, its `mpsc`, and its `mpmc` for several receivers: threads and tasks, any capacity, one
//! pair of types.

use waterway::mpmc;
use waterway::mpsc::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;

contestant! {
    Ours "waterway";

    Waterway(Sender<u64>, Receiver<u64>) {
        open {
            Capacity::Bounded(bound) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks { |tx, value| tx.send(value).wait().is_ok(), |rx| rx.recv().wait() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }

    Many(mpmc::Sender<u64>, mpmc::Receiver<u64>; 2..) {
        open {
            Capacity::Bounded(bound) => mpmc::bounded(bound),
            Capacity::Unbounded => mpmc::unbounded(),
        }
        blocks { |tx, value| tx.send(value).wait().is_ok(), |rx| rx.recv().wait() }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }
}
