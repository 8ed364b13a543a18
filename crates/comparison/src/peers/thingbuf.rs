//! thingbuf, its `mpsc`: threads and tasks, bounded by at least 1.

use thingbuf::mpsc::{self, blocking};

use crate::cells::Capacity;

contestant! {
    Peer "thingbuf";

    Threads(blocking::Sender<u64>, blocking::Receiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => blocking::channel(bound) }
        blocks { |tx, value| tx.send(value).is_ok(), |rx| rx.recv() }
        tries
    }

    Tasks(mpsc::Sender<u64>, mpsc::Receiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => mpsc::channel(bound) }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
    }
}
