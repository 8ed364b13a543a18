//! Random programs: every operation of both sides, polled by hand in any order with any waker,
//! dropped, cancelled, forgotten, in every state. Then only what was woken is polled, and:
//!
//! * every message is accounted for: received, displaced, handed back or dropped, once;
//! * what a sender was told is what happened;
//! * nobody waits for ever, however many others were dropped or frozen;
//! * messages arrive in the order of their sending; `len()` keeps to the capacity.

use super::{Form, SenderRef};
use super::kind::{Receiver, RecvOp, Sender};
use crate::support::{Probe, Tracked, explore, poll_once};
use proptest::prelude::*;
use std::pin::Pin;
use std::task::{Poll, Waker};
use waterway::TryRecvError;

mod book;
mod flight;

numbered! {
    mod leave;
    use leave::Leave;
}
unnumbered! {
    mod no_leave;
    use no_leave::Leave;
}

use book::Book;
use flight::{Flight, Landing};

on_every_form!(every_message_is_accounted_for);

#[derive(Clone, Copy, Debug)]
enum Step {
    Start(Kind, u8),
    /// Poll some operation; with its old waker or a new one.
    Poll(u8, bool),
    Drop(u8),
    Cancel(u8),
    Forget(u8),
    TrySend(u8),
    ForceSend(u8),
    TryReserve(u8),
    UsePermit(u8),
    DropPermit(u8),
    Recv(bool),
    DropRecv,
    ForgetRecv,
    CancelRecv,
    TryRecv,
    RecvMany(u8),
    TryPeek,
    Drain(u8),
    CloneSender,
    DropSender(u8),
    Close(bool),
    DropReceiver,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Send,
    SendOwned,
    SendMany(u8),
    Reserve,
    ReserveMany(u8),
    ReserveOwned,
    Flush,
    Closed,
}

impl Kind {
    /// Owns its sender, as opposed to borrowing it.
    fn is_owned(self) -> bool {
        matches!(self, Kind::SendOwned | Kind::ReserveOwned)
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    let plain = prop_oneof![
        8 => Just(Kind::Send),
        2 => Just(Kind::SendOwned),
        1 => Just(Kind::Closed),
    ];
    numbered_or!(
        prop_oneof![
            11 => plain,
            3 => (0u8..12).prop_map(Kind::SendMany),
            4 => Just(Kind::Reserve),
            3 => (0u8..5).prop_map(Kind::ReserveMany),
            1 => Just(Kind::ReserveOwned),
            1 => Just(Kind::Flush),
        ],
        plain
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = any::<u8>;
    let rare = prop_oneof![
        2 => any::<bool>().prop_map(Step::Close),
        1 => Just(Step::DropReceiver),
        30 => Just(Step::TryRecv),
    ];
    let step = prop_oneof![
        20 => (kinds(), number()).prop_map(|(kind, i)| Step::Start(kind, i)),
        30 => (number(), any::<bool>()).prop_map(|(i, new)| Step::Poll(i, new)),
        5 => number().prop_map(Step::Drop),
        4 => number().prop_map(Step::Cancel),
        2 => number().prop_map(Step::Forget),
        6 => number().prop_map(Step::TrySend),
        12 => any::<bool>().prop_map(Step::Recv),
        3 => Just(Step::DropRecv),
        1 => Just(Step::ForgetRecv),
        1 => Just(Step::CancelRecv),
        6 => Just(Step::TryRecv),
        3 => (0u8..6).prop_map(Step::RecvMany),
        2 => Just(Step::TryPeek),
        1 => number().prop_map(Step::Drain),
        2 => Just(Step::CloneSender),
        1 => number().prop_map(Step::DropSender),
        2 => rare,
    ];
    let of_numbers = prop_oneof![
        3 => number().prop_map(Step::ForceSend),
        4 => number().prop_map(Step::TryReserve),
        4 => number().prop_map(Step::UsePermit),
        3 => number().prop_map(Step::DropPermit),
    ];
    let step = numbered_or!(prop_oneof![100 => step, 14 => of_numbers], {
        drop(of_numbers);
        step
    });
    prop::collection::vec(step, 1..100)
}

fn every_message_is_accounted_for<F: Form>() {
    explore(500, &steps(), |steps| {
        let mut world = World::new::<F>();
        steps.iter().for_each(|step| world.step(*step));
        world.wind_up();
    });
}

/// Fields are dropped in this order: what borrows before what is borrowed.
struct World {
    recv: Option<(Pin<Box<RecvOp<'static, Tracked>>>, Probe)>,
    flights: Vec<Flight>,
    /// With the number of the sender that is borrowed.
    permits: Vec<(Leave, usize)>,
    rx: Option<Box<Receiver<Tracked>>>,
    senders: Vec<Option<Box<Sender<Tracked>>>>,
    capacity: Option<usize>,
    closed: bool,
    /// Receives that will never come for a message that they are told of, but for one each.
    frozen: usize,
    book: Book,
}

impl World {
    fn new<F: Form>() -> World {
        let (mut tx, rx) = F::make();
        World {
            recv: None,
            flights: Vec::new(),
            permits: Vec::new(),
            rx: Some(Box::new(rx)),
            senders: vec![Some(Box::new(tx))],
            capacity: F::CAPACITY,
            closed: false,
            frozen: 0,
            book: Book::new(),
        }
    }

    /// The number of some sender that lives. A sole one does one thing at a time: it must be free for it.
    fn some_sender(&self, i: u8) -> Option<usize> {
        let alive = |n: &usize| self.senders[*n].is_some();
        let free = |n: &usize| super::CROWDED || !self.is_used(*n);
        let free: Vec<usize> = (0..self.senders.len())
            .filter(|n| alive(n) && free(n))
            .collect();
        free.get(i as usize % free.len().max(1)).copied()
    }

    /// Does an operation or a permit use the sender?
    fn is_used(&self, number: usize) -> bool {
        self.flights.iter().any(|f| f.sender == number)
            || self.permits.iter().any(|p| p.1 == number)
    }

    /// A borrow that the types cannot follow.
    fn lend(&mut self, number: usize) -> SenderRef<'static, Tracked> {
        let sender = &mut self.senders[number];
        // Others use the same one by reference, but for a sole one.
        let sender = crowded_or!(
            std::ptr::from_ref(sender.as_deref().expect("alive")),
            std::ptr::from_mut(sender.as_deref_mut().expect("alive"))
        );
        // SAFETY: the sender lies in a box, which `World` drops only after the flights and permits that
        // name it. Something forgotten may outlive it, but is never used again. A sole one is lent when
        // nothing else uses it.
        unsafe { crowded_or!(&*sender, &mut *sender) }
    }

    /// A sender to own.
    fn own(&mut self, number: usize) -> Sender<Tracked> {
        let sender = &mut self.senders[number];
        crowded_or!(
            sender.as_deref().expect("alive").clone(),
            *sender.take().expect("alive"),
        )
    }

    /// The sender that was owned, if one was.
    fn give_back(&mut self, number: usize, tx: Option<Sender<Tracked>>) {
        if let Some(tx) = tx.filter(|_| !super::CROWDED) {
            self.senders[number] = Some(Box::new(tx));
        }
    }

    /// A sole sender does not go with what owns it.
    fn drop_flight(&mut self, flight: Flight) {
        if flight.is_owned() && !super::CROWDED {
            let number = flight.sender;
            let tx = flight.cancel(&mut self.book);
            self.give_back(number, tx);
        }
    }

    /// The same of a permit.
    fn drop_permit(&mut self, (leave, number): (Leave, usize), releases: bool) {
        if releases || !super::CROWDED {
            self.give_back(number, leave.release());
        }
    }

    fn take_flight(&mut self, i: u8) -> Option<Flight> {
        let n = self.flights.len();
        (n > 0).then(|| self.flights.swap_remove(i as usize % n))
    }

    fn take_permit(&mut self, i: u8) -> Option<(Leave, usize)> {
        let n = self.permits.len();
        (n > 0).then(|| self.permits.swap_remove(i as usize % n))
    }

    fn step(&mut self, step: Step) {
        self.book.tick();
        match step {
            Step::Start(_, i)
            | Step::TrySend(i)
            | Step::ForceSend(i)
            | Step::TryReserve(i)
            | Step::DropSender(i) => self.step_of_sender(step, i),
            Step::Poll(i, new_waker) => {
                if !self.flights.is_empty() {
                    self.poll(i as usize % self.flights.len(), new_waker);
                }
            }
            Step::Drop(i) => {
                if let Some(flight) = self.take_flight(i) {
                    self.drop_flight(flight);
                }
            }
            Step::Cancel(i) => {
                if let Some(flight) = self.take_flight(i) {
                    let number = flight.sender;
                    let tx = flight.cancel(&mut self.book);
                    self.give_back(number, tx);
                }
            }
            Step::Forget(i) => match self.take_flight(i) {
                // An owned operation would keep its sender for good, and with it the channel open.
                Some(flight) if flight.is_owned() => self.drop_flight(flight),
                Some(flight) => {
                    self.book.forgotten(&flight.ids);
                    std::mem::forget(flight);
                }
                None => {}
            },
            Step::UsePermit(i) => {
                if let Some((leave, number)) = self.take_permit(i) {
                    let (left, tx) = leave.use_once(&mut self.book);
                    self.permits.extend(left.map(|leave| (leave, number)));
                    self.give_back(number, tx);
                }
            }
            Step::DropPermit(i) => {
                if let Some(permit) = self.take_permit(i) {
                    self.drop_permit(permit, i % 2 == 0);
                }
            }
            Step::CloneSender => self.step_of_sender(step, 0),
            Step::Close(true) => self.step_of_sender(step, 0),
            Step::Recv(new_waker) => self.poll_recv(new_waker),
            Step::DropRecv => self.recv = None,
            Step::ForgetRecv => {
                if let Some((op, _)) = self.recv.take() {
                    std::mem::forget(op);
                    self.frozen += usize::from(super::SHARES_WAKES);
                }
            }
            Step::CancelRecv => {
                if let Some((mut op, _)) = self.recv.take() {
                    op.as_mut().cancel();
                }
            }
            Step::TryRecv
            | Step::RecvMany(_)
            | Step::TryPeek
            | Step::Drain(_)
            | Step::Close(false)
            | Step::DropReceiver => self.step_of_receiver(step),
        }
        self.check_numbers();
    }

    /// Steps that need a sender.
    fn step_of_sender(&mut self, step: Step, i: u8) {
        let Some(number) = self.some_sender(i) else {
            return;
        };
        match step {
            Step::Start(kind, _) => {
                let flight = if kind.is_owned() {
                    Flight::start_owned(kind, self.own(number), number, &mut self.book)
                } else {
                    Flight::start(kind, self.lend(number), number, &mut self.book)
                };
                self.flights.push(flight);
            }
            Step::TrySend(_) => {
                let message = self.book.make(true);
                let id = message.id();
                match self.lend(number).try_send(message) {
                    Ok(()) => self.book.sent(&[id]),
                    Err(e) => {
                        assert_eq!(e.is_closed(), self.closed);
                        self.book.not_sent(&e.into_inner());
                    }
                }
            }
            Step::ForceSend(_) => {
                crowded! { numbered! {
                    let message = self.book.make(false);
                    let id = message.id();
                    match self.lend(number).force_send(message) {
                        Ok(displaced) => {
                            if let Some(old) = displaced {
                                self.book.displaced(&old);
                            }
                            self.book.sent(&[id]);
                        }
                        Err(e) => {
                            assert_eq!(e.is_closed(), self.closed);
                            self.book.not_sent(&e.into_inner());
                        }
                    }
                } }
            }
            Step::TryReserve(way) => {
                let leave: Option<Leave> = numbered_or!(
                    match way % 3 {
                        0 => self.lend(number).try_reserve().ok().map(Leave::One),
                        1 => self.lend(number).try_reserve_many(2).ok().map(Leave::Many),
                        _ => match self.own(number).try_reserve_owned() {
                            Ok(permit) => Some(Leave::Owned(permit)),
                            Err(e) => {
                                self.give_back(number, Some(e.into_inner()));
                                None
                            }
                        },
                    },
                    None
                );
                self.permits.extend(leave.map(|leave| (leave, number)));
            }
            Step::CloneSender => {
                crowded!(let tx = self.own(number); self.senders.push(Some(Box::new(tx))););
            }
            Step::DropSender(_) => {
                if !self.is_used(number) && self.senders.iter().flatten().count() > 1 {
                    self.senders[number] = None;
                }
            }
            Step::Close(_) => {
                assert_eq!(self.lend(number).close(), !self.closed);
                self.closed = true;
            }
            _ => unreachable!("not a sender's: {step:?}"),
        }
    }

    /// Steps that need the receiver for themselves.
    fn step_of_receiver(&mut self, step: Step) {
        let Some(rx) = self.rx.as_mut().filter(|_| self.recv.is_none()) else {
            return;
        };
        let mut got = Vec::new();
        match step {
            Step::TryRecv => got.extend(rx.try_recv()),
            Step::RecvMany(limit) => gathering_or!({
                let op = std::pin::pin!(rx.recv_many(&mut got, limit.into()));
                let _ = poll_once(op, Waker::noop());
            }, got.extend((limit > 0).then(|| rx.try_recv().ok()).flatten())),
            Step::TryPeek => {
                peeking!(self.book.peeked(rx.try_peek().ok().map(Tracked::id)););
            }
            Step::Drain(n) if n % 2 == 0 => {
                got.extend(gathering_or!(rx.drain(), values!(rx, try_iter)));
            }
            Step::Drain(n) => got.extend(values!(rx, try_iter).take(n as usize % 4)),
            Step::Close(_) => {
                assert_eq!(rx.close(), !self.closed);
                self.closed = true;
            }
            Step::DropReceiver => {
                owning! {
                    self.rx = None;
                    self.closed = true;
                    self.book.receiver_gone();
                }
            }
            _ => unreachable!("not the receiver's: {step:?}"),
        }
        if let Step::RecvMany(limit) = step {
            assert!(got.len() <= limit.into());
        }
        got.iter().for_each(|got| self.book.received(got));
    }

    /// Polls a flight; one that has ended is removed.
    fn poll(&mut self, i: usize, new_waker: bool) {
        let (landing, tx) = self.flights[i].poll(new_waker, &mut self.book);
        if matches!(landing, Landing::Pending) {
            return;
        }
        let flight = self.flights.swap_remove(i);
        self.give_back(flight.sender, tx);
        if let Landing::Permitted(leave) = landing {
            self.permits.push((leave, flight.sender));
        }
        assert!(self.closed || !flight.waits_for_the_close());
    }

    /// Starts or polls a receive.
    fn poll_recv(&mut self, new_waker: bool) {
        let Some(rx) = self.rx.as_mut() else { return };
        let (op, probe) = self.recv.get_or_insert_with(|| {
            // SAFETY: the receiver lies in a box, and while `recv` holds this operation nothing else
            // touches it: `step_of_receiver` looks at `recv` first, and `recv` is dropped first.
            let rx = unsafe { &mut *std::ptr::from_mut(&mut **rx) };
            (Box::pin(rx.recv()), Probe::new())
        });
        if new_waker {
            *probe = Probe::new();
        }
        probe.take_woken();
        if let Poll::Ready(got) = poll_once(op.as_mut(), &probe.waker()) {
            self.recv = None;
            match got {
                Some(got) => self.book.received(&got),
                None => assert!(self.closed || self.senders.is_empty()),
            }
        }
    }

    fn check_numbers(&self) {
        let Some(tx) = self.some_sender(0).and_then(|n| self.senders[n].as_deref()) else {
            return;
        };
        let len = tx.len();
        assert!(
            self.capacity.is_none_or(|capacity| len <= capacity),
            "{len} are too many"
        );
        assert_eq!(tx.is_empty(), len == 0);
        assert_eq!(tx.is_closed(), self.closed);
    }

    /// Polls what was never polled or was woken since, until nothing is left to do.
    fn run_dry(&mut self) {
        loop {
            self.book.tick();
            for permit in std::mem::take(&mut self.permits) {
                self.drop_permit(permit, false);
            }
            let next = self.flights.iter().position(Flight::is_due);
            let recv_is_due = self.recv.as_ref().is_none_or(|(_, probe)| probe.is_woken());
            if let Some(i) = next {
                self.poll(i, false);
            } else if recv_is_due && self.rx.is_some() {
                let before = self.book.receipts();
                self.poll_recv(false);
                if self.recv.is_none() && self.book.receipts() == before {
                    // The end: no need to ask again and again.
                    return;
                }
            } else if self.recv.is_some() && self.frozen > 0 {
                self.frozen -= 1;
                self.poll_recv(false);
            } else {
                return;
            }
        }
    }

    fn wind_up(&mut self) {
        self.run_dry();
        for flight in &self.flights {
            let may_wait = flight.waits_for_the_close() && !self.closed;
            assert!(may_wait, "stranded, with the messages {:?}", flight.ids);
        }
        self.flights.clear();
        self.senders.clear();
        // Only the receiver is left; it must learn of the end by itself.
        if self.rx.is_some() {
            self.run_dry();
            assert!(self.recv.is_none(), "the receiver is not told of the end");
        }
        if let Some(mut rx) = self.rx.take() {
            assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        }
        self.book.settle();
    }
}
