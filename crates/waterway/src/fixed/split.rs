//! A channel in a static.

use core::fmt;

use lock_api::RawMutex;

use crate::chan::place::Home;
use crate::kind::{Ends, ManyThreads, Mpsc, Usual};
use crate::manager;
use crate::sync::constant;

/// A channel in a static, with room for exactly `N` messages; a rendezvous if that is 0.
///
/// [`split`](Self::split) gives the ordinary handles: what uses them does not learn where the channel
/// lies. When all of them are gone it can be split again, and begins empty, open and without permits.
/// Weak handles of an earlier split stay without a channel. Code that takes the handles is tested with those
/// of [`bounded`](crate::mpsc::bounded), whose types are the same.
///
/// It holds its slots, allocates nothing, and is all zeros until it is split, so that it takes no room in
/// the program's file. See the modules for its names: [`mpsc::Static`](crate::mpsc::Static),
/// [`mpmc::Static`](crate::mpmc::Static), [`spsc::Static`](crate::spsc::Static).
///
/// # Examples
/// ```
/// use waterway::mpsc;
///
/// static EVENTS: mpsc::Static<u32, 16> = mpsc::Static::new();
///
/// let (sender, mut receiver) = EVENTS.split();
/// sender.try_send(1).unwrap();
/// assert!(EVENTS.try_split().is_none());
/// assert_eq!(receiver.try_recv(), Ok(1));
/// drop((sender, receiver));
/// let (sender, _receiver) = EVENTS.try_split().expect("all handles are gone");
/// assert!(sender.is_empty());
/// ```
///
/// With fewer than all handles gone there is no second pair, and without a static there is none at all:
///
/// ```compile_fail,E0597
/// let events = waterway::mpsc::Static::<u32, 16>::new();
/// let (sender, receiver) = events.split();
/// ```
pub struct Static<T, const N: usize, K: Ends + ManyThreads> {
    home: Home<T, N, K>,
}

impl<T, const N: usize, K: Ends + ManyThreads> core::panic::UnwindSafe for Static<T, N, K> {}
impl<T, const N: usize, K: Ends + ManyThreads> core::panic::RefUnwindSafe for Static<T, N, K> {}

impl<T, const N: usize, K: Ends + ManyThreads + Usual> Static<T, N, K> {
    constant! {
        /// A channel for a static.
        ///
        /// `N` is at most `MAX_CAPACITY`, or it does not compile.
        #[must_use]
        pub fn new() -> Self {
            Self::new_in()
        }
    }
}

impl<T, const N: usize, K: Ends + ManyThreads> Static<T, N, K> {
    constant! {
        /// [`new`](Self::new) with a lock of your own for the lists of those who wait, which the kind names.
        ///
        /// # Examples
        /// ```
        /// use waterway::{DefaultLock, mpsc};
        ///
        /// // Any `lock_api::RawMutex`.
        /// type Lock = DefaultLock;
        ///
        /// static EVENTS: mpsc::Static<u32, 16, mpsc::Mpsc<Lock>> = mpsc::Static::new_in();
        /// assert!(EVENTS.try_split().is_some());
        /// ```
        #[must_use]
        pub fn new_in() -> Self {
            Self { home: Home::new() }
        }
    }

    /// The channel's first two handles.
    ///
    /// Takes time in proportion to `N`.
    ///
    /// # Panics
    /// If not all handles of the last split are gone. Some never are: those that were leaked, those that
    /// leaked operations or permits hold, and those of a thread or a closure that lives as long as the
    /// program. A weak handle that another thread is just upgrading may count as one for that moment, unless
    /// it is older than the last split. See [`try_split`](Self::try_split).
    #[track_caller]
    pub fn split(&'static self) -> (K::Sender<T>, K::Receiver<T>) {
        self.try_split()
            .expect("the channel is split, and not all of its handles are gone")
    }

    /// [`split`](Self::split), if all handles of the last split are gone.
    pub fn try_split(&'static self) -> Option<(K::Sender<T>, K::Receiver<T>)> {
        self.home.split().map(K::ends)
    }

    /// The bound of the channel: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize, L: RawMutex + 'static> Static<T, N, Mpsc<L>> {
    /// The channel's first two handles, and its [`Manager`](manager::Manager), which counts as one: it can be split again when
    /// the manager is gone as well.
    ///
    /// # Panics
    /// As for [`split`](Self::split).
    ///
    /// # Examples
    /// ```
    /// use waterway::mpsc;
    ///
    /// static JOBS: mpsc::Static<u32, 16> = mpsc::Static::new();
    ///
    /// let (manager, sender, receiver) = JOBS.split_managed();
    /// drop(receiver);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(manager.new_receiver()?.try_recv(), Ok(1));
    /// # Ok::<(), waterway::ReceiverConnected>(())
    /// ```
    #[track_caller]
    pub fn split_managed(&'static self) -> manager::Handles<T, Mpsc<L>> {
        let fresh = self.home.split();
        manager::handles(fresh.expect("the channel is split, and not all of its handles are gone"))
    }
}

impl<T, const N: usize, K: Ends + ManyThreads + Usual> Default for Static<T, N, K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, K: Ends + ManyThreads> fmt::Debug for Static<T, N, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static")
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}
