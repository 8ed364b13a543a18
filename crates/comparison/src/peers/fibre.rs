//! fibre, its `mpsc`, its `mpmc` for several receivers, and its `spsc`, which has a bound: threads
//! and tasks, any capacity; a type of its own for each.

use fibre::mpsc::rendezvous::{rendezvous, rendezvous_async};
use fibre::mpsc::{
    BoundedAsyncReceiver, BoundedAsyncSender, BoundedSyncReceiver, BoundedSyncSender,
    RendezvousAsyncReceiver, RendezvousAsyncSender, RendezvousSyncReceiver, RendezvousSyncSender,
    UnboundedAsyncReceiver, UnboundedAsyncSender, UnboundedSyncReceiver, UnboundedSyncSender,
    bounded, bounded_async, unbounded, unbounded_async,
};
use fibre::{mpmc, spsc};

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

    ManyRendezvousThreads(
        mpmc::RendezvousSyncSender<u64>, mpmc::RendezvousSyncReceiver<u64>; 2..
    ) {
        open { Capacity::Bounded(0) => mpmc::rendezvous::rendezvous() }
        blocks
    }

    ManyBoundedThreads(mpmc::Sender<u64>, mpmc::Receiver<u64>; 2..) {
        open { Capacity::Bounded(bound @ 1..) => mpmc::bounded(bound) }
        blocks
        tries
    }

    ManyUnboundedThreads(
        mpmc::UnboundedSyncSender<u64>, mpmc::UnboundedSyncReceiver<u64>; 2..
    ) {
        open { Capacity::Unbounded => mpmc::unbounded() }
        blocks
    }

    ManyRendezvousTasks(
        mpmc::RendezvousAsyncSender<u64>, mpmc::RendezvousAsyncReceiver<u64>; 2..
    ) {
        open { Capacity::Bounded(0) => mpmc::rendezvous::rendezvous_async() }
        awaits
    }

    ManyBoundedTasks(mpmc::AsyncSender<u64>, mpmc::AsyncReceiver<u64>; 2..) {
        open { Capacity::Bounded(bound @ 1..) => mpmc::bounded_async(bound) }
        awaits
    }

    ManyUnboundedTasks(
        mpmc::UnboundedAsyncSender<u64>, mpmc::UnboundedAsyncReceiver<u64>; 2..
    ) {
        open { Capacity::Unbounded => mpmc::unbounded_async() }
        awaits
    }
    OneRendezvousThreads(
        spsc::RendezvousSyncSender<u64>, spsc::RendezvousSyncReceiver<u64>; Spsc
    ) {
        open { Capacity::Bounded(0) => spsc::rendezvous::rendezvous() }
        blocks
    }

    OneBoundedThreads(spsc::BoundedSyncSender<u64>, spsc::BoundedSyncReceiver<u64>; Spsc) {
        open { Capacity::Bounded(bound @ 1..) => spsc::bounded_sync(bound) }
        blocks
        tries
    }

    OneRendezvousTasks(
        spsc::RendezvousAsyncSender<u64>, spsc::RendezvousAsyncReceiver<u64>; Spsc
    ) {
        open { Capacity::Bounded(0) => spsc::rendezvous::rendezvous_async() }
        awaits
    }

    OneBoundedTasks(spsc::BoundedAsyncSender<u64>, spsc::BoundedAsyncReceiver<u64>; Spsc) {
        open { Capacity::Bounded(bound @ 1..) => spsc::bounded_async(bound) }
        awaits
    }
}
