//! What other channel systems can do, one by one: the rows of `docs/parity.md` that no other test shows.
//!
//! A test's name begins with the row it is for (`b36_…`) and its doc line cites the row; what it asserts is
//! how it is here, which may deliberately be otherwise there. Each runs over every form of the channel
//! in which it makes sense.

mod support;

#[path = "pains/kit.rs"]
#[allow(dead_code, reason = "shared with pains.rs, which uses all of it")]
mod kit;

use std::error::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use futures_core::FusedFuture;
use kit::{
    BOUNDED, Bounded, Case, FILLABLE, FORMS, Form, Get, Put, SLOTTED, Unbounded, Waiting, fill,
    post, take_all,
};
use support::memory::{self, Counting, growth};
use support::{
    Event, Ledger, Probe, Tracked, assert_ready, catch, poll_noop, poll_once, spawn_sleeper,
    watchdog,
};
use waterway::mpsc::{Receiver, Sender};
use waterway::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, Timeout, TryRecvError, TrySendError,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LIMIT: Duration = Duration::from_secs(30);

/// H25: a peek neither frees the slot nor lets anybody in; the receive after it does.
#[test]
fn h25_a_peek_makes_no_room() {
    for form in FILLABLE {
        for put in Put::ALL {
            for by_try in [true, false] {
                let _case = Case::new((form, put, by_try));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let n = fill(form, &tx, &ledger);
                let mut waiting = put.park(&tx, ledger.make(100));
                for _ in 0..3 {
                    let seen = if by_try {
                        rx.try_peek().ok().map(Tracked::id)
                    } else {
                        assert_ready(pin!(rx.peek()), Waker::noop()).map(Tracked::id)
                    };
                    assert_eq!(seen, Some(0));
                    assert!(!waiting.woken(), "a look is no receive");
                    assert_eq!((tx.len(), tx.is_full()), (n, true));
                    assert!(tx.try_send(ledger.make(9)).is_err_and(|e| e.is_full()));
                }
                assert_eq!(rx.try_recv().expect("what was peeked"), 0);
                assert_eq!(waiting.finish().deliver(), Ok(()));
                assert_eq!(take_all(&mut rx).last(), Some(&100));
            }
        }
    }
}

/// H28 ⚠: a sender that the receiver made, and its clones, keep the channel as any other does: usable, and
/// freed with the last handle, whichever that is.
#[test]
fn h28_a_sender_made_by_the_receiver_leaks_nothing() {
    fn play(form: Form, receiver_first: bool) {
        let (tx, mut rx) = form.open::<Box<u64>>();
        drop(tx);
        for round in 0..3 {
            let made = rx.new_sender();
            let (clone, more) = (made.clone(), rx.new_sender());
            drop(made);
            let mut send = pin!(clone.send(Box::new(round)));
            let sent = poll_noop(send.as_mut()).is_ready();
            assert_eq!(rx.try_recv(), Ok(Box::new(round)));
            assert!(sent || poll_noop(send.as_mut()).is_ready());
            assert_eq!(clone.sender_count(), 2);
            drop(more.clone());
        }
        let last = rx.new_sender();
        let clone = last.clone();
        if form != Bounded(0) {
            clone.try_send(Box::new(9)).expect("room");
        }
        if receiver_first {
            drop(rx);
            drop((last, clone));
        } else {
            drop((last, clone));
            drop(rx);
        }
    }
    memory::assert_installed();
    for form in FORMS {
        for receiver_first in [true, false] {
            let _case = Case::new((form, receiver_first));
            let ((), grown) = growth(|| (0..50).for_each(|_| play(form, receiver_first)));
            assert_eq!((grown.bytes, grown.blocks), (0, 0), "left behind");
        }
    }
}

/// H51 ⚠: a send that is polled again with the very same waker while it still waits keeps its message; so it
/// does when others are served before it.
#[test]
fn h51_a_repolled_send_keeps_its_message() {
    for form in BOUNDED {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            fill(form, &tx, &ledger);
            let mut first = Put::Send.park(&tx, ledger.make(200));
            let mut waiting = put.park(&tx, ledger.make(100));
            let poll_again = |waiting: &mut Waiting<'_, _>| {
                for _ in 0..3 {
                    assert!(waiting.poll().is_pending());
                    assert_eq!(ledger.drops_of(100), 0, "lost on the way");
                }
            };
            poll_again(&mut waiting);
            let mut got = vec![rx.try_recv().expect("the oldest").id()];
            assert_eq!(first.finish().deliver(), Ok(()));
            // The room is the first one's, and nobody steals what comes next.
            poll_again(&mut waiting);
            assert!(tx.try_send(ledger.make(300)).is_err_and(|e| e.is_full()));
            poll_again(&mut waiting);
            got.extend(take_all(&mut rx));
            assert_eq!(waiting.finish().deliver(), Ok(()));
            got.extend(take_all(&mut rx));
            let mut expected: Vec<u64> = (0..form.slots() as u64).collect();
            expected.extend([200, 100]);
            assert_eq!(got, expected);
        }
    }
}

/// B16 ⚠: a thread that waits for a limited time is not made to wait longer by wakes for no reason, and when
/// its time is up it has left the queue: its message comes back, and the room goes to others.
#[test]
fn b16_a_disturbed_timed_send_ends_in_time() {
    const PATIENCE: Duration = Duration::from_millis(20);
    type TimedPut = fn(&Sender<Tracked>, Tracked) -> Result<Tracked, &'static str>;
    const PUTS: [(&str, TimedPut); 3] = [
        ("send", |tx, message| {
            let late = tx.send(message).wait_timeout(PATIENCE);
            match late.expect_err("full") {
                SendTimeoutError::Timeout(back) => Ok(back),
                SendTimeoutError::Closed(_) => Err("closed"),
            }
        }),
        ("send_many", |tx, message| {
            let late = tx.send_many([message]).wait_timeout(PATIENCE);
            match late.expect_err("full") {
                SendTimeoutError::Timeout(mut unsent) => unsent.rest.next().ok_or("lost"),
                SendTimeoutError::Closed(_) => Err("closed"),
            }
        }),
        ("reserve", |tx, message| {
            match tx.reserve().wait_timeout(PATIENCE) {
                Err(SendTimeoutError::Timeout(())) => Ok(message),
                _ => Err("not late"),
            }
        }),
    ];
    watchdog("b16", LIMIT, || {
        for form in BOUNDED {
            for (how, put) in PUTS {
                if form == Bounded(0) && how == "reserve" {
                    continue;
                }
                let _case = Case::new((form, how));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let n = fill(form, &tx, &ledger) as u64;
                let (lent, message) = (tx.clone(), ledger.make(100));
                let start = Instant::now();
                let sender = spawn_sleeper(move || (put(&lent, message), start.elapsed()));
                sender.disturb_until_finished();
                let (back, elapsed) = sender.join();
                assert_eq!(back.expect("it comes back"), 100);
                assert!(elapsed >= PATIENCE, "too early: {elapsed:?}");
                assert!(
                    elapsed < Duration::from_secs(10),
                    "the time began anew: {elapsed:?}"
                );
                let mut next = Put::Send.park(&tx, ledger.make(200));
                assert_eq!(take_all(&mut rx), (0..n).chain([200]).collect::<Vec<u64>>());
                assert_eq!(next.finish().deliver(), Ok(()));
            }
        }
    });
}

/// B33 ⚠, H30, K38: the receiver's `is_closed` is true when the last sender went, not one earlier, though
/// messages are left; and false again when there is a new one.
#[test]
fn b33_closed_is_said_when_the_last_sender_went() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let weak = tx.downgrade();
        let mut senders = vec![tx.clone(), tx.clone(), tx];
        let n = fill(form, &senders[0], &ledger);
        while senders.pop().is_some() {
            assert_eq!(rx.is_closed(), senders.is_empty(), "{}", senders.len());
        }
        assert_eq!(rx.len(), n, "what was sent is there");
        assert_eq!(take_all(&mut rx).len(), n);
        assert!(rx.is_closed());
        assert!(weak.upgrade().is_none());
        let again = rx.new_sender();
        assert!(!rx.is_closed() && !again.is_closed());
        drop(again);
        assert!(rx.is_closed());
    }
    // A permit may hold the last one.
    for form in SLOTTED {
        let _case = Case::new(form);
        let (tx, rx) = form.open::<Tracked>();
        let permit = tx.try_reserve_owned().expect("room");
        assert!(!rx.is_closed());
        drop(permit);
        assert!(rx.is_closed());
    }
}

/// Panics with `held` in its hands: that is dropped while the panic unwinds.
fn drop_in_a_panic<T>(held: T) {
    let panic = catch(move || {
        let _held = held;
        panic!("as a test wants it");
    });
    assert_eq!(panic, Err("as a test wants it".to_owned()));
}

/// B36 ⚠: an end that a panic brings about is an end: the receiver's.
#[test]
fn b36_a_receiver_dropped_by_a_panic_closes_the_channel() {
    for form in FORMS {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            fill(form, &tx, &ledger);
            let mut parked: Vec<_> = (100..103)
                .filter(|_| form != Unbounded)
                .map(|id| put.park(&tx, ledger.make(id)))
                .collect();
            let mut closed = Waiting::park(tx.closed());
            drop_in_a_panic(rx);
            assert!(tx.is_closed());
            closed.finish();
            for (id, parked) in (100..).zip(&mut parked) {
                assert_eq!(parked.finish().deliver(), Err(id));
            }
            drop(parked);
            // Nothing waits in it for the last sender to go.
            ledger.assert_all_dropped();
            let refused = tx.try_send(ledger.make(1));
            assert!(refused.is_err_and(|e| e.is_closed()));
        }
    }
}

/// B36 ⚠, for senders: the receiver gets what was sent, and then the end, by every way to receive.
#[test]
fn b36_a_sender_dropped_by_a_panic_is_gone() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut recv = get.park(&mut rx);
            drop_in_a_panic(tx.clone());
            assert!(!recv.woken(), "a sender lives");
            drop_in_a_panic(tx);
            assert_eq!(recv.finish(), None);
            drop(recv);

            let tx = rx.new_sender();
            let n = fill(form, &tx, &ledger) as u64;
            drop_in_a_panic(tx);
            for id in 0..n {
                assert_eq!(get.start(&mut rx).poll(), std::task::Poll::Ready(Some(id)));
            }
            assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
            assert!(rx.is_closed());
        }
    }
}

/// B36 ⚠, for what waits or holds room: a panic that drops it makes way for the others.
#[test]
fn b36_what_a_panic_drops_makes_way() {
    for form in BOUNDED {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let n = fill(form, &tx, &ledger) as u64;
            let first = put.park(&tx, ledger.make(100));
            let mut second = put.park(&tx, ledger.make(200));
            drop_in_a_panic(first);
            let mut got = take_all(&mut rx);
            assert_eq!(second.finish().deliver(), Ok(()));
            got.extend(take_all(&mut rx));
            assert_eq!(got, (0..n).chain([200]).collect::<Vec<u64>>());
        }
    }
    for form in FILLABLE {
        for put in Put::ALL {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, _rx) = form.open();
            let all = tx.try_reserve_many(form.slots()).expect("all there are");
            let mut waiting = put.park(&tx, ledger.make(100));
            drop_in_a_panic(all);
            assert_eq!(waiting.finish().deliver(), Ok(()));
        }
    }
}

/// B39: what nobody waited for is not remembered as a wake-up: who comes later waits until it is his turn,
/// and is woken once.
#[test]
fn b39_wakes_that_nobody_waited_for_are_not_kept() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            for _ in 0..5 {
                fill(form, &tx, &ledger);
                take_all(&mut rx);
            }
            let mut recv = get.park(&mut rx);
            assert!(recv.poll().is_pending());
            assert_eq!(recv.probe.wakes(), 0, "woken by an earlier message");
            let _sent = post(&tx, ledger.make(1));
            assert_eq!(recv.finish(), Some(1));
            assert_eq!(recv.probe.wakes(), 1);
        }
        if form == Unbounded {
            continue;
        }
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            for _ in 0..5 {
                fill(form, &tx, &ledger);
                take_all(&mut rx);
            }
            fill(form, &tx, &ledger);
            let mut waiting = put.park(&tx, ledger.make(100));
            assert!(waiting.poll().is_pending());
            assert_eq!(waiting.probe.wakes(), 0, "woken by an earlier receive");
            rx.try_recv().expect("full, or parked");
            assert_eq!(waiting.finish().deliver(), Ok(()));
            assert_eq!(waiting.probe.wakes(), 1);
        }
    }
}

/// I23: a cancel that comes when the operation has given its handle back is a panic of the caller's and no
/// more: who waits by that handle then is still woken, and the channel may be gone.
#[test]
fn i23_a_cancel_after_the_end_touches_nothing() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, rx) = form.open();
        let mut recv = Box::pin(rx.recv_owned());
        let mut sent = post(&tx, ledger.make(1));
        let (got, mut rx) = assert_ready(recv.as_mut(), Waker::noop());
        assert_eq!(got.expect("open"), 1);
        if form == Bounded(0) {
            assert_eq!(sent.finish().deliver(), Ok(()));
        }
        let mut waiting = Get::PollRecv.park(&mut rx);
        assert!(catch(|| drop(recv.as_mut().cancel())).is_err());
        let _sent = post(&tx, ledger.make(2));
        assert_eq!(waiting.finish(), Some(2), "its wake-up was cancelled");
        drop(waiting);
        drop(recv);

        let mut send = Box::pin(tx.clone().send_owned(ledger.make(3)));
        let sent = poll_noop(send.as_mut()).is_ready();
        assert_eq!(rx.try_recv().expect("sent, or parked"), 3);
        assert!(sent || poll_noop(send.as_mut()).is_ready());
        assert!(catch(|| drop(send.as_mut().cancel())).is_err());
        if form != Bounded(0) {
            let mut reserve = Box::pin(tx.clone().reserve_owned());
            let permit = assert_ready(reserve.as_mut(), Waker::noop());
            assert!(catch(|| drop(reserve.as_mut().cancel())).is_err());
            let (sent, _) = permit.expect("room").send(ledger.make(4));
            sent.expect("its room is still reserved");
        }
        drop((send, rx));
        ledger.assert_all_dropped();
    }
}

/// I24: every operation tells when it has come to its end, completed or cancelled, and polling it after that
/// is a panic, not a wait for ever.
#[test]
fn i24_every_operation_tells_its_end() {
    /// On a new channel of the form: `op` waits, `end` completes it.
    macro_rules! ends {
        ($form:expr, full: $full:expr, |$tx:ident, $rx:ident| $op:expr, $end:expr) => {
            for cancels in [true, false] {
                let _case = Case::new(($form, stringify!($op), cancels));
                #[allow(unused_mut, reason = "for those that receive")]
                let ($tx, mut $rx) = $form.open::<u8>();
                if $full {
                    (0..$form.slots()).for_each(|_| $tx.try_send(0).expect("room"));
                }
                // Not each uses both.
                let _ = (&$tx, &$rx);
                let mut op = Box::pin($op);
                assert!(!op.is_terminated());
                assert!(poll_noop(op.as_mut()).is_pending());
                assert!(!op.is_terminated());
                if cancels {
                    let _ = op.as_mut().cancel();
                } else {
                    let _ = $end;
                    let _ = assert_ready(op.as_mut(), Waker::noop());
                }
                assert!(op.is_terminated());
                let again = catch(|| poll_noop(op.as_mut()).is_pending());
                assert!(again.is_err(), "polled after its end");
                assert!(op.is_terminated());
            }
        };
    }
    for form in FORMS {
        let mut buffer = Vec::new();
        ends!(form, full: false, |tx, rx| tx.closed(), tx.close());
        ends!(form, full: false, |tx, rx| rx.recv(), tx.close());
        ends!(form, full: false, |tx, rx| rx.recv_owned(), tx.close());
        ends!(form, full: false, |tx, rx| rx.recv_many(&mut buffer, 2), tx.close());
        ends!(form, full: false, |tx, rx| rx.peek(), tx.close());
    }
    for form in BOUNDED {
        ends!(form, full: true, |tx, rx| tx.send(1), rx.try_recv());
        ends!(form, full: true, |tx, rx| tx.clone().send_owned(1), rx.try_recv());
        ends!(form, full: true, |tx, rx| tx.send_many([1]), rx.try_recv());
    }
    for form in FILLABLE {
        ends!(form, full: true, |tx, rx| tx.reserve(), rx.try_recv());
        ends!(form, full: true, |tx, rx| tx.reserve_many(1), rx.try_recv());
        ends!(form, full: true, |tx, rx| tx.clone().reserve_owned(), rx.try_recv());
    }
    for form in SLOTTED {
        ends!(form, full: true, |tx, rx| tx.flush(), rx.drain().count());
    }
}

/// I30: a channel asks nothing of its messages; those that cannot leave their thread are passed on it.
#[test]
fn i30_messages_may_be_bound_to_their_thread() {
    for form in FORMS {
        let _case = Case::new(form);
        let shared = Rc::new(7);
        let (tx, mut rx) = form.open::<Rc<i32>>();
        for _ in 0..3 {
            let mut send = pin!(tx.send(Rc::clone(&shared)));
            let sent = poll_noop(send.as_mut()).is_ready();
            let got = rx.recv().wait().expect("sent, or parked");
            assert!(Rc::ptr_eq(&got, &shared));
            assert!(sent || poll_noop(send.as_mut()).is_ready());
        }
        // With the receiver goes what is there; what is parked comes back.
        let mut left = pin!(tx.send(Rc::clone(&shared)));
        let sent = poll_noop(left.as_mut()).is_ready();
        drop(rx);
        assert!(sent || poll_noop(left.as_mut()).is_ready());
        assert_eq!(Rc::strong_count(&shared), 1);
    }
}

/// S9: `try_recv` takes from a thread that waits in its send, which is done with that.
#[test]
fn s9_try_recv_takes_from_a_thread_that_waits() {
    watchdog("s9", LIMIT, || {
        for form in BOUNDED {
            let _case = Case::new(form);
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let n = fill(form, &tx, &ledger) as u64;
            let message = ledger.make(100);
            let sender = spawn_sleeper(move || tx.send(message).wait().map_err(|e| e.0.id()));
            sender.wait_asleep();
            for id in (0..n).chain([100]) {
                assert_eq!(rx.try_recv().expect("it is there, or held out"), id);
            }
            assert_eq!(sender.join(), Ok(()));
        }
    });
}

/// S13: a `try_iter` that found nothing may be asked again; nothing and the end look the same to it.
#[test]
fn s13_a_try_iter_goes_on() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let mut iter = rx.try_iter();
        for id in 0..4 {
            assert!(iter.next().is_none());
            let mut sent = post(&tx, ledger.make(id));
            assert_eq!(iter.next().expect("sent, or parked"), id);
            if form == Bounded(0) {
                assert_eq!(sent.finish().deliver(), Ok(()));
            }
        }
        drop(tx);
        assert!(iter.next().is_none());
        assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
    }
}

/// S22, H4: a message that goes from hand to hand needs no memory, and no wait of a task does: not of those
/// who send, who reserve, who receive or who watch.
#[test]
fn s22_waits_and_hand_overs_allocate_nothing() {
    fn wait_and_go<F: Future>(operation: F, probe: &Probe) {
        let mut operation = pin!(operation);
        for _ in 0..2 {
            let polled = poll_once(operation.as_mut(), &probe.waker());
            assert!(polled.is_pending());
        }
    }
    memory::assert_installed();
    for form in FORMS {
        let _case = Case::new(form);
        let (tx, mut rx) = form.open::<u64>();
        let probe = Probe::new();
        let mut play = || {
            let mut buffer = Vec::new();
            wait_and_go(rx.recv(), &probe);
            wait_and_go(rx.recv_many(&mut buffer, 4), &probe);
            wait_and_go(rx.peek(), &probe);
            wait_and_go(tx.closed(), &probe);
            if form == Unbounded {
                return;
            }
            (0..form.slots()).for_each(|_| tx.try_send(0).expect("room"));
            wait_and_go(tx.send(1), &probe);
            wait_and_go(tx.clone().send_owned(1), &probe);
            wait_and_go(tx.send_many([1, 2]), &probe);
            if form != Bounded(0) {
                wait_and_go(tx.reserve(), &probe);
                wait_and_go(tx.reserve_many(1), &probe);
                wait_and_go(tx.clone().reserve_owned(), &probe);
                wait_and_go(tx.flush(), &probe);
            }
            // The hand-over: the sender first.
            let mut send = pin!(tx.send(1));
            assert!(poll_once(send.as_mut(), &probe.waker()).is_pending());
            assert!((0..=form.slots()).all(|_| rx.try_recv().is_ok()));
            assert!(poll_noop(send.as_mut()).is_ready());
            // And the receiver first.
            let mut recv = pin!(rx.recv());
            assert!(poll_once(recv.as_mut(), &probe.waker()).is_pending());
            let mut send = pin!(tx.send(2));
            let sent = poll_noop(send.as_mut()).is_ready();
            assert_eq!(assert_ready(recv.as_mut(), Waker::noop()), Some(2));
            assert!(sent || poll_noop(send.as_mut()).is_ready());
        };
        play();
        let ((), grown) = growth(|| (0..20).for_each(|_| play()));
        assert_eq!((grown.calls, grown.bytes), (0, 0));
    }
}

/// S24: the errors that carry nothing become those of the receives, as `?` does it.
#[test]
fn s24_errors_without_a_message_widen() {
    fn closed() -> Result<u8, Closed> {
        Err(Closed)
    }
    fn tries() -> Result<u8, TryRecvError> {
        Ok(closed()?)
    }
    fn waits(late: bool) -> Result<u8, RecvTimeoutError> {
        match late {
            true => Err(Timeout)?,
            false => Ok(closed()?),
        }
    }
    fn passes_on() -> Result<u8, Box<dyn Error>> {
        Ok(tries()?)
    }
    assert_eq!(tries(), Err(TryRecvError::Closed));
    assert_eq!(waits(true), Err(RecvTimeoutError::Timeout));
    assert_eq!(waits(false), Err(RecvTimeoutError::Closed));
    assert!(passes_on().is_err_and(|e| e.is::<TryRecvError>()));
}

/// K8, K34: a thread may wait anywhere, also on a worker of a runtime: it blocks, and does not panic.
#[test]
fn k8_threads_of_a_runtime_may_wait() {
    fn talk(form: Form, tx: &Sender<u64>, rx: &mut Receiver<u64>) {
        let mut buffer = Vec::new();
        tx.send(1).wait().expect("open");
        assert_eq!(rx.recv().wait(), Some(1));
        tx.send(2).wait_timeout(Duration::MAX).expect("open");
        assert_eq!(rx.recv_many(&mut buffer, 4).wait(), Some(1));
        if form != Bounded(0) {
            let permit = tx.reserve().wait().expect("open");
            permit.send(3).expect("open");
            assert_eq!(rx.recv().wait(), Some(3));
            tx.flush().wait().expect("it was received");
        }
        tx.send_many([4]).wait().expect("open");
        assert_eq!(rx.iter().next(), Some(4));
        let late = rx.recv().wait_timeout(Duration::from_micros(50));
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
    }
    watchdog("k8", LIMIT, || {
        let single = tokio::runtime::Builder::new_current_thread().build();
        let several = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build();
        for runtime in [single, several].map(|made| made.expect("a runtime")) {
            for form in FORMS {
                // The other side is a thread that gives everything back.
                let (tx, mut requests) = form.open::<u64>();
                let (replies, mut rx) = form.open::<u64>();
                let echo = thread::spawn(move || {
                    requests
                        .iter()
                        .all(|number| replies.send(number).wait().is_ok())
                });
                let task = async move { talk(form, &tx, &mut rx) };
                runtime.block_on(async { runtime.spawn(task).await.expect("no panic") });
                assert!(echo.join().expect("no panic"));
            }
        }
    });
}

/// K28: an upgrade asks whether a sender lives and for nothing else: not whether the channel is closed, not
/// for a receiver. Without a sender it fails, until the receiver makes one.
#[test]
fn k28_an_upgrade_asks_for_a_sender_only() {
    for form in FORMS {
        let _case = Case::new(form);
        let (tx, mut rx) = form.open::<u8>();
        let weak = tx.downgrade();
        rx.close();
        let closed = weak.upgrade().expect("a sender lives");
        assert!(closed.is_closed() && closed.same_channel(&tx));
        drop(rx);
        let deserted = weak.upgrade().expect("senders live");
        assert_eq!(deserted.try_send(1), Err(TrySendError::Closed(1)));
        drop((tx, closed));
        assert!(weak.upgrade().is_some(), "one is left");
        drop(deserted);
        assert!((0..3).all(|_| weak.upgrade().is_none()));

        let (tx, rx) = form.open::<u8>();
        let weak = tx.downgrade();
        drop(tx);
        assert!(weak.upgrade().is_none());
        let again = rx.new_sender();
        let upgraded = weak.upgrade().expect("there is a sender again");
        assert!(upgraded.same_channel(&again) && !upgraded.is_closed());
        drop((again, upgraded));
        assert!(weak.upgrade().is_none());
    }
}

/// K51, K52, K53, S23: the `Debug` of an error names the variant, and shows nothing of the message.
#[test]
fn k52_debug_of_an_error_names_the_variant() {
    struct Mute;
    assert_eq!(format!("{:?}", SendError(Mute)), "SendError(..)");
    assert_eq!(format!("{:?}", TrySendError::Full(Mute)), "Full(..)");
    assert_eq!(format!("{:?}", TrySendError::Closed(Mute)), "Closed(..)");
    let late = SendTimeoutError::Timeout(Mute);
    assert_eq!(format!("{late:?}"), "Timeout(..)");
    let closed = SendTimeoutError::Closed(Mute);
    assert_eq!(format!("{closed:?}"), "Closed(..)");
    // Not in quotes when it is a part of something.
    let sent: Result<(), _> = Err(TrySendError::Full("secret"));
    assert_eq!(format!("{sent:?}"), "Err(Full(..))");
}

/// K55, H19, S26, I58: the `Debug` of a handle tells how the channel stands, and no more.
#[test]
fn k55_debug_of_a_handle_tells_how_it_stands() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let other = tx.clone();
        let n = fill(form, &tx, &ledger);
        let capacity = tx.capacity();
        let numbers = |closed: bool, senders: usize| {
            format!(
                "{{ capacity: {capacity:?}, len: {n}, closed: {closed}, senders: {senders}, .. }}"
            )
        };
        assert_eq!(format!("{tx:?}"), format!("Sender {}", numbers(false, 2)));
        assert_eq!(format!("{rx:?}"), format!("Receiver {}", numbers(false, 2)));
        drop(other);
        rx.close();
        assert_eq!(format!("{tx:?}"), format!("Sender {}", numbers(true, 1)));
        assert_eq!(format!("{rx:?}"), format!("Receiver {}", numbers(true, 1)));
        assert_eq!(format!("{:?}", tx.downgrade()), "WeakSender { .. }");
    }
}

/// I1: the lock of the waiting lists may be anybody's: it is taken, and never held while a waker runs.
#[test]
fn i1_a_lock_of_your_choice() {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use waterway::{mpmc, mpsc, spsc};

    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    static HELD: AtomicUsize = AtomicUsize::new(0);

    struct Watched(AtomicBool);

    // SAFETY: only who has turned it from false to true holds it, and the holder alone turns it back.
    unsafe impl lock_api::RawMutex for Watched {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "the trait asks for it"
        )]
        const INIT: Self = Self(AtomicBool::new(false));
        type GuardMarker = lock_api::GuardSend;

        fn lock(&self) {
            while !self.try_lock() {
                thread::yield_now();
            }
        }

        fn try_lock(&self) -> bool {
            let taken = !self.0.swap(true, SeqCst);
            if taken {
                TAKEN.fetch_add(1, SeqCst);
                HELD.fetch_add(1, SeqCst);
            }
            taken
        }

        unsafe fn unlock(&self) {
            HELD.fetch_sub(1, SeqCst);
            self.0.store(false, SeqCst);
        }
    }

    fn probe() -> Probe {
        let probe = Probe::new();
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            probe.hook(event, || {
                assert_eq!(HELD.load(SeqCst), 0, "held while a waker runs")
            });
        }
        probe
    }

    /// An operation that waits, and is polled by two wakers: the second counts.
    fn parked<O: Future>(op: O) -> (Pin<Box<O>>, Probe) {
        let mut op = Box::pin(op);
        let (first, second) = (probe(), probe());
        for probe in [&first, &second] {
            assert!(poll_once(op.as_mut(), &probe.waker()).is_pending());
        }
        assert_eq!(first.refs(), 0);
        (op, second)
    }

    /// An operation that waits is woken by that, and comes to its end.
    macro_rules! told {
        ($op:expr, $by:expr) => {{
            let (mut op, probe) = parked($op);
            let _ = $by;
            assert_eq!(probe.wakes(), 1, stringify!($by));
            assert_ready(op.as_mut(), Waker::noop())
        }};
    }

    // Who waits goes, or is told by the other end, or by the close.
    macro_rules! receives {
        ($open:expr) => {{
            let before = TAKEN.load(SeqCst);
            #[allow(unused_mut, reason = "where handles are shared they need not be")]
            let (mut tx, mut rx) = $open;
            drop(parked(rx.recv()));
            assert_eq!(told!(rx.recv(), tx.try_send(1)), Some(1));
            assert_eq!(told!(rx.recv(), tx.close()), None);
            assert!(TAKEN.load(SeqCst) > before, "it was used");
        }};
    }
    macro_rules! sends {
        ($open:expr) => {{
            let before = TAKEN.load(SeqCst);
            #[allow(unused_mut, reason = "where handles are shared they need not be")]
            let (mut tx, mut rx) = $open;
            tx.try_send(1).expect("room");
            drop(parked(tx.send(2)));
            assert_eq!(told!(tx.send(2), rx.try_recv()), Ok(()));
            assert_eq!(told!(tx.flush(), rx.try_recv()), Ok(()));
            tx.try_send(3).expect("room");
            drop(told!(tx.reserve(), rx.try_recv()));
            tx.try_send(4).expect("room");
            assert_eq!(told!(tx.send(5), rx.close()), Err(SendError(5)));
            assert!(TAKEN.load(SeqCst) > before, "it was used");

            #[allow(unused_mut, reason = "as above")]
            let (tx, mut rx) = $open;
            told!(tx.closed(), rx.close());
        }};
    }
    sends!(mpsc::bounded_in::<u32, Watched>(1));
    sends!(mpmc::bounded_in::<u32, Watched>(1));
    sends!(spsc::bounded_in::<u32, Watched>(1));
    receives!(mpsc::bounded_in::<u32, Watched>(1));
    receives!(mpmc::bounded_in::<u32, Watched>(1));
    receives!(spsc::bounded_in::<u32, Watched>(1));
    receives!(mpsc::unbounded_in::<u32, Watched>());
    receives!(mpmc::unbounded_in::<u32, Watched>());
    receives!(spsc::unbounded_in::<u32, Watched>());
}
