//! Oneshots of a pool.

use std::sync::Mutex;

use waterway::oneshot::{self, Pool};
use waterway::{Closed, TryRecvError};

use crate::LIMIT;
use crate::support::memory::{assert_installed, growth};
use crate::support::{Ledger, Probe, Tracked, assert_pending, together, watchdog};

/// P59: one after another, all in the memory of the first.
#[test]
fn p59_one_memory_for_many() {
    assert_installed();
    let ledger = Ledger::with_room(200);
    let pool = Pool::<Tracked>::new(4);
    drop(pool.channel());
    let ((), grown) = growth(|| {
        for id in 0..100 {
            let (tx, mut rx) = pool.channel();
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            match id % 4 {
                0 => assert_eq!(tx.send(ledger.make(id)), Ok(())),
                1 => {
                    tx.send(ledger.make(id)).unwrap();
                    assert_eq!(rx.try_recv().unwrap(), id);
                }
                2 => drop(tx),
                _ => {
                    drop(rx);
                    assert_eq!(tx.send(ledger.make(id)).unwrap_err().0, id);
                }
            }
        }
    });
    assert_eq!((grown.calls, grown.bytes), (0, 0));
    assert_eq!(pool.kept(), 1);
    ledger.assert_all_dropped();
}

/// No more is kept than was asked for, and all of it is freed in the end, by whoever is the last.
#[test]
fn a_pool_keeps_so_many_and_no_more() {
    for most in [0, 1, 3, 100] {
        let ((), grown) = growth(|| {
            let pool = Pool::<u64>::new(most);
            assert_eq!((pool.capacity(), pool.kept()), (most, 0));
            let out: Vec<_> = (0..10).map(|_| pool.channel()).collect();
            assert_eq!(pool.kept(), 0);
            drop(out);
            assert_eq!(pool.kept(), most.min(10));
            let (tx, rx) = pool.channel();
            let other = pool.clone();
            drop(pool);
            assert_eq!(other.kept(), most.min(10).saturating_sub(1));
            drop(other);
            // The channel outlives its pool.
            tx.send(7).unwrap();
            assert_eq!(rx.wait(), Ok(7));
        });
        assert_eq!((grown.bytes, grown.blocks), (0, 0), "{most}");
    }
}

/// Memory in advance.
#[test]
fn a_pool_is_prepared() {
    let pool = Pool::<u64>::new(3);
    pool.prepare(2);
    pool.prepare(1);
    assert_eq!(pool.kept(), 2);
    pool.prepare(usize::MAX);
    assert_eq!(pool.kept(), 3);
    let ((), grown) = growth(|| drop([pool.channel(), pool.channel(), pool.channel()]));
    assert_eq!(grown.calls, 0);
    let debug = format!("{pool:?}");
    assert_eq!(debug, "Pool { kept: 3, capacity: 3, .. }");
}

/// What one use leaves does not reach the next: wakers, values, the end.
#[test]
fn a_pool_forgets() {
    let probe = Probe::new();
    let pool = Pool::<Box<u32>>::new(1);
    for turn in 0..6 {
        let (mut tx, mut rx) = pool.channel();
        assert!(!tx.is_closed() && !rx.is_closed() && rx.is_empty() && !rx.is_terminated());
        if turn % 2 == 0 {
            assert_pending(std::pin::Pin::new(&mut rx), &probe.waker());
            let waker = probe.waker();
            let mut context = std::task::Context::from_waker(&waker);
            assert!(tx.poll_closed(&mut context).is_pending());
        }
        match turn % 3 {
            0 => tx.send(Box::new(turn)).unwrap(),
            1 => assert!(rx.close()),
            _ => drop(tx),
        }
    }
    assert_eq!((pool.kept(), probe.refs()), (1, 0));
}

/// H63 within a pool: a channel that is reset stays out.
#[test]
fn a_pooled_channel_is_reset() {
    let pool = Pool::new(2);
    let (mut tx, mut rx) = pool.channel();
    for number in 0..3 {
        tx.send(number).unwrap();
        assert_eq!(rx.try_recv(), Ok(number));
        assert_eq!(pool.kept(), 0);
        tx = rx.try_reset().unwrap();
    }
    drop((tx, rx));
    assert_eq!(pool.kept(), 1);
}

/// Handles go in all threads at once, the pool with them.
#[test]
fn a_pool_is_shared_by_threads() {
    watchdog("pool", LIMIT, || {
        for round in 0..20 {
            let pool = Mutex::new(Some(Pool::<Box<usize>>::new(3)));
            let crossing = Mutex::new(Vec::new());
            together(4, |me| {
                let pool = pool.lock().unwrap().as_ref().expect("it is there").clone();
                for number in 0..200 {
                    let (tx, rx) = pool.channel();
                    let other = crossing.lock().unwrap().pop();
                    crossing.lock().unwrap().push((tx, number));
                    if let Some((tx, number)) = other {
                        let tx: oneshot::Sender<Box<usize>> = tx;
                        if (number + me) % 3 != 0 {
                            let _ = tx.send(Box::new(number));
                        }
                    }
                    if number % 5 == 0 {
                        drop(rx);
                    } else if let Ok(found) = rx.wait_timeout(std::time::Duration::ZERO) {
                        assert!(*found < 200);
                    }
                }
            });
            let pool = pool.into_inner().unwrap().unwrap();
            drop(crossing);
            assert!(pool.kept() <= 3, "round {round}");
        }
    });
}

/// A value that is sent and not taken, when the pool is gone.
#[test]
fn a_value_outlives_the_pool() {
    let ledger = Ledger::new();
    let pool = Pool::new(1);
    let (tx, rx) = pool.channel();
    let (other_tx, other_rx) = pool.channel();
    drop(pool);
    tx.send(ledger.make(1)).unwrap();
    assert_eq!(ledger.dropped(), 0);
    drop(rx);
    assert_eq!(ledger.dropped(), 1);
    drop(other_tx);
    assert_eq!(other_rx.wait(), Err(Closed));
}
