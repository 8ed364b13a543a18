//! C13: positions that wrap around their word.

use std::collections::VecDeque;
use std::time::Duration;

use waterway::error::TryRecvError;
use waterway::mpsc;

use crate::kit::{Case, Put};
use crate::support::{Ledger, Probe, Tracked, assert_pending, block_on, watchdog};

/// The forms of the wrap tests, with odd capacities as well.
const WRAPPING: [Option<usize>; 8] = [
    Some(0),
    Some(1),
    Some(2),
    Some(3),
    Some(5),
    Some(8),
    Some(9),
    None,
];

/// C13: positions wrap around their word; order, bounds and counts hold before, at and after it.
#[test]
fn c13_positions_wrap() {
    for capacity in WRAPPING {
        for burst in 1..=9u64 {
            let _case = Case::new((capacity, burst));
            let ledger = Ledger::new();
            let (tx, mut rx) = mpsc::__starting_near_wrap::<Tracked>(capacity);
            assert_eq!((tx.capacity(), tx.len(), rx.len()), (capacity, 0, 0));
            let room = capacity.map_or(u64::MAX, |n| n as u64);
            let mut next = 0;
            let mut queued = VecDeque::new();
            while next < 400 {
                let mut parked = Vec::new();
                for _ in 0..burst {
                    let mut send = Put::ALL[next as usize % 3].start(&tx, ledger.make(next));
                    if (queued.len() as u64) < room {
                        assert!(send.poll().is_ready());
                    } else {
                        assert!(send.poll().is_pending(), "{} in {capacity:?}", queued.len());
                        parked.push(send);
                    }
                    queued.push_back(next);
                    next += 1;
                }
                assert_eq!(tx.len() as u64, (queued.len() as u64).min(room));
                assert_eq!(tx.is_full(), queued.len() as u64 >= room);
                if next % 7 == 0 && !queued.is_empty() {
                    assert_eq!(rx.try_peek().unwrap().id(), queued[0]);
                }
                // Leave something in, now and then.
                let leave = if next % 3 == 0 { 1 } else { 0 };
                while queued.len() > leave {
                    assert_eq!(rx.try_recv().unwrap().id(), queued.pop_front().unwrap());
                }
                if leave == 0 {
                    assert!(rx.try_recv().is_err());
                }
                // What is left is in a slot, except at capacity 0, where it is parked: take it.
                if capacity == Some(0) {
                    while let Some(id) = queued.pop_front() {
                        assert_eq!(rx.try_recv().unwrap(), id);
                    }
                }
                for send in &mut parked {
                    send.finish().deliver().expect("open");
                }
            }
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// C13: permits, batches, displacing, flush and the end across the wrap, of each kind whose senders are cloned.
#[test]
fn c13_everything_else_wraps() {
    macro_rules! of_each {
        ($($kind:ident),*) => {$(
            for capacity in WRAPPING.into_iter().filter(|n| *n != Some(0)) {
                for start in 0..100u64 {
                    let _case = Case::new((stringify!($kind), capacity, start));
                    let ledger = Ledger::new();
                    #[allow(unused_mut, reason = "several receivers need no `&mut`")]
                    let (tx, mut rx) = waterway::$kind::__starting_near_wrap::<Tracked>(capacity);
                    for id in 0..start {
                        tx.try_send(ledger.make(id)).unwrap();
                        assert_eq!(rx.try_recv().unwrap(), id);
                    }
                    let n = capacity.unwrap_or(6);
                    let mut permits: Vec<_> = tx.try_reserve_many(n).unwrap().collect();
                    assert_eq!(tx.try_reserve().is_err(), capacity.is_some());
                    drop(permits.pop());
                    for (i, permit) in permits.drain(..).enumerate() {
                        permit.send(ledger.make(i as u64)).unwrap();
                    }
                    drop(permits);
                    tx.try_send(ledger.make(n as u64 - 1)).unwrap();
                    let displaced = tx.force_send(ledger.make(n as u64)).unwrap();
                    assert_eq!(displaced.is_some(), capacity.is_some());
                    let mut flush = Box::pin(tx.flush());
                    let probe = Probe::new();
                    assert_pending(flush.as_mut(), &probe.waker());
                    let mut buf = Vec::new();
                    let taken = block_on(rx.recv_many(&mut buf, 100)).unwrap();
                    assert_eq!(taken, n + usize::from(capacity.is_none()));
                    assert!(buf.is_sorted_by_key(Tracked::id));
                    drop((buf, displaced));
                    assert!(probe.is_woken());
                    assert!(block_on(flush).is_ok());
                    let sent = block_on(tx.send_many((0..n as u64).map(|id| ledger.make(id))));
                    assert_eq!(sent.ok(), Some(n));
                    if start % 2 == 0 {
                        drop(tx);
                        assert_eq!(rx.drain().count(), n);
                        assert_eq!(rx.try_recv().unwrap_err(), TryRecvError::Closed);
                    } else {
                        drop(rx);
                        assert!(tx.is_closed());
                    }
                    ledger.assert_all_dropped();
                }
            }
        )*};
    }
    of_each!(mpsc, mpmc, local);
}

/// C13 with threads: many senders and a receiver cross the wrap together.
#[test]
fn c13_threads_cross_the_wrap() {
    watchdog("c13 threads", Duration::from_secs(30), || {
        for capacity in WRAPPING {
            for round in 0..6 {
                let (tx, mut rx) = mpsc::__starting_near_wrap::<(u32, u32)>(capacity);
                std::thread::scope(|scope| {
                    for sender in 0..3 {
                        let tx = tx.clone();
                        scope.spawn(move || {
                            for seq in 0..60 {
                                tx.send((sender, seq)).wait().expect("open");
                            }
                        });
                    }
                    drop(tx);
                    let mut next = [0; 3];
                    while let Some((sender, seq)) = rx.recv().wait() {
                        assert_eq!(seq, next[sender as usize], "{capacity:?} round {round}");
                        next[sender as usize] += 1;
                    }
                    assert_eq!(next, [60; 3]);
                });
            }
        }
    });
}

/// C13: what lives when the receiver or the last handle goes at the wrap is dropped once.
#[test]
fn c13_dropped_at_the_wrap() {
    for capacity in WRAPPING.into_iter().filter(|n| *n != Some(0)) {
        for start in 0..100u64 {
            let ledger = Ledger::new();
            let (tx, mut rx) = mpsc::__starting_near_wrap::<Tracked>(capacity);
            for id in 0..start {
                tx.try_send(ledger.make(id)).unwrap();
                drop(rx.try_recv().unwrap());
            }
            let n = capacity.unwrap_or(40) as u64;
            for id in 0..n {
                tx.try_send(ledger.make(id)).unwrap();
            }
            let parked = capacity.map(|_| Put::Send.park(&tx, ledger.make(1000)));
            assert_eq!(tx.len() as u64, n, "{capacity:?} at {start}");
            drop(rx);
            assert_eq!(ledger.live().len(), parked.iter().len());
            if let Some(mut parked) = parked {
                assert_eq!(parked.finish().deliver(), Err(1000));
            }
            ledger.assert_all_dropped();
        }
    }
}
