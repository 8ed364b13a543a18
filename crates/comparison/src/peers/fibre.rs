//! fibre, its `mpsc`: threads and tasks, any capacity; a type of its own for each.

use fibre::mpsc::rendezvous::{rendezvous, rendezvous_async};
use fibre::mpsc::{
    BoundedAsyncReceiver, BoundedAsyncSender, BoundedSyncReceiver, BoundedSyncSender,
    RendezvousAsyncReceiver, RendezvousAsyncSender, RendezvousSyncReceiver, RendezvousSyncSender,
    UnboundedAsyncReceiver, UnboundedAsyncSender, UnboundedSyncReceiver, UnboundedSyncSender,
    bounded, bounded_async, unbounded, unbounded_async,
};

use crate::cells::Capacity;

contestant! {
    Peer "fibre";

    RendezvousThreads(RendezvousSyncSender<u64>, RendezvousSyncReceiver<u64>) {
        open { Capacity::Bounded(0) => rendezvous() }
        blocks
    }

    BoundedThreads(BoundedSyncSender<u64>, BoundedSyncReceiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => bounded(bound) }
        blocks
        tries
    }

    UnboundedThreads(UnboundedSyncSender<u64>, UnboundedSyncReceiver<u64>) {
        open { Capacity::Unbounded => unbounded() }
        blocks
        tries
    }

    RendezvousTasks(RendezvousAsyncSender<u64>, RendezvousAsyncReceiver<u64>) {
        open { Capacity::Bounded(0) => rendezvous_async() }
        awaits
    }

    BoundedTasks(BoundedAsyncSender<u64>, BoundedAsyncReceiver<u64>) {
        open { Capacity::Bounded(bound @ 1..) => bounded_async(bound) }
        awaits
    }

    UnboundedTasks(UnboundedAsyncSender<u64>, UnboundedAsyncReceiver<u64>) {
        open { Capacity::Unbounded => unbounded_async() }
        awaits
    }
}
