//! Receivers as iterators: borrowed, whichever way a kind borrows them, or owned.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::kind::{Invariant, Kind};
use crate::op::Hold;

/// An iterator that takes what was there when it was made: made by `drain`.
#[must_use = "it takes only what is asked of it"]
pub struct Drain<H, T, K: Kind> {
    receiver: H,
    left: usize,
    _of: Invariant<T, K>,
}

impl<H: Hold<T, K>, T, K: Kind> Drain<H, T, K> {
    pub(crate) fn new(receiver: H) -> Self {
        let left = receiver.chan().available();
        Self {
            receiver,
            left,
            _of: PhantomData,
        }
    }
}

impl<H: Hold<T, K>, T, K: Kind> Iterator for Drain<H, T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let message = self.receiver.chan().try_recv().ok();
        if message.is_none() {
            self.left = 0;
        }
        message
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<H: Hold<T, K>, T, K: Kind> FusedIterator for Drain<H, T, K> {}

impl<H, T, K: Kind> fmt::Debug for Drain<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// An iterator over the messages that are there: made by `try_iter`.
#[must_use = "iterators do nothing until they are asked"]
pub struct TryIter<H, T, K: Kind> {
    receiver: H,
    _of: Invariant<T, K>,
}

impl<H, T, K: Kind> TryIter<H, T, K> {
    pub(crate) fn new(receiver: H) -> Self {
        Self {
            receiver,
            _of: PhantomData,
        }
    }
}

impl<H: Hold<T, K>, T, K: Kind> Iterator for TryIter<H, T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.chan().try_recv().ok()
    }
}

impl<H, T, K: Kind> fmt::Debug for TryIter<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// Iterators that wait for each message in their thread.
#[cfg(feature = "std")]
mod blocking {
    use super::{Hold, Invariant, Kind, PhantomData, fmt};
    use crate::kind::ManyThreads;
    use crate::op::{Next, Op, Receiving};
    use crate::{shared, sole};

    /// A blocking iterator over all messages: made by `iter` and `into_iter`.
    #[must_use = "iterators do nothing until they are asked"]
    pub struct Iter<H, T, K: Kind> {
        receiver: H,
        _of: Invariant<T, K>,
    }

    /// A blocking iterator that owns its receiver `H`.
    pub type IntoIter<H, T, K> = Iter<H, T, K>;

    impl<H, T, K: Kind> Iter<H, T, K> {
        pub(crate) fn new(receiver: H) -> Self {
            Self {
                receiver,
                _of: PhantomData,
            }
        }
    }

    impl<H: Hold<T, K>, T, K: Kind + ManyThreads> Iterator for Iter<H, T, K> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            Op::new(Receiving::new(Next(&self.receiver.chan()))).wait()
        }
    }

    impl<H, T, K: Kind> fmt::Debug for Iter<H, T, K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Iter").finish_non_exhaustive()
        }
    }

    impl<T, K: Kind + ManyThreads> IntoIterator for sole::Receiver<T, K> {
        type Item = T;
        type IntoIter = Iter<Self, T, K>;

        fn into_iter(self) -> Self::IntoIter {
            Iter::new(self)
        }
    }

    impl<'a, T, K: Kind + ManyThreads> IntoIterator for &'a mut sole::Receiver<T, K> {
        type Item = T;
        type IntoIter = Iter<Self, T, K>;

        fn into_iter(self) -> Iter<&'a mut sole::Receiver<T, K>, T, K> {
            self.iter()
        }
    }

    impl<T, K: Kind + ManyThreads> IntoIterator for shared::Receiver<T, K> {
        type Item = T;
        type IntoIter = Iter<Self, T, K>;

        fn into_iter(self) -> Self::IntoIter {
            Iter::new(self)
        }
    }

    impl<'a, T, K: Kind + ManyThreads> IntoIterator for &'a shared::Receiver<T, K> {
        type Item = T;
        type IntoIter = Iter<Self, T, K>;

        fn into_iter(self) -> Iter<&'a shared::Receiver<T, K>, T, K> {
            self.iter()
        }
    }
}
