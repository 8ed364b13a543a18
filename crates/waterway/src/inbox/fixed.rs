//! An inbox in a static.

use core::fmt;

use lock_api::RawMutex;

use super::{Receiver, Sender, ends};
use crate::kind::Inbox;
use crate::slab::Home;
use crate::sync::{DefaultLock, constant};

/// An inbox in a static, with room for exactly `N` messages.
///
/// [`split`](Self::split) gives the ordinary handles: what uses them does not learn where the inbox lies. When all of them
/// are gone, weak ones too, it can be split again, and begins empty and open.
///
/// It holds its slots, allocates nothing, and is all zeros until it is split, so that it takes no room in the program's
/// file.
///
/// # Examples
/// ```
/// use waterway::inbox;
///
/// static EVENTS: inbox::Static<u32, 8> = inbox::Static::new();
///
/// let (sender, mut receiver) = EVENTS.split();
/// sender.try_send(1).unwrap();
/// assert!(EVENTS.try_split().is_none());
/// assert_eq!(receiver.try_recv(), Ok(1));
/// drop((sender, receiver));
/// assert!(EVENTS.try_split().is_some());
/// ```
pub struct Static<T, const N: usize, L: RawMutex + 'static = DefaultLock> {
    home: Home<T, N, Inbox<L>>,
}

impl<T, const N: usize, L: RawMutex> core::panic::UnwindSafe for Static<T, N, L> {}
impl<T, const N: usize, L: RawMutex> core::panic::RefUnwindSafe for Static<T, N, L> {}

impl<T, const N: usize> Static<T, N> {
    constant! {
        /// An inbox for a static.
        ///
        /// `N` is 1 to [`MAX_CAP`](super::MAX_CAP), or it does not compile.
        #[must_use]
        pub fn new() -> Self {
            Self::new_in()
        }
    }
}

impl<T, const N: usize, L: RawMutex> Static<T, N, L> {
    constant! {
        /// [`new`](Self::new) with a lock of your own for the lists of those who wait.
        #[must_use]
        pub fn new_in() -> Self {
            Self { home: Home::new() }
        }
    }

    /// The inbox's first two handles.
    ///
    /// # Panics
    /// If not all handles of the last split are gone: some never are, such as those that were leaked. See
    /// [`try_split`](Self::try_split).
    #[track_caller]
    pub fn split(&'static self) -> (Sender<T, L>, Receiver<T, L>) {
        self.try_split()
            .expect("the inbox is split, and not all of its handles are gone")
    }

    /// [`split`](Self::split), if all handles of the last split are gone.
    pub fn try_split(&'static self) -> Option<(Sender<T, L>, Receiver<T, L>)> {
        self.home.split().map(ends)
    }

    /// The bound of the inbox: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize> Default for Static<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, L: RawMutex> fmt::Debug for Static<T, N, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static")
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}
