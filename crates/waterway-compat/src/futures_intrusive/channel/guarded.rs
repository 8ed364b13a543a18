//! A value that is cloned by one thread at a time.

use lock_api::{Mutex, RawMutex};

/// A value under a lock of its own: so it may be in a channel whose receivers clone it side by side, and need not be `Sync` for
/// that. The lock is held while it is cloned, and for nothing else.
pub(super) struct Guarded<MutexType, T>(Mutex<MutexType, T>);

impl<MutexType: RawMutex, T> Guarded<MutexType, T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(super) fn into_inner(self) -> T {
        self.0.into_inner()
    }

    pub(super) fn cloned(&self) -> T
    where
        T: Clone,
    {
        self.0.lock().clone()
    }
}

impl<MutexType: RawMutex, T: Clone> Clone for Guarded<MutexType, T> {
    fn clone(&self) -> Self {
        Self::new(self.cloned())
    }
}
