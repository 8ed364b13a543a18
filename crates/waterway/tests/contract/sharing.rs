//! Several receivers of one channel: who gets what, how it ends, and what each handle keeps.

use super::Form;
use super::crowd::{WAYS, Waiting, Way, park_all, put, run, woken};
use super::help::{fill, park_sends, room, take_all};
use super::kind::Receiver;
use crate::support::{
    Event, Ledger, Probe, Tracked, assert_pending, assert_ready, poll_noop, together,
};
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use waterway::{TryRecvError, TrySendError};

owning!(use super::kind::WeakReceiver;);
threaded!(use super::order::{recv_by_every_verb, send_by_every_verb};);

on_every_form!(
    tasks_share_what_comes,
    a_close_ends_all_who_wait,
    messages_are_left_at_the_end,
);
on_buffered_forms!(
    permits_outlast_the_close,
    forced_sends_wake_the_next_in_line,
    a_flush_waits_for_all_receivers,
);

threaded! {
    /// Nothing twice, nothing missing, and at each receiver each sender's messages in order.
    #[track_caller]
    fn assert_shared(got: &[Vec<Tracked>], senders: u32, count: u32) {
        let mut all = BTreeSet::new();
        for got in got {
            let mut last: HashMap<u32, u32> = HashMap::new();
            for message in got {
                assert!(all.insert(message.id()), "{message:?} came twice");
                let before = last.insert(message.sender(), message.seq());
                assert!(before.is_none_or(|before| before < message.seq()));
            }
        }
        assert_eq!(all.len() as u32, senders * count);
    }
}

threaded! {
    on_every_form!(four_by_four);

    /// Threads, all verbs, all of them at once.
    fn four_by_four<F: Form>() {
        const COUNT: u32 = 300;
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let ends = Mutex::new((vec![tx; 4], vec![rx; 4]));
        let mut got = together(8, |i| {
            if i < 4 {
                let tx = ends.lock().unwrap().0.pop().expect("one each");
                send_by_every_verb::<F>(&tx, &ledger, i as u32, COUNT);
                return Vec::new();
            }
            let mut rx = ends.lock().unwrap().1.pop().expect("one each");
            recv_by_every_verb(&mut rx)
        });
        assert_shared(&got, 4, COUNT);
        got.clear();
        ledger.assert_all_dropped();
    }
}

/// Tasks on one thread, each polled only when it was woken.
fn tasks_share_what_comes<F: Form>() {
    const COUNT: u32 = 50;
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let mut waiting = park_all(&rx, 4);
    let mut sends: Vec<_> = (0..4)
        .map(|sender| {
            let (tx, probe) = (tx.clone(), Probe::new());
            let task = Box::pin(async move {
                for seq in 0..COUNT {
                    let message = ledger.make_from(sender, seq);
                    tx.send(message).await.expect("open");
                }
            });
            (task, probe)
        })
        .collect();
    drop(tx);
    for (task, probe) in &mut sends {
        let _ = crate::support::poll_once(task.as_mut(), &probe.waker());
    }
    let mut got: Vec<u64> = Vec::new();
    let mut ends = 0;
    while ends < 4 {
        let before = (got.len(), ends);
        let (ids, ended) = run(&mut waiting);
        got.extend(ids);
        ends += ended;
        while waiting.len() + ends < 4 {
            let way = WAYS[got.len() % WAYS.len()];
            let mut next = Waiting::new(way, &rx);
            match next.poll() {
                Poll::Pending => waiting.push(next),
                Poll::Ready(Some(ids)) => got.extend(ids),
                Poll::Ready(None) => ends += 1,
            }
        }
        let mut moved = before != (got.len(), ends);
        sends.retain_mut(|(task, probe)| {
            let due = probe.take_woken();
            moved |= due;
            !due || crate::support::poll_once(task.as_mut(), &probe.waker()).is_pending()
        });
        // An unbounded sender is done at its first poll, and has never waited.
        sends.retain(|_| F::CAPACITY.is_some());
        moved |= !woken(&waiting).is_empty();
        assert!(moved || ends == 4, "all of them sleep");
    }
    let set: BTreeSet<u64> = got.iter().copied().collect();
    assert_eq!((set.len(), got.len()), (4 * COUNT as usize, set.len()));
    drop((waiting, sends));
    drop(rx);
    ledger.assert_all_dropped();
}

fn a_close_ends_all_who_wait<F: Form>() {
    for by_receiver in [false, true] {
        let (tx, rx) = F::make::<Tracked>();
        let mut waiting = park_all(&rx, 50);
        assert!(if by_receiver { rx.close() } else { tx.close() });
        assert_eq!(woken(&waiting).len(), 50);
        assert!(waiting.iter().all(|w| w.probe.wakes() == 1));
        assert_eq!(run(&mut waiting), (Vec::new(), 50));
        assert!(!rx.close() && !tx.close());
    }
}

/// Woken for messages that they have not looked at yet, they hear of the end as well: whoever looks first
/// gets a message, the others the end.
fn messages_are_left_at_the_end<F: Form>() {
    for drops in [false, true] {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let n = room::<F>();
        let mut waiting = park_all(&rx, n + 3);
        for id in 0..n as u64 {
            drop(put(&tx, &ledger, id));
        }
        match drops {
            true => drop(tx),
            false => assert!(tx.close()),
        }
        assert_eq!(woken(&waiting).len(), n + 3, "all of them");
        // The last come first.
        waiting.reverse();
        let (got, ends) = run(&mut waiting);
        assert_eq!(got, (0..n as u64).collect::<Vec<_>>());
        assert!(waiting.is_empty() && ends >= 3);
        ledger.assert_all_dropped();
    }
}

/// A permit that is out when the channel is closed delivers, or is given back: then all who wait come to an
/// end, in whatever order they look.
fn permits_outlast_the_close<F: Form>() {
    let most = room::<F>().min(2);
    for permits in 1..=most {
        // Bit by bit: is this one sent, do those who wait look in between?
        for (used, looks) in (0..1 << permits).flat_map(|u| [(u, false), (u, true)]) {
            for reversed in [false, true] {
                let what = format!("{permits} permits, used {used:b}, {looks}, {reversed}");
                let ledger = Ledger::new();
                let (tx, rx) = F::make();
                let mut waiting = park_all(&rx, 3);
                if reversed {
                    waiting.reverse();
                }
                let held: Vec<_> = (0..permits).map(|_| tx.try_reserve()).collect();
                assert!(rx.close());
                let (mut got, mut ends) = (Vec::new(), 0);
                if looks {
                    // They may look, but it is not the end yet.
                    assert_eq!(run(&mut waiting), (Vec::new(), 0), "{what}");
                }
                for (i, permit) in held.into_iter().enumerate() {
                    assert_eq!(ends, 0, "{what}: too early");
                    let permit = permit.expect("room");
                    match used & (1 << i) {
                        0 => drop(permit),
                        _ => permit.send(ledger.make(i as u64)).expect("received"),
                    }
                    if looks {
                        let (ids, ended) = run(&mut waiting);
                        got.extend(ids);
                        ends += ended;
                    }
                }
                let (ids, ended) = run(&mut waiting);
                got.extend(ids);
                ends += ended;
                assert!(waiting.is_empty(), "{what}: {} wait", waiting.len());
                let sent: Vec<u64> = (0..permits as u64)
                    .filter(|i| used & (1 << i) != 0)
                    .collect();
                assert_eq!(got, sent, "{what}");
                assert!(ends >= 3 - sent.len(), "{what}");
                assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
                ledger.assert_all_dropped();
            }
        }
    }
}

owning! {
    on_every_form!(the_last_sender_goes_while_many_wait);

    fn the_last_sender_goes_while_many_wait<F: Form>() {
        let (tx, rx) = F::make::<Tracked>();
        let other = tx.clone();
        let mut waiting = park_all(&rx, 50);
        drop(tx);
        assert_eq!(woken(&waiting), []);
        drop(other);
        assert_eq!(woken(&waiting).len(), 50);
        assert_eq!(run(&mut waiting), (Vec::new(), 50));
        // Open again with a new sender; not for those who saw the end.
        let tx = rx.new_sender();
        let mut again = vec![Waiting::park(Way::Stream, &rx)];
        let ledger = Ledger::new();
        let sent = put(&tx, &ledger, 1);
        assert_eq!(run(&mut again), (vec![1], 0));
        drop(sent);
    }
}

owning! {
    on_every_form!(one_of_several_goes);

    fn one_of_several_goes<F: Form>() {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let other = rx.clone();
        let n = fill::<F>(&tx, &ledger);
        let mut parked = match F::CAPACITY {
            Some(_) => park_sends(&tx, &ledger, n, 2),
            None => Vec::new(),
        };
        drop(rx);
        assert!(!tx.is_closed() && !other.is_closed());
        assert_eq!((tx.len() as u64, ledger.dropped() > 1), (n, false));
        assert!(parked.iter().all(|(_, probe)| probe.wakes() == 0));
        let mut rx = other;
        let got = take_all(&mut rx);
        assert_eq!(got, (0..n + parked.len() as u64).collect::<Vec<_>>());
        for (op, _) in &mut parked {
            assert_eq!(assert_ready(op.as_mut(), Waker::noop()).0, Ok(()));
        }
    }
}

owning! {
    on_every_form!(one_of_several_goes_while_it_waits);

    /// The handle goes with the operation in it: the other receiver is woken for what that was told of.
    fn one_of_several_goes_while_it_waits<F: Form>() {
        for way in [Way::RecvOwned, Way::IntoStream] {
            let ledger = Ledger::new();
            let (tx, rx) = F::make();
            let other = rx.clone();
            let leaving = Waiting::park(way, &other);
            let mut next = Waiting::park(Way::Recv, &rx);
            assert_eq!(rx.receiver_count(), 3);
            let sent = put(&tx, &ledger, 1);
            assert!(leaving.woken() && !next.woken());
            drop(leaving);
            assert_eq!(rx.receiver_count(), 2);
            assert!(next.woken() && !tx.is_closed());
            assert_eq!(next.poll(), Poll::Ready(Some(vec![1])));
            drop(sent);
        }
    }
}

owning! {
    on_every_form!(the_last_of_several_goes);

    /// The last one takes everything along: messages are dropped, parked sends get theirs back, who waits for the
    /// close is told. A weak receiver is no receiver.
    fn the_last_of_several_goes<F: Form>() {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let weak = rx.downgrade();
        let clones = vec![rx; 5];
        let n = fill::<F>(&tx, &ledger);
        let mut parked = match F::CAPACITY {
            Some(_) => park_sends(&tx, &ledger, n, 3),
            None => Vec::new(),
        };
        let closed = Probe::new();
        let mut op = Box::pin(tx.closed());
        assert_pending(op.as_mut(), &closed.waker());
        for rx in clones {
            assert_eq!(closed.wakes(), 0);
            assert!(!tx.is_closed());
            drop(weak.upgrade().expect("one lives"));
            drop(rx);
        }
        assert_eq!(closed.wakes(), 1);
        assert!(tx.is_closed() && weak.upgrade().is_none());
        for id in 0..n {
            assert_eq!(ledger.drops_of(id), 1);
        }
        for (i, (op, probe)) in parked.iter_mut().enumerate() {
            assert_eq!(probe.wakes(), 1);
            let (sent, _) = assert_ready(op.as_mut(), Waker::noop());
            assert_eq!(sent.expect_err("closed").into_inner(), n + i as u64);
        }
        let refused = tx.try_send(ledger.make(99));
        assert!(matches!(refused, Err(TrySendError::Closed(_))));
        assert_eq!(weak.receiver_count(), 0);
        drop((refused, weak));
        ledger.assert_all_dropped();
    }
}

threaded! {
    owning! {
        on_every_form!(the_last_of_several_goes_from_a_thread);

        /// Each in its thread, while messages come: whatever was sent is received or dropped.
        fn the_last_of_several_goes_from_a_thread<F: Form>() {
            for round in 0..100 {
                let ledger = Ledger::new();
                let (tx, rx) = F::make();
                let ends = Mutex::new((vec![tx; 2], vec![rx; 3]));
                together(5, |i| {
                    if i < 2 {
                        let tx = ends.lock().unwrap().0.pop().expect("one each");
                        for seq in 0.. {
                            if tx.send(ledger.make_from(i as u32, seq)).wait().is_err() {
                                return;
                            }
                        }
                    }
                    let rx = ends.lock().unwrap().1.pop().expect("one each");
                    for _ in 0..round % 7 {
                        drop(rx.recv().wait());
                    }
                });
                ledger.assert_all_dropped();
            }
        }
    }
}

owning! {
    on_every_form!(weak_receivers_keep_nothing);

    fn weak_receivers_keep_nothing<F: Form>() {
        let (tx, rx) = F::make::<Tracked>();
        let weak = rx.downgrade();
        let weaker = weak.clone();
        let also = tx.downgrade();
        assert_eq!((tx.weak_count(), rx.weak_count()), (3, 3));
        assert_eq!((weak.id(), weaker.id()), (rx.id(), tx.id()));
        let again = weak.upgrade().expect("one lives");
        assert!(again.same_channel(&rx));
        assert_eq!(weaker.receiver_count(), 2);
        // Also of a closed channel.
        rx.close();
        drop(rx);
        let third = weaker.upgrade().expect("one lives");
        drop((again, third));
        assert_eq!((weak.receiver_count(), tx.receiver_count()), (0, 0));
        assert!(weak.upgrade().is_none() && weaker.clone().upgrade().is_none());
        drop(also);
        assert_eq!(tx.weak_count(), 2);
        drop(tx);
        // Only these are left, and the memory.
        assert!(weak.upgrade().is_none());
        drop(weak);
        assert_eq!(weaker.receiver_count(), 0);
        assert!(!format!("{weaker:?}").is_empty());
    }
}

threaded! {
    owning! {
        on_every_form!(an_upgrade_races_the_last_drop);

        fn an_upgrade_races_the_last_drop<F: Form>() {
            for _ in 0..200 {
                let ledger = Ledger::new();
                let (tx, rx) = F::make();
                fill::<F>(&tx, &ledger);
                let weak = rx.downgrade();
                let rx = Mutex::new(Some(rx));
                let got = together(3, |i| {
                    if i == 0 {
                        drop(rx.lock().unwrap().take());
                        return false;
                    }
                    let Some(rx) = weak.upgrade() else {
                        return false;
                    };
                    // Whoever has a receiver has a channel that is open, and what is in it.
                    assert!(!tx.is_closed());
                    rx.try_recv().is_ok() || !F::BUFFERS || room::<F>() == 1
                });
                assert!(tx.is_closed() && weak.upgrade().is_none());
                ledger.assert_all_dropped();
                drop((got, tx));
            }
        }
    }
}

owning! {
    on_every_form!(receivers_are_counted);

    fn receivers_are_counted<F: Form>() {
        let (tx, rx) = F::make::<Tracked>();
        let counts = |rx: &Receiver<Tracked>, n: usize| {
            assert_eq!((rx.receiver_count(), tx.receiver_count()), (n, n));
        };
        counts(&rx, 1);
        let mut clones: Vec<_> = (0..10).map(|_| rx.clone()).collect();
        counts(&rx, 11);
        clones.truncate(4);
        counts(&rx, 5);
        let weak: WeakReceiver<Tracked> = rx.downgrade();
        clones.extend(weak.upgrade());
        counts(&rx, 6);
        // An operation or a stream that owns one counts, one that borrows does not.
        let owned = clones.pop().expect("there").recv_owned();
        let stream = clones.pop().expect("there").into_stream();
        let (borrowed, lent) = (rx.recv(), rx.stream());
        counts(&rx, 6);
        drop((owned, stream, borrowed, lent));
        counts(&rx, 4);
        drop(clones);
        counts(&rx, 1);
        let clones_come_and_go = || {
            for _ in 0..100 {
                let clone = rx.clone();
                drop(clone.downgrade().upgrade().expect("one lives"));
            }
        };
        threaded_or!(drop(together(4, |_| clones_come_and_go())), clones_come_and_go());
        counts(&rx, 1);
        assert!(!tx.is_closed());
        // Weak handles of both sides are counted together.
        let other = tx.downgrade();
        let weaks = |n: usize| assert_eq!((weak.weak_count(), other.weak_count()), (n, n));
        assert_eq!((rx.weak_count(), tx.weak_count()), (2, 2));
        weaks(2);
        drop((rx, tx));
        weaks(2);
        assert_eq!((weak.receiver_count(), other.sender_count()), (0, 0));
        drop(other);
        assert_eq!(weak.weak_count(), 1);
    }
}

owning! {
    on_every_form!(a_stream_gives_its_receiver_back);

    fn a_stream_gives_its_receiver_back<F: Form>() {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let probe = Probe::new();
        let mut stream = rx.into_stream();
        let mut context = std::task::Context::from_waker(Waker::noop());
        assert!(stream.poll_recv(&mut context).is_pending());
        let waker = probe.waker();
        context = std::task::Context::from_waker(&waker);
        assert!(stream.poll_recv(&mut context).is_pending());
        assert_eq!(probe.refs(), 2);
        assert_eq!(stream.get_ref().receiver_count(), 1);
        let other = stream.get_ref().clone();
        let mut second = Waiting::park(Way::Recv, &other);
        let sent = put(&tx, &ledger, 1);
        assert!(probe.is_woken() && !second.woken());
        // It was told, and leaves.
        let rx = stream.into_inner();
        assert_eq!(probe.refs(), 1, "the test's own");
        assert!(second.woken());
        assert_eq!(second.poll(), Poll::Ready(Some(vec![1])));
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop((sent, second));
    }
}

/// A message that displaces another wakes one more; who finds nothing waits on.
fn forced_sends_wake_the_next_in_line<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let n = room::<F>();
    let mut waiting = park_all(&rx, n + 4);
    for id in 0..(n + 2) as u64 {
        drop(tx.force_send(ledger.make(id)).expect("open"));
        let told: Vec<usize> = (0..=id as usize).collect();
        // Who displaces may wake more, for what lies there.
        assert!(woken(&waiting).starts_with(&told));
    }
    let (got, ends) = run(&mut waiting);
    let first = if F::CAPACITY.is_some() { 2 } else { 0 };
    assert_eq!(got, (first..(n + 2) as u64).collect::<Vec<_>>());
    assert_eq!(ends, 0);
    // Those who found nothing are woken by what comes now.
    let sent = put(&tx, &ledger, 50);
    assert_eq!(run(&mut waiting), (vec![50], 0));
    drop((sent, waiting));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

threaded! {
    on_buffered_forms!(forced_sends_race_receivers);

    fn forced_sends_race_receivers<F: Form>() {
        const COUNT: u32 = 400;
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let ends = Mutex::new((vec![tx; 2], vec![rx; 4]));
        let got = together(6, |i| {
            let mut got = Vec::new();
            if i < 2 {
                let tx = ends.lock().unwrap().0.pop().expect("one each");
                for seq in 0..COUNT {
                    let mut message = ledger.make_from(i as u32, seq);
                    loop {
                        match tx.force_send(message) {
                            Ok(displaced) => break got.extend(displaced),
                            Err(TrySendError::Full(back)) => message = back,
                            Err(TrySendError::Closed(_)) => panic!("it is open"),
                        }
                    }
                }
            } else {
                let rx = ends.lock().unwrap().1.pop().expect("one each");
                got.extend(rx.iter());
            }
            got
        });
        // The displacing one holds what it displaced, in an order of its own.
        let (displaced, received) = got.split_at(2);
        let all = received.iter().chain(displaced).flatten();
        let all: BTreeSet<u64> = all.map(Tracked::id).collect();
        let count: usize = got.iter().map(Vec::len).sum();
        assert_eq!((all.len(), count), (2 * COUNT as usize, all.len()));
        drop(got);
        ledger.assert_all_dropped();
    }
}

/// What was sent before has to be received, by whomever.
fn a_flush_waits_for_all_receivers<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let other = rx.clone();
    let n = fill::<F>(&tx, &ledger);
    let probe = Probe::new();
    let mut flush = Box::pin(tx.flush());
    assert_pending(flush.as_mut(), &probe.waker());
    for id in 0..n {
        assert_eq!(probe.wakes(), 0);
        let rx = if id % 2 == 0 { &rx } else { &other };
        assert_eq!(rx.try_recv().expect("it is there"), id);
    }
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(flush.as_mut(), &probe.waker()), Ok(()));
    drop(flush);
    owning! {
        // The last receiver takes the rest along: that is no receipt.
        fill::<F>(&tx, &ledger);
        let mut flush = Box::pin(tx.flush());
        assert_pending(flush.as_mut(), &probe.waker());
        drop(rx);
        assert_eq!(probe.wakes(), 1);
        drop(other);
        assert_eq!(probe.wakes(), 2);
        let flushed = assert_ready(flush.as_mut(), &probe.waker());
        assert!(flushed.is_err());
    }
}

threaded! {
    on_buffered_forms!(flushes_race_receivers);

    /// After a flush no message of before is in the channel.
    fn flushes_race_receivers<F: Form>() {
        const COUNT: usize = 200;
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let taken = AtomicUsize::new(0);
        let ends = Mutex::new((Some(tx), vec![rx; 3]));
        together(4, |i| {
            if i > 0 {
                let rx = ends.lock().unwrap().1.pop().expect("one each");
                return rx.iter().for_each(|message| {
                    drop(message);
                    taken.fetch_add(1, SeqCst);
                });
            }
            let tx = ends.lock().unwrap().0.take().expect("once");
            for n in 0..COUNT {
                for id in 0..3 {
                    tx.send(ledger.make(id)).wait().expect("open");
                }
                tx.flush().wait().expect("open");
                assert!(tx.is_empty());
                // Taken out, if perhaps not counted yet: one may be in the hands of each.
                assert!(taken.load(SeqCst) + 3 >= 3 * (n + 1));
            }
        });
        assert_eq!(taken.load(SeqCst), 3 * COUNT);
        ledger.assert_all_dropped();
    }
}
