//! One thread, every verb, against a `VecDeque`: the numbers are exact after every step, and every
//! parked send is served exactly when there is room for it.

use super::Form;
use super::help::OwnedSend;
use super::kind::{Receiver, Sender};
use crate::support::{Ledger, Probe, Tracked, assert_ready, explore, poll_noop, poll_once};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::task::Poll;
use waterway::{TryRecvError, TrySendError};

on_every_form!(every_number_is_right);

#[derive(Clone, Copy, Debug)]
enum Step {
    TrySend,
    ForceSend,
    Send,
    PollSend(u8),
    DropSend(u8),
    CancelSend(u8),
    TryReserve,
    UsePermit(u8),
    DropPermit(u8),
    TryRecv,
    Recv,
    Peek,
    RecvMany(u8),
    Drain,
    Clone,
    DropClone,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::TrySend),
        2 => Just(Step::ForceSend),
        6 => Just(Step::Send),
        2 => any::<u8>().prop_map(Step::PollSend),
        2 => any::<u8>().prop_map(Step::DropSend),
        2 => any::<u8>().prop_map(Step::CancelSend),
        3 => Just(Step::TryReserve),
        3 => any::<u8>().prop_map(Step::UsePermit),
        2 => any::<u8>().prop_map(Step::DropPermit),
        6 => Just(Step::TryRecv),
        4 => Just(Step::Recv),
        2 => Just(Step::Peek),
        2 => (0u8..5).prop_map(Step::RecvMany),
        1 => Just(Step::Drain),
        1 => Just(Step::Clone),
        1 => Just(Step::DropClone),
        // Seldom, or there is nothing left to see.
        1 => prop_oneof![9 => Just(Step::TrySend), 1 => Just(Step::Close)],
    ];
    prop::collection::vec(step, 1..120)
}

fn every_number_is_right<F: Form>() {
    explore(200, &steps(), |steps| run::<F>(&steps));
}

struct Parked {
    id: u64,
    op: OwnedSend,
    probe: Probe,
}

/// The channel, and what it ought to be like.
struct World {
    ledger: Ledger,
    capacity: Option<usize>,
    /// The one that an operation or a permit does not own.
    tx: Option<Sender<Tracked>>,
    clones: Vec<Sender<Tracked>>,
    rx: Receiver<Tracked>,
    permits: Vec<super::HeldPermit<Tracked>>,
    /// In the order of their parking. Those served, and those that came back, stay until polled.
    parked: Vec<Parked>,
    next_id: u64,

    /// What lies in the channel, oldest first; the first may be peeked.
    buffer: VecDeque<u64>,
    peeked: bool,
    /// Ids of sends that wait.
    waiting: VecDeque<u64>,
    closed: bool,
}

fn run<F: Form>(steps: &[Step]) {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut world = World {
        ledger,
        capacity: F::CAPACITY,
        tx: Some(tx),
        clones: Vec::new(),
        rx,
        permits: Vec::new(),
        parked: Vec::new(),
        next_id: 0,
        buffer: VecDeque::new(),
        peeked: false,
        waiting: VecDeque::new(),
        closed: false,
    };
    for &step in steps {
        world.step(step);
        world.check(step);
    }
    drop(world);
    ledger.assert_all_dropped();
}

impl World {
    fn has_room(&self) -> bool {
        let used = self.buffer.len() + self.permits.len();
        self.capacity.is_none_or(|capacity| used < capacity) && self.waiting.is_empty()
    }

    /// Moves those who wait into what room there is.
    fn refill(&mut self) {
        let Some(capacity) = self.capacity else {
            return;
        };
        while self.buffer.len() + self.permits.len() < capacity {
            let Some(id) = self.waiting.pop_front() else {
                return;
            };
            self.buffer.push_back(id);
        }
    }

    /// The message that a receive must give.
    fn take(&mut self) -> Option<u64> {
        self.peeked = false;
        let mut id = self.buffer.pop_front();
        if self.capacity == Some(0) {
            // Only what was peeked lies in the buffer; else it comes from a sender's hand.
            id = id.or_else(|| self.waiting.pop_front());
        }
        self.refill();
        id
    }

    /// A sender to give away.
    fn lend_out(&mut self) -> Sender<Tracked> {
        crowded_or!(self.tx.clone(), self.tx.take()).expect("a sender is free")
    }

    /// A sender that comes back.
    fn give_back(&mut self, tx: Sender<Tracked>) {
        crowded_or!(drop(tx), self.tx = Some(tx));
    }

    fn make(&mut self) -> Tracked {
        self.next_id += 1;
        self.ledger.make(self.next_id)
    }

    fn step(&mut self, step: Step) {
        let sends = matches!(
            step,
            Step::TrySend | Step::ForceSend | Step::Send | Step::TryReserve
        );
        if sends && self.tx.is_none() {
            return;
        }
        match step {
            Step::TrySend => {
                let message = self.make();
                let id = message.id();
                match self.tx.as_mut().expect("a sender is free").try_send(message) {
                    Ok(()) => {
                        assert!(!self.closed && self.has_room(), "{id} got in");
                        self.buffer.push_back(id);
                    }
                    Err(TrySendError::Full(back)) => {
                        assert_eq!(back, id);
                        assert!(!self.closed && !self.has_room(), "{id} was refused");
                    }
                    Err(TrySendError::Closed(back)) => {
                        assert_eq!(back, id);
                        assert!(self.closed);
                    }
                }
            }
            Step::ForceSend => {
                crowded!(numbered!(self.force_send();););
            }
            Step::Send => {
                let message = self.make();
                let id = message.id();
                let mut op = Box::pin(self.lend_out().send_owned(message));
                let probe = Probe::new();
                match poll_once(op.as_mut(), &probe.waker()) {
                    Poll::Ready((Ok(()), tx)) => {
                        self.give_back(tx);
                        assert!(!self.closed && self.has_room());
                        self.buffer.push_back(id);
                    }
                    Poll::Ready((Err(failed), tx)) => {
                        self.give_back(tx);
                        assert_eq!(failed.0, id);
                        assert!(self.closed);
                    }
                    Poll::Pending => {
                        assert!(!self.closed && !self.has_room());
                        self.waiting.push_back(id);
                        self.parked.push(Parked { id, op, probe });
                    }
                }
            }
            Step::PollSend(i) => {
                if self.parked.is_empty() {
                    return;
                }
                let i = i as usize % self.parked.len();
                let waits = self.waiting.contains(&self.parked[i].id);
                let parked = &mut self.parked[i];
                if waits {
                    let probe = Probe::new();
                    assert!(poll_once(parked.op.as_mut(), &probe.waker()).is_pending());
                    parked.probe = probe;
                } else {
                    let done = self.parked.remove(i);
                    self.finish(done);
                }
            }
            Step::DropSend(i) => {
                // A sole sender would be gone with it.
                if super::CROWDED && !self.parked.is_empty() {
                    let gone = self.parked.remove(i as usize % self.parked.len());
                    self.waiting.retain(|id| *id != gone.id);
                }
            }
            Step::CancelSend(i) => {
                if self.parked.is_empty() {
                    return;
                }
                let mut gone = self.parked.remove(i as usize % self.parked.len());
                let waited = self.waiting.contains(&gone.id);
                self.waiting.retain(|id| *id != gone.id);
                let (back, tx) = gone.op.as_mut().cancel();
                self.give_back(tx);
                let came_back = waited || (self.closed && !self.was_served(gone.id));
                assert_eq!(back.map(|m| m.id()).ok(), came_back.then_some(gone.id));
            }
            Step::TryReserve | Step::UsePermit(_) | Step::DropPermit(_) => {
                numbered!(self.permit_step(step););
            }
            Step::TryRecv => {
                let ended = self.closed && self.permits.is_empty();
                let expected = self.take().ok_or(match ended {
                    true => TryRecvError::Closed,
                    false => TryRecvError::Empty,
                });
                assert_eq!(self.rx.try_recv().map(|m| m.id()), expected);
            }
            Step::Recv => {
                let ended = self.closed && self.permits.is_empty();
                let expected = self.take();
                match poll_noop(Box::pin(self.rx.recv()).as_mut()) {
                    Poll::Ready(got) => {
                        assert_eq!(got.map(|m| m.id()), expected);
                        assert!(expected.is_some() || ended);
                    }
                    Poll::Pending => assert!(expected.is_none() && !ended),
                }
            }
            Step::Peek => {
                peeking! {
                    if self.buffer.is_empty() && self.capacity == Some(0) {
                        // It takes the message aside, and the send is done.
                        self.buffer.extend(self.waiting.pop_front());
                    }
                    self.peeked = !self.buffer.is_empty();
                    let got = self.rx.try_peek().map(|m| m.id());
                    assert_eq!(got.ok(), self.buffer.front().copied());
                }
            }
            Step::RecvMany(limit) => {
                gathering_or!(self.recv_many(limit.into()), assert!(limit < 5));
            }
            Step::Drain => {
                let there = self.buffer.len();
                let got: Vec<u64> = gathering_or!(
                    self.rx.drain().map(|m| m.id()).collect(),
                    super::help::take_all(&mut self.rx)
                );
                assert!(got.len() >= there, "at least what was there");
                for id in got {
                    assert_eq!(self.take(), Some(id));
                }
            }
            Step::Clone => {
                crowded!(self.clones.extend(self.tx.clone()););
            }
            Step::DropClone => drop(self.clones.pop()),
            Step::Close => {
                let closed = match &mut self.tx {
                    Some(tx) => tx.close(),
                    None => self.rx.close(),
                };
                assert_eq!(closed, !self.closed);
                self.closed = true;
                self.waiting.clear();
            }
        }
    }

    numbered! {
        fn permit_step(&mut self, step: Step) {
            match step {
                Step::TryReserve => match self.lend_out().try_reserve_owned() {
                    Ok(permit) => {
                        assert!(!self.closed && self.has_room());
                        self.permits.push(permit);
                    }
                    Err(TrySendError::Full(tx)) => {
                        self.give_back(tx);
                        assert!(!self.closed && !self.has_room());
                    }
                    Err(TrySendError::Closed(tx)) => {
                        self.give_back(tx);
                        assert!(self.closed);
                    }
                },
                Step::UsePermit(i) if !self.permits.is_empty() => {
                    let permit = self.permits.remove(i as usize % self.permits.len());
                    let message = self.make();
                    self.buffer.push_back(message.id());
                    let (sent, tx) = permit.send(message);
                    assert!(sent.is_ok(), "the receiver lives");
                    self.give_back(tx);
                }
                Step::DropPermit(i) if !self.permits.is_empty() => {
                    let permit = self.permits.remove(i as usize % self.permits.len());
                    crowded_or!(drop(permit), self.give_back(permit.release()));
                    self.refill();
                }
                _ => {}
            }
        }
    }

    gathering! {
        fn recv_many(&mut self, limit: usize) {
            let mut buffer = Vec::new();
            let result = poll_noop(Box::pin(self.rx.recv_many(&mut buffer, limit)).as_mut());
            let ended = self.closed && self.permits.is_empty() && self.buffer.is_empty();
            let there = self.buffer.len() + usize::from(self.capacity == Some(0)) * self.waiting.len();
            match result {
                Poll::Pending => assert!(limit > 0 && there == 0 && !ended),
                Poll::Ready(None) => assert!(ended && buffer.is_empty()),
                Poll::Ready(Some(n)) => {
                    assert_eq!(n, buffer.len());
                    assert!(n <= limit && (n > 0 || limit == 0));
                    if self.capacity != Some(0) {
                        assert!(n >= there.min(limit), "as many as there are");
                    }
                    for message in buffer {
                        assert_eq!(self.take(), Some(message.id()));
                    }
                }
            }
        }
    }

    numbered! {
        crowded! {
            fn force_send(&mut self) {
                let message = self.make();
                let id = message.id();
                let reach = usize::from(self.peeked);
                let tx = self.tx.as_ref().expect("a sender is free");
                match tx.force_send(message) {
                    Ok(None) => {
                        assert!(!self.closed && self.has_room(), "{id} displaced nobody");
                        self.buffer.push_back(id);
                    }
                    Ok(Some(old)) => {
                        assert!(!self.closed && !self.has_room());
                        assert_eq!(
                            self.buffer.remove(reach),
                            Some(old.id()),
                            "the oldest in reach"
                        );
                        self.buffer.push_back(id);
                    }
                    Err(TrySendError::Full(back)) => {
                        assert_eq!(back, id);
                        assert!(!self.closed && !self.has_room());
                        assert!(
                            self.buffer.len() <= reach || self.capacity == Some(0),
                            "in reach: {:?}",
                            self.buffer
                        );
                    }
                    Err(TrySendError::Closed(_)) => assert!(self.closed),
                }
            }
        }
    }

    /// Was the send with this id served (its message is in the channel, or gone through it)?
    fn was_served(&self, id: u64) -> bool {
        self.buffer.contains(&id) || self.ledger.drops_of(id) > 0
    }

    /// Polls a send that no longer waits.
    fn finish(&mut self, mut done: Parked) {
        assert_eq!(done.probe.wakes(), 1, "woken once for its end");
        let served = self.was_served(done.id);
        let (result, tx) = assert_ready(done.op.as_mut(), &done.probe.waker());
        self.give_back(tx);
        assert_eq!(
            result.map_err(|e| e.0.id()),
            if served { Ok(()) } else { Err(done.id) }
        );
        assert!(served || self.closed);
    }

    #[track_caller]
    fn check(&self, step: Step) {
        let len = match self.capacity {
            // What is peeked at capacity 0 lies with the receiver.
            Some(0) => 0,
            _ => self.buffer.len(),
        };
        let used = len + self.permits.len();
        let full = self.capacity.is_some_and(|capacity| used >= capacity);
        let numbers = (len, len == 0, full);
        let of_rx = (self.rx.len(), self.rx.is_empty(), self.rx.is_full());
        assert_eq!(of_rx, numbers, "after {step:?}");
        if let Some(tx) = &self.tx {
            let of_tx = (tx.len(), tx.is_empty(), tx.is_full());
            assert_eq!(of_tx, numbers, "after {step:?}");
            assert_eq!(tx.is_closed(), self.closed);
        }
        assert_eq!(self.rx.is_closed(), self.closed);
        owning! {
            let owned = self.parked.len() + self.permits.len() + self.clones.len();
            let owned = owned + usize::from(self.tx.is_some());
            assert_eq!(self.rx.sender_count(), owned, "after {step:?}");
        }
        for parked in &self.parked {
            let waits = self.waiting.contains(&parked.id);
            assert_eq!(
                parked.probe.wakes(),
                usize::from(!waits),
                "send {} after {step:?}",
                parked.id
            );
        }
    }
}
