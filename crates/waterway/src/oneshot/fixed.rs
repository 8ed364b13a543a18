//! Oneshots that allocate nothing: in a static, or in a value that is borrowed.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use super::cell::{At, Cell, Home};
use super::half::{RecvHalf, SendHalf};
use super::word::{RECEIVER_HERE, SENDER_HERE};
use super::{Receiver, Sender};
use crate::sync::constant;
use crate::unwind::Defer;

/// Says of handles that their channel is a [`Channel`], which they borrow.
#[derive(Debug)]
pub struct Loan<'a>(PhantomData<&'a ()>);

/// The sending handle of a [`Channel`].
pub type BorrowedSender<'a, T> = Sender<T, Loan<'a>>;
/// The receiving handle of a [`Channel`].
pub type BorrowedReceiver<'a, T> = Receiver<T, Loan<'a>>;

/// A oneshot in a static.
///
/// [`split`](Self::split) gives the ordinary handles: what uses them does not learn where the channel
/// lies. When both are gone it can be split again.
///
/// # Examples
/// ```
/// use waterway::oneshot;
///
/// static DONE: oneshot::Static<u32> = oneshot::Static::new();
///
/// let (sender, receiver) = DONE.split();
/// assert!(DONE.try_split().is_none());
/// sender.send(1).unwrap();
/// assert_eq!(receiver.wait(), Ok(1));
/// assert!(DONE.try_split().is_some());
/// ```
pub struct Static<T> {
    cell: Cell<T>,
}

// SAFETY: the value crosses threads, the cell is used by handles alone.
unsafe impl<T: Send> Sync for Static<T> {}
// SAFETY: one that can be moved was never split.
unsafe impl<T: Send> Send for Static<T> {}
impl<T> UnwindSafe for Static<T> {}
impl<T> RefUnwindSafe for Static<T> {}

impl<T> Static<T> {
    constant! {
        /// A channel for a static.
        #[must_use]
        pub fn new() -> Self {
            Self {
                cell: Cell::new(Home::Fixed, 0),
            }
        }
    }

    /// The channel's two handles.
    ///
    /// # Panics
    /// If those of the last split are not both gone. One that was leaked never is. See
    /// [`try_split`](Self::try_split).
    #[track_caller]
    pub fn split(&'static self) -> (Sender<T>, Receiver<T>) {
        self.try_split()
            .expect("the channel is split, and not both of its handles are gone")
    }

    /// [`split`](Self::split), if both handles of the last split are gone.
    pub fn try_split(&'static self) -> Option<(Sender<T>, Receiver<T>)> {
        // SAFETY: it is not null, and outlives everything.
        let at = unsafe {
            let cell = NonNull::new_unchecked(ptr::from_ref(&self.cell).cast_mut());
            At::new(cell)
        };
        if !at.word().begin() {
            return None;
        }
        // SAFETY: it has begun, for the caller, and is there for ever.
        let (sender, receiver) = unsafe { at.halves() };
        Some((Sender::new(sender), Receiver::new(receiver)))
    }
}

impl<T> Default for Static<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Static<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static").finish_non_exhaustive()
    }
}

/// A oneshot that is borrowed by its handles: it lies on the stack or in a field, and allocates nothing.
///
/// [`split`](Self::split) makes it anew each time, whatever was left in it. It may be moved while nothing
/// borrows it; dropping it drops what was left.
///
/// # Examples
/// ```
/// use waterway::oneshot;
///
/// let mut answer = oneshot::Channel::new();
/// for number in 0..3 {
///     let (sender, receiver) = answer.split();
///     std::thread::scope(|scope| {
///         scope.spawn(move || sender.send(number).unwrap());
///         assert_eq!(receiver.wait(), Ok(number));
///     });
/// }
/// ```
///
/// Nothing that borrows it outlives it, and it is split once at a time:
///
/// ```compile_fail,E0597
/// let (sender, receiver) = {
///     let mut answer = waterway::oneshot::Channel::<u8>::new();
///     answer.split()
/// };
/// drop(receiver);
/// ```
///
/// ```compile_fail,E0499
/// let mut answer = waterway::oneshot::Channel::<u8>::new();
/// let first = answer.split();
/// let second = answer.split();
/// drop(first);
/// ```
pub struct Channel<T> {
    cell: Cell<T>,
}

// SAFETY: the value crosses threads, the cell is used by handles alone.
unsafe impl<T: Send> Send for Channel<T> {}
// SAFETY: by a shared reference there is nothing to be done.
unsafe impl<T: Send> Sync for Channel<T> {}
impl<T> UnwindSafe for Channel<T> {}
impl<T> RefUnwindSafe for Channel<T> {}

impl<T> Channel<T> {
    constant! {
        /// A channel without handles.
        #[must_use]
        pub fn new() -> Self {
            Self {
                cell: Cell::new(Home::Fixed, 0),
            }
        }
    }

    /// The channel's two handles, which borrow it.
    ///
    /// What handles that were leaked have left in it is dropped.
    pub fn split(&mut self) -> (BorrowedSender<'_, T>, BorrowedReceiver<'_, T>) {
        self.clear();
        let at = self.at();
        let begun = at.word().begin();
        debug_assert!(begun, "nobody has a handle");
        // SAFETY: it has begun, for the caller, and is lent to the handles.
        let (sender, receiver) = unsafe { at.halves() };
        (Sender::new(sender), Receiver::new(receiver))
    }

    fn at(&mut self) -> At<T> {
        // SAFETY: handles borrow the channel until their last access.
        unsafe { At::new(NonNull::from(&mut self.cell)) }
    }

    /// Does what the drop of leaked handles would have done.
    fn clear(&mut self) {
        let at = self.at();
        let left = at.word().look();
        // SAFETY: whoever had this half has leaked it, and can't use it any more.
        let receiver =
            (left & RECEIVER_HERE != 0).then(|| unsafe { RecvHalf::<T, Loan<'_>>::new(at) });
        let _later = Defer::new(|| {
            if left & SENDER_HERE != 0 {
                // SAFETY: as for the receiver.
                drop(unsafe { SendHalf::<T, Loan<'_>>::new(at) });
            }
        });
        drop(receiver);
    }
}

impl<T> Drop for Channel<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl<T> Default for Channel<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}
