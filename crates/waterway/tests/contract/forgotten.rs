//! A waiter that is leaked, or never polled again, strands nobody.

use super::{Form, SenderRef};
use super::help::{ParkedSend, fill, park_as_many, room, take_all};
use super::kind::Receiver;
use crate::support::{Ledger, Probe, Tracked, assert_pending, assert_ready, poll_noop, poll_once};
use std::mem::forget;
use std::pin::Pin;
use std::task::{Poll, Waker};
use waterway::{TryRecvError, TrySendError};

on_every_form!(
    a_forgotten_closed,
    a_forgotten_operation_outlives_its_handles,
    a_forgotten_operation_is_told_of_the_end,
);
on_parking_forms!(a_forgotten_send);
gathering!(on_every_form!(a_forgotten_drain););
numbered! {
    on_parking_forms!(a_forgotten_batch);
    on_bounded_forms!(
        a_forgotten_reserve_parked,
        a_forgotten_reserve_woken,
        a_forgotten_batch_reserve,
        a_forgotten_permit_keeps_its_place,
        a_forgotten_permit_delays_the_end,
    );
    on_buffered_forms!(a_forgotten_flush, forgotten_permits_in_a_batch);
}

/// Parks `operation` for good: it is never polled nor dropped again.
fn freeze<Op: Future>(operation: Op, probe: &Probe) {
    let mut operation = Box::pin(operation);
    assert_pending(operation.as_mut(), &probe.waker());
    forget(operation);
}

/// The receiver takes what comes, parking in between, and the woken sends are polled, until
/// everything is done. Nothing that was not woken is polled.
#[track_caller]
fn run_dry(
    rx: &mut Receiver<Tracked>,
    mut sends: Vec<(Pin<Box<impl Future>>, Probe)>,
) -> Vec<u64> {
    let mut got = Vec::new();
    loop {
        let probe = Probe::new();
        let mut op = Box::pin(rx.recv());
        let mut result = poll_once(op.as_mut(), &probe.waker());
        loop {
            sends.retain_mut(|(op, probe)| {
                !probe.take_woken() || poll_once(op.as_mut(), &probe.waker()).is_pending()
            });
            if result.is_ready() || !probe.take_woken() {
                break;
            }
            result = poll_once(op.as_mut(), &probe.waker());
        }
        match result {
            Poll::Ready(Some(message)) => got.push(message.id()),
            Poll::Ready(None) => panic!("closed early"),
            Poll::Pending => break,
        }
    }
    assert!(
        sends.is_empty(),
        "{} sends are stranded; received {got:?}",
        sends.len()
    );
    got
}

fn a_forgotten_send<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    freeze(tx.send(ledger.make(100)), &Probe::new());
    let sends = park_as_many(lend!(tx), &ledger, 101, room::<F>() as u64 + 2);
    let n = sends.len() as u64;
    let got = run_dry(&mut rx, sends);
    assert_eq!(got, (0..full).chain(100..101 + n).collect::<Vec<_>>());
}

numbered! {
    fn a_forgotten_batch<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let batch: Vec<Tracked> = (200..230).map(|id| ledger.make(id)).collect();
        freeze(tx.send_many(batch), &Probe::new());
        let sends = park_as_many(lend!(tx), &ledger, 100, 4);
        let m = sends.len() as u64;
        let got = run_dry(&mut rx, sends);
        // How much of the frozen batch arrives is its own business; what does is in order.
        let of_batch: Vec<u64> = got.iter().copied().filter(|id| *id >= 200).collect();
        let n = of_batch.len() as u64;
        assert_eq!(of_batch, (200..200 + n).collect::<Vec<_>>());
        let others: Vec<u64> = got.into_iter().filter(|id| *id < 200).collect();
        assert_eq!(others, (0..full).chain(100..100 + m).collect::<Vec<_>>());
        ledger.assert_no_double_drop();
    }
}

crowded! {
    on_parking_forms!(many_frozen_sends);

    fn many_frozen_sends<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        for id in 0..70 {
            freeze(tx.clone().send_owned(ledger.make(full + id)), &Probe::new());
        }
        crate::statics::give_up();
        let sends = park_as_many(lend!(tx), &ledger, full + 70, 3);
        let got = run_dry(&mut rx, sends);
        assert_eq!(got, (0..full + 73).collect::<Vec<_>>());
    }
}

numbered! {
    fn a_forgotten_reserve_parked<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        let probe = Probe::new();
        freeze(tx.reserve(), &probe);
        let sends = park_as_many(lend!(tx), &ledger, 100, room::<F>() as u64 + 2);
        let n = sends.len();
        let got = run_dry(&mut rx, sends);
        assert_eq!(got.len(), room::<F>() + n);
    }
}

numbered! {
    fn a_forgotten_reserve_woken<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        let probe = Probe::new();
        let mut op = Box::pin(tx.reserve());
        assert_pending(op.as_mut(), &probe.waker());
        drop(rx.try_recv().expect("a message"));
        assert_eq!(probe.wakes(), 1);
        forget(op);
        // A try may be refused on its behalf, a parked send and a later reserve may not wait for it
        // beyond what the receiver still takes.
        let sends = park_or_run(lend!(tx), &ledger, 100, room::<F>() as u64 + 2);
        run_dry(&mut rx, sends);
        let mut later = Box::pin(tx.reserve());
        let probe = Probe::new();
        let mut permit = poll_once(later.as_mut(), &probe.waker());
        if permit.is_pending() {
            run_dry(&mut rx, Vec::<ParkedSend<'_>>::new());
            assert!(probe.take_woken(), "a reserve behind a frozen one");
            permit = poll_once(later.as_mut(), &probe.waker());
        }
        assert!(matches!(permit, Poll::Ready(Ok(_))));
    }
}

/// Sends that may park, as many as may at a time; those that did not are done.
fn park_or_run<'a>(
    tx: SenderRef<'a, Tracked>,
    ledger: &Ledger,
    first: u64,
    n: u64,
) -> Vec<ParkedSend<'a>> {
    let run = |tx: SenderRef<'a, Tracked>, id| {
        let mut op = Box::pin(tx.send(ledger.make(id)));
        let probe = Probe::new();
        let waits = poll_once(op.as_mut(), &probe.waker()).is_pending();
        waits.then_some((op, probe))
    };
    assert!(n >= 1);
    crowded_or!(
        (first..first + n).filter_map(|id| run(tx, id)).collect(),
        run(tx, first).into_iter().collect()
    )
}

numbered! {
    fn a_forgotten_batch_reserve<F: Form>() {
        for n in 1..=room::<F>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            freeze(tx.reserve_many(n), &Probe::new());
            let sends = park_as_many(lend!(tx), &ledger, 100, room::<F>() as u64 + 2);
            let m = sends.len();
            let got = run_dry(&mut rx, sends);
            assert_eq!(
                got.len(),
                room::<F>() + m,
                "behind a frozen reserve of {n}"
            );
        }
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(many_frozen_reserves);

        fn many_frozen_reserves<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let lent = tx.clone();
            for i in 0..20 {
                if i % 3 == 0 {
                    freeze(lent.reserve_many(room::<F>()), &Probe::new());
                } else {
                    freeze(lent.reserve(), &Probe::new());
                }
            }
            let sends = park_as_many(lend!(tx), &ledger, 100, 10);
            let got = run_dry(&mut rx, sends);
            assert_eq!(got.len(), room::<F>() + 10);
        }
    }
}

numbered! {
    fn a_forgotten_permit_keeps_its_place<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        forget(tx.try_reserve().expect("room"));
        for id in 1..room::<F>() as u64 {
            tx.try_send(ledger.make(id)).expect("room");
        }
        assert!(matches!(
            tx.try_send(ledger.make(0)),
            Err(TrySendError::Full(_))
        ));
        assert!(tx.len() < room::<F>());
        let got = take_all(&mut rx);
        assert_eq!(got.len(), room::<F>() - 1);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop((rx, tx));
        ledger.assert_all_dropped();
    }
}

numbered! {
    fn a_forgotten_permit_delays_the_end<F: Form>() {
        let (mut tx, mut rx) = F::make::<u8>();
        forget(tx.try_reserve().expect("room"));
        tx.close();
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        assert!(poll_noop(Box::pin(rx.recv()).as_mut()).is_pending());
    }
}

numbered! {
    fn forgotten_permits_in_a_batch<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let n = room::<F>();
        let mut batch = tx.try_reserve_many(n).expect("room");
        batch.next().unwrap().send(ledger.make(1)).expect("open");
        forget(batch);
        assert_eq!(take_all(&mut rx), [1]);
        let again = tx.try_send(ledger.make(2)).is_ok();
        assert!(again, "the one that was used is free again");
        drop((rx, tx));
        ledger.assert_all_dropped();
    }
}

// Of several receivers each that is frozen has a wake-up for itself: see `frozen.rs`.
sole! {
    on_every_form!(a_forgotten_recv, a_thousand_frozen_receives);

    fn a_forgotten_recv<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        // Frozen and parked; then frozen and woken.
        for id in 0..6 {
            let old = Probe::new();
            freeze(rx.recv(), &old);
            let mut early = Box::pin(tx.send(ledger.make(id)));
            let mut early_done = None;
            if id % 2 == 0 {
                early_done = Some(poll_noop(early.as_mut()).is_ready());
            }
            let probe = Probe::new();
            let mut op = Box::pin(rx.recv());
            let mut result = poll_once(op.as_mut(), &probe.waker());
            if id % 2 == 1 {
                assert!(result.is_pending());
                early_done = Some(poll_noop(early.as_mut()).is_ready());
                assert_eq!(probe.wakes(), 1, "the living one, not the frozen one");
                result = poll_once(op.as_mut(), &probe.waker());
            }
            assert!(matches!(result, Poll::Ready(Some(m)) if m == id));
            if early_done == Some(false) {
                assert_eq!(assert_ready(early.as_mut(), Waker::noop()), Ok(()));
            }
        }
        drop((tx, rx));
        ledger.assert_all_dropped();
    }

    fn a_thousand_frozen_receives<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        for _ in 0..1000 {
            freeze(rx.recv(), &Probe::new());
        }
        let probe = Probe::new();
        let mut op = Box::pin(rx.recv());
        assert_pending(op.as_mut(), &probe.waker());
        let mut send = Box::pin(tx.send(ledger.make(1)));
        let _ = poll_noop(send.as_mut());
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(op.as_mut(), &probe.waker()).expect("open"), 1);
    }
}

peeking! {
    on_every_form!(a_forgotten_peek);

    fn a_forgotten_peek<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        freeze(rx.peek(), &Probe::new());
        let mut send = Box::pin(tx.send(ledger.make(1)));
        let _ = poll_noop(send.as_mut());
        // A reference to the message, leaked with the operation that gave it.
        let mut op = Box::pin(rx.peek());
        assert_eq!(assert_ready(op.as_mut(), Waker::noop()).expect("open"), &1);
        forget(op);
        assert_eq!(take_all(&mut rx), [1]);
        drop((send, rx));
        ledger.assert_all_dropped();
    }
}

fn a_forgotten_closed<F: Form>() {
    let (mut tx, rx) = F::make::<u8>();
    for _ in 0..3 {
        freeze(tx.closed(), &Probe::new());
    }
    let probe = Probe::new();
    let mut op = Box::pin(tx.closed());
    assert_pending(op.as_mut(), &probe.waker());
    for _ in 0..3 {
        freeze(tx.closed(), &Probe::new());
    }
    drop(rx);
    assert_eq!(probe.wakes(), 1);
    assert_ready(op.as_mut(), &probe.waker());
}

numbered! {
    fn a_forgotten_flush<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        freeze(tx.flush(), &Probe::new());
        let probe = Probe::new();
        let mut op = Box::pin(tx.flush());
        assert_pending(op.as_mut(), &probe.waker());
        freeze(tx.flush(), &Probe::new());
        take_all(&mut rx);
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(op.as_mut(), &probe.waker()), Ok(()));
    }
}

gathering! {
    fn a_forgotten_drain<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        let mut drain = rx.drain();
        drop(drain.next());
        // In a box, because it may have nothing to drop today.
        forget(Box::new(drain));
        // What the drain held back may be lost with it; the channel goes on.
        take_all(&mut rx);
        let mut send = Box::pin(tx.send(ledger.make(50)));
        let _ = poll_noop(send.as_mut());
        assert_eq!(take_all(&mut rx), [50]);
        drop((send, rx));
        ledger.assert_no_double_drop();
    }
}

/// Nodes belong to their operations, not to handles: handles may go, moved or dropped, and the
/// other side goes on.
fn a_forgotten_operation_outlives_its_handles<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    fill::<F>(lend!(tx), &ledger);
    let mut tx = Box::new(tx);
    let mut send = Box::pin(tx.send(ledger.make(100)));
    let parked = poll_noop(send.as_mut()).is_pending();
    assert_eq!(parked, F::CAPACITY.is_some());
    forget(send);
    let mut closed = Box::pin(tx.closed());
    assert!(poll_noop(closed.as_mut()).is_pending());
    forget(closed);
    // Moved.
    let tx = *tx;
    let got = take_all(&mut rx);
    assert_eq!(got.last(), Some(&100), "pulled out of the leaked operation");
    let mut rx = Box::new(rx);
    freeze(rx.recv(), &Probe::new());
    let mut rx = *rx;
    drop(tx);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    drop(rx);
    ledger.assert_all_dropped();
}

/// The receiver goes last: nobody has a handle any more, and still somebody may wait.
fn a_forgotten_operation_is_told_of_the_end<F: Form>() {
    let (mut tx, rx) = F::make::<Tracked>();
    let probe = Probe::new();
    freeze(tx.closed(), &probe);
    drop(tx);
    // Who borrows the channel and is done with sending closes it.
    assert_eq!(probe.wakes(), owning_or!(0, 1));
    drop(rx);
    assert_eq!(probe.wakes(), 1);
}
