//! A once on the heap, with handles.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use alloc::boxed::Box;
use lock_api::RawMutex;

use super::once::{Keeps, Once, OnceNext, OnceSettled};
use super::{OnceRecvOp, OnceRecvOwnedOp, OnceRecvRefOp, OnceSettledOp, OnceSettledOwnedOp};
use crate::error::{SendError, TryRecvError};
use crate::id::ChannelId;
use crate::life::Life;
use crate::op::{Op, Told};
use crate::sync::{DefaultLock, Threads};

/// A once with those who keep it.
struct Kept<T, L: RawMutex> {
    once: Once<T, L>,
    life: Life<Threads>,
}

/// A pointer to one, which whoever has it keeps by a hold.
struct Link<T, L: RawMutex>(NonNull<Kept<T, L>>);

impl<T, L: RawMutex> Clone for Link<T, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L: RawMutex> Copy for Link<T, L> {}

impl<T, L: RawMutex> Deref for Link<T, L> {
    type Target = Kept<T, L>;

    fn deref(&self) -> &Kept<T, L> {
        // SAFETY: who has a link has a hold, or borrows from who has.
        unsafe { self.0.as_ref() }
    }
}

impl<T, L: RawMutex> Link<T, L> {
    fn new() -> Self {
        let kept = Kept {
            once: Once::new_in(),
            life: Life::new(false),
        };
        Self(NonNull::from(Box::leak(Box::new(kept))))
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
        self.once.id()
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
        self.link.once.send(value)
    }

    /// Another receiver.
    pub fn subscribe(&self) -> OnceReceiver<T, L> {
        self.link.subscribe()
    }

    /// Ends the wait of the receivers without a value, unless there is one; says whether this call did.
    pub fn close(&self) -> bool {
        self.link.once.close()
    }

    /// Whether the channel was closed without a value.
    pub fn is_closed(&self) -> bool {
        self.link.once.is_closed()
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.link.once.is_set()
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
        link.once.close();
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
        self.link.once.recv()
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
        self.link.once.recv_ref()
    }

    /// Waits until it is known whether there is a value: until it is set, or the channel is closed without one. Then
    /// [`get`](Self::get) has it.
    ///
    /// It asks for no `Clone`, and lends nothing: for code that does not know what it is to do with the value.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn settled(&self) -> OnceSettledOp<'_, T, L> {
        self.link.once.settled()
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
        self.link.once.try_recv()
    }

    /// The value, if it is there.
    pub fn get(&self) -> Option<&T> {
        self.link.once.get()
    }

    /// Ends the wait of all receivers without a value, unless there is one; says whether this call did.
    pub fn close(&self) -> bool {
        self.link.once.close()
    }

    /// Whether the channel was closed without a value.
    pub fn is_closed(&self) -> bool {
        self.link.once.is_closed()
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.link.once.is_set()
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

impl<T, L: RawMutex> Keeps<T, L> for OnceReceiver<T, L> {
    fn once(&self) -> &Once<T, L> {
        &self.link.once
    }
}
