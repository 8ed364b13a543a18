//! A3 and A4: waiters that are dead, or done, must not swallow a wake.

use std::task::Poll;
use std::thread;
use std::time::Duration;

use waterway::mpsc::Receiver;

use crate::kit::{Bounded, Case, FILLABLE, FORMS, Get, Put, Waiting, fill, post, take_all};
use crate::support::{Ledger, Probe, Tracked, watchdog};

/// A3: a forgotten waiter must not absorb the wakes meant for those behind it.
#[test]
fn a3_forgotten_waiter_strands_nobody() {
    for form in FILLABLE {
        for first in Put::ALL {
            for second in Put::ALL {
                let _case = Case::new((form, first, second));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let a = first.park(&tx, ledger.make(100));
                let mut b = second.park(&tx, ledger.make(200));
                a.forget();
                free_two(&mut rx, || b.woken());
                assert_eq!(b.finish().deliver(), Ok(()));
            }
        }
    }
}

/// A3, the same with the first waiter woken before it is forgotten, and with a whole queue of dead ones.
#[test]
fn a3_forgotten_crowd_strands_nobody() {
    for first in Put::ALL {
        for second in Put::ALL {
            let _case = Case::new((first, second));
            let ledger = Ledger::new();
            let (tx, mut rx) = Bounded(8).open();
            fill(Bounded(8), &tx, &ledger);
            for id in 100..103 {
                first.park(&tx, ledger.make(id)).forget();
            }
            let woken = first.park(&tx, ledger.make(103));
            let mut b = second.park(&tx, ledger.make(200));
            for _ in 0..4 {
                rx.try_recv().unwrap();
            }
            if first.reserves() {
                // The room was left to the first of them until now that the receiver runs dry.
                take_all(&mut rx);
            }
            assert!(woken.woken());
            woken.forget();
            if !first.reserves() {
                rx.try_recv().unwrap();
            }
            assert_eq!(
                b.finish().deliver(),
                Ok(()),
                "five slots were freed for five waiters"
            );
        }
    }
}

/// A3 for the rendezvous: a forgotten parked send is taken first (its message is there to be pulled), the
/// one behind it next.
#[test]
fn a3_forgotten_rendezvous_send_strands_nobody() {
    for first in Put::on(Bounded(0)) {
        for get in Get::ALL {
            let _case = Case::new((first, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = Bounded(0).open();
            first.park(&tx, ledger.make(100)).forget();
            let mut b = Put::Send.park(&tx, ledger.make(200));
            let got = [(); 2].map(|()| get.start(&mut rx).poll());
            assert_eq!(got, [Poll::Ready(Some(100)), Poll::Ready(Some(200))]);
            assert_eq!(b.finish().deliver(), Ok(()));
        }
    }
}

/// A3 for those who wait for the end: a forgotten `closed()` or `flush()` leaves the others their wake.
#[test]
fn a3_forgotten_observers_strand_nobody() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        Waiting::park(tx.closed()).forget();
        let mut closed = Waiting::park(tx.closed());
        if form != Bounded(0) {
            tx.try_send(ledger.make(1)).unwrap();
            Waiting::park(tx.flush()).forget();
            let mut flushed = Waiting::park(tx.flush());
            rx.try_recv().unwrap();
            assert!(flushed.finish().is_ok());
        }
        drop(rx);
        closed.finish();
    }
}

/// Makes room for two, whatever the capacity. A dead `reserve` in front may keep the room that it was told
/// of, but not once the receiver has nothing left to do.
fn free_two(rx: &mut Receiver<Tracked>, second_woken: impl Fn() -> bool) {
    rx.try_recv().unwrap();
    let _ = rx.try_recv();
    if !second_woken() {
        take_all(rx);
    }
}

/// A4: an operation that found its result by itself must leave no registration behind that could swallow
/// the next wake.
#[test]
fn a4_no_stale_waker_after_success() {
    for form in FILLABLE {
        for put in Put::ALL {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            fill(form, &tx, &ledger);
            let mut a = put.park(&tx, ledger.make(100));
            rx.try_recv().unwrap();
            // It is kept, completed, while the next one waits.
            a.finish().deliver().expect("open");
            assert_eq!(
                a.probe.refs(),
                0,
                "completed, and its waker is still registered"
            );
            let wakes = a.probe.wakes();
            let mut b = put.park(&tx, ledger.make(101));
            rx.try_recv().unwrap();
            assert_eq!(b.finish().deliver(), Ok(()));
            assert_eq!(a.probe.wakes(), wakes, "the finished one was woken instead");
        }
    }
    for form in FORMS {
        for first in Get::ALL {
            for second in Get::ALL {
                let _case = Case::new((form, first, second));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let mut a = first.park(&mut rx);
                let _one = post(&tx, ledger.make(1));
                assert_eq!(a.finish(), Some(1));
                let probe = a.probe.clone();
                drop(a);
                assert_eq!(
                    probe.refs(),
                    0,
                    "completed, and its waker is still registered"
                );
                let wakes = probe.wakes();
                let mut b = second.park(&mut rx);
                let _two = post(&tx, ledger.make(2));
                assert_eq!(b.finish(), Some(2));
                assert_eq!(probe.wakes(), wakes, "the finished one was woken instead");
            }
        }
    }
}

/// A4: success by a re-poll that nobody asked for (the wake was still under way) counts as well.
#[test]
fn a4_no_stale_waker_after_spurious_success() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let (early, late) = (Probe::new(), Probe::new());
            let mut a = get.start(&mut rx);
            assert!(a.poll_with(&early).is_pending());
            drop(a);
            let _one = post(&tx, ledger.make(1));
            // Other task, other waker, and it need not wait at all.
            assert_eq!(get.start(&mut rx).poll_with(&late), Poll::Ready(Some(1)));
            assert_eq!(late.refs(), 0);
            let mut b = get.park(&mut rx);
            assert_eq!(early.refs(), 0, "replaced, and still registered");
            let _two = post(&tx, ledger.make(2));
            assert_eq!(b.finish(), Some(2));
            assert_eq!(late.wakes(), 0);
        }
    }
}

/// A4, the soak: many senders, part of them impatient, over one slot; every sleeper must get its wake.
#[test]
fn a4_soak_over_one_slot() {
    const SENDERS: u32 = 12;
    const EACH: u32 = 60;
    for form in [Bounded(0), Bounded(1)] {
        watchdog("a4 soak", Duration::from_secs(30), move || {
            let (tx, mut rx) = form.open();
            let threads: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let tx = tx.clone();
                    thread::spawn(move || {
                        for seq in 0..EACH {
                            let mut message = (sender, seq);
                            if sender % 3 != 0 {
                                tx.send(message).wait().expect("open");
                                continue;
                            }
                            let limit = Duration::from_micros(20 + u64::from(seq % 5) * 30);
                            while let Err(error) = tx.send(message).wait_timeout(limit) {
                                message = error.into_inner();
                            }
                        }
                    })
                })
                .collect();
            drop(tx);
            let mut next = [0u32; SENDERS as usize];
            while let Some((sender, seq)) = rx.recv().wait() {
                assert_eq!(seq, next[sender as usize], "order of sender {sender}");
                next[sender as usize] = seq + 1;
            }
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(next, [EACH; SENDERS as usize]);
        });
    }
}
