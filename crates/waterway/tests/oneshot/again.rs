//! The same memory again: `try_reset`, statics, and borrowed channels.

use std::pin::Pin;
use std::task::Poll;

use waterway::{TryRecvError, oneshot};

use crate::everywhere;
use crate::support::memory::growth;
use crate::support::{Ledger, Probe, Tracked, assert_pending, assert_ready, catch, poll_noop};

everywhere! {
    /// H63: no new sender while the last is there.
    fn no_reset_beside_the_sender(tx, rx, ledger) {
        assert!(rx.try_reset().is_none());
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(rx.try_recv().unwrap(), 1);
    }

    /// H63: after the value was taken, with what it left to say.
    fn reset_after_the_value(tx, rx, ledger) {
        let mut tx = tx;
        for id in 0..3 {
            tx.send(ledger.make(id)).unwrap();
            assert_eq!(rx.try_recv().unwrap(), id);
            assert!(rx.is_terminated());
            tx = rx.try_reset().unwrap();
            assert!(!rx.is_terminated() && !rx.is_closed() && rx.is_empty());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            assert!(tx.sends_to(&rx) && !tx.is_closed());
        }
    }

    /// H63: a value that nobody took is dropped by it.
    fn reset_over_a_value(tx, rx, ledger) {
        tx.send(ledger.make(1)).unwrap();
        let tx = rx.try_reset().unwrap();
        assert_eq!(ledger.dropped(), 1);
        tx.send(ledger.make(2)).unwrap();
        assert_eq!(rx.try_recv().unwrap(), 2);
    }

    /// H63: after the sender went, and after a close.
    fn reset_after_the_end(tx, rx, ledger) {
        rx.close();
        assert!(rx.try_reset().is_none());
        drop(tx);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        let tx = rx.try_reset().unwrap();
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(rx.try_recv().unwrap(), 1);
    }

    /// A receiver that waited before the reset waits anew after it.
    fn reset_after_a_wait(tx, rx, ledger) {
        let probe = Probe::new();
        assert_pending(Pin::new(&mut rx), &probe.waker());
        drop(tx);
        assert!(probe.take_woken());
        let tx = rx.try_reset().unwrap();
        assert_eq!(probe.refs(), 0);
        assert_pending(Pin::new(&mut rx), &probe.waker());
        tx.send(ledger.make(1)).unwrap();
        assert!(probe.take_woken());
        assert_eq!(assert_ready(Pin::new(&mut rx), &probe.waker()).unwrap(), 1);
    }
}

/// H63: a reset allocates nothing.
#[test]
fn a_reset_allocates_nothing() {
    let (mut tx, mut rx) = oneshot::channel();
    let ((), grown) = growth(|| {
        for number in 0..100_u64 {
            tx.send(number).unwrap();
            assert_eq!(rx.try_recv(), Ok(number));
            tx = rx.try_reset().unwrap();
        }
    });
    assert_eq!((grown.calls, grown.bytes), (0, 0));
}

/// A drop that panics in a reset, in a receiver's drop, and in a borrowed channel's.
#[test]
fn panicking_drops_leave_it_usable() {
    struct Bomb(Option<Tracked>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(self.0.is_none() || std::thread::panicking(), "a bomb");
        }
    }
    let ledger = Ledger::new();
    let bomb = |id| Bomb(Some(ledger.make(id)));
    let (tx, mut rx) = oneshot::channel();
    assert!(tx.send(bomb(1)).is_ok());
    assert!(catch(|| drop(rx.try_reset())).is_err());
    assert!(rx.is_terminated());
    let tx = rx.try_reset().expect("the sender is gone");
    assert!(tx.send(Bomb(None)).is_ok());
    assert!(rx.try_recv().is_ok());

    static CHANNEL: oneshot::Static<Bomb> = oneshot::Static::new();
    let (tx, rx) = CHANNEL.split();
    assert!(tx.send(bomb(2)).is_ok());
    assert!(catch(|| drop(rx)).is_err());
    drop(CHANNEL.try_split().expect("both are gone"));

    let mut channel = oneshot::Channel::new();
    let (tx, rx) = channel.split();
    assert!(tx.send(bomb(3)).is_ok());
    std::mem::forget(rx);
    assert!(catch(|| drop(channel.split())).is_err());
    let (tx, mut rx) = channel.split();
    assert!(tx.send(Bomb(None)).is_ok());
    assert!(rx.try_recv().is_ok());
    ledger.assert_all_dropped();
}

/// A static is split once at a time.
#[test]
fn a_static_is_split_once_at_a_time() {
    static CHANNEL: oneshot::Static<u8> = oneshot::Static::new();
    let (tx, rx) = CHANNEL.split();
    assert!(CHANNEL.try_split().is_none());
    drop(tx);
    assert!(CHANNEL.try_split().is_none());
    assert!(catch(|| CHANNEL.split()).is_err());
    drop(rx);
    let (tx, rx) = CHANNEL.split();
    drop(rx);
    assert!(CHANNEL.try_split().is_none());
    drop(tx);
    assert!(CHANNEL.try_split().is_some());
}

/// C4: handles of a borrowed channel that were leaked, at each stage, leave nothing to the next split.
#[test]
fn leaked_handles_of_a_borrowed_channel() {
    let ledger = Ledger::new();
    let probe = Probe::new();
    let mut channel = oneshot::Channel::new();
    for stage in 0..16 {
        {
            let (mut tx, mut rx) = channel.split();
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            if stage & 1 != 0 {
                assert_pending(Pin::new(&mut rx), &probe.waker());
            }
            if stage & 2 != 0 {
                let mut closed = tx.closed();
                assert_pending(Pin::new(&mut closed), &probe.waker());
                std::mem::forget(closed);
            }
            if stage & 4 != 0 {
                tx.send(ledger.make(stage)).unwrap();
            } else {
                std::mem::forget(tx);
            }
            if stage & 8 != 0 {
                std::mem::forget(rx);
            }
        }
        let (tx, rx) = channel.split();
        ledger.assert_all_dropped();
        assert_eq!(probe.refs(), 0, "stage {stage}");
        std::mem::forget((tx, rx));
    }
    // It is moved with what was left.
    let (tx, rx) = channel.split();
    tx.send(ledger.make(99)).unwrap();
    std::mem::forget(rx);
    let moved = Box::new(channel);
    assert_eq!(ledger.live(), [99]);
    drop(moved);
    ledger.assert_all_dropped();
}

/// Borrowed handles go to other threads, and their channel's owner comes back to it.
#[test]
fn borrowed_handles_cross_threads() {
    let mut channel = oneshot::Channel::new();
    for round in 0..500_u32 {
        let (tx, rx) = channel.split();
        std::thread::scope(|scope| {
            scope.spawn(move || tx.send(round).unwrap());
            if round % 2 == 0 {
                assert_eq!(rx.wait(), Ok(round));
            } else {
                scope.spawn(move || assert_eq!(rx.wait(), Ok(round)));
            }
        });
    }
}

/// What an operation that was leaked has left does not harm.
#[test]
fn leaked_operations() {
    let probe = Probe::new();
    let (mut tx, mut rx) = oneshot::channel();
    let mut recv = rx.recv();
    assert_pending(Pin::new(&mut recv), &probe.waker());
    std::mem::forget(recv);
    let mut closed = tx.closed();
    assert_pending(Pin::new(&mut closed), &probe.waker());
    std::mem::forget(closed);
    assert_eq!(probe.refs(), 2);
    tx.send(1).unwrap();
    assert_eq!((probe.refs(), probe.wakes()), (0, 1));
    assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Ok(1)));
}
