//! Arms of waits that are over, and of waits that are never looked at again: they are in nobody's way (A3).

#![cfg(not(waterway_loom))]

mod support;

use std::cell::Cell;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use support::{Probe, assert_pending, assert_ready, poll_noop, spawn_sleeper, watchdog};
use waterway::select::{Set, Won2, race};
use waterway::{TryRecvError, broadcast, inbox, mpmc, mpsc, watch};

const LONG: Duration = Duration::from_secs(60);

/// A parked send of 1 into the first channel, which is full, in a race that the other channel's receiver has decided
/// for its own arm, and that nobody polls again. Then the first channel is emptied.
macro_rules! frozen_race {
    ($first:expr, |$sender:ident, $receiver:ident| $then:block) => {{
        #[allow(
            unused_mut,
            reason = "what several share they need not have for themselves"
        )]
        let ($sender, mut $receiver) = $first;
        let (other, mut winner) = mpsc::bounded(1);
        let _ = $sender.try_send(0);
        other.try_send(0).unwrap();
        let mut frozen = Box::pin(race(($sender.send(1), other.send(1))));
        assert!(poll_noop(frozen.as_mut()).is_pending());
        assert_eq!((winner.try_recv(), winner.try_recv()), (Ok(0), Ok(1)));
        std::mem::forget(frozen);
        $then
    }};
}

#[test]
fn a_lost_arm_keeps_no_room() {
    frozen_race!(mpsc::bounded(1), |sender, receiver| {
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.try_send(2), Ok(()));
        assert_eq!(receiver.try_recv(), Ok(2));
        sender.try_reserve().unwrap().send(3).unwrap();
        assert_eq!(receiver.try_recv(), Ok(3));
        assert_eq!(sender.send(4).wait(), Ok(()));
        assert!(sender.try_send(5).is_err_and(|error| error.is_full()));
        assert_eq!(receiver.try_recv(), Ok(4));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    });
    frozen_race!(mpmc::bounded(1), |sender, receiver| {
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.try_send(2), Ok(()));
        assert_eq!(receiver.recv().wait(), Some(2));
    });
    frozen_race!(inbox::bounded(1), |sender, receiver| {
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.try_send(2), Ok(()));
        assert!(sender.try_send(3).is_err_and(|error| error.is_full()));
        assert_eq!(receiver.try_recv(), Ok(2));
    });
    frozen_race!(broadcast::lossless(1), |sender, receiver| {
        assert_eq!(receiver.try_recv(), Ok(Ok(0)));
        assert_eq!(sender.try_send(2), Ok(1));
        assert_eq!(receiver.try_recv(), Ok(Ok(2)));
    });
    frozen_race!(mpsc::rendezvous(), |sender, receiver| {
        watchdog("a hand behind a lost arm", LONG, move || {
            let waiting = spawn_sleeper(move || receiver.recv().wait());
            waiting.wait_asleep();
            assert_eq!(sender.try_send(2), Ok(()));
            assert_eq!(waiting.join(), Some(2));
        });
    });
}

/// One that was given pinned waits by itself again, and is passed by no more.
#[test]
fn a_pinned_arm_that_lost_has_its_place_again() {
    let (sender, mut receiver) = inbox::bounded(1);
    let (other, mut winner) = mpsc::bounded(1);
    sender.try_send(0).unwrap();
    other.try_send(0).unwrap();
    let probe = Probe::new();
    let mut pinned = pin!(sender.send(1));
    {
        let mut race = pin!(race((pinned.as_mut(), other.send(1))));
        assert_pending(race.as_mut(), &probe.waker());
        assert_eq!((winner.try_recv(), winner.try_recv()), (Ok(0), Ok(1)));
        // It is over, but nobody has looked: others come past.
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.try_send(2), Ok(()));
        assert!(matches!(
            assert_ready(race.as_mut(), &probe.waker()),
            Won2::B(Ok(()))
        ));
    }
    assert!(sender.try_send(3).is_err_and(|error| error.is_full()));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(assert_ready(pinned.as_mut(), Waker::noop()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// There are more of them than are served in one hold of the lock.
#[test]
fn many_lost_arms_are_passed_by() {
    watchdog("many_lost_arms_are_passed_by", LONG, || {
        for count in [15, 16, 17, 18, 100] {
            let (sender, mut receiver) = mpsc::bounded(1);
            sender.try_send(0).unwrap();
            let lost: Vec<_> = (0..count)
                .map(|number| {
                    let (other, mut winner) = mpsc::bounded(1);
                    other.try_send(0).unwrap();
                    let arms = (other.send_owned(number), sender.clone().send_owned(number));
                    let mut race = Box::pin(race(arms));
                    assert!(poll_noop(race.as_mut()).is_pending());
                    assert_eq!(winner.try_recv(), Ok(0));
                    (race, winner)
                })
                .collect();
            let mut parked = pin!(sender.send(1));
            assert!(poll_noop(parked.as_mut()).is_pending());
            assert_eq!(receiver.try_recv(), Ok(0));
            assert_eq!(receiver.try_recv(), Ok(1), "past {count}");
            drop(lost);
        }
    });
}

/// Those who only look fill the batch of who is told.
#[test]
fn a_send_reaches_past_many_who_look() {
    for (capacity, observers) in [(0, 14), (0, 15), (0, 16), (0, 40), (4, 40)] {
        let (sender, receiver) = mpmc::bounded::<u32>(capacity);
        let sets: Vec<_> = (0..observers)
            .map(|_| {
                let mut set = Set::new();
                set.insert(receiver.clone());
                assert!(poll_noop(pin!(set.recv())).is_pending());
                set
            })
            .collect();
        let probe = Probe::new();
        let mut recv = pin!(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        let mut send = pin!(sender.send(1));
        assert_eq!(poll_noop(send.as_mut()).is_ready(), capacity > 0);
        assert!(probe.is_woken(), "past {observers}");
        assert_eq!(assert_ready(recv.as_mut(), &probe.waker()), Some(1));
        drop(sets);
    }
}

/// What cannot be had is not there.
#[test]
fn nothing_is_ready_in_a_lost_arm() {
    let (other, mut winner) = mpsc::bounded(1);
    let (sender, receiver) = mpmc::rendezvous();
    other.try_send(0).unwrap();
    let mut lost = pin!(race((other.send(1), sender.send(1))));
    assert!(poll_noop(lost.as_mut()).is_pending());
    assert!(poll_noop(pin!(receiver.ready())).is_ready());
    assert_eq!(winner.try_recv(), Ok(0));
    assert!(poll_noop(pin!(receiver.ready())).is_pending());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

/// A receive that was told, and lost, is not what the others wait for.
#[test]
fn a_pinned_receive_that_lost_tells_the_next() {
    let (sender, receiver) = mpmc::bounded(1);
    let (other, quick) = mpmc::bounded(1);
    let (probe, next) = (Probe::new(), Probe::new());
    let mut pinned = pin!(receiver.recv());
    let mut behind = pin!(receiver.recv());
    {
        let mut race = pin!(race((quick.recv(), pinned.as_mut())).biased());
        assert_pending(race.as_mut(), &probe.waker());
        assert_pending(behind.as_mut(), &next.waker());
        sender.try_send(1).unwrap();
        other.try_send(2).unwrap();
        assert!(probe.is_woken() && !next.is_woken());
        assert!(matches!(
            assert_ready(race.as_mut(), &probe.waker()),
            Won2::A(Some(2))
        ));
    }
    assert!(next.is_woken());
    assert_eq!(assert_ready(behind.as_mut(), &next.waker()), Some(1));
    assert_pending(pinned.as_mut(), &probe.waker());
}

/// A step that waits itself takes the token of the wake-up of the whole.
#[test]
fn a_wait_inside_a_step_takes_no_wake_up() {
    watchdog("a_wait_inside_a_step", LONG, || {
        let (sender, mut receiver) = mpsc::bounded::<u8>(1);
        let (states, mut seen) = watch::channel(0);
        let waiting = spawn_sleeper(move || {
            let is_it = |state: &i32| {
                if *state == 1 && sender.is_empty() {
                    // Whoever waits for the receiver has looked there just now, and is woken.
                    sender.try_send(7).unwrap();
                    let (_keep, mut nothing) = mpsc::bounded::<u8>(1);
                    let nothing = nothing.recv().wait_timeout(Duration::from_millis(1));
                    assert!(nothing.is_err());
                }
                false
            };
            matches!(
                race((receiver.recv(), seen.wait_for(is_it)))
                    .biased()
                    .wait(),
                Won2::A(Some(7))
            )
        });
        waiting.wait_asleep();
        states.send(1).unwrap();
        assert!(waiting.join());
        drop(states);
    });
}

#[test]
fn weak_handles_of_a_broadcast_without_receivers() {
    let (sender, receiver) = broadcast::channel::<u8>(1);
    assert_eq!(sender.weak_count(), 0);
    let inactive = receiver.deactivate();
    assert_eq!(sender.weak_count(), 1);
    drop(inactive);
    assert_eq!(sender.weak_count(), 0);
    let weak = sender.downgrade();
    let receiver = sender.subscribe();
    assert_eq!((weak.weak_count(), receiver.weak_count()), (1, 1));
    drop((sender, receiver));
    assert_eq!(weak.weak_count(), 1);
}

/// An iterator that goes on after its end is taken at its word.
#[test]
fn send_many_ends_with_its_iterator() {
    let mut next = 0;
    let numbers = std::iter::from_fn(move || {
        next += 1;
        (next % 3 != 0 && next < 100).then_some(next)
    });
    watchdog("send_many_ends_with_its_iterator", LONG, move || {
        let (sender, mut receiver) = mpsc::bounded(64);
        assert_eq!(sender.send_many(numbers).wait().unwrap(), 2);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2]);
    });
}

/// A lock that stops a thread on its way in.
struct Gate(AtomicBool);

static AT_THE_GATE: AtomicBool = AtomicBool::new(false);
static GATE_IS_OPEN: AtomicBool = AtomicBool::new(false);
static PASSED: AtomicBool = AtomicBool::new(false);
static DROPS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static STOPS: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: a lock that spins.
unsafe impl lock_api::RawMutex for Gate {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait wants it")]
    const INIT: Self = Gate(AtomicBool::new(false));
    type GuardMarker = lock_api::GuardSend;

    fn lock(&self) {
        if STOPS.replace(false) {
            AT_THE_GATE.store(true, SeqCst);
            while !GATE_IS_OPEN.load(SeqCst) {
                thread::yield_now();
            }
        }
        while !self.try_lock() {
            thread::yield_now();
        }
    }

    fn try_lock(&self) -> bool {
        !self.0.swap(true, SeqCst)
    }

    unsafe fn unlock(&self) {
        self.0.store(false, SeqCst);
    }
}

struct Message(usize);

impl Drop for Message {
    fn drop(&mut self) {
        DROPS.fetch_add(1, SeqCst);
        if self.0 == 12 {
            // In the middle of the drain the sender that was stopped goes on, to its end.
            GATE_IS_OPEN.store(true, SeqCst);
            while !PASSED.load(SeqCst) {
                thread::yield_now();
            }
        }
    }
}

/// A sender is about to tell a receiver, and meanwhile the last one goes and the channel is drained: then nothing is
/// looked at any more. AddressSanitizer sees it if it is.
#[test]
fn nobody_is_told_of_what_is_drained() {
    watchdog("nobody_is_told_of_what_is_drained", LONG, || {
        let (sender, receiver) = mpmc::unbounded_in::<Message, Gate>();
        sender.try_send(Message(0)).ok().unwrap();
        drop(receiver.try_recv().ok().unwrap());
        for _ in 0..2 {
            let mut recv = Box::pin(receiver.recv());
            assert!(poll_noop(recv.as_mut()).is_pending());
            std::mem::forget(recv);
        }
        let late = Mutex::new(Some(sender.clone()));
        thread::scope(|scope| {
            scope.spawn(|| {
                STOPS.set(true);
                let late = late.lock().unwrap().take().unwrap();
                let _ = late.try_send(Message(1));
                PASSED.store(true, SeqCst);
            });
            while !AT_THE_GATE.load(SeqCst) {
                thread::yield_now();
            }
            for number in 2..40 {
                sender.try_send(Message(number)).ok().unwrap();
            }
            drop(receiver);
        });
        drop(sender);
        assert_eq!(DROPS.load(SeqCst), 40);
    });
}
