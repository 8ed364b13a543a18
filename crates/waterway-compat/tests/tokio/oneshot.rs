//! `oneshot`: one value, once.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::help::{
    BUDGET, Traits, boxed, guarded, is_refused, runtime, turns_until_told_to_make_way,
};
#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoSend, NoSync, NoUnpin};
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, catch, poll_noop, spawn_sleeper,
};
use crate::sut::oneshot::error::{RecvError, TryRecvError};
use crate::sut::oneshot::{Receiver, Sender, channel};

#[test]
fn oneshot_a_value_goes_across() {
    let (tx, rx) = channel();
    assert_eq!(tx.send(1), Ok(()));
    assert_eq!(block_on(rx), Ok(1));
    let (tx, mut rx) = channel();
    let probe = Probe::new();
    assert_pending(Pin::new(&mut rx), &probe.waker());
    assert_eq!(tx.send(2), Ok(()));
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(Pin::new(&mut rx), &probe.waker()), Ok(2));
    assert_eq!(probe.refs(), 0);
}

#[test]
fn oneshot_a_sender_that_goes_is_the_end() {
    let (tx, mut rx) = channel::<u8>();
    let probe = Probe::new();
    assert_pending(Pin::new(&mut rx), &probe.waker());
    drop(tx);
    assert_eq!(probe.wakes(), 1);
    let end = assert_ready(Pin::new(&mut rx), &probe.waker()).expect_err("nothing was sent");
    assert_eq!(format!("{end} | {end:?}"), "channel closed | RecvError(())");
}

#[test]
fn oneshot_a_value_comes_back_from_nobody() {
    let ledger = Ledger::new();
    let (tx, rx) = channel();
    drop(rx);
    let back = tx.send(ledger.make(1)).expect_err("nobody is there");
    assert_eq!(back, 1);
    let (tx, mut rx) = channel();
    rx.close();
    assert!(tx.is_closed());
    assert_eq!(tx.send(ledger.make(2)).expect_err("it is closed"), 2);
    assert!(block_on(rx).is_err());
}

#[test]
fn oneshot_a_value_that_nobody_takes_goes_with_the_receiver() {
    let ledger = Ledger::new();
    let (tx, rx) = channel();
    tx.send(ledger.make(1)).expect("open");
    assert_eq!(ledger.live(), [1]);
    drop(rx);
    ledger.assert_all_dropped();
}

#[test]
fn oneshot_a_value_that_was_sent_outlives_the_close() {
    let (tx, mut rx) = channel();
    tx.send(1).expect("open");
    rx.close();
    rx.close();
    assert!(!rx.is_empty());
    assert_eq!(block_on(rx), Ok(1));
}

#[test]
fn oneshot_a_receive_at_once() {
    let (tx, mut rx) = channel();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).expect("open");
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    let (tx, mut rx) = channel::<u8>();
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    let (_tx, mut rx) = channel::<u8>();
    rx.close();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn oneshot_whoever_is_told_is_done() {
    // By a receive at once, of the value or of the end, or by a poll.
    type Way = fn(&mut Receiver<u8>);
    let ways: [Way; 2] = [
        |rx| drop(rx.try_recv()),
        |rx| assert!(poll_noop(Pin::new(rx)).is_ready()),
    ];
    for way in ways {
        for sends in [true, false] {
            let (tx, mut rx) = channel();
            assert!(!rx.is_terminated() && rx.is_empty());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            assert!(!rx.is_terminated());
            if sends {
                tx.send(1).expect("open");
            } else {
                drop(tx);
            }
            assert_eq!((rx.is_terminated(), rx.is_empty()), (false, !sends));
            way(&mut rx);
            assert!(rx.is_terminated() && rx.is_empty());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            rx.close();
            let said = catch(|| poll_noop(Pin::new(&mut rx))).expect_err("it is done");
            assert_eq!(said, "called after complete");
            let said = catch(|| rx.blocking_recv()).expect_err("it is done");
            assert_eq!(said, "called after complete");
        }
    }
}

#[test]
fn oneshot_the_sender_waits_for_the_end() {
    for drops in [false, true] {
        let (mut tx, rx) = channel::<u8>();
        assert!(!tx.is_closed());
        let probe = Probe::new();
        let mut end = boxed(tx.closed());
        assert_pending(end.as_mut(), &probe.waker());
        let mut rx = Some(rx);
        if drops {
            rx = None;
        } else if let Some(rx) = &mut rx {
            rx.close();
        }
        assert_eq!(probe.wakes(), 1);
        assert_ready(end.as_mut(), &probe.waker());
        drop(end);
        assert!(tx.is_closed());
        block_on(tx.closed());
        drop(rx);
    }
}

#[test]
fn oneshot_a_sender_that_polls_keeps_the_latest_waker() {
    let (mut tx, rx) = channel::<u8>();
    let (old, new) = (Probe::new(), Probe::new());
    let (old_waker, new_waker) = (old.waker(), new.waker());
    assert!(
        tx.poll_closed(&mut Context::from_waker(&old_waker))
            .is_pending()
    );
    assert!(
        tx.poll_closed(&mut Context::from_waker(&new_waker))
            .is_pending()
    );
    drop(rx);
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    let mut context = Context::from_waker(&new_waker);
    assert_eq!(tx.poll_closed(&mut context), Poll::Ready(()));
}

#[test]
fn oneshot_a_receiver_that_polls_keeps_the_latest_waker() {
    let (tx, mut rx) = channel();
    let (old, new) = (Probe::new(), Probe::new());
    assert_pending(Pin::new(&mut rx), &old.waker());
    assert_pending(Pin::new(&mut rx), &new.waker());
    tx.send(1).expect("open");
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    assert_eq!(assert_ready(Pin::new(&mut rx), &new.waker()), Ok(1));
}

#[test]
fn oneshot_a_wait_that_is_given_up_has_taken_nothing() {
    let (tx, mut rx) = channel();
    let mut wait = boxed(async { (&mut rx).await });
    assert_pending(wait.as_mut(), &Probe::new().waker());
    tx.send(1).expect("open");
    drop(wait);
    assert_eq!(block_on(&mut rx), Ok(1));
}

#[test]
fn oneshot_a_thread_may_wait_where_it_may_block() {
    guarded("oneshot_a_thread_may_wait_where_it_may_block", || {
        let (tx, rx) = channel();
        let waits = spawn_sleeper(move || rx.blocking_recv());
        waits.wait_asleep();
        tx.send(1).expect("open");
        assert_eq!(waits.join(), Ok(1));
        let (tx, rx) = channel::<u8>();
        drop(tx);
        assert!(rx.blocking_recv().is_err());
        let (tx, rx) = channel();
        tx.send(1).expect("open");
        runtime().block_on(async { assert!(is_refused(|| rx.blocking_recv())) });
    });
}

#[test]
fn oneshot_the_budget_is_spent() {
    let mut ready: Vec<_> = (0..1000)
        .map(|number| {
            let (tx, rx) = channel();
            tx.send(number).expect("open");
            rx
        })
        .collect();
    let turns = turns_until_told_to_make_way(|context| {
        let mut rx = ready.pop().expect("one is left");
        Pin::new(&mut rx).poll(context).is_ready()
    });
    assert_eq!(turns, BUDGET);
    let (mut tx, rx) = channel::<u8>();
    drop(rx);
    let turns = turns_until_told_to_make_way(|context| tx.poll_closed(context).is_ready());
    assert_eq!(turns, BUDGET);
    let turns = turns_until_told_to_make_way(|context| pin!(tx.closed()).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
}

#[test]
fn oneshot_errors_say_what_is_the_matter() {
    let (empty, end) = (TryRecvError::Empty, TryRecvError::Closed);
    assert_eq!(format!("{empty} {empty:?}"), "channel empty Empty");
    assert_eq!(format!("{end} {end:?}"), "channel closed Closed");
    let _: [&dyn std::error::Error; 2] = [&empty, &end];
    assert_ne!(empty.clone(), end);
    const {
        assert!(Traits::<RecvError>::CLONE && Traits::<RecvError>::SEND);
    }
}

#[test]
fn oneshot_handles_cross_threads_if_the_value_does() {
    const {
        assert!(Traits::<Sender<Cell<u8>>>::SEND && Traits::<Sender<Cell<u8>>>::SYNC);
        assert!(Traits::<Receiver<Cell<u8>>>::SEND && Traits::<Receiver<Cell<u8>>>::SYNC);
        assert!(!Traits::<Sender<Rc<u8>>>::SEND && !Traits::<Sender<Rc<u8>>>::SYNC);
        assert!(!Traits::<Receiver<Rc<u8>>>::SEND && !Traits::<Receiver<Rc<u8>>>::SYNC);
        assert!(Traits::<Receiver<std::marker::PhantomPinned>>::UNPIN);
        assert!(!Traits::<Sender<u8>>::CLONE && !Traits::<Receiver<u8>>::CLONE);
    }
    fn is_spawned<F: Future + Send>(_: &F) {}
    let (mut tx, rx) = channel::<Cell<u8>>();
    is_spawned(&tx.closed());
    is_spawned(&rx);
    let shown = format!("{tx:?} {rx:?}");
    assert!(
        shown.starts_with("Sender {") && shown.contains("Receiver {"),
        "{shown}"
    );
}
