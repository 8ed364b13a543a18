//! The two halves of an asymmetric barrier.
//!
//! Two threads that each store and then look at what the other stores need a full barrier between
//! the two, both of them, or both may look too early. Where one side does this a million times a
//! second and the other is about to sleep, the second can pay for both: it asks the kernel for a
//! barrier on every processor that runs a thread of this process, and the first keeps its
//! compiler from reordering and nothing else.
//! <https://www.open-std.org/jtc1/sc22/wg21/docs/papers/2022/p1202r5.pdf>
//!
//! On Linux that is `membarrier(2)` (private, expedited): <https://man7.org/linux/man-pages/man2/membarrier.2.html>.
//! Elsewhere, without the feature `membarrier`, or where the kernel refuses, there is none, and both
//! sides pay.
//! In a model both halves are full barriers.

#[cfg(not(waterway_loom))]
use core::sync::atomic::{Ordering, fence};
#[cfg(waterway_loom)]
use loom::sync::atomic::{Ordering, fence};

/// A full barrier, for either side.
#[inline(always)]
pub(crate) fn full() {
    // ORDERING: SeqCst pairs with every other full barrier and with `heavy`.
    fence(Ordering::SeqCst);
}

/// How a word is written by somebody who then looks at who waits for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// By a store, and the light half of a barrier. Only where `is_asymmetric` was true before.
    Plain,
    /// By a swap, which is a full barrier.
    Fenced,
}

/// What can be written so.
pub(crate) trait Word {
    type Value;
    fn store(&self, value: Self::Value);
    fn swap(&self, value: Self::Value);
}

macro_rules! word {
    ($($atomic:ty: $value:ty),*) => {$(
        impl Word for $atomic {
            type Value = $value;

            #[inline(always)]
            fn store(&self, value: $value) {
                // ORDERING: Release: what was written before is seen by who sees the value.
                // Loom does not know which comes first, a store or a read-modify-write beside it
                // that did not see it: in a model the store is a swap.
                #[cfg(not(waterway_loom))]
                self.store(value, Ordering::Release);
                #[cfg(waterway_loom)]
                self.swap(value, Ordering::Release);
            }

            #[inline(always)]
            fn swap(&self, value: $value) {
                // ORDERING: SeqCst: Release as above, and with the SeqCst load that follows in
                // `look` a full barrier.
                self.swap(value, Ordering::SeqCst);
            }
        }
    )*};
}

word!(super::AtomicU8: u8, super::AtomicU32: u32, super::AtomicU64: u64);

impl Write {
    /// Writes a word: a Release at least.
    #[inline(always)]
    pub(crate) fn put<W: Word>(self, word: &W, value: W::Value) {
        match self {
            Self::Plain => word.store(value),
            Self::Fenced => word.swap(value),
        }
    }

    /// The barrier that there still has to be between `put` and a SeqCst load.
    #[inline(always)]
    pub(crate) fn complete(self) {
        // Loom takes SeqCst accesses for weaker ones.
        #[cfg(waterway_loom)]
        full();
        #[cfg(not(waterway_loom))]
        if self == Self::Plain {
            // ORDERING: pairs with `heavy`.
            core::sync::atomic::compiler_fence(Ordering::SeqCst);
        }
    }
}

#[cfg(all(target_os = "linux", feature = "membarrier", not(waterway_loom)))]
pub(crate) use kernel::{heavy, is_asymmetric};
#[cfg(not(all(target_os = "linux", feature = "membarrier", not(waterway_loom))))]
pub(crate) use without::{heavy, is_asymmetric};

#[cfg(all(target_os = "linux", feature = "membarrier", not(waterway_loom)))]
mod kernel {
    use std::time::Instant;

    use crate::sync::{AtomicU8, Ordering};

    const UNKNOWN: u8 = 0;
    const YES: u8 = 1;
    const NO: u8 = 2;

    static AVAILABLE: AtomicU8 = AtomicU8::new(UNKNOWN);

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: the call takes two integers and touches no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    fn register() -> bool {
        membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    /// Whether `heavy` is a barrier for all threads, so that a plain write is enough for the others.
    #[inline]
    pub(crate) fn is_asymmetric() -> bool {
        // ORDERING: Relaxed: the kernel keeps the registration, nothing else is handed on.
        match AVAILABLE.load(Ordering::Relaxed) {
            UNKNOWN => {
                let available = register() && membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
                // ORDERING: Relaxed, as above.
                AVAILABLE.store(if available { YES } else { NO }, Ordering::Relaxed);
                available
            }
            available => available == YES,
        }
    }

    /// The dear half: every thread has passed a full barrier when this returns. Says what it took,
    /// in nanoseconds.
    #[cold]
    pub(crate) fn heavy() -> u64 {
        let begin = Instant::now();
        super::full();
        let command = libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED;
        let passed = membarrier(command) || (register() && membarrier(command));
        if !passed {
            // What was there when `is_asymmetric` asked is forbidden now. To go on could lose a
            // wake-up.
            assert!(
                membarrier(libc::MEMBARRIER_CMD_GLOBAL),
                "the kernel refuses the barrier that it granted before"
            );
        }
        u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(not(all(target_os = "linux", feature = "membarrier", not(waterway_loom))))]
mod without {
    /// A model takes both halves for full barriers, so that it sees the asymmetric protocol.
    #[inline]
    pub(crate) fn is_asymmetric() -> bool {
        cfg!(waterway_loom)
    }

    #[cold]
    pub(crate) fn heavy() -> u64 {
        super::full();
        0
    }
}
