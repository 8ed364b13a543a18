//! A5: an operation polled again with another waker must wake that one. E3: no waker outlives its operation.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use futures_sink::Sink;

use crate::kit::{Case, Done, FILLABLE, FORMS, Form, Get, Put, Unbounded, Waiting, fill, post};
use crate::support::{Ledger, Probe};

/// Polls `waiting` with two wakers in turn, an odd number of times, so that the second one is the last.
fn alternate<R>(waiting: &mut Waiting<'_, R>, first: &Probe, second: &Probe, times: usize) {
    for _ in 0..times {
        assert!(waiting.poll_with(first).is_pending());
        assert!(waiting.poll_with(second).is_pending());
    }
    assert_eq!(first.refs(), 0, "the replaced waker is still kept");
    assert!(second.refs() >= 1);
}

/// The event happened: only the last waker may have been called, and a poll finds the result.
#[track_caller]
fn only_the_last_is_woken<R>(waiting: &mut Waiting<'_, R>, first: &Probe, second: &Probe) -> R {
    assert!(
        second.is_woken(),
        "the waker of the last poll was not called"
    );
    assert_eq!(first.wakes(), 0, "a replaced waker was called");
    match waiting.poll_with(second) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("woken, but pending"),
    }
}

/// A5: everything that waits for room.
#[test]
fn a5_new_waker_replaces_old_for_senders() {
    for form in crate::kit::BOUNDED {
        for put in Put::on(form) {
            for times in [1, 1000] {
                let _case = Case::new((form, put, times));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let (first, second) = (Probe::new(), Probe::new());
                let mut waiting = put.start(&tx, ledger.make(100));
                alternate(&mut waiting, &first, &second, times);
                rx.try_recv().unwrap();
                let done = only_the_last_is_woken(&mut waiting, &first, &second);
                assert_eq!(done.deliver(), Ok(()));
                assert_eq!(second.refs(), 0);
            }
        }
    }
}

/// A5: everything that waits for a message.
#[test]
fn a5_new_waker_replaces_old_for_receivers() {
    for form in FORMS {
        for get in Get::ALL {
            for times in [1, 1000] {
                let _case = Case::new((form, get, times));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let (first, second) = (Probe::new(), Probe::new());
                let mut waiting = get.start(&mut rx);
                alternate(&mut waiting, &first, &second, times);
                let _sent = post(&tx, ledger.make(1));
                assert_eq!(
                    only_the_last_is_woken(&mut waiting, &first, &second),
                    Some(1)
                );
                assert_eq!(second.refs(), 0);
            }
        }
        let (tx, rx) = form.open::<u8>();
        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = Waiting::new(rx.recv_owned());
        alternate(&mut waiting, &first, &second, 1000);
        drop(tx);
        assert!(
            only_the_last_is_woken(&mut waiting, &first, &second)
                .0
                .is_none()
        );
    }
}

/// A5: those who watch: `closed`, `flush`.
#[test]
fn a5_new_waker_replaces_old_for_observers() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open::<u8>();
        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = Waiting::new(tx.closed());
        alternate(&mut waiting, &first, &second, 1000);
        rx.close();
        only_the_last_is_woken(&mut waiting, &first, &second);
        drop(waiting);

        let (tx, mut rx) = form.open();
        if form.slots() > 0 {
            fill(form, &tx, &ledger);
            let (first, second) = (Probe::new(), Probe::new());
            let mut waiting = Waiting::new(tx.flush());
            alternate(&mut waiting, &first, &second, 1000);
            while rx.try_recv().is_ok() {}
            assert!(only_the_last_is_woken(&mut waiting, &first, &second).is_ok());
        }
    }
}

/// A5: an operation inside `until`.
#[test]
fn a5_new_waker_replaces_old_inside_until() {
    for form in FILLABLE {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        fill(form, &tx, &ledger);
        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = Waiting::new(tx.send(ledger.make(9)).until(pending::<()>()));
        alternate(&mut waiting, &first, &second, 1000);
        while rx.try_recv().is_ok() {}
        assert!(only_the_last_is_woken(&mut waiting, &first, &second).is_ok());
        drop(waiting);
        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = Waiting::new(rx.recv().until(pending::<()>()));
        alternate(&mut waiting, &first, &second, 1000);
        tx.try_send(ledger.make(10)).unwrap();
        assert_eq!(
            only_the_last_is_woken(&mut waiting, &first, &second).unwrap(),
            10
        );
    }
}

/// A5: the `Sink`: waiting for room and for the flush.
#[test]
fn a5_new_waker_replaces_old_in_the_sink() {
    for form in FILLABLE {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let mut sink = tx.into_sink();
        let mut id = 0;
        while poll_ready(&mut sink).poll().is_ready() {
            assert!(id < 100, "the sink takes without end");
            Pin::new(&mut sink)
                .start_send(ledger.make(id))
                .expect("open");
            id += 1;
        }
        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = poll_ready(&mut sink);
        alternate(&mut waiting, &first, &second, 1000);
        rx.try_recv().unwrap();
        assert!(only_the_last_is_woken(&mut waiting, &first, &second).is_ok());
        drop(waiting);

        let (first, second) = (Probe::new(), Probe::new());
        let mut waiting = Waiting::new(poll_fn(|cx| Pin::new(&mut sink).poll_flush(cx)));
        if waiting.poll().is_pending() {
            alternate(&mut waiting, &first, &second, 1000);
            while rx.try_recv().is_ok() {}
            assert!(only_the_last_is_woken(&mut waiting, &first, &second).is_ok());
        }
    }
}

fn poll_ready<T: 'static>(
    sink: &mut waterway::mpsc::SendSink<T>,
) -> Waiting<'_, Result<(), <waterway::mpsc::SendSink<T> as Sink<T>>::Error>> {
    Waiting::new(poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)))
}

/// A5: an operation may be polled first with a waker that is gone by the time of the event.
#[test]
fn a5_first_waker_long_gone() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut waiting = get.start(&mut rx);
            {
                let gone = Probe::new();
                assert!(waiting.poll_with(&gone).is_pending());
                assert!(waiting.poll().is_pending());
                assert_eq!(gone.refs(), 0);
            }
            let _sent = post(&tx, ledger.make(1));
            assert_eq!(waiting.finish(), Some(1));
        }
    }
}

/// How the wait of an E3 case ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Completed,
    Cancelled,
    ClosedByPeer,
    ClosedAndCancelled,
}

const ENDS: [End; 4] = [
    End::Completed,
    End::Cancelled,
    End::ClosedByPeer,
    End::ClosedAndCancelled,
];

/// E3: when an operation has ended, whichever way, the channel holds no waker of it.
#[test]
fn e3_no_waker_outlives_a_send() {
    for form in crate::kit::BOUNDED {
        for put in Put::on(form) {
            for end in ENDS {
                let _case = Case::new((form, put, end));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let mut waiting = put.park(&tx, ledger.make(100));
                let probe = waiting.probe.clone();
                assert_eq!(probe.refs(), 1);
                match end {
                    End::Completed => {
                        rx.try_recv().unwrap();
                        let done = waiting.finish();
                        assert_eq!(probe.refs(), 0, "completed, not yet dropped");
                        drop(done);
                    }
                    End::Cancelled => drop(waiting),
                    End::ClosedByPeer => {
                        drop(rx);
                        assert!(matches!(waiting.finish(), Done::Back(_)));
                    }
                    End::ClosedAndCancelled => {
                        drop(rx);
                        drop(waiting);
                    }
                }
                assert_eq!(probe.refs(), 0);
            }
        }
    }
}

/// E3 for receiving operations: at the latest when the operation ends; for `poll_*` and streams, which have
/// no operation, when the result comes or the handle goes.
#[test]
fn e3_no_waker_outlives_a_receive() {
    for form in FORMS {
        for get in Get::ALL {
            for end in ENDS {
                let _case = Case::new((form, get, end));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let mut waiting = get.park(&mut rx);
                let probe = waiting.probe.clone();
                assert_eq!(probe.refs(), 1);
                match end {
                    End::Completed => {
                        let _sent = post(&tx, ledger.make(1));
                        assert_eq!(waiting.finish(), Some(1));
                        assert_eq!(probe.refs(), 0, "completed, not yet dropped");
                        drop(waiting);
                    }
                    End::Cancelled => drop(waiting),
                    End::ClosedByPeer => {
                        drop(tx);
                        assert_eq!(waiting.finish(), None);
                        assert_eq!(probe.refs(), 0);
                        continue;
                    }
                    End::ClosedAndCancelled => {
                        drop(tx);
                        drop(waiting);
                        drop(rx);
                        assert_eq!(probe.refs(), 0);
                        continue;
                    }
                }
                if matches!(get, Get::PollRecv | Get::PollRecvMany | Get::Next) {
                    drop(rx);
                }
                // The sender lives on: a dead task must not be kept by its channel.
                assert_eq!(probe.refs(), 0);
                assert!(tx.sender_count() == 1);
            }
        }
    }
}

/// E3 for `closed`, `flush` and the sink.
#[test]
fn e3_no_waker_outlives_an_observer() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, rx) = form.open();
        let dropped = Waiting::park(tx.closed());
        let mut done = Waiting::park(tx.closed());
        let probes = [dropped.probe.clone(), done.probe.clone()];
        drop(dropped);
        assert_eq!(probes[0].refs(), 0);
        let mut flushes = Vec::new();
        if form.slots() > 0 {
            tx.try_send(ledger.make(1)).unwrap();
            let dropped = Waiting::park(tx.flush());
            let probe = dropped.probe.clone();
            drop(dropped);
            assert_eq!(probe.refs(), 0);
            flushes.push(Waiting::park(tx.flush()));
        }
        drop(rx);
        done.finish();
        assert_eq!(probes[1].refs(), 0);
        for flush in &mut flushes {
            assert!(flush.finish().is_err());
            assert_eq!(flush.probe.refs(), 0);
        }
    }
    for form in FILLABLE {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, rx) = form.open();
        fill(form, &tx, &ledger);
        let mut sink = tx.into_sink();
        let probe = {
            let mut waiting = poll_ready(&mut sink);
            while waiting.poll().is_ready() {
                drop(waiting);
                Pin::new(&mut sink)
                    .start_send(ledger.make(0))
                    .expect("open");
                waiting = poll_ready(&mut sink);
            }
            waiting.probe.clone()
        };
        drop(sink);
        assert_eq!(probe.refs(), 0, "the sink is gone, its waker is not");
        drop(rx);
    }
    // Nothing ever waits for room here.
    let _: Form = Unbounded;
}
