//! Threads: everything is received or told to be lost, in each sender's order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use waterway::broadcast::{self, Receiver};
use waterway::{Lagged, TryRecvError};

use crate::support::{Ledger, block_on, watchdog};

const LIMIT: Duration = Duration::from_secs(60);

/// Receives until the end, by one verb after the other.
fn receive_all<T: Clone>(mut receiver: Receiver<T>, mut f: impl FnMut(Result<T, Lagged>)) {
    for verb in 0.. {
        let found = match verb % 4 {
            0 => receiver.recv().wait(),
            1 => block_on(receiver.recv()),
            2 => match receiver.recv().wait_timeout(Duration::from_micros(20)) {
                Ok(found) => Some(found),
                Err(error) if error.is_timeout() => continue,
                Err(_) => None,
            },
            _ => match receiver.try_recv() {
                Ok(found) => Some(found),
                Err(TryRecvError::Empty) => continue,
                Err(TryRecvError::Closed) => None,
            },
        };
        match found {
            Some(found) => f(found),
            None => return,
        }
    }
}

#[test]
fn two_senders_and_three_receivers_lose_nothing() {
    const COUNT: u32 = 3000;
    for capacity in [1, 2, 16] {
        watchdog("lossless", LIMIT, move || {
            let ledger = Ledger::new();
            let (sender, receiver) = broadcast::lossless(capacity);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    let receiver = receiver.clone();
                    scope.spawn(move || {
                        let mut next = [0; 2];
                        receive_all(receiver, |message: Result<Arc<_>, Lagged>| {
                            let message: Arc<crate::support::Tracked> = message.unwrap();
                            let next = &mut next[message.sender() as usize];
                            assert_eq!(message.seq(), *next);
                            *next += 1;
                        });
                        assert_eq!(next, [COUNT; 2]);
                    });
                }
                drop(receiver);
                for index in 0..2 {
                    let sender = sender.clone();
                    scope.spawn(move || {
                        for seq in 0..COUNT {
                            let message = Arc::new(ledger.make_from(index, seq));
                            if seq % 2 == 0 {
                                sender.send(message).wait().unwrap();
                            } else {
                                block_on(sender.send(message)).unwrap();
                            }
                        }
                    });
                }
                drop(sender);
            });
            ledger.assert_all_dropped();
        });
    }
}

#[test]
fn what_is_received_and_what_is_lost_add_up() {
    const COUNT: u64 = 20_000;
    for capacity in [1, 3, 64] {
        watchdog("lagging", LIMIT, move || {
            let ledger = Ledger::new();
            let (sender, receiver) = broadcast::channel(capacity);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    let receiver = receiver.clone();
                    scope.spawn(move || {
                        let mut next = 0;
                        receive_all(receiver, |message: Result<Arc<_>, Lagged>| match message {
                            Ok(message) => {
                                let message: Arc<crate::support::Tracked> = message;
                                assert_eq!(message.id(), next);
                                next += 1;
                            }
                            Err(Lagged(lost)) => {
                                assert!(lost > 0);
                                next += lost;
                            }
                        });
                        assert_eq!(next, COUNT);
                    });
                }
                drop(receiver);
                scope.spawn(move || {
                    for number in 0..COUNT {
                        sender.try_send(Arc::new(ledger.make(number))).unwrap();
                        if number % 16 == 0 {
                            std::thread::yield_now();
                        }
                    }
                });
            });
            ledger.assert_all_dropped();
        });
    }
}

/// A12: one sender, now and then, and a receiver that sleeps in between sees the last, always.
#[test]
fn a12_the_last_message_is_always_seen() {
    watchdog("a12", LIMIT, || {
        let (sender, receiver) = broadcast::channel(2);
        let seen = Arc::new([const { AtomicU64::new(0) }; 3]);
        let threads: Vec<_> = (0..3)
            .map(|index| {
                let (mut receiver, seen) = (receiver.clone(), Arc::clone(&seen));
                std::thread::spawn(move || {
                    while let Some(found) = receiver.recv().wait() {
                        if let Ok(number) = found {
                            seen[index].store(number, SeqCst);
                        }
                    }
                })
            })
            .collect();
        for number in 1..=2000_u64 {
            sender.send(number).wait().unwrap();
            if number % 3 == 0 {
                crate::support::wait_until(|| seen.iter().all(|seen| seen.load(SeqCst) == number));
            }
        }
        drop(sender);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Receivers come and go while others send and wait for them.
#[test]
fn receivers_come_and_go() {
    const COUNT: u64 = 3000;
    watchdog("come and go", LIMIT, || {
        let ledger = Ledger::new();
        let (sender, receiver) = broadcast::lossless(2);
        std::thread::scope(|scope| {
            for index in 0..2_usize {
                let pause = receiver.clone().deactivate();
                scope.spawn(move || {
                    let mut from_oldest = false;
                    loop {
                        let mut receiver = if from_oldest {
                            pause.subscribe_from_oldest()
                        } else {
                            pause.subscribe()
                        };
                        from_oldest = !from_oldest;
                        let mut last: Option<u64> = None;
                        for _ in 0..3 + index {
                            let Some(found) = receiver.recv().wait() else {
                                return;
                            };
                            let message: Arc<crate::support::Tracked> = found.unwrap();
                            assert!(last.is_none_or(|last| message.id() == last + 1));
                            last = Some(message.id());
                        }
                        let mut clone = receiver.clone();
                        drop(receiver);
                        if let Ok(found) = clone.try_recv() {
                            assert_eq!(Some(found.unwrap().id()), last.map(|last| last + 1));
                        }
                    }
                });
            }
            drop(receiver);
            scope.spawn(move || {
                for number in 0..COUNT {
                    sender.send(Arc::new(ledger.make(number))).wait().unwrap();
                }
            });
        });
        ledger.assert_all_dropped();
    });
}
