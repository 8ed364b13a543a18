//! A lock that is a critical section.

use core::cell::Cell;

use critical_section::RestoreState;
use lock_api::{GuardNoSend, RawMutex};

/// A lock that is a critical section: while it is held nothing else runs that could want it, interrupt
/// handlers included (feature `critical-section`).
///
/// What a critical section is says the program, or its runtime, by an implementation of the crate
/// [`critical-section`](https://docs.rs/critical-section). It is for channels that interrupt handlers use:
/// a handler that found the [`DefaultLock`](crate::DefaultLock) held by what it has interrupted would wait
/// for ever. The lock of a channel is held for a few list operations at a time, never while a waker or
/// other user code runs.
///
/// # Panics
/// Locking it where it is held already panics, instead of waiting for itself. A channel does not.
///
/// # Examples
/// ```
/// use waterway::{CriticalSectionLock, mpsc};
///
/// static EVENTS: mpsc::Static<u32, 16, mpsc::Mpsc<CriticalSectionLock>> = mpsc::Static::new_in();
///
/// let (events, mut main) = EVENTS.split();
/// let interrupt_handler = move || drop(events.try_send(7));
/// interrupt_handler();
/// assert_eq!(main.try_recv(), Ok(7));
/// ```
#[derive(Debug)]
pub struct CriticalSectionLock {
    /// Whether it is held, and what its release gives back. Touched within a critical section only.
    held: Cell<Option<RestoreState>>,
}

// SAFETY: the cell is touched within critical sections only, which exclude each other.
unsafe impl Sync for CriticalSectionLock {}
// SAFETY: one that can be moved is not held, or its guard was leaked, and then so was the critical section.
unsafe impl Send for CriticalSectionLock {}

// SAFETY: `try_lock` succeeds within a critical section, if it is not held; it is held until `unlock`, which
// ends the section.
unsafe impl RawMutex for CriticalSectionLock {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "the trait asks for a constant initial value"
    )]
    const INIT: Self = Self {
        held: Cell::new(None),
    };

    type GuardMarker = GuardNoSend;

    #[inline]
    fn lock(&self) {
        assert!(self.try_lock(), "a critical section waits for itself");
    }

    #[inline]
    fn try_lock(&self) -> bool {
        // SAFETY: it is released by `unlock`, or below; locks of channels are released in the reverse order.
        let restore = unsafe { critical_section::acquire() };
        let free = self.held.get().is_none();
        if free {
            self.held.set(Some(restore));
        } else {
            // SAFETY: acquired just now.
            unsafe { critical_section::release(restore) };
        }
        free
    }

    #[inline]
    unsafe fn unlock(&self) {
        if let Some(restore) = self.held.take() {
            // SAFETY: acquired by the `try_lock` whose lock ends here.
            unsafe { critical_section::release(restore) };
        }
    }
}
