//! A pool in a static.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use super::{DefaultRecycle, Pool, Receiver, Seat, Sender};
use crate::slab::Home;
use crate::sync::{DefaultLock, constant};

/// A pool in a static, of exactly `N` slots.
///
/// [`split`](Self::split) gives the ordinary handles: what uses them does not learn where the channel lies. When all of
/// them are gone, weak ones and [`OwnedSlotRef`](super::OwnedSlotRef)s included, it can be split again, and begins empty
/// and open. Its elements are dropped then, and made anew in the next generation.
///
/// It holds its slots, and allocates nothing. Until it is split it is all zeros but for the policy.
///
/// # Examples
/// ```
/// use waterway::pool::{self, WithCapacity};
///
/// static LINES: pool::Static<String, 16, WithCapacity> =
///     pool::Static::with_recycle(WithCapacity::new().with_min_capacity(80));
///
/// let (sender, mut receiver) = LINES.split();
/// assert!(LINES.try_split().is_none());
/// let mut line = sender.try_slot().unwrap();
/// line.push_str("hello");
/// line.send().unwrap();
/// assert_eq!(*receiver.try_recv_ref().unwrap(), "hello");
/// drop((sender, receiver));
/// assert!(LINES.try_split().is_some(), "all handles are gone");
/// ```
pub struct Static<T, const N: usize, R = DefaultRecycle, L: RawMutex = DefaultLock> {
    home: Home<T, N, Pool<R, L>>,
    policy: R,
}

/// The two handles of a channel.
type Ends<T, R, L> = (Sender<T, R, L>, Receiver<T, R, L>);

impl<T, const N: usize, R, L: RawMutex> UnwindSafe for Static<T, N, R, L> {}
impl<T, const N: usize, R, L: RawMutex> RefUnwindSafe for Static<T, N, R, L> {}

impl<T, const N: usize> Static<T, N> {
    constant! {
        /// A pool for a static, whose elements are made by their default value: see [`DefaultRecycle`].
        ///
        /// `N` is at least 1 and at most [`MAX_CAPACITY`](super::MAX_CAPACITY), or it does not compile.
        #[must_use]
        pub fn new() -> Self {
            Self::with_recycle(DefaultRecycle::new())
        }
    }
}

impl<T, const N: usize, R> Static<T, N, R> {
    constant! {
        /// A pool for a static with a policy of its own, which stays when it is split again.
        ///
        /// `N` is at least 1 and at most [`MAX_CAPACITY`](super::MAX_CAPACITY), or it does not compile.
        #[must_use]
        pub fn with_recycle(policy: R) -> Self {
            Self::with_recycle_in(policy)
        }
    }
}

impl<T, const N: usize, R, L: RawMutex> Static<T, N, R, L> {
    constant! {
        /// [`with_recycle`](Static::with_recycle) with a lock of your own for the lists of those who wait, which the
        /// type names.
        #[must_use]
        pub fn with_recycle_in(policy: R) -> Self {
            Self {
                home: Home::new(),
                policy,
            }
        }
    }

    /// The channel's two handles.
    ///
    /// Takes time in proportion to `N`.
    ///
    /// # Panics
    /// If something of the last split is left. Some of it always is: handles that were leaked, or that leaked
    /// operations and guards hold. See [`try_split`](Self::try_split).
    #[track_caller]
    pub fn split(&'static self) -> Ends<T, R, L> {
        self.try_split()
            .expect("the channel is split, and not all of its handles are gone")
    }

    /// [`split`](Self::split), if nothing is left of the last split.
    pub fn try_split(&'static self) -> Option<Ends<T, R, L>> {
        let slab = self.home.split_with(Seat::beside(&self.policy))?;
        Some((Sender::new(slab), Receiver::new(slab)))
    }

    /// How many slots there are: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize> Default for Static<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, R, L: RawMutex> fmt::Debug for Static<T, N, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static")
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}
