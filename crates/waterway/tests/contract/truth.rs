//! The truth table: {how it ended} × {a message is there} × {a permit is out} × every receiving verb.

use super::Form;
use super::kind::{Receiver, Sender};
use super::lent;
use crate::support::{Ledger, Tracked, block_on, poll_noop};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use waterway::{RecvTimeoutError, TryRecvError};

on_every_form!(every_receiving_verb_agrees);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Message,
    Nothing,
    Closed,
}
use Answer::{Closed, Message, Nothing};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    ReceiverClosed,
    SenderClosed,
    SendersGone,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    state: State,
    message: bool,
    permit: bool,
}

impl Case {
    fn possible<F: Form>(self) -> bool {
        if self.permit && !super::NUMBERED {
            return false;
        }
        let needed = usize::from(self.message) + usize::from(self.permit);
        let room = F::CAPACITY.unwrap_or(usize::MAX);
        // What owns the sender leaves none to close by.
        let owned = self.permit || (self.message && !F::BUFFERS);
        if owned && self.state == State::SenderClosed && !super::CROWDED {
            return false;
        }
        if F::BUFFERS {
            needed <= room
        } else {
            !self.permit
        }
    }

    fn expected<F: Form>(self) -> Answer {
        let ended = match self.state {
            State::Open => false,
            State::ReceiverClosed | State::SenderClosed => true,
            // An owned permit, or an owned send still parked, is a sender.
            State::SendersGone => !self.permit && (F::BUFFERS || !self.message),
        };
        // A parked send's message goes back at the close; there is nothing else at capacity 0.
        let message = self.message && (F::BUFFERS || !ended);
        match (message, self.permit, ended) {
            (true, ..) => Message,
            (false, true, _) | (false, false, false) => Nothing,
            (false, false, true) => Closed,
        }
    }
}

type Verb = (&'static str, fn(&mut Receiver<Tracked>) -> Answer);

fn of_try<T>(result: Result<T, TryRecvError>) -> Answer {
    match result {
        Ok(_) => Message,
        Err(TryRecvError::Empty) => Nothing,
        Err(TryRecvError::Closed) => Closed,
    }
}

fn of_timed<T>(result: Result<T, RecvTimeoutError>) -> Answer {
    match result {
        Ok(_) => Message,
        Err(RecvTimeoutError::Timeout) => Nothing,
        Err(RecvTimeoutError::Closed) => Closed,
    }
}

fn of_poll<T>(result: Poll<Option<T>>) -> Answer {
    match result {
        Poll::Ready(Some(_)) => Message,
        Poll::Ready(None) => Closed,
        Poll::Pending => Nothing,
    }
}

fn of_batch(result: Poll<Option<usize>>, buffer: &[Tracked], old: usize) -> Answer {
    if let Poll::Ready(Some(n)) = result {
        assert!(n > 0, "Some(0) is for limit 0 only");
        assert_eq!(buffer.len(), old + n);
    } else {
        assert_eq!(buffer.len(), old, "nothing was received");
    }
    of_poll(result)
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

const VERBS: [Verb; 13] = [
    ("try_recv", |rx| of_try(rx.try_recv())),
    ("recv", |rx| {
        of_poll(poll_noop(Box::pin(rx.recv()).as_mut()))
    }),
    ("recv until", |rx| {
        of_timed(block_on(rx.recv().until(std::future::ready(()))))
    }),
    ("recv_many", |rx| {
        let mut buffer = Vec::new();
        let result = poll_noop(Box::pin(rx.recv_many(&mut buffer, 1)).as_mut());
        of_batch(result, &buffer, 0)
    }),
    ("recv_many, no limit", |rx| {
        let mut buffer = Vec::new();
        let result = poll_noop(Box::pin(rx.recv_many(&mut buffer, usize::MAX)).as_mut());
        of_batch(result, &buffer, 0)
    }),
    ("recv_many, used buffer", |rx| {
        let mut buffer = vec![Ledger::new().make(7)];
        let result = poll_noop(Box::pin(rx.recv_many(&mut buffer, 4)).as_mut());
        of_batch(result, &buffer, 1)
    }),
    ("recv_many until", |rx| {
        let mut buffer = Vec::new();
        of_timed(block_on(
            rx.recv_many(&mut buffer, 4).until(std::future::ready(())),
        ))
    }),
    ("poll_recv", |rx| of_poll(lent(rx).poll_recv(&mut context()))),
    ("poll_recv_many", |rx| {
        let mut buffer = Vec::new();
        let result = lent(rx).poll_recv_many(&mut context(), &mut buffer, 3);
        of_batch(result, &buffer, 0)
    }),
    ("stream", |rx| {
        of_poll(Pin::new(&mut lent(rx)).poll_next(&mut context()))
    }),
    // What follows cannot tell nothing from closed: the table asks `try_recv` for the rest.
    ("try_iter", |rx| match rx.try_iter().next() {
        Some(_) => Message,
        None => of_try(rx.try_recv()),
    }),
    ("drain", |rx| match rx.drain().next() {
        Some(_) => Message,
        None => of_try(rx.try_recv()),
    }),
    ("drain, dropped", |rx| {
        drop(rx.drain());
        of_try(rx.try_recv())
    }),
];

threaded! {
    const TIMED: [Verb; 5] = [
        ("recv, zero timeout", |rx| {
            of_timed(rx.recv().wait_timeout(Duration::ZERO))
        }),
        ("recv, short timeout", |rx| {
            of_timed(rx.recv().wait_timeout(Duration::from_micros(50)))
        }),
        ("recv, deadline now", |rx| {
            of_timed(rx.recv().wait_deadline(Instant::now()))
        }),
        ("recv, deadline past", |rx| {
            let now = Instant::now();
            let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
            of_timed(rx.recv().wait_deadline(past))
        }),
        ("recv_many, zero timeout", |rx| {
            let mut buffer = Vec::new();
            of_timed(rx.recv_many(&mut buffer, 4).wait_timeout(Duration::ZERO))
        }),
    ];
}

peeking! {
    const PEEKS: [Verb; 6] = [
        ("try_peek", |rx| of_try(rx.try_peek())),
        ("peek", |rx| {
            of_poll(poll_noop(Box::pin(rx.peek()).as_mut()))
        }),
        ("peek, zero timeout", |rx| {
            of_timed(rx.peek().wait_timeout(Duration::ZERO))
        }),
        ("peek until", |rx| {
            of_timed(block_on(rx.peek().until(std::future::ready(()))))
        }),
        ("peek, then try_recv", |rx| {
            let peeked = of_try(rx.try_peek());
            let taken = of_try(rx.try_recv());
            assert_eq!(peeked, taken);
            taken
        }),
        ("peek, then recv", |rx| {
            let peeked = of_poll(poll_noop(Box::pin(rx.peek()).as_mut()));
            let taken = of_poll(poll_noop(Box::pin(rx.recv()).as_mut()));
            assert_eq!(peeked, taken);
            taken
        }),
    ];
}

/// What keeps the case's circumstances alive.
struct Scene {
    senders: Option<Sender<Tracked>>,
    permit: Option<super::HeldPermit<Tracked>>,
    _parked: Option<super::help::OwnedSend>,
}

fn set_up<F: Form>(case: Case, ledger: &Ledger) -> (Scene, Receiver<Tracked>) {
    let (mut tx, mut rx) = F::make();
    if case.message && F::BUFFERS {
        tx.try_send(ledger.make(1)).expect("room");
    }
    let mut tx = Some(tx);
    let mut owned = || crowded_or!(tx.clone(), tx.take()).expect("a sender");
    let parked = (case.message && !F::BUFFERS).then(|| {
        let mut op = Box::pin(owned().send_owned(ledger.make(1)));
        assert!(poll_noop(op.as_mut()).is_pending());
        op
    });
    let permit = case
        .permit
        .then(|| numbered_or!(owned().try_reserve_owned().expect("room"), unreachable!()));
    let senders = match case.state {
        State::Open => tx,
        State::ReceiverClosed => {
            rx.close();
            tx
        }
        State::SenderClosed => {
            tx.as_mut().expect("a sender is free").close();
            tx
        }
        State::SendersGone => None,
    };
    let scene = Scene {
        senders,
        permit,
        _parked: parked,
    };
    (scene, rx)
}

fn every_receiving_verb_agrees<F: Form>() {
    use State::{Open, ReceiverClosed, SenderClosed, SendersGone};
    let verbs = VERBS.to_vec();
    threaded!(let verbs = [verbs, TIMED.to_vec()].concat(););
    peeking!(let verbs = [verbs, PEEKS.to_vec()].concat(););
    let mut cases = 0;
    for state in [Open, ReceiverClosed, SenderClosed, SendersGone] {
        for (message, permit) in [(false, false), (false, true), (true, false), (true, true)] {
            let case = Case {
                state,
                message,
                permit,
            };
            if !case.possible::<F>() {
                continue;
            }
            for &(name, verb) in &verbs {
                cases += 1;
                let ledger = Ledger::new();
                let (mut scene, mut rx) = set_up::<F>(case, &ledger);
                let expected = case.expected::<F>();
                assert_eq!(verb(&mut rx), expected, "{}: {name} in {case:?}", F::NAME);
                // The permit still delivers, whatever was asked before.
                #[allow(unreachable_code, reason = "there may be no such thing as a permit")]
                if let Some(permit) = scene.permit.take() {
                    let peeked_only = name.contains("peek") && !name.contains("then");
                    let (sent, tx): (Result<(), waterway::SendError<Tracked>>, Sender<Tracked>) =
                        numbered_or!(permit.send(ledger.make(2)), match permit.0 {});
                    sent.expect("the receiver is there");
                    let mut left: Vec<u64> = rx.try_iter().map(|m| m.id()).collect();
                    if case.message && peeked_only {
                        assert_eq!(left.remove(0), 1, "{name} in {case:?}");
                    }
                    assert_eq!(left, [2], "{}: after {name} in {case:?}", F::NAME);
                    drop(tx);
                    let open = state == Open && scene.senders.is_some();
                    let end = if open { Nothing } else { Closed };
                    assert_eq!(
                        of_try(rx.try_recv()),
                        end,
                        "{}: after {name} in {case:?}",
                        F::NAME
                    );
                }
                drop((scene, rx));
                ledger.assert_all_dropped();
            }
        }
    }
    assert!(cases > 100, "the table has {cases} cells");
}
