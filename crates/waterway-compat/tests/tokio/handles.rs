//! Numbers, and handles.

use crate::help::boxed;
use crate::support::{Probe, assert_pending, assert_ready, block_on};
use crate::sut::mpsc::{WeakSender, WeakUnboundedSender, channel, unbounded_channel};

#[test]
fn k22_the_capacity_is_what_is_left() {
    let (tx, mut rx) = channel(4);
    let both = |expected: usize, rx: &crate::sut::mpsc::Receiver<u8>| {
        assert_eq!((tx.capacity(), rx.capacity()), (expected, expected));
    };
    both(4, &rx);
    tx.try_send(1).expect("room");
    both(3, &rx);
    let permit = tx.try_reserve().expect("room");
    both(2, &rx);
    permit.send(2);
    both(2, &rx);
    let permits = tx.try_reserve_many(2).expect("room");
    both(0, &rx);
    drop(permits);
    both(2, &rx);
    assert_eq!(rx.try_recv(), Ok(1));
    both(3, &rx);
    rx.close();
    both(3, &rx);
    assert_eq!(rx.try_recv(), Ok(2));
    both(4, &rx);
}

#[test]
fn k22_nothing_is_left_while_somebody_waits() {
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let mut waits = boxed(tx.send(2));
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(1));
    // It is given to who waits.
    assert_eq!(tx.capacity(), 0);
    assert_eq!(assert_ready(waits.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(tx.capacity(), 0);
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(tx.capacity(), 1);
}

#[test]
fn k23_the_bound_stays() {
    let (tx, rx) = channel(3);
    tx.try_send(1).expect("room");
    assert_eq!((tx.max_capacity(), rx.max_capacity()), (3, 3));
    drop(rx);
    assert_eq!(tx.max_capacity(), 3);
}

#[test]
fn k26_senders_know_one_another() {
    let (tx, _rx) = channel::<u8>(1);
    let (other, _other_rx) = channel::<u8>(1);
    assert!(tx.same_channel(&tx.clone()));
    assert!(!tx.same_channel(&other));
}

#[test]
fn k27_a_weak_sender_keeps_nothing_open() {
    let (tx, mut rx) = channel::<u8>(1);
    let weak: WeakSender<u8> = tx.downgrade();
    drop(tx);
    assert!(rx.is_closed());
    assert_eq!(block_on(rx.recv()), None);
    assert!(weak.upgrade().is_none());
}

#[test]
fn k28_a_weak_sender_becomes_one_while_there_is_one() {
    let (tx, mut rx) = channel(1);
    let weak = tx.downgrade();
    let strong = weak.upgrade().expect("there is one");
    drop(tx);
    // Whatever became of the receiver.
    rx.close();
    assert!(weak.upgrade().is_some_and(|tx| tx.is_closed()));
    drop(rx);
    assert!(weak.upgrade().is_some_and(|tx| tx.try_send(1).is_err()));
    drop(strong);
    assert!(weak.upgrade().is_none());
    assert!(weak.clone().upgrade().is_none(), "for ever");
}

#[test]
fn k29_weak_senders_are_counted_cloned_and_shown() {
    let (tx, _rx) = channel::<u8>(1);
    let weak = tx.downgrade();
    let other = weak.clone();
    assert_eq!((weak.strong_count(), weak.weak_count()), (1, 2));
    drop(other);
    assert_eq!(weak.weak_count(), 1);
    assert_eq!(format!("{weak:?}"), "WeakSender");
    drop(tx);
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
}

#[test]
fn k30_handles_are_counted() {
    let (tx, rx) = channel::<u8>(1);
    let other = tx.clone();
    let weak = tx.downgrade();
    assert_eq!((tx.strong_count(), tx.weak_count()), (2, 1));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (2, 1));
    drop((tx, weak));
    assert_eq!((other.strong_count(), other.weak_count()), (1, 0));
    drop(other);
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (0, 0));
}

#[test]
fn k47_the_unbounded_sender_has_the_same_methods() {
    let (tx, mut rx) = unbounded_channel::<u8>();
    let (stranger, _other_rx) = unbounded_channel::<u8>();
    let other = tx.clone();
    let weak = tx.downgrade();
    assert!(tx.same_channel(&other) && !tx.same_channel(&stranger));
    assert_eq!((tx.strong_count(), tx.weak_count()), (2, 1));
    let probe = Probe::new();
    let mut end = boxed(tx.closed());
    assert_pending(end.as_mut(), &probe.waker());
    assert!(!tx.is_closed());
    rx.close();
    assert_eq!(probe.wakes(), 1);
    assert_ready(end.as_mut(), &probe.waker());
    assert!(tx.is_closed() && weak.upgrade().is_some());
}

#[test]
fn k49_the_unbounded_weak_sender_has_the_same_methods() {
    let (tx, mut rx) = unbounded_channel();
    let weak: WeakUnboundedSender<u8> = tx.downgrade();
    let other = weak.clone();
    assert_eq!((weak.strong_count(), other.weak_count()), (1, 2));
    weak.upgrade().expect("there is one").send(1).expect("open");
    assert_eq!(format!("{weak:?}"), "WeakUnboundedSender");
    drop(tx);
    assert!(weak.upgrade().is_none());
    assert_eq!((weak.strong_count(), rx.sender_weak_count()), (0, 2));
    assert_eq!((block_on(rx.recv()), block_on(rx.recv())), (Some(1), None));
}
