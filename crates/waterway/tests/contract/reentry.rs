//! User code that comes back into the channel it is called from: wakers, destructors, iterators,
//! buffers. It must find no lock held and a channel that works.

use super::{Form, SenderRef};
use super::help::{fill, room, take_all};
use super::kind::{Receiver, Sender};
use super::lent;
use crate::support::{Event, Ledger, Probe, Tracked, poll_noop, poll_once};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use waterway::TryRecvError;

on_every_form!(
    wakers_come_back,
    a_message_owns_its_receiver,
);

/// What a waker does to its channel.
#[derive(Clone, Copy, Debug)]
enum Deed {
    TrySend,
    TryRecv,
    Look,
    CloneAndDrop,
    DropHandle,
    ParkAndDrop,
    Close,
}

const DEEDS: [Deed; 7] = [
    Deed::TrySend,
    Deed::TryRecv,
    Deed::Look,
    Deed::CloneAndDrop,
    Deed::DropHandle,
    Deed::ParkAndDrop,
    Deed::Close,
];

/// Which wait the waker is registered with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    Recv,
    PollRecv,
    Send,
    SendMany,
    Reserve,
    Flush,
    Closed,
}

const WAITS: [Wait; 7] = [
    Wait::Recv,
    Wait::PollRecv,
    Wait::Send,
    Wait::SendMany,
    Wait::Reserve,
    Wait::Flush,
    Wait::Closed,
];

impl Wait {
    fn possible<F: Form>(self) -> bool {
        match self {
            Wait::Recv | Wait::PollRecv | Wait::Closed => true,
            Wait::Send => F::CAPACITY.is_some(),
            Wait::SendMany => F::CAPACITY.is_some() && super::NUMBERED,
            Wait::Reserve => F::CAPACITY.is_some() && F::BUFFERS && super::NUMBERED,
            Wait::Flush => F::BUFFERS && super::NUMBERED,
        }
    }
}

type SharedReceiver = Rc<RefCell<Option<Receiver<Tracked>>>>;

/// Makes `probe` do `deed` at `event`.
fn arm(
    probe: &Probe,
    event: Event,
    deed: Deed,
    tx: SenderRef<'_, Tracked>,
    rx: &SharedReceiver,
    ledger: Ledger,
) {
    let mut own: Option<Sender<Tracked>> = crowded_or!(
        Some(tx.clone()),
        {
            let _ = tx;
            None
        }
    );
    // Only an `Rc` of it: the receiver's life is the test's business.
    let rx = Rc::clone(rx);
    probe.hook_here(event, move || match deed {
        Deed::TrySend => {
            let Some(tx) = &mut own else { return };
            let _ = tx.try_send(ledger.make(900));
            crowded!(numbered!(let _ = tx.force_send(ledger.make(901)););); 
        }
        // The receiver may be lent to whoever is waking us: then it cannot be used anyway.
        Deed::TryRecv => {
            if let Ok(mut rx) = rx.try_borrow_mut() {
                let _ = rx.as_mut().map(|rx| rx.try_recv());
            }
        }
        Deed::Look => {
            let Some(tx) = &mut own else { return };
            let _ = (
                tx.len(),
                tx.is_empty(),
                tx.is_full(),
                tx.is_closed(),
                tx.capacity(),
            );
            owning!(let _ = (tx.sender_count(), tx.receiver_count()););
            let _ = tx.id();
            let _ = format!("{tx:?}");
        }
        Deed::CloneAndDrop => {
            crowded! {
                let Some(tx) = &mut own else { return };
                drop(tx.clone());
                owning!(drop((tx.downgrade(), tx.downgrade().upgrade())););
            }
        }
        Deed::DropHandle => own = None,
        Deed::ParkAndDrop => {
            let Some(tx) = &mut own else { return };
            let _ = poll_noop(Box::pin(tx.send(ledger.make(902))).as_mut());
            let _ = poll_noop(Box::pin(tx.closed()).as_mut());
            numbered! {
                let _ = poll_noop(Box::pin(tx.reserve()).as_mut());
                let _ = poll_noop(Box::pin(tx.flush()).as_mut());
            }
        }
        Deed::Close => {
            if let Some(tx) = &mut own {
                tx.close();
            } else if let Ok(mut rx) = rx.try_borrow_mut() {
                let _ = rx.as_mut().map(|rx| rx.close());
            }
        }
    });
}

fn wakers_come_back<F: Form>() {
    for wait in WAITS {
        if !wait.possible::<F>() {
            continue;
        }
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            for deed in DEEDS {
                wakers_come_back_in::<F>(wait, event, deed, false);
                wakers_come_back_in::<F>(wait, event, deed, true);
            }
        }
    }
}

/// Registers with an armed waker, replaces it by another armed one, lets the event come, and ends.
fn wakers_come_back_in<F: Form>(wait: Wait, event: Event, deed: Deed, by_close: bool) {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let rx = Rc::new(RefCell::new(Some(rx)));
    if !matches!(wait, Wait::Recv | Wait::PollRecv) {
        fill::<F>(lend!(tx), &ledger);
    }
    let probes = [Probe::new(), Probe::new()];
    for probe in &probes {
        arm(probe, event, deed, lend!(tx), &rx, ledger);
    }
    let wakers = [probes[0].waker(), probes[1].waker()];
    let mut keep = None;
    let take = || {
        let mut rx = rx.borrow_mut();
        while rx.as_mut().is_some_and(|rx| rx.try_recv().is_ok()) {}
    };
    // A sender's wait ends by a receive, or by a close that leaves the receiver to the waker.
    let end = || match by_close {
        true => crowded_or!(
            drop(tx.close()),
            drop(rx.borrow_mut().as_mut().map(|rx| rx.close()))
        ),
        false => take(),
    };
    match wait {
        Wait::Recv => {
            let mut rx = rx.borrow_mut();
            let mut op = Box::pin(rx.as_mut().unwrap().recv());
            poll_both(op.as_mut(), &wakers, || {
                let send = keep.insert(Box::pin(tx.send(ledger.make(800))));
                let _ = poll_noop(send.as_mut());
            });
        }
        Wait::PollRecv => {
            let mut rx = rx.borrow_mut();
            let rx = rx.as_mut().unwrap();
            let mut poller = lent(rx);
            for waker in &wakers {
                let _ = poller.poll_recv(&mut Context::from_waker(waker));
            }
            let send = keep.insert(Box::pin(tx.send(ledger.make(800))));
            let _ = poll_noop(send.as_mut());
            for waker in wakers.iter().cycle().take(4) {
                let _ = poller.poll_recv(&mut Context::from_waker(waker));
            }
        }
        Wait::Send => poll_both(Box::pin(tx.send(ledger.make(100))).as_mut(), &wakers, end),
        Wait::SendMany => numbered_or!({
            let batch: Vec<Tracked> = (100..110).map(|id| ledger.make(id)).collect();
            poll_both(Box::pin(tx.send_many(batch)).as_mut(), &wakers, end);
        }, unreachable!()),
        Wait::Reserve => numbered_or!(poll_both(Box::pin(tx.reserve()).as_mut(), &wakers, end), unreachable!()),
        Wait::Flush => numbered_or!(poll_both(Box::pin(tx.flush()).as_mut(), &wakers, end), unreachable!()),
        Wait::Closed => {
            poll_both(Box::pin(tx.closed()).as_mut(), &wakers, || {
                drop(rx.borrow_mut().take())
            });
        }
    }
    drop(keep);
    // Dropped while parked, too.
    let mut parked = Box::pin(tx.closed());
    let _ = poll_once(parked.as_mut(), &wakers[0]);
    drop(parked);
    // The channel still works, unless it was closed.
    take();
    let receiver = rx.borrow_mut().take();
    if let Some(mut receiver) = receiver {
        if matches!(receiver.try_recv(), Err(TryRecvError::Empty)) {
            for probe in &probes {
                probe.unhook();
            }
            let mut op = Box::pin(tx.send(ledger.make(1)));
            let _ = poll_noop(op.as_mut());
            assert_eq!(
                take_all(&mut receiver),
                [1],
                "after {deed:?} at {event:?} of {wait:?}"
            );
        }
    }
    drop(wakers);
    for probe in &probes {
        probe.unhook();
        assert_eq!(probe.refs(), 0, "{deed:?} at {event:?} of {wait:?}");
    }
    drop(tx);
    ledger.assert_all_dropped();
}

/// Polls with one waker, then with the other, lets `event` happen, and polls to the end if it came.
fn poll_both<Op: Future>(mut op: Pin<&mut Op>, wakers: &[Waker; 2], event: impl FnOnce()) {
    if wakers
        .iter()
        .all(|waker| poll_once(op.as_mut(), waker).is_pending())
    {
        event();
        let _ = poll_once(op.as_mut(), &wakers[0]);
    } else {
        event();
    }
}

crowded! {
    owning! {
        on_every_form!(a_waker_owns_the_last_sender);

        /// The waker of the receiver's task owns the only sender: dropped with the waiting, it ends the wait.
        fn a_waker_owns_the_last_sender<F: Form>() {
            for event in [Event::Wake, Event::Drop] {
                let (mut tx, mut rx) = F::make::<Tracked>();
                let probe = Probe::new();
                let weak = tx.downgrade();
                let mut own = Some(tx);
                probe.hook_here(event, move || drop(own.take()));
                let mut op = Box::pin(rx.recv());
                let _ = poll_once(op.as_mut(), &probe.waker());
                if let Some(tx) = weak.upgrade() {
                    assert_eq!(event, Event::Wake);
                    tx.close();
                    drop(tx);
                }
                assert!(weak.upgrade().is_none());
                assert!(matches!(
                    poll_noop(op.as_mut()),
                    std::task::Poll::Ready(None)
                ));
            }
        }
    }
}

crowded! {
    on_every_form!(a_waker_owns_the_receiver);

    /// The waker of a sender's task owns the receiver and drops it.
    fn a_waker_owns_the_receiver<F: Form>() {
        for event in [Event::Wake, Event::Drop] {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let probe = Probe::new();
            let mut own = Some(rx);
            probe.hook_here(event, move || drop(own.take()));
            let mut send = Box::pin(tx.send(ledger.make(100)));
            let sent = poll_once(send.as_mut(), &probe.waker()).is_ready();
            let mut closed = Box::pin(tx.closed());
            if poll_once(closed.as_mut(), &probe.waker()).is_pending() {
                tx.close();
            }
            assert!(sent || poll_noop(send.as_mut()).is_ready());
            drop((send, closed));
            probe.unhook();
            drop(tx);
            ledger.assert_all_dropped();
        }
    }
}

/// A message that uses its own channel when it dies.
struct Clingy {
    id: Tracked,
    tx: Option<Sender<Clingy>>,
    ledger: Ledger,
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Drop for Clingy {
    fn drop(&mut self) {
        let Some(mut tx) = self.tx.take() else { return };
        let _ = (tx.len(), tx.is_full());
        owning!(let _ = tx.sender_count(););
        if DEPTH.get() < 3 {
            DEPTH.set(DEPTH.get() + 1);
            let plain = |id| Clingy {
                id: self.ledger.make(id),
                tx: None,
                ledger: self.ledger,
            };
            let _ = tx.try_send(plain(700 + self.id.id()));
            let _ = poll_noop(Box::pin(tx.send(plain(701))).as_mut());
            crowded! {
                numbered!(let _ = tx.force_send(plain(702)););
                drop(tx.clone());
            }
            DEPTH.set(DEPTH.get() - 1);
        }
        tx.close();
    }
}

crowded! {
    fn clingy(tx: SenderRef<'_, Clingy>, ledger: &Ledger, id: u64) -> Clingy {
        Clingy {
            id: ledger.make(id),
            tx: Some(tx.clone()),
            ledger: *ledger,
        }
    }
}

crowded! {
    on_every_form!(destructors_come_back);

    fn destructors_come_back<F: Form>() {
        for way in 0..8 {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let mut rx = Some(rx);
            for id in 0..room::<F>() as u64 {
                tx.try_send(clingy(&tx, &ledger, id))
                    .unwrap_or_else(|_| panic!("room"));
            }
            let mut parked = Some(Box::pin(tx.send(clingy(&tx, &ledger, 100))));
            let is_parked = poll_noop(parked.as_mut().unwrap().as_mut()).is_pending();
            assert_eq!(is_parked, F::CAPACITY.is_some());
            let receiver = rx.as_mut().unwrap();
            match way {
                0 => rx = None,
                1 => gathering_or!(
                    receiver.drain().for_each(drop),
                    values!(receiver, try_iter).for_each(drop)
                ),
                2 => parked = None,
                3 if is_parked => drop(parked.as_mut().unwrap().as_mut().cancel()),
                4 => drop(receiver.close()),
                5 => numbered_or!(drop(tx.force_send(clingy(&tx, &ledger, 101))), drop(tx.close())),
                6 => while receiver.try_recv().is_ok() {},
                _ => {
                    let mut got = Vec::new();
                    gathering!(let _ = poll_noop(Box::pin(receiver.recv_many(&mut got, 3)).as_mut()););
                    got.extend(receiver.try_recv());
                    drop(got);
                }
            }
            drop(rx);
            drop(parked);
            drop(tx);
            ledger.assert_all_dropped();
        }
    }
}

crowded! {
    owning! {
        on_every_form!(messages_own_the_last_senders);

        /// Each message holds a sender of its own channel, and no other sender lives.
        fn messages_own_the_last_senders<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            for id in 0..room::<F>() as u64 {
                tx.try_send(clingy(&tx, &ledger, id))
                    .unwrap_or_else(|_| panic!("room"));
            }
            let weak = tx.downgrade();
            drop(tx);
            drop(rx);
            ledger.assert_all_dropped();
            assert!(weak.upgrade().is_none(), "no cycle keeps the channel");
        }
    }
}

/// The receiver lies in its own channel, as a message that the other end's death must free.
fn a_message_owns_its_receiver<F: Form>() {
    #[allow(dead_code, reason = "held for their destructors")]
    struct Boxed(Receiver<Boxed>, Tracked);
    let ledger = Ledger::new();
    let (mut outer_tx, outer_rx) = F::make::<Boxed>();
    let (mut inner_tx, inner_rx) = F::make::<Boxed>();
    let mut send = Box::pin(outer_tx.send(Boxed(inner_rx, ledger.make(1))));
    let _ = poll_noop(send.as_mut());
    let mut back = Box::pin(inner_tx.send(Boxed(outer_rx, ledger.make(2))));
    let _ = poll_noop(back.as_mut());
    assert_eq!(ledger.live(), [1, 2]);
    // Buffered, the two hold each other for good (a cycle of the user's making); parked, they belong
    // to the operations that are dropped here.
    drop(back);
    drop(send);
    drop((outer_tx, inner_tx));
    if F::CAPACITY == Some(0) {
        ledger.assert_all_dropped();
    } else {
        crate::statics::give_up();
    }
    ledger.assert_no_double_drop();
}

numbered! {
    crowded! {
        on_every_form!(iterators_come_back);

        fn iterators_come_back<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let mut n = 0;
            let inside = tx.clone();
            let batch = std::iter::from_fn(move || {
                n += 1;
                let _ = (inside.len(), inside.is_full());
                let _ = inside.try_send(ledger.make(500));
                drop(inside.clone());
                (n <= 20).then(|| ledger.make(n))
            });
            let mut op = Box::pin(tx.send_many(batch));
            let mut got = Vec::new();
            for _ in 0..200 {
                let done = poll_noop(op.as_mut());
                got.extend(take_all(&mut rx));
                if let std::task::Poll::Ready(sent) = done {
                    assert_eq!(sent.map_err(|_| "closed"), Ok(20));
                    got.retain(|id| *id < 500);
                    assert_eq!(got, (1..=20).collect::<Vec<_>>());
                    drop(op);
                    drop(rx);
                    ledger.assert_all_dropped();
                    return;
                }
            }
            panic!("the batch never ended; received {got:?}");
        }
    }
}

/// A buffer whose `extend` uses the channel that fills it.
struct Meddler {
    got: Vec<u64>,
    tx: Sender<Tracked>,
    ledger: Ledger,
}

impl Extend<Tracked> for Meddler {
    fn extend<I: IntoIterator<Item = Tracked>>(&mut self, messages: I) {
        let _ = self.tx.try_send(self.ledger.make(600));
        for message in messages {
            self.got.push(message.id());
            let _ = (self.tx.len(), self.tx.try_send(self.ledger.make(601)));
        }
        let _ = self.tx.try_send(self.ledger.make(602));
    }
}

gathering! {
    crowded! {
        on_every_form!(buffers_come_back);

        fn buffers_come_back<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let full = fill::<F>(lend!(tx), &ledger);
            let mut op = Box::pin(tx.clone().send_owned(ledger.make(full)));
            let _ = poll_noop(op.as_mut());
            let mut buffer = Meddler {
                got: Vec::new(),
                tx,
                ledger,
            };
            let n = finish!(rx.recv_many(&mut buffer, full as usize + 1));
            let got = buffer.got.len();
            assert_eq!(n, Some(got));
            let plain: Vec<u64> = buffer.got.iter().copied().filter(|id| *id < 600).collect();
            assert_eq!(plain, (0..plain.len() as u64).collect::<Vec<_>>());
            drop((op, buffer, rx));
            ledger.assert_all_dropped();
        }
    }
}
