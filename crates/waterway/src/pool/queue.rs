//! A pool that is used by reference.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::{Mutex, RawMutex};

use super::{DefaultRecycle, Pool, QueueRef, Recycle, Seat, Slot};
use crate::error::{TryRecvError, TrySendError};
use crate::slab::{Home, Refused, Slab};
use crate::sync::{DefaultLock, constant};

/// A pool of exactly `N` slots that is used by reference, by many at both ends, none of whom waits.
///
/// It allocates nothing, lies on the stack, in a field or in a static, and may be moved while nothing borrows it. It has no
/// handles, and no end: dropping it drops what is in it. A static takes no room in the program's file if
/// its policy is all zeros.
///
/// Those who receive take turns, by a lock that is held for a few instructions, and while no user code runs. Everything
/// else is as in the [channel](super): the order, what is held, and when elements are made, recycled and dropped.
///
/// # Examples
/// ```
/// use waterway::TrySendError;
/// use waterway::pool::Queue;
///
/// static LINES: Queue<String, 2> = Queue::new();
///
/// let mut line = LINES.try_slot().unwrap();
/// line.push_str("hello");
/// line.send().unwrap();
/// LINES.try_send("goodbye".to_owned()).unwrap();
/// assert_eq!(LINES.try_send(String::new()), Err(TrySendError::Full(String::new())));
/// assert_eq!(*LINES.try_recv_ref().unwrap(), "hello");
/// assert_eq!(LINES.try_recv().unwrap(), "goodbye");
/// ```
///
/// What borrows it does not outlive it:
///
/// ```compile_fail,E0597
/// use waterway::pool::Queue;
///
/// let message = {
///     let numbers = Queue::<u32, 4>::new();
///     numbers.try_send(1).unwrap();
///     numbers.try_recv_ref().unwrap()
/// };
/// assert_eq!(*message, 1);
/// ```
pub struct Queue<T, const N: usize, R = DefaultRecycle, L: RawMutex = DefaultLock> {
    /// The channel is made when it is used first.
    home: Home<T, N, Pool<R, L>>,
    /// Whoever locks it is the receiver. The policy is here until the channel is made, and with that afterwards.
    receiver: Mutex<L, ManuallyDrop<R>>,
    /// It is used by several threads.
    _policy: PhantomData<R>,
}

impl<T, const N: usize, R, L: RawMutex> UnwindSafe for Queue<T, N, R, L> {}
impl<T, const N: usize, R, L: RawMutex> RefUnwindSafe for Queue<T, N, R, L> {}

impl<T, const N: usize> Queue<T, N> {
    constant! {
        /// An empty queue, whose elements are made by their default value: see [`DefaultRecycle`].
        ///
        /// `N` is at least 1 and at most [`MAX_CAPACITY`](super::MAX_CAPACITY), or it does not compile.
        #[must_use]
        pub fn new() -> Self {
            Self::with_recycle(DefaultRecycle::new())
        }
    }
}

impl<T, const N: usize, R> Queue<T, N, R> {
    constant! {
        /// An empty queue with a policy of its own.
        ///
        /// `N` is at least 1 and at most [`MAX_CAPACITY`](super::MAX_CAPACITY), or it does not compile.
        #[must_use]
        pub fn with_recycle(policy: R) -> Self {
            Self::with_recycle_in(policy)
        }
    }
}

impl<T, const N: usize, R, L: RawMutex> Queue<T, N, R, L> {
    constant! {
        /// [`with_recycle`](Queue::with_recycle) with a lock of your own, which the type names.
        #[must_use]
        pub fn with_recycle_in(policy: R) -> Self {
            Self {
                home: Home::new(),
                receiver: Mutex::const_new(L::INIT, ManuallyDrop::new(policy)),
                _policy: PhantomData,
            }
        }
    }

    #[inline]
    fn slab(&self) -> Slab<T, Pool<R, L>> {
        self.home.channel().unwrap_or_else(|| self.begin())
    }

    #[cold]
    fn begin(&self) -> Slab<T, Pool<R, L>> {
        let mut receiver = self.receiver.lock();
        self.home.channel().unwrap_or_else(|| {
            // SAFETY: it is not there, and the lock is held: so the policy is here, and is not afterwards. This place is
            // never split.
            unsafe {
                let policy = ManuallyDrop::take(&mut receiver);
                self.home.begin(Seat::here(policy))
            }
        })
    }

    /// A slot to write a message in place, if one is free. [`Slot::send`] puts it into the queue.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if all slots are in use.
    ///
    /// # Panics
    /// If the policy does, when it makes an element. The slot is given back.
    #[doc(alias = "push_ref")]
    pub fn try_slot(&self) -> Result<Slot<'_, T, R, L>, TrySendError<()>>
    where
        R: Recycle<T>,
    {
        let slab = self.slab();
        match slab.claim() {
            Ok(slot) => Ok(Slot::claimed(slab, slot)),
            Err(Refused::Full) => Err(TrySendError::Full(())),
            Err(Refused::Closed) => Err(TrySendError::Closed(())),
        }
    }

    /// Sends a message by value, if a slot is free.
    ///
    /// # Errors
    /// [`TrySendError::Full`] with the message if all slots are in use.
    #[doc(alias = "push")]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.slab().try_send(message)
    }

    /// Receives the next message in its slot, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`].
    #[doc(alias = "pop_ref")]
    pub fn try_recv_ref(&self) -> Result<QueueRef<'_, T, R, L>, TryRecvError>
    where
        R: Recycle<T>,
    {
        let slab = self.slab();
        let _receiver = self.receiver.lock();
        // SAFETY: who holds the lock is the receiver. The channel is there as long as the queue is borrowed.
        unsafe { QueueRef::next(slab) }
    }

    /// Receives the next message by value, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`].
    #[doc(alias = "pop")]
    pub fn try_recv(&self) -> Result<T, TryRecvError>
    where
        R: Recycle<T>,
    {
        self.try_recv_ref().map(QueueRef::into_inner)
    }

    /// How many slots there are: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many messages were sent and not received. Slots that are held do not count.
    pub fn len(&self) -> usize {
        self.home.channel().map_or(0, |slab| slab.len())
    }

    /// How many slots somebody has to write in, and has neither sent nor let go.
    pub fn claimed(&self) -> usize {
        self.home.channel().map_or(0, |slab| slab.claimed())
    }

    /// Whether no message is to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every slot is taken: claimed, sent, or held by a reference.
    pub fn is_full(&self) -> bool {
        self.home.channel().is_some_and(|slab| slab.is_full())
    }

    /// How many slots hold no message that was sent: they are free, or held.
    pub fn remaining(&self) -> usize {
        N - self.len()
    }
}

impl<T, const N: usize, R, L: RawMutex> Drop for Queue<T, N, R, L> {
    fn drop(&mut self) {
        if !self.home.end() {
            // SAFETY: the channel was not made, so that it is here, and nobody looks any more.
            unsafe { ManuallyDrop::drop(self.receiver.get_mut()) };
        }
    }
}

impl<T, const N: usize> Default for Queue<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, R, L: RawMutex> fmt::Debug for Queue<T, N, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("capacity", &N)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
