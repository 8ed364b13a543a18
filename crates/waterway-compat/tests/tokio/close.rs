//! The end, from the receiver's side.

use std::sync::Arc;

use crate::help::boxed;
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, catch};
use crate::sut::mpsc::error::{SendError, TrySendError};
use crate::sut::mpsc::{channel, unbounded_channel};

#[test]
fn k24_all_who_wait_for_the_end_are_told() {
    for drops in [false, true] {
        let (tx, rx) = channel::<u8>(1);
        let other = tx.clone();
        let probes = [Probe::new(), Probe::new(), Probe::new()];
        let mut waits = [
            boxed(tx.closed()),
            boxed(tx.closed()),
            boxed(other.closed()),
        ];
        for (wait, probe) in waits.iter_mut().zip(&probes) {
            assert_pending(wait.as_mut(), &probe.waker());
        }
        // One that is dropped takes nothing along.
        let mut cancelled = boxed(tx.closed());
        assert_pending(cancelled.as_mut(), &Probe::new().waker());
        drop(cancelled);
        let rx = if drops {
            drop(rx);
            None
        } else {
            let mut rx = rx;
            rx.close();
            Some(rx)
        };
        for (wait, probe) in waits.iter_mut().zip(&probes) {
            assert_eq!(probe.wakes(), 1);
            assert_ready(wait.as_mut(), &probe.waker());
        }
        block_on(tx.closed());
        drop(rx);
    }
}

#[test]
fn k25_a_sender_asks_whether_the_receiver_is_there() {
    let (tx, mut rx) = channel::<u8>(1);
    drop(tx.clone());
    assert!(!tx.is_closed());
    rx.close();
    assert!(tx.is_closed());
    let (tx, rx) = channel::<u8>(1);
    drop(rx);
    assert!(tx.is_closed());
}

#[test]
fn k36_a_close_ends_sending_and_leaves_what_is_there() {
    let (tx, mut rx) = channel(3);
    tx.try_send(1).expect("room");
    let permit = tx.try_reserve().expect("room");
    let mut waits = boxed(tx.reserve_many(3));
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    rx.close();
    rx.close();
    assert_eq!(probe.wakes(), 1);
    let end = assert_ready(waits.as_mut(), &probe.waker()).err();
    assert_eq!(end, Some(SendError(())));
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    permit.send(3);
    assert_eq!(block_on(rx.recv()), Some(1));
    assert_eq!(block_on(rx.recv()), Some(3));
    assert_eq!(block_on(rx.recv()), None);
}

#[test]
fn k37_a_reservation_that_was_granted_and_did_not_come_fails() {
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let probe = Probe::new();
    let mut waits = boxed(tx.reserve());
    let mut sends = boxed(tx.send(2));
    assert_pending(waits.as_mut(), &probe.waker());
    assert_pending(sends.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(probe.wakes(), 1, "there is room for the first");
    rx.close();
    assert!(assert_ready(waits.as_mut(), &probe.waker()).is_err());
    assert_eq!(
        assert_ready(sends.as_mut(), &probe.waker()),
        Err(SendError(2))
    );
    assert_eq!(block_on(rx.recv()), None);
}

/// In the original a reservation holds what it was granted, and what it has of many, and the end waits for it.
#[cfg(not(feature = "original"))]
#[test]
fn k37_a_reservation_that_did_not_come_delays_no_end() {
    let (tx, mut rx) = channel::<u8>(2);
    let permit = tx.try_reserve().expect("room");
    let probe = Probe::new();
    let mut many = boxed(tx.reserve_many(2));
    assert_pending(many.as_mut(), &probe.waker());
    rx.close();
    let mut last = boxed(rx.recv());
    assert_pending(last.as_mut(), &probe.waker());
    drop(permit);
    assert_eq!(assert_ready(last.as_mut(), &probe.waker()), None);
    assert!(assert_ready(many.as_mut(), &probe.waker()).is_err());
}

#[test]
fn k38_a_receiver_asks_whether_the_end_was_said() {
    let (tx, mut rx) = channel(1);
    assert!(!rx.is_closed());
    tx.try_send(1).expect("room");
    rx.close();
    assert!(rx.is_closed() && !rx.is_empty());
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    drop(tx);
    assert!(rx.is_closed() && !rx.is_empty());
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn k40_the_receiver_takes_all_messages_along() {
    let ledger = Ledger::new();
    let (tx, mut rx) = channel(8);
    let (bare, mut ends) = unbounded_channel();
    for id in 0..5 {
        tx.try_send(ledger.make(id)).expect("room");
        bare.send(ledger.make(id)).expect("open");
    }
    let (probe, other) = (Probe::new(), Probe::new());
    for _ in 0..5 {
        drop((rx.try_recv(), ends.try_recv()));
    }
    let mut next = boxed(rx.recv());
    assert_pending(next.as_mut(), &probe.waker());
    drop(next);
    let waker = other.waker();
    assert!(
        ends.poll_recv(&mut std::task::Context::from_waker(&waker))
            .is_pending()
    );
    drop(waker);
    assert_eq!(other.refs(), 1);
    let held = tx.try_reserve_many(8).expect("all of it");
    drop(held);
    for id in 5..9 {
        tx.try_send(ledger.make(id)).expect("room");
    }
    drop((rx, ends));
    ledger.assert_all_dropped();
    assert_eq!((probe.refs(), other.refs()), (0, 0), "no waker is kept");
    assert_eq!(tx.capacity(), 8, "the room is there again");
    assert!(tx.is_closed() && bare.is_closed());
}

#[test]
fn k40_a_destructor_that_panics_leaves_no_message_behind() {
    struct Wild(#[allow(dead_code, reason = "it is counted")] Arc<()>, bool);
    impl Drop for Wild {
        fn drop(&mut self) {
            if self.1 && !std::thread::panicking() {
                panic!("a wild destructor");
            }
        }
    }
    let count = Arc::new(());
    let (tx, rx) = channel(8);
    for index in 0..5 {
        let sent = tx.try_send(Wild(count.clone(), index == 2));
        assert!(sent.is_ok());
    }
    let said = catch(|| drop(rx)).expect_err("it panics");
    assert_eq!(said, "a wild destructor");
    assert_eq!(Arc::strong_count(&count), 1);
    assert!(tx.is_closed());
}
