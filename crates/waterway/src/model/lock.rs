//! The lock whose threads sleep: who frees it finds who sleeps, or is found by who is about to.

use std::sync::PoisonError;

use loom::cell::UnsafeCell;
use loom::sync::{Condvar, Mutex, MutexGuard};

use super::{Model, Run};
use crate::sync::sleepy::{Room, Sleepy};

struct Bedroom {
    door: Mutex<()>,
    freed: Condvar,
}

impl Room for Bedroom {
    type Seat<'a> = MutexGuard<'a, ()>;

    fn enter(&self) -> Self::Seat<'_> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'a>(&'a self, seat: Self::Seat<'a>) -> Self::Seat<'a> {
        self.freed
            .wait(seat)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        self.freed.notify_all();
    }
}

struct Guarded {
    lock: Sleepy,
    room: Bedroom,
    count: UnsafeCell<u32>,
}

// SAFETY: the count is touched under the lock only, as loom checks.
unsafe impl Sync for Guarded {}
// SAFETY: as above.
unsafe impl Send for Guarded {}

impl Guarded {
    fn new() -> Self {
        Self {
            lock: Sleepy::new(),
            room: Bedroom {
                door: Mutex::new(()),
                freed: Condvar::new(),
            },
            count: UnsafeCell::new(0),
        }
    }

    /// Counts one up; says whether it had to wait.
    fn count(&self) -> bool {
        let waits = self.lock.is_held() || !self.lock.try_lock();
        if waits {
            self.lock.lock(&self.room);
        }
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count += 1 });
        if self.lock.unlock() {
            self.lock.wake(&self.room);
        }
        waits
    }
}

fn contenders(name: &'static str, threads: u32, executions: u64) {
    Model::new(name, executions)
        .sees(&["waited", "at once"])
        .check(move |run: &Run| {
            let guarded = run.share(Guarded::new());
            for _ in 0..threads {
                let guarded = guarded.clone();
                run.spawn(move |run| run.saw(if guarded.count() { "waited" } else { "at once" }));
            }
            run.join();
            // SAFETY: all who have counted are gone.
            let count = guarded.count.with(|count| unsafe { *count });
            assert_eq!(count, threads);
        });
}

#[test]
fn two_threads() {
    contenders("lock::two_threads", 2, 8);
}

#[test]
fn three_threads() {
    contenders("lock::three_threads", 3, 100);
}
