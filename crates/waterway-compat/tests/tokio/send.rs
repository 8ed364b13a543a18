//! How channels are made, and how messages are sent.

use std::time::Duration;

use crate::help::{boxed, guarded, runtime};
use crate::support::memory::{assert_installed, growth};
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, catch};
use crate::sut::mpsc::error::{SendError, SendTimeoutError, TryRecvError, TrySendError};
use crate::sut::mpsc::{channel, unbounded_channel};

#[test]
fn k1_a_channel_has_the_room_that_was_asked_for() {
    for room in [1, 2, 3, 7, 100] {
        let (tx, mut rx) = channel(room);
        for number in 0..room {
            tx.try_send(number).expect("there is room");
        }
        assert_eq!(tx.try_send(room), Err(TrySendError::Full(room)));
        assert_eq!(rx.try_recv(), Ok(0));
        tx.try_send(room).expect("there is room again");
    }
}

#[test]
fn k1_no_room_or_too_much_panics() {
    let said = catch(|| channel::<u8>(0)).expect_err("no room");
    assert_eq!(said, "mpsc bounded channel requires buffer > 0");
    let most = usize::MAX >> 3;
    let said = catch(|| channel::<u8>(most + 1)).expect_err("too much");
    let expected = format!("a semaphore may not have more than MAX_PERMITS permits ({most})");
    assert_eq!(said, expected);
}

/// The original counts permits in a word, and has no slots.
#[cfg(not(feature = "original"))]
#[test]
fn k1_the_most_room_is_that_of_waterway() {
    let most = waterway::mpsc::MAX_CAPACITY;
    let said = catch(|| channel::<()>(most + 1)).expect_err("more than there are");
    assert!(said.contains("MAX_CAPACITY"), "{said}");
}

#[test]
fn k2_without_a_bound_every_send_finds_room() {
    let (tx, mut rx) = unbounded_channel();
    for number in 0..100_000 {
        tx.send(number).expect("open");
    }
    assert_eq!(rx.len(), 100_000);
    for number in 0..100_000 {
        assert_eq!(rx.try_recv(), Ok(number));
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn k3_memory_comes_back_after_a_burst() {
    assert_installed();
    let (tx, mut rx) = unbounded_channel();
    let (_, held) = growth(|| {
        for number in 0..100_000_u64 {
            tx.send(number).expect("open");
        }
        while rx.try_recv().is_ok() {}
    });
    assert!(held.bytes < 64 * 1024, "{held:?}");
}

/// The original's blocks come and go as messages do.
#[cfg(not(feature = "original"))]
#[test]
fn k3_a_bounded_channel_allocates_once() {
    assert_installed();
    let ((tx, mut rx), made) = growth(|| channel::<u64>(1000));
    assert_eq!(made.calls, 1);
    let (_, later) = growth(|| {
        for round in 0..10 {
            for number in 0..1000 {
                tx.try_send(round * number).expect("there is room");
            }
            while rx.try_recv().is_ok() {}
        }
    });
    assert_eq!(later.calls, 0);
}

#[test]
fn k4_a_send_waits_for_room() {
    let (tx, mut rx) = channel(1);
    block_on(tx.send(1)).expect("open");
    let probe = Probe::new();
    let mut second = boxed(tx.send(2));
    assert_pending(second.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(second.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn k4_a_cancelled_send_was_never_sent() {
    let ledger = Ledger::new();
    for granted in [false, true] {
        let (tx, mut rx) = channel(1);
        tx.try_send(ledger.make(1)).expect("room");
        let probe = Probe::new();
        let mut second = boxed(tx.send(ledger.make(2)));
        assert_pending(second.as_mut(), &probe.waker());
        if granted {
            // It has not come for its room yet.
            assert!(rx.try_recv().is_ok());
            assert_eq!(probe.wakes(), 1);
        }
        drop(second);
        assert!(!ledger.live().contains(&2), "it went with its future");
        tx.try_send(ledger.make(3))
            .map_or_else(|_| assert!(!granted), |()| assert!(granted));
        let expected = if granted { 3 } else { 1 };
        assert_eq!(rx.try_recv().expect("a message"), expected);
        assert_eq!(rx.try_recv().expect_err("no other"), TryRecvError::Empty);
    }
    ledger.assert_all_dropped();
}

#[test]
fn k4_a_cancelled_send_loses_its_place() {
    let (tx, mut rx) = channel(1);
    tx.try_send(0).expect("room");
    let (first, second) = (Probe::new(), Probe::new());
    let mut one = boxed(tx.send(1));
    let mut two = boxed(tx.send(2));
    assert_pending(one.as_mut(), &first.waker());
    assert_pending(two.as_mut(), &second.waker());
    // The first is served, and does not come: its room is the second's.
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(one);
    assert_eq!(second.wakes(), 1);
    assert_eq!(assert_ready(two.as_mut(), &second.waker()), Ok(()));
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn k4_a_closed_channel_gives_the_message_back() {
    let (tx, rx) = channel(1);
    tx.try_send("in").expect("room");
    let mut waits = boxed(tx.send("waits"));
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    drop(rx);
    assert_eq!(probe.wakes(), 1);
    let end = assert_ready(waits.as_mut(), &probe.waker());
    assert_eq!(end, Err(SendError("waits")));
    assert_eq!(block_on(tx.send("late")), Err(SendError("late")));
}

#[test]
fn k5_sent_is_not_received() {
    let ledger = Ledger::new();
    let (tx, rx) = channel(2);
    assert!(block_on(tx.send(ledger.make(1))).is_ok());
    drop(rx);
    // Sent, and never received; what fails now comes back, and was never received either.
    ledger.assert_all_dropped();
    let unsent = block_on(tx.send(ledger.make(2))).expect_err("closed");
    assert_eq!(unsent.0, 2);
}

#[test]
fn k6_a_send_at_once_is_full_or_closed() {
    let (tx, rx) = channel(1);
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    drop(rx);
    assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
}

#[test]
fn k6_a_send_at_once_does_not_pass_those_who_wait() {
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let mut waits = boxed(tx.send(2));
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
    assert!(assert_ready(waits.as_mut(), &probe.waker()).is_ok());
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(tx.try_send(3), Ok(()));
}

/// Also K56.
#[test]
fn k7_a_timed_send_needs_tokios_timer() {
    let (tx, rx) = channel(1);
    let moment = Duration::from_millis(5);
    let said = catch(|| block_on(tx.send_timeout(1, moment))).expect_err("no runtime");
    assert!(said.starts_with("there is no reactor running"), "{said}");
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let timeless = builder.build().expect("a runtime");
    let said = catch(|| timeless.block_on(tx.send_timeout(1, moment))).expect_err("no timer");
    assert!(said.contains("timers are disabled"), "{said}");
    drop(rx);
}

#[test]
fn k7_a_timed_send_ends_in_three_ways() {
    guarded("k7_a_timed_send_ends_in_three_ways", || {
        let (tx, rx) = channel(1);
        let moment = Duration::from_millis(5);
        runtime().block_on(async {
            assert_eq!(tx.send_timeout(1, moment).await, Ok(()));
            let late = tx.send_timeout(2, moment).await;
            assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
            // It left nothing behind: its place is given up.
            assert_eq!(tx.capacity(), 0);
            drop(rx);
            let closed = tx.send_timeout(3, Duration::MAX).await;
            assert_eq!(closed, Err(SendTimeoutError::Closed(3)));
        });
    });
}

/// No room is needed for the time to be looked at.
#[test]
fn k7_what_can_be_sent_at_once_is_sent_without_time() {
    let (tx, _rx) = channel(1);
    runtime().block_on(async {
        assert_eq!(tx.send_timeout(1, Duration::ZERO).await, Ok(()));
        let late = tx.send_timeout(2, Duration::ZERO).await;
        assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    });
}

#[test]
fn k46_an_unbounded_send_is_a_plain_call() {
    let (tx, mut rx) = unbounded_channel();
    assert_eq!(tx.send(1), Ok(()));
    assert_eq!(rx.try_recv(), Ok(1));
    rx.close();
    assert_eq!(tx.send(2), Err(SendError(2)));
}
