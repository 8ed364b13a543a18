//! Random programs of several receivers: every way to wait, polled by hand in any order with any waker,
//! dropped, forgotten, while senders send, park, displace, reserve and close. Then only what was woken is
//! polled, and:
//!
//! * every message is received or displaced once, or back with its sender, or dropped with its operation;
//! * nobody waits while a message can be received, but for the wake-ups that the forgotten ones have;
//! * whoever waits learns of the end.

use super::Form;
use super::crowd::{BORROWED, WAYS, Waiting};
use super::help::OwnedSend;
use super::kind::{OwnedPermit, Receiver, Sender};
use crate::support::{Ledger, Probe, Tracked, explore, poll_once};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::task::Poll;
use waterway::TryRecvError;

on_every_form!(nobody_waits_for_what_is_there);

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A receive that waits, in one of the ways.
    Wait(u8),
    /// Polls one of those that wait, woken or not; with its old waker or a new one.
    Poll(u8, bool),
    DropWaiting(u8),
    ForgetWaiting(u8),
    TryRecv,
    Drain(u8),
    Send,
    DropSend(u8),
    TrySend,
    ForceSend,
    Reserve,
    UsePermit(u8),
    DropPermit(u8),
    Clone,
    DropClone,
    Close(bool),
    /// Runs until nobody is woken, and looks who waits.
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = any::<u8>;
    let step = prop_oneof![
        20 => number().prop_map(Step::Wait),
        12 => (number(), any::<bool>()).prop_map(|(i, new)| Step::Poll(i, new)),
        8 => number().prop_map(Step::DropWaiting),
        1 => number().prop_map(Step::ForgetWaiting),
        4 => Just(Step::TryRecv),
        1 => number().prop_map(Step::Drain),
        10 => Just(Step::Send),
        3 => number().prop_map(Step::DropSend),
        8 => Just(Step::TrySend),
        4 => Just(Step::ForceSend),
        5 => Just(Step::Reserve),
        5 => number().prop_map(Step::UsePermit),
        3 => number().prop_map(Step::DropPermit),
        2 => Just(Step::Clone),
        2 => Just(Step::DropClone),
        1 => any::<bool>().prop_map(Step::Close),
        4 => Just(Step::Settle),
    ];
    prop::collection::vec(step, 1..120)
}

fn nobody_waits_for_what_is_there<F: Form>() {
    explore(400, &steps(), |steps| {
        let (tx, rx) = F::make();
        let ledger = Ledger::new();
        let mut world = World::new(tx, &rx, ledger);
        steps.iter().for_each(|step| world.step(*step));
        world.wind_up();
        drop(world);
        drop(rx);
        ledger.assert_all_dropped();
    });
}

struct Sending {
    op: OwnedSend,
    probe: Probe,
    id: u64,
}

struct World<'a> {
    rx: &'a Receiver<Tracked>,
    waiting: Vec<Waiting<'a>>,
    clones: Vec<Receiver<Tracked>>,
    tx: Option<Sender<Tracked>>,
    sends: Vec<Sending>,
    permits: Vec<OwnedPermit<Tracked>>,
    ledger: Ledger,
    capacity: Option<usize>,
    made: u64,
    /// So many were forgotten while they waited: each may have a wake-up that another could use.
    forgotten: usize,
    closed: bool,
    got: BTreeSet<u64>,
    displaced: BTreeSet<u64>,
    /// Their senders were told that they went.
    sent: BTreeSet<u64>,
}

impl<'a> World<'a> {
    fn new(tx: Sender<Tracked>, rx: &'a Receiver<Tracked>, ledger: Ledger) -> Self {
        World {
            rx,
            waiting: Vec::new(),
            clones: Vec::new(),
            tx: Some(tx),
            sends: Vec::new(),
            permits: Vec::new(),
            capacity: rx.capacity(),
            ledger,
            made: 0,
            forgotten: 0,
            closed: false,
            got: BTreeSet::new(),
            displaced: BTreeSet::new(),
            sent: BTreeSet::new(),
        }
    }

    fn make(&mut self) -> Tracked {
        self.made += 1;
        self.ledger.make(self.made)
    }

    /// A sender of its own for each thing that is done with one.
    fn tx(&self) -> Sender<Tracked> {
        self.tx.clone().expect("it goes at the end")
    }

    fn receive(&mut self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            assert!(!self.displaced.contains(&id), "{id} was displaced");
            assert!(self.got.insert(id), "{id} came twice");
        }
    }

    /// What the sender of a message was told.
    fn told(&mut self, id: u64, went: bool) {
        if went {
            assert!(self.sent.insert(id));
        } else {
            assert!(!self.got.contains(&id), "{id} came back, and was received");
        }
    }

    fn poll(&mut self, i: usize, new_waker: bool) {
        let waiting = &mut self.waiting[i];
        let result = match new_waker {
            true => waiting.poll_anew(),
            false => waiting.poll(),
        };
        let Poll::Ready(got) = result else { return };
        drop(self.waiting.remove(i));
        match got {
            Some(ids) => self.receive(ids),
            None => assert!(self.closed || self.tx.is_none(), "open, and ended"),
        }
    }

    fn poll_send(&mut self, i: usize) {
        let Sending { op, probe, id } = &mut self.sends[i];
        let id = *id;
        probe.take_woken();
        if let Poll::Ready((sent, _)) = poll_once(op.as_mut(), &probe.waker()) {
            drop(self.sends.remove(i));
            self.told(id, sent.is_ok());
        }
    }

    fn step(&mut self, step: Step) {
        let some = |i: u8, n: usize| (n > 0).then(|| i as usize % n.max(1));
        match step {
            Step::Wait(way) => {
                let way = WAYS[way as usize % WAYS.len()];
                self.waiting.push(Waiting::new(way, self.rx));
                self.poll(self.waiting.len() - 1, false);
            }
            Step::Poll(i, new) => {
                if let Some(i) = some(i, self.waiting.len()) {
                    self.poll(i, new);
                }
            }
            Step::DropWaiting(i) => {
                if let Some(i) = some(i, self.waiting.len()) {
                    drop(self.waiting.remove(i));
                }
            }
            Step::ForgetWaiting(way) => {
                let way = BORROWED[way as usize % BORROWED.len()];
                let mut waiting = Waiting::new(way, self.rx);
                match waiting.poll() {
                    Poll::Pending => {
                        waiting.forget();
                        self.forgotten += 1;
                    }
                    Poll::Ready(got) => self.receive(got.into_iter().flatten()),
                }
            }
            Step::TryRecv => {
                let got = self.rx.try_recv().ok();
                self.receive(got.map(|m| m.id()));
            }
            Step::Drain(n) => {
                let got: Vec<_> = self.rx.drain().take(n as usize % 5).collect();
                self.receive(got.iter().map(Tracked::id));
            }
            Step::Clone => self.clones.push(self.rx.clone()),
            Step::DropClone => drop(self.clones.pop()),
            Step::Settle => self.settle(),
            _ => self.step_of_sender(step),
        }
    }

    fn step_of_sender(&mut self, step: Step) {
        let tx = self.tx();
        match step {
            Step::Send => {
                let message = self.make();
                let id = message.id();
                let op = Box::pin(tx.send_owned(message));
                let probe = Probe::new();
                self.sends.push(Sending { op, probe, id });
                self.poll_send(self.sends.len() - 1);
            }
            Step::DropSend(i) if !self.sends.is_empty() => {
                drop(self.sends.remove(i as usize % self.sends.len()));
            }
            Step::TrySend => {
                let message = self.make();
                let id = message.id();
                let sent = tx.try_send(message);
                self.told(id, sent.is_ok());
            }
            Step::ForceSend => {
                let message = self.make();
                let id = message.id();
                let sent = tx.force_send(message);
                self.told(id, sent.is_ok());
                if let Ok(Some(old)) = sent {
                    assert!(!self.got.contains(&old.id()));
                    assert!(self.displaced.insert(old.id()));
                }
            }
            Step::Reserve => self.permits.extend(tx.try_reserve_owned()),
            Step::UsePermit(i) if !self.permits.is_empty() => {
                let i = i as usize % self.permits.len();
                let permit = self.permits.remove(i);
                let message = self.make();
                let id = message.id();
                let (sent, _) = permit.send(message);
                assert!(sent.is_ok(), "a receiver lives");
                self.told(id, true);
            }
            Step::DropPermit(i) if !self.permits.is_empty() => {
                drop(self.permits.remove(i as usize % self.permits.len()));
            }
            Step::Close(by_receiver) => {
                let closed = if by_receiver {
                    self.rx.close()
                } else {
                    tx.close()
                };
                assert_eq!(closed, !self.closed);
                self.closed = true;
            }
            _ => {}
        }
    }

    /// Polls who was woken, receivers and senders, until nobody is.
    fn run(&mut self) {
        loop {
            if let Some(i) = self.waiting.iter().position(Waiting::woken) {
                self.poll(i, false);
            } else if let Some(i) = self.sends.iter().position(|s| s.probe.is_woken()) {
                self.poll_send(i);
            } else {
                return;
            }
        }
    }

    /// When nobody is woken any more nobody waits in vain.
    fn settle(&mut self) {
        loop {
            self.run();
            if self.waiting.is_empty() {
                return;
            }
            match self.rx.try_recv() {
                Ok(message) => {
                    assert!(
                        self.forgotten > 0,
                        "{} wait, and there is {message:?}",
                        self.waiting.len()
                    );
                    self.forgotten -= 1;
                    self.receive([message.id()]);
                }
                Err(TryRecvError::Empty) => {
                    let room = self.capacity.is_none_or(|n| self.permits.len() < n.max(1));
                    assert!(!room || self.sends.is_empty(), "senders and receivers wait");
                    return;
                }
                Err(TryRecvError::Closed) => panic!("it is the end, and somebody waits"),
            }
        }
    }

    fn wind_up(&mut self) {
        self.settle();
        self.permits.clear();
        self.settle();
        // Nobody may wait any more: then the senders want somebody to take what they have.
        while let Ok(message) = self.rx.try_recv() {
            self.receive([message.id()]);
            self.run();
        }
        assert!(self.sends.is_empty(), "a sender waits, and there is room");
        self.tx = None;
        self.run();
        assert!(self.waiting.is_empty(), "not told of the end");
        assert!(matches!(self.rx.try_recv(), Err(TryRecvError::Closed)));
        let arrived: BTreeSet<u64> = self.got.union(&self.displaced).copied().collect();
        assert!(self.sent.is_subset(&arrived), "sent, and lost");
    }
}
