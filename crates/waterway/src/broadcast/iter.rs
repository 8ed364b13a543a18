//! Receivers as iterators.

use core::fmt;

use super::receiver::Receiver;
use crate::error::Lagged;

/// An iterator over the messages that are there: made by [`Receiver::try_iter`].
#[must_use = "iterators do nothing until they are asked"]
pub struct TryIter<'a, T>(pub(super) &'a mut Receiver<T>);

impl<T: Clone> Iterator for TryIter<'_, T> {
    type Item = Result<T, Lagged>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.try_recv().ok()
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// Iterators that wait for each message in their thread.
#[cfg(feature = "std")]
mod blocking {
    use super::{Lagged, Receiver, fmt};

    /// A blocking iterator over all messages: made by [`Receiver::iter`].
    #[must_use = "iterators do nothing until they are asked"]
    pub struct Iter<'a, T>(pub(in super::super) &'a mut Receiver<T>);

    /// A blocking iterator that owns its receiver.
    #[must_use = "iterators do nothing until they are asked"]
    pub struct IntoIter<T>(Receiver<T>);

    impl<T: Clone> Iterator for Iter<'_, T> {
        type Item = Result<T, Lagged>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0.recv().wait()
        }
    }

    impl<T: Clone> Iterator for IntoIter<T> {
        type Item = Result<T, Lagged>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0.recv().wait()
        }
    }

    impl<T: Clone> IntoIterator for Receiver<T> {
        type Item = Result<T, Lagged>;
        type IntoIter = IntoIter<T>;

        fn into_iter(self) -> IntoIter<T> {
            IntoIter(self)
        }
    }

    impl<'a, T: Clone> IntoIterator for &'a mut Receiver<T> {
        type Item = Result<T, Lagged>;
        type IntoIter = Iter<'a, T>;

        fn into_iter(self) -> Iter<'a, T> {
            self.iter()
        }
    }

    impl<T> fmt::Debug for Iter<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Iter").finish_non_exhaustive()
        }
    }

    impl<T> fmt::Debug for IntoIter<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("IntoIter").finish_non_exhaustive()
        }
    }
}
