//! Constructors and sends: S1 to S7, S20 to S22, S27.

use std::time::Duration;

use super::support::memory::{assert_installed, growth};
use super::support::{Ledger, catch, spawn_sleeper, together, watchdog};
use super::sut::{
    self, RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError, channel, sync_channel,
};
use super::{LIMIT, MOMENT};

/// Sends never wait, and the first one asks for the first memory.
#[test]
fn s1_a_channel_is_unbounded() {
    assert_installed();
    let ((tx, rx), made) = growth(channel::<u64>);
    assert!(made.bytes < 1024, "no room for messages: {made:?}");
    let ((), first) = growth(|| tx.send(0).unwrap());
    assert!(first.calls > 0);
    for number in 1..100_000 {
        tx.send(number).unwrap();
    }
    drop(tx);
    assert!(rx.into_iter().eq(0..100_000));
}

#[test]
fn s2_a_sync_channel_has_exactly_its_room() {
    assert_installed();
    for bound in [1, 2, 3, 7, 64, 100] {
        let (tx, rx) = sync_channel(bound);
        let (sent, grown) = growth(|| (0..bound).all(|number| tx.try_send(number).is_ok()));
        assert!(sent);
        assert_eq!(grown.calls, 0, "the slots were there before");
        assert_eq!(tx.try_send(bound), Err(TrySendError::Full(bound)));
        assert_eq!(rx.recv(), Ok(0));
        assert_eq!(tx.try_send(bound), Ok(()));
        assert!(rx.try_iter().eq(1..=bound));
    }
    let (tx, rx) = sync_channel(0);
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// An error means that it never arrives; success, no more than that it was sent.
#[test]
fn s3_a_failed_send_gives_the_message_back() {
    let ledger = Ledger::new();
    let (tx, rx) = channel();
    tx.send(ledger.make(1)).unwrap();
    drop(rx);
    assert_eq!(ledger.live(), [], "sent, and never received");
    let SendError(message) = tx.send(ledger.make(2)).unwrap_err();
    assert_eq!(message, 2);
    drop(message);
    ledger.assert_all_dropped();
}

#[test]
fn s4_a_send_waits_for_room() {
    watchdog("s4_a_send_waits_for_room", LIMIT, || {
        let (tx, rx) = sync_channel(1);
        tx.send(1).unwrap();
        let sender = spawn_sleeper(move || tx.send(2));
        sender.wait_asleep();
        assert!(!sender.is_finished());
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join(), Ok(()));
        assert_eq!(rx.recv(), Ok(2));
    });
}

#[test]
fn s4_at_a_rendezvous_a_send_that_succeeded_was_received() {
    watchdog("s4_rendezvous", LIMIT, || {
        let (tx, rx) = sync_channel(0);
        let sender = spawn_sleeper(move || tx.send(1));
        sender.wait_asleep();
        assert!(!sender.is_finished(), "nobody has it");
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join(), Ok(()));
        // Who waits in vain gets the message back.
        let (tx, rx) = sync_channel(0);
        let sender = spawn_sleeper(move || tx.send(2));
        sender.wait_asleep();
        drop(rx);
        assert_eq!(sender.join(), Err(SendError(2)));
    });
}

#[test]
fn s5_try_send_says_why_not() {
    let (tx, rx) = sync_channel(1);
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    drop(rx);
    assert_eq!(tx.try_send(3), Err(TrySendError::Disconnected(3)));
    let (tx, rx) = sync_channel(0);
    drop(rx);
    assert_eq!(tx.try_send(4), Err(TrySendError::Disconnected(4)));
}

#[test]
fn s5_at_a_rendezvous_try_send_needs_a_receiver_that_waits() {
    watchdog("s5_rendezvous", LIMIT, || {
        let (tx, rx) = sync_channel(0);
        assert_eq!(tx.try_send(0), Err(TrySendError::Full(0)));
        let receiver = spawn_sleeper(move || (rx.recv(), rx));
        receiver.wait_asleep();
        assert_eq!(tx.try_send(1), Ok(()));
        let (message, rx) = receiver.join();
        assert_eq!(message, Ok(1));
        assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)), "it is gone");
        let receiver = spawn_sleeper(move || rx.recv_timeout(LIMIT));
        receiver.wait_asleep();
        assert_eq!(tx.try_send(3), Ok(()));
        assert_eq!(receiver.join(), Ok(3));
    });
}

/// The name is free, as for a program of stable Rust: what it calls is its own.
#[test]
#[allow(unstable_name_collisions)]
fn s6_there_is_no_timed_send() {
    trait Own<T> {
        fn send_timeout(&self, message: T, duration: Duration) -> &'static str;
    }
    impl<T> Own<T> for sut::SyncSender<T> {
        fn send_timeout(&self, _: T, _: Duration) -> &'static str {
            "its own"
        }
    }
    let (tx, _rx) = sync_channel(1);
    assert_eq!(tx.send_timeout(1, MOMENT), "its own");
}

/// How many there can be at most is tested in waterway.
#[test]
fn s7_senders_are_cloned() {
    let (tx, rx) = channel();
    let clones: Vec<_> = (0..10).map(|_| tx.clone()).collect();
    for (number, clone) in clones.into_iter().enumerate() {
        drop(tx.clone());
        clone.send(number).unwrap();
    }
    assert!(rx.try_iter().eq(0..10));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "one is left");
    drop(tx);
    assert_eq!(rx.recv(), Err(RecvError));
    let (tx, rx) = sync_channel(1);
    drop(tx.clone());
    tx.send(1).unwrap();
    drop(tx);
    assert_eq!((rx.recv(), rx.recv()), (Ok(1), Err(RecvError)));
}

/// In order, and what a sender wrote before is seen behind the receive.
#[test]
fn s20_messages_come_in_order() {
    watchdog("s20_messages_come_in_order", LIMIT, || {
        const EACH: usize = 2000;
        for bound in [None, Some(0), Some(1), Some(5)] {
            enum Tx {
                Async(sut::Sender<Box<(usize, usize)>>),
                Sync(sut::SyncSender<Box<(usize, usize)>>),
            }
            let (tx, rx) = match bound {
                None => {
                    let (tx, rx) = channel();
                    (Tx::Async(tx), rx)
                }
                Some(bound) => {
                    let (tx, rx) = sync_channel(bound);
                    (Tx::Sync(tx), rx)
                }
            };
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    let tx = tx;
                    together(3, |sender| {
                        for number in 0..EACH {
                            let message = Box::new((sender, number));
                            match &tx {
                                Tx::Async(tx) => tx.send(message).unwrap(),
                                Tx::Sync(tx) => tx.send(message).unwrap(),
                            }
                        }
                    });
                });
                let mut next = [0; 3];
                for message in &rx {
                    let (sender, number) = *message;
                    assert_eq!(next[sender], number);
                    next[sender] += 1;
                }
                assert_eq!(next, [EACH; 3]);
            });
        }
    });
}

/// Who waits longest is served first. There a newcomer may slip in before one that was woken; not here.
#[test]
fn s21_senders_are_served_in_order() {
    watchdog("s21_senders_are_served_in_order", LIMIT, || {
        for bound in [0, 1, 4] {
            let (tx, rx) = sync_channel(bound);
            for _ in 0..bound {
                tx.send(0).unwrap();
            }
            let waiting: Vec<_> = (1..5)
                .map(|number| {
                    let tx = tx.clone();
                    let sender = spawn_sleeper(move || tx.send(number));
                    sender.wait_asleep();
                    sender
                })
                .collect();
            for _ in 0..bound {
                assert_eq!(rx.recv(), Ok(0));
            }
            // The first first; the original lets the woken run for the freed room from then on.
            if cfg!(feature = "original") && bound > 0 {
                let mut rest: Vec<_> = (0..4).map(|_| rx.recv().unwrap()).collect();
                rest.sort_unstable();
                assert_eq!(rest, [1, 2, 3, 4]);
            } else {
                assert_eq!([1; 4].map(|_| rx.recv().unwrap()), [1, 2, 3, 4]);
            }
            for sender in waiting {
                assert_eq!(sender.join(), Ok(()));
            }
        }
    });
}

/// Not in the original, where a freed slot is anybody's.
#[cfg(not(feature = "original"))]
#[test]
fn s21_nobody_overtakes_who_waits() {
    watchdog("s21_nobody_overtakes_who_waits", LIMIT, || {
        let (tx, rx) = sync_channel(1);
        tx.send(1).unwrap();
        let other = tx.clone();
        let waiting = spawn_sleeper(move || other.send(2));
        waiting.wait_asleep();
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        assert_eq!(waiting.join(), Ok(()));
        assert_eq!(rx.recv(), Ok(2));
    });
}

#[test]
fn s22_a_hand_over_allocates_nothing() {
    watchdog("s22_a_hand_over_allocates_nothing", LIMIT, || {
        assert_installed();
        let (tx, rx) = sync_channel(0);
        let sender = std::thread::spawn(move || {
            tx.send([0_u64; 32]).unwrap();
            let ((), grown) = growth(|| (1..50).for_each(|n| tx.send([n; 32]).unwrap()));
            grown.calls
        });
        assert_eq!(rx.recv(), Ok([0; 32]));
        let ((), grown) = growth(|| (1..50).for_each(|n| assert_eq!(rx.recv(), Ok([n; 32]))));
        // What a thread needs for its first wait; in the original also lists of those who wait, which grow.
        let most = if cfg!(feature = "original") { 10 } else { 2 };
        assert!(grown.calls.max(sender.join().unwrap()) <= most);
    });
}

/// Nothing panics at the extremes but a channel that does not fit into memory.
#[test]
fn s27_only_a_channel_without_memory_panics() {
    let (tx, rx) = sync_channel::<()>(3);
    assert_eq!(
        rx.recv_timeout(Duration::ZERO),
        Err(RecvTimeoutError::Timeout)
    );
    assert_eq!(tx.try_send(()), Ok(()));
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(()));
    drop(rx);
    assert_eq!(tx.send(()), Err(SendError(())));
    let huge = catch(|| sync_channel::<u64>(usize::MAX));
    assert!(huge.is_err());
}
