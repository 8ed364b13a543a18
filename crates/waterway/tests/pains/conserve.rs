//! B1 and B11: cancelling, on either side and at any moment, neither loses a message nor delivers one after all.

use std::mem;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use waterway::error::TrySendError;
use waterway::mpsc::{Permit, Receiver, RecvOp, SendOp, Sender};

use crate::kit::{BOUNDED, Case, Done, FORMS, Form, Get, Put, Rng, fill, post, take_all};
use crate::support::{Ledger, Tracked, assert_pending, poll_noop};

/// What has become of a message in the model of [`b1_random_cancellation_conserves`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Its send waits.
    Parked,
    /// Its send said Ok, or was dropped after the message had been pulled: it must arrive.
    Due,
    /// It came back, or was dropped with its send: it must never arrive.
    Never,
    Arrived,
}

/// A model of one channel under random use; the channel is right when it agrees at every step.
struct Model<'a> {
    tx: &'a Sender<Tracked>,
    ledger: Ledger,
    form: Form,
    fates: Vec<Fate>,
    parked: Vec<(usize, Pin<Box<SendOp<'a, Tracked>>>)>,
    permits: Vec<Permit<'a, Tracked>>,
    /// Without permits and `force_send` all messages arrive in the order in which their sends began.
    strict: bool,
    latest: Option<usize>,
}

impl<'a> Model<'a> {
    fn message(&mut self, fate: Fate) -> (usize, Tracked) {
        self.fates.push(fate);
        let id = self.fates.len() - 1;
        (id, self.ledger.make(id as u64))
    }

    fn arrived(&mut self, message: &Tracked) {
        let id = message.id() as usize;
        assert_eq!(
            mem::replace(&mut self.fates[id], Fate::Arrived),
            Fate::Due,
            "message {id}"
        );
        if self.strict {
            assert!(self.latest < Some(id), "{id} after {:?}", self.latest);
            self.latest = Some(id);
        }
    }

    /// The sends whose message was pulled meanwhile: theirs are due.
    fn settle(&mut self) {
        // Only a poll or a drop tells; the receiving side may be ahead of it.
        let mut i = 0;
        while i < self.parked.len() {
            let (id, send) = &mut self.parked[i];
            match poll_noop(send.as_mut()) {
                Poll::Pending => i += 1,
                Poll::Ready(Ok(())) => {
                    self.fates[*id] = Fate::Due;
                    drop(self.parked.remove(i));
                }
                Poll::Ready(Err(error)) => panic!("closed? {:?}", error.0),
            }
        }
    }

    fn sender_step(&mut self, rng: &mut Rng) {
        match rng.below(if self.strict { 5 } else { 9 }) {
            0 | 1 => {
                let (id, message) = self.message(Fate::Parked);
                let mut send = Box::pin(self.tx.send(message));
                match poll_noop(send.as_mut()) {
                    Poll::Ready(result) => {
                        assert!(result.is_ok());
                        self.fates[id] = Fate::Due;
                    }
                    Poll::Pending => self.parked.push((id, send)),
                }
            }
            2 => {
                let (id, message) = self.message(Fate::Due);
                match self.tx.try_send(message) {
                    Ok(()) => {}
                    Err(TrySendError::Full(message)) => {
                        assert_eq!(message.id(), id as u64);
                        self.fates[id] = Fate::Never;
                    }
                    Err(TrySendError::Closed(_)) => panic!("closed?"),
                }
            }
            3 if !self.parked.is_empty() => {
                let (id, send) = self.parked.remove(rng.below(self.parked.len()));
                drop(send);
                let gone = self.ledger.drops_of(id as u64) == 1;
                self.fates[id] = if gone { Fate::Never } else { Fate::Due };
            }
            4 if !self.parked.is_empty() => {
                let (id, mut send) = self.parked.remove(rng.below(self.parked.len()));
                self.fates[id] = match send.as_mut().cancel() {
                    Ok(message) => {
                        assert_eq!(message.id(), id as u64);
                        Fate::Never
                    }
                    Err(_) => Fate::Due,
                };
            }
            5 => self.permits.extend(self.tx.try_reserve()),
            6 => drop(self.permits.pop()),
            7 => {
                if let Some(permit) = self.permits.pop() {
                    let (_, message) = self.message(Fate::Due);
                    assert!(permit.send(message).is_ok());
                }
            }
            8 if self.form.slots() > 0 => {
                self.settle();
                let (id, message) = self.message(Fate::Due);
                match self.tx.force_send(message) {
                    Ok(None) => {}
                    Ok(Some(displaced)) => self.arrived(&displaced),
                    Err(TrySendError::Full(_)) => self.fates[id] = Fate::Never,
                    Err(TrySendError::Closed(_)) => panic!("closed?"),
                }
            }
            _ => {}
        }
        if let Some(capacity) = self.tx.capacity() {
            assert!(
                self.tx.len() <= capacity,
                "{} in a channel of {capacity}",
                self.tx.len()
            );
        }
    }

    /// One receive begins, may wait through a few sender steps, and ends or is dropped.
    fn receiver_step(&mut self, rx: &mut Receiver<Tracked>, rng: &mut Rng) {
        let mut got = Vec::new();
        match rng.below(5) {
            0 => got.extend(rx.try_recv()),
            1 => {
                let mut recv: Pin<Box<RecvOp<'_, Tracked>>> = Box::pin(rx.recv());
                for _ in 0..rng.below(4) {
                    if let Poll::Ready(message) = poll_noop(recv.as_mut()) {
                        got.extend(message);
                        break;
                    }
                    self.sender_step(rng);
                }
            }
            2 => {
                let mut recv = Box::pin(rx.recv());
                if let Poll::Ready(message) = poll_noop(recv.as_mut()) {
                    got.extend(message);
                } else {
                    self.sender_step(rng);
                    recv.as_mut().cancel();
                }
            }
            3 => {
                let limit = 1 + rng.below(3);
                let mut recv = Box::pin(rx.recv_many(&mut got, limit));
                if poll_noop(recv.as_mut()).is_pending() {
                    self.sender_step(rng);
                    if rng.below(2) == 0 {
                        let _ = poll_noop(recv.as_mut());
                    }
                }
            }
            _ => {
                let mut peek = Box::pin(rx.peek());
                let peeked = match poll_noop(peek.as_mut()) {
                    Poll::Ready(message) => message.map(|m| m.id()),
                    Poll::Pending => None,
                };
                drop(peek);
                if let Some(id) = peeked {
                    if rng.below(2) == 0 {
                        // Peeked and left: it comes first, also after other things happened.
                        self.sender_step(rng);
                    }
                    let message = rx.try_recv().expect("what was peeked is still there");
                    assert_eq!(message.id(), id);
                    got.push(message);
                }
            }
        }
        self.settle();
        for message in &got {
            self.arrived(message);
        }
    }
}

/// B1: whatever is cancelled at whatever moment on either side, each message that was sent arrives once,
/// each that was not never does, and they arrive in order. B12 is checked at every step.
#[test]
fn b1_random_cancellation_conserves() {
    for form in FORMS {
        for seed in 0..150 {
            let _case = Case::new((form, seed));
            let mut rng = Rng::new(seed);
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut model = Model {
                tx: &tx,
                ledger,
                form,
                fates: Vec::new(),
                parked: Vec::new(),
                permits: Vec::new(),
                strict: seed % 2 == 0,
                latest: None,
            };
            for _ in 0..60 {
                for _ in 0..rng.below(4) {
                    model.sender_step(&mut rng);
                }
                model.receiver_step(&mut rx, &mut rng);
            }
            model.permits.clear();
            loop {
                model.settle();
                let Ok(message) = rx.try_recv() else { break };
                model.settle();
                model.arrived(&message);
            }
            assert!(model.parked.is_empty(), "parked on an empty channel");
            let lost: Vec<usize> = (0..model.fates.len())
                .filter(|id| model.fates[*id] == Fate::Due)
                .collect();
            assert!(lost.is_empty(), "sent, and lost: {lost:?}");
            ledger.assert_all_dropped();
        }
    }
}

/// B1: a receive that was polled, woken by a message and dropped leaves the message where it is, in place,
/// and cancelling ten times in a row changes nothing.
#[test]
fn b1_cancelled_recv_keeps_the_message() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            for id in 0..10 {
                let recv = get.park(&mut rx);
                let _sent = post(&tx, ledger.make(id));
                assert!(recv.woken());
                drop(recv);
                assert!(
                    rx.peek()
                        .wait_timeout(Duration::ZERO)
                        .is_ok_and(|m| m.id() == id)
                );
                drop(rx.peek());
                drop(rx.recv());
                assert_eq!(ledger.drops_of(id), 0);
                assert_eq!(take_all(&mut rx), [id]);
            }
        }
    }
}

/// B11: a parked send that was dropped, cancelled or timed out is never delivered.
#[test]
fn b11_cancelled_parked_send_is_never_delivered() {
    for form in BOUNDED {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let filled = fill(form, &tx, &ledger) as u64;
            let first = put.park(&tx, ledger.make(100));
            let middle = put.park(&tx, ledger.make(101));
            let mut kept = Put::Send.park(&tx, ledger.make(200));
            let last = put.park(&tx, ledger.make(102));
            drop((middle, first, last));
            let mut got = take_all(&mut rx);
            assert!(matches!(kept.finish(), Done::Sent));
            got.extend(take_all(&mut rx));
            assert_eq!(got, (0..filled).chain([200]).collect::<Vec<_>>());
        }
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let filled = fill(form, &tx, &ledger) as u64;
        let mut cancelled = Box::pin(tx.send(ledger.make(100)));
        assert_pending(cancelled.as_mut(), Waker::noop());
        assert_eq!(cancelled.as_mut().cancel().expect("parked"), 100);
        let timed = tx
            .send(ledger.make(101))
            .wait_timeout(Duration::from_micros(50));
        assert_eq!(timed.unwrap_err().into_inner(), 101);
        let mut ended = Box::pin(tx.send(ledger.make(102)).until(std::future::ready(())));
        match poll_noop(ended.as_mut()) {
            Poll::Ready(Err(error)) => assert_eq!(error.into_inner(), 102),
            other => panic!("{other:?}"),
        }
        let mut owned = Box::pin(tx.clone().send_owned(ledger.make(103)));
        assert_pending(owned.as_mut(), Waker::noop());
        let (back, _tx) = owned.as_mut().cancel();
        assert_eq!(back.expect("parked"), 103);
        let mut many = Box::pin(tx.send_many([ledger.make(104), ledger.make(105)]));
        assert_pending(many.as_mut(), Waker::noop());
        let unsent = many.as_mut().cancel();
        assert_eq!(
            (unsent.sent, unsent.rest.map(|m| m.id()).collect()),
            (0, vec![104, 105])
        );
        assert_eq!(take_all(&mut rx), (0..filled).collect::<Vec<_>>());
    }
}
