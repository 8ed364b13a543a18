//! Receives and iterators: S8 to S16.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::support::{spawn_sleeper, watchdog};
use super::sut::{
    self, Receiver, RecvError, RecvTimeoutError, TryRecvError, channel, sync_channel,
};
use super::{LIMIT, MOMENT};

#[test]
fn s8_recv_waits_and_ends_behind_the_last_message() {
    watchdog("s8_recv_waits", LIMIT, || {
        let (tx, rx) = channel();
        let receiver = spawn_sleeper(move || [rx.recv(), rx.recv(), rx.recv()]);
        receiver.wait_asleep();
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        drop(tx);
        assert_eq!(receiver.join(), [Ok(1), Ok(2), Err(RecvError)]);
        let (tx, rx) = sync_channel::<u8>(0);
        let receiver = spawn_sleeper(move || rx.recv());
        receiver.wait_asleep();
        drop(tx);
        assert_eq!(receiver.join(), Err(RecvError));
    });
}

#[test]
fn s9_try_recv_says_why_not() {
    let (tx, rx) = channel();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).unwrap();
    drop(tx);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn s9_try_recv_takes_from_a_sender_that_waits() {
    watchdog("s9_try_recv_takes", LIMIT, || {
        let (tx, rx) = sync_channel(0);
        let sender = spawn_sleeper(move || tx.send(1));
        sender.wait_asleep();
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(sender.join(), Ok(()));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn s10_recv_timeout_waits_as_long_as_it_says() {
    watchdog("s10_recv_timeout", LIMIT, || {
        let (tx, rx) = channel();
        let start = Instant::now();
        assert_eq!(rx.recv_timeout(MOMENT), Err(RecvTimeoutError::Timeout));
        assert!(start.elapsed() >= MOMENT);
        assert_eq!(
            rx.recv_timeout(Duration::ZERO),
            Err(RecvTimeoutError::Timeout)
        );
        tx.send(1).unwrap();
        assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(1));
        drop(tx);
        assert_eq!(rx.recv_timeout(LIMIT), Err(RecvTimeoutError::Disconnected));
    });
}

#[test]
fn s10_too_long_is_for_ever() {
    watchdog("s10_too_long_is_for_ever", LIMIT, || {
        for duration in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
            let (tx, rx) = sync_channel(1);
            let receiver = spawn_sleeper(move || rx.recv_timeout(duration));
            receiver.wait_asleep();
            tx.send(7).unwrap();
            assert_eq!(receiver.join(), Ok(7));
        }
    });
}

/// The name is free, as for a program of stable Rust: what it calls is its own.
#[test]
#[allow(unstable_name_collisions)]
fn s11_there_is_no_receive_until_a_moment() {
    trait Own {
        fn recv_deadline(&self, deadline: Instant) -> &'static str;
    }
    impl<T> Own for Receiver<T> {
        fn recv_deadline(&self, _: Instant) -> &'static str {
            "its own"
        }
    }
    let (_tx, rx) = channel::<()>();
    assert_eq!(rx.recv_deadline(Instant::now()), "its own");
}

#[test]
fn s12_iter_waits_and_ends_with_the_channel() {
    watchdog("s12_iter", LIMIT, || {
        let (tx, rx) = sync_channel(1);
        let receiver = spawn_sleeper(move || rx.iter().collect::<Vec<_>>());
        receiver.wait_asleep();
        for number in 0..10 {
            tx.send(number).unwrap();
        }
        drop(tx);
        assert!(receiver.join().into_iter().eq(0..10));
    });
}

#[test]
fn s13_try_iter_ends_and_goes_on() {
    let (tx, rx) = channel();
    let mut iter = rx.try_iter();
    assert_eq!(iter.next(), None);
    tx.send(1).unwrap();
    assert_eq!((iter.next(), iter.next()), (Some(1), None));
    tx.send(2).unwrap();
    drop(tx);
    assert_eq!((iter.next(), iter.next()), (Some(2), None));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn s14_a_receiver_is_an_iterator() {
    watchdog("s14_a_receiver_is_an_iterator", LIMIT, || {
        let (tx, rx) = sync_channel(1);
        let sender = thread::spawn(move || (0..6).for_each(|number| tx.send(number).unwrap()));
        let mut seen = Vec::new();
        for number in &rx {
            seen.push(number);
            if number == 2 {
                break;
            }
        }
        let borrowed: sut::Iter<'_, i32> = IntoIterator::into_iter(&rx);
        seen.extend(borrowed.take(1));
        let owned: sut::IntoIter<i32> = rx.into_iter();
        seen.extend(owned);
        assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
        sender.join().unwrap();
    });
}

#[test]
fn s15_iterators_promise_nothing() {
    let (tx, rx) = channel();
    tx.send(1).unwrap();
    assert_eq!(rx.iter().size_hint(), (0, None));
    assert_eq!(rx.try_iter().size_hint(), (0, None));
    drop(tx);
    assert_eq!(rx.into_iter().size_hint(), (0, None));
}

/// It goes from thread to thread, though it is not shared by any two. See also `traits`.
#[test]
fn s16_a_receiver_moves_to_another_thread() {
    let (tx, rx) = channel();
    tx.send(Arc::new(1)).unwrap();
    let rx = thread::spawn(move || {
        assert_eq!(rx.recv().as_deref(), Ok(&1));
        rx
    })
    .join()
    .unwrap();
    drop(tx);
    assert_eq!(rx.recv().unwrap_err(), RecvError);
}
