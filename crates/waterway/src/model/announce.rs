//! The announce protocol in miniature: one slot, one who publishes, one who waits for it.
//!
//! Each side writes its own word, passes a full barrier, and looks at the other's: the waiter at
//! the stamp, the publisher at the notice. A look at the time of the claim is too early.

use std::sync::Arc;
use std::task::Waker;

use loom::cell::UnsafeCell;

use super::{Model, Run};
use crate::DefaultLock;
use crate::sync::{AtomicU8, AtomicU32, Deadline, Ordering, barrier, park, thread_waker};

const FULL: u32 = 1;
const WANTED: u8 = 1;

struct Slot {
    claims: AtomicU32,
    stamp: AtomicU32,
    notice: AtomicU8,
    value: UnsafeCell<u32>,
    waiter: lock_api::Mutex<DefaultLock, Option<Waker>>,
}

// SAFETY: the value is written once and read after that, as loom checks.
unsafe impl Sync for Slot {}

impl Slot {
    fn new() -> Self {
        Self {
            claims: AtomicU32::new(0),
            stamp: AtomicU32::new(0),
            notice: AtomicU8::new(0),
            value: UnsafeCell::new(0),
            waiter: lock_api::Mutex::new(None),
        }
    }

    fn send(&self, value: u32) {
        self.claims.fetch_add(1, Ordering::AcqRel);
        self.value.with_mut(|place| {
            // SAFETY: claimed, and not published yet.
            unsafe { *place = value };
        });
        self.stamp.store(FULL, Ordering::Release);
        barrier::full::<crate::sync::Threads>();
        let seen = self.notice.load(Ordering::Acquire);
        if seen & WANTED != 0 {
            let waker = self.waiter.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn receive(&self) -> u32 {
        let waker = thread_waker();
        while self.stamp.load(Ordering::Acquire) & FULL == 0 {
            *self.waiter.lock() = Some(waker.clone());
            self.notice.store(WANTED, Ordering::Release);
            barrier::full::<crate::sync::Threads>();
            if self.stamp.load(Ordering::Acquire) & FULL != 0 {
                break;
            }
            park(Deadline::NEVER);
        }
        self.value.with(|place| {
            // SAFETY: published, and written once.
            unsafe { *place }
        })
    }
}

#[test]
fn one_slot() {
    Model::new("announce::one_slot", 8)
        .preemptions(4)
        .sees(&["parked", "awake"])
        .check(|run: &Run| {
            let slot = run.share(Slot::new());
            run.spawn({
                let slot = Arc::clone(&slot);
                move |_| slot.send(7)
            });
            run.spawn(move |run| assert_eq!(run.wait(|| slot.receive()), 7));
        });
}

/// The sender of a lane, which finds that nobody has waited for long and passes no barriers from then on,
/// and a receiver that counts on them because it has just seen that they are passed.
///
/// What the sender passes between a message and its look, once the notice is not `FENCED`, is nothing at
/// all here; and a receiver that finds it so would pass the heavy half of the barrier: loom has none, and
/// there the model ends.
struct Calm {
    place: AtomicU32,
    tail: AtomicU32,
    notice: AtomicU8,
    waiter: lock_api::Mutex<DefaultLock, Option<Waker>>,
}

const AWAITED: u32 = 1;
const FENCED: u8 = 1;
const LAST: u32 = 2;

impl Calm {
    fn look(&self) {
        if self.tail.load(Ordering::Acquire) & AWAITED != 0 {
            self.tail.fetch_and(!AWAITED, Ordering::AcqRel);
            let waker = self.waiter.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn send(&self) {
        self.place.store(1, Ordering::Release);
        barrier::full::<crate::sync::Threads>();
        self.look();
        self.notice.store(0, Ordering::Release);
        // As in `calm_down`.
        barrier::full::<crate::sync::Threads>();
        self.look();
        self.place.store(LAST, Ordering::Release);
        self.look();
    }

    fn receive(&self, run: &Run) {
        let waker = thread_waker();
        while self.place.load(Ordering::Acquire) < LAST {
            *self.waiter.lock() = Some(waker.clone());
            self.tail.fetch_or(AWAITED, Ordering::AcqRel);
            // As in `is_fenced`.
            barrier::full::<crate::sync::Threads>();
            if self.notice.load(Ordering::Relaxed) & FENCED == 0 {
                run.saw("heavy");
                return;
            }
            if self.place.load(Ordering::Acquire) == LAST {
                break;
            }
            run.saw("sleeps");
            park(Deadline::NEVER);
        }
        run.saw("there");
    }
}

#[test]
fn calm_at_a_lane() {
    Model::new("announce::calm_at_a_lane", 100)
        .preemptions(4)
        .sees(&["heavy", "sleeps", "there"])
        .check(|run: &Run| {
            let calm = run.share(Calm {
                place: AtomicU32::new(0),
                tail: AtomicU32::new(0),
                notice: AtomicU8::new(FENCED),
                waiter: lock_api::Mutex::new(None),
            });
            run.spawn({
                let calm = Arc::clone(&calm);
                move |_| calm.send()
            });
            run.spawn(move |run| calm.receive(run));
        });
}

/// A sender that waits for room in the thread in which the receiver was, and the receiver in another thread since.
///
/// What the receiver passes between a slot that it frees and its look, once it has recorded where it is, is nothing at
/// all here; and a sender that finds it elsewhere would pass the heavy half of the barrier: the model ends there.
struct Near {
    freed: AtomicU32,
    thread: AtomicU32,
    notice: AtomicU8,
    waiter: lock_api::Mutex<DefaultLock, Option<Waker>>,
}

const HOME: u32 = 1;
const AWAY: u32 = 2;

impl Near {
    /// As in `is_usual` and `after_slot`.
    fn free(&self, count: u32, here: u32) {
        self.freed.store(count, Ordering::Release);
        let mut seen = self.notice.load(Ordering::Acquire);
        if self.thread.load(Ordering::Relaxed) != here {
            self.thread.store(here, Ordering::Relaxed);
            // As in `arrive`.
            barrier::full::<crate::sync::Threads>();
            seen = self.notice.load(Ordering::Acquire);
        }
        if seen & WANTED != 0 {
            let mut waiter = self.waiter.lock();
            self.notice.store(0, Ordering::Release);
            if let Some(waker) = waiter.take() {
                waker.wake();
            }
        }
    }

    /// As in `announce_from`.
    fn wait_for_room(&self, run: &Run, slots: u32) {
        while self.freed.load(Ordering::Acquire) < slots {
            let mut waiter = self.waiter.lock();
            *waiter = Some(thread_waker());
            self.notice.store(WANTED, Ordering::Release);
            barrier::full::<crate::sync::Threads>();
            if self.thread.load(Ordering::Relaxed) != HOME {
                run.saw("heavy");
                return;
            }
            drop(waiter);
            if self.freed.load(Ordering::Acquire) == slots {
                break;
            }
            run.saw("sleeps");
            park(Deadline::NEVER);
        }
        run.saw("there");
    }
}

fn near(run: &Run, slots: u32) {
    let near = run.share(Near {
        freed: AtomicU32::new(0),
        thread: AtomicU32::new(0),
        notice: AtomicU8::new(0),
        waiter: lock_api::Mutex::new(None),
    });
    near.free(1, HOME);
    run.spawn({
        let near = Arc::clone(&near);
        move |_| (2..=slots).for_each(|count| near.free(count, AWAY))
    });
    near.wait_for_room(run, slots);
}

#[test]
fn near_until_it_arrives() {
    Model::new("announce::near_until_it_arrives", 100)
        .preemptions(4)
        .sees(&["heavy", "sleeps", "there"])
        .check(|run| near(run, 2));
}

#[test]
fn near_and_after_it_arrived() {
    Model::new("announce::near_and_after_it_arrived", 100)
        .preemptions(4)
        .sees(&["heavy", "sleeps", "there"])
        .check(|run| near(run, 3));
}
