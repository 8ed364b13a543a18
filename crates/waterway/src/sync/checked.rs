//! The platform of a model: loom's types, made to see more than they do by themselves.
//!
//! - **Loads are told apart.** To decide which interleavings differ, loom 0.7 remembers only the
//!   last access to an atomic, so that a thread's own load hides another thread's earlier one from
//!   its compare-and-swap, and the order in which the swap comes first is never tried
//!   (<https://github.com/tokio-rs/loom/issues/392>). Here each load comes after a failing
//!   compare-and-swap on a companion: for the search two loads then depend on one another as well,
//!   and nothing is hidden. A failing relaxed swap orders nothing in memory.
//! - **The end is an access.** Dropping an atomic asserts that all uses of it happen before.
//! - **Time is counted.** A deadline passes after as many looks at the clock as its duration has
//!   nanoseconds, so that a model can end a wait at each of its stages.
//! - **Parking keeps its token.** loom's own `park` forgets that it was woken when the thread runs
//!   into a held mutex first; a `Notify` per thread does not. It wakes spuriously now and then.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use loom::alloc::Track;
use loom::sync::Notify;
use loom::sync::atomic::Ordering;

/// What makes the loads of one atomic depend on one another.
#[derive(Debug)]
struct Companion(loom::sync::atomic::AtomicU8);

impl Companion {
    #[track_caller]
    fn new() -> Self {
        Self(loom::sync::atomic::AtomicU8::new(0))
    }

    #[track_caller]
    fn touch(&self) {
        let _ = self
            .0
            .compare_exchange(1, 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

macro_rules! atomic {
    ($name:ident $(<$of:ident>)?, $value:ty) => {
        #[derive(Debug)]
        pub(crate) struct $name $(<$of>)? {
            atomic: loom::sync::atomic::$name $(<$of>)?,
            companion: Companion,
        }

        impl $(<$of>)? $name $(<$of>)? {
            #[track_caller]
            pub(crate) fn new(value: $value) -> Self {
                Self {
                    atomic: loom::sync::atomic::$name::new(value),
                    companion: Companion::new(),
                }
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.companion.touch();
                self.atomic.load(order)
            }
        }

        impl $(<$of>)? Deref for $name $(<$of>)? {
            type Target = loom::sync::atomic::$name $(<$of>)?;

            fn deref(&self) -> &Self::Target {
                &self.atomic
            }
        }
    };
}

macro_rules! ends {
    ($name:ident $(<$of:ident>)?) => {
        impl $(<$of>)? Drop for $name $(<$of>)? {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    self.atomic.with_mut(|_| ());
                }
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU8, u8);
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicPtr<T>, *mut T);
ends!(AtomicU8);
ends!(AtomicU32);
ends!(AtomicU64);
ends!(AtomicPtr<T>);

loom::thread_local! {
    static PARKER: Arc<Notify> = Arc::new(Notify::new());
    /// How many looks at the clock are left to this thread's deadline.
    static LOOKS: Cell<u128> = Cell::new(0);
    /// How often this thread was parked.
    static PARKS: Cell<u64> = Cell::new(0);
}

/// When a thread gives up waiting. A thread has one at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    never: bool,
}

impl Deadline {
    pub(crate) const NEVER: Self = Self { never: true };

    pub(crate) fn at(_: Instant) -> Self {
        Self::after(Duration::ZERO)
    }

    pub(crate) fn after(duration: Duration) -> Self {
        LOOKS.with(|looks| looks.set(duration.as_nanos()));
        Self {
            never: duration == Duration::MAX,
        }
    }

    pub(crate) fn passed(self) -> bool {
        !self.never
            && LOOKS.with(|looks| {
                let left = looks.get();
                looks.set(left.saturating_sub(1));
                left == 0
            })
    }
}

/// A point in time that has been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment;

impl Moment {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn is_recent(self) -> bool {
        true
    }

    pub(crate) fn is_long_after(self, _: Self) -> bool {
        false
    }
}

/// Nothing: to a model any step is as good to be overtaken at.
pub(crate) fn yield_now() {}

/// Sleeps until this thread's waker was woken, or for no reason. With a deadline it never sleeps.
pub(crate) fn park(deadline: Deadline) {
    if deadline.never {
        PARKS.with(|parks| parks.set(parks.get() + 1));
        PARKER.with(Arc::clone).wait();
    }
}

/// How often this thread was parked, for models that want to see it happen.
#[cfg(test)]
pub(crate) fn parks() -> u64 {
    PARKS.with(Cell::get)
}

struct Unpark {
    parker: Arc<Notify>,
    /// A waker that is never dropped is a leak.
    _alive: Track<()>,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.parker.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.parker.notify();
    }
}

/// A waker that ends this thread's [`park`].
pub(crate) fn thread_waker() -> Waker {
    Waker::from(Arc::new(Unpark {
        parker: PARKER.with(Arc::clone),
        _alive: Track::new(()),
    }))
}
