//! `force_send`: the newest matter more than the oldest.

use super::Form;
use super::help::{fill, park_sends, room, take_all};
use crate::support::{Ledger, Probe, Tracked, assert_pending, assert_ready, poll_noop, together};
use std::sync::Mutex;
use waterway::TrySendError;

on_buffered_forms!(a_forced_send_wakes_the_receiver);
on_bounded_forms!(
    the_oldest_makes_room,
    permits_are_out_of_reach,
    parked_sends_are_out_of_reach,
);

fn the_oldest_makes_room<F: Form>() {
    let ledger = Ledger::new();
    let (tx, mut rx) = F::make();
    let n = room::<F>() as u64;
    for id in 0..n {
        let displaced = tx.force_send(ledger.make(id)).expect("room");
        assert!(displaced.is_none(), "there was room for {id}");
    }
    for id in n..4 * n {
        let displaced = tx.force_send(ledger.make(id)).expect("displaces");
        assert_eq!(displaced.expect("the oldest"), id - n);
        assert_eq!(tx.len() as u64, n);
        assert!(tx.is_full());
    }
    assert_eq!(take_all(&mut rx), (3 * n..4 * n).collect::<Vec<_>>());
    drop((tx, rx));
    ledger.assert_all_dropped();
}

peeking! {
    on_bounded_forms!(a_peeked_message_is_out_of_reach);

    fn a_peeked_message_is_out_of_reach<F: Form>() {
        let ledger = Ledger::new();
        let (tx, mut rx) = F::make();
        let n = fill::<F>(&tx, &ledger);
        // The borrow of the peek lasts over the forced send.
        let peeked = rx.try_peek().expect("a message");
        assert_eq!(*peeked, 0);
        let displaced = tx.force_send(ledger.make(100));
        if n == 1 {
            assert!(matches!(displaced, Err(TrySendError::Full(v)) if v == 100));
        } else {
            assert_eq!(
                displaced.expect("displaces").expect("the oldest in reach"),
                1
            );
        }
        assert_eq!(*peeked, 0);
        assert_eq!(tx.len() as u64, n);
        assert!(tx.is_full());
        let expected: Vec<u64> = match n {
            1 => vec![0],
            _ => std::iter::once(0).chain(2..n).chain([100]).collect(),
        };
        assert_eq!(take_all(&mut rx), expected);
        // Taken, it is out of the way.
        assert!(tx.force_send(ledger.make(101)).expect("room").is_none());
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

fn permits_are_out_of_reach<F: Form>() {
    let ledger = Ledger::new();
    let (tx, mut rx) = F::make();
    let n = room::<F>() as u64;
    // All are permitted: nothing is in reach.
    let mut permits: Vec<_> = (0..n).map(|_| tx.try_reserve().expect("room")).collect();
    assert!(matches!(tx.force_send(ledger.make(9)), Err(TrySendError::Full(v)) if v == 9));
    // One message, and the rest permitted: that message is.
    permits.pop().unwrap().send(ledger.make(0)).expect("open");
    let displaced = tx.force_send(ledger.make(1)).expect("displaces");
    assert_eq!(displaced.expect("the oldest"), 0);
    for (id, permit) in (2..).zip(permits) {
        permit.send(ledger.make(id)).expect("a permit never fails");
    }
    assert_eq!(take_all(&mut rx), (1..=n).collect::<Vec<_>>());
}

fn parked_sends_are_out_of_reach<F: Form>() {
    let ledger = Ledger::new();
    let (tx, mut rx) = F::make();
    let n = fill::<F>(&tx, &ledger);
    let mut parked = park_sends(&tx, &ledger, 100, 2);
    let mut displaced = Vec::new();
    for id in 200..204 {
        match tx.force_send(ledger.make(id)) {
            Ok(old) => displaced.extend(old.map(|m| m.id())),
            Err(e) => panic!("there is something to displace: {e}"),
        }
        assert_eq!(tx.len() as u64, n);
    }
    assert_eq!(
        displaced[0], 0,
        "the oldest, and never one that is still parked"
    );
    let mut got = take_all(&mut rx);
    for (op, probe) in &mut parked {
        assert_eq!(probe.wakes(), 1, "not stranded");
        assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
    }
    got.extend(take_all(&mut rx));
    got.extend(displaced);
    got.sort_unstable();
    assert_eq!(
        got,
        (0..n).chain([100, 101]).chain(200..204).collect::<Vec<_>>()
    );
}

fn a_forced_send_wakes_the_receiver<F: Form>() {
    let ledger = Ledger::new();
    let (tx, mut rx) = F::make();
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv());
    assert_pending(op.as_mut(), &probe.waker());
    assert!(tx.force_send(ledger.make(1)).expect("room").is_none());
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(op.as_mut(), &probe.waker()).expect("open"), 1);
    drop(op);
    // Displaced is as good as received to those who wait for the channel to be flushed.
    if F::CAPACITY.is_some() {
        fill::<F>(&tx, &ledger);
        let mut flush = Box::pin(tx.flush());
        assert_pending(flush.as_mut(), &probe.waker());
        for id in 0..room::<F>() as u64 {
            assert!(poll_noop(flush.as_mut()).is_pending());
            assert!(tx.force_send(ledger.make(id)).expect("displaces").is_some());
        }
        assert_eq!(assert_ready(flush.as_mut(), &probe.waker()), Ok(()));
    }
}

threaded! {
    on_buffered_forms!(forced_sends_race_receives);

    fn forced_sends_race_receives<F: Form>() {
        const COUNT: u32 = 400;
        let ledger = Ledger::new();
        let (tx, rx) = F::make::<Tracked>();
        let ends = Mutex::new((Some(rx), vec![tx.clone(), tx.clone()]));
        drop(tx);
        let results = together(3, |i| {
            if i == 0 {
                let mut rx = ends.lock().unwrap().0.take().unwrap();
                return rx.iter().map(|m| m.id()).collect::<Vec<_>>();
            }
            let tx = ends.lock().unwrap().1.pop().unwrap();
            let mut displaced = Vec::new();
            for seq in 0..COUNT {
                let old = tx
                    .force_send(ledger.make_from(i as u32, seq))
                    .expect("nothing is permitted");
                displaced.extend(old.map(|m| m.id()));
            }
            displaced
        });
        let received = &results[0];
        for sender in [1, 2] {
            let of_one = received.iter().filter(|id| **id >> 32 == sender);
            assert!(of_one.is_sorted(), "what arrives is in order");
        }
        let mut all = results.concat();
        all.sort_unstable();
        let expected = [1u64, 2]
            .into_iter()
            .flat_map(|s| (0..u64::from(COUNT)).map(move |q| s << 32 | q));
        assert_eq!(all, expected.collect::<Vec<_>>());
        ledger.assert_all_dropped();
    }
}
