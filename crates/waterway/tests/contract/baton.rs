//! A waiter that was woken and then goes away passes the wake on.

use super::Form;
use super::help::{fill, room, take_all};
use super::lent;
use crate::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, poll_noop, poll_once, together,
};
use std::sync::{Barrier, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use waterway::{Delivered, SendTimeoutError, TrySendError};

crowded!(use super::help::park_sends;);

on_every_form!(
    a_dropped_recv_loses_nothing,
);

fn a_dropped_recv_loses_nothing<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    for (id, polls) in (0..40).zip([1, 2].into_iter().cycle()) {
        let probe = Probe::new();
        let mut op = Box::pin(rx.recv());
        for _ in 0..polls {
            assert_pending(op.as_mut(), &probe.waker());
        }
        let mut send = Box::pin(tx.send(ledger.make(id)));
        let sent = poll_noop(send.as_mut());
        assert_eq!(sent.is_ready(), F::BUFFERS);
        assert_eq!(probe.wakes(), 1);
        drop(op);
        if !F::BUFFERS {
            // It was offered to a receive that is gone: it was not taken.
            assert!(poll_noop(send.as_mut()).is_pending());
        }
        assert_eq!(ledger.live(), [id]);
        let mut next = Box::pin(rx.recv());
        let got = assert_ready(next.as_mut(), Waker::noop());
        assert_eq!(got.expect("the message of the dropped receive"), id);
        if !F::BUFFERS {
            assert_eq!(assert_ready(send.as_mut(), Waker::noop()), Ok(()));
        }
    }
    ledger.assert_all_dropped();
}

threaded! {
    on_every_form!(a_recv_cancelled_by_time_loses_nothing);

    fn a_recv_cancelled_by_time_loses_nothing<F: Form>() {
        const COUNT: u32 = 300;
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let ends = Mutex::new((Some(tx), Some(rx)));
        let got = together(2, |i| {
            if i == 0 {
                let mut tx = ends.lock().unwrap().0.take().unwrap();
                for seq in 0..COUNT {
                    tx.send(ledger.make_from(0, seq)).wait().expect("open");
                }
                return Vec::new();
            }
            let mut rx = ends.lock().unwrap().1.take().unwrap();
            let mut got = Vec::new();
            loop {
                // Cancelled at all sorts of moments: by time, by a future, by a poll and a drop.
                match got.len() % 3 {
                    0 => match rx
                        .recv()
                        .wait_timeout(Duration::from_micros(got.len() as u64 % 40))
                    {
                        Ok(m) => got.push(m.seq()),
                        Err(e) if e.is_closed() => return got,
                        Err(_) => {}
                    },
                    1 => match block_on(rx.recv().until(std::future::ready(()))) {
                        Ok(m) => got.push(m.seq()),
                        Err(e) if e.is_closed() => return got,
                        Err(_) => std::thread::yield_now(),
                    },
                    _ => match poll_noop(Box::pin(rx.recv()).as_mut()) {
                        Poll::Ready(Some(m)) => got.push(m.seq()),
                        Poll::Ready(None) => return got,
                        Poll::Pending => std::thread::yield_now(),
                    },
                }
            }
        });
        assert_eq!(got[1], (0..COUNT).collect::<Vec<_>>());
        ledger.assert_all_dropped();
    }
}

crowded! {
    on_parking_forms!(a_pulled_send_may_be_dropped);

    fn a_pulled_send_may_be_dropped<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_sends(&tx, &ledger, 100, 3);
        let mut got = vec![rx.try_recv().expect("a message").id()];
        // The first was pulled: dropping it takes nothing back, and cancelling it says so.
        assert_eq!(parked[0].1.wakes(), 1);
        drop(parked.remove(0));
        got.extend(rx.try_recv().ok().map(|m| m.id()));
        assert_eq!(parked[0].1.wakes(), 1, "the next in line");
        let (cancelled, _tx) = parked[0].0.as_mut().cancel();
        assert!(matches!(cancelled, Err(Delivered)));
        got.extend(take_all(&mut rx));
        assert_eq!(got, (0..full).chain([100, 101, 102]).collect::<Vec<_>>());
        assert_eq!(assert_ready(parked[1].0.as_mut(), Waker::noop()).0, Ok(()));
        ledger.assert_all_dropped();
    }
}

crowded! {
    on_parking_forms!(a_cancelled_send_makes_way);

    fn a_cancelled_send_makes_way<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_sends(&tx, &ledger, 100, 2);
        let (cancelled, _tx) = parked[0].0.as_mut().cancel();
        assert_eq!(cancelled.expect("still parked"), 100);
        let refused = tx.try_send(ledger.make(0));
        assert!(matches!(refused, Err(TrySendError::Full(_))));
        drop(refused);
        assert_eq!(
            take_all(&mut rx),
            (0..full).chain([101]).collect::<Vec<_>>()
        );
        assert_eq!(parked[1].1.wakes(), 1);
        assert_eq!(assert_ready(parked[1].0.as_mut(), Waker::noop()).0, Ok(()));
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(a_woken_reserve_passes_on);

        /// Wakes that must reach the reserve behind the one that went away unpolled.
        fn a_woken_reserve_passes_on<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let probes = [Probe::new(), Probe::new()];
            let mut first = Box::pin(tx.reserve());
            let mut second = Box::pin(tx.reserve());
            assert_pending(first.as_mut(), &probes[0].waker());
            assert_pending(second.as_mut(), &probes[1].waker());
            let mut third = park_sends(&tx, &ledger, 100, 1);
            drop(rx.try_recv().expect("a message"));
            assert_eq!((probes[0].wakes(), probes[1].wakes()), (1, 0));
            drop(first);
            assert_eq!(probes[1].wakes(), 1, "the wake is passed on");
            second.as_mut().cancel();
            let (op, probe) = &mut third[0];
            assert_eq!(probe.wakes(), 1, "and on");
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
            assert_eq!(take_all(&mut rx).last(), Some(&100));
        }
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(a_woken_owned_reserve_passes_on);

        fn a_woken_owned_reserve_passes_on<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let probes = [Probe::new(), Probe::new()];
            let mut first = Box::pin(tx.clone().reserve_owned());
            let mut second = Box::pin(tx.clone().reserve_owned());
            assert_pending(first.as_mut(), &probes[0].waker());
            assert_pending(second.as_mut(), &probes[1].waker());
            drop(rx.try_recv().expect("a message"));
            assert_eq!((probes[0].wakes(), probes[1].wakes()), (1, 0));
            let back = first.as_mut().cancel();
            assert_eq!(back.id(), tx.id());
            assert_eq!(probes[1].wakes(), 1, "the wake is passed on");
            let permit = assert_ready(second.as_mut(), Waker::noop()).expect("open");
            assert_eq!(permit.send(ledger.make(100)).0, Ok(()));
            assert_eq!(take_all(&mut rx).last(), Some(&100));
        }
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(a_woken_batch_reserve_passes_on);

        fn a_woken_batch_reserve_passes_on<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let probe = Probe::new();
            let mut all = Box::pin(tx.reserve_many(room::<F>()));
            assert_pending(all.as_mut(), &probe.waker());
            let mut behind = park_sends(&tx, &ledger, 100, room::<F>() as u64);
            drop(take_all_but_parked(&mut rx, room::<F>()));
            assert_eq!(probe.wakes(), 1, "all that it asked for is free");
            drop(all);
            for (i, (op, probe)) in behind.iter_mut().enumerate() {
                assert_eq!(probe.wakes(), 1, "send {i}");
                assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
            }
            assert_eq!(take_all(&mut rx).len(), room::<F>());
        }
    }
}

crowded! {
    fn take_all_but_parked(rx: &mut super::kind::Receiver<Tracked>, n: usize) -> Vec<Tracked> {
        (0..n).map(|_| rx.try_recv().expect("a message")).collect()
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(a_greedy_reserve_makes_way);

        /// A batch that got a part of what it wants and gives up: the part serves those behind.
        fn a_greedy_reserve_makes_way<F: Form>() {
            let n = room::<F>();
            for freed in 0..n {
                let ledger = Ledger::new();
                let (mut tx, mut rx) = F::make();
                fill::<F>(lend!(tx), &ledger);
                let mut all = Box::pin(tx.reserve_many(n));
                assert_pending(all.as_mut(), Waker::noop());
                let mut behind = park_sends(&tx, &ledger, 100, n as u64);
                for _ in 0..freed {
                    drop(rx.try_recv().expect("a message"));
                }
                assert!(
                    behind.iter().all(|(_, probe)| probe.wakes() == 0),
                    "not overtaken"
                );
                assert!(matches!(
                    tx.try_send(ledger.make(7)),
                    Err(TrySendError::Full(_))
                ));
                all.as_mut().cancel();
                for (i, (op, probe)) in behind.iter_mut().enumerate() {
                    assert_eq!(
                        probe.wakes(),
                        usize::from(i < freed),
                        "send {i} with {freed} free"
                    );
                    assert_eq!(poll_noop(op.as_mut()).is_ready(), i < freed);
                }
                assert_eq!(take_all(&mut rx).len(), 2 * n - freed);
            }
        }
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(every_path_back_of_capacity_wakes);

        /// Permits used, dropped, released; batches half used; a displaced message; a cancelled batch.
        fn every_path_back_of_capacity_wakes<F: Form>() {
            let n = room::<F>();
            for path in 0..7 {
                let ledger = Ledger::new();
                let (mut tx, mut rx) = F::make();
                let mut permits: Vec<_> = (0..n).map(|_| tx.try_reserve().expect("room")).collect();
                let last = permits.pop().unwrap();
                drop(permits);
                for id in 1..n as u64 {
                    tx.try_send(ledger.make(id)).expect("room");
                }
                assert!(
                    tx.try_send(ledger.make(0)).is_err_and(|e| e.is_full()),
                    "one is out"
                );
                let mut parked;
                match path {
                    0 => {
                        parked = park_sends(&tx, &ledger, 100, 1);
                        drop(last);
                    }
                    1 => {
                        drop(last);
                        let owned = tx.clone().try_reserve_owned().expect("room");
                        parked = park_sends(&tx, &ledger, 100, 1);
                        drop(owned);
                    }
                    2 => {
                        drop(last);
                        let owned = tx.clone().try_reserve_owned().expect("room");
                        parked = park_sends(&tx, &ledger, 100, 1);
                        assert_eq!(owned.release().id(), tx.id());
                    }
                    3 => {
                        drop(last);
                        let batch = tx.try_reserve_many(1).expect("room");
                        parked = park_sends(&tx, &ledger, 100, 1);
                        drop(batch);
                    }
                    4 => {
                        drop(last);
                        let mut batch = tx.try_reserve_many(1).expect("room");
                        let permit = batch.next().expect("one");
                        parked = park_sends(&tx, &ledger, 100, 1);
                        drop(batch);
                        assert_eq!(parked[0].1.wakes(), 0, "the permit is still out");
                        drop(permit);
                    }
                    5 => {
                        parked = park_sends(&tx, &ledger, 100, 1);
                        last.send(ledger.make(50)).expect("open");
                        assert_eq!(parked[0].1.wakes(), 0, "used, not given back");
                        drop(rx.try_recv().expect("a message"));
                    }
                    _ => {
                        drop(last);
                        let mut batch = Box::pin(tx.reserve_many(1));
                        let batch = assert_ready(batch.as_mut(), Waker::noop()).expect("room");
                        parked = park_sends(&tx, &ledger, 100, 1);
                        drop(batch);
                    }
                }
                let (op, probe) = &mut parked[0];
                assert_eq!(probe.wakes(), 1, "path {path}");
                assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
                assert_eq!(take_all(&mut rx).last(), Some(&100));
            }
        }
    }
}

gathering! {
    crowded! {
        on_bounded_forms!(bulk_removal_wakes_as_many);

        /// Each way of taking several wakes as many senders as it freed slots.
        fn bulk_removal_wakes_as_many<F: Form>() {
            let n = room::<F>() as u64;
            for way in 0..5 {
                let ledger = Ledger::new();
                let (mut tx, mut rx) = F::make();
                fill::<F>(lend!(tx), &ledger);
                let parked = park_sends(&tx, &ledger, 100, 3 * n);
                let mut taken = Vec::new();
                match way {
                    0 => {
                        let got = finish!(rx.recv_many(&mut taken, n as usize));
                        assert_eq!(got, Some(n as usize));
                    }
                    1 => taken.extend(rx.drain().take(n as usize)),
                    2 => taken.extend(rx.try_iter().take(n as usize)),
                    3 => taken.extend(iter_or_try!(rx).take(n as usize)),
                    _ => {
                        let mut poller = lent(&mut rx);
                        let batch =
                            std::future::poll_fn(|cx| poller.poll_recv_many(cx, &mut taken, n as usize));
                        assert_eq!(block_on(batch), Some(n as usize));
                    }
                }
                assert_eq!(taken.len() as u64, n);
                let woken = parked
                    .iter()
                    .filter(|(_, probe)| probe.wakes() == 1)
                    .count() as u64;
                // A drain that is dropped may have taken more than it handed out; never less.
                assert!(woken >= n, "way {way}: {woken} woken for {n} slots");
                drop((taken, rx, parked));
                ledger.assert_all_dropped();
            }
        }
    }
}

threaded! {
    on_parking_forms!(a_timed_send_races_its_receiver);

    fn a_timed_send_races_its_receiver<F: Form>() {
        for round in 0..120u64 {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let full = fill::<F>(lend!(tx), &ledger);
            let rx = Mutex::new(rx);
            crowded! {
                let behind = Mutex::new(Box::pin(tx.clone().send_owned(ledger.make(101))));
            }
            let tx = Mutex::new(tx);
            let outcome = together(2, |i| {
                if i == 1 {
                    (0..round % 50).for_each(|_| std::hint::spin_loop());
                    return rx.lock().unwrap().try_recv().ok().map(|m| m.id());
                }
                let patience = Duration::from_micros(round % 60);
                let mut tx = tx.lock().unwrap();
                let result = tx.send(ledger.make(100)).wait_timeout(patience);
                // Somebody behind it.
                crowded!(let _ = poll_noop(behind.lock().unwrap().as_mut()););
                match result {
                    Ok(()) => Some(100),
                    Err(SendTimeoutError::Timeout(back)) => {
                        assert_eq!(back, 100);
                        None
                    }
                    Err(SendTimeoutError::Closed(_)) => panic!("open"),
                }
            });
            let mut rx = rx.into_inner().unwrap();
            let mut got: Vec<u64> = outcome[1].into_iter().collect();
            got.extend(take_all(&mut rx));
            let expected: Vec<u64> = (0..full).chain(outcome[0]).chain(crowded_or!(Some(101), None)).collect();
            assert_eq!(got, expected, "round {round}");
            crowded!(drop(behind););
            drop(rx);
            ledger.assert_all_dropped();
        }
    }
}

numbered! {
    crowded! {
        threaded! {
            on_bounded_forms!(a_timed_reserve_races_its_receiver);

            fn a_timed_reserve_races_its_receiver<F: Form>() {
                for round in 0..120u64 {
                    let ledger = Ledger::new();
                    let (mut tx, rx) = F::make();
                    fill::<F>(lend!(tx), &ledger);
                    let probe = Probe::new();
                    let rx = Mutex::new(rx);
                    let behind = Mutex::new(Box::pin(tx.clone().send_owned(ledger.make(101))));
                    let done = together(2, |i| {
                        if i == 0 {
                            let patience = Duration::from_micros(round % 60);
                            // A permit dropped, or a wake left unused: both must go to the send behind.
                            drop(tx.reserve().wait_timeout(patience));
                            return true;
                        }
                        let first = poll_once(behind.lock().unwrap().as_mut(), &probe.waker());
                        drop(rx.lock().unwrap().try_recv().expect("a message"));
                        first.is_ready()
                    });
                    if !done[1] {
                        assert!(
                            probe.is_woken(),
                            "round {round}: a slot is free, nobody else waits"
                        );
                        let mut behind = behind.into_inner().unwrap();
                        assert_eq!(assert_ready(behind.as_mut(), &probe.waker()).0, Ok(()));
                    }
                }
            }
        }
    }
}

crowded! {
    threaded! {
        on_parking_forms!(a_dropped_send_races_its_receiver);

        /// A parked send goes away just when its message is pulled: pulled or dropped, once.
        fn a_dropped_send_races_its_receiver<F: Form>() {
            const ROUNDS: u64 = 400;
            let ledger = Ledger::with_room(1 << 14);
            let (sends, dropper) = std::sync::mpsc::sync_channel::<super::help::OwnedSend>(1);
            let start = &Barrier::new(2);
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    for (round, mut op) in dropper.iter().enumerate() {
                        start.wait();
                        (0..round % 32).for_each(|_| std::hint::spin_loop());
                        match round % 2 {
                            0 => drop(op),
                            _ => drop(op.as_mut().cancel()),
                        }
                        start.wait();
                    }
                });
                for round in 0..ROUNDS {
                    let (mut tx, mut rx) = F::make();
                    let full = fill::<F>(lend!(tx), &ledger);
                    let mut parked = park_sends(&tx, &ledger, 100, 3);
                    sends.send(parked.remove(1).0).expect("it goes on");
                    start.wait();
                    let mut got = Vec::new();
                    for _ in 0..round % 4 {
                        got.extend(rx.try_recv().ok().map(|m| m.id()));
                    }
                    start.wait();
                    got.extend(take_all(&mut rx));
                    got.retain(|id| *id != 101);
                    assert_eq!(
                        got,
                        (0..full).chain([100, 102]).collect::<Vec<_>>(),
                        "round {round}"
                    );
                    for (op, probe) in &mut parked {
                        assert_eq!(probe.wakes(), 1, "round {round}: stranded");
                        assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
                    }
                    drop((parked, rx));
                    ledger.forget_all();
                }
                drop(sends);
            });
        }
    }
}
