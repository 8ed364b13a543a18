//! What an inbox weighs, and that waiting weighs nothing.

use std::pin::pin;
use std::time::Duration;

use waterway::inbox;

use crate::support::memory::{assert_installed, growth};
use crate::support::{Ledger, Probe, assert_pending, poll_noop, spawn_sleeper};

/// What heph-inbox 0.2.3 allocates: a header of 120 bytes and the slots, to the alignment.
fn heph<T>(capacity: usize) -> isize {
    let align = align_of::<T>().max(8);
    (120_usize.next_multiple_of(align) + capacity * size_of::<T>()).next_multiple_of(align) as isize
}

fn weighs_less<T>() {
    // So many it can have.
    for capacity in 1..=29 {
        let (_ends, grown) = growth(|| inbox::bounded::<T>(capacity));
        let name = std::any::type_name::<T>();
        assert_eq!(grown.calls, 1, "{name}, {capacity}");
        assert!(
            grown.bytes < heph::<T>(capacity),
            "{name}, {capacity}: {grown:?}"
        );
    }
}

#[test]
fn one_allocation_smaller_than_hephs() {
    assert_installed();
    weighs_less::<()>();
    weighs_less::<u8>();
    weighs_less::<[u16; 3]>();
    weighs_less::<u32>();
    weighs_less::<u64>();
    weighs_less::<[u64; 5]>();
    weighs_less::<Box<dyn FnOnce()>>();
    assert_eq!(size_of::<inbox::Sender<u64>>(), size_of::<usize>());
    assert_eq!(size_of::<inbox::Receiver<u64>>(), size_of::<usize>());
    assert_eq!(
        size_of::<Option<inbox::WeakSender<u64>>>(),
        size_of::<usize>()
    );
}

#[test]
fn waiting_allocates_nothing() {
    let ledger = Ledger::with_room(64);
    let probe = Probe::new();
    let waker = probe.waker();
    let ((), grown) = growth(|| {
        let (sender, mut receiver) = inbox::bounded(2);
        {
            let mut recv = pin!(receiver.recv());
            assert_pending(recv.as_mut(), &waker);
        }
        let mut closed = pin!(sender.closed());
        assert_pending(closed.as_mut(), &waker);
        for id in 0..2 {
            sender.try_send(ledger.make(id)).unwrap();
        }
        let mut first = pin!(sender.send(ledger.make(2)));
        let mut second = pin!(sender.clone().send_owned(ledger.make(3)));
        assert_pending(first.as_mut(), &waker);
        assert_pending(second.as_mut(), &waker);
        for _ in 0..100 {
            assert_pending(first.as_mut(), &waker);
        }
        assert_eq!(receiver.try_iter().count(), 4);
        assert!(poll_noop(first.as_mut()).is_ready());
        assert!(poll_noop(second.as_mut()).is_ready());
        drop(receiver);
        assert!(poll_noop(closed.as_mut()).is_ready());
    });
    assert_eq!((grown.calls, grown.bytes), (1, 0), "the inbox itself");
    drop(waker);
    assert_eq!(probe.refs(), 0);
    ledger.assert_all_dropped();
}

#[test]
fn a_thread_that_waits_allocates_nothing() {
    let (sender, mut receiver) = inbox::bounded(1);
    let thread = spawn_sleeper(move || {
        // What a thread needs to be woken at all is made once.
        let (_open, mut other) = inbox::small::<u8>();
        assert!(other.recv().wait_timeout(Duration::from_millis(1)).is_err());
        let (got, grown) = growth(|| receiver.recv().wait());
        (got, grown.calls)
    });
    thread.wait_asleep();
    sender.send(1).wait().unwrap();
    assert_eq!(thread.join(), (Some(1), 0));
}
