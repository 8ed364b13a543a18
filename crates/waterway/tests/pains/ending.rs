//! B4 and B6: what the end looks like from every side, and what it takes along.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_core::Stream;
use waterway::Wait;
use waterway::error::{RecvTimeoutError, TryRecvError, TrySendError};
use waterway::mpsc::{OwnedPermit, Receiver};

use crate::kit::{Bounded, Case, Done, FORMS, Form, Put, SLOTTED, fill, post};
use crate::support::{Ledger, Tracked, poll_noop};

/// What a try at receiving showed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Message,
    Nothing,
    Closed,
}

impl Seen {
    fn polled(poll: Poll<bool>) -> Seen {
        match poll {
            Poll::Ready(true) => Seen::Message,
            Poll::Ready(false) => Seen::Closed,
            Poll::Pending => Seen::Nothing,
        }
    }

    fn timed<T>(result: Result<T, RecvTimeoutError>) -> Seen {
        match result {
            Ok(_) => Seen::Message,
            Err(RecvTimeoutError::Timeout) => Seen::Nothing,
            Err(RecvTimeoutError::Closed) => Seen::Closed,
        }
    }

    fn tried<T>(result: Result<T, TryRecvError>) -> Seen {
        match result {
            Ok(_) => Seen::Message,
            Err(TryRecvError::Empty) => Seen::Nothing,
            Err(TryRecvError::Closed) => Seen::Closed,
        }
    }
}

type Look = fn(&mut Receiver<Tracked>) -> Seen;

/// Every way to look for a message that does not wait long; those that only look take it afterwards.
const LOOKS: [(&str, Look); 17] = [
    ("try_recv", |rx| Seen::tried(rx.try_recv())),
    ("recv", |rx| {
        Seen::polled(poll_noop(Box::pin(rx.recv()).as_mut()).map(|m| m.is_some()))
    }),
    ("recv.wait_timeout", |rx| {
        Seen::timed(rx.recv().wait_timeout(Duration::ZERO))
    }),
    ("recv.wait_deadline", |rx| {
        Seen::timed(rx.recv().wait_deadline(Instant::now()))
    }),
    ("recv.until", |rx| {
        let mut recv = Box::pin(rx.recv().until(std::future::ready(())));
        match poll_noop(recv.as_mut()) {
            Poll::Ready(result) => Seen::timed(result),
            Poll::Pending => panic!("the end came, and it still waits"),
        }
    }),
    ("pinned recv.wait_timeout", |rx| {
        let mut recv = Box::pin(rx.recv());
        match recv.as_mut().wait_timeout(Duration::ZERO) {
            Ok(Some(_)) => Seen::Message,
            Ok(None) => Seen::Closed,
            Err(_) => Seen::Nothing,
        }
    }),
    ("recv_many", |rx| {
        let mut buf = Vec::new();
        Seen::polled(poll_noop(Box::pin(rx.recv_many(&mut buf, 1)).as_mut()).map(|n| n.is_some()))
    }),
    ("recv_many.wait_timeout", |rx| {
        let mut buf = Vec::new();
        Seen::timed(rx.recv_many(&mut buf, 1).wait_timeout(Duration::ZERO))
    }),
    ("poll_recv", |rx| {
        Seen::polled(
            poll_noop(Box::pin(poll_fn(|cx| rx.poll_recv(cx))).as_mut()).map(|m| m.is_some()),
        )
    }),
    ("poll_recv_many", |rx| {
        let mut buf = Vec::new();
        let mut poll = Box::pin(poll_fn(|cx| rx.poll_recv_many(cx, &mut buf, 1)));
        Seen::polled(poll_noop(poll.as_mut()).map(|n| n.is_some()))
    }),
    ("stream", |rx| {
        let mut next = Box::pin(poll_fn(|cx| Pin::new(&mut *rx).poll_next(cx)));
        Seen::polled(poll_noop(next.as_mut()).map(|m| m.is_some()))
    }),
    ("peek", |rx| {
        let seen = Seen::polled(poll_noop(Box::pin(rx.peek()).as_mut()).map(|m| m.is_some()));
        after_a_look(rx, seen)
    }),
    ("peek.wait_timeout", |rx| {
        let seen = Seen::timed(rx.peek().wait_timeout(Duration::ZERO));
        after_a_look(rx, seen)
    }),
    ("try_peek", |rx| {
        let seen = Seen::tried(rx.try_peek());
        after_a_look(rx, seen)
    }),
    ("drain", |rx| {
        let taken = rx.drain().count();
        nothing_or_closed(rx, taken)
    }),
    ("try_iter", |rx| {
        let taken = rx.try_iter().count();
        nothing_or_closed(rx, taken)
    }),
    ("try_iter twice", |rx| {
        let taken = rx.try_iter().count() + rx.try_iter().count();
        nothing_or_closed(rx, taken)
    }),
];

fn after_a_look(rx: &mut Receiver<Tracked>, seen: Seen) -> Seen {
    assert_eq!(
        Seen::tried(rx.try_recv()),
        seen,
        "a look and a take do not agree"
    );
    seen
}

/// These do not tell empty from closed.
fn nothing_or_closed(rx: &mut Receiver<Tracked>, taken: usize) -> Seen {
    match taken {
        0 => Seen::tried(rx.try_recv()),
        1 => Seen::Message,
        n => panic!("{n} messages"),
    }
}

/// How a channel of the truth table was closed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ended {
    Not,
    BySender,
    ByReceiver,
    /// The last sender is gone, or lives on inside a permit only.
    NoSender,
}

/// B4: {open, closed} × {empty, non-empty} × {permits 0, 1} × every way to receive: what may still come is
/// waited for, what may not is the end, and the end is for ever.
#[test]
fn b4_truth_table_of_the_end() {
    for form in SLOTTED {
        for ended in [
            Ended::Not,
            Ended::BySender,
            Ended::ByReceiver,
            Ended::NoSender,
        ] {
            for messages in [0, 1] {
                for permits in [0, 1] {
                    for used in [false, true] {
                        for (how, look) in LOOKS {
                            if form != Bounded(1) || messages + permits <= 1 {
                                let _case = Case::new((form, ended, messages, permits, used, how));
                                one_truth(form, ended, messages, permits, used, look);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn one_truth(form: Form, ended: Ended, messages: usize, permits: usize, used: bool, look: Look) {
    let ledger = Ledger::new();
    let (tx, mut rx) = form.open();
    for id in 0..messages {
        tx.try_send(ledger.make(id as u64)).unwrap();
    }
    let mut permit: Option<OwnedPermit<Tracked>> =
        (permits == 1).then(|| tx.clone().try_reserve_owned().expect("room"));
    let mut tx = Some(tx);
    match ended {
        Ended::Not => {}
        Ended::BySender => assert!(tx.as_ref().unwrap().close()),
        Ended::ByReceiver => assert!(rx.close()),
        Ended::NoSender => drop(tx.take()),
    }
    if messages == 1 {
        assert_eq!(look(&mut rx), Seen::Message, "closed before empty");
    }
    let nothing_left = if ended == Ended::Not {
        Seen::Nothing
    } else {
        Seen::Closed
    };
    if let Some(permit) = permit.take() {
        assert_eq!(
            look(&mut rx),
            Seen::Nothing,
            "one is permitted and may still come"
        );
        if used {
            let (result, sender) = permit.send(ledger.make(7));
            assert!(result.is_ok(), "a permit delivers also after the close");
            drop(sender);
            assert_eq!(look(&mut rx), Seen::Message);
        } else {
            drop(permit);
        }
    }
    for _ in 0..3 {
        assert_eq!(look(&mut rx), nothing_left);
    }
    if ended != Ended::Not {
        // The blocking ones may be asked now: they must not wait.
        assert!(rx.recv().wait().is_none());
        assert!(rx.recv_many(&mut Vec::new(), 3).wait().is_none());
        assert!(rx.peek().wait().is_none());
        assert!(rx.iter().next().is_none());
        let (got, rx) = rx.recv_owned().wait();
        assert!(got.is_none());
        assert!(rx.into_iter().next().is_none());
    }
}

/// B4 for the rendezvous: the only thing that can be there is a parked send, and the close returns it.
#[test]
fn b4_truth_table_of_the_rendezvous() {
    for ended in [
        Ended::Not,
        Ended::BySender,
        Ended::ByReceiver,
        Ended::NoSender,
    ] {
        for messages in [0, 1] {
            for (how, look) in LOOKS {
                let _case = Case::new((ended, messages, how));
                let ledger = Ledger::new();
                let (tx, mut rx) = Bounded(0).open();
                let mut parked = (messages == 1).then(|| post(&tx, ledger.make(1)));
                match ended {
                    Ended::Not => {
                        if let Some(parked) = &mut parked {
                            assert_eq!(look(&mut rx), Seen::Message);
                            assert!(matches!(parked.finish(), Done::Sent));
                        }
                        assert_eq!(look(&mut rx), Seen::Nothing);
                        continue;
                    }
                    Ended::BySender => assert!(tx.close()),
                    Ended::ByReceiver => assert!(rx.close()),
                    // Only with nobody parked: a parked send borrows its sender.
                    Ended::NoSender => {
                        drop(parked);
                        drop(tx);
                        assert_eq!(look(&mut rx), Seen::Closed);
                        continue;
                    }
                }
                if let Some(parked) = &mut parked {
                    assert_eq!(parked.finish().deliver(), Err(1));
                }
                assert_eq!(look(&mut rx), Seen::Closed);
            }
        }
    }
}

/// B6: with the receiver everything in the channel goes, at once, though senders live on; who waits for an
/// answer to a request in it learns it now.
#[test]
fn b6_last_receiver_takes_the_messages_along() {
    for form in FORMS {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            fill(form, &tx, &ledger);
            let mut parked: Vec<_> = (0..3)
                .filter(|_| form != Form::Unbounded)
                .map(|id| put.park(&tx, ledger.make(100 + id)))
                .collect();
            let permit = (form == Form::Unbounded).then(|| tx.try_reserve().expect("room"));
            drop(rx);
            let parked_ids: Vec<u64> = (100..100 + parked.len() as u64).collect();
            assert_eq!(
                ledger.live(),
                parked_ids,
                "those in the channel are gone, at once"
            );
            for (waiting, id) in parked.iter_mut().zip(parked_ids) {
                assert_eq!(
                    waiting.finish().deliver(),
                    Err(id),
                    "those parked came back"
                );
            }
            if let Some(permit) = permit {
                assert_eq!(permit.send(ledger.make(9)).unwrap_err().0, 9);
            }
            assert!(matches!(tx.try_send(ledger.make(1)), Err(TrySendError::Closed(m)) if m == 1));
            drop(parked);
            ledger.assert_all_dropped();
        }
    }
}

/// B6: also a message that was peeked.
#[test]
fn b6_peeked_message_goes_with_the_receiver() {
    for form in FORMS {
        let _case = Case::new(form);
        let request = Arc::new(());
        let (tx, mut rx) = form.open();
        let mut send = Box::pin(tx.send(Arc::clone(&request)));
        let sent = poll_noop(send.as_mut()).is_ready();
        assert!(rx.try_peek().is_ok());
        drop(rx);
        assert!(sent || poll_noop(send.as_mut()).is_ready());
        assert_eq!(
            Arc::strong_count(&request),
            1,
            "the request still sits in a dead channel"
        );
    }
}
