//! The only room that names `core::sync`, `std::sync`, `std::thread` or the model checker.
//!
//! Built with `--cfg waterway_loom` every name below is loom's, so that a model sees each atomic
//! access, each cell access and each park of the crate. Everywhere else they are the platform's.
//! Time does not exist under loom: a deadline there is counted in looks at the clock.

/// A `const fn`; but not in a model, whose atomics are made at run time.
macro_rules! constant {
    ($(#[$attribute:meta])* $visible:vis fn $($rest:tt)*) => {
        #[cfg(not(waterway_loom))]
        $(#[$attribute])*
        $visible const fn $($rest)*

        #[cfg(waterway_loom)]
        $(#[$attribute])*
        $visible fn $($rest)*
    };
}
pub(crate) use constant;

mod access;
pub(crate) mod barrier;
#[cfg(waterway_loom)]
mod checked;
#[cfg(feature = "critical-section")]
mod critical;
mod lock;
#[cfg(any(feature = "std", waterway_loom))]
pub(crate) mod sleepy;

pub use access::{Access, Alone, Threads};
pub(crate) use access::{Exchange, Modify};
pub(crate) use barrier::Word;
#[cfg(feature = "critical-section")]
pub use critical::CriticalSectionLock;
pub use lock::{DefaultLock, NoLock};

#[cfg(waterway_loom)]
pub(crate) use checked::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64};
#[cfg(not(waterway_loom))]
pub(crate) use core::sync::atomic::Ordering;
#[cfg(not(any(waterway_loom, feature = "portable-atomic")))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64};
#[cfg(waterway_loom)]
pub(crate) use loom::sync::atomic::Ordering;
#[cfg(all(feature = "portable-atomic", not(waterway_loom)))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64};

/// A cell whose accesses the model checker can see.
#[derive(Debug)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(Inner<T>);

#[cfg(not(waterway_loom))]
type Inner<T> = core::cell::UnsafeCell<T>;
#[cfg(waterway_loom)]
type Inner<T> = loom::cell::UnsafeCell<T>;

impl<T> UnsafeCell<T> {
    constant! {
        pub(crate) fn new(value: T) -> Self {
            Self(Inner::new(value))
        }
    }

    /// Calls `f` with a pointer for reading.
    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        #[cfg(not(waterway_loom))]
        return f(self.0.get());
        #[cfg(waterway_loom)]
        return self.0.with(f);
    }

    /// Calls `f` with a pointer for writing.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        #[cfg(not(waterway_loom))]
        return f(self.0.get());
        #[cfg(waterway_loom)]
        return self.0.with_mut(f);
    }
}

/// The end is an access: it happens after all others.
#[cfg(waterway_loom)]
impl<T: ?Sized> Drop for UnsafeCell<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.0.with_mut(|_| ());
        }
    }
}

/// Tells the processor (or the model) that this is a spin loop.
#[inline(always)]
pub(crate) fn spin_loop() {
    #[cfg(not(waterway_loom))]
    core::hint::spin_loop();
    #[cfg(waterway_loom)]
    loom::thread::yield_now();
}

/// Leaves a contended word to the others for a moment: who has its cache line can do more with it.
#[inline]
pub(crate) fn back_off() {
    #[cfg(not(waterway_loom))]
    for _ in 0..8 {
        spin_loop();
    }
}

/// Lets somebody else go on whom this thread would wait for otherwise.
pub(crate) fn give_way() {
    #[cfg(all(feature = "std", not(waterway_loom)))]
    yield_now();
    #[cfg(not(all(feature = "std", not(waterway_loom))))]
    spin_loop();
}

/// What tells the current thread from all others that are alive; 0 where that can't be told.
#[inline]
pub(crate) fn current_thread() -> usize {
    #[cfg(all(feature = "std", not(waterway_loom)))]
    return thread::address();
    #[cfg(all(feature = "std", waterway_loom))]
    return checked::thread_number();
    #[cfg(not(feature = "std"))]
    0
}

#[cfg(all(feature = "std", waterway_loom))]
pub use checked::Deadline;
#[cfg(all(feature = "std", waterway_loom))]
pub(crate) use checked::{
    Moment, count, count_up, may_yield, park, thread_waker, wakes, yield_now,
};
#[cfg(all(test, waterway_loom))]
pub(crate) use checked::{let_yield, parks};
#[cfg(all(feature = "std", not(waterway_loom)))]
pub use thread::Deadline;
#[cfg(all(feature = "std", not(waterway_loom)))]
pub(crate) use thread::{
    Moment, count, count_up, leave_moment, park, thread_waker, wakes, yield_now,
};

/// Parking of threads, and the waker that ends it.
#[cfg(all(feature = "std", not(waterway_loom)))]
mod thread {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Wake, Waker};
    use std::thread::{Thread, current};
    use std::time::{Duration, Instant};

    /// The point in time at which a thread gives up waiting.
    #[derive(Clone, Copy, Debug)]
    pub struct Deadline(Option<Instant>);

    impl Deadline {
        /// Waits for ever.
        pub(crate) const NEVER: Self = Self(None);

        pub(crate) fn at(instant: Instant) -> Self {
            Self(Some(instant))
        }

        /// A time too far away to be told is never.
        pub(crate) fn after(duration: Duration) -> Self {
            Self(Instant::now().checked_add(duration))
        }

        pub(crate) fn passed(self) -> bool {
            self.0.is_some_and(|at| Instant::now() >= at)
        }

        /// The one that passes first.
        pub(crate) fn earlier(self, other: Self) -> Self {
            match (self.0, other.0) {
                (Some(one), Some(two)) => Self(Some(one.min(two))),
                (one, two) => Self(one.or(two)),
            }
        }
    }

    /// A point in time that has been.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Moment(Instant);

    impl Moment {
        /// About what it costs to park a thread and wake it, a few times over.
        const RECENT: Duration = Duration::from_micros(50);

        pub(crate) fn now() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn is_recent(self) -> bool {
            self.0.elapsed() < Self::RECENT
        }

        /// Whether so much time lies between that others must have had the processor for long.
        pub(crate) fn is_long_after(self, earlier: Self) -> bool {
            self.0.saturating_duration_since(earlier.0) > Duration::from_micros(500)
        }
    }

    /// Sleeps until this thread's waker was woken, the deadline passed, or for no reason.
    pub(crate) fn park(deadline: Deadline) {
        match deadline.0 {
            None => std::thread::park(),
            Some(at) => std::thread::park_timeout(at.saturating_duration_since(Instant::now())),
        }
    }

    #[inline]
    pub(crate) fn yield_now() {
        std::thread::yield_now();
    }

    /// Leaves a moment to this thread's next call; what the last one left.
    #[inline]
    pub(crate) fn leave_moment(moment: Option<Moment>) -> Option<Moment> {
        std::thread_local! {
            static LEFT: Cell<Option<Moment>> = const { Cell::new(None) };
        }
        LEFT.try_with(|left| left.replace(moment)).unwrap_or(None)
    }

    /// The address of something that each thread has: not null.
    #[inline]
    pub(crate) fn address() -> usize {
        std::thread_local! {
            static PLACE: Cell<u8> = const { Cell::new(0) };
        }
        PLACE
            .try_with(|place| core::ptr::from_ref(place).addr())
            .unwrap_or(0)
    }

    std::thread_local! {
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    /// How often this thread has counted up.
    #[inline]
    pub(crate) fn count() -> u32 {
        COUNT.try_with(Cell::get).unwrap_or(0)
    }

    /// Counts, and says how far this thread was.
    #[inline]
    pub(crate) fn count_up() -> u32 {
        COUNT
            .try_with(|count| count.replace(count.get().wrapping_add(1)))
            .unwrap_or(0)
    }

    /// Wakes a thread, and counts: the token of `unpark` may be taken by whatever else parks in the thread.
    struct Unpark {
        thread: Thread,
        wakes: AtomicU32,
    }

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.wake_by_ref();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            // ORDERING: Release pairs with the Acquire in `wakes`; who finds it does not sleep, but looks.
            self.wakes.fetch_add(1, Ordering::Release);
            self.thread.unpark();
        }
    }

    impl Unpark {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                thread: current(),
                wakes: AtomicU32::new(0),
            })
        }
    }

    std::thread_local! {
        static UNPARK: (Arc<Unpark>, Waker) = {
            let unpark = Unpark::new();
            (Arc::clone(&unpark), Waker::from(unpark))
        };
    }

    /// The waker that unparks the current thread; made once per thread.
    pub(crate) fn thread_waker() -> Waker {
        // A thread that is being torn down has no thread-locals any more: it gets a new one.
        UNPARK
            .try_with(|(_, waker)| waker.clone())
            .unwrap_or_else(|_| Waker::from(Unpark::new()))
    }

    /// How often the current thread's waker was woken so far.
    pub(crate) fn wakes() -> u32 {
        // ORDERING: Acquire pairs with the Release in `wake_by_ref`.
        let wakes = UNPARK.try_with(|(unpark, _)| unpark.wakes.load(Ordering::Acquire));
        wakes.unwrap_or(0)
    }
}
