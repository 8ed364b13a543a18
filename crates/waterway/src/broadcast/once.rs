//! One value, set once, for all who ask, however late.
//!
//! ```text
//! EMPTY -> WRITING -> SET      send: by compare-and-swap, write, store
//! EMPTY -> CLOSED              close, and the drop of the sender: by compare-and-swap
//! ```
//!
//! | state | who may touch the value |
//! |---|---|
//! | `EMPTY`, `CLOSED` | nobody: there is none |
//! | `WRITING` | who moved the state there |
//! | `SET` | everybody may read it, as long as they keep the memory; the last to go drops it |
//!
//! `SET` and `CLOSED` are for ever. Receivers wait in a [`Crowd`], which is told after either. Neither that a
//! receiver comes nor that one goes changes the state. With handles, which keep it, it lies in
//! [`handles`](super::handles).

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::Poll;

use lock_api::RawMutex;

use super::{Broadcast, OnceRecvOp, OnceRecvRefOp, OnceSettledOp};
use crate::error::{RecvTimeoutError, SendError, Timeout, TryRecvError};
use crate::id::ChannelId;
use crate::kind::{Invariant, sealed::Sealed};
use crate::op::{Lent, Op, Told, Wish};
use crate::sync::{AtomicU8, DefaultLock, Exchange, Ordering, Threads, UnsafeCell, Word, constant};
use crate::wait::Crowd;
#[cfg(feature = "std")]
use crate::wait::Pace;

const EMPTY: u8 = 0;
const WRITING: u8 = 1;
const SET: u8 = 2;
const CLOSED: u8 = 3;

/// One value, set once and kept, for all who ask: a channel that is used by reference, at both ends.
///
/// It has no handles, allocates nothing, and may lie in a static: it ends when it is [closed](Self::close). With handles it is
/// made by `once()`, with the feature `alloc`.
///
/// # Examples
/// ```
/// use waterway::broadcast::Once;
///
/// static READY: Once<&str> = Once::new();
///
/// let task = std::thread::spawn(|| READY.recv().wait());
/// READY.send("steady").unwrap();
/// assert_eq!(task.join().unwrap(), Some("steady"));
/// // Once more, and late.
/// assert_eq!(READY.get(), Some(&"steady"));
/// assert!(READY.send("go").is_err());
/// ```
pub struct Once<T, L: RawMutex = DefaultLock> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
    pub(super) crowd: Crowd<L>,
    #[cfg(feature = "std")]
    pub(super) pace: Pace,
    /// Invariant in the value, as handles are.
    _of: Invariant<T, L>,
}

// SAFETY: the value goes to any thread, and several read it at a time.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Send for Once<T, L> {}
// SAFETY: as for Send: every method may be called by several threads.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Sync for Once<T, L> {}
impl<T, L: RawMutex> UnwindSafe for Once<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for Once<T, L> {}
impl<T, L: RawMutex> Sealed for Once<T, L> {}

impl<T> Once<T> {
    constant! {
        /// A channel without a value.
        #[must_use]
        pub fn new() -> Self {
            Self::new_in()
        }
    }
}

impl<T, L: RawMutex> Once<T, L> {
    constant! {
        /// [`new`](Self::new) with a lock of your own for the list of those who wait.
        #[must_use]
        pub fn new_in() -> Self {
            Self {
                state: AtomicU8::new(EMPTY),
                value: UnsafeCell::new(MaybeUninit::uninit()),
                crowd: Crowd::new(),
                #[cfg(feature = "std")]
                pace: Pace::new(),
                _of: PhantomData,
            }
        }
    }

    /// Sets the value, for all who ask, those to come too.
    ///
    /// Never waits.
    ///
    /// # Errors
    /// [`SendError`] with this value if there is one already, or the channel was closed.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if !self.begin(WRITING) {
            return Err(SendError(value));
        }
        // SAFETY: this is the one who moved the state to WRITING.
        self.value.with_mut(|place| unsafe {
            (*place).write(value);
        });
        self.state.put(SET);
        self.crowd.tell();
        Ok(())
    }

    /// Waits for the value, and clones it. `None` if the channel is closed without one.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    ///
    /// # Panics
    /// If `clone` does; the value is there still.
    pub fn recv(&self) -> OnceRecvOp<'_, T, L>
    where
        T: Clone,
    {
        Op::new(Told::new(OnceNext::new(self)))
    }

    /// Waits for the value, and lends it. `None` if the channel is closed without one.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn recv_ref(&self) -> OnceRecvRefOp<'_, T, L> {
        Op::new(Told::new(OnceSight(self)))
    }

    /// Waits until it is known whether there is a value: until it is set, or the channel is closed without one. Then
    /// [`get`](Self::get) has it.
    ///
    /// It asks for no `Clone`, and lends nothing: for code that does not know what it is to do with the value.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn settled(&self) -> OnceSettledOp<'_, T, L> {
        Op::new(Told::new(OnceSettled::new(self)))
    }

    /// A clone of the value, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`], or [`TryRecvError::Closed`] if there will never be one.
    pub fn try_recv(&self) -> Result<T, TryRecvError>
    where
        T: Clone,
    {
        self.value().cloned()
    }

    /// The value, if it is there.
    pub fn get(&self) -> Option<&T> {
        self.value().ok()
    }

    /// Ends the wait of all receivers without a value, unless there is one; says whether this call did.
    pub fn close(&self) -> bool {
        let closed = self.begin(CLOSED);
        if closed {
            self.crowd.tell();
        }
        closed
    }

    /// Whether the channel was closed without a value.
    pub fn is_closed(&self) -> bool {
        self.state() == CLOSED
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.state() == SET
    }

    /// What tells this channel from all others that are alive, while it is not moved.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(core::ptr::from_ref(self).addr())
    }

    fn state(&self) -> u8 {
        // ORDERING: Acquire pairs with the Release in `send`: who sees SET sees the value. A side of the announce
        // protocol of the crowd, too.
        self.state.load(Ordering::Acquire)
    }

    /// Leaves `EMPTY`, if it is that.
    fn begin(&self, state: u8) -> bool {
        // ORDERING: AcqRel: the winner's write comes after that; who sees CLOSED sees what came before.
        self.state
            .exchange::<Threads>(EMPTY, state, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    fn value(&self) -> Result<&T, TryRecvError> {
        match self.state() {
            // SAFETY: it was written, and nobody writes or moves it any more.
            SET => Ok(self
                .value
                .with(|value| unsafe { (*value).assume_init_ref() })),
            CLOSED => Err(TryRecvError::Closed),
            _ => Err(TryRecvError::Empty),
        }
    }

    fn look(&self) -> Poll<Option<&T>> {
        match self.value() {
            Ok(value) => Poll::Ready(Some(value)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }
}

impl<T, L: RawMutex> Drop for Once<T, L> {
    fn drop(&mut self) {
        if self.state() == SET {
            // SAFETY: it was written, and this is the end.
            self.value
                .with_mut(|value| unsafe { (*value).assume_init_drop() });
        }
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, L: RawMutex> fmt::Debug for Once<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("set", &self.is_set())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// What keeps a once: a reference to it, or a handle that is given away. Sealed.
#[doc(hidden)]
pub trait Keeps<T, L: RawMutex>: Lent {
    /// It.
    fn once(&self) -> &Once<T, L>;
}

impl<T, L: RawMutex> Keeps<T, L> for &Once<T, L> {
    fn once(&self) -> &Once<T, L> {
        self
    }
}

/// The value, cloned. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct OnceNext<G, T, L> {
    grip: G,
    _of: Invariant<T, L>,
}

/// The value, lent. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct OnceSight<'a, T, L: RawMutex>(pub(super) &'a Once<T, L>);

/// That it is known whether there is a value. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct OnceSettled<G, T, L> {
    grip: G,
    _of: Invariant<T, L>,
}

impl<G, T, L> OnceNext<G, T, L> {
    pub(super) fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T, L> OnceSettled<G, T, L> {
    pub(super) fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T, L> Sealed for OnceNext<G, T, L> {}
impl<G, T, L> Sealed for OnceSettled<G, T, L> {}
impl<T, L: RawMutex> Sealed for OnceSight<'_, T, L> {}

impl<G: Keeps<T, L>, T: Clone, L: RawMutex> Wish for OnceNext<G, T, L> {
    type Kind = Broadcast;
    type Crowd = Crowd<L>;
    /// Whether there is a value.
    type Found = bool;
    type Output = G::With<Option<T>>;
    type Timed = G::With<Result<T, RecvTimeoutError>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Crowd<L> {
        &self.grip.once().crowd
    }

    fn look(&mut self) -> Poll<bool> {
        self.grip.once().look().map(|value| value.is_some())
    }

    fn output(self, _: bool) -> Self::Output {
        let value = self.grip.once().get().cloned();
        self.grip.with(value)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        G::map(output, |value| value.ok_or(RecvTimeoutError::Closed))
    }

    fn back(self) -> G::Alone {
        self.grip.alone()
    }

    fn timed_out(back: G::Alone) -> Self::Timed {
        G::with_alone(back, Err(RecvTimeoutError::Timeout))
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(&self.grip.once().pace)
    }
}

impl<G: Keeps<T, L>, T, L: RawMutex> Wish for OnceSettled<G, T, L> {
    type Kind = Broadcast;
    type Crowd = Crowd<L>;
    /// Whether there is a value.
    type Found = bool;
    type Output = G::With<bool>;
    type Timed = G::With<Result<bool, Timeout>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Crowd<L> {
        &self.grip.once().crowd
    }

    fn look(&mut self) -> Poll<bool> {
        self.grip.once().look().map(|value| value.is_some())
    }

    fn output(self, is_set: bool) -> Self::Output {
        self.grip.with(is_set)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        G::map(output, Ok)
    }

    fn back(self) -> G::Alone {
        self.grip.alone()
    }

    fn timed_out(back: G::Alone) -> Self::Timed {
        G::with_alone(back, Err(Timeout))
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(&self.grip.once().pace)
    }
}

impl<'a, T, L: RawMutex> Wish for OnceSight<'a, T, L> {
    type Kind = Broadcast;
    type Crowd = Crowd<L>;
    type Found = Option<&'a T>;
    type Output = Option<&'a T>;
    type Timed = Result<&'a T, RecvTimeoutError>;
    type Back = ();

    fn crowd(&self) -> &Crowd<L> {
        &self.0.crowd
    }

    fn look(&mut self) -> Poll<Option<&'a T>> {
        self.0.look()
    }

    fn output(self, found: Option<&'a T>) -> Option<&'a T> {
        found
    }

    fn in_time(output: Option<&'a T>) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(&self.0.pace)
    }
}
