//! Many at once: `send_many`, `recv_many`, `drain`, and the iterators.

use super::Form;
use super::help::{fill, park_as_many, room, take_all};
use crate::support::{
    Ledger, Probe, Tracked, assert_ready, block_on, poll_noop, poll_once, together,
};
use std::sync::Mutex;
use std::task::{Poll, Waker};

crowded!(use super::help::park_sends;);
threaded!(use super::{borrowed, senders};);

on_every_form!(
    a_batch_goes_through_in_order,
    an_empty_batch,
    iterators_that_lie,
    a_dropped_batch_drops_its_rest,
    extend_is_all_it_takes,
);

on_buffered_forms!(
    a_batch_that_fits_is_done_at_once,
    drain_takes_what_is_there,
    recv_many_takes_what_is_there,
    iterators_over_what_is_there,
);

fn a_batch_goes_through_in_order<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    for len in [1, 2, 3, 7, 31, 32, 33, 100] {
        let batch: Vec<Tracked> = (0..len).map(|id| ledger.make(id)).collect();
        let mut op = Box::pin(tx.send_many(batch));
        let probe = Probe::new();
        let mut got = Vec::new();
        let mut sent = poll_once(op.as_mut(), &probe.waker());
        while sent.is_pending() {
            got.extend(take_all(&mut rx));
            // Polled only when woken: a lost wake shows.
            assert!(probe.take_woken(), "{len}: stranded after {got:?}");
            sent = poll_once(op.as_mut(), &probe.waker());
        }
        got.extend(take_all(&mut rx));
        assert!(matches!(sent, Poll::Ready(Ok(n)) if n as u64 == len));
        assert_eq!(got, (0..len).collect::<Vec<_>>());
    }
}

fn a_batch_that_fits_is_done_at_once<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = room::<F>() as u64;
    let batch: Vec<Tracked> = (0..n).map(|id| ledger.make(id)).collect();
    let mut op = Box::pin(tx.send_many(batch));
    let sent = assert_ready(op.as_mut(), Waker::noop());
    assert_eq!(sent.map_err(|_| "closed"), Ok(n as usize));
    assert_eq!(rx.len() as u64, n);
    assert_eq!(take_all(&mut rx), (0..n).collect::<Vec<_>>());
}

fn an_empty_batch<F: Form>() {
    let (mut tx, rx) = F::make::<u8>();
    let sent = block_on(tx.send_many(Vec::new()));
    assert_eq!(sent.map_err(|_| "closed"), Ok(0));
    assert_eq!(finish!(tx.send_many(None)).map_err(|_| "closed"), Ok(0));
    drop(rx);
}

/// Size hints are hints.
fn iterators_that_lie<F: Form>() {
    struct Liar(std::vec::IntoIter<u64>, (usize, Option<usize>));
    impl Iterator for Liar {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            self.1
        }
    }
    let hints = [
        (0, Some(0)),
        (0, None),
        (100, Some(100)),
        (usize::MAX, None),
        (5, Some(1)),
    ];
    for hint in hints {
        let (mut tx, mut rx) = F::make();
        let mut op = Box::pin(tx.send_many(Liar((0..9).collect::<Vec<_>>().into_iter(), hint)));
        let mut got = Vec::new();
        for _ in 0..20 {
            let sent = poll_noop(op.as_mut());
            got.extend(std::iter::from_fn(|| rx.try_recv().ok()));
            if let Poll::Ready(sent) = sent {
                assert_eq!(sent.map_err(|_| "closed"), Ok(9), "{hint:?}");
                break;
            }
        }
        assert_eq!(got, (0..9).collect::<Vec<_>>(), "{hint:?}");
    }
}

threaded! {
    on_every_form!(batches_race);

    fn batches_race<F: Form>() {
        const COUNT: u32 = 300;
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let txs = senders(tx, 3);
        let n = txs.len();
        let ends = Mutex::new((txs, Some(rx)));
        let got = together(n + 1, |i| {
            if i > 0 {
                let mut tx = ends.lock().unwrap().0.pop().unwrap();
                let mut seq = 0;
                while seq < COUNT {
                    let end = COUNT.min(seq + 1 + (seq + i as u32) % 40);
                    let batch = (seq..end).map(|seq| ledger.make_from(i as u32, seq));
                    let sent = if seq % 2 == 0 {
                        tx.send_many(batch).wait()
                    } else {
                        block_on(tx.send_many(batch))
                    };
                    assert_eq!(sent.map_err(|_| "closed"), Ok((end - seq) as usize));
                    seq = end;
                }
                return Vec::new();
            }
            let mut rx = ends.lock().unwrap().1.take().unwrap();
            let mut got = Vec::new();
            for limit in (1..18).cycle() {
                if rx.recv_many(&mut got, limit).wait().is_none() {
                    break;
                }
            }
            got
        });
        for sender in 1..=n as u32 {
            let of_one = got[0]
                .iter()
                .filter(|m| m.sender() == sender)
                .map(Tracked::seq);
            assert_eq!(of_one.collect::<Vec<_>>(), (0..COUNT).collect::<Vec<_>>());
        }
        drop(got);
        ledger.assert_all_dropped();
    }
}

fn a_dropped_batch_drops_its_rest<F: Form>() {
    for receives in 0..3 {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let batch: Vec<Tracked> = (0..50).map(|id| ledger.make(id)).collect();
        let mut op = Box::pin(tx.send_many(batch));
        let mut got = Vec::new();
        for _ in 0..receives {
            if poll_noop(op.as_mut()).is_ready() {
                assert!(F::CAPACITY.is_none(), "50 do not fit");
                break;
            }
            got.extend(rx.try_recv().ok().map(|m| m.id()));
        }
        drop(op);
        got.extend(take_all(&mut rx));
        assert_eq!(
            got,
            (0..got.len() as u64).collect::<Vec<_>>(),
            "in order, no gap"
        );
        ledger.assert_all_dropped();
        // Nobody waits any more.
        if F::BUFFERS {
            assert!(tx.try_send(ledger.make(1)).is_ok());
        }
    }
}

crowded! {
    on_parking_forms!(a_drain_that_came_to_its_end_stays_there);

    /// Fewer come than were counted, because sends that were parked are cancelled: then it is over, though
    /// another message comes.
    fn a_drain_that_came_to_its_end_stays_there<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let n = fill::<F>(lend!(tx), &ledger) as usize;
        let parked = park_sends(&tx, &ledger, 100, 3);
        let mut drain = rx.drain();
        assert_eq!(drain.size_hint(), (0, Some(n + 3)));
        drop(parked);
        assert_eq!(drain.by_ref().count(), n);
        assert_eq!(drain.size_hint(), (0, Some(0)));
        let mut late = Box::pin(tx.clone().send_owned(ledger.make(200)));
        let _ = poll_noop(late.as_mut());
        assert!(drain.next().is_none());
        assert_eq!(rx.try_recv().expect("it came late"), 200);
        drop((late, tx, rx));
        ledger.assert_all_dropped();
    }
}

fn drain_takes_what_is_there<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    assert_eq!(rx.drain().count(), 0);
    let n = fill::<F>(lend!(tx), &ledger);
    assert_eq!(
        rx.drain().map(|m| m.id()).collect::<Vec<_>>(),
        (0..n).collect::<Vec<_>>()
    );
    assert_eq!((rx.len(), rx.drain().count()), (0, 0));
    peeking! {
        // A peeked message is part of it, and comes first.
        fill::<F>(lend!(tx), &ledger);
        assert_eq!(rx.try_peek().expect("there"), &0);
        assert_eq!(
            rx.drain().map(|m| m.id()).collect::<Vec<_>>(),
            (0..n).collect::<Vec<_>>()
        );
    }
    // Of a closed channel as well.
    fill::<F>(lend!(tx), &ledger);
    tx.close();
    assert_eq!(rx.drain().count() as u64, n);
    assert!(finish!(rx.recv()).is_none());
    drop((tx, rx));
    ledger.assert_all_dropped();
}

fn recv_many_takes_what_is_there<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = fill::<F>(lend!(tx), &ledger);
    peeking!(assert_eq!(rx.try_peek().expect("there"), &0););
    let mut buffer = Vec::new();
    let mut op = Box::pin(rx.recv_many(&mut buffer, n as usize + 5));
    assert_eq!(
        assert_ready(op.as_mut(), Waker::noop()),
        Some(n as usize),
        "the peeked one too"
    );
    drop(op);
    assert_eq!(
        buffer.iter().map(Tracked::id).collect::<Vec<_>>(),
        (0..n).collect::<Vec<_>>()
    );
    assert!(rx.is_empty());
    // Those who wait get in while it takes, or after: none is stranded, none comes twice.
    if F::CAPACITY.is_some() {
        fill::<F>(lend!(tx), &ledger);
        let mut parked = park_as_many(lend!(tx), &ledger, n, 2 * n);
        let all = n + parked.len() as u64;
        let mut ids = Vec::new();
        while (ids.len() as u64) < all {
            buffer.clear();
            let got = finish!(rx.recv_many(&mut buffer, 3)).expect("open");
            assert!((1..=3).contains(&got));
            ids.extend(buffer.iter().map(Tracked::id));
        }
        assert_eq!(ids, (0..all).collect::<Vec<_>>());
        for (op, probe) in &mut parked {
            assert_eq!(probe.wakes(), 1);
            assert_eq!(assert_ready(op.as_mut(), Waker::noop()), Ok(()));
        }
    }
}

fn iterators_over_what_is_there<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = fill::<F>(lend!(tx), &ledger);
    assert_eq!(
        rx.try_iter().map(|m| m.id()).collect::<Vec<_>>(),
        (0..n).collect::<Vec<_>>()
    );
    assert_eq!(rx.try_iter().count(), 0);
    fill::<F>(lend!(tx), &ledger);
    // Dropped half way, it leaves the rest.
    assert_eq!(iter_or_try!(rx).next().expect("there"), 0);
    assert_eq!(rx.try_iter().take(0).count(), 0);
    let rest: Vec<u64> = rx.try_iter().map(|m| m.id()).collect();
    assert_eq!(rest, (1..n).collect::<Vec<_>>());
}

threaded! {
    on_every_form!(iterators_end_with_the_channel);

    fn iterators_end_with_the_channel<F: Form>() {
        for way in 0..3 {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let rx = Mutex::new(Some(rx));
            let tx = Mutex::new(Some(tx));
            let got = together(2, |i| {
                if i == 0 {
                    let mut tx = tx.lock().unwrap().take().unwrap();
                    (0..60).for_each(|id| tx.send(ledger.make(id)).wait().expect("open"));
                    return Vec::new();
                }
                let mut rx = rx.lock().unwrap().take().unwrap();
                let mut got = Vec::new();
                match way {
                    0 => got.extend(rx.iter().map(|m| m.id())),
                    1 => got.extend(owning_or!(rx.into_iter(), rx.iter()).map(|m| m.id())),
                    _ => {
                        for message in borrowed(&mut rx) {
                            got.push(message.id());
                        }
                    }
                }
                got
            });
            assert_eq!(got[1], (0..60).collect::<Vec<_>>());
            ledger.assert_all_dropped();
        }
    }
}

fn extend_is_all_it_takes<F: Form>() {
    let (mut tx, mut rx) = F::make::<char>();
    let mut send = Box::pin(tx.send('x'));
    let _ = poll_noop(send.as_mut());
    let mut text = String::from("a");
    assert_eq!(finish!(rx.recv_many(&mut text, 5)), Some(1));
    drop(send);
    let mut send = Box::pin(tx.send('y'));
    let _ = poll_noop(send.as_mut());
    let mut queue = std::collections::VecDeque::from(['q']);
    assert_eq!(block_on(rx.recv_many(&mut queue, 5)), Some(1));
    assert_eq!((text.as_str(), queue.back()), ("ax", Some(&'y')));
}
