//! Polling again, with this waker or another: the latest is woken, no other, and none is kept.

use super::{Form, SenderRef};
use super::help::{fill, room};
use super::kind::Receiver;
use super::{Lent, lent, poller};
use crate::support::{Ledger, Probe, Tracked, poll_once};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Waker};

on_every_form!(
    receiving_keeps_the_latest_waker,
    closed_keeps_the_latest_waker,
    polls_of_the_receiver_keep_the_latest_waker,
);
numbered! {
    on_parking_forms!(sending_keeps_the_latest_waker);
}
numbered! {
    on_bounded_forms!(reserving_keeps_the_latest_waker);
}
numbered! {
    on_buffered_forms!(flushing_keeps_the_latest_waker);
}

/// Something pollable, whatever it gives.
trait Poller {
    fn poll_unit(&mut self, waker: &Waker) -> bool;
}

impl<Op: Future> Poller for Pin<Box<Op>> {
    fn poll_unit(&mut self, waker: &Waker) -> bool {
        poll_once(self.as_mut(), waker).is_ready()
    }
}

/// Polls with two wakers in turn, many times, and lets `event` happen.
#[track_caller]
fn assert_latest_wins(poller: &mut dyn Poller, event: impl FnOnce()) {
    let (old, new, newest) = (Probe::new(), Probe::new(), Probe::new());
    assert!(!poller.poll_unit(&old.waker()));
    assert_eq!(old.refs(), 1, "the channel keeps the one waker");
    for _ in 0..1000 {
        assert!(!poller.poll_unit(&new.waker()));
        assert_eq!((old.refs(), new.refs()), (0, 1), "the old waker is let go");
        assert!(!poller.poll_unit(&old.waker()));
        assert_eq!((old.refs(), new.refs()), (1, 0));
    }
    // The same waker again and again is no reason to collect it.
    let same = newest.waker();
    for _ in 0..1000 {
        assert!(!poller.poll_unit(&same));
        assert_eq!(newest.refs(), 2);
    }
    assert_eq!((old.refs(), new.refs()), (0, 0));
    event();
    assert_eq!((old.wakes(), new.wakes()), (0, 0), "these were replaced");
    assert_eq!(newest.wakes(), 1, "the latest is woken, once");
    assert!(poller.poll_unit(&same), "woken for a reason");
    assert_eq!(newest.refs(), 1, "and the operation keeps nothing");
}

/// Parks, and is dropped: no waker stays.
#[track_caller]
fn assert_drop_lets_go<P: Poller>(mut poller: P) {
    let probe = Probe::new();
    assert!(!poller.poll_unit(&probe.waker()));
    assert_eq!(probe.refs(), 1);
    drop(poller);
    assert_eq!((probe.refs(), probe.wakes()), (0, 0));
}

/// As [`assert_latest_wins`], where the event is a message.
macro_rules! assert_latest_gets_it {
    ($poller:expr, $tx:expr, $ledger:expr) => {{
        let mut keep = None;
        assert_latest_wins($poller, || {
            let mut op = Box::pin($tx.send($ledger.make(1)));
            let _ = op.poll_unit(Waker::noop());
            keep = Some(op);
        });
        drop(keep);
    }};
}

fn receiving_keeps_the_latest_waker<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    assert_latest_gets_it!(&mut Box::pin(rx.recv()), tx, ledger);
    gathering!(let mut buffer = Vec::new(););
    gathering! {
        let mut batch = Box::pin(rx.recv_many(&mut buffer, 4));
        assert_latest_gets_it!(&mut batch, tx, ledger);
        drop(batch);
    }
    peeking! {
        assert_latest_gets_it!(&mut Box::pin(rx.peek()), tx, ledger);
        drop(rx.try_recv().expect("peeked"));
    }
    assert_drop_lets_go(Box::pin(rx.recv()));
    gathering!(assert_drop_lets_go(Box::pin(rx.recv_many(&mut buffer, 4))););
    peeking!(assert_drop_lets_go(Box::pin(rx.peek())););
    let mut owned = Box::pin(rx.recv_owned());
    assert_latest_gets_it!(&mut owned, tx, ledger);
    let (_tx, rx) = F::make::<Tracked>();
    assert_drop_lets_go(Box::pin(rx.recv_owned()));
}

fn closed_keeps_the_latest_waker<F: Form>() {
    let (mut tx, rx) = F::make::<Tracked>();
    assert_drop_lets_go(Box::pin(tx.closed()));
    let mut op = Box::pin(tx.closed());
    assert_latest_wins(&mut op, || drop(rx));
}

numbered! {
    fn sending_keeps_the_latest_waker<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        assert_drop_lets_go(Box::pin(tx.send(ledger.make(100))));
        crowded!(assert_drop_lets_go(Box::pin(tx.clone().send_owned(ledger.make(100)))););
        assert_drop_lets_go(Box::pin(tx.send_many([ledger.make(100), ledger.make(101)])));
        let mut op = Box::pin(tx.send(ledger.make(102)));
        assert_latest_wins(&mut op, || drop(rx.try_recv().expect("a message")));
        drop(op);
        crowded! {
            let mut op = Box::pin(tx.clone().send_owned(ledger.make(103)));
            assert_latest_wins(&mut op, || drop(rx.try_recv().expect("a message")));
        }
        let mut op = Box::pin(tx.send_many([ledger.make(104)]));
        assert_latest_wins(&mut op, || drop(rx.try_recv().expect("a message")));
        drop((op, rx));
        ledger.assert_all_dropped();
    }
}

numbered! {
    fn reserving_keeps_the_latest_waker<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let n = room::<F>();
        let refill = |tx: SenderRef<'_, Tracked>, rx: &mut Receiver<Tracked>| {
            while rx.try_recv().is_ok() {}
            fill::<F>(tx, &ledger);
        };
        refill(lend!(tx), &mut rx);
        assert_drop_lets_go(Box::pin(tx.reserve()));
        assert_drop_lets_go(Box::pin(tx.reserve_many(n)));
        crowded!(assert_drop_lets_go(Box::pin(tx.clone().reserve_owned())););
        assert_latest_wins(&mut Box::pin(tx.reserve()), || {
            drop(rx.try_recv().expect("a message"))
        });
        refill(lend!(tx), &mut rx);
        assert_latest_wins(&mut Box::pin(tx.reserve_many(n)), || {
            (0..n).for_each(|_| drop(rx.try_recv().expect("a message")));
        });
        refill(lend!(tx), &mut rx);
        crowded! {
            let mut op = Box::pin(tx.clone().reserve_owned());
            assert_latest_wins(&mut op, || drop(rx.try_recv().expect("a message")));
        }
    }
}

numbered! {
    fn flushing_keeps_the_latest_waker<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        assert_drop_lets_go(Box::pin(tx.flush()));
        let mut op = Box::pin(tx.flush());
        assert_latest_wins(&mut op, || while rx.try_recv().is_ok() {});
    }
}

struct ByPollRecv<'a>(Lent<'a, Tracked>);
struct ByPollMany<'a>(Lent<'a, Tracked>);
struct ByStream<'a>(Lent<'a, Tracked>);

impl Poller for ByPollRecv<'_> {
    fn poll_unit(&mut self, waker: &Waker) -> bool {
        self.0.poll_recv(&mut Context::from_waker(waker)).is_ready()
    }
}

impl Poller for ByPollMany<'_> {
    fn poll_unit(&mut self, waker: &Waker) -> bool {
        let mut buffer = Vec::new();
        let mut context = Context::from_waker(waker);
        gathering_or!(
            self.0.poll_recv_many(&mut context, &mut buffer, 2).is_ready(),
            self.0.poll_recv(&mut context).map(|got| buffer.extend(got)).is_ready()
        )
    }
}

impl Poller for ByStream<'_> {
    fn poll_unit(&mut self, waker: &Waker) -> bool {
        Pin::new(&mut self.0)
            .poll_next(&mut Context::from_waker(waker))
            .is_ready()
    }
}

fn polls_of_the_receiver_keep_the_latest_waker<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    assert_latest_gets_it!(&mut ByPollRecv(lent(&mut rx)), tx, ledger);
    assert_latest_gets_it!(&mut ByPollMany(lent(&mut rx)), tx, ledger);
    assert_latest_gets_it!(&mut ByStream(lent(&mut rx)), tx, ledger);
    // Here the handle is the operation: the waker goes with it at the latest.
    let probe = Probe::new();
    let mut poller = poller(rx);
    assert!(
        poller
            .poll_recv(&mut Context::from_waker(&probe.waker()))
            .is_pending()
    );
    assert_eq!(probe.refs(), 1);
    drop(poller);
    assert_eq!((probe.refs(), probe.wakes()), (0, 0));
}

sole! {
    on_every_form!(a_waker_moves_between_operations_of_the_receiver);

    /// Tasks that share a receiver one after the other: only the last to ask is told.
    fn a_waker_moves_between_operations_of_the_receiver<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let (polled, streamed, awaited) = (Probe::new(), Probe::new(), Probe::new());
        assert!(
            rx.poll_recv(&mut Context::from_waker(&polled.waker()))
                .is_pending()
        );
        assert!(
            Pin::new(&mut rx)
                .poll_next(&mut Context::from_waker(&streamed.waker()))
                .is_pending()
        );
        assert_eq!(polled.refs(), 0);
        let mut op = Box::pin(rx.recv());
        assert!(!op.poll_unit(&awaited.waker()));
        let mut send = Box::pin(tx.send(ledger.make(1)));
        let _ = send.poll_unit(Waker::noop());
        assert_eq!(polled.wakes(), 0);
        assert_eq!(awaited.wakes(), 1);
        assert!(op.poll_unit(&awaited.waker()));
        drop((op, send));
        // An operation that ended or was dropped does not hide the handle's own wait.
        assert!(
            rx.poll_recv(&mut Context::from_waker(&polled.waker()))
                .is_pending()
        );
        drop(Box::pin(rx.recv()));
        let again = rx.poll_recv(&mut Context::from_waker(&polled.waker()));
        assert!(again.is_pending());
        polled.take_woken();
        let mut send = Box::pin(tx.send(ledger.make(1)));
        let _ = send.poll_unit(Waker::noop());
        assert!(polled.take_woken());
        drop((rx, send));
        assert_eq!((polled.refs(), streamed.refs(), awaited.refs()), (0, 0, 0));
    }
}
