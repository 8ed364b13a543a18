//! A waker in two words, where a state word elsewhere says whose it is.
//!
//! [`WakerCell`](super::WakerCell) says itself whether somebody takes its waker. Where a word that
//! changes hands anyway says so, this is all that is left.

use core::mem::ManuallyDrop;
use core::ptr;
use core::task::{RawWakerVTable, Waker};

/// The words of a waker, which own nothing: they may be copied, and compared with another waker when
/// their own is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BareWaker {
    data: *const (),
    vtable: &'static RawWakerVTable,
}

impl BareWaker {
    /// Keeps the waker alive until it is made [whole](Self::whole) again.
    pub(crate) fn of(waker: Waker) -> Self {
        let waker = ManuallyDrop::new(waker);
        Self {
            data: waker.data(),
            vtable: waker.vtable(),
        }
    }

    /// Whether these are the words of `waker`.
    pub(crate) fn is_of(&self, waker: &Waker) -> bool {
        ptr::eq(self.data, waker.data()) && ptr::eq(self.vtable, waker.vtable())
    }

    /// The waker.
    ///
    /// # Safety
    /// It was not made whole before, of these words or a copy.
    pub(crate) unsafe fn whole(self) -> Waker {
        // SAFETY: the words of a waker that was kept alive, and is owned by the caller alone.
        unsafe { Waker::new(self.data, self.vtable) }
    }
}
