//! C4 and C5: leaked guards, and nodes that must outlive their handle.

use std::mem;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;
use waterway::error::{TryRecvError, TrySendError};
use waterway::mpsc::{self, Receiver, Sender};

use crate::kit::{
    BOUNDED, Bounded, Case, FORMS, Form, Get, Put, SLOTTED, Unbounded, fill, post, take_all,
};
use crate::support::{Ledger, Tracked, assert_pending, block_on, poll_noop, watchdog};

/// When an operation of C4 is forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Unpolled,
    Parked,
    Woken,
    Closed,
    Completed,
}

const WHEN: [When; 5] = [
    When::Unpolled,
    When::Parked,
    When::Woken,
    When::Closed,
    When::Completed,
];

/// C4: a send or a reserve is leaked at any moment of its life; the channel works on, and ends well.
#[test]
fn c4_forgotten_sending_operations() {
    for form in FORMS {
        for put in Put::on(form) {
            for when in WHEN {
                let _case = Case::new((form, put, when));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                if form != Unbounded {
                    fill(form, &tx, &ledger);
                }
                let mut op = put.start(&tx, ledger.make(100));
                let probe = op.probe.clone();
                if when != When::Unpolled {
                    match op.poll() {
                        // Its permit, if it is one, is leaked as well.
                        Poll::Ready(done) => mem::forget(done),
                        Poll::Pending => assert_ne!(form, Unbounded),
                    }
                }
                match when {
                    When::Closed => assert!(tx.close()),
                    When::Woken if form != Unbounded => drop(rx.try_recv().expect("full")),
                    When::Completed if form != Unbounded => {
                        drop(rx.try_recv().expect("full"));
                        mem::forget(op.finish());
                    }
                    _ => {}
                }
                op.forget();
                work_on(form, &tx, &mut rx, when == When::Closed);
                // The channel goes before the waker that it may have been left with.
                drop((tx, rx));
                drop(probe);
                ledger.assert_no_double_drop();
            }
        }
    }
}

/// C4: the same for everything that waits for a message.
#[test]
fn c4_forgotten_receiving_operations() {
    for form in FORMS {
        for get in Get::ALL {
            for when in WHEN {
                let _case = Case::new((form, get, when));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let mut op = get.start(&mut rx);
                if when != When::Unpolled {
                    assert!(op.poll().is_pending());
                }
                match when {
                    When::Unpolled | When::Parked => {}
                    When::Woken => mem::drop(post(&tx, ledger.make(1))),
                    When::Closed => assert!(tx.close()),
                    When::Completed => {
                        let _sent = post(&tx, ledger.make(1));
                        assert_eq!(op.finish(), Some(1));
                    }
                }
                op.forget();
                work_on(form, &tx, &mut rx, when == When::Closed);
                drop((tx, rx));
                ledger.assert_all_dropped();
            }
        }
    }
}

/// The channel still does all it should (a leaked permit may keep one place).
fn work_on(form: Form, tx: &Sender<Tracked>, rx: &mut Receiver<Tracked>, closed: bool) {
    take_all(rx);
    let ledger = Ledger::new();
    if closed {
        assert!(matches!(
            tx.try_send(ledger.make(1)),
            Err(TrySendError::Closed(_))
        ));
        assert!(rx.try_recv().is_err());
        return;
    }
    for round in 0..20 {
        // With a receiver that waits nobody who sleeps in front keeps a message out.
        let mut recv = Get::Recv.park(rx);
        match tx.try_send(ledger.make(1000 + round)) {
            Ok(()) => assert_eq!(recv.finish(), Some(1000 + round)),
            Err(TrySendError::Full(message)) => {
                assert!(form.slots() <= 1, "places are kept by nobody");
                // No place at all, or the one there is belongs to a leaked permit.
                let mut send = post(tx, message);
                assert_eq!(recv.woken(), form == Bounded(0));
                if recv.woken() {
                    assert_eq!(recv.finish(), Some(1000 + round));
                    send.finish().deliver().expect("open");
                }
            }
            Err(TrySendError::Closed(_)) => panic!("closed?"),
        }
    }
    drop(Put::Send.start(tx, ledger.make(1)));
    drop(Get::Recv.start(rx));
    ledger.assert_all_dropped();
}

/// C4: permits, guards, iterators and handles are leaked; a leaked permit keeps its place and delays the
/// end, everything else is as if it had never been.
#[test]
#[allow(clippy::forget_non_drop, reason = "what has a drop may change")]
fn c4_forgotten_guards_and_handles() {
    for form in SLOTTED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let n = form.slots();
        mem::forget(tx.try_reserve().unwrap());
        for id in 0..n as u64 - 1 {
            tx.try_send(ledger.make(id)).unwrap();
        }
        assert_eq!(tx.try_send(ledger.make(0)).is_err(), form != Unbounded);
        mem::forget(rx.drain());
        mem::forget(rx.iter());
        mem::forget(rx.try_iter());
        if n > 1 {
            assert_eq!(rx.try_peek().unwrap(), &0);
            let mut drain = rx.drain();
            drop(drain.next());
            mem::forget(drain);
        }
        take_all(&mut rx);
        tx.close();
        assert_eq!(
            rx.try_recv().unwrap_err(),
            TryRecvError::Empty,
            "a permit is out, for ever"
        );
        drop(rx);
        drop(tx);
        ledger.assert_all_dropped();
    }
    for form in SLOTTED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        mem::forget(tx.clone().try_reserve_owned().unwrap());
        let mut permits = tx.try_reserve_many(form.slots() - 1).unwrap();
        mem::forget(permits.next());
        mem::forget(permits);
        assert_eq!(tx.try_send(ledger.make(0)).is_err(), form != Unbounded);
        mem::forget(rx.new_sender());
        mem::forget(tx.downgrade());
        drop(tx);
        take_all(&mut rx);
        assert!(
            Get::Recv.start(&mut rx).poll().is_pending(),
            "leaked handles are handles"
        );
        mem::forget(rx);
    }
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        // Owned operations take their handle along.
        let (tx, rx) = form.open();
        fill(form, &tx, &ledger);
        mem::forget(Box::pin(tx.clone().send_owned(ledger.make(1))));
        let mut parked = Box::pin(tx.clone().send_owned(ledger.make(2)));
        let _ = poll_noop(parked.as_mut());
        mem::forget(parked);
        let mut recv = Box::pin(rx.recv_owned());
        let _ = poll_noop(recv.as_mut());
        mem::forget(recv);
        drop(tx);

        let (tx, mut rx) = form.open();
        let mut sink = tx.into_sink();
        fill_sink(&mut sink, ledger);
        mem::forget(sink);
        take_all(&mut rx);
        assert!(
            Pin::new(&mut rx)
                .poll_next(&mut std::task::Context::from_waker(Waker::noop()))
                .is_pending()
        );
        mem::forget(rx.into_iter());
    }
}

fn fill_sink(sink: &mut mpsc::SendSink<Tracked>, ledger: Ledger) {
    let cx = &mut std::task::Context::from_waker(Waker::noop());
    for id in 0..20 {
        if Pin::new(&mut *sink).poll_ready(cx).is_pending() {
            break;
        }
        Pin::new(&mut *sink)
            .start_send(ledger.make(id))
            .expect("open");
    }
    let _ = Pin::new(&mut *sink).poll_flush(cx);
}

/// C4: a result that was leaked together with its error, its rest, its weak handle.
#[test]
fn c4_forgotten_results() {
    for form in BOUNDED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let mut many = Box::pin(tx.send_many((0..20).map(|id| ledger.make(id))));
        assert_pending(many.as_mut(), Waker::noop());
        let mut unsent = many.as_mut().cancel();
        drop(unsent.rest.next());
        mem::forget(unsent);
        drop(many);
        mem::forget(tx.try_send(ledger.make(99)));
        assert_eq!(take_all(&mut rx).len(), form.slots());
        work_on(form, &tx, &mut rx, false);
    }
}

/// C5: a parked operation is leaked, its sender dropped, and the box that held the sender freed; then the
/// other side works through what is left.
#[test]
fn c5_forgotten_future_outlives_its_handle() {
    for form in BOUNDED {
        for put in Put::on(form) {
            for mixed in [false, true] {
                let _case = Case::new((form, put, mixed));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger);
                {
                    let boxed = Box::new(tx.clone());
                    put.park(&boxed, ledger.make(100)).forget();
                    if mixed {
                        drop(put.park(&boxed, ledger.make(101)));
                        put.park(&boxed, ledger.make(102)).forget();
                    }
                    // Here the box goes, and whatever lay in the handle with it.
                }
                let junk = vec![0xaau8; 64];
                let mut kept = Put::Send.park(&tx, ledger.make(200));
                let mut got = take_all(&mut rx);
                if !kept.woken() {
                    // Dead reserves stand in front; whoever comes may overtake them once they were woken.
                    for id in 300..303 {
                        let _ = tx.try_send(ledger.make(id));
                        got.extend(take_all(&mut rx));
                    }
                }
                kept.finish().deliver().expect("open");
                got.extend(take_all(&mut rx));
                assert!(got.contains(&200) && got.len() > filled);
                drop(junk);
                drop(kept);
                drop(tx);
                // An owned operation has leaked its handle as well.
                let leaked = matches!(put, Put::SendOwned | Put::ReserveOwned);
                let end = if leaked {
                    TryRecvError::Empty
                } else {
                    TryRecvError::Closed
                };
                assert_eq!(rx.try_recv().unwrap_err(), end);
                drop(rx);
                ledger.assert_no_double_drop();
            }
        }
    }
}

/// C5, the receiving side: leaked operations of a receiver that is dropped; the senders go on.
#[test]
fn c5_forgotten_recv_outlives_its_handle() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            let probe = {
                let mut boxed = Box::new(rx);
                let op = get.park(&mut boxed);
                let probe = op.probe.clone();
                op.forget();
                drop(boxed);
                probe
            };
            assert_eq!(
                post(&tx, ledger.make(1)).probe.refs(),
                0,
                "parked on a dead channel"
            );
            assert!(tx.is_closed());
            drop(tx);
            drop(probe);
            ledger.assert_all_dropped();
        }
    }
}

/// C5: the receiver moves (into a box, into a thread) between a leaked operation and the next one.
#[test]
fn c5_handle_moves_after_a_leak() {
    watchdog("c5 moves", Duration::from_secs(20), || {
        for form in FORMS {
            for get in Get::ALL {
                let (tx, mut rx) = form.open::<Tracked>();
                let ledger = Ledger::new();
                get.park(&mut rx).forget();
                let mut moved = Box::new(rx);
                get.park(&mut moved).forget();
                let receiver = std::thread::spawn(move || {
                    let mut rx = *moved;
                    block_on(rx.recv()).map(|m| m.id())
                });
                tx.send(ledger.make(5)).wait().expect("open");
                assert_eq!(receiver.join().unwrap(), Some(5), "{form:?} {get:?}");
            }
        }
    });
}
