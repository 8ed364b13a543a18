//! The lock of the waiting lists.
//!
//! One byte. It is held for a few list operations at a time, never while user code runs.
//!
//! | state | meaning |
//! |---|---|
//! | `FREE` | nobody holds it |
//! | `HELD` | held, nobody sleeps for it |
//! | `AWAITED` | held, and somebody may sleep for it: the holder wakes at release |
//!
//! A thread that finds it held spins a few times and then sleeps in one of a few process-wide
//! rooms (a mutex and a condition variable), chosen by the lock's address. It sets `AWAITED` while
//! it holds the room's mutex, and the releasing thread takes that mutex before it notifies:
//! between the look and the sleep no release can slip through.
//! Without `std` there is nothing to sleep on and it spins.

use core::cell::Cell;
use core::marker::PhantomData;

use lock_api::{GuardNoSend, GuardSend, RawMutex};

/// The lock of a channel all of whose handles are in one thread: there is nobody to lock out.
///
/// The lists are never entered twice, because no user code runs while they are locked. That it is held is
/// noted all the same: everybody may put something else under it, who names the lock of a kind.
#[derive(Debug)]
pub struct NoLock {
    held: Cell<bool>,
    /// What has this lock stays in its thread.
    _of: PhantomData<*const ()>,
}

// SAFETY: it is not `Sync`, so that one thread alone locks it, and within that thread `lock` and `try_lock`
// succeed only where it is not held.
unsafe impl RawMutex for NoLock {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "the trait asks for a constant initial value"
    )]
    const INIT: Self = Self {
        held: Cell::new(false),
        _of: PhantomData,
    };

    type GuardMarker = GuardNoSend;

    #[inline]
    fn lock(&self) {
        assert!(self.try_lock(), "who holds this lock waits for it");
    }

    #[inline]
    fn try_lock(&self) -> bool {
        !self.held.replace(true)
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.held.set(false);
    }
}

#[cfg(not(waterway_loom))]
pub use real::DefaultLock;

#[cfg(waterway_loom)]
pub use model::DefaultLock;

#[cfg(not(waterway_loom))]
mod real {
    use super::{GuardSend, RawMutex};
    #[cfg(feature = "std")]
    use crate::sync::sleepy::{self, Sleepy};
    use crate::sync::spin_loop;
    #[cfg(not(feature = "std"))]
    use crate::sync::{AtomicU8, Ordering};

    /// How often a held lock is looked at before the thread sleeps. Each look takes the holder's cache line away:
    /// so each comes twice as late as the one before, the first after so many turns.
    #[cfg(feature = "std")]
    const LOOKS: u32 = 5;
    #[cfg(feature = "std")]
    const FIRST_TURNS: u32 = 8;

    /// The lock that channels use unless they are given another one.
    ///
    /// With `std` a thread that has to wait for it sleeps; without, it spins.
    #[cfg(feature = "std")]
    #[derive(Debug)]
    pub struct DefaultLock(Sleepy);

    // SAFETY: `lock` and `try_lock` return only after `Sleepy::try_lock` was true, which moves the state from
    // free to held, as only one thread at a time can do, and `unlock` alone moves it back.
    #[cfg(feature = "std")]
    unsafe impl RawMutex for DefaultLock {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "the trait asks for a constant initial value"
        )]
        const INIT: Self = Self(Sleepy::new());

        type GuardMarker = GuardSend;

        #[inline]
        fn lock(&self) {
            if !self.try_lock() {
                self.lock_slow();
            }
        }

        #[inline]
        fn try_lock(&self) -> bool {
            self.0.try_lock()
        }

        #[inline]
        unsafe fn unlock(&self) {
            if self.0.unlock() {
                self.0.wake(Room::of(self));
            }
        }
    }

    #[cfg(feature = "std")]
    impl DefaultLock {
        #[cold]
        fn lock_slow(&self) {
            for look in 0..LOOKS {
                for _ in 0..FIRST_TURNS << look {
                    spin_loop();
                }
                if !self.0.is_held() && self.try_lock() {
                    return;
                }
            }
            self.0.lock(Room::of(self));
        }
    }

    /// The lock that channels use unless they are given another one.
    ///
    /// With `std` a thread that has to wait for it sleeps; without, it spins.
    #[cfg(not(feature = "std"))]
    #[derive(Debug)]
    pub struct DefaultLock(AtomicU8);

    #[cfg(not(feature = "std"))]
    const FREE: u8 = 0;
    #[cfg(not(feature = "std"))]
    const HELD: u8 = 1;

    // SAFETY: `lock` and `try_lock` return only after they moved the state from FREE to HELD, which
    // only one thread at a time can do, and `unlock` alone moves it back.
    #[cfg(not(feature = "std"))]
    unsafe impl RawMutex for DefaultLock {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "the trait asks for a constant initial value"
        )]
        const INIT: Self = Self(AtomicU8::new(FREE));

        type GuardMarker = GuardSend;

        #[inline]
        fn lock(&self) {
            while !self.try_lock() {
                // ORDERING: Relaxed: only a hint, `try_lock` synchronises.
                while self.0.load(Ordering::Relaxed) != FREE {
                    spin_loop();
                }
            }
        }

        #[inline]
        fn try_lock(&self) -> bool {
            // ORDERING: Acquire pairs with the Release in `unlock`: what the last holder did is
            // seen by this one.
            self.0
                .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
        }

        #[inline]
        unsafe fn unlock(&self) {
            // ORDERING: Release pairs with the Acquire in `try_lock`.
            self.0.store(FREE, Ordering::Release);
        }
    }

    /// Where threads sleep until some lock is released.
    #[cfg(feature = "std")]
    struct Room {
        door: std::sync::Mutex<()>,
        released: std::sync::Condvar,
    }

    #[cfg(feature = "std")]
    impl Room {
        const COUNT: usize = 16;

        fn of(lock: &DefaultLock) -> &'static Self {
            static ROOMS: [Room; Room::COUNT] = [const {
                Room {
                    door: std::sync::Mutex::new(()),
                    released: std::sync::Condvar::new(),
                }
            }; Room::COUNT];
            // Channels are at least 64 bytes apart.
            &ROOMS[(core::ptr::from_ref(lock).addr() >> 6) % Self::COUNT]
        }
    }

    #[cfg(feature = "std")]
    impl sleepy::Room for Room {
        type Seat<'a> = std::sync::MutexGuard<'a, ()>;

        fn enter(&self) -> Self::Seat<'_> {
            // Nothing that can panic runs in a room; a poisoned one is as good as any.
            self.door
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        }

        fn sleep<'a>(&'a self, seat: Self::Seat<'a>) -> Self::Seat<'a> {
            self.released
                .wait(seat)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        }

        fn wake_all(&self) {
            self.released.notify_all();
        }
    }

    #[cfg(all(test, feature = "std"))]
    mod tests {
        use super::*;

        #[test]
        fn excludes_and_never_sleeps_for_ever() {
            static LOCK: lock_api::Mutex<DefaultLock, (u64, u64)> =
                lock_api::Mutex::const_new(DefaultLock::INIT, (0, 0));
            const ROUNDS: u64 = 20_000;
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for round in 0..ROUNDS {
                            let mut pair = LOCK.lock();
                            pair.0 += 1;
                            if round % 64 == 0 {
                                // Held across a reschedule: the others go to sleep.
                                std::thread::yield_now();
                            }
                            pair.1 += 1;
                            assert_eq!(pair.0, pair.1);
                        }
                    });
                }
            });
            assert_eq!(*LOCK.lock(), (4 * ROUNDS, 4 * ROUNDS));
        }

        /// Who sleeps is told by the system.
        #[cfg(target_os = "linux")]
        mod asleep {
            use super::*;
            use std::path::PathBuf;
            use std::thread::{JoinHandle, sleep, spawn};
            use std::time::{Duration, Instant};

            /// As far from the next as channels are.
            #[repr(align(64))]
            struct Apart(DefaultLock);

            /// A thread that takes a lock and gives it back.
            struct Taker {
                thread: JoinHandle<()>,
                task: PathBuf,
            }

            /// Looks again and again, for so long that something must be wrong.
            fn until(what: &str, mut is_so: impl FnMut() -> bool) {
                let start = Instant::now();
                while !is_so() {
                    assert!(start.elapsed() < Duration::from_secs(20), "never {what}");
                    sleep(Duration::from_micros(200));
                }
            }

            impl Taker {
                fn new(lock: &'static Apart) -> Self {
                    let (tell, told) = std::sync::mpsc::channel();
                    let thread = spawn(move || {
                        let task = std::fs::canonicalize("/proc/thread-self");
                        tell.send(task.expect("there on Linux")).expect("awaited");
                        lock.0.lock();
                        // SAFETY: taken just now.
                        unsafe { lock.0.unlock() };
                    });
                    let task = told.recv().expect("told at once");
                    Self { thread, task }
                }

                fn wait_asleep(&self) {
                    let mut seen = 0;
                    until("asleep", || {
                        let stat = std::fs::read_to_string(self.task.join("stat"));
                        let sleeps = stat.is_ok_and(|stat| stat.contains(") S "));
                        seen = if sleeps { seen + 1 } else { 0 };
                        seen > 2
                    });
                }

                fn join(self) {
                    until("woken", || self.thread.is_finished());
                    self.thread.join().expect("no panic");
                }
            }

            fn locks() -> &'static [Apart] {
                let locks = (0..=Room::COUNT).map(|_| Apart(DefaultLock::INIT));
                Box::leak(locks.collect())
            }

            #[test]
            fn d7_who_waits_for_a_lock_sleeps() {
                let lock = &locks()[0];
                lock.0.lock();
                let takers = [0; 3].map(|_| Taker::new(lock));
                takers.iter().for_each(Taker::wait_asleep);
                // SAFETY: taken above.
                unsafe { lock.0.unlock() };
                takers.into_iter().for_each(Taker::join);
            }

            /// Whichever lock of a room is released, who sleeps for it goes on.
            #[test]
            fn a_room_wakes_the_sleepers_of_every_lock() {
                for first in [0, Room::COUNT] {
                    let locks = locks();
                    let two = [&locks[0], &locks[Room::COUNT]];
                    assert!(core::ptr::eq(Room::of(&two[0].0), Room::of(&two[1].0)));
                    two.iter().for_each(|lock| lock.0.lock());
                    let takers = two.map(Taker::new);
                    takers.iter().for_each(Taker::wait_asleep);
                    let order = if first == 0 { [0, 1] } else { [1, 0] };
                    let mut takers = takers.map(Some);
                    for index in order {
                        // SAFETY: taken above.
                        unsafe { two[index].0.unlock() };
                        takers[index].take().expect("once").join();
                    }
                }
            }
        }
    }
}

#[cfg(waterway_loom)]
mod model {
    use super::{GuardSend, RawMutex};
    use std::cell::UnsafeCell;
    use std::sync::OnceLock;

    type Guard = loom::sync::MutexGuard<'static, ()>;

    /// The default lock as the model checker knows it: loom's own mutex, made at the first use.
    #[derive(Debug)]
    pub struct DefaultLock {
        inner: OnceLock<Box<Inner>>,
        guard: UnsafeCell<Option<Guard>>,
    }

    #[derive(Debug)]
    struct Inner {
        mutex: loom::sync::Mutex<()>,
        /// Written by each holder, so that the end of the lock is seen to come after all of them.
        /// Made by the first, while it holds the lock.
        holder: OnceLock<crate::sync::UnsafeCell<()>>,
    }

    impl Inner {
        fn new() -> Box<Self> {
            Box::new(Self {
                mutex: loom::sync::Mutex::new(()),
                holder: OnceLock::new(),
            })
        }
    }

    // SAFETY: `guard` is touched only by the thread that holds the mutex.
    unsafe impl Send for DefaultLock {}
    // SAFETY: as for Send.
    unsafe impl Sync for DefaultLock {}

    // SAFETY: exclusion is that of loom's mutex, whose guard lives from `lock` to `unlock`.
    unsafe impl RawMutex for DefaultLock {
        #[allow(
            clippy::declare_interior_mutable_const,
            reason = "the trait asks for a constant initial value"
        )]
        const INIT: Self = Self {
            inner: OnceLock::new(),
            guard: UnsafeCell::new(None),
        };

        type GuardMarker = GuardSend;

        fn lock(&self) {
            let inner = self.inner.get_or_init(Inner::new);
            let guard = inner.mutex.lock();
            self.keep(inner, guard.expect("a model does not poison its lock"));
        }

        fn try_lock(&self) -> bool {
            let inner = self.inner.get_or_init(Inner::new);
            let Ok(guard) = inner.mutex.try_lock() else {
                return false;
            };
            self.keep(inner, guard);
            true
        }

        unsafe fn unlock(&self) {
            // SAFETY: the caller holds the lock.
            let guard = unsafe { (*self.guard.get()).take() };
            drop(guard);
        }
    }

    impl DefaultLock {
        fn keep(&self, inner: &Inner, guard: loom::sync::MutexGuard<'_, ()>) {
            let holder = inner
                .holder
                .get_or_init(|| crate::sync::UnsafeCell::new(()));
            holder.with_mut(|_| ());
            // SAFETY: the mutex is boxed and lives as long as `self`, and `unlock` drops the guard
            // before that; the lock is held, so that nobody else touches the cell.
            unsafe {
                *self.guard.get() =
                    Some(std::mem::transmute::<loom::sync::MutexGuard<'_, ()>, Guard>(guard));
            }
        }
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    /// By nobody, but what lies under it is borrowed once.
    #[test]
    fn the_lock_of_one_thread_is_held_once() {
        let numbers = lock_api::Mutex::<NoLock, _>::new([1]);
        let first = numbers.lock();
        assert!(numbers.is_locked() && numbers.try_lock().is_none());
        let again = std::panic::AssertUnwindSafe(|| numbers.lock()[0] = 2);
        assert!(std::panic::catch_unwind(again).is_err());
        assert_eq!(first[0], 1);
        assert!(numbers.is_locked(), "still");
        drop(first);
        assert_eq!(numbers.lock()[0], 1);
        assert!(numbers.try_lock().is_some());
    }
}
