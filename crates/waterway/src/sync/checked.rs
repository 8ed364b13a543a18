//! The platform of a model: loom's types, made to see more than they do by themselves.
//!
//! - **Every read counts.** To decide which interleavings differ, loom 0.7 remembers only the last
//!   access to an atomic, so that a thread's own load hides other threads' earlier loads from its
//!   compare-and-swap, and the orders in which the swap comes before them are never tried
//!   (<https://github.com/tokio-rs/loom/issues/392>). Here each reader of an atomic has a companion
//!   to it that it touches when it reads, and that everybody touches who writes afterwards: the
//!   search sees the two in conflict again. It orders nothing in memory.
//! - **The end is an access.** Dropping an atomic asserts that all uses of it happen before.
//! - **Time is counted.** A deadline passes after as many looks at the clock as its duration has
//!   nanoseconds, so that a model can end a wait at each of its stages.
//! - **Parking keeps its token.** loom's own `park` forgets that it was woken when the thread runs
//!   into a held mutex first. Here a thread waits for a message from its wakers, and never wakes
//!   spuriously.
//! - **A thread parks at once**, instead of yielding a little before, unless the model says so.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use loom::alloc::Track;
use loom::sync::Condvar;
use loom::sync::atomic::Ordering;
use loom::sync::mpsc::{Receiver, Sender, channel};
use loom::thread::{ThreadId, current};

/// Who has read an atomic since it was last written, for the search only.
#[derive(Debug, Default)]
struct Readers {
    readers: [OnceLock<Reader>; loom::MAX_THREADS],
    /// Bit i: reader i has read since the last write.
    fresh: std::sync::atomic::AtomicU8,
}

#[derive(Debug)]
struct Reader {
    thread: ThreadId,
    /// Nobody ever waits for it. To notify it is a step of the search, and orders nothing.
    companion: Condvar,
}

impl Readers {
    /// Before a read.
    #[track_caller]
    fn read(&self) {
        let thread = current().id();
        for (index, reader) in self.readers.iter().enumerate() {
            let reader = reader.get_or_init(|| Reader {
                thread,
                companion: Condvar::new(),
            });
            if reader.thread == thread {
                reader.companion.notify_one();
                self.fresh.fetch_or(1 << index, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Before a write.
    #[track_caller]
    fn write(&self) {
        let fresh = self.fresh.swap(0, Ordering::Relaxed);
        if fresh == 0 {
            return;
        }
        let thread = current().id();
        for (index, reader) in self.readers.iter().enumerate() {
            if let Some(reader) = reader.get() {
                if fresh & 1 << index != 0 && reader.thread != thread {
                    reader.companion.notify_one();
                }
            }
        }
    }
}

macro_rules! atomic {
    ($name:ident $(<$of:ident>)?, $value:ty $(, $op:ident)*) => {
        #[derive(Debug)]
        pub(crate) struct $name $(<$of>)? {
            atomic: loom::sync::atomic::$name $(<$of>)?,
            readers: Readers,
        }

        #[allow(dead_code, reason = "not each is needed of each")]
        impl $(<$of>)? $name $(<$of>)? {
            #[track_caller]
            pub(crate) fn new(value: $value) -> Self {
                Self {
                    atomic: loom::sync::atomic::$name::new(value),
                    readers: Readers::default(),
                }
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.readers.read();
                self.atomic.load(order)
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.readers.write();
                self.atomic.store(value, order);
            }

            #[track_caller]
            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.readers.write();
                self.atomic.compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub(crate) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            $(
                #[track_caller]
                pub(crate) fn $op(&self, value: $value, order: Ordering) -> $value {
                    self.readers.write();
                    self.atomic.$op(value, order)
                }
            )*
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

atomic!(AtomicBool, bool, swap, fetch_or, fetch_and);
atomic!(
    AtomicU8, u8, swap, fetch_add, fetch_sub, fetch_or, fetch_and
);
atomic!(AtomicU16, u16, swap);
atomic!(
    AtomicU32, u32, swap, fetch_add, fetch_sub, fetch_or, fetch_and
);
atomic!(
    AtomicU64, u64, swap, fetch_add, fetch_sub, fetch_or, fetch_and
);
atomic!(AtomicPtr<T>, *mut T, swap);
ends!(AtomicU8);
ends!(AtomicU16);
ends!(AtomicU32);
ends!(AtomicU64);
ends!(AtomicPtr<T>);

loom::thread_local! {
    static PARKER: Arc<Parker> = Arc::new(Parker::new());
    /// How many looks at the clock are left to this thread's deadline.
    static LOOKS: Cell<u128> = Cell::new(0);
    /// How often this thread was parked.
    static PARKS: Cell<u64> = Cell::new(0);
}

/// When a thread gives up waiting. A thread has one at a time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
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

    pub(crate) fn earlier(self, other: Self) -> Self {
        Self {
            never: self.never && other.never,
        }
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

/// What tells the threads of a model apart, as far as the numbers of any two differ: not 0.
pub(crate) fn thread_number() -> usize {
    let mut hasher = DefaultHasher::new();
    current().id().hash(&mut hasher);
    usize::try_from(hasher.finish() >> 1).expect("64 bits") | 1 << 62
}

/// A model has no memory of what its threads did before.
pub(crate) fn count() -> u32 {
    0
}

pub(crate) fn count_up() -> u32 {
    0
}

std::thread_local! {
    static MAY_YIELD: Cell<bool> = const { Cell::new(false) };
}

/// Whether a thread may yield a little before it parks.
pub(crate) fn may_yield() -> bool {
    MAY_YIELD.get()
}

/// Says whether threads may yield, in the models of this real thread.
#[cfg(test)]
pub(crate) fn let_yield(may: bool) {
    MAY_YIELD.set(may);
}

/// A place to sleep for one thread: each message wakes it once.
struct Parker {
    wakes: Receiver<()>,
    waker: Sender<()>,
}

// SAFETY: all threads of a model take turns in one real thread.
unsafe impl Send for Parker {}
// SAFETY: as for Send.
unsafe impl Sync for Parker {}

impl Parker {
    fn new() -> Self {
        let (waker, wakes) = channel();
        Self { wakes, waker }
    }
}

/// Sleeps until this thread's waker was woken; not at all if it was already. With a deadline it
/// never sleeps.
pub(crate) fn park(deadline: Deadline) {
    if deadline.never {
        PARKS.with(|parks| parks.set(parks.get() + 1));
        let parker = PARKER.with(Arc::clone);
        parker.wakes.recv().expect("the parker has a sender itself");
    }
}

/// Nobody else parks in a thread of a model.
pub(crate) fn wakes() -> u32 {
    0
}

/// How often this thread was parked, for models that want to see it happen.
#[cfg(test)]
pub(crate) fn parks() -> u64 {
    PARKS.with(Cell::get)
}

struct Unpark {
    parker: Arc<Parker>,
    /// A waker that is never dropped is a leak.
    _alive: Track<()>,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.parker.waker.send(()).expect("the parker is here");
    }
}

/// A waker that ends this thread's [`park`].
pub(crate) fn thread_waker() -> Waker {
    Waker::from(Arc::new(Unpark {
        parker: PARKER.with(Arc::clone),
        _alive: Track::new(()),
    }))
}
