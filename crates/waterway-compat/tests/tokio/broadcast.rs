//! `broadcast`: every receiver gets every message, or is told how many it lost.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::help::{
    BUDGET, Traits, boxed, guarded, is_refused, runtime, turns_until_told_to_make_way,
};
#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoSend, NoSync};
use crate::support::{
    Probe, assert_pending, assert_ready, block_on, catch, spawn_sleeper, together,
};
use crate::sut::broadcast::error::{RecvError, SendError, TryRecvError};
use crate::sut::broadcast::{Receiver, Sender, WeakSender, channel};

#[test]
fn broadcast_all_receivers_get_all_messages() {
    let (tx, mut one) = channel(4);
    let mut two = tx.subscribe();
    assert_eq!(tx.send("first").ok(), Some(2));
    let mut late = tx.subscribe();
    assert_eq!(tx.send("second").ok(), Some(3));
    for rx in [&mut one, &mut two] {
        assert_eq!(block_on(rx.recv()), Ok("first"));
        assert_eq!(rx.try_recv(), Ok("second"));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
    assert_eq!(late.try_recv(), Ok("second"));
}

#[test]
fn broadcast_a_receive_waits_for_a_message_or_the_end() {
    let (tx, mut one) = channel(2);
    let mut two = one.resubscribe();
    let (first, second) = (Probe::new(), Probe::new());
    let mut waits = (boxed(one.recv()), boxed(two.recv()));
    assert_pending(waits.0.as_mut(), &first.waker());
    assert_pending(waits.1.as_mut(), &second.waker());
    tx.send(1).expect("two of them");
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert_eq!(assert_ready(waits.0.as_mut(), &first.waker()), Ok(1));
    assert_eq!(assert_ready(waits.1.as_mut(), &second.waker()), Ok(1));
    drop(waits);
    let mut end = boxed(one.recv());
    assert_pending(end.as_mut(), &first.waker());
    drop(tx);
    assert_eq!(first.wakes(), 2);
    assert_eq!(
        assert_ready(end.as_mut(), &first.waker()),
        Err(RecvError::Closed)
    );
    assert_eq!((first.refs(), second.refs()), (0, 0));
}

#[test]
fn broadcast_the_rest_comes_before_the_end() {
    let (tx, mut rx) = channel(2);
    tx.send(1).expect("one");
    assert!(!rx.is_closed());
    drop(tx);
    assert!(rx.is_closed());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
    assert_eq!(rx.resubscribe().try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn broadcast_a_cancelled_receive_has_taken_nothing() {
    let (tx, mut rx) = channel(2);
    let probe = Probe::new();
    let mut wait = boxed(rx.recv());
    assert_pending(wait.as_mut(), &probe.waker());
    tx.send(1).expect("one");
    drop(wait);
    assert_eq!((rx.try_recv(), probe.refs()), (Ok(1), 0));
}

#[test]
fn broadcast_who_is_too_slow_is_told_how_many_it_lost() {
    // A capacity is rounded up to a power of two.
    for (capacity, kept) in [(1, 1), (2, 2), (3, 4), (5, 8)] {
        let (tx, mut rx) = channel(capacity);
        for number in 0..kept + 3 {
            tx.send(number).expect("one");
        }
        assert_eq!((rx.len(), tx.len()), (kept + 3, kept));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(3)));
        assert_eq!(rx.len(), kept);
        for number in 3..kept + 3 {
            assert_eq!(rx.try_recv(), Ok(number));
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        for number in 0..2 * kept {
            tx.send(number).expect("one");
        }
        drop(tx);
        let lost = Err(RecvError::Lagged(kept as u64));
        assert_eq!(block_on(rx.recv()), lost, "told before the end");
        assert_eq!(block_on(rx.recv()), Ok(kept));
    }
}

#[test]
fn broadcast_a_send_needs_a_receiver() {
    let (tx, rx) = channel(2);
    assert_eq!(tx.send(1).ok(), Some(1));
    drop(rx);
    let SendError(unsent) = tx.send(2).expect_err("nobody is there");
    assert_eq!((unsent, tx.len(), tx.receiver_count()), (2, 0, 0));
    let mut rx = tx.subscribe();
    assert_eq!(tx.send(3).ok(), Some(1));
    assert_eq!(rx.try_recv(), Ok(3));
    // Made without one.
    let tx = Sender::new(1);
    assert!(tx.send(1).is_err());
    assert_eq!(tx.receiver_count(), 0);
    let mut rx = tx.subscribe();
    tx.send(2).expect("one");
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn broadcast_impossible_capacities_panic() {
    let said = catch(|| channel::<u8>(0)).expect_err("none");
    assert_eq!(said, "broadcast channel capacity cannot be zero");
    let said = catch(|| Sender::<u8>::new(usize::MAX)).expect_err("too much");
    assert_eq!(said, "broadcast channel capacity exceeded `usize::MAX / 2`");
}

#[test]
fn broadcast_a_message_goes_with_its_last_receiver() {
    let count = Arc::new(());
    let (tx, mut one) = channel(4);
    let (mut two, three) = (tx.subscribe(), tx.subscribe());
    for _ in 0..3 {
        tx.send(count.clone()).expect("three");
    }
    assert_eq!((tx.len(), tx.is_empty()), (3, false));
    drop(one.try_recv());
    drop(two.try_recv());
    assert_eq!((Arc::strong_count(&count), tx.len()), (4, 3));
    drop(three);
    assert_eq!((Arc::strong_count(&count), tx.len()), (3, 2));
    drop(one);
    drop(two.try_recv());
    assert_eq!((Arc::strong_count(&count), tx.len()), (2, 1));
    drop(two);
    assert_eq!((Arc::strong_count(&count), tx.len()), (1, 0));
    assert!(tx.is_empty());
}

#[test]
fn broadcast_what_is_overtaken_is_dropped() {
    let count = Arc::new(());
    let (tx, mut rx) = channel(1);
    for _ in 0..5 {
        tx.send(count.clone()).expect("one");
        assert_eq!(Arc::strong_count(&count), 2);
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(4)));
}

#[test]
fn broadcast_counts_what_is_ahead() {
    let (tx, mut rx) = channel(4);
    assert!(rx.is_empty() && tx.is_empty());
    tx.send(1).expect("one");
    tx.send(2).expect("one");
    assert_eq!((rx.len(), rx.is_empty()), (2, false));
    assert!(rx.resubscribe().is_empty());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!((rx.len(), tx.len()), (1, 1));
}

#[test]
fn broadcast_senders_wait_for_the_last_receiver() {
    let (tx, rx) = channel::<u8>(1);
    let (other, clone) = (tx.clone(), rx.resubscribe());
    let (first, second) = (Probe::new(), Probe::new());
    let mut ends = (boxed(tx.closed()), boxed(other.closed()));
    assert_pending(ends.0.as_mut(), &first.waker());
    assert_pending(ends.1.as_mut(), &second.waker());
    drop(rx);
    assert_eq!(first.wakes(), 0);
    drop(clone);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert_ready(ends.0.as_mut(), &first.waker());
    drop(ends);
    // Another one opens it again.
    let rx = tx.subscribe();
    assert_pending(boxed(tx.closed()).as_mut(), &first.waker());
    drop(rx);
    block_on(tx.closed());
}

#[test]
fn broadcast_weak_senders_keep_nothing_open() {
    let (tx, mut rx) = channel(2);
    let weak: WeakSender<u8> = tx.downgrade();
    let other = weak.clone();
    assert_eq!((weak.strong_count(), weak.weak_count()), (1, 2));
    assert_eq!((tx.strong_count(), tx.weak_count()), (1, 2));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (1, 2));
    let strong = weak.upgrade().expect("one is there");
    assert_eq!(tx.strong_count(), 2);
    drop((tx, other));
    strong.send(1).expect("one");
    assert_eq!(strong.subscribe().len(), 0);
    drop(strong);
    assert!(weak.upgrade().is_none() && rx.is_closed());
    assert_eq!((weak.strong_count(), rx.sender_weak_count()), (0, 1));
    assert_eq!(
        (rx.try_recv(), rx.try_recv()),
        (Ok(1), Err(TryRecvError::Closed))
    );
}

#[test]
fn broadcast_handles_know_each_other() {
    let (tx, rx) = channel::<u8>(1);
    let (stranger, strange) = channel::<u8>(1);
    assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&stranger));
    assert!(rx.same_channel(&tx.subscribe()) && !rx.same_channel(&strange));
    let other = rx.resubscribe();
    assert_eq!((tx.receiver_count(), tx.clone().strong_count()), (2, 2));
    drop(other);
    assert_eq!((tx.receiver_count(), tx.strong_count()), (1, 1));
    let shown = format!("{tx:?} {rx:?} {:?}", tx.downgrade());
    assert_eq!(
        shown,
        "broadcast::Sender broadcast::Receiver broadcast::WeakSender"
    );
}

#[test]
fn broadcast_a_thread_may_wait_where_it_may_block() {
    guarded("broadcast_a_thread_may_wait_where_it_may_block", || {
        let (tx, mut rx) = channel(4);
        let mut other = tx.subscribe();
        let waits = spawn_sleeper(move || (rx.blocking_recv(), rx.blocking_recv()));
        waits.wait_asleep();
        tx.send(1).expect("two");
        waits.wait_asleep();
        runtime().block_on(async { assert!(is_refused(|| other.blocking_recv())) });
        drop(tx);
        assert_eq!(waits.join(), (Ok(1), Err(RecvError::Closed)));
        assert_eq!(other.blocking_recv(), Ok(1));
    });
}

/// Each receiver of several gets a clone.
#[test]
fn broadcast_a_clone_that_panics_is_one_receivers_own() {
    #[derive(Debug)]
    struct Wild(Arc<AtomicUsize>);
    impl Clone for Wild {
        fn clone(&self) -> Self {
            let before = self.0.fetch_add(1, Ordering::Relaxed);
            assert!(before > 0, "a wild clone");
            Self(self.0.clone())
        }
    }
    let clones = Arc::new(AtomicUsize::new(0));
    let (tx, mut one) = channel(2);
    let (mut two, _three) = (tx.subscribe(), tx.subscribe());
    tx.send(Wild(clones.clone())).expect("three");
    let said = catch(|| one.try_recv().is_ok());
    assert_eq!(said, Err("a wild clone".to_owned()));
    // It has had the message; for the others it is as it was.
    assert!(matches!(one.try_recv(), Err(TryRecvError::Empty)));
    assert!(two.try_recv().is_ok());
    assert_eq!(clones.load(Ordering::Relaxed), 2);
    tx.send(Wild(clones)).expect("three");
    assert!(one.try_recv().is_ok());
}

/// In the original that one gets a clone as well.
#[cfg(not(feature = "original"))]
#[test]
fn broadcast_the_last_receiver_gets_the_message_itself() {
    #[derive(Debug)]
    struct Counted(u32);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            Self(self.0 + 1)
        }
    }
    let (tx, mut one) = channel(2);
    let mut two = tx.subscribe();
    tx.send(Counted(0)).expect("two");
    assert_eq!(one.try_recv().expect("a message").0, 1);
    assert_eq!(two.try_recv().expect("a message").0, 0);
}

#[test]
fn broadcast_messages_need_not_be_shared() {
    guarded("broadcast_messages_need_not_be_shared", || {
        let (tx, rx) = channel(64);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let mut rx = rx.resubscribe();
                std::thread::spawn(move || {
                    let mut sum = 0;
                    while let Ok(number) = rx.blocking_recv() {
                        sum += Cell::get(&number);
                    }
                    sum
                })
            })
            .collect();
        for number in 0..50 {
            tx.send(Cell::new(number)).expect("three");
        }
        drop(tx);
        for thread in threads {
            assert_eq!(thread.join().expect("no panic"), 1225);
        }
    });
}

#[test]
fn broadcast_what_is_received_and_what_is_lost_add_up() {
    const COUNT: u64 = 5_000;
    guarded("broadcast_what_is_received_and_what_is_lost_add_up", || {
        let (tx, rx) = channel(8);
        let receivers: Vec<_> = (0..2).map(|_| rx.resubscribe()).collect();
        drop(rx);
        let ends = std::sync::Mutex::new((Some(tx), receivers));
        together(3, |who| {
            if who == 0 {
                let tx = ends.lock().expect("no panic").0.take().expect("it is here");
                (0..COUNT).for_each(|number| drop(tx.send(number)));
                return;
            }
            let mut rx = ends.lock().expect("no panic").1.pop().expect("two");
            let mut next = 0;
            loop {
                match block_on(rx.recv()) {
                    Ok(number) => {
                        assert_eq!(number, next);
                        next += 1;
                    }
                    Err(RecvError::Lagged(lost)) => next += lost,
                    Err(RecvError::Closed) => break,
                }
            }
            assert_eq!(next, COUNT);
        });
    });
}

/// Also when the last receiver goes beside a send.
#[test]
fn broadcast_nothing_is_kept_for_nobody() {
    guarded("broadcast_nothing_is_kept_for_nobody", || {
        for _ in 0..500 {
            let count = Arc::new(());
            let (tx, rx) = channel(4);
            let rx = std::sync::Mutex::new(Some(rx));
            together(2, |who| {
                if who == 0 {
                    for _ in 0..3 {
                        drop(tx.send(count.clone()));
                    }
                } else {
                    drop(rx.lock().expect("no panic").take());
                }
            });
            assert_eq!((tx.len(), Arc::strong_count(&count)), (0, 1));
        }
    });
}

#[test]
fn broadcast_the_budget_is_spent() {
    let (tx, mut rx) = channel(1024);
    for number in 0..1000 {
        tx.send(number).expect("one");
    }
    let turns = turns_until_told_to_make_way(|context| pin!(rx.recv()).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
    let turns = turns_until_told_to_make_way(|_| rx.try_recv().is_ok());
    assert_eq!(turns, 1000 - BUDGET);
}

#[test]
fn broadcast_errors_say_what_is_the_matter() {
    assert_eq!(
        format!("{} {:?}", SendError(1), SendError(1)),
        "channel closed SendError(1)"
    );
    let _: &dyn std::error::Error = &SendError(1);
    let says = |error: &dyn std::error::Error| format!("{error} | {error:?}");
    assert_eq!(says(&RecvError::Closed), "channel closed | Closed");
    assert_eq!(
        says(&RecvError::Lagged(3)),
        "channel lagged by 3 | Lagged(3)"
    );
    assert_eq!(says(&TryRecvError::Empty), "channel empty | Empty");
    assert_eq!(says(&TryRecvError::Closed), "channel closed | Closed");
    assert_eq!(
        says(&TryRecvError::Lagged(3)),
        "channel lagged by 3 | Lagged(3)"
    );
    assert_eq!(TryRecvError::Lagged(3).clone(), TryRecvError::Lagged(3));
    assert_ne!(RecvError::Lagged(3).clone(), RecvError::Lagged(2));
}

#[test]
fn broadcast_handles_cross_threads_if_messages_do() {
    const {
        assert!(Traits::<Sender<Cell<u8>>>::SEND && Traits::<Sender<Cell<u8>>>::SYNC);
        assert!(Traits::<Receiver<Cell<u8>>>::SEND && Traits::<Receiver<Cell<u8>>>::SYNC);
        assert!(Traits::<WeakSender<Cell<u8>>>::SEND && Traits::<WeakSender<Cell<u8>>>::SYNC);
        assert!(!Traits::<Sender<Rc<u8>>>::SEND && !Traits::<Sender<Rc<u8>>>::SYNC);
        assert!(!Traits::<Receiver<Rc<u8>>>::SEND && !Traits::<Receiver<Rc<u8>>>::SYNC);
        assert!(Traits::<Sender<Rc<u8>>>::CLONE && !Traits::<Receiver<u8>>::CLONE);
        assert!(Traits::<Receiver<std::marker::PhantomPinned>>::UNPIN);
    }
    fn is_spawned<F: Future + Send>(_: &F) {}
    let (tx, mut rx) = channel::<Cell<u8>>(1);
    is_spawned(&tx.closed());
    is_spawned(&rx.recv());
}
