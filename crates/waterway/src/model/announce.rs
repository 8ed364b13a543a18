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
