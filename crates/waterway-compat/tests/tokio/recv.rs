//! How messages are received.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use crate::help::{boxed, guarded};
#[cfg(target_os = "linux")]
use crate::support::Victim;
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on};
use crate::sut::mpsc::error::TryRecvError;
use crate::sut::mpsc::{channel, unbounded_channel};

#[test]
fn k31_a_receive_waits_for_a_message_or_the_end() {
    let (tx, mut rx) = channel(2);
    let probe = Probe::new();
    let mut next = boxed(rx.recv());
    assert_pending(next.as_mut(), &probe.waker());
    tx.try_send(1).expect("room");
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(next.as_mut(), &probe.waker()), Some(1));
    drop(next);
    tx.try_send(2).expect("room");
    drop(tx);
    assert_eq!(block_on(rx.recv()), Some(2));
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(block_on(rx.recv()), None, "for ever");
}

#[test]
fn k31_the_end_comes_after_the_last_permit() {
    let (tx, mut rx) = channel(1);
    let permit = tx.try_reserve().expect("room");
    rx.close();
    let probe = Probe::new();
    let mut next = boxed(rx.recv());
    assert_pending(next.as_mut(), &probe.waker());
    permit.send(1);
    assert_eq!(assert_ready(next.as_mut(), &probe.waker()), Some(1));
    drop(next);
    assert_eq!(block_on(rx.recv()), None);
}

#[test]
fn k31_a_cancelled_receive_has_taken_nothing() {
    let (tx, mut rx) = channel(1);
    let probe = Probe::new();
    let mut next = boxed(rx.recv());
    assert_pending(next.as_mut(), &probe.waker());
    tx.try_send(1).expect("room");
    drop(next);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(probe.refs(), 0, "and keeps no waker");
}

#[test]
fn k32_many_are_received_at_once() {
    let (tx, mut rx) = channel(8);
    for number in 0..5 {
        tx.try_send(number).expect("room");
    }
    let mut buffer = Vec::new();
    assert_eq!(block_on(rx.recv_many(&mut buffer, 3)), 3);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 3)), 2);
    assert_eq!(buffer, [0, 1, 2, 3, 4]);
    // Nothing there: it waits for the first only.
    let probe = Probe::new();
    let mut many = boxed(rx.recv_many(&mut buffer, 3));
    assert_pending(many.as_mut(), &probe.waker());
    tx.try_send(5).expect("room");
    assert_eq!(assert_ready(many.as_mut(), &probe.waker()), 1);
    drop(many);
    assert_eq!(buffer.last(), Some(&5));
    // A limit of 0 is no wait, and no end.
    assert_eq!(block_on(rx.recv_many(&mut buffer, 0)), 0);
    drop(tx);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 3)), 0);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 0)), 0);
    assert_eq!(buffer.len(), 6);
}

#[test]
fn k32_a_cancelled_receive_of_many_has_taken_nothing() {
    let (tx, mut rx) = unbounded_channel();
    let mut buffer = Vec::new();
    let mut many = boxed(rx.recv_many(&mut buffer, 3));
    assert_pending(many.as_mut(), &Probe::new().waker());
    tx.send(1).expect("open");
    drop(many);
    assert!(buffer.is_empty());
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn k33_a_receive_at_once_is_empty_or_disconnected() {
    let (tx, mut rx) = channel(2);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.try_send(1).expect("room");
    let permit = tx.try_reserve().expect("room");
    rx.close();
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "a permit is out");
    drop(permit);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    drop(tx);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

/// A send that was completed is seen, whatever other sends are in the middle of: one of two senders is held up, by a
/// signal, again and again.
#[cfg(target_os = "linux")]
#[test]
fn k33_what_was_sent_is_never_missed() {
    const COUNT: usize = 3_000;
    /// Long in the middle of being sent: the memory that it is moved to was never touched before.
    struct Large(
        usize,
        #[allow(dead_code, reason = "some bytes")] [u8; 64 * 1024],
    );
    guarded("k33_what_was_sent_is_never_missed", || {
        let (tx, mut rx) = unbounded_channel();
        let sent = AtomicUsize::new(0);
        // Of either sender, lest one of them leaves no room to the other.
        let there = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let of = |number| &there[usize::from(number == 0)];
        let send = |number| {
            while of(number).load(Ordering::Relaxed) > 32 {
                std::thread::yield_now();
            }
            of(number).fetch_add(1, Ordering::Relaxed);
            tx.send(Large(number, [1; 64 * 1024])).is_ok()
        };
        let send_all = || {
            for number in 1..=COUNT {
                assert!(send(number));
                sent.store(number, Ordering::Release);
            }
        };
        // Until the receiver has had enough.
        let send_more = || {
            let _victim = Victim::here();
            while send(0) {}
        };
        let receive_all = || {
            let (mut seen, mut missed) = (0, 0);
            let mut next = || {
                let Large(number, _) = rx.try_recv().ok()?;
                of(number).fetch_sub(1, Ordering::Relaxed);
                Some(number)
            };
            while seen < COUNT {
                let so_far = sent.load(Ordering::Acquire);
                while seen < so_far {
                    match next() {
                        Some(number) => seen = seen.max(number),
                        None => missed += 1,
                    }
                }
                match next() {
                    Some(number) => seen = seen.max(number),
                    None => std::thread::yield_now(),
                }
            }
            rx.close();
            of(0).store(0, Ordering::Relaxed);
            assert_eq!(missed, 0, "messages that were sent were not there");
        };
        // In a build without optimisation a message is copied from frame to frame.
        let roomy = || std::thread::Builder::new().stack_size(64 << 20);
        let run = || {
            std::thread::scope(|scope| {
                let threads = [
                    roomy().spawn_scoped(scope, send_all),
                    roomy().spawn_scoped(scope, send_more),
                    roomy().spawn_scoped(scope, receive_all),
                ];
                assert!(threads.iter().all(Result::is_ok));
            });
        };
        crate::support::harassed(std::time::Duration::from_micros(200), run);
    });
}

#[test]
fn k35_a_poll_keeps_the_latest_waker() {
    let (tx, mut rx) = channel(4);
    let (old, new) = (Probe::new(), Probe::new());
    let (old_waker, new_waker) = (old.waker(), new.waker());
    assert!(
        rx.poll_recv(&mut Context::from_waker(&old_waker))
            .is_pending()
    );
    assert!(
        rx.poll_recv(&mut Context::from_waker(&new_waker))
            .is_pending()
    );
    tx.try_send(1).expect("room");
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    let mut context = Context::from_waker(&new_waker);
    assert_eq!(rx.poll_recv(&mut context), Poll::Ready(Some(1)));
    let mut buffer = Vec::new();
    assert!(rx.poll_recv_many(&mut context, &mut buffer, 9).is_pending());
    assert_eq!(
        rx.poll_recv_many(&mut context, &mut buffer, 0),
        Poll::Ready(0)
    );
    tx.try_send(2).expect("room");
    tx.try_send(3).expect("room");
    assert_eq!(
        rx.poll_recv_many(&mut context, &mut buffer, 9),
        Poll::Ready(2)
    );
    assert_eq!(buffer, [2, 3]);
    drop(tx);
    assert_eq!(rx.poll_recv(&mut context), Poll::Ready(None));
    assert_eq!(
        rx.poll_recv_many(&mut context, &mut buffer, 9),
        Poll::Ready(0)
    );
    drop(rx);
    drop((old_waker, new_waker));
    assert_eq!((old.refs(), new.refs()), (0, 0));
}

#[test]
fn k39_messages_are_counted_and_permits_are_not() {
    let (tx, mut rx) = channel(4);
    assert!(rx.is_empty());
    let permit = tx.try_reserve().expect("room");
    assert_eq!((rx.len(), rx.is_empty()), (0, true));
    permit.send(1);
    tx.try_send(2).expect("room");
    assert_eq!((rx.len(), rx.is_empty()), (2, false));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.len(), 1);
    rx.close();
    assert_eq!((rx.len(), rx.is_empty()), (1, false));
}

#[test]
fn k48_the_unbounded_receiver_has_the_same_methods() {
    let (tx, mut rx) = unbounded_channel();
    let weak = tx.downgrade();
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (1, 1));
    for number in 0..6 {
        tx.send(number).expect("open");
    }
    assert_eq!((rx.len(), rx.is_empty(), rx.is_closed()), (6, false, false));
    assert_eq!(block_on(rx.recv()), Some(0));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.blocking_recv(), Some(2));
    let mut buffer = Vec::new();
    assert_eq!(block_on(rx.recv_many(&mut buffer, 1)), 1);
    let probe = Probe::new();
    let waker = probe.waker();
    let mut context = Context::from_waker(&waker);
    assert_eq!(rx.poll_recv(&mut context), Poll::Ready(Some(4)));
    assert_eq!(
        rx.poll_recv_many(&mut context, &mut buffer, 9),
        Poll::Ready(1)
    );
    assert!(rx.poll_recv(&mut context).is_pending());
    assert_eq!(buffer, [3, 5]);
    tx.send(6).expect("open");
    tx.send(7).expect("open");
    assert_eq!(probe.wakes(), 1);
    assert_eq!(rx.blocking_recv_many(&mut buffer, 1), 1);
    rx.close();
    assert!(rx.is_closed() && tx.send(8).is_err());
    drop((tx, weak));
    assert_eq!(block_on(rx.recv()), Some(7));
    assert_eq!(rx.blocking_recv(), None);
}

#[test]
fn k41_the_last_sender_leaves_the_rest_and_the_end() {
    for bounded in [true, false] {
        let ledger = Ledger::new();
        let probe = Probe::new();
        let check = |ended: &mut dyn FnMut() -> Option<u64>| {
            assert_eq!(probe.wakes(), 1);
            assert_eq!(ended(), None);
        };
        if bounded {
            let (tx, mut rx) = channel(4);
            let other = tx.clone();
            other.try_send(ledger.make(1)).expect("room");
            drop(other);
            assert_eq!(block_on(rx.recv()).expect("the rest"), 1);
            let mut next = boxed(rx.recv());
            assert_pending(next.as_mut(), &probe.waker());
            drop(tx);
            check(&mut || assert_ready(next.as_mut(), &probe.waker()).map(|m| m.id()));
        } else {
            let (tx, mut rx) = unbounded_channel();
            tx.send(ledger.make(1)).expect("open");
            assert_eq!(block_on(rx.recv()).expect("the rest"), 1);
            let mut next = boxed(rx.recv());
            assert_pending(next.as_mut(), &probe.waker());
            drop(tx);
            check(&mut || assert_ready(next.as_mut(), &probe.waker()).map(|m| m.id()));
        }
        ledger.assert_all_dropped();
    }
}
