//! A1 and A2: a wake must not die with the waiter that got it.

use std::pin::pin;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use waterway::Wait;
use waterway::mpsc::Receiver;

use crate::kit::{
    BOUNDED, Bounded, Case, Done, FILLABLE, FORMS, Get, Put, Waiting, fill, post, race, take_all,
};
use crate::support::{Ledger, Probe, Tracked, assert_pending, assert_ready, watchdog};

/// After the first of two waiting senders was woken and went away, the second must go on: either it was
/// woken already, or the first one's message had been pulled and it takes one more receive.
fn second_goes_on(
    first_was_pulled: bool,
    second: &mut Waiting<'_, Done<'_>>,
    rx: &mut Receiver<Tracked>,
) -> Vec<u64> {
    let mut got = Vec::new();
    if first_was_pulled && !second.woken() {
        got.push(rx.try_recv().expect("the pulled message").id());
    }
    assert_eq!(second.finish().deliver(), Ok(()));
    got.extend(take_all(rx));
    got
}

/// A1: a woken sender is dropped without being polled again; the next one must not be left asleep.
#[test]
fn a1_cancel_woken_send_passes_baton() {
    for form in BOUNDED {
        for first in Put::on(form) {
            for second in Put::on(form) {
                let _case = Case::new((form, first, second));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger) as u64;
                let a = first.park(&tx, ledger.make(100));
                let mut b = second.park(&tx, ledger.make(200));

                let mut got = vec![rx.try_recv().expect("a full channel").id()];
                assert!(a.woken(), "the first in the queue is the one to wake");
                drop(a);
                got.extend(second_goes_on(!first.reserves(), &mut b, &mut rx));

                let mut expected: Vec<u64> = (0..filled).collect();
                if !first.reserves() {
                    expected.push(100);
                }
                expected.push(200);
                assert_eq!(got, expected);
                drop(b);
                ledger.assert_all_dropped();
            }
        }
    }
}

/// A1 for `cancel()`: the message was pulled and `cancel` says so, or the wake goes on.
#[test]
fn a1_cancel_tells_and_passes_baton() {
    for form in FILLABLE {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        fill(form, &tx, &ledger);
        let probe = Probe::new();
        {
            let mut send = pin!(tx.send(ledger.make(100)));
            assert_pending(send.as_mut(), &probe.waker());
            let mut b = Put::Send.park(&tx, ledger.make(101));
            rx.try_recv().unwrap();
            assert!(probe.take_woken());
            assert!(
                send.as_mut().cancel().is_err(),
                "its message is in the slot"
            );
            second_goes_on(true, &mut b, &mut rx);
        }
        fill(form, &tx, &ledger);
        {
            let mut reserve = pin!(tx.reserve());
            assert_pending(reserve.as_mut(), &probe.waker());
            let mut b = Put::Send.park(&tx, ledger.make(102));
            rx.try_recv().unwrap();
            assert!(probe.take_woken());
            reserve.as_mut().cancel();
            second_goes_on(false, &mut b, &mut rx);
        }
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

/// A1 for the batch: a `reserve_many` that got a part of what it wants, or a `send_many` that got a part
/// of its messages in, gives the rest of its turn away when it is dropped.
#[test]
fn a1_cancel_partly_served_batch_passes_baton() {
    for form in [Bounded(2), Bounded(8)] {
        for second in Put::ALL {
            for reserve in [true, false] {
                let _case = Case::new((form, second, reserve));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger) as u64;
                let batch = [ledger.make(100), ledger.make(101)];
                let mut a: Waiting<'_, ()> = if reserve {
                    Waiting::new(async {
                        drop(tx.reserve_many(2).await);
                        drop(batch);
                    })
                } else {
                    Waiting::new(async { drop(tx.send_many(batch).await) })
                };
                assert!(a.poll().is_pending());
                let mut b = second.park(&tx, ledger.make(200));
                assert_eq!(rx.try_recv().unwrap(), 0);
                assert!(
                    !b.woken(),
                    "the batch is first, and one slot is not enough for it"
                );

                drop(a);
                let got = second_goes_on(!reserve, &mut b, &mut rx);
                let mut expected: Vec<u64> = (1..filled).collect();
                if !reserve {
                    expected.push(100);
                }
                expected.push(200);
                assert_eq!(got, expected);
            }
        }
    }
}

/// A1 for threads: a send that times out as it is being served hands its turn on.
#[test]
fn a1_timed_out_woken_send_passes_baton() {
    watchdog("a1 timeout", Duration::from_secs(30), || {
        for form in [Bounded(0), Bounded(1), Bounded(2)] {
            for round in 0..150u64 {
                let _case = Case::new((form, round));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger);
                let slow = thread::spawn({
                    let (tx, message) = (tx.clone(), ledger.make(100));
                    let limit = Duration::from_micros(20 + round % 7 * 20);
                    move || match tx.send(message).wait_timeout(limit) {
                        Ok(()) => true,
                        Err(error) => {
                            assert!(error.is_timeout());
                            assert_eq!(error.into_inner(), 100);
                            false
                        }
                    }
                });
                let patient = thread::spawn({
                    let (tx, message) = (tx.clone(), ledger.make(200));
                    move || tx.send(message).wait().expect("open")
                });
                drop(tx);
                let mut got: Vec<u64> = std::iter::from_fn(|| rx.recv().wait())
                    .map(|m| m.id())
                    .collect();
                patient.join().unwrap();
                let sent = slow.join().unwrap();
                got.retain(|id| *id >= 100);
                got.sort_unstable();
                assert_eq!(
                    got,
                    if sent { vec![100, 200] } else { vec![200] },
                    "{filled}"
                );
                ledger.assert_all_dropped();
            }
        }
    });
}

/// A1 for a timed wait on a pinned operation: it stays parked after the timeout; dropped later, once it was
/// served, it passes the turn on.
#[test]
fn a1_pinned_timed_out_op_passes_baton_when_dropped() {
    for form in FILLABLE {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        fill(form, &tx, &ledger);
        let mut reserve = Box::pin(tx.reserve());
        assert_pending(reserve.as_mut(), Waker::noop());
        assert!(
            reserve
                .as_mut()
                .wait_timeout(Duration::from_millis(1))
                .is_err()
        );
        let mut b = Put::Reserve.park(&tx, ledger.make(200));
        rx.try_recv().unwrap();
        assert!(!b.woken(), "the one that timed out kept its place");
        drop(reserve);
        second_goes_on(false, &mut b, &mut rx);
    }
}

/// A2: a woken receive is dropped without being polled again; the message must be there for the next.
#[test]
fn a2_cancel_woken_recv_passes_baton() {
    for form in FORMS {
        for first in Get::ALL {
            for second in Get::ALL {
                let _case = Case::new((form, first, second));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let a = first.park(&mut rx);
                let mut sent = post(&tx, ledger.make(7));
                assert!(a.woken());
                drop(a);
                assert_eq!(second.start(&mut rx).poll(), Poll::Ready(Some(7)));
                if form == Bounded(0) {
                    sent.finish().deliver().expect("open");
                }
            }
        }
    }
}

/// A2 with the woken or sleeping receive forgotten instead of dropped: the next receive is the one to wake.
#[test]
fn a2_forgotten_recv_does_not_absorb_the_wake() {
    for form in FORMS {
        for first in Get::ALL {
            for second in Get::ALL {
                for woken in [false, true] {
                    let _case = Case::new((form, first, second, woken));
                    let ledger = Ledger::new();
                    let (tx, mut rx) = form.open();
                    let a = first.park(&mut rx);
                    let mut before = woken.then(|| post(&tx, ledger.make(7)));
                    assert_eq!(a.woken(), woken);
                    a.forget();
                    let mut b = second.start(&mut rx);
                    if woken {
                        assert_eq!(b.poll(), Poll::Ready(Some(7)));
                        if let Some(sent) = before.as_mut().filter(|_| form == Bounded(0)) {
                            sent.finish().deliver().expect("open");
                        }
                    } else {
                        assert!(b.poll().is_pending());
                        let _sent = post(&tx, ledger.make(8));
                        assert_eq!(b.finish(), Some(8));
                    }
                }
            }
        }
    }
}

/// A2 for `recv_owned`: cancelling a woken one gives the receiver back, message and all.
#[test]
fn a2_cancel_woken_recv_owned_keeps_the_message() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, rx) = form.open();
        let probe = Probe::new();
        let mut recv = Box::pin(rx.recv_owned());
        assert_pending(recv.as_mut(), &probe.waker());
        let _sent = post(&tx, ledger.make(7));
        assert!(probe.take_woken());
        let mut rx: Receiver<Tracked> = recv.as_mut().cancel();
        assert_eq!(assert_ready(pin!(rx.recv()), &probe.waker()).unwrap(), 7);
        assert_eq!(probe.refs(), 0);
    }
}

/// A2 with real threads: the drop of a polled receive races the send that wakes it.
#[test]
fn a2_cancel_racing_the_send() {
    watchdog("a2 race", Duration::from_secs(30), || {
        for form in FORMS {
            let (tx, mut rx) = form.open();
            for round in 0..300u64 {
                let probe = Probe::new();
                race(
                    || {
                        let mut recv = Box::pin(rx.recv());
                        let early = crate::support::poll_once(recv.as_mut(), &probe.waker());
                        drop(recv);
                        if let Poll::Ready(message) = early {
                            assert_eq!(message, Some(round));
                        } else {
                            let message = rx.recv().wait_timeout(Duration::from_secs(10));
                            assert_eq!(message, Ok(round), "{form:?}: sent, and nobody got it");
                        }
                    },
                    || tx.send(round).wait().expect("open"),
                );
            }
        }
    });
}
