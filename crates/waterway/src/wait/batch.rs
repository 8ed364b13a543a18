//! Wakers that were picked under the lock and are woken after it.

use core::fmt;
use core::mem::MaybeUninit;
use core::task::Waker;

use crate::unwind::Defer;

/// A bounded batch of wakers. Waking runs user code, so that this happens outside every lock: by
/// [`fire`](Self::fire), or when the batch is dropped. If one waker panics the others are still
/// woken.
#[must_use = "the waiters were picked: they must be woken"]
pub(crate) struct WakeBatch {
    /// The first `count` are there.
    wakers: [MaybeUninit<Waker>; Self::SIZE],
    count: usize,
}

impl WakeBatch {
    #[cfg(not(waterway_loom))]
    const SIZE: usize = 16;
    #[cfg(waterway_loom)]
    const SIZE: usize = 2;

    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self {
            wakers: [const { MaybeUninit::uninit() }; Self::SIZE],
            count: 0,
        }
    }

    /// Whether two more fit: a served sender and the receiver that its message is for.
    pub(crate) fn has_room(&self) -> bool {
        self.count + 2 <= Self::SIZE
    }

    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.wakers[self.count].write(waker);
            self.count += 1;
        }
    }

    /// Wakes those whom `pick` puts into a batch, and again as long as it says that there are more,
    /// though a waker panics.
    pub(crate) fn fire_all(pick: &impl Fn(&mut Self) -> bool) {
        loop {
            let mut batch = Self::new();
            let more = pick(&mut batch);
            let rest = Defer::new(|| {
                if more {
                    Self::fire_all(pick);
                }
            });
            batch.fire();
            rest.defuse();
            if !more {
                return;
            }
        }
    }

    /// Wakes them all. The caller holds no lock.
    #[inline]
    pub(crate) fn fire(&mut self) {
        while let Some(last) = self.count.checked_sub(1) {
            self.count = last;
            // SAFETY: it was among the first `count`, and is not any more.
            let waker = unsafe { self.wakers[last].assume_init_read() };
            waker.wake();
        }
    }
}

impl Drop for WakeBatch {
    fn drop(&mut self) {
        self.fire();
    }
}

impl fmt::Debug for WakeBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakeBatch")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    struct Counting(AtomicUsize, bool);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            assert!(!self.1, "a waker panics");
        }
    }

    #[test]
    fn all_are_woken_though_one_panics() {
        let calm = Arc::new(Counting(AtomicUsize::new(0), false));
        let wild = Arc::new(Counting(AtomicUsize::new(0), true));
        let mut batch = WakeBatch::new();
        batch.add(Some(calm.clone().into()));
        batch.add(Some(wild.clone().into()));
        batch.add(Some(calm.clone().into()));
        let woken = catch_unwind(AssertUnwindSafe(move || batch.fire()));
        assert!(woken.is_err());
        assert_eq!(calm.0.load(Ordering::Relaxed), 2);
        assert_eq!(wild.0.load(Ordering::Relaxed), 1);
        assert_eq!((Arc::strong_count(&calm), Arc::strong_count(&wild)), (1, 1));
    }
}
