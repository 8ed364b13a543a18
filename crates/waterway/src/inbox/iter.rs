//! Receivers as iterators.

use core::fmt;
use core::iter::FusedIterator;

use lock_api::RawMutex;

use super::Receiver;
use crate::sync::DefaultLock;

/// An iterator that takes what was there when it was made: made by [`Receiver::drain`].
#[must_use = "it takes only what is asked of it"]
pub struct Drain<'a, T, L: RawMutex + 'static = DefaultLock> {
    pub(super) receiver: &'a mut Receiver<T, L>,
    pub(super) left: usize,
}

impl<T, L: RawMutex> Iterator for Drain<'_, T, L> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let message = self.receiver.try_recv().ok();
        if message.is_none() {
            self.left = 0;
        }
        message
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T, L: RawMutex> FusedIterator for Drain<'_, T, L> {}

impl<T, L: RawMutex> fmt::Debug for Drain<'_, T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// An iterator over the messages that are there: made by [`Receiver::try_iter`].
#[must_use = "iterators do nothing until they are asked"]
pub struct TryIter<'a, T, L: RawMutex + 'static = DefaultLock>(pub(super) &'a mut Receiver<T, L>);

impl<T, L: RawMutex> Iterator for TryIter<'_, T, L> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

impl<T, L: RawMutex> fmt::Debug for TryIter<'_, T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// Iterators that wait for each message in their thread.
#[cfg(feature = "std")]
mod blocking {
    use super::{DefaultLock, RawMutex, Receiver, fmt};

    /// A blocking iterator over all messages: made by [`Receiver::iter`].
    #[must_use = "iterators do nothing until they are asked"]
    pub struct Iter<'a, T, L: RawMutex + 'static = DefaultLock>(
        pub(in super::super) &'a mut Receiver<T, L>,
    );

    /// A blocking iterator that owns its receiver.
    #[must_use = "iterators do nothing until they are asked"]
    pub struct IntoIter<T, L: RawMutex + 'static = DefaultLock>(Receiver<T, L>);

    impl<T, L: RawMutex> Iterator for Iter<'_, T, L> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            self.0.recv().wait()
        }
    }

    impl<T, L: RawMutex> Iterator for IntoIter<T, L> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            self.0.recv().wait()
        }
    }

    impl<T, L: RawMutex> IntoIterator for Receiver<T, L> {
        type Item = T;
        type IntoIter = IntoIter<T, L>;

        fn into_iter(self) -> IntoIter<T, L> {
            IntoIter(self)
        }
    }

    impl<'a, T, L: RawMutex> IntoIterator for &'a mut Receiver<T, L> {
        type Item = T;
        type IntoIter = Iter<'a, T, L>;

        fn into_iter(self) -> Iter<'a, T, L> {
            self.iter()
        }
    }

    impl<T, L: RawMutex> fmt::Debug for Iter<'_, T, L> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Iter").finish_non_exhaustive()
        }
    }

    impl<T, L: RawMutex> fmt::Debug for IntoIter<T, L> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("IntoIter").finish_non_exhaustive()
        }
    }
}
