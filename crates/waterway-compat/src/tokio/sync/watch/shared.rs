//! The value, under its lock.

use ::std::fmt;
use ::std::ops::Deref;
use ::std::sync::atomic::{AtomicUsize, Ordering};
use ::std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// What the handles share beside a channel of waterway, by which receivers are told to look here.
pub(super) struct Shared<T> {
    value: RwLock<T>,
    /// Changes with the value, under the write lock. Compared for equality only: it may wrap around.
    version: AtomicUsize,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Self {
        Self {
            value: RwLock::new(value),
            version: AtomicUsize::new(0),
        }
    }

    pub(super) fn version(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `change`: what was done before the change is seen. The value itself
        // is seen by the lock.
        self.version.load(Ordering::Acquire)
    }

    fn read(&self) -> RwLockReadGuard<'_, T> {
        // A closure that panicked leaves the value as it left it.
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, for whoever has seen it.
    pub(super) fn borrow(&self) -> Ref<'_, T> {
        Ref {
            value: self.read(),
            has_changed: false,
        }
    }

    /// The value, for whoever has seen this version of it last.
    pub(super) fn borrow_after(&self, seen: usize) -> Ref<'_, T> {
        let value = self.read();
        let has_changed = self.version() != seen;
        Ref { value, has_changed }
    }

    /// The same, which counts as seen then.
    pub(super) fn borrow_and_update(&self, seen: &mut usize) -> Ref<'_, T> {
        let value = self.borrow_after(*seen);
        // It is that of the value, which is locked.
        *seen = self.version();
        value
    }

    /// The same, if it is what is looked for. It counts as seen in any case.
    pub(super) fn borrow_if(
        &self,
        seen: &mut usize,
        mut is_it: impl FnMut(&T) -> bool,
    ) -> Option<Ref<'_, T>> {
        let value = self.borrow_and_update(seen);
        is_it(&value).then_some(value)
    }

    /// Changes the value in place, and says whether that was a change.
    pub(super) fn change(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let mut value = self.value.write().unwrap_or_else(PoisonError::into_inner);
        let changed = modify(&mut value);
        if changed {
            // ORDERING: Release, see `version`.
            self.version.fetch_add(1, Ordering::Release);
        }
        changed
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("value", &self.value)
            .field("version", &self.version())
            .finish()
    }
}

/// A look at the value, which nobody changes as long as it is kept.
#[derive(Debug)]
pub struct Ref<'a, T> {
    value: RwLockReadGuard<'a, T>,
    has_changed: bool,
}

impl<T> Ref<'_, T> {
    /// Whether the receiver that it was borrowed from had not seen this value; never of a sender.
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
