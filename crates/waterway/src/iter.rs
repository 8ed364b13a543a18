//! Receivers as iterators.

use core::fmt;
use core::iter::FusedIterator;

use crate::kind::Kind;
use crate::sole::Receiver;

/// An iterator that takes what was there when it was made: see [`Receiver::drain`].
#[must_use = "it takes only what is asked of it"]
pub struct Drain<'a, T, K: Kind> {
    receiver: &'a mut Receiver<T, K>,
    left: usize,
}

impl<'a, T, K: Kind> Drain<'a, T, K> {
    pub(crate) fn new(receiver: &'a mut Receiver<T, K>, left: usize) -> Self {
        Self { receiver, left }
    }
}

impl<T, K: Kind> Iterator for Drain<'_, T, K> {
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

impl<T, K: Kind> FusedIterator for Drain<'_, T, K> {}

impl<T, K: Kind> fmt::Debug for Drain<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// An iterator over the messages that are there: see [`Receiver::try_iter`].
#[must_use = "iterators do nothing until they are asked"]
pub struct TryIter<'a, T, K: Kind> {
    receiver: &'a mut Receiver<T, K>,
}

impl<'a, T, K: Kind> TryIter<'a, T, K> {
    pub(crate) fn new(receiver: &'a mut Receiver<T, K>) -> Self {
        Self { receiver }
    }
}

impl<T, K: Kind> Iterator for TryIter<'_, T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T, K: Kind> fmt::Debug for TryIter<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// Iterators that wait for each message in their thread.
#[cfg(feature = "std")]
mod blocking {
    use super::{Kind, Receiver, fmt};

    /// A blocking iterator over all messages: see [`Receiver::iter`].
    #[must_use = "iterators do nothing until they are asked"]
    pub struct Iter<'a, T, K: Kind> {
        receiver: &'a mut Receiver<T, K>,
    }

    impl<'a, T, K: Kind> Iter<'a, T, K> {
        pub(crate) fn new(receiver: &'a mut Receiver<T, K>) -> Self {
            Self { receiver }
        }
    }

    impl<T, K: Kind> Iterator for Iter<'_, T, K> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            self.receiver.recv().wait()
        }
    }

    impl<T, K: Kind> fmt::Debug for Iter<'_, T, K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Iter").finish_non_exhaustive()
        }
    }

    /// A blocking iterator that owns its receiver.
    #[must_use = "iterators do nothing until they are asked"]
    pub struct IntoIter<T, K: Kind> {
        receiver: Receiver<T, K>,
    }

    impl<T, K: Kind> Iterator for IntoIter<T, K> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            self.receiver.recv().wait()
        }
    }

    impl<T, K: Kind> fmt::Debug for IntoIter<T, K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("IntoIter").finish_non_exhaustive()
        }
    }

    impl<T, K: Kind> IntoIterator for Receiver<T, K> {
        type Item = T;
        type IntoIter = IntoIter<T, K>;

        fn into_iter(self) -> IntoIter<T, K> {
            IntoIter { receiver: self }
        }
    }

    impl<'a, T, K: Kind> IntoIterator for &'a mut Receiver<T, K> {
        type Item = T;
        type IntoIter = Iter<'a, T, K>;

        fn into_iter(self) -> Iter<'a, T, K> {
            self.iter()
        }
    }
}
