//! crossfire, its `mpsc`, its `mpmc` for several receivers, and its `spsc`: threads and tasks, any
//! capacity but 0 (which it takes for 1).

use crossfire::mpsc::{
    Array, List, bounded_async, bounded_blocking, unbounded_async, unbounded_blocking,
};
use crossfire::{AsyncRx, AsyncTx, MAsyncRx, MAsyncTx, MRx, MTx, Rx, Tx, mpmc, spsc};

use crate::cells::Capacity;

contestant! {
    // Its README asks programs to call this once.
    Peer "crossfire" { crossfire::detect_backoff_cfg() };

    pub(super) BoundedThreads(MTx<Array<u64>>, Rx<Array<u64>>) {
        open { Capacity::Bounded(bound @ 1..) => bounded_blocking(bound) }
        blocks
        tries
    }

    UnboundedThreads(MTx<List<u64>>, Rx<List<u64>>) {
        open { Capacity::Unbounded => unbounded_blocking() }
        blocks
        tries
    }

    pub(super) BoundedTasks(MAsyncTx<Array<u64>>, AsyncRx<Array<u64>>) {
        open { Capacity::Bounded(bound @ 1..) => bounded_async(bound) }
        awaits
    }

    UnboundedTasks(MTx<List<u64>>, AsyncRx<List<u64>>) {
        open { Capacity::Unbounded => unbounded_async() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await.ok() }
    }

    ManyBoundedThreads(MTx<mpmc::Array<u64>>, MRx<mpmc::Array<u64>>; 2..) {
        open { Capacity::Bounded(bound @ 1..) => mpmc::bounded_blocking(bound) }
        blocks
        tries
    }

    ManyUnboundedThreads(MTx<mpmc::List<u64>>, MRx<mpmc::List<u64>>; 2..) {
        open { Capacity::Unbounded => mpmc::unbounded_blocking() }
        blocks
    }

    ManyBoundedTasks(MAsyncTx<mpmc::Array<u64>>, MAsyncRx<mpmc::Array<u64>>; 2..) {
        open { Capacity::Bounded(bound @ 1..) => mpmc::bounded_async(bound) }
        awaits
    }

    ManyUnboundedTasks(MTx<mpmc::List<u64>>, MAsyncRx<mpmc::List<u64>>; 2..) {
        open { Capacity::Unbounded => mpmc::unbounded_async() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await.ok() }
    }
    OneBoundedThreads(Tx<spsc::Array<u64>>, Rx<spsc::Array<u64>>; Spsc) {
        open { Capacity::Bounded(bound @ 1..) => spsc::bounded_blocking(bound) }
        blocks
        tries
    }

    OneUnboundedThreads(Tx<spsc::List<u64>>, Rx<spsc::List<u64>>; Spsc) {
        open { Capacity::Unbounded => spsc::unbounded_blocking() }
        blocks
        tries
    }

    OneBoundedTasks(AsyncTx<spsc::Array<u64>>, AsyncRx<spsc::Array<u64>>; Spsc) {
        open { Capacity::Bounded(bound @ 1..) => spsc::bounded_async(bound) }
        awaits
    }

    OneUnboundedTasks(Tx<spsc::List<u64>>, AsyncRx<spsc::List<u64>>; Spsc) {
        open { Capacity::Unbounded => spsc::unbounded_async() }
        awaits { |tx, value| tx.send(value).is_ok(), |rx| rx.recv().await.ok() }
    }
}
