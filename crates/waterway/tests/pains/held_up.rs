//! C1, C2, B1, B3, B6, D7 with threads that are held up anywhere: a signal stops them for a while, again and
//! again, at whatever instruction they are. This opens the windows that a few CPUs hardly ever open: between a
//! look and the claim that rests on it, between a claim and its publication, in the installation of a block.
#![cfg(target_os = "linux")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use waterway::error::TryRecvError;
use waterway::mpsc::Sender;

use crate::kit::{FORMS, Form, Rng, SLOTTED, Unbounded};
use crate::soak::{patience, soak};
use crate::support::{Ledger, Victim, block_on, together, watchdog};

/// Runs `body` while somebody holds the victims up.
fn harassed<R>(body: impl FnOnce() -> R) -> R {
    crate::support::harassed(Duration::from_micros(40), body)
}

const LIMIT: Duration = Duration::from_secs(60);

/// The limit for those that go on for longer when they are asked to.
fn limit() -> Duration {
    LIMIT * u32::try_from(patience()).expect("a small number")
}

/// C2: a sender that is held up in the installation of a block finds, when it goes on, that others have
/// installed theirs and that the receiver is past them all. One message fills a block.
#[test]
fn c2_block_install_held_up() {
    struct Big([u64; 1100]);
    fn send(tx: &Sender<Big>, sender: u64, each: u64) {
        let _victim = Victim::here();
        for seq in 0..each {
            let mut message = Big([0; 1100]);
            (message.0[0], message.0[1099]) = (sender, seq);
            assert!(tx.try_send(message).is_ok());
            // The receiver is to stay close behind.
            while tx.len() > 3 {
                thread::yield_now();
            }
        }
    }
    watchdog("c2 held up", LIMIT, || {
        const EACH: u64 = 4000;
        let (tx, mut rx) = Unbounded.open::<Big>();
        harassed(|| {
            thread::scope(|scope| {
                for sender in 0..3 {
                    let tx = tx.clone();
                    scope.spawn(move || send(&tx, sender, EACH));
                }
                drop(tx);
                let mut next = [0; 3];
                loop {
                    match rx.try_recv() {
                        Ok(message) => {
                            let sender = message.0[0] as usize;
                            assert_eq!(message.0[1099], next[sender]);
                            next[sender] += 1;
                        }
                        Err(TryRecvError::Empty) => thread::yield_now(),
                        Err(TryRecvError::Closed) => break,
                    }
                }
                assert_eq!(next, [EACH; 3]);
            });
        });
    });
}

/// C1, B6: senders held up anywhere in a send as the last receiver goes.
#[test]
fn c1_held_up_sends_meet_the_last_receiver() {
    for form in SLOTTED {
        watchdog("c1 held up", limit(), move || {
            harassed(|| {
                for round in 0..150 * patience() {
                    let ledger = Ledger::new();
                    let (tx, rx) = form.open();
                    let ready = AtomicUsize::new(0);
                    thread::scope(|scope| {
                        for sender in 0..2u32 {
                            let (tx, ready) = (tx.clone(), &ready);
                            scope.spawn(move || {
                                let _victim = Victim::here();
                                ready.fetch_add(1, SeqCst);
                                for seq in 0..60 {
                                    drop(tx.try_send(ledger.make_from(sender, seq)));
                                }
                            });
                        }
                        while ready.load(SeqCst) < 2 {
                            thread::yield_now();
                        }
                        let mut rx = rx;
                        for _ in 0..round % 4 {
                            drop(rx.try_recv());
                        }
                        Rng::new(round).dawdle_up_to(3000);
                        drop(rx);
                    });
                    assert_eq!(
                        ledger.live(),
                        [],
                        "{form:?}: lives in a channel without a receiver"
                    );
                    drop(tx);
                }
            });
        });
    }
}

/// B3, promise 12: the one thing that `try_recv` may be blind to is a send behind an unfinished one; when
/// nobody is in the middle of a send, all that was sent is seen, whoever was held up before.
#[test]
fn b3_held_up_senders_hide_nothing_for_long() {
    for form in [Form::Bounded(8), Unbounded] {
        watchdog("b3 held up", LIMIT, move || {
            harassed(|| {
                let (tx, mut rx) = form.open::<u32>();
                for round in 0..400u32 {
                    thread::scope(|scope| {
                        for sender in 0..2 {
                            let tx = &tx;
                            scope.spawn(move || {
                                let _victim = Victim::here();
                                (0..4).for_each(|i| {
                                    tx.try_send(sender * 4 + i).expect("room for eight")
                                });
                            });
                        }
                    });
                    let mut got: Vec<u32> = rx.try_iter().collect();
                    got.sort_unstable();
                    assert_eq!(got, [0, 1, 2, 3, 4, 5, 6, 7], "{form:?}, round {round}");
                }
            });
        });
    }
}

/// B1, B6, D7: the soak, held up everywhere.
#[test]
fn b1_soak_held_up() {
    for form in FORMS {
        for leaves in [false, true] {
            let name = format!("soak held up {form:?}, {leaves}");
            watchdog(&name, limit(), move || {
                let seeds = 1..=6 * patience();
                harassed(|| seeds.for_each(|seed| soak(form, seed, 80, leaves, true)));
            });
        }
    }
}

/// A2 with senders that are held up between their claim and its publication: receivers go to sleep meanwhile,
/// and messages are published out of order. Each receiver takes one message in a round, and nothing more is
/// sent before all have: one that is not woken has nobody who comes to its help.
#[test]
fn a2_mpmc_held_up_senders_wake_as_many_receivers() {
    const THREADS: usize = 3;
    const ROUNDS: usize = 3000;
    for form in FORMS {
        watchdog("a2 mpmc held up", limit(), move || {
            harassed(|| {
                let ledger = Ledger::new();
                let (tx, rx) = form.open_mpmc();
                let taken = AtomicUsize::new(0);
                let ends = Mutex::new((vec![tx; THREADS], vec![rx; THREADS]));
                let all_are_done = |round: usize| {
                    while taken.load(SeqCst) < THREADS * (round + 1) {
                        thread::yield_now();
                    }
                };
                together(2 * THREADS, |i| {
                    let _victim = Victim::here();
                    if i < THREADS {
                        let tx = ends.lock().unwrap().0.pop().expect("one each");
                        for round in 0..ROUNDS {
                            tx.send(ledger.make(round as u64)).wait().expect("open");
                            all_are_done(round);
                        }
                        return;
                    }
                    let rx = ends.lock().unwrap().1.pop().expect("one each");
                    for round in 0..ROUNDS {
                        drop(block_on(rx.recv()).expect("open"));
                        taken.fetch_add(1, SeqCst);
                        all_are_done(round);
                    }
                });
                assert_eq!(taken.load(SeqCst), THREADS * ROUNDS);
                ledger.assert_all_dropped();
            });
        });
    }
}
