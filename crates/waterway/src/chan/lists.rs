//! Who waits, under one lock.
//!
//! The lock and what it guards lie apart in the channel: as one they would take a word more.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use lock_api::RawMutex;

use super::Core;
use crate::kind::Kind;
use crate::wait::List;

/// Who waits.
#[derive(Debug)]
pub(crate) struct Lists {
    /// Operations that wait for room, in order.
    pub(super) senders: List,
    /// Operations that are told of something and take nothing: closed and flush.
    pub(super) watchers: List,
    /// Receives that wait, in order: those of receivers that share the channel. Of a sole receiver,
    /// whose waker lies in its cell, only the hand of a thread is here.
    pub(super) receivers: List,
}

impl Lists {
    pub(super) const fn new() -> Self {
        Self {
            senders: List::new(),
            watchers: List::new(),
            receivers: List::new(),
        }
    }

    pub(super) fn are_empty(&self) -> bool {
        self.senders.is_empty() && self.watchers.is_empty() && self.receivers.is_empty()
    }
}

/// The lists, while their lock is held.
pub(super) struct Locked<'a, K: Kind> {
    core: &'a Core<K>,
    /// A lock is given back by the thread that took it.
    _here: PhantomData<*mut ()>,
}

impl<K: Kind> Core<K> {
    /// Takes the lock.
    #[inline]
    pub(super) fn lists(&self) -> Locked<'_, K> {
        self.lock.lock();
        self.locked()
    }

    /// The same unless somebody has it.
    pub(super) fn try_lists(&self) -> Option<Locked<'_, K>> {
        self.lock.try_lock().then(|| self.locked())
    }

    /// The lock was taken just now.
    #[inline]
    fn locked(&self) -> Locked<'_, K> {
        Locked {
            core: self,
            _here: PhantomData,
        }
    }
}

impl<K: Kind> Deref for Locked<'_, K> {
    type Target = Lists;

    #[inline]
    fn deref(&self) -> &Lists {
        // SAFETY: the lock is held as long as this is there.
        unsafe { &*self.core.lists.get() }
    }
}

impl<K: Kind> DerefMut for Locked<'_, K> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Lists {
        // SAFETY: as above, and there is one of these at a time.
        unsafe { &mut *self.core.lists.get() }
    }
}

impl<K: Kind> Drop for Locked<'_, K> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the lock is held, by this thread.
        unsafe { self.core.lock.unlock() };
    }
}

impl<K: Kind> fmt::Debug for Locked<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Locked").field(&**self).finish()
    }
}
