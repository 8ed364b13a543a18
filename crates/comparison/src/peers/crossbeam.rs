//! crossbeam-channel: threads, any capacity.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::cells::Capacity;

contestant! {
    Peer "crossbeam";

    pub(super) Crossbeam(Sender<u64>, Receiver<u64>; 1..) {
        open {
            Capacity::Bounded(bound) => bounded(bound),
            Capacity::Unbounded => unbounded(),
        }
        blocks
        tries
    }
}
