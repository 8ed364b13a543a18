//! Changing a state: outside every lock, and yet one after the other.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use waterway::Closed;
use waterway::watch;

use super::support::{Event, Probe, assert_pending, catch, together, wait_until, watchdog};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_change_is_a_new_state() {
    let (sender, mut receiver) = watch::channel(vec![1]);
    let old = receiver.latest().unwrap();
    let id = sender.send_modify(|list| list.push(2)).unwrap().unwrap();
    assert_eq!(*old, [1], "a snapshot does not change");
    let new = receiver.changed().wait().unwrap();
    assert_eq!((new.id(), new.as_slice()), (id, &[1, 2][..]));
    assert_eq!(sender.send_if_modified(|_| false), Ok(None));
    assert_eq!(receiver.has_changed(), Ok(false), "nobody is told");
    assert!(
        sender
            .send_if_modified(|list| list.pop().is_some())
            .unwrap()
            .is_some()
    );
    assert_eq!(receiver.has_changed(), Ok(true));
    assert_eq!(
        sender.send_replace(vec![]).unwrap().unwrap().as_slice(),
        [1]
    );
    let (sender, _receiver) = watch::empty::<u32>();
    assert_eq!(sender.send_modify(|_| unreachable!()), Ok(None));
    assert!(sender.send_replace(1).unwrap().is_none());
    sender.close();
    assert_eq!(sender.send_modify(|_| unreachable!()), Err(Closed));
}

/// D4: a closure that panics, or a clone, changes nothing and stands in nobody's way.
#[test]
fn d4_a_change_that_panics_changes_nothing() {
    #[derive(Debug)]
    struct Wild(u32, bool);
    impl Clone for Wild {
        fn clone(&self) -> Self {
            assert!(!self.1, "a clone panics");
            Self(self.0, self.1)
        }
    }
    watchdog("d4", LIMIT, || {
        let (sender, mut receiver) = watch::channel(Wild(1, false));
        let change = |state: &mut Wild| {
            state.0 = 2;
            panic!("a closure panics");
        };
        assert!(catch(|| sender.send_modify(change)).is_err());
        assert_eq!(
            (receiver.latest().unwrap().0, receiver.has_changed()),
            (1, Ok(false))
        );
        sender.send_modify(|state| *state = Wild(3, true)).unwrap();
        assert_eq!(receiver.changed().wait().unwrap().0, 3);
        assert!(catch(|| sender.send_modify(|_| ())).is_err());
        assert!(catch(|| receiver.recv_after(watch::StateId::new()).wait()).is_err());
        assert_eq!(receiver.has_changed(), Ok(false));
        sender.send(Wild(4, false)).unwrap();
        assert_eq!(receiver.changed().wait().unwrap().0, 4);
    });
}

/// The closure may use the channel. What it changes there stays, and it is not called for ever.
#[test]
fn the_inner_update_wins() {
    watchdog("the_inner_update_wins", LIMIT, || {
        let (sender, receiver) = watch::channel(0);
        let times = Cell::new(0);
        let outer = sender.send_modify(|state| {
            times.set(times.get() + 1);
            assert!(sender.send_modify(|state| *state += 10).unwrap().is_some());
            assert_eq!(*receiver.latest().unwrap(), 10);
            *state += 1;
        });
        assert_eq!(
            (outer, times.get(), *receiver.latest().unwrap()),
            (Ok(None), 1, 10)
        );
        let outer = sender.send_modify(|state| {
            times.set(times.get() + 1);
            assert_eq!(*sender.send_replace(20).unwrap().unwrap(), 10);
            *state += 1;
        });
        assert_eq!(
            (outer, times.get(), *receiver.latest().unwrap()),
            (Ok(None), 2, 20)
        );
        // What is sent replaces what the closure makes: that came just before it.
        let outer = sender.send_modify(|state| {
            times.set(times.get() + 1);
            sender.send(30).unwrap();
            *state += 1;
        });
        assert_eq!(
            (outer, times.get(), *receiver.latest().unwrap()),
            (Ok(None), 3, 30)
        );
        // Closed from within: nothing is put any more.
        let outer = sender.send_modify(|_| assert!(receiver.close()));
        assert_eq!((outer, *receiver.latest().unwrap()), (Err(Closed), 30));
    });
}

/// Another channel is another matter.
#[test]
fn an_update_within_one_of_another_channel() {
    let (sender, receiver) = watch::channel(0);
    let (other, others) = watch::channel(0);
    sender
        .send_modify(|state| {
            *state += 1;
            other.send_modify(|state| *state += 1).unwrap().unwrap();
        })
        .unwrap()
        .unwrap();
    assert_eq!(
        (*receiver.latest().unwrap(), *others.latest().unwrap()),
        (1, 1)
    );
}

/// A closure that takes its time holds up neither sends nor looks, and its change is not lost.
#[test]
fn a_slow_update_holds_up_nobody() {
    watchdog("a_slow_update_holds_up_nobody", LIMIT, || {
        let (sender, receiver) = watch::channel((0, 0));
        let (begun, others) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let slow = sender.send_modify(|state| {
                    begun.fetch_add(1, SeqCst);
                    wait_until(|| others.load(SeqCst) == 1);
                    state.0 += 1;
                });
                assert!(slow.unwrap().is_some());
            });
            wait_until(|| begun.load(SeqCst) == 1);
            assert_eq!(*receiver.latest().unwrap(), (0, 0));
            sender.send_modify(|state| state.1 += 1).unwrap().unwrap();
            assert_eq!(*receiver.latest().unwrap(), (0, 1));
            others.store(1, SeqCst);
        });
        assert_eq!(*receiver.latest().unwrap(), (1, 1));
        assert_eq!(begun.load(SeqCst), 2, "it was called again");
    });
}

/// Many threads count up, and one takes what was counted, again and again: each count is taken once.
#[test]
fn no_update_is_lost_or_counted_twice() {
    const THREADS: usize = 4;
    const TIMES: usize = if cfg!(miri) { 20 } else { 2000 };
    watchdog("no_update_is_lost_or_counted_twice", LIMIT, || {
        let (sender, receiver) = watch::channel(0);
        let taken: usize = together(THREADS, |index| {
            let mut taken = 0;
            for _ in 0..TIMES {
                if index == 0 {
                    taken += *sender.send_replace(0).unwrap().unwrap();
                } else {
                    let put = sender.send_modify(|state| *state += 1).unwrap();
                    assert!(put.is_some(), "nobody only sends");
                }
            }
            taken
        })
        .into_iter()
        .sum();
        let left = *receiver.latest().unwrap();
        assert_eq!(taken + left, (THREADS - 1) * TIMES);
    });
}

/// A9, D1: all who wait are told of a change, by a waker that itself changes the state.
#[test]
fn d1_a_waker_may_change_the_state() {
    watchdog("d1", LIMIT, || {
        let (sender, receiver) = watch::channel(0);
        let (first, second) = (Probe::new(), Probe::new());
        let mut one = Box::pin(receiver.clone().changed_owned());
        let mut two = Box::pin(receiver.clone().changed_owned());
        assert_pending(one.as_mut(), &first.waker());
        assert_pending(two.as_mut(), &second.waker());
        let (inner, once) = (sender.clone(), Cell::new(true));
        first.hook(Event::Wake, move || {
            if once.replace(false) {
                inner.send_modify(|state| *state += 10).unwrap();
            }
        });
        sender.send_modify(|state| *state += 1).unwrap();
        assert!(first.is_woken() && second.is_woken());
        assert_eq!(*receiver.latest().unwrap(), 11);
        first.unhook();
    });
}
