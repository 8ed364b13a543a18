//! Capacity 0: a send is done when its message was taken, and not before.
//!
//! What a rendezvous shares with the other forms is tested with them; here is what it has alone.

use super::{Make, rendezvous, senders};
use crate::statics::watched;
use crate::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, catch, poll_noop,
    spawn_sleeper, together,
};
use std::sync::Mutex;
use std::task::{Poll, Waker};
use std::time::Duration;
use waterway::{SendError, SendTimeoutError, TryRecvError, TrySendError};

/// With every way to make one.
fn all(name: &str, test: fn(Make<Tracked>)) {
    for (label, make) in rendezvous() {
        watched(&format!("{name}, {label}"), super::LIMIT, move || test(make));
    }
}

#[test]
fn nothing_is_ever_held() {
    all("nothing_is_ever_held", |make| {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make();
        assert_eq!((tx.capacity(), tx.len(), rx.len()), (Some(0), 0, 0));
        assert!(tx.is_empty() && rx.is_empty());
        assert!(matches!(tx.try_send(ledger.make(1)), Err(TrySendError::Full(v)) if v == 1));
        crowded! {
            assert!(matches!(tx.force_send(ledger.make(1)), Err(TrySendError::Full(v)) if v == 1));
        }
        let mut op = Box::pin(tx.send(ledger.make(2)));
        assert_pending(op.as_mut(), Waker::noop());
        assert_eq!(rx.len(), 0, "a parked message is its sender's");
        crowded! {
            assert_eq!(
                (tx.len(), rx.len()),
                (0, 0),
                "a parked message is its sender's"
            );
            assert!(matches!(
                tx.try_send(ledger.make(3)),
                Err(TrySendError::Full(_))
            ));
            assert!(matches!(
                tx.force_send(ledger.make(4)),
                Err(TrySendError::Full(_))
            ));
        }
        assert_eq!(rx.try_recv().expect("the parked send's"), 2);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        assert_eq!(assert_ready(op.as_mut(), Waker::noop()), Ok(()));
    });
}

peeking! {
    /// A message that was only looked at is not received yet.
    #[test]
    fn a_flush_waits_for_a_peeked_message() {
        all("a_flush_waits_for_a_peeked_message", |make| {
            for received in [true, false] {
                let ledger = Ledger::new();
                let (mut tx, mut rx) = make();
                let mut send = Box::pin(tx.send(ledger.make(1)));
                assert_pending(send.as_mut(), Waker::noop());
                assert_eq!(rx.try_peek().expect("the parked send's").id(), 1);
                drop(send);
                let probe = Probe::new();
                let mut flush = Box::pin(tx.flush());
                assert_pending(flush.as_mut(), &probe.waker());
                if received {
                    assert_eq!(rx.try_recv().expect("it was seen"), 1);
                } else {
                    drop(rx);
                }
                assert_eq!(probe.wakes(), 1);
                let flushed = assert_ready(flush.as_mut(), &probe.waker());
                assert_eq!(flushed.is_ok(), received);
            }
        });
    }
}

#[test]
fn there_are_no_permits() {
    all("there_are_no_permits", |make| {
        let (mut tx, rx) = make();
        for _ in 0..2 {
            assert!(matches!(tx.try_reserve(), Err(TrySendError::Full(()))));
            assert!(matches!(
                tx.try_reserve_many(1),
                Err(TrySendError::Full(()))
            ));
            assert!(matches!(finish!(tx.reserve()), Err(SendError(()))));
            assert!(matches!(finish!(tx.reserve_many(1)), Err(SendError(()))));
            assert!(block_on(tx.reserve()).is_err());
            let refused = tx.try_reserve_owned();
            tx = refused.expect_err("no permits").into_inner();
            assert_eq!(tx.id(), rx.id());
            // Nothing is asked for: that is there, or is not; but nobody waits for it.
            assert!(poll_noop(Box::pin(tx.reserve_many(0)).as_mut()).is_ready());
            let SendError(back) = block_on(tx.reserve_owned()).expect_err("no permits");
            assert_eq!(back.id(), rx.id());
            tx = back;
        }
        drop(rx);
    });
}

/// A send that is done was received, also if the receiver gave up in between.
#[test]
fn a_send_completes_only_when_taken() {
    all("a_send_completes_only_when_taken", |make| {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make();
        let (sends, recvs) = (Probe::new(), Probe::new());
        // The receiver first.
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &recvs.waker());
        let mut send = Box::pin(tx.send(ledger.make(1)));
        assert_pending(send.as_mut(), &sends.waker());
        assert_eq!(recvs.wakes(), 1);
        assert_pending(send.as_mut(), &sends.waker());
        drop(recv);
        assert_pending(send.as_mut(), &sends.waker());
        // A message never goes to a parked task behind its back, not even of `try_send`.
        let mut recv = Box::pin(rx.recv());
        let got = assert_ready(recv.as_mut(), &recvs.waker()).expect("open");
        assert_eq!(got, 1);
        assert!(sends.take_woken());
        assert_eq!(assert_ready(send.as_mut(), &sends.waker()), Ok(()));
        drop((recv, send));
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &recvs.waker());
        assert!(matches!(
            tx.try_send(ledger.make(2)),
            Err(TrySendError::Full(_))
        ));
    });
}

threaded! {
    #[test]
    fn try_send_reaches_a_waiting_thread() {
        all("try_send_reaches_a_waiting_thread", |make| {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = make();
            for id in 0..20 {
                let waits = spawn_sleeper(move || {
                    let got = if id % 2 == 0 {
                        rx.recv().wait()
                    } else {
                        rx.recv().wait_timeout(Duration::MAX).ok()
                    };
                    (got.map(|m| m.id()), rx)
                });
                waits.wait_asleep();
                tx.try_send(ledger.make(id)).expect("a thread waits");
                // It took one message, it cannot take two.
                let second = tx.try_send(ledger.make(1000));
                assert!(
                    matches!(second, Err(TrySendError::Full(_))),
                    "one thread, one message"
                );
                let (got, back) = waits.join();
                assert_eq!(got, Some(id));
                rx = back;
            }
            drop((tx, rx));
            ledger.assert_all_dropped();
        });
    }
}

threaded! {
    /// A hand-over to a thread whose time runs out is either complete or did not happen.
    #[test]
    fn a_timeout_looks_again() {
        all("a_timeout_looks_again", |make| {
            let ledger = Ledger::new();
            for round in 0..300u64 {
                let (mut tx, rx) = make();
                let (tx, rx) = (Mutex::new(tx), Mutex::new(Some(rx)));
                let outcome = together(2, |i| {
                    if i == 0 {
                        let mut rx = rx.lock().unwrap().take().unwrap();
                        let got = rx.recv().wait_timeout(Duration::from_micros(round % 40));
                        return got.is_ok();
                    }
                    let mut tx = tx.lock().unwrap();
                    let deadline = Duration::from_micros(40);
                    let start = std::time::Instant::now();
                    let mut message = ledger.make(round);
                    while start.elapsed() < deadline {
                        match tx.try_send(message) {
                            Ok(()) => return true,
                            Err(e) => message = e.into_inner(),
                        }
                    }
                    match tx.send(message).wait_timeout(Duration::from_micros(5)) {
                        Ok(()) => true,
                        Err(SendTimeoutError::Timeout(_) | SendTimeoutError::Closed(_)) => false,
                    }
                });
                assert_eq!(outcome[0], outcome[1], "round {round}: sent is received");
            }
            ledger.assert_all_dropped();
        });
    }
}

peeking! {
    /// Peek takes the message aside: the sender is done, and the message comes first and once.
    #[test]
    fn peek_takes_the_message_aside() {
        all("peek_takes_the_message_aside", |make| {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = make();
            assert!(matches!(rx.try_peek(), Err(TryRecvError::Empty)));
            let mut sends: Vec<_> = crowded_or!(
                (1..=2).map(|id| Box::pin(tx.send(ledger.make(id)))).collect(),
                vec![Box::pin(tx.send(ledger.make(1)))]
            );
            for send in &mut sends {
                assert_pending(send.as_mut(), Waker::noop());
            }
            assert_eq!(rx.try_peek().expect("parked"), &1);
            assert_eq!(rx.try_peek().expect("aside"), &1);
            crowded!(assert_pending(sends[1].as_mut(), Waker::noop()););
            assert_eq!(rx.try_recv().expect("the one peeked"), 1);
            assert_eq!(assert_ready(sends[0].as_mut(), Waker::noop()), Ok(()));
            crowded! {
                assert_eq!(rx.try_recv().expect("the next"), 2);
                assert_eq!(assert_ready(sends[1].as_mut(), Waker::noop()), Ok(()));
            }
            drop(sends);
            // Peeked and never taken.
            let mut send = Box::pin(tx.send(ledger.make(3)));
            assert_pending(send.as_mut(), Waker::noop());
            assert_eq!(rx.try_peek().expect("parked"), &3);
            drop(rx);
            let outcome = poll_noop(send.as_mut());
            assert!(matches!(outcome, Poll::Ready(_)));
            drop((outcome, send));
            ledger.assert_all_dropped();
        });
    }
}

#[test]
fn flush_has_nothing_to_wait_for() {
    all("flush_has_nothing_to_wait_for", |make| {
        let (mut tx, rx) = make();
        assert_eq!(finish!(tx.flush()), Ok(()));
        drop(rx);
    });
}

threaded! {
    #[test]
    fn many_threads_on_both_ends_of_a_hand_over() {
        all("many_threads", |make| {
            let ledger = Ledger::new();
            let (mut tx, rx) = make();
            let rx = Mutex::new(Some(rx));
            let txs = Mutex::new(senders(tx, 3));
            let n = txs.lock().unwrap().len() as u64;
            let sums = together(n as usize + 1, |i| {
                if i == 0 {
                    let mut rx = rx.lock().unwrap().take().unwrap();
                    return (0..n * 200)
                        .map(|_| rx.recv().wait().expect("open").id())
                        .sum::<u64>();
                }
                let mut tx = txs.lock().unwrap().pop().unwrap();
                for seq in 0..200u64 {
                    let message = ledger.make(seq);
                    if seq % 2 == 0 {
                        tx.send(message).wait().expect("open");
                    } else {
                        block_on(tx.send(message)).expect("open");
                    }
                }
                0
            });
            assert_eq!(sums[0], n * (0..200).sum::<u64>());
            ledger.assert_all_dropped();
        });
    }
}

#[test]
fn a_polled_out_operation_panics() {
    all("a_polled_out_operation_panics", |make| {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make();
        let mut send = Box::pin(tx.send(ledger.make(1)));
        assert_pending(send.as_mut(), Waker::noop());
        drop(rx.try_recv().expect("parked"));
        assert_ready(send.as_mut(), Waker::noop()).expect("taken");
        catch(|| poll_noop(send.as_mut())).expect_err("polled after its end");
    });
}
