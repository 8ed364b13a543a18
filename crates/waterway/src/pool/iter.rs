//! Receivers as iterators.

#![forbid(unsafe_code)]

use core::fmt;

use lock_api::RawMutex;

use super::{DefaultRecycle, OwnedSlotRef, Receiver, Recycle};
use crate::sync::DefaultLock;

/// An iterator over the messages that are there: made by [`Receiver::try_iter`].
#[must_use = "iterators do nothing until they are asked"]
pub struct TryIter<'a, T, R = DefaultRecycle, L: RawMutex = DefaultLock>(
    pub(super) &'a mut Receiver<T, R, L>,
);

impl<T, R: Recycle<T>, L: RawMutex> Iterator for TryIter<'_, T, R, L> {
    type Item = OwnedSlotRef<T, R, L>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.try_recv_kept().ok()
    }
}

impl<T, R, L: RawMutex> fmt::Debug for TryIter<'_, T, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// Iterators that wait for each message in their thread.
#[cfg(feature = "std")]
mod blocking {
    use super::{DefaultLock, DefaultRecycle, OwnedSlotRef, RawMutex, Receiver, Recycle, fmt};

    /// A blocking iterator over all messages: made by [`Receiver::iter`].
    #[must_use = "iterators do nothing until they are asked"]
    pub struct Iter<'a, T, R = DefaultRecycle, L: RawMutex = DefaultLock>(
        pub(in super::super) &'a mut Receiver<T, R, L>,
    );

    /// A blocking iterator that owns its receiver.
    #[must_use = "iterators do nothing until they are asked"]
    pub struct IntoIter<T, R = DefaultRecycle, L: RawMutex = DefaultLock>(Receiver<T, R, L>);

    impl<T, R: Recycle<T>, L: RawMutex> Iterator for Iter<'_, T, R, L> {
        type Item = OwnedSlotRef<T, R, L>;

        fn next(&mut self) -> Option<Self::Item> {
            Some(self.0.recv_ref().wait()?.into_owned())
        }
    }

    impl<T, R: Recycle<T>, L: RawMutex> Iterator for IntoIter<T, R, L> {
        type Item = OwnedSlotRef<T, R, L>;

        fn next(&mut self) -> Option<Self::Item> {
            Some(self.0.recv_ref().wait()?.into_owned())
        }
    }

    impl<T, R: Recycle<T>, L: RawMutex> IntoIterator for Receiver<T, R, L> {
        type Item = OwnedSlotRef<T, R, L>;
        type IntoIter = IntoIter<T, R, L>;

        fn into_iter(self) -> IntoIter<T, R, L> {
            IntoIter(self)
        }
    }

    impl<'a, T, R: Recycle<T>, L: RawMutex> IntoIterator for &'a mut Receiver<T, R, L> {
        type Item = OwnedSlotRef<T, R, L>;
        type IntoIter = Iter<'a, T, R, L>;

        fn into_iter(self) -> Iter<'a, T, R, L> {
            self.iter()
        }
    }

    impl<T, R, L: RawMutex> fmt::Debug for Iter<'_, T, R, L> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Iter").finish_non_exhaustive()
        }
    }

    impl<T, R, L: RawMutex> fmt::Debug for IntoIter<T, R, L> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("IntoIter").finish_non_exhaustive()
        }
    }
}
