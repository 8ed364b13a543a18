//! One value for all who ask.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use waterway::broadcast::{self, once};
use waterway::{RecvTimeoutError, SendError, TryRecvError};

use crate::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, spawn_sleeper, together,
    watchdog,
};

/// I42: it is kept, and given to every receiver, late ones too, as often as they ask.
#[test]
fn i42_a_value_is_set_once_and_kept() {
    let (sender, receiver) = once();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert!(!receiver.is_set() && receiver.get().is_none());
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(sender.send(2), Err(SendError(2)));
    assert!(!sender.close() && !receiver.close(), "too late for that");
    assert!(sender.is_set() && !sender.is_closed());
    let late = sender.subscribe();
    drop(sender);
    for receiver in [&receiver, &late, &late.clone()] {
        for _ in 0..2 {
            assert_eq!(receiver.try_recv(), Ok(1));
            assert_eq!(receiver.recv().wait(), Some(1));
            assert_eq!(block_on(receiver.recv()), Some(1));
            assert_eq!(block_on(receiver.recv_ref()), Some(&1));
            assert_eq!(receiver.recv().wait_timeout(Duration::ZERO), Ok(1));
            assert_eq!(receiver.get(), Some(&1));
        }
        assert!(receiver.is_set() && !receiver.is_closed());
    }
    let (got, _) = late.recv_owned().wait();
    assert_eq!(got, Some(1));
}

/// I43: that a receiver goes closes nothing, not even the last.
#[test]
fn i43_a_receiver_that_goes_closes_nothing() {
    let (sender, receiver) = once();
    let others = [receiver.clone(), receiver.clone()];
    assert_eq!(sender.receiver_count(), 3);
    let probe = Probe::new();
    let mut waiting = Box::pin(receiver.clone().recv_owned());
    assert_pending(waiting.as_mut(), &probe.waker());
    drop(others);
    drop(receiver);
    assert!(!sender.is_closed() && !probe.is_woken());
    assert_eq!(sender.receiver_count(), 1);
    sender.send("still").unwrap();
    assert!(probe.take_woken());
    let (got, receiver) = assert_ready(waiting.as_mut(), &probe.waker());
    assert_eq!(got, Some("still"));
    drop(receiver);
    assert_eq!(sender.subscribe().try_recv(), Ok("still"));
    let (sender, receiver) = once();
    drop(receiver);
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(sender.subscribe().try_recv(), Ok(1));
}

/// A11 of a once: closed by either side, or by the sender's drop.
#[test]
fn a11_once_without_a_value_says_so() {
    for way in 0..3 {
        let (sender, receiver) = once::<i32>();
        let probe = Probe::new();
        let other = receiver.clone();
        let mut waiting = pin!(other.recv());
        assert_pending(waiting.as_mut(), &probe.waker());
        let sender = match way {
            0 => {
                assert!(sender.close() && !receiver.close());
                Some(sender)
            }
            1 => {
                assert!(receiver.close() && !sender.close());
                Some(sender)
            }
            _ => {
                drop(sender);
                None
            }
        };
        assert!(probe.take_woken());
        assert_eq!(assert_ready(waiting, &probe.waker()), None);
        if let Some(sender) = sender {
            assert!(sender.is_closed());
            assert_eq!(sender.send(1), Err(SendError(1)));
            assert_eq!(sender.subscribe().try_recv(), Err(TryRecvError::Closed));
        }
        for receiver in [receiver.clone(), receiver] {
            assert!(receiver.is_closed() && !receiver.is_set());
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
            assert_eq!(receiver.recv().wait(), None);
            assert_eq!(receiver.recv_ref().wait(), None);
            let timed = receiver.recv().wait_timeout(Duration::ZERO);
            assert_eq!(timed, Err(RecvTimeoutError::Closed));
            let (timed, receiver) = receiver.recv_owned().wait_timeout(Duration::ZERO);
            assert_eq!(timed, Err(RecvTimeoutError::Closed));
            assert!(receiver.get().is_none());
        }
    }
}

#[test]
fn all_who_wait_are_told() {
    watchdog("all who wait", Duration::from_secs(20), || {
        let (sender, receiver) = once();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let receiver = receiver.clone();
                spawn_sleeper(move || receiver.recv().wait())
            })
            .collect();
        let probe = Probe::new();
        let mut tasks: Vec<_> = (0..40).map(|_| Box::pin(receiver.recv())).collect();
        for task in &mut tasks {
            assert_pending(task.as_mut(), &probe.waker());
        }
        threads.iter().for_each(|thread| thread.wait_asleep());
        sender.send(7).unwrap();
        assert_eq!(probe.wakes(), 40);
        for task in &mut tasks {
            assert_eq!(assert_ready(task.as_mut(), &probe.waker()), Some(7));
        }
        for thread in threads {
            assert_eq!(thread.join(), Some(7));
        }
    });
}

#[test]
fn the_value_lives_as_long_as_somebody_may_ask() {
    let ledger = Ledger::new();
    let (sender, receiver) = once();
    sender.send(ledger.make(1)).unwrap();
    let back = sender.send(ledger.make(2)).unwrap_err();
    drop(back);
    assert_eq!(ledger.live(), [1]);
    drop(sender);
    let other = receiver.clone();
    drop(receiver);
    assert_eq!(ledger.live(), [1]);
    assert_eq!(other.get().unwrap().id(), 1);
    drop(other);
    ledger.assert_all_dropped();
}

#[test]
fn of_many_values_one_is_set() {
    watchdog("many values", Duration::from_secs(20), || {
        for _ in 0..200 {
            let (sender, receiver) = once();
            let other = receiver.clone();
            let results = together(4, |index| match index {
                0 | 1 => sender.send(index).is_ok(),
                2 => receiver.close(),
                _ => other.recv().wait().is_some_and(|index| index < 2),
            });
            let set = [results[0], results[1], results[2]];
            assert_eq!(set.iter().filter(|&&did| did).count(), 1, "{set:?}");
            assert_eq!(results[3], !results[2]);
        }
    });
}

/// A5, E3 of a once.
#[test]
fn a5_once_has_the_latest_waker_woken() {
    let (sender, receiver) = once();
    let (first, second) = (Probe::new(), Probe::new());
    let mut receive = pin!(receiver.recv());
    assert_pending(receive.as_mut(), &first.waker());
    for _ in 0..100 {
        assert_pending(receive.as_mut(), &second.waker());
        assert_eq!(first.refs(), 0);
        assert_pending(receive.as_mut(), &first.waker());
        assert_eq!(second.refs(), 0);
    }
    assert_pending(receive.as_mut(), &second.waker());
    sender.send(()).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(assert_ready(receive, &second.waker()), Some(()));
    assert_eq!(second.refs(), 0);
}

/// E3: a waker goes with its operation.
#[test]
fn e3_once_keeps_no_waker() {
    let (_sender, receiver) = once::<()>();
    let probe = Probe::new();
    let mut receive = Box::pin(receiver.recv());
    assert_pending(receive.as_mut(), &probe.waker());
    assert_eq!(probe.refs(), 1);
    drop(receive);
    assert_eq!(probe.refs(), 0);
}

/// D4: a waker panics, and the others are woken; `clone` panics, and the value is there still.
#[test]
fn d4_once_outlives_panics() {
    let (sender, receiver) = once();
    let (calm, wild) = (Probe::new(), Probe::panicking(Event::Wake));
    let mut receives: Vec<_> = (0..40).map(|_| Box::pin(receiver.recv())).collect();
    for (index, receive) in receives.iter_mut().enumerate() {
        let probe = if index == 20 { &wild } else { &calm };
        assert_pending(receive.as_mut(), &probe.waker());
    }
    assert!(catch(|| sender.send(Arc::new(1))).is_err());
    assert_eq!((calm.wakes(), wild.wakes()), (39, 1));
    assert_eq!(receiver.try_recv(), Ok(Arc::new(1)));

    struct Wild;
    impl Clone for Wild {
        fn clone(&self) -> Self {
            panic!("no clone");
        }
    }
    let (sender, receiver) = broadcast::once();
    sender
        .send(Wild)
        .unwrap_or_else(|_| panic!("it is the first"));
    assert!(catch(|| receiver.recv().wait()).is_err());
    assert!(catch(|| receiver.try_recv().is_ok()).is_err());
    assert!(receiver.get().is_some());
}

/// That it is known is told without a look at the value, which need not be cloned, and by any lock.
#[test]
fn once_says_that_it_is_settled() {
    type Lock = waterway::DefaultLock;
    struct Plain;
    let (sender, receiver) = broadcast::once_in::<Plain, Lock>();
    let (first, second) = (Probe::new(), Probe::new());
    let late = receiver.clone();
    let mut settled = Box::pin(receiver.settled());
    let mut owned = Box::pin(receiver.clone().settled_owned());
    assert_pending(settled.as_mut(), &first.waker());
    assert_pending(owned.as_mut(), &second.waker());
    assert!(sender.send(Plain).is_ok());
    assert!(first.is_woken() && second.is_woken());
    assert!(assert_ready(settled.as_mut(), &first.waker()));
    let (is_set, back) = assert_ready(owned.as_mut(), &second.waker());
    assert!(is_set && back.get().is_some());
    assert!(late.settled().wait());

    let (sender, receiver) = broadcast::once_in::<Plain, Lock>();
    drop(sender);
    assert!(!receiver.settled().wait());
    let (is_set, receiver) = receiver.settled_owned().wait();
    assert!(!is_set && receiver.is_closed());
}

/// By reference, in a static or anywhere: the same verbs, no handles, no allocation.
#[test]
fn a_once_is_used_by_reference() {
    use broadcast::Once;
    use futures_core::FusedFuture;

    static NUMBER: Once<u32> = Once::new();

    let threads: Vec<_> = (0..3)
        .map(|_| std::thread::spawn(|| NUMBER.recv().wait()))
        .collect();
    let probe = Probe::new();
    let mut lent = pin!(NUMBER.recv_ref());
    let mut settled = pin!(NUMBER.settled());
    assert_pending(lent.as_mut(), &probe.waker());
    assert_pending(settled.as_mut(), &probe.waker());
    assert_eq!(NUMBER.try_recv(), Err(TryRecvError::Empty));
    NUMBER.send(7).unwrap();
    assert_eq!(NUMBER.send(8).unwrap_err().0, 8);
    assert_eq!(probe.wakes(), 2);
    assert_eq!(assert_ready(lent, &probe.waker()), Some(&7));
    assert!(assert_ready(settled.as_mut(), &probe.waker()) && settled.is_terminated());
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Some(7));
    }
    assert!(!NUMBER.close() && NUMBER.is_set() && !NUMBER.is_closed());
    assert_eq!((NUMBER.get(), NUMBER.try_recv()), (Some(&7), Ok(7)));

    let ledger = Ledger::new();
    let once = Once::<_, waterway::DefaultLock>::new_in();
    once.send(ledger.make(1)).unwrap();
    drop(once);
    ledger.assert_all_dropped();

    let once = Once::<u8>::default();
    let mut receive = pin!(once.recv());
    assert_pending(receive.as_mut(), &probe.waker());
    assert!(once.close() && once.is_closed());
    assert_eq!(assert_ready(receive, &probe.waker()), None);
    assert_eq!(once.try_recv(), Err(TryRecvError::Closed));
    assert!(once.send(1).is_err() && once.get().is_none());
}

/// An operation that was leaked does not keep it where it is.
#[test]
fn a_once_is_moved_after_a_leak() {
    let once = broadcast::Once::<u8>::new();
    let probe = Probe::new();
    let mut leaked = Box::pin(once.recv());
    assert_pending(leaked.as_mut(), &probe.waker());
    std::mem::forget(leaked);
    let moved = Box::new(once);
    let mut receive = pin!(moved.recv());
    assert_pending(receive.as_mut(), &probe.waker());
    moved.send(1).unwrap();
    assert_eq!(probe.wakes(), 2);
    assert_eq!(assert_ready(receive, &probe.waker()), Some(1));
}
