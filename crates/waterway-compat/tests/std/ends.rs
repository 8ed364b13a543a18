//! How a channel ends: S18, S19; and what is not there: S28 to S32.

use super::LIMIT;
use super::support::{Ledger, spawn_sleeper, watchdog};
use super::sut::{
    self, Receiver, RecvError, SendError, TryRecvError, TrySendError, channel, sync_channel,
};

/// Only handles that go end a channel; the name `close` is free.
#[test]
fn s18_a_channel_is_closed_by_drops_alone() {
    trait Close {
        fn close(&self) -> &'static str {
            "its own"
        }
    }
    impl<T> Close for sut::Sender<T> {}
    impl<T> Close for sut::SyncSender<T> {}
    impl<T> Close for Receiver<T> {}
    let (tx, rx) = sync_channel(2);
    assert_eq!(
        (tx.close(), rx.close(), channel::<()>().0.close()),
        ("its own", "its own", "its own")
    );
    tx.send(1).unwrap();
    drop(tx);
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(rx.recv(), Err(RecvError));
    let (tx, rx) = channel();
    drop(rx);
    assert_eq!(tx.send(1), Err(SendError(1)));
}

#[test]
fn s19_the_receiver_drops_what_is_there() {
    watchdog("s19_the_receiver_drops", LIMIT, || {
        let ledger = Ledger::new();
        let (tx, rx) = sync_channel(3);
        for id in 0..3 {
            tx.send(ledger.make(id)).unwrap();
        }
        let other = tx.clone();
        let message = ledger.make(3);
        let waiting = spawn_sleeper(move || other.send(message));
        waiting.wait_asleep();
        drop(rx);
        let SendError(message) = waiting.join().unwrap_err();
        assert_eq!(message, 3);
        assert_eq!(
            ledger.live(),
            [3],
            "dropped with the receiver, not with the senders"
        );
        drop((tx, message));
        ledger.assert_all_dropped();
    });
}

/// Not so in the original: there the rest leaks.
#[cfg(not(feature = "original"))]
#[test]
fn s19_a_bad_destructor_leaks_nothing() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static DROPS: AtomicUsize = AtomicUsize::new(0);

    struct Bad(u8);

    impl Drop for Bad {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
            assert_ne!(self.0, 1, "bad");
        }
    }

    let (tx, rx) = channel();
    for number in 0..10 {
        tx.send(Bad(number)).unwrap();
    }
    assert!(super::support::catch(|| drop(rx)).is_err());
    drop(tx);
    assert_eq!(DROPS.load(Ordering::Relaxed), 10);
}

/// A constructor cannot make a static: one is made when it is first needed.
#[test]
fn s28_a_static_channel_needs_a_cell() {
    use std::sync::{Mutex, OnceLock};
    static SENDER: OnceLock<sut::Sender<i32>> = OnceLock::new();
    static RECEIVER: Mutex<Option<Receiver<i32>>> = Mutex::new(None);
    let sender = SENDER.get_or_init(|| {
        let (tx, rx) = channel();
        *RECEIVER.lock().unwrap() = Some(rx);
        tx
    });
    sender.send(1).unwrap();
    assert_eq!(RECEIVER.lock().unwrap().as_ref().unwrap().recv(), Ok(1));
}

/// The names of what other channels tell of themselves are free.
#[test]
fn s29_a_channel_tells_nothing_of_itself() {
    trait Own {
        fn len(&self) {}
        fn is_empty(&self) {}
        fn is_full(&self) {}
        fn capacity(&self) {}
        fn same_channel(&self, _: &Self) {}
    }
    impl<T> Own for sut::SyncSender<T> {}
    impl<T> Own for Receiver<T> {}
    let (tx, rx) = sync_channel::<i32>(1);
    let () = (
        tx.len(),
        rx.len(),
        tx.is_empty(),
        rx.is_empty(),
        tx.is_full(),
    )
        .0;
    let () = (
        rx.is_full(),
        tx.capacity(),
        rx.capacity(),
        tx.same_channel(&tx),
    )
        .3;
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
}

/// Unstable there: what stands in the place of `std::sync::mpmc` and `std::sync::oneshot` is waterway itself.
#[cfg(not(feature = "original"))]
#[test]
fn s30_waterway_stands_in_for_what_is_unstable() {
    use waterway::{RecvTimeoutError, mpmc, oneshot};
    let (tx, rx) = mpmc::bounded(1);
    let other = rx.clone();
    tx.send(1).wait().unwrap();
    assert!(
        tx.send(2)
            .wait_timeout(super::MOMENT)
            .is_err_and(|error| error.is_timeout())
    );
    assert_eq!(
        (rx.len(), rx.capacity(), rx.same_channel(&other)),
        (1, Some(1), true)
    );
    assert_eq!(other.recv().wait(), Some(1));
    let late = other.recv().wait_timeout(super::MOMENT);
    assert_eq!(late, Err(RecvTimeoutError::Timeout));
    let (tx, rx) = oneshot::channel();
    tx.send(1).unwrap();
    assert_eq!(rx.wait(), Ok(1));
}

/// Gone there: a set of receivers that are waited for together, again and again.
///
/// Also S32.
#[cfg(not(feature = "original"))]
#[test]
fn s31_waterway_stands_in_for_the_old_select() {
    use waterway::mpsc;
    use waterway::select::Set;
    watchdog("s31_the_old_select", LIMIT, || {
        let (numbers, counted) = mpsc::unbounded();
        let (others, more) = mpsc::unbounded();
        let mut set = Set::new();
        let keys = [set.insert(counted), set.insert(more)];
        let sender = spawn_sleeper(move || {
            others.try_send(2).unwrap();
            (numbers, others)
        });
        assert_eq!(set.recv().wait(), Some((keys[1], Some(2))));
        let (numbers, others) = sender.join();
        numbers.try_send(1).unwrap();
        assert_eq!(set.recv().wait(), Some((keys[0], Some(1))));
        drop(others);
        assert_eq!(
            set.recv().wait(),
            Some((keys[1], None)),
            "a hang-up is told as well"
        );
        assert!(set.remove(keys[1]));
    });
}

/// The end comes behind everything that was sent, also at once.
#[test]
fn s18_the_end_is_told_again_and_again() {
    let (tx, rx) = channel::<u8>();
    drop(tx);
    for _ in 0..3 {
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
        assert_eq!(rx.recv(), Err(RecvError));
        assert_eq!(rx.iter().next(), None);
    }
}
