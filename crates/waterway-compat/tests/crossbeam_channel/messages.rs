//! Sends and receives.

use std::thread;
use std::time::{Duration, Instant};

use super::support::{Ledger, catch, spawn_sleeper, together, watchdog};
use super::sut::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
    bounded, unbounded,
};
use super::{LIMIT, MOMENT, forms};

#[test]
fn c_messages_come_in_order_and_then_the_end() {
    for (sender, receiver) in [bounded(3), unbounded()] {
        for number in 0..3 {
            sender.send(number).unwrap();
        }
        drop(sender);
        assert_eq!([(); 3].map(|()| receiver.recv()), [Ok(0), Ok(1), Ok(2)]);
        assert_eq!(receiver.recv(), Err(RecvError));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        let late = receiver.recv_timeout(LIMIT);
        assert_eq!(late, Err(RecvTimeoutError::Disconnected));
    }
}

#[test]
fn c_a_bounded_channel_has_exactly_its_room() {
    for cap in [1, 2, 3, 7, 64] {
        let (sender, receiver) = bounded(cap);
        (0..cap).for_each(|number| sender.try_send(number).unwrap());
        assert_eq!(sender.try_send(cap), Err(TrySendError::Full(cap)));
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.try_send(cap), Ok(()));
        assert!(receiver.try_iter().eq(1..=cap));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
    assert!(catch(|| bounded::<u64>(usize::MAX)).is_err());
}

#[test]
fn c_sends_fail_without_a_receiver() {
    for (sender, receiver) in forms() {
        drop(receiver);
        assert_eq!(sender.send(1), Err(SendError(1)));
        assert_eq!(sender.try_send(2), Err(TrySendError::Disconnected(2)));
        let late = sender.send_timeout(3, LIMIT);
        assert_eq!(late, Err(SendTimeoutError::Disconnected(3)));
        let late = sender.send_deadline(4, Instant::now());
        assert_eq!(late, Err(SendTimeoutError::Disconnected(4)));
    }
}

#[test]
fn c_a_send_waits_for_room() {
    watchdog("c_a_send_waits_for_room", LIMIT, || {
        for cap in [0, 1, 4] {
            let (sender, receiver) = bounded(cap);
            (0..cap).for_each(|_| sender.send(0).unwrap());
            let waiting = spawn_sleeper(move || sender.send(1));
            waiting.wait_asleep();
            assert!(!waiting.is_finished());
            (0..cap).for_each(|_| assert_eq!(receiver.recv(), Ok(0)));
            assert_eq!(receiver.recv(), Ok(1));
            assert_eq!(waiting.join(), Ok(()));
        }
    });
}

#[test]
fn c_a_receive_waits_for_a_message() {
    watchdog("c_a_receive_waits", LIMIT, || {
        for (sender, receiver) in forms() {
            let waiting = spawn_sleeper(move || (receiver.recv(), receiver.recv()));
            waiting.wait_asleep();
            sender.send(1).unwrap();
            drop(sender);
            assert_eq!(waiting.join(), (Ok(1), Err(RecvError)));
        }
    });
}

#[test]
fn c_timed_waits_last_as_long_as_they_say() {
    watchdog("c_timed_waits", LIMIT, || {
        for cap in [0, 1] {
            let (sender, receiver) = bounded(cap);
            let start = Instant::now();
            assert_eq!(
                receiver.recv_timeout(MOMENT),
                Err(RecvTimeoutError::Timeout)
            );
            assert!(start.elapsed() >= MOMENT);
            let deadline = Instant::now() + MOMENT;
            let late = receiver.recv_deadline(deadline);
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
            assert!(Instant::now() >= deadline);
            (0..cap).for_each(|_| sender.send(0).unwrap());
            let start = Instant::now();
            let late = sender.send_timeout(1, MOMENT);
            assert_eq!(late, Err(SendTimeoutError::Timeout(1)));
            assert!(start.elapsed() >= MOMENT);
            let deadline = Instant::now() + MOMENT;
            let late = sender.send_deadline(2, deadline);
            assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
            assert!(Instant::now() >= deadline);
            // None of those was sent.
            (0..cap).for_each(|_| assert_eq!(receiver.recv(), Ok(0)));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        }
    });
}

/// Zero does what can be done at once; too long is for ever.
#[test]
fn c_extreme_times() {
    watchdog("c_extreme_times", LIMIT, || {
        let (sender, receiver) = bounded(1);
        assert_eq!(sender.send_timeout(1, Duration::ZERO), Ok(()));
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(1));
        assert_eq!(sender.send_deadline(2, Instant::now()), Ok(()));
        assert_eq!(receiver.recv_deadline(Instant::now()), Ok(2));
        for (sender, receiver) in forms() {
            let waiting = spawn_sleeper(move || receiver.recv_timeout(Duration::MAX));
            waiting.wait_asleep();
            assert_eq!(sender.send_timeout(3, Duration::MAX), Ok(()));
            assert_eq!(waiting.join(), Ok(3));
        }
    });
}

#[test]
fn c_timed_waits_are_served_in_time() {
    watchdog("c_timed_waits_are_served", LIMIT, || {
        for (sender, receiver) in forms() {
            let waiting = spawn_sleeper(move || (receiver.recv_timeout(LIMIT), receiver));
            waiting.wait_asleep();
            assert_eq!(sender.send_timeout(1, LIMIT), Ok(()));
            let (message, receiver) = waiting.join();
            assert_eq!(message, Ok(1));
            if sender.capacity() == Some(0) {
                let waiting = spawn_sleeper(move || sender.send_timeout(2, LIMIT));
                waiting.wait_asleep();
                assert_eq!(receiver.try_recv(), Ok(2));
                assert_eq!(waiting.join(), Ok(()));
            }
        }
    });
}

#[test]
fn c_many_threads_send_and_receive() {
    watchdog("c_many_threads", LIMIT, || {
        const EACH: usize = 1000;
        for (sender, receiver) in forms() {
            let received = thread::scope(|scope| {
                let receivers: Vec<_> = (0..3)
                    .map(|_| {
                        let receiver: Receiver<(usize, usize)> = receiver.clone();
                        scope.spawn(move || receiver.iter().collect::<Vec<_>>())
                    })
                    .collect();
                together(3, |i| {
                    (0..EACH).for_each(|number| sender.send((i, number)).unwrap());
                });
                drop(sender);
                let all = receivers.into_iter().map(|thread| thread.join().unwrap());
                all.collect::<Vec<_>>()
            });
            for one in &received {
                // Of each sender, in its order.
                for i in 0..3 {
                    let of = one.iter().filter(|message| message.0 == i);
                    assert!(of.is_sorted());
                }
            }
            let mut all: Vec<_> = received.into_iter().flatten().collect();
            all.sort_unstable();
            assert!(
                all.into_iter()
                    .eq((0..3).flat_map(|i| (0..EACH).map(move |n| (i, n))))
            );
        }
    });
}

#[test]
fn c_messages_go_with_the_last_receiver() {
    let ledger = Ledger::new();
    let (sender, receiver) = unbounded();
    (0..100).for_each(|id| sender.send(ledger.make(id)).unwrap());
    let other = receiver.clone();
    drop(receiver);
    assert_eq!(ledger.dropped(), 0, "one is left");
    drop(other);
    ledger.assert_all_dropped();
    assert_eq!(sender.len(), 0);
}

/// In the original those of a bounded channel stay until the last sender goes.
#[cfg(not(feature = "original"))]
#[test]
fn c_so_do_those_of_a_bounded_channel() {
    let ledger = Ledger::new();
    let (sender, receiver) = bounded(4);
    (0..4).for_each(|id| sender.send(ledger.make(id)).unwrap());
    drop(receiver);
    ledger.assert_all_dropped();
    drop(sender);
}

#[test]
fn c_who_waits_gets_the_message_back() {
    watchdog("c_who_waits_gets_the_message_back", LIMIT, || {
        for cap in [0, 1] {
            let (sender, receiver) = bounded(cap);
            (0..cap).for_each(|_| sender.send(0).unwrap());
            let waiting: Vec<_> = (1..4)
                .map(|number| {
                    let sender = sender.clone();
                    spawn_sleeper(move || sender.send(number))
                })
                .collect();
            waiting.iter().for_each(|thread| thread.wait_asleep());
            drop(receiver);
            for (number, thread) in (1..4).zip(waiting) {
                assert_eq!(thread.join(), Err(SendError(number)));
            }
        }
    });
}

/// In the original a message with a bad destructor makes the rest leak.
#[cfg(not(feature = "original"))]
#[test]
fn c_a_bad_destructor_leaks_nothing() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static DROPS: AtomicUsize = AtomicUsize::new(0);

    struct Bad(u8);

    impl Drop for Bad {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
            assert_ne!(self.0, 1, "bad");
        }
    }

    for (sender, receiver) in [bounded(10), unbounded()] {
        (0..10).for_each(|number| sender.send(Bad(number)).unwrap());
        assert!(catch(|| drop(receiver)).is_err());
        drop(sender);
        assert_eq!(DROPS.swap(0, Ordering::Relaxed), 10);
    }
}

/// In the original a newcomer may take the room that was freed for another.
#[cfg(not(feature = "original"))]
#[test]
fn c_nobody_overtakes_who_waits() {
    watchdog("c_nobody_overtakes_who_waits", LIMIT, || {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let waiting = {
            let sender = sender.clone();
            spawn_sleeper(move || sender.send(2))
        };
        waiting.wait_asleep();
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
        assert_eq!(waiting.join(), Ok(()));
        assert_eq!(receiver.recv(), Ok(2));
    });
}
