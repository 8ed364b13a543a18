//! C1, C2, C6, C11: what is freed by the one as the other still looks, with real threads. Worth running under
//! a sanitizer.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use waterway::error::RecvTimeoutError;

use crate::kit::{BOUNDED, Bounded, FORMS, Rng, race};
use crate::support::{Event, Ledger, Probe, Tracked, poll_once, watchdog};

const LIMIT: Duration = Duration::from_secs(30);

/// C1, C2: two senders install the first block (or take the first slots) as the last receiver leaves, then
/// the senders go: nothing is freed twice, nothing is touched after, nothing leaks. Run under ASan too.
#[test]
fn c1_sends_race_the_last_receiver() {
    for form in FORMS {
        watchdog("c1", LIMIT, move || {
            for round in 0..400u64 {
                let ledger = Ledger::new();
                let (tx, rx) = form.open();
                let other = tx.clone();
                thread::scope(|scope| {
                    let send = move |tx: waterway::mpsc::Sender<Tracked>, who: u32| {
                        let mut rng = Rng::new(round * 3 + u64::from(who));
                        rng.dawdle();
                        // Enough to cross the first blocks now and then.
                        for seq in 0..1 + rng.below(40) as u32 {
                            let message = ledger.make_from(who, seq);
                            if form == Bounded(0) || seq % 2 == 0 {
                                drop(tx.send(message).wait_timeout(Duration::from_micros(20)));
                            } else {
                                drop(tx.try_send(message));
                            }
                        }
                    };
                    scope.spawn(move || send(tx, 0));
                    scope.spawn(move || send(other, 1));
                    Rng::new(round).dawdle();
                    drop(rx);
                });
                ledger.assert_all_dropped();
            }
        });
    }
}

/// C2: the receiver leaves before, at, or after the very first send, and the channel is freed by whoever is
/// last; also with nothing sent at all.
#[test]
fn c2_receiver_drop_races_the_first_send() {
    for form in FORMS {
        watchdog("c2", LIMIT, move || {
            for round in 0..600u64 {
                let ledger = Ledger::new();
                let (tx, rx) = form.open();
                race(
                    || {
                        Rng::new(round).dawdle();
                        drop(rx);
                    },
                    || {
                        Rng::new(round + 1).dawdle();
                        drop(tx.try_send(ledger.make(1)));
                        drop(tx);
                    },
                );
                ledger.assert_all_dropped();
            }
        });
    }
}

/// C6: a receive was polled once; then its receiver is dropped while the sender sends, or goes, and the last
/// of them frees the channel. The waker's own drop uses the channel's other handle.
#[test]
fn c6_polled_receiver_drop_races_the_sender() {
    for form in FORMS {
        for sends in [true, false] {
            watchdog("c6", LIMIT, move || {
                for round in 0..400u64 {
                    let ledger = Ledger::new();
                    let (tx, mut rx) = form.open();
                    let probe = Probe::new();
                    let weak = tx.downgrade();
                    probe.hook(Event::Drop, move || {
                        let _ = weak.upgrade().map(|tx| tx.len());
                    });
                    let waker = probe.waker();
                    if round % 2 == 0 {
                        assert!(
                            rx.poll_recv(&mut std::task::Context::from_waker(&waker))
                                .is_pending()
                        );
                    }
                    race(
                        || {
                            if round % 2 == 1 {
                                let mut recv = Box::pin(rx.recv());
                                let _ = poll_once(recv.as_mut(), &waker);
                            }
                            drop(waker);
                            Rng::new(round).dawdle();
                            drop(rx);
                        },
                        || {
                            Rng::new(round * 7).dawdle();
                            if sends {
                                drop(
                                    tx.send(ledger.make(1))
                                        .wait_timeout(Duration::from_micros(10)),
                                );
                            }
                            drop(tx);
                        },
                    );
                    assert_eq!(probe.refs(), 0, "{form:?}: the waker outlives the channel");
                    probe.unhook();
                    ledger.assert_all_dropped();
                }
            });
        }
    }
}

/// C6, the other way round: parked sends, polled once, race the receiver's drop and the free.
#[test]
fn c6_polled_send_drop_races_the_receiver() {
    for form in BOUNDED {
        watchdog("c6 sends", LIMIT, move || {
            for round in 0..400u64 {
                let ledger = Ledger::new();
                let (tx, rx) = form.open();
                crate::kit::fill(form, &tx, &ledger);
                let probe = Probe::new();
                race(
                    || {
                        Rng::new(round).dawdle();
                        let mut rx = rx;
                        if round % 3 == 0 {
                            drop(rx.try_recv());
                        }
                        if round % 3 == 1 {
                            rx.close();
                        }
                        drop(rx);
                    },
                    || {
                        let mut send = Box::pin(tx.send(ledger.make(100)));
                        let _ = poll_once(send.as_mut(), &probe.waker());
                        Rng::new(round * 3).dawdle();
                        if round % 2 == 0 {
                            drop(send);
                        } else {
                            let mut send = Box::pin(tx.clone().send_owned(ledger.make(101)));
                            let _ = poll_once(send.as_mut(), &probe.waker());
                            drop(send);
                        }
                        drop(probe.waker());
                    },
                );
                drop(tx);
                assert_eq!(probe.refs(), 0);
                ledger.assert_all_dropped();
            }
        });
    }
}

/// C11: threads that time out and end at once, their frames and their parking spots with them, while the
/// other side is about to wake or to serve them.
#[test]
fn c11_waiting_thread_ends_as_it_is_woken() {
    for form in [Bounded(0), Bounded(1)] {
        watchdog("c11 senders", LIMIT, move || {
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let running = AtomicUsize::new(3);
            let sent = AtomicUsize::new(0);
            let mut got = 0;
            thread::scope(|scope| {
                for who in 0..3 {
                    let (tx, running, sent) = (&tx, &running, &sent);
                    scope.spawn(move || {
                        for round in 0..120u64 {
                            // Each send on a stack of its own, which goes as soon as it returns.
                            let message = ledger.make(round);
                            let limit = Duration::from_micros(round * (who + 1) % 40);
                            let send = move || tx.send(message).wait_timeout(limit).is_ok();
                            if thread::scope(|scope| scope.spawn(send).join().unwrap()) {
                                sent.fetch_add(1, Relaxed);
                            }
                        }
                        running.fetch_sub(1, SeqCst);
                    });
                }
                let mut rng = Rng::new(5);
                loop {
                    let over = running.load(SeqCst) == 0;
                    match rx.try_recv() {
                        Ok(_) => got += 1,
                        Err(_) if over => break,
                        Err(_) => rng.dawdle(),
                    }
                }
            });
            assert_eq!(got, sent.load(SeqCst), "{form:?}");
            drop((tx, rx));
            ledger.assert_all_dropped();
        });
    }
    for form in FORMS {
        watchdog("c11 receivers", LIMIT, move || {
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            let sender = thread::spawn(move || {
                let mut rng = Rng::new(9);
                let mut sent = 0;
                for id in 0..400 {
                    rng.dawdle();
                    // On a rendezvous this goes into the frame of a thread that waits, or not at all.
                    sent += usize::from(tx.try_send(ledger.make(id)).is_ok());
                    if rng.below(4) == 0 {
                        thread::yield_now();
                    }
                }
                sent
            });
            let mut rx = Some(rx);
            let mut got = 0;
            for round in 0u64.. {
                let mut mine = rx.take().unwrap();
                let limit = Duration::from_micros(round % 30);
                let receive = move || {
                    let result = mine.recv().wait_timeout(limit);
                    (result, mine)
                };
                let (result, mine) = thread::spawn(receive).join().unwrap();
                rx = Some(mine);
                match result {
                    Ok(_) => got += 1,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Closed) => break,
                }
            }
            assert_eq!(got, sender.join().unwrap(), "{form:?}");
            drop(rx);
            ledger.assert_all_dropped();
        });
    }
}
