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

use super::{Access, Threads};

/// A full barrier, for either side; nothing where both are one thread.
#[inline(always)]
pub(crate) fn full<A: Access>() {
    if !A::ALONE {
        // ORDERING: SeqCst pairs with every other full barrier and with `heavy`.
        fence(Ordering::SeqCst);
    }
}

/// What lies at least between a write and the look that follows it: the light half.
#[inline(always)]
pub(crate) fn light() {
    #[cfg(waterway_loom)]
    full::<Threads>();
    // ORDERING: pairs with `heavy`.
    #[cfg(not(waterway_loom))]
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// A word that is written by somebody who then looks at who waits for that.
pub(crate) trait Word {
    type Value;
    /// Writes it; a barrier and the look have to follow.
    fn put(&self, value: Self::Value);
}

macro_rules! word {
    ($($atomic:ty: $value:ty),*) => {$(
        impl Word for $atomic {
            type Value = $value;

            #[inline(always)]
            fn put(&self, value: $value) {
                // ORDERING: Release: what was written before is seen by who sees the value.
                // Loom does not know which comes first, a store or a read-modify-write beside it
                // that did not see it: in a model the store is a swap.
                #[cfg(not(waterway_loom))]
                self.store(value, Ordering::Release);
                #[cfg(waterway_loom)]
                self.swap(value, Ordering::Release);
            }
        }
    )*};
}

word!(super::AtomicU8: u8, super::AtomicU32: u32, super::AtomicU64: u64);

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
        super::full::<super::Threads>();
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
        super::full::<super::Threads>();
        0
    }
}
