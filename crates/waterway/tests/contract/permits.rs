//! Permits: capacity first, the message later.

use super::Form;
use super::help::{room, take_all};
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop};
use std::task::Waker;
use waterway::{SendError, SendTimeoutError, TryRecvError, TrySendError};

on_buffered_forms!(
    a_permit_sends,
    a_permit_outlives_the_close,
    batches_of_permits,
    sizes_of_batches,
    the_last_permit_ends_a_closed_channel,
);
on_bounded_forms!(
    permits_count_as_used,
    room_is_left_to_those_who_wait,
    too_many_fail_at_once,
    batches_wait_for_all
);

fn a_permit_sends<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let permit = tx.try_reserve().expect("room");
    assert_eq!(rx.len(), 0, "a permit is no message");
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv());
    assert_pending(op.as_mut(), &probe.waker());
    permit.send(ledger.make(1)).expect("open");
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(op.as_mut(), &probe.waker()).expect("open"), 1);
    drop(op);
    let permit = finish!(tx.reserve()).expect("room");
    permit.send(ledger.make(2)).expect("open");
    assert_eq!(take_all(&mut rx), [2]);
    let permit = block_on(tx.reserve()).expect("room");
    permit.send(ledger.make(3)).expect("open");
    assert_eq!(take_all(&mut rx), [3]);
    let permit = block_on(tx.reserve_owned()).expect("room");
    let (sent, tx) = permit.send(ledger.make(4));
    assert_eq!(sent, Ok(()));
    assert_eq!(take_all(&mut rx), [4]);
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// The most permits of an unbounded channel.
const MOST: usize = (1 << 26) - 1;

crowded! {
    on_buffered_forms!(who_does_not_come_for_a_permit_is_passed);

    fn who_does_not_come_for_a_permit_is_passed<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let all = F::CAPACITY.unwrap_or(MOST);
        let mut permits = tx.try_reserve_many(all).expect("all there are");
        let probe = Probe::new();
        let mut idle = Box::pin(tx.reserve());
        assert_pending(idle.as_mut(), &probe.waker());
        let mut send = Box::pin(tx.send(ledger.make(1)));
        assert_pending(send.as_mut(), Waker::noop());
        drop(permits.next());
        assert_eq!(probe.wakes(), 1);
        assert_pending(send.as_mut(), Waker::noop());
        let mut recv = Box::pin(rx.recv());
        let message = assert_ready(recv.as_mut(), Waker::noop());
        assert_eq!(message.expect("the send's"), 1);
        assert_ready(send.as_mut(), Waker::noop()).expect("it was received");
        let permit = assert_ready(idle.as_mut(), Waker::noop());
        drop((permit.expect("its place was kept"), permits));
    }
}

crowded! {
    on_buffered_forms!(all_for_whom_there_is_room_are_told);

    /// They need not wait for each other to come.
    fn all_for_whom_there_is_room_are_told<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let all = F::CAPACITY.unwrap_or(MOST);
        let mut permits = tx.try_reserve_many(all).expect("all there are");
        let room = all.min(3);
        let park = |_| {
            let (mut op, probe) = (Box::pin(tx.reserve()), Probe::new());
            assert_pending(op.as_mut(), &probe.waker());
            (op, probe)
        };
        let mut waiting: Vec<_> = (0..=room).map(park).collect();
        let mut send = Box::pin(tx.send(ledger.make(1)));
        assert_pending(send.as_mut(), Waker::noop());
        for freed in 1..=room {
            drop(permits.next());
            // The room is left to them: who comes is refused, and nobody else is told for it.
            assert!(tx.try_send(ledger.make(9)).is_err_and(|error| error.is_full()));
            let told: Vec<_> = waiting.iter().map(|(_, probe)| probe.wakes()).collect();
            let expected: Vec<_> = (0..=room).map(|at| usize::from(at < freed)).collect();
            assert_eq!(told, expected, "{freed} free");
        }
        // In any order; what is given back is the next one's.
        let (mut last, told) = waiting.pop().expect("one more than there is room");
        let mut granted: Vec<_> = waiting
            .iter_mut()
            .rev()
            .map(|(op, _)| assert_ready(op.as_mut(), Waker::noop()).expect("open"))
            .collect();
        assert_pending(last.as_mut(), &told.waker());
        drop(granted.pop());
        assert_eq!(told.wakes(), 1);
        // Nor does a message wait for who does not come, if there is room for both.
        assert_pending(send.as_mut(), Waker::noop());
        drop((granted, permits));
        if all > 1 {
            assert_ready(send.as_mut(), Waker::noop()).expect("open");
            assert_eq!(take_all(&mut rx), [1]);
        }
        assert!(assert_ready(last.as_mut(), Waker::noop()).is_ok());
    }
}

crowded! {
    on_buffered_forms!(a_send_passes_who_cannot_have_a_permit_any_more);

    /// Somebody else took the permit that the first was told of and did not come for. A send needs none
    /// in an unbounded channel; in a bounded one it waits for that.
    fn a_send_passes_who_cannot_have_a_permit_any_more<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let all = F::CAPACITY.unwrap_or(MOST);
        let mut permits = tx.try_reserve_many(all).expect("all there are");
        let mut idle = Box::pin(tx.reserve());
        assert_pending(idle.as_mut(), Waker::noop());
        let waits = Probe::new();
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &waits.waker());
        drop(permits.next());
        let mut other = Box::pin(tx.reserve());
        let permit = assert_ready(other.as_mut(), Waker::noop()).expect("free");
        let mut send = Box::pin(tx.send(ledger.make(1)));
        if F::CAPACITY.is_some() {
            assert_pending(send.as_mut(), Waker::noop());
            drop(permit);
        }
        assert_ready(send.as_mut(), Waker::noop()).expect("open");
        assert_eq!(waits.wakes(), 1);
        let message = assert_ready(recv.as_mut(), Waker::noop());
        assert_eq!(message.expect("open"), 1);
    }
}

crowded! {
    on_buffered_forms!(who_waits_for_a_permit_is_told_when_one_was_used);

    fn who_waits_for_a_permit_is_told_when_one_was_used<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let all = F::CAPACITY.unwrap_or(MOST);
        let mut permits = tx.try_reserve_many(all).expect("all there are");
        let probe = Probe::new();
        let mut op = Box::pin(tx.reserve());
        assert_pending(op.as_mut(), &probe.waker());
        let permit = permits.next().expect("one of many");
        permit.send(ledger.make(1)).expect("open");
        if F::CAPACITY.is_some() {
            assert_eq!(probe.wakes(), 0, "the room is used");
            assert_eq!(rx.try_recv().expect("it was sent"), 1);
        }
        assert_eq!(probe.wakes(), 1);
        let permit = assert_ready(op.as_mut(), &probe.waker()).expect("open");
        permit.send(ledger.make(2)).expect("open");
        assert_eq!(take_all(&mut rx).last(), Some(&2));
        drop(permits);
        tx.try_send(ledger.make(3)).expect("nobody waits");
    }
}

fn permits_count_as_used<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>();
    crowded! {
        let permits: Vec<_> = (0..n).map(|_| tx.try_reserve().expect("room")).collect();
        assert!(matches!(tx.try_reserve(), Err(TrySendError::Full(()))));
        assert!(matches!(
            tx.try_reserve_many(1),
            Err(TrySendError::Full(()))
        ));
        let owned = tx.clone().try_reserve_owned();
        assert!(matches!(owned, Err(TrySendError::Full(back)) if back.id() == tx.id()));
        assert!(matches!(tx.try_send(ledger.make(9)), Err(TrySendError::Full(v)) if v == 9));
        assert_eq!(tx.len(), 0);
        // In any order.
        for (id, permit) in permits.into_iter().rev().enumerate() {
            permit.send(ledger.make(id as u64)).expect("open");
            assert_eq!(tx.len(), id + 1);
        }
        assert_eq!(take_all(&mut rx), (0..n as u64).collect::<Vec<_>>());
    }
    std::mem::forget(tx.try_reserve_many(n).expect("room"));
    assert!(tx.is_full() && tx.is_empty());
    assert!(matches!(tx.try_reserve(), Err(TrySendError::Full(()))));
    assert!(matches!(
        tx.try_reserve_many(1),
        Err(TrySendError::Full(()))
    ));
    assert!(matches!(tx.try_send(ledger.make(9)), Err(TrySendError::Full(v)) if v == 9));
    let Err(TrySendError::Full(back)) = tx.try_reserve_owned() else {
        panic!("a permit too many")
    };
    assert_eq!(back.id(), rx.id());
    let (mut tx, _rx) = F::make();
    drop(tx.try_reserve().expect("room"));
    let all = (0..n).map(|id| tx.try_send(ledger.make(id as u64)));
    assert!(
        all.into_iter().all(|sent| sent.is_ok()),
        "a dropped permit leaves nothing behind"
    );
}

fn a_permit_outlives_the_close<F: Form>() {
    let ways: &[bool] = crowded_or!(&[false, true], &[true]);
    for by_receiver in ways {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let permit = tx.try_reserve().expect("room");
        if *by_receiver {
            rx.close();
        } else {
            crowded!(tx.close(););
        }
        assert!(
            matches!(rx.try_recv(), Err(TryRecvError::Empty)),
            "a permit is out"
        );
        assert!(poll_noop(Box::pin(rx.recv()).as_mut()).is_pending());
        permit
            .send(ledger.make(1))
            .expect("permitted before the close");
        assert_eq!(finish!(rx.recv()).expect("permitted"), 1);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    }
}

owning! {
    on_buffered_forms!(a_permit_fails_only_without_receiver);

    fn a_permit_fails_only_without_receiver<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let permit = tx.try_reserve().expect("room");
        drop(rx);
        assert!(matches!(permit.send(ledger.make(1)), Err(SendError(v)) if v == 1));
        let (mut tx, rx) = F::make();
        let id = tx.id();
        let permit = tx.try_reserve_owned().expect("room");
        drop(rx);
        let (result, back) = permit.send(ledger.make(2));
        assert!(matches!(result, Err(SendError(v)) if v == 2));
        assert_eq!(back.id(), id);
        ledger.assert_all_dropped();
    }
}

owning! {
    on_buffered_forms!(an_owned_permit_is_a_sender);

    fn an_owned_permit_is_a_sender<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        crowded!(let other = tx.clone(););
        let permit = tx.try_reserve_owned().expect("room");
        crowded! {
            let (stranger, _stranger_rx) = F::make::<crate::support::Tracked>();
            assert!(permit.same_channel_as_sender(&other));
            assert!(!permit.same_channel_as_sender(&stranger));
            assert_eq!(other.sender_count(), 2);
            drop(other);
        }
        assert_eq!(rx.sender_count(), 1);
        assert!(
            matches!(rx.try_recv(), Err(TryRecvError::Empty)),
            "it may still send"
        );
        let tx = permit.release();
        assert_eq!(tx.sender_count(), 1);
        let permit = tx.try_reserve_owned().expect("room");
        let (result, tx) = permit.send(ledger.make(1));
        assert_eq!(result, Ok(()));
        drop(tx);
        assert_eq!(finish!(rx.recv()).expect("sent"), 1);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        crowded! { if F::CAPACITY != Some(1) {
            let (tx, _rx) = F::make::<u8>();
            let (stranger, _stranger_rx) = F::make::<u8>();
            let first = tx.clone().try_reserve_owned().expect("room");
            let second = finish!(tx.clone().reserve_owned()).expect("room");
            let foreign = stranger.try_reserve_owned().expect("room");
            assert!(first.same_channel(&second));
            assert!(!first.same_channel(&foreign));
        } }
    }
}

fn batches_of_permits<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>();
    for blocking in [false, true] {
        let mut batch = if blocking {
            finish!(tx.reserve_many(n)).expect("room")
        } else {
            tx.try_reserve_many(n).expect("room")
        };
        assert_eq!(batch.len(), n);
        assert_eq!(batch.size_hint(), (n, Some(n)));
        for id in 0..n {
            let permit = batch.next().expect("as many as asked for");
            assert_eq!(batch.len(), n - id - 1);
            permit.send(ledger.make(id as u64)).expect("open");
        }
        assert!(batch.next().is_none());
        assert!(batch.next().is_none());
        drop(batch);
        assert_eq!(take_all(&mut rx), (0..n as u64).collect::<Vec<_>>());
    }
    // What is not used goes back.
    let mut batch = tx.try_reserve_many(n).expect("room");
    batch
        .next()
        .expect("one")
        .send(ledger.make(7))
        .expect("open");
    drop(batch);
    let sent = (1..n).all(|id| tx.try_send(ledger.make(id as u64)).is_ok());
    assert!(sent);
    assert_eq!(take_all(&mut rx).len(), n);
}

fn sizes_of_batches<F: Form>() {
    let (mut tx, _rx) = F::make::<u8>();
    assert_eq!(tx.try_reserve_many(0).expect("empty").len(), 0);
    assert_eq!(finish!(tx.reserve_many(0)).expect("empty").len(), 0);
    let mut none = block_on(tx.reserve_many(0)).expect("empty");
    assert!(none.next().is_none());
    drop(none);
    match F::CAPACITY {
        Some(n) => {
            for too_many in [n + 1, usize::MAX] {
                assert!(matches!(
                    tx.try_reserve_many(too_many),
                    Err(TrySendError::Full(()))
                ));
                assert!(matches!(
                    finish!(tx.reserve_many(too_many)),
                    Err(SendError(()))
                ));
            }
            assert_eq!(finish!(tx.reserve_many(n)).expect("all").len(), n);
        }
        // More than anything could hold.
        None => {
            assert!(tx.try_reserve_many(usize::MAX).is_err());
            assert!(finish!(tx.reserve_many(usize::MAX)).is_err());
            assert_eq!(finish!(tx.reserve_many(1000)).expect("unbounded").len(), 1000);
        }
    }
    drop(tx.try_reserve_many(1).expect("nothing is left behind"));
}

fn too_many_fail_at_once<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>();
    tx.try_send(ledger.make(1)).expect("room");
    let op = tx.reserve_many(n + 1);
    let result = threaded_or!(
        op.wait_timeout(std::time::Duration::MAX),
        block_on(op.until(std::future::pending::<()>()))
    );
    assert!(matches!(result, Err(SendTimeoutError::Closed(()))));
    drop(result);
    let mut op = Box::pin(tx.reserve_many(n + 1));
    assert!(assert_ready(op.as_mut(), Waker::noop()).is_err());
    drop(op);
    // It did not take anything from anybody.
    let rest = (1..n).all(|id| tx.try_send(ledger.make(id as u64)).is_ok());
    assert!(rest);
    assert_eq!(take_all(&mut rx).len(), n);
}

fn room_is_left_to_those_who_wait<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>();
    assert_eq!((tx.room(), rx.room()), (Some(n), Some(n)));
    let permits = tx.try_reserve_many(n).expect("room");
    assert_eq!(rx.room(), Some(0));
    drop(permits);
    for id in 0..n {
        assert_eq!(tx.room(), Some(n - id));
        tx.try_send(ledger.make(id as u64)).expect("room");
    }
    assert_eq!((tx.room(), rx.room()), (Some(0), Some(0)));
    let mut op = Box::pin(tx.reserve_many(n));
    assert_pending(op.as_mut(), Waker::noop());
    drop(rx.try_recv().expect("a message"));
    assert_eq!(rx.room(), Some(0), "it waits for all");
    drop(op);
    assert_eq!((tx.room(), rx.room()), (Some(1), Some(1)));
    assert_eq!(take_all(&mut rx).len(), n - 1);
    tx.close();
    assert_eq!((tx.room(), rx.room()), (Some(n), Some(n)));
}

fn batches_wait_for_all<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>();
    for id in 0..n as u64 {
        tx.try_send(ledger.make(id)).expect("room");
    }
    let probe = Probe::new();
    let mut op = Box::pin(tx.reserve_many(n));
    assert_pending(op.as_mut(), &probe.waker());
    for _i in 0..n {
        // A spurious poll changes nothing.
        assert_pending(op.as_mut(), &probe.waker());
        // Nor may anybody take what it waits for.
        crowded! {
            assert!(
                tx.try_send(ledger.make(99)).is_err_and(|e| e.is_full()),
                "after {_i} of {n}"
            );
        }
        drop(rx.try_recv().expect("a message"));
    }
    assert!(probe.take_woken());
    let batch = assert_ready(op.as_mut(), &probe.waker()).expect("open");
    assert_eq!(batch.len(), n);
    for (id, permit) in batch.enumerate() {
        permit.send(ledger.make(id as u64)).expect("open");
    }
    assert_eq!(take_all(&mut rx).len(), n);
}

fn the_last_permit_ends_a_closed_channel<F: Form>() {
    for path in 0..4 {
        let (mut tx, mut rx) = F::make::<u8>();
        crowded!(let mut keeper = tx.clone(););
        let probe = Probe::new();
        let closed_and_parked = |rx: &mut super::kind::Receiver<u8>, release: &mut dyn FnMut()| {
            crowded_or!(
                {
                    assert_pending(Box::pin(rx.recv()).as_mut(), &probe.waker());
                    keeper.close();
                },
                rx.close()
            );
            let mut op = Box::pin(rx.recv());
            // The close alone is not the end: it may wake, but not finish.
            assert_pending(op.as_mut(), &probe.waker());
            probe.take_woken();
            release();
            assert!(probe.take_woken(), "path {path}");
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()), None);
        };
        match path {
            0 => {
                let mut permit = Some(tx.try_reserve().expect("room"));
                closed_and_parked(&mut rx, &mut || drop(permit.take()));
            }
            1 => {
                let mut permit = Some(tx.try_reserve_owned().expect("room"));
                closed_and_parked(&mut rx, &mut || drop(permit.take()));
                continue;
            }
            2 => {
                let mut permit = Some(tx.try_reserve_owned().expect("room"));
                closed_and_parked(&mut rx, &mut || drop(permit.take().map(|p| p.release())));
                continue;
            }
            _ => {
                let n = room::<F>();
                let mut batch = tx.try_reserve_many(n).expect("room");
                let one = batch.next();
                let mut batch = Some((batch, one));
                closed_and_parked(&mut rx, &mut || drop(batch.take()));
            }
        }
    }
}
