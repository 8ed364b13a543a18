//! Wakers that were picked under the lock and are woken after it.

use core::task::Waker;

/// A bounded batch of wakers. Waking runs user code, so that this happens outside every lock: by
/// [`fire`](Self::fire), or when the batch is dropped. If one waker panics the others are still
/// woken.
#[must_use = "the waiters were picked: they must be woken"]
#[derive(Debug)]
pub(crate) struct WakeBatch {
    wakers: [Option<Waker>; Self::SIZE],
    count: usize,
}

impl WakeBatch {
    #[cfg(not(waterway_loom))]
    const SIZE: usize = 16;
    #[cfg(waterway_loom)]
    const SIZE: usize = 2;

    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            wakers: [const { None }; Self::SIZE],
            count: 0,
        }
    }

    /// Whether two more fit: a served sender and the receiver that its message is for.
    pub(crate) fn has_room(&self) -> bool {
        self.count + 2 <= Self::SIZE
    }

    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        if waker.is_some() {
            self.wakers[self.count] = waker;
            self.count += 1;
        }
    }

    pub(crate) fn fire(mut self) {
        self.wake_all();
    }

    fn wake_all(&mut self) {
        while let Some(last) = self.count.checked_sub(1) {
            self.count = last;
            if let Some(waker) = self.wakers[last].take() {
                waker.wake();
            }
        }
    }
}

impl Drop for WakeBatch {
    fn drop(&mut self) {
        self.wake_all();
    }
}
