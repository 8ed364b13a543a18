//! Threads: nothing is lost or doubled, and each sender's messages come in its order.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use waterway::{TryRecvError, pool};

use crate::desk::Desk;
use crate::support::{block_on, catch, watchdog};

const LIMIT: Duration = Duration::from_secs(60);

/// All verbs of both ends, some slots given up, some references kept for a while or passed on.
#[test]
fn three_senders_by_all_verbs() {
    const COUNT: u64 = 1500;
    for capacity in [1, 2, 7] {
        watchdog("senders", LIMIT, move || {
            let desk = Desk::new();
            let (sender, mut receiver) = desk.pool(capacity);
            std::thread::scope(|scope| {
                for who in 0..3 {
                    let (sender, desk) = (sender.clone(), &desk);
                    scope.spawn(move || {
                        let mut sender = Some(sender);
                        for number in 0..COUNT {
                            let word = who << 32 | number;
                            let handle = sender.as_ref().unwrap();
                            match (number + who) % 6 {
                                0 => {
                                    let mut slot = handle.slot().wait().unwrap();
                                    slot.words.push(word);
                                    slot.send().unwrap();
                                }
                                1 => block_on(async {
                                    let mut slot = handle.slot().await.unwrap();
                                    slot.words.push(word);
                                    slot.send().unwrap();
                                }),
                                2 => handle.send(desk.page(word)).wait().unwrap(),
                                3 => loop {
                                    let pause = Duration::from_micros(20);
                                    match handle.slot().wait_timeout(pause) {
                                        Ok(mut slot) => {
                                            slot.words.push(word);
                                            break slot.send().unwrap();
                                        }
                                        Err(error) => assert!(error.is_timeout()),
                                    }
                                },
                                4 => {
                                    // One for nothing before it.
                                    handle.slot().wait().unwrap().words.push(0);
                                    block_on(handle.send(desk.page(word))).unwrap();
                                }
                                _ => {
                                    let taken = sender.take().unwrap().slot_owned().wait();
                                    let mut slot = taken.unwrap();
                                    slot.words.push(word);
                                    sender = Some(slot.send().unwrap());
                                }
                            }
                        }
                    });
                }
                drop(sender);
                let (pass, passed) = std::sync::mpsc::sync_channel(capacity);
                // It lets go of what it gets in a thread of its own.
                scope.spawn(move || while passed.recv().is_ok() {});
                let mut next = [0; 3];
                let mut see = |word: u64| {
                    let next = &mut next[(word >> 32) as usize];
                    assert_eq!(word & 0xffff_ffff, *next);
                    *next += 1;
                };
                for verb in 0_u64.. {
                    match verb % 5 {
                        0 => match receiver.recv_ref().wait() {
                            Some(page) => see(page.words[0]),
                            None => break,
                        },
                        1 => match block_on(receiver.recv_ref()) {
                            Some(page) => {
                                see(page.words[0]);
                                pass.send(page.into_owned()).unwrap();
                            }
                            None => break,
                        },
                        2 => match receiver.recv().wait_timeout(Duration::from_micros(20)) {
                            Ok(page) => see(page.words[0]),
                            Err(error) if error.is_timeout() => {}
                            Err(_) => break,
                        },
                        3 => match receiver.try_recv_ref() {
                            Ok(page) => see(page.into_inner().words[0]),
                            Err(TryRecvError::Empty) => {}
                            Err(TryRecvError::Closed) => break,
                        },
                        _ => {
                            for page in receiver.try_iter().take(1) {
                                see(page.words[0]);
                            }
                        }
                    }
                }
                assert_eq!(next, [COUNT; 3]);
            });
            drop(receiver);
            desk.ledger.assert_all_dropped();
        });
    }
}

/// B44: handles, guards and operations cross threads with what is not `Sync`.
#[test]
fn b44_messages_need_not_be_shared() {
    let (sender, mut receiver) = pool::bounded::<Cell<u64>>(2);
    std::thread::scope(|scope| {
        let sender = &sender;
        let worker = scope.spawn(move || {
            let slot = sender.slot().wait().unwrap();
            slot.set(1);
            slot
        });
        let slot = worker.join().unwrap();
        slot.set(slot.get() + 1);
        slot.send().unwrap();
        let message = receiver.recv_ref().wait().unwrap().into_owned();
        let worker = scope.spawn(move || message.get());
        assert_eq!(worker.join().unwrap(), 2);
    });
}

/// C1, C12: the receiver goes, or closes, while senders are at it and references are held elsewhere.
#[test]
fn c12_the_end_meets_guards_in_threads() {
    watchdog("end", LIMIT, || {
        for round in 0..300_u64 {
            let desk = Desk::new();
            let (sender, mut receiver) = desk.pool(3);
            let held = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for who in 0..2 {
                    let (sender, desk) = (sender.clone(), &desk);
                    scope.spawn(move || {
                        for number in 0.. {
                            let sent = match (number + who) % 3 {
                                0 => sender.send(desk.page(number)).wait().is_ok(),
                                1 => sender.slot().wait().is_ok_and(|slot| slot.send().is_ok()),
                                _ => sender.slot().wait().is_ok(),
                            };
                            if !sent {
                                return;
                            }
                        }
                    });
                }
                drop(sender);
                let held = &held;
                scope.spawn(move || {
                    for number in 0..round % 20 {
                        let Some(page) = receiver.recv_ref().wait() else {
                            return;
                        };
                        if number % 8 == 3 {
                            held.lock().unwrap().push(page.into_owned());
                        }
                    }
                    if round % 3 == 0 {
                        receiver.close();
                        while receiver.recv_ref().wait().is_some() {}
                    }
                });
            });
            for page in held.into_inner().unwrap() {
                assert!(page.words.len() <= 1);
            }
            desk.ledger.assert_all_dropped();
            assert_eq!(std::sync::Arc::strong_count(&desk), 1);
        }
    });
}

/// Panics of the policy here and there, while others go on.
#[test]
fn b27_panics_beside_traffic() {
    watchdog("panics", LIMIT, || {
        let desk = Desk::new();
        let (sender, mut receiver) = desk.pool(2);
        std::thread::scope(|scope| {
            for who in 0..2 {
                let (sender, desk) = (sender.clone(), &desk);
                scope.spawn(move || {
                    for word in 0..500 {
                        if word % 50 == who {
                            desk.fail_to_make.store(true, SeqCst);
                        }
                        // Once in a while it panics, and the next attempt does not.
                        let mut slot = loop {
                            let slot = catch(|| sender.slot().wait().unwrap());
                            if let Ok(slot) = slot {
                                break slot;
                            }
                        };
                        slot.words.push(word);
                        slot.send().unwrap();
                    }
                });
            }
            drop(sender);
            let mut received = 0;
            loop {
                if received % 20 == 0 {
                    desk.fail_to_recycle.store(true, SeqCst);
                }
                let Some(page) = receiver.recv_ref().wait() else {
                    break;
                };
                received += 1;
                drop(catch(|| drop(page)));
            }
            assert_eq!(received, 1000);
        });
        drop(receiver);
        desk.ledger.assert_all_dropped();
    });
}
