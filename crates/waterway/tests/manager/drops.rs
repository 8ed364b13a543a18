//! Who goes when: every order of drops and reconnections, beside a model of what has to hold after each.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::Poll;

use waterway::{ReceiverConnected, TryRecvError, mpsc};

use super::support::memory::{self, live};
use super::support::{Ledger, Probe, Tracked, assert_pending, catch, poll_once};
use super::{FORMS, Form, open};

/// What happens in a run, in every order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    DropReceiver,
    DropManager,
    DropSender,
    DropOtherSender,
    /// The manager, if it is there, makes a receiver.
    Reconnect,
    /// The receiver, if there is one, receives what is there, and goes.
    ReceiveAndDrop,
}

const STEPS: [Step; 6] = [
    Step::DropReceiver,
    Step::DropManager,
    Step::DropSender,
    Step::DropOtherSender,
    Step::Reconnect,
    Step::ReceiveAndDrop,
];

/// All orders of some things.
fn orders<T: Copy>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..things.len() {
        let rest = [&things[..first], &things[first + 1..]].concat();
        for mut order in orders(&rest) {
            order.insert(0, things[first]);
            all.push(order);
        }
    }
    all
}

/// What there is in a run besides the handles.
#[derive(Clone, Copy, Debug)]
struct Setting {
    form: Form,
    /// The first message was under a lease once.
    leased: bool,
    /// A task waits to send, where there is a bound.
    parked: bool,
    /// A task waits for the end.
    watched: bool,
}

const PARKED: u64 = 100;

type Parked = Pin<Box<mpsc::SendOwnedOp<Tracked>>>;

/// A run: the handles, and what they ought to be like.
struct Run {
    manager: Option<mpsc::Manager<Tracked>>,
    receiver: Option<mpsc::Receiver<Tracked>>,
    senders: [Option<mpsc::Sender<Tracked>>; 2],
    /// The parked send, with a sender of its own, until it is ready.
    parked: Option<Parked>,
    sends: Probe,
    /// What is in the channel.
    queue: Vec<u64>,
    capacity: usize,
    ledger: Ledger,
}

impl Run {
    fn new(setting: Setting, ledger: Ledger) -> Self {
        let (manager, sender, mut receiver) = open(setting.form);
        let mut queue = Vec::new();
        for id in 0..setting.form.unwrap_or(2) as u64 {
            sender.try_send(ledger.make(id)).expect("there is room");
            queue.push(id);
        }
        let sends = Probe::new();
        let mut parked = None;
        if setting.parked && setting.form.is_some() {
            let mut send = Box::pin(sender.clone().send_owned(ledger.make(PARKED)));
            assert_pending(send.as_mut(), &sends.waker());
            parked = Some(send);
        }
        let mut run = Self {
            manager: Some(manager),
            receiver: None,
            senders: [Some(sender.clone()), Some(sender)],
            parked,
            sends,
            queue,
            capacity: setting.form.unwrap_or(usize::MAX),
            ledger,
        };
        if setting.leased {
            if setting.form == Some(0) && run.parked.is_some() {
                run.queue.push(PARKED);
            }
            let lease = receiver.try_recv_leased();
            assert_eq!(
                lease.ok().map(|lease| lease.id()),
                run.queue.first().copied()
            );
            if setting.form == Some(0) {
                run.parked_went();
            }
        }
        run.receiver = Some(receiver);
        run
    }

    fn is_closed(&self) -> bool {
        self.receiver.is_none() && self.manager.is_none()
    }

    /// The parked send is complete: its message was taken.
    fn parked_went(&mut self) {
        if let Some(mut parked) = self.parked.take() {
            assert!(self.sends.is_woken(), "its message was taken");
            let sent = poll_once(parked.as_mut(), &self.sends.waker());
            assert!(matches!(sent, Poll::Ready((Ok(()), _))));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::DropReceiver => drop(self.receiver.take()),
            Step::DropManager => drop(self.manager.take()),
            Step::DropSender => drop(self.senders[0].take()),
            Step::DropOtherSender => drop(self.senders[1].take()),
            Step::Reconnect => self.reconnect(),
            Step::ReceiveAndDrop => self.receive_all(),
        }
        if self.is_closed() {
            self.queue.clear();
        }
    }

    fn reconnect(&mut self) {
        let Some(manager) = &self.manager else { return };
        match manager.new_receiver() {
            Ok(receiver) => {
                assert!(self.receiver.is_none(), "there is one at most");
                self.receiver = Some(receiver);
            }
            Err(ReceiverConnected) => assert!(self.receiver.is_some(), "nobody receives"),
        }
    }

    fn receive_all(&mut self) {
        let Some(mut receiver) = self.receiver.take() else {
            return;
        };
        if self.parked.is_some() && !self.queue.contains(&PARKED) {
            self.queue.push(PARKED);
        }
        let mut seen = Vec::new();
        let end = loop {
            match receiver.try_recv() {
                Ok(message) => seen.push(message.id()),
                Err(end) => break end,
            }
        };
        assert_eq!(seen, self.queue, "all that was sent, in order");
        assert_eq!(end == TryRecvError::Closed, receiver.sender_count() == 0);
        self.queue.clear();
        self.parked_went();
    }

    /// What lies aside at a rendezvous is not counted: it has no room.
    fn len(&self) -> usize {
        self.queue.len().min(self.capacity)
    }

    /// What has to hold after each step.
    fn check(&self) {
        let closed = self.is_closed();
        let mut alive = self.queue.clone();
        if self.parked.is_some() && !alive.contains(&PARKED) {
            alive.push(PARKED);
            assert_eq!(self.sends.is_woken(), closed, "it waits, or has it back");
        }
        assert_eq!(self.ledger.live(), alive, "nothing else lives");
        for sender in self.senders.iter().flatten() {
            assert_eq!(sender.is_closed(), closed);
            assert_eq!(sender.has_manager(), self.manager.is_some());
            assert_eq!(
                sender.receiver_count(),
                usize::from(self.receiver.is_some())
            );
            assert_eq!(sender.len(), self.len());
        }
        if let Some(manager) = &self.manager {
            assert_eq!(manager.has_receiver(), self.receiver.is_some());
            assert_eq!(manager.len(), self.len());
            assert!(!manager.is_closed());
        }
        if let Some(receiver) = &self.receiver {
            assert_eq!(receiver.has_manager(), self.manager.is_some());
            assert_eq!(receiver.is_closed(), receiver.sender_count() == 0);
        }
    }
}

fn run(setting: Setting, order: &[Step], ledger: Ledger) {
    ledger.forget_all();
    let before = live();
    let ends = Probe::new();
    {
        let mut run = Run::new(setting, ledger);
        let watcher = setting
            .watched
            .then(|| run.senders[0].clone().expect("it is there"));
        let mut closed = watcher.as_ref().map(|sender| Box::pin(sender.closed()));
        if let Some(closed) = &mut closed {
            assert_pending(closed.as_mut(), &ends.waker());
        }
        run.check();
        for &step in order {
            run.step(step);
            run.check();
            if closed.is_some() {
                assert_eq!(ends.is_woken(), run.is_closed(), "after {step:?}");
            }
        }
    }
    ledger.assert_all_dropped();
    assert_eq!(ends.refs(), 0);
    drop(ends);
    let after = live();
    assert_eq!((after.bytes, after.blocks), (before.bytes, before.blocks));
}

/// H37, H43: the receiver, the manager and two senders go in every order, with a reconnection somewhere; and
/// nothing leaks, nothing is dropped twice, and what is nobody's any more goes at once.
#[test]
fn h43_every_order_of_drops() {
    memory::assert_installed();
    let ledger = Ledger::with_room(8);
    let orders = orders(&STEPS);
    let mut runs = 0;
    for form in FORMS {
        for way in 0..8 {
            let setting = Setting {
                form,
                leased: way & 1 != 0,
                parked: way & 2 != 0,
                watched: way & 4 != 0,
            };
            for order in &orders {
                let told = Tell(setting, order);
                run(setting, order, ledger);
                std::mem::forget(told);
                runs += 1;
            }
        }
    }
    assert_eq!(runs, 4 * 8 * 720);
}

/// Says which run failed.
struct Tell<'a>(Setting, &'a [Step]);

impl Drop for Tell<'_> {
    fn drop(&mut self) {
        eprintln!("{:?} {:?}", self.0, self.1);
    }
}

/// A message whose drop panics, the first time that one is dropped.
struct Bomb<'a>(&'a AtomicU32, bool);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        assert!(!self.1, "told to panic");
    }
}

/// H43: one message's drop panics when the last of receiver and manager goes: the others are dropped all the same,
/// and the channel is closed.
#[test]
fn h43_a_drop_that_panics_at_the_end() {
    for form in [Some(3), None] {
        for manager_last in [true, false] {
            for leased in [true, false] {
                let drops = AtomicU32::new(0);
                let (manager, sender, mut receiver) = open(form);
                for panics in [true, false, false] {
                    assert!(sender.try_send(Bomb(&drops, panics)).is_ok());
                }
                if leased {
                    drop(receiver.try_recv_leased());
                }
                let gone = catch(|| {
                    if manager_last {
                        drop(receiver);
                        assert_eq!(drops.load(SeqCst), 0);
                        drop(manager);
                    } else {
                        drop(manager);
                        assert_eq!(drops.load(SeqCst), 0);
                        drop(receiver);
                    }
                });
                assert_eq!(gone.err().as_deref(), Some("told to panic"));
                assert_eq!(drops.load(SeqCst), 3);
                assert!(sender.is_closed());
            }
        }
    }
}

/// H43: a message that holds the last sender, the manager gone: all of it goes with the receiver.
#[test]
fn h43_a_message_that_holds_its_sender() {
    struct Own(#[allow(dead_code, reason = "it is kept")] mpsc::Sender<Own>);
    for form in [Some(1), None] {
        for manager_last in [true, false] {
            let before = live();
            let (manager, sender, receiver) = open(form);
            let own = Own(sender.clone());
            assert!(sender.try_send(own).is_ok());
            drop(sender);
            if manager_last {
                drop(receiver);
                drop(manager);
            } else {
                drop(manager);
                drop(receiver);
            }
            assert_eq!(live().bytes, before.bytes);
        }
    }
}
