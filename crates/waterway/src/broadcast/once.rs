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
//! receiver comes nor that one goes changes the state.

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::task::Poll;

use alloc::boxed::Box;
use lock_api::RawMutex;

use super::op::Grip;
use super::{
    Broadcast, OnceRecvOp, OnceRecvOwnedOp, OnceRecvRefOp, OnceSettledOp, OnceSettledOwnedOp,
};
use crate::error::{RecvTimeoutError, SendError, Timeout, TryRecvError};
use crate::id::ChannelId;
use crate::kind::{Invariant, sealed::Sealed};
use crate::life::Life;
use crate::op::{Op, Told, Wish};
use crate::sync::{AtomicU8, DefaultLock, Exchange, Ordering, Threads, UnsafeCell, Word};
use crate::wait::Crowd;
#[cfg(feature = "std")]
use crate::wait::Pace;

const EMPTY: u8 = 0;
const WRITING: u8 = 1;
const SET: u8 = 2;
const CLOSED: u8 = 3;

/// See the module's docs.
struct Once<T, L: RawMutex> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
    crowd: Crowd<L>,
    life: Life<Threads>,
    #[cfg(feature = "std")]
    pace: Pace,
}

impl<T, L: RawMutex> Once<T, L> {
    fn state(&self) -> u8 {
        // ORDERING: Acquire pairs with the Release in `set`: who sees SET sees the value. A side of the announce
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

    fn set(&self, value: T) -> Result<(), SendError<T>> {
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

    fn close(&self) -> bool {
        let closed = self.begin(CLOSED);
        if closed {
            self.crowd.tell();
        }
        closed
    }

    fn get(&self) -> Result<&T, TryRecvError> {
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
        match self.get() {
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

/// A pointer to a once, which whoever has it keeps by a hold.
struct Link<T, L: RawMutex>(NonNull<Once<T, L>>);

impl<T, L: RawMutex> Clone for Link<T, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L: RawMutex> Copy for Link<T, L> {}

impl<T, L: RawMutex> Deref for Link<T, L> {
    type Target = Once<T, L>;

    fn deref(&self) -> &Once<T, L> {
        // SAFETY: who has a link has a hold, or borrows from who has.
        unsafe { self.0.as_ref() }
    }
}

impl<T, L: RawMutex> Link<T, L> {
    fn new() -> Self {
        let once = Once {
            state: AtomicU8::new(EMPTY),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            crowd: Crowd::new(),
            life: Life::new(false),
            #[cfg(feature = "std")]
            pace: Pace::new(),
        };
        Self(NonNull::from(Box::leak(Box::new(once))))
    }

    fn release(self) {
        if self.life.release() {
            // SAFETY: made of a box, and nobody has a hold any more.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }

    /// One more receiver. The caller keeps the memory meanwhile.
    fn subscribe(self) -> OnceReceiver<T, L> {
        self.life.hold();
        self.life.add_receiver();
        OnceReceiver {
            link: self,
            _of: PhantomData,
        }
    }

    fn id(self) -> ChannelId {
        ChannelId::new(self.0.as_ptr().addr())
    }
}

/// A sender and a receiver of one value.
///
/// The value is set once, and kept: every receiver gets it, as often as it asks, also those that are made
/// afterwards.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::broadcast::once();
/// let task = {
///     let receiver = receiver.clone();
///     std::thread::spawn(move || receiver.recv().wait())
/// };
/// sender.send("ready").unwrap();
/// assert_eq!(task.join().unwrap(), Some("ready"));
/// // Once more, and late.
/// assert_eq!(receiver.try_recv(), Ok("ready"));
/// assert_eq!(sender.subscribe().get(), Some(&"ready"));
/// ```
#[must_use]
pub fn once<T>() -> (OnceSender<T>, OnceReceiver<T>) {
    once_in()
}

/// [`once`] with a lock of your own for the list of those who wait, see
/// [`mpsc::bounded_in`](crate::mpsc::bounded_in).
#[must_use]
pub fn once_in<T, L: RawMutex>() -> (OnceSender<T, L>, OnceReceiver<T, L>) {
    let link = Link::new();
    let sender = OnceSender {
        link,
        _of: PhantomData,
    };
    let receiver = OnceReceiver {
        link,
        _of: PhantomData,
    };
    (sender, receiver)
}

/// Sets the value of a [`once`].
///
/// Dropped before that, it closes the channel.
pub struct OnceSender<T, L: RawMutex = DefaultLock> {
    link: Link<T, L>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: the value goes to any thread that has a receiver, and several read it at a time.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Send for OnceSender<T, L> {}
// SAFETY: as for Send.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Sync for OnceSender<T, L> {}
impl<T, L: RawMutex> UnwindSafe for OnceSender<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for OnceSender<T, L> {}

impl<T, L: RawMutex> OnceSender<T, L> {
    /// Sets the value, for all receivers, those to come too.
    ///
    /// Never waits.
    ///
    /// # Errors
    /// [`SendError`] with this value if there is one already, or the channel was closed.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::broadcast::once();
    /// assert!(sender.send(1).is_ok());
    /// assert_eq!(sender.send(2).unwrap_err().into_inner(), 2);
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.link.set(value)
    }

    /// Another receiver.
    pub fn subscribe(&self) -> OnceReceiver<T, L> {
        self.link.subscribe()
    }

    /// Ends the wait of the receivers without a value, unless there is one; says whether this call did.
    pub fn close(&self) -> bool {
        self.link.close()
    }

    /// Whether the channel was closed without a value.
    pub fn is_closed(&self) -> bool {
        self.link.state() == CLOSED
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.link.state() == SET
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.link.life.receivers() as usize
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &OnceReceiver<T, L>) -> bool {
        self.id() == receiver.id()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        self.link.id()
    }
}

impl<T, L: RawMutex> Drop for OnceSender<T, L> {
    fn drop(&mut self) {
        let link = self.link;
        let _released = crate::unwind::Defer::new(|| link.release());
        link.close();
    }
}

impl<T, L: RawMutex> fmt::Debug for OnceSender<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceSender")
            .field("set", &self.is_set())
            .field("closed", &self.is_closed())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// Gets the value of a [`once`], as often as it asks. Clone it for each receiver.
///
/// That a receiver goes closes nothing.
pub struct OnceReceiver<T, L: RawMutex = DefaultLock> {
    link: Link<T, L>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: as for the sender.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Send for OnceReceiver<T, L> {}
// SAFETY: as for Send: by a shared one the value is read.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Sync for OnceReceiver<T, L> {}
impl<T, L: RawMutex> UnwindSafe for OnceReceiver<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for OnceReceiver<T, L> {}

impl<T, L: RawMutex> OnceReceiver<T, L> {
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

    /// [`recv`](Self::recv) by an operation that borrows nothing and gives the receiver back.
    pub fn recv_owned(self) -> OnceRecvOwnedOp<T, L>
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

    /// [`settled`](Self::settled) by an operation that borrows nothing and gives the receiver back.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::broadcast::once();
    /// sender.send(1).unwrap();
    /// let (is_set, receiver) = receiver.settled_owned().wait();
    /// assert_eq!((is_set, receiver.get()), (true, Some(&1)));
    /// ```
    pub fn settled_owned(self) -> OnceSettledOwnedOp<T, L> {
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
        self.link.get().cloned()
    }

    /// The value, if it is there.
    pub fn get(&self) -> Option<&T> {
        self.link.get().ok()
    }

    /// Ends the wait of all receivers without a value, unless there is one; says whether this call did.
    pub fn close(&self) -> bool {
        self.link.close()
    }

    /// Whether the channel was closed without a value.
    pub fn is_closed(&self) -> bool {
        self.link.state() == CLOSED
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.link.state() == SET
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.link.life.receivers() as usize
    }

    /// Whether both receive from one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.id() == other.id()
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        self.link.id()
    }
}

impl<T, L: RawMutex> Clone for OnceReceiver<T, L> {
    fn clone(&self) -> Self {
        self.link.subscribe()
    }
}

impl<T, L: RawMutex> Drop for OnceReceiver<T, L> {
    fn drop(&mut self) {
        self.link.life.remove_receiver();
        self.link.release();
    }
}

impl<T, L: RawMutex> fmt::Debug for OnceReceiver<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceReceiver")
            .field("set", &self.is_set())
            .field("closed", &self.is_closed())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
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
pub struct OnceSight<'a, T, L: RawMutex>(&'a OnceReceiver<T, L>);

/// That it is known whether there is a value. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct OnceSettled<G, T, L> {
    grip: G,
    _of: Invariant<T, L>,
}

impl<G, T, L> OnceNext<G, T, L> {
    fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T, L> OnceSettled<G, T, L> {
    fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T, L> Sealed for OnceNext<G, T, L> {}
impl<G, T, L> Sealed for OnceSettled<G, T, L> {}
impl<T, L: RawMutex> Sealed for OnceSight<'_, T, L> {}

impl<G: Grip<OnceReceiver<T, L>>, T: Clone, L: RawMutex> Wish for OnceNext<G, T, L> {
    type Kind = Broadcast;
    type Crowd = Crowd<L>;
    /// Whether there is a value.
    type Found = bool;
    type Output = G::With<Option<T>>;
    type Timed = G::With<Result<T, RecvTimeoutError>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Crowd<L> {
        &self.grip.handle().link.crowd
    }

    fn look(&mut self) -> Poll<bool> {
        self.grip.handle().link.look().map(|value| value.is_some())
    }

    fn output(self, _: bool) -> Self::Output {
        let value = self.grip.handle().get().cloned();
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
        Some(&self.grip.handle().link.pace)
    }
}

impl<G: Grip<OnceReceiver<T, L>>, T, L: RawMutex> Wish for OnceSettled<G, T, L> {
    type Kind = Broadcast;
    type Crowd = Crowd<L>;
    /// Whether there is a value.
    type Found = bool;
    type Output = G::With<bool>;
    type Timed = G::With<Result<bool, Timeout>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Crowd<L> {
        &self.grip.handle().link.crowd
    }

    fn look(&mut self) -> Poll<bool> {
        self.grip.handle().link.look().map(|value| value.is_some())
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
        Some(&self.grip.handle().link.pace)
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
        &self.0.link.crowd
    }

    fn look(&mut self) -> Poll<Option<&'a T>> {
        self.0.link.look()
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
        Some(&self.0.link.pace)
    }
}
