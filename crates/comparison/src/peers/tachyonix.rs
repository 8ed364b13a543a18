//! tachyonix: tasks, bounded by at least 1.

use tachyonix::{Receiver, Sender, channel};

use crate::cells::Capacity;

contestant! {
    Peer "tachyonix";

    Tachyonix(Sender<u64>, Receiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => channel(bound) }
        awaits
        tries
    }
}
