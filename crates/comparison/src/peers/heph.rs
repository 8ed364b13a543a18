//! heph-inbox: tasks, bounded by 1 to 29.

use heph_inbox::{MAX_CAP, MIN_CAP, Receiver, Sender};

use crate::cells::Capacity;

contestant! {
    Peer "heph-inbox";

    Inbox(Sender<u64>, Receiver<u64>) {
        open { Capacity::Bounded(bound @ MIN_CAP..=MAX_CAP) => heph_inbox::new(bound) }
        awaits { |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await }
        tries
    }
}
