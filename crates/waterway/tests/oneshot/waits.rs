//! Waiting: in tasks, in threads, for a limited time, and until something else.

use std::future::{pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures_core::FusedFuture;
use waterway::{Closed, Operation, RecvTimeoutError, Timeout, TryRecvError, Wait, oneshot};

use crate::support::{
    Probe, assert_pending, assert_ready, block_on, catch, poll_noop, spawn_sleeper, watchdog,
};
use crate::{LIMIT, everywhere};

const MOMENT: Duration = Duration::from_millis(2);

everywhere! {
    /// H61, H62, P55: one handle is awaited and waited for, by value and by reference.
    fn a_task_is_told_of_the_value(tx, rx, ledger) {
        let probe = Probe::new();
        {
            let mut recv = pin!(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            tx.send(ledger.make(1)).unwrap();
            assert_eq!(probe.wakes(), 1);
            assert!(!recv.is_terminated());
            assert_eq!(assert_ready(recv.as_mut(), &probe.waker()).unwrap(), 1);
            assert!(recv.is_terminated());
        }
        assert_eq!(probe.refs(), 0);
    }

    /// A receive that is given up has taken nothing.
    fn a_dropped_receive_has_taken_nothing(tx, rx, ledger) {
        let probe = Probe::new();
        {
            let mut recv = Box::pin(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            tx.send(ledger.make(1)).unwrap();
            assert!(probe.is_woken());
        }
        assert_eq!(rx.recv().wait().unwrap(), 1);
    }

    /// H64: a waker is left without a look, and woken by the value or the end, once.
    fn a_waker_is_left_without_a_look(tx, rx, ledger) {
        let (first, second) = (Probe::new(), Probe::new());
        assert!(rx.register_waker(&first.waker()));
        assert!(!rx.register_waker(&first.waker()));
        assert!(rx.register_waker(&second.waker()));
        assert_eq!((first.refs(), second.refs()), (0, 1));
        tx.send(ledger.make(1)).unwrap();
        assert_eq!((first.wakes(), second.wakes()), (0, 1));
        assert!(!rx.register_waker(&second.waker()), "nobody is left to wake it");
        assert_eq!(second.refs(), 0);
        assert_eq!(rx.try_recv().unwrap(), 1);
        let sender = rx.try_reset().unwrap();
        assert!(rx.register_waker(&first.waker()));
        drop(sender);
        assert_eq!((first.wakes(), first.refs()), (1, 0));
    }

    /// It goes with the receiver, and a wait takes its place.
    fn a_waker_that_was_left_goes(tx, rx, ledger) {
        let (first, second) = (Probe::new(), Probe::new());
        assert!(rx.register_waker(&first.waker()));
        assert_pending(pin!(rx.recv()).as_mut(), &second.waker());
        assert_eq!((first.refs(), second.refs()), (0, 0));
        assert!(rx.register_waker(&first.waker()));
        drop(rx);
        assert_eq!(first.refs(), 0);
        assert_eq!(tx.send(ledger.make(1)).unwrap_err().0, 1);
    }

    /// The same by a cancellation, and a spent operation is not polled.
    fn a_cancelled_receive_has_taken_nothing(tx, rx, ledger) {
        let probe = Probe::new();
        {
            let mut recv = Box::pin(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            recv.as_mut().cancel();
            assert_eq!(probe.refs(), 0);
            assert!(recv.is_terminated());
            let panic = catch(|| poll_noop(recv.as_mut())).unwrap_err();
            assert_eq!(panic, "an operation is polled until it is ready");
        }
        tx.send(ledger.make(1)).unwrap();
        assert!(!probe.is_woken());
        assert_eq!(rx.try_recv().unwrap(), 1);
    }

    /// Threads wait and are woken, by a value and by the end.
    fn threads_wait_for_one_another(tx, rx, ledger) {
        thread::scope(|scope| {
            let waiter = scope.spawn(move || rx.wait());
            scope.spawn(move || {
                thread::sleep(MOMENT);
                tx.send(ledger.make(1)).unwrap();
            });
            assert_eq!(waiter.join().unwrap().unwrap(), 1);
        });
    }

    /// A sender's thread waits for the receiver's end.
    fn a_thread_waits_for_the_end(tx, rx, ledger) {
        thread::scope(|scope| {
            let waiter = scope.spawn(move || {
                tx.closed().wait();
                tx.closed().wait();
                tx.send(ledger.make(1)).unwrap_err().0.id()
            });
            scope.spawn(move || {
                thread::sleep(MOMENT);
                drop(rx);
            });
            assert_eq!(waiter.join().unwrap(), 1);
        });
    }

    /// P55, E7: timed waits, with extremes; what was not taken stays.
    fn timed_waits_end(tx, rx, ledger) {
        let past = Instant::now() - MOMENT;
        for duration in [Duration::ZERO, MOMENT] {
            assert_eq!(rx.recv().wait_timeout(duration), Err(RecvTimeoutError::Timeout));
        }
        assert_eq!(rx.recv().wait_deadline(past), Err(RecvTimeoutError::Timeout));
        assert_eq!(tx.closed().wait_timeout(Duration::ZERO), Err(Timeout));
        assert_eq!(tx.closed().wait_deadline(past), Err(Timeout));
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(rx.recv().wait_deadline(past).unwrap(), 1);
        assert_eq!(rx.recv().wait_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
    }

    /// A handle that waits by value is gone when its time is up.
    fn a_timed_wait_by_value_ends_the_receiver(tx, rx, ledger) {
        assert_eq!(rx.wait_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
        assert!(tx.is_closed());
        drop(tx.send(ledger.make(1)).unwrap_err());
    }

    /// `until`: by value and by reference.
    fn waits_until_something_else(tx, rx, ledger) {
        assert_eq!(block_on(rx.recv().until(ready(()))), Err(RecvTimeoutError::Timeout));
        assert_eq!(block_on(tx.closed().until(ready(()))), Err(Timeout));
        assert_eq!(block_on((&mut rx).until(ready(()))), Err(RecvTimeoutError::Timeout));
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(block_on(rx.until(ready(()))).unwrap(), 1);
    }

    /// What `until` leaves behind: no waker, as soon as it has ended.
    fn until_leaves_nothing(tx, rx, _ledger) {
        let probe = Probe::new();
        let turns = std::cell::Cell::new(0);
        // Ready when it is polled the second time.
        let later = || poll_fn(|_| {
            turns.set(turns.get() + 1);
            if turns.get() % 2 == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        {
            let mut op = pin!((&mut rx).until(later()));
            assert_pending(op.as_mut(), &probe.waker());
            assert_eq!(probe.refs(), 1);
            assert!(assert_ready(op.as_mut(), &probe.waker()).is_err());
            assert_eq!(probe.refs(), 0);
        }
        let mut op = pin!(rx.until(later()));
        assert_pending(op.as_mut(), &probe.waker());
        assert_eq!(probe.refs(), 1);
        assert!(assert_ready(op.as_mut(), &probe.waker()).is_err());
        assert_eq!((probe.refs(), probe.wakes()), (0, 0));
        drop(tx);
    }

    /// What a wait by reference leaves when it is dropped in the middle: the handle's waker.
    fn until_by_reference_leaves_it_to_the_handle(tx, rx, _ledger) {
        let probe = Probe::new();
        {
            let mut op = pin!((&mut rx).until(pending::<()>()));
            assert_pending(op.as_mut(), &probe.waker());
        }
        assert_eq!(probe.refs(), 1);
        drop(rx);
        assert_eq!((probe.refs(), probe.wakes()), (0, 0));
        drop(tx);
    }

    /// Code that is generic over operations takes the receiver, by value, by reference and pinned.
    fn a_receiver_is_an_operation(tx, rx, ledger) {
        fn at_once<O: Wait>(op: O) -> O::Timed {
            op.wait_timeout(Duration::ZERO)
        }
        fn timed<O: Operation>(op: O) -> O::Timed {
            block_on(op.until(ready(())))
        }
        assert_eq!(at_once(&mut rx), Err(RecvTimeoutError::Timeout));
        assert_eq!(timed(&mut rx), Err(RecvTimeoutError::Timeout));
        assert_eq!(timed(Pin::new(&mut rx)), Err(Timeout));
        assert_eq!(at_once(tx.closed()), Err(Timeout));
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(at_once(rx).unwrap(), 1);
    }

    /// Results of `Wait` and of the methods are the same.
    fn a_receiver_waits_by_the_trait(tx, rx, _ledger) {
        assert_eq!(Wait::wait_deadline(&mut rx, Instant::now()), Err(RecvTimeoutError::Timeout));
        drop(tx);
        assert_eq!(Wait::wait(&mut rx), Err(Closed));
        assert_eq!(Wait::wait_timeout(&mut rx, MOMENT), Err(RecvTimeoutError::Closed));
        assert_eq!(Wait::wait(rx), Err(Closed));
    }
}

/// A thread that waits long sleeps, and is woken by the value, and by the sender's end.
#[test]
fn a_sleeping_thread_is_woken() {
    watchdog("sleepers", LIMIT, || {
        for send in [true, false] {
            let (tx, rx) = oneshot::channel();
            let sleeper = spawn_sleeper(move || rx.wait());
            sleeper.wait_asleep();
            let expected = if send {
                tx.send(7).unwrap();
                Ok(7)
            } else {
                drop(tx);
                Err(Closed)
            };
            assert_eq!(sleeper.join(), expected);
            let (mut tx, mut rx) = oneshot::channel::<u8>();
            let sleeper = spawn_sleeper(move || tx.closed().wait());
            sleeper.wait_asleep();
            if send {
                assert!(rx.close());
            } else {
                drop(rx);
            }
            sleeper.join();
        }
    });
}

/// A wait by a thread, another by a task, on one handle.
#[test]
fn a_handle_waits_in_both_ways() {
    let (tx, mut rx) = oneshot::channel();
    assert_eq!(
        rx.recv().wait_timeout(MOMENT),
        Err(RecvTimeoutError::Timeout)
    );
    assert!(poll_noop(Pin::new(&mut rx)).is_pending());
    assert_eq!(
        rx.recv().wait_timeout(MOMENT),
        Err(RecvTimeoutError::Timeout)
    );
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).unwrap();
    assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Ok(1)));
}

/// Many pairs, each end in a thread of its own that comes when it will.
#[test]
fn pairs_in_threads() {
    watchdog("pairs", LIMIT, || {
        for round in 0..2000_u32 {
            let (tx, rx) = oneshot::channel();
            let sender = thread::spawn(move || match round % 3 {
                0 => drop(tx),
                _ => tx.send(round).unwrap_or(()),
            });
            let found = if round % 2 == 0 {
                rx.wait()
            } else {
                block_on(rx)
            };
            assert_eq!(
                found,
                if round % 3 == 0 {
                    Err(Closed)
                } else {
                    Ok(round)
                }
            );
            sender.join().unwrap();
        }
    });
}
