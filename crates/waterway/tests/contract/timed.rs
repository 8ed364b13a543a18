//! Waits that end early: by time, by a future, by a cancel. Nothing is lost, and a pinned operation
//! keeps its place.

use super::Form;
use super::help::{fill, room, take_all};
use crate::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, catch, poll_noop, poll_once,
    spawn_sleeper,
};
use futures_core::FusedFuture;
use std::cell::Cell;
use std::future::{pending, ready};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use waterway::{Delivered, Operation, RecvTimeoutError, SendTimeoutError, Timeout, Wait};

crowded!(use super::help::park_sends;);

on_every_form!(
    a_pinned_recv_resumes,
    a_recv_until,
    cancel_of_a_recv,
    a_cancelled_operation_is_over,
    an_operation_is_cancelled_before_its_end,
    generic_code_waits,
    every_operation_can_be_timed,
);
on_parking_forms!(
    a_pinned_send_keeps_its_place,
    a_send_until,
    cancel_of_a_send,
    a_timed_out_send_is_never_delivered,
);
numbered! {
    on_parking_forms!(a_timed_batch_gives_back_the_rest);
    on_bounded_forms!(a_pinned_reserve_keeps_its_place);
}

const SHORT: Duration = Duration::from_micros(200);

/// A wait that is too short: of a thread, or else of a task whose time is up at once.
macro_rules! briefly {
    ($op:expr) => {
        threaded_or!($op.wait_timeout(SHORT), block_on($op.until(ready(()))))
    };
}

fn a_pinned_send_keeps_its_place<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    let mut first = Box::pin(tx.send(ledger.make(100)));
    // A time that is up before the thread has begun to wait would leave it unparked.
    assert_pending(first.as_mut(), Waker::noop());
    for _ in 0..3 {
        assert_eq!(briefly!(first.as_mut()), Err(Timeout));
    }
    threaded!(assert_eq!(first.as_mut().wait_deadline(Instant::now()), Err(Timeout)););
    // It is parked, though nobody waits on it: those who come later come later.
    crowded!(let mut behind = park_sends(&tx, &ledger, 101, 1););
    assert_eq!(at_once!(first.as_mut()), Err(Timeout));
    let got = take_all(&mut rx);
    assert_eq!(got, (0..full).chain(crowded_or!(100..102, 100..101)).collect::<Vec<_>>());
    assert_eq!(briefly!(first.as_mut()), Ok(Ok(())));
    crowded!(assert_eq!(assert_ready(behind[0].0.as_mut(), Waker::noop()).0, Ok(())););
    drop(first);
    // And it may be cancelled, with its message.
    fill::<F>(lend!(tx), &ledger);
    let mut op = Box::pin(tx.send(ledger.make(200)));
    assert_eq!(briefly!(op.as_mut()), Err(Timeout));
    assert_eq!(op.as_mut().cancel().expect("still parked"), 200);
    assert!(!take_all(&mut rx).contains(&200));
}

threaded! {
    on_parking_forms!(a_pinned_send_switches_from_thread_to_task);

    fn a_pinned_send_switches_from_thread_to_task<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        // Polled as a task, waited for by a thread, polled again, finished by a thread.
        let probe = Probe::new();
        let mut op = Box::pin(tx.send_owned(ledger.make(100)));
        assert_pending(op.as_mut(), &probe.waker());
        // Where the time is up before it has begun to wait, the task is the one that waits still.
        let replaced = (0..100).any(|_| {
            assert!(matches!(op.as_mut().wait_timeout(SHORT), Err(Timeout)));
            probe.refs() == 0
        });
        assert!(replaced, "the thread waits now, not the task");
        assert_pending(op.as_mut(), &probe.waker());
        assert_eq!(probe.refs(), 1);
        let thread = spawn_sleeper(move || op.as_mut().wait());
        thread.wait_asleep();
        assert_eq!(take_all(&mut rx).last(), Some(&100));
        let (sent, mut tx) = thread.join();
        assert_eq!(sent, Ok(()));
        assert_eq!((probe.wakes(), probe.refs()), (0, 0));
        // From thread to task.
        fill::<F>(lend!(tx), &ledger);
        let mut op = Box::pin(tx.send(ledger.make(101)));
        assert!(op.as_mut().wait_timeout(SHORT).is_err());
        assert_pending(op.as_mut(), &probe.waker());
        take_all(&mut rx);
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(op.as_mut(), &probe.waker()), Ok(()));
    }
}

numbered! {
    fn a_pinned_reserve_keeps_its_place<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        let mut op = Box::pin(tx.reserve());
        assert_pending(op.as_mut(), Waker::noop());
        assert!(matches!(briefly!(op.as_mut()), Err(Timeout)));
        crowded!(let behind = park_sends(&tx, &ledger, 100, 1););
        drop(rx.try_recv().expect("a message"));
        crowded!(assert_eq!(behind[0].1.wakes(), 0, "the reserve came first"););
        let permit = briefly!(op.as_mut())
            .expect("its turn")
            .expect("open");
        permit.send(ledger.make(50)).expect("open");
        let got = take_all(&mut rx);
        assert_eq!(got[room::<F>() - 1..], *crowded_or!([50, 100].as_slice(), &[50]));
    }
}

fn a_pinned_recv_resumes<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let mut op = Box::pin(rx.recv());
    assert!(matches!(briefly!(op.as_mut()), Err(Timeout)));
    assert!(matches!(at_once!(op.as_mut()), Err(Timeout)));
    let mut send = Box::pin(tx.send(ledger.make(1)));
    let _ = poll_noop(send.as_mut());
    let got = at_once!(op.as_mut()).expect("in time");
    assert_eq!(got.expect("open"), 1);
    drop((op, send));
    let mut op = Box::pin(rx.recv());
    assert!(briefly!(op.as_mut()).is_err());
    drop(tx);
    assert!(matches!(briefly!(op.as_mut()), Ok(None)));
    drop(op);
    // A pinned box waits as well, and is used up.
    assert!(finish!(Box::pin(rx.recv())).is_none());
}

fn a_send_until<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    let result = block_on(tx.send(ledger.make(100)).until(ready(())));
    assert!(matches!(result, Err(SendTimeoutError::Timeout(v)) if v == 100));
    // Both are polled, and whichever comes first wins.
    let probe = Probe::new();
    let stop = Cell::new(false);
    let until = std::future::poll_fn(|_| match stop.get() {
        true => Poll::Ready("whatever it gives"),
        false => Poll::Pending,
    });
    let mut op = Box::pin(tx.send(ledger.make(101)).until(until));
    assert_pending(op.as_mut(), &probe.waker());
    stop.set(true);
    let result = assert_ready(op.as_mut(), &probe.waker());
    assert!(matches!(result, Err(SendTimeoutError::Timeout(v)) if v == 101));
    drop(op);
    let mut op = Box::pin(tx.send(ledger.make(102)).until(pending::<()>()));
    assert_pending(op.as_mut(), &probe.waker());
    assert_eq!(
        take_all(&mut rx),
        (0..full).chain([102]).collect::<Vec<_>>()
    );
    assert!(probe.take_woken());
    assert!(matches!(assert_ready(op.as_mut(), &probe.waker()), Ok(())));
    drop(op);
    tx.close();
    let result = block_on(tx.send(ledger.make(103)).until(pending::<()>()));
    assert!(matches!(result, Err(SendTimeoutError::Closed(v)) if v == 103));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

fn a_recv_until<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let result = block_on(rx.recv().until(ready(7)));
    assert!(matches!(result, Err(RecvTimeoutError::Timeout)));
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv().until(pending::<()>()));
    assert_pending(op.as_mut(), &probe.waker());
    let mut send = Box::pin(tx.send(ledger.make(1)));
    let _ = poll_noop(send.as_mut());
    assert!(probe.take_woken());
    let got = assert_ready(op.as_mut(), &probe.waker());
    assert_eq!(got.expect("in time"), 1);
    drop((op, send));
    // An `until` that is dropped takes nothing along.
    let mut op = Box::pin(rx.recv().until(pending::<()>()));
    assert_pending(op.as_mut(), &probe.waker());
    let mut send = Box::pin(tx.send(ledger.make(2)));
    let _ = poll_noop(send.as_mut());
    drop(op);
    // What is there is taken, though the time is over: as with a deadline in the past.
    let got = block_on(rx.recv().until(ready(())));
    assert_eq!(got.expect("it was there"), 2);
    drop(send);
    drop(tx);
    let ended = block_on(rx.recv().until(pending::<()>()));
    assert!(matches!(ended, Err(RecvTimeoutError::Closed)));
    ledger.assert_all_dropped();
}

fn cancel_of_a_send<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    // Never polled.
    let mut op = Box::pin(tx.send(ledger.make(100)));
    assert_eq!(op.as_mut().cancel().expect("never sent"), 100);
    drop(op);
    // Parked.
    let probe = Probe::new();
    let mut op = Box::pin(tx.send(ledger.make(101)));
    assert_pending(op.as_mut(), &probe.waker());
    assert_eq!(op.as_mut().cancel().expect("not yet"), 101);
    assert_eq!(
        (probe.refs(), probe.wakes()),
        (0, 0),
        "the waker goes at once"
    );
    drop(op);
    // Pulled.
    let mut op = Box::pin(tx.send(ledger.make(102)));
    assert_pending(op.as_mut(), &probe.waker());
    assert_eq!(
        take_all(&mut rx),
        (0..full).chain([102]).collect::<Vec<_>>()
    );
    assert!(matches!(op.as_mut().cancel(), Err(Delivered)));
    drop(op);
    numbered! {
        // A batch, never polled and parked.
        let batch = || [200, 201].map(|id| ledger.make(id));
        let unsent = Box::pin(tx.send_many(batch())).as_mut().cancel();
        assert_eq!((unsent.sent, unsent.rest.count()), (0, 2));
        fill::<F>(lend!(tx), &ledger);
        let mut op = Box::pin(tx.send_many(batch()));
        assert_pending(op.as_mut(), Waker::noop());
        let unsent = op.as_mut().cancel();
        let rest: Vec<u64> = unsent.rest.map(|m| m.id()).collect();
        assert_eq!((unsent.sent, rest), (0, vec![200, 201]));
        drop(op);
    }
    drop(rx);
    ledger.assert_all_dropped();
}

fn cancel_of_a_recv<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv());
    assert_pending(op.as_mut(), &probe.waker());
    let mut send = Box::pin(tx.send(ledger.make(1)));
    let _ = poll_noop(send.as_mut());
    assert!(probe.take_woken());
    op.as_mut().cancel();
    assert_eq!(probe.refs(), 0);
    drop(op);
    assert_eq!(rx.try_recv().expect("not lost"), 1);
    let mut owned = Box::pin(rx.recv_owned());
    assert_pending(owned.as_mut(), &probe.waker());
    let mut rx = owned.as_mut().cancel();
    assert_eq!(probe.refs(), 0);
    peeking! {
        let mut peek = Box::pin(rx.peek());
        assert_pending(peek.as_mut(), &probe.waker());
        peek.as_mut().cancel();
        drop(peek);
    }
    drop(send);
    let mut closed = Box::pin(tx.closed());
    assert_pending(closed.as_mut(), &probe.waker());
    closed.as_mut().cancel();
    assert_eq!(probe.refs(), 0);
    assert!(rx.try_recv().is_err(), "that was the only one");
}

fn a_cancelled_operation_is_over<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let mut op = Box::pin(tx.send(ledger.make(1)));
    assert!(!op.is_terminated());
    drop(op.as_mut().cancel());
    assert!(op.is_terminated());
    catch(|| poll_noop(op.as_mut())).expect_err("polled after its end");
    drop(op);
    let mut op = Box::pin(rx.recv());
    assert!(!op.is_terminated());
    op.as_mut().cancel();
    assert!(op.is_terminated());
    catch(|| poll_noop(op.as_mut())).expect_err("polled after its end");
    drop(op);
    tx.close();
    let mut op = Box::pin(rx.recv());
    assert!(assert_ready(op.as_mut(), Waker::noop()).is_none());
    assert!(op.is_terminated());
    catch(|| poll_noop(op.as_mut())).expect_err("polled after its end");
    drop(op);
    drop(rx);
    ledger.assert_all_dropped();
}

/// Done, refused or cancelled: it has given away what it had, and a cancel after that is a panic that says
/// so and touches nothing, though the channel may be gone.
fn an_operation_is_cancelled_before_its_end<F: Form>() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum End {
        Done,
        Refused,
        Cancelled,
    }

    let ledger = Ledger::new();
    // On a new channel: `op` is done, at once or after `help`. Then `gone` goes.
    macro_rules! over {
        (|$tx:ident, $rx:ident| $op:expr, $help:expr $(, gone: $gone:ident)?) => {
            for end in [End::Done, End::Refused, End::Cancelled] {
                let (mut $tx, mut $rx) = F::make::<Tracked>();
                if end == End::Refused {
                    $rx.close();
                }
                let mut op = Box::pin($op);
                if end == End::Cancelled {
                    let _ = op.as_mut().cancel();
                } else if poll_noop(op.as_mut()).is_pending() {
                    assert_eq!(end, End::Done, "{}", stringify!($op));
                    let _help = $help;
                    assert!(poll_noop(op.as_mut()).is_ready(), "{}", stringify!($op));
                }
                $(drop($gone);)?
                let said = catch(|| {
                    let _ = op.as_mut().cancel();
                });
                let said = said.expect_err(stringify!($op));
                assert!(said.contains("cancelled"), "{}: {said}", stringify!($op));
                assert!(op.is_terminated());
            }
        };
    }

    let message = || ledger.make(1);
    numbered!(let batch = || [1, 2].map(|id| ledger.make(id)););
    over!(|tx, rx| tx.send(message()), rx.try_recv());
    over!(|tx, rx| tx.send_owned(message()), rx.try_recv(), gone: rx);
    over!(|tx, rx| tx.closed(), rx.close());
    numbered! {
        over!(|tx, rx| tx.send_many(batch()), take_all(&mut rx));
        over!(|tx, rx| tx.reserve(), ());
        over!(|tx, rx| tx.reserve_many(1), ());
        over!(|tx, rx| tx.reserve_owned(), (), gone: rx);
        over!(|tx, rx| tx.flush(), ());
    }
    over!(|tx, rx| rx.recv(), {
        let mut send = Box::pin(tx.send(message()));
        let _ = poll_noop(send.as_mut());
        send
    });
    over!(|tx, rx| rx.recv_owned(), tx.close(), gone: tx);
    gathering! {
        let mut buffer = Vec::new();
        over!(|tx, rx| rx.recv_many(&mut buffer, 2), tx.close());
        drop(buffer);
    }
    peeking!(over!(|tx, rx| rx.peek(), tx.close()););
    ledger.assert_all_dropped();
}

fn a_timed_out_send_is_never_delivered<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    for id in 100..103 {
        let late = briefly!(tx.send(ledger.make(id)));
        assert!(matches!(late, Err(SendTimeoutError::Timeout(v)) if v == id));
        let mut op = Box::pin(tx.send(ledger.make(id + 100)));
        assert!(briefly!(op.as_mut()).is_err());
        drop(op);
        owning! {
            let (late, back) = briefly!(tx.send_owned(ledger.make(id + 200)));
            tx = back;
            assert!(late.is_err_and(|e| e.is_timeout()));
        }
    }
    assert_eq!(take_all(&mut rx), (0..full).collect::<Vec<_>>());
    ledger.assert_all_dropped();
}

numbered! {
    fn a_timed_batch_gives_back_the_rest<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let n = room::<F>() + 5;
        let batch: Vec<Tracked> = (0..n as u64).map(|id| ledger.make(id)).collect();
        let late = briefly!(tx.send_many(batch));
        let Err(SendTimeoutError::Timeout(unsent)) = late else {
            panic!("there is not that much room")
        };
        assert_eq!(unsent.sent, room::<F>());
        let rest: Vec<u64> = unsent.rest.map(|m| m.id()).collect();
        assert_eq!(rest, (room::<F>() as u64..n as u64).collect::<Vec<_>>());
        assert_eq!(
            take_all(&mut rx),
            (0..room::<F>() as u64).collect::<Vec<_>>()
        );
        ledger.assert_all_dropped();
    }
}

threaded! {
    on_every_form!(waits_last_as_long_as_asked);

    fn waits_last_as_long_as_asked<F: Form>() {
        let (mut tx, mut rx) = F::make::<u8>();
        for patience in [Duration::from_millis(1), Duration::from_millis(12)] {
            let start = Instant::now();
            assert_eq!(
                rx.recv().wait_timeout(patience),
                Err(RecvTimeoutError::Timeout)
            );
            assert!(start.elapsed() >= patience, "not before");
            let deadline = Instant::now() + patience;
            assert_eq!(tx.closed().wait_deadline(deadline), Err(Timeout));
            assert!(Instant::now() >= deadline);
        }
        // Unparked for no reason, it waits on, and not from the start again.
        let start = Instant::now();
        let receiver = spawn_sleeper(move || rx.recv().wait_timeout(Duration::from_millis(30)));
        let disturbed = receiver.disturb_until_finished();
        assert_eq!(receiver.join(), Err(RecvTimeoutError::Timeout));
        let elapsed = start.elapsed();
        assert!(
            elapsed >= Duration::from_millis(30),
            "after {disturbed} spurious unparks"
        );
        assert!(
            elapsed < Duration::from_secs(10),
            "the time does not start anew: {elapsed:?}"
        );
    }
}

threaded! {
    fn waits<Op: Wait>(op: Op) -> Op::Output {
        op.wait()
    }

    fn waits_a_while<Op: Wait>(op: Op) -> Op::Timed {
        op.wait_timeout(SHORT)
    }
}

/// The traits say the same as the inherent methods, also through pins.
fn generic_code_waits<F: Form>() {
    async fn awaits_a_while<Op: Operation>(op: Op) -> Op::Timed {
        op.until(ready(())).await
    }
    let (mut tx, mut rx) = F::make::<u8>();
    assert_eq!(
        block_on(awaits_a_while(rx.recv())),
        Err(RecvTimeoutError::Timeout)
    );
    let mut op = Box::pin(rx.recv());
    threaded!(assert_eq!(waits_a_while(op.as_mut()), Err(Timeout)););
    assert_eq!(block_on(awaits_a_while(op.as_mut())), Err(Timeout));
    let mut send = Box::pin(tx.send(3));
    let _ = poll_noop(send.as_mut());
    assert_eq!(block_on(awaits_a_while(op.as_mut())), Ok(Some(3)));
    drop((op, send));
    threaded! {
        assert_eq!(waits_a_while(rx.recv()), Err(RecvTimeoutError::Timeout));
        assert_eq!(waits_a_while(Box::pin(rx.recv())), Err(Timeout));
        let mut op = Box::pin(rx.recv());
        let mut send = Box::pin(tx.send(4));
        let _ = poll_noop(send.as_mut());
        assert_eq!(waits(op.as_mut()), Some(4));
        drop((op, send));
    }
    tx.close();
    threaded! {
        assert_eq!(waits(rx.recv()), None);
        assert_eq!(waits(Box::pin(tx.send(5))).map_err(|e| e.0), Err(5));
    }
    assert_eq!(
        block_on(awaits_a_while(rx.recv())),
        Err(RecvTimeoutError::Closed)
    );
}

/// Each operation of the table, once by each of the timed ways.
fn every_operation_can_be_timed<F: Form>() {
    macro_rules! four {
        ($operation:expr, $judge:expr, $expected:expr $(,)?) => {{
            let expected = $expected;
            threaded! {
                let now = Instant::now();
                let timed = $operation.wait_timeout(Duration::ZERO);
                assert_eq!(($judge)(timed), expected);
                let timed = $operation.wait_timeout(SHORT);
                assert_eq!(($judge)(timed), expected);
                let timed = $operation.wait_deadline(now);
                assert_eq!(($judge)(timed), expected);
            }
            let timed = block_on($operation.until(ready(())));
            assert_eq!(($judge)(timed), expected);
        }};
    }
    let (mut tx, rx) = F::make::<u8>();
    four!(tx.closed(), |r| r, Err(Timeout));
    let rx = std::sync::Mutex::new(Some(rx));
    owning! {
        four!(
            rx.lock().unwrap().take().unwrap().recv_owned(),
            |(r, back)| {
                *rx.lock().unwrap() = Some(back);
                r
            },
            Err(RecvTimeoutError::Timeout),
        );
    }
    let mut rx = rx.into_inner().unwrap().unwrap();
    gathering!(let mut buffer = Vec::new(););
    for _ in 0..2 {
        gathering! {
            let timed = briefly!(rx.recv_many(&mut buffer, 2));
            assert_eq!(timed, Err(RecvTimeoutError::Timeout));
            let timed = block_on(rx.recv_many(&mut buffer, 2).until(ready(())));
            assert_eq!(timed, Err(RecvTimeoutError::Timeout));
        }
        peeking! {
            assert_eq!(briefly!(rx.peek()), Err(RecvTimeoutError::Timeout));
            assert_eq!(
                block_on(rx.peek().until(ready(()))),
                Err(RecvTimeoutError::Timeout)
            );
        }
    }
    (0..room::<F>()).for_each(|_| tx.try_send(0).expect("room"));
    numbered! {
        if F::BUFFERS {
            four!(tx.flush(), |r: Result<_, SendTimeoutError<_>>| r.is_err_and(|e| e.is_timeout()), true);
        }
    }
    if F::CAPACITY.is_none() {
        return;
    }
    four!(tx.send(1), |r: Result<_, SendTimeoutError<_>>| r.is_err_and(|e| e.is_timeout()), true);
    crowded! { owning! {
        four!(
            tx.clone().send_owned(1),
            |(r, _): (Result<_, SendTimeoutError<_>>, _)| r.is_err_and(|e| e.is_timeout()),
            true,
        );
    } }
    numbered! {
        four!(
            tx.send_many([1, 2]),
            |r: Result<_, SendTimeoutError<_>>| r.is_err_and(|e| e.is_timeout()),
            true,
        );
        if F::BUFFERS {
            four!(tx.reserve(), |r: Result<_, SendTimeoutError<_>>| r.is_err_and(|e| e.is_timeout()), true);
            four!(
                tx.reserve_many(1),
                |r: Result<_, SendTimeoutError<_>>| r.is_err_and(|e| e.is_timeout()),
                true,
            );
            crowded! { owning! {
                let judge = |r: Result<_, SendTimeoutError<super::kind::Sender<u8>>>| match r {
                    Err(SendTimeoutError::Timeout(back)) => back.same_channel(&tx),
                    _ => false,
                };
                four!(tx.clone().reserve_owned(), |r: Result<_, SendTimeoutError<_>>| judge(r.map(drop)), true);
            } }
        }
    }
    assert_eq!(
        values!(rx, try_iter).count(),
        room::<F>(),
        "none of them sent anything"
    );
    let polled = poll_once(Box::pin(rx.recv()).as_mut(), Waker::noop());
    assert_eq!(polled, Poll::Pending);
}
