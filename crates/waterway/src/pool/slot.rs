//! Slots in somebody's hands: to be written, and to be read.
//!
//! # Who does what
//!
//! A guard is the holder of its slot, in the sense of [`slab`](crate::slab): nobody else touches that.
//!
//! | guard | begins with | goes by `send` | goes by drop |
//! |---|---|---|---|
//! | [`Claimed`] | claim; builds the element | publish; if the receiving side is gone it stays | recycle, give up |
//! | [`Taken`] | take | - | recycle, release |
//!
//! What the user sees is one of these and who keeps the channel: a borrow of the handle, the sender itself, or a
//! [`Kept`] hold of the memory. Of what happens at the end the slot's going comes last but that: user code that panics
//! before leaves an empty slot, which goes the same way.
//!
//! | panics | the element | the slot |
//! |---|---|---|
//! | `new_element` | is none | given up |
//! | the writer, or the reader | recycled | given up, or released |
//! | `recycle` | dropped | given up, or released |
//! | the element's drop | gone | given up, or released |
//!
//! A guard that is forgotten keeps its slot: its element is dropped with the memory.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use super::{DefaultRecycle, Pool, Recycle, Sender};
use crate::error::{SendError, TryRecvError};
use crate::kind::sealed::Sealed;
use crate::slab::{Catch, Furnish, Index, Slab};
use crate::sync::DefaultLock;
use crate::unwind::Defer;

type Channel<T, R, L> = Slab<T, Pool<R, L>>;

/// A slot in which an element lies, most of the time, and its channel.
struct Held<T, R, L: RawMutex> {
    slab: Channel<T, R, L>,
    index: Index,
}

impl<T, R, L: RawMutex> Clone for Held<T, R, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, R, L: RawMutex> Copy for Held<T, R, L> {}

impl<T, R, L: RawMutex> Held<T, R, L> {
    /// Whether an element lies there.
    #[inline(always)]
    fn is_built(self) -> bool {
        // SAFETY: whoever has this holds the slot, here and below.
        unsafe { self.slab.is_built(self.index) }
    }

    /// Where it lies.
    #[inline(always)]
    fn element(self) -> *mut T {
        // SAFETY: as above.
        unsafe { self.slab.element(self.index) }
    }

    /// The element, which is no longer there then.
    ///
    /// # Safety
    /// It is there.
    unsafe fn take(self) -> T {
        // SAFETY: the slot is held, and the element is there by the caller's promise.
        unsafe {
            self.slab.set_built(self.index, false);
            self.element().read()
        }
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Held<T, R, L> {
    /// Has an element lie there.
    #[inline]
    fn build(self) {
        if !self.is_built() {
            let element = self.slab.extra().policy().new_element();
            // SAFETY: the slot is held, and empty.
            unsafe {
                self.element().write(element);
                self.slab.set_built(self.index, true);
            }
        }
    }

    /// Makes the element fit for its next use, or drops it if that panics.
    #[inline]
    fn recycle(self) {
        // SAFETY: the slot is held, and the element is there.
        let spoilt = Defer::new(|| drop(unsafe { self.take() }));
        // SAFETY: as above.
        let element = unsafe { &mut *self.element() };
        self.slab.extra().policy().recycle(element);
        spoilt.defuse();
    }
}

/// A slot that was claimed.
struct Claimed<T, R: Recycle<T>, L: RawMutex>(Held<T, R, L>);

// SAFETY: the element goes with the guard, and the policy is used by several threads.
unsafe impl<T: Send, R: Recycle<T> + Send + Sync, L: RawMutex + Send + Sync> Send
    for Claimed<T, R, L>
{
}
// SAFETY: by a shared guard one sees the element, and nothing else.
unsafe impl<T: Sync, R: Recycle<T>, L: RawMutex> Sync for Claimed<T, R, L> {}
impl<T: UnwindSafe, R: Recycle<T>, L: RawMutex> UnwindSafe for Claimed<T, R, L> {}
impl<T: RefUnwindSafe, R: Recycle<T>, L: RawMutex> RefUnwindSafe for Claimed<T, R, L> {}

impl<T, R: Recycle<T>, L: RawMutex> Claimed<T, R, L> {
    /// Takes over a claimed slot, and has an element in it.
    #[inline]
    fn new(slab: Channel<T, R, L>, index: Index) -> Self {
        // Should the policy panic it is given up.
        let claimed = Self(Held { slab, index });
        claimed.0.build();
        claimed
    }

    /// Publishes it, if there is a receiving side.
    #[inline]
    fn publish(self) -> Result<(), Self> {
        let held = ManuallyDrop::new(self).0;
        // SAFETY: it was claimed, an element lies in it, and the guard is gone.
        unsafe { held.slab.publish(held.index) }.map_err(|index| {
            let slab = held.slab;
            Self(Held { slab, index })
        })
    }

    /// Takes the element out, and gives the slot up.
    fn into_inner(self) -> T {
        let held = ManuallyDrop::new(self).0;
        // SAFETY: it was claimed, and the guard, in which an element lay, is gone.
        unsafe {
            let element = held.take();
            held.slab.give_up(held.index);
            element
        }
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Drop for Claimed<T, R, L> {
    fn drop(&mut self) {
        let held = self.0;
        // SAFETY: it was claimed, and the guard goes.
        let _given_up = Defer::new(|| unsafe { held.slab.give_up(held.index) });
        if held.is_built() {
            held.recycle();
        }
    }
}

/// A slot that was taken by the receiver.
struct Taken<T, R: Recycle<T>, L: RawMutex>(Held<T, R, L>);

// SAFETY: as for Claimed.
unsafe impl<T: Send, R: Recycle<T> + Send + Sync, L: RawMutex + Send + Sync> Send
    for Taken<T, R, L>
{
}
// SAFETY: as for Claimed.
unsafe impl<T: Sync, R: Recycle<T>, L: RawMutex> Sync for Taken<T, R, L> {}
impl<T: UnwindSafe, R: Recycle<T>, L: RawMutex> UnwindSafe for Taken<T, R, L> {}
impl<T: RefUnwindSafe, R: Recycle<T>, L: RawMutex> RefUnwindSafe for Taken<T, R, L> {}

impl<T, R: Recycle<T>, L: RawMutex> Taken<T, R, L> {
    /// # Safety
    /// The caller is the receiver.
    #[inline]
    unsafe fn next(slab: Channel<T, R, L>) -> Result<Self, TryRecvError> {
        // SAFETY: passed on. A published slot holds an element.
        let index = unsafe { slab.take() }?;
        Ok(Self(Held { slab, index }))
    }

    /// Takes the element out, and gives the slot back.
    fn into_inner(self) -> T {
        let held = ManuallyDrop::new(self).0;
        // SAFETY: it was taken, and the guard, in which an element lay, is gone.
        let element = unsafe { held.take() };
        held.slab.release(held.index);
        element
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Drop for Taken<T, R, L> {
    fn drop(&mut self) {
        let held = self.0;
        let _released = Defer::new(|| held.slab.release(held.index));
        held.recycle();
    }
}

/// A reason to keep the memory, without a handle.
struct Kept<T, R, L: RawMutex>(Channel<T, R, L>);

// SAFETY: the last one drops elements and the policy, wherever it is.
unsafe impl<T: Send, R: Send + Sync, L: RawMutex + Send + Sync> Send for Kept<T, R, L> {}
// SAFETY: nothing can be done with a shared one.
unsafe impl<T, R, L: RawMutex> Sync for Kept<T, R, L> {}
impl<T, R, L: RawMutex> UnwindSafe for Kept<T, R, L> {}
impl<T, R, L: RawMutex> RefUnwindSafe for Kept<T, R, L> {}

impl<T, R, L: RawMutex> Kept<T, R, L> {
    fn new(slab: Channel<T, R, L>) -> Self {
        slab.life().hold();
        Self(slab)
    }
}

impl<T, R, L: RawMutex> Drop for Kept<T, R, L> {
    fn drop(&mut self) {
        self.0.release_hold();
    }
}

/// A slot to write a message in place: made by [`Sender::slot`] and [`Sender::try_slot`].
///
/// It is the message, by [`DerefMut`]: what the [policy](Recycle) made, or made fit to be used again. Where that is a
/// [`fmt::Write`], so is the slot, and `write!(slot, …)` formats in place.
///
/// [`send`](Self::send) publishes it. Dropped unsent, also by a panic of who writes, it sends nothing: the element is
/// recycled, and whoever waits for a slot gets it. As long as it is held there is one slot less; nobody waits
/// for just this one, what others send later overtakes it, and a closed channel does not end before it. Forgetting
/// it ([`mem::forget`](core::mem::forget)) loses the slot for as long as the channel lives, and delays the end
/// as long as a sender does.
///
/// # Examples
/// ```
/// use std::fmt::Write;
/// use waterway::pool;
///
/// let (sender, mut receiver) = pool::bounded::<String>(2);
/// let mut line = sender.try_slot().unwrap();
/// write!(line, "{} + {}", 1, 2).unwrap();
/// line.send().unwrap();
/// assert_eq!(*receiver.try_recv_ref().unwrap(), "1 + 2");
/// ```
#[must_use = "a slot that is not sent holds room that others wait for, and sends nothing"]
pub struct Slot<'a, T, R: Recycle<T> = DefaultRecycle, L: RawMutex = DefaultLock> {
    claimed: Claimed<T, R, L>,
    /// It keeps the channel.
    _sender: PhantomData<&'a ()>,
}

impl<T, R: Recycle<T>, L: RawMutex> Slot<'_, T, R, L> {
    /// Publishes the message: it comes after all that were published before. Never waits.
    ///
    /// # Errors
    /// The slot comes back if the receiver is gone. A channel that was only closed still delivers it.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Closed, pool};
    ///
    /// fn send_two(sender: &pool::Sender<Vec<u8>>) -> Result<(), Closed> {
    ///     for number in 1..=2 {
    ///         let mut slot = sender.slot().wait()?;
    ///         slot.push(number);
    ///         slot.send()?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let (sender, receiver) = pool::bounded(2);
    /// assert_eq!(send_two(&sender), Ok(()));
    /// let slot = sender.slot();
    /// drop(receiver);
    /// assert_eq!(send_two(&sender), Err(Closed));
    /// # drop(slot);
    /// ```
    #[inline]
    pub fn send(self) -> Result<(), SendError<Self>> {
        self.claimed.publish().map_err(|claimed| {
            SendError(Self {
                claimed,
                _sender: PhantomData,
            })
        })
    }

    /// Takes the message out, unsent. The slot is given back, without an element.
    pub fn into_inner(self) -> T {
        self.claimed.into_inner()
    }
}

/// A slot to write a message in place that holds its sender: made by [`Sender::slot_owned`] and
/// [`Sender::try_slot_owned`].
///
/// It counts as a sender, which it gives back. Otherwise it is as a [`Slot`].
#[must_use = "a slot that is not sent holds room that others wait for, and sends nothing"]
pub struct OwnedSlot<T, R: Recycle<T> = DefaultRecycle, L: RawMutex = DefaultLock> {
    /// First: it goes before what keeps the channel.
    claimed: Claimed<T, R, L>,
    sender: Sender<T, R, L>,
}

impl<T, R: Recycle<T>, L: RawMutex> OwnedSlot<T, R, L> {
    /// Publishes the message, and gives the sender back. See [`Slot::send`].
    ///
    /// # Errors
    /// The slot comes back if the receiver is gone. A channel that was only closed still delivers it.
    pub fn send(self) -> Result<Sender<T, R, L>, SendError<Self>> {
        let Self { claimed, sender } = self;
        match claimed.publish() {
            Ok(()) => Ok(sender),
            Err(claimed) => Err(SendError(Self { claimed, sender })),
        }
    }

    /// Gives the slot back without sending, and the sender.
    pub fn release(self) -> Sender<T, R, L> {
        let Self { claimed, sender } = self;
        drop(claimed);
        sender
    }

    /// Takes the message out, unsent, and gives the sender back. The slot is given back, without an element.
    pub fn into_inner(self) -> (T, Sender<T, R, L>) {
        let Self { claimed, sender } = self;
        (claimed.into_inner(), sender)
    }
}

/// A received message, in its slot: made by [`Receiver::recv_ref`](super::Receiver::recv_ref) and
/// [`Receiver::try_recv_ref`](super::Receiver::try_recv_ref).
///
/// It borrows the receiver. When it is dropped the message is [recycled](Recycle), and then whoever waits for a slot
/// gets this one. As long as it is held there is one slot less, and nobody waits for just this one. Forgetting it
/// ([`mem::forget`](core::mem::forget)) loses the slot for as long as the channel lives.
///
/// To hold several at a time, or pass them on, make them [owned](Self::into_owned).
#[must_use = "a message that is let go is recycled"]
pub struct SlotRef<'a, T, R: Recycle<T> = DefaultRecycle, L: RawMutex = DefaultLock> {
    taken: Taken<T, R, L>,
    /// It keeps the channel.
    _receiver: PhantomData<&'a ()>,
}

impl<T, R: Recycle<T>, L: RawMutex> SlotRef<'_, T, R, L> {
    /// The same without the borrow: several can be held at a time, in any thread, and beyond the receiver's end.
    ///
    /// # Examples
    /// ```
    /// use waterway::pool;
    ///
    /// let (sender, mut receiver) = pool::bounded::<String>(2);
    /// sender.try_send("first".into()).unwrap();
    /// sender.try_send("second".into()).unwrap();
    /// let first = receiver.try_recv_ref().unwrap().into_owned();
    /// let second = receiver.try_recv_ref().unwrap().into_owned();
    /// drop((sender, receiver));
    /// assert_eq!((&**first, &**second), ("first", "second"));
    /// ```
    pub fn into_owned(self) -> OwnedSlotRef<T, R, L> {
        OwnedSlotRef::new(self.taken)
    }

    /// Takes the message out. The slot is given back without an element: its next user has a new one made.
    pub fn into_inner(self) -> T {
        self.taken.into_inner()
    }
}

/// A popped message, in its slot: made by [`Queue::try_recv_ref`](super::Queue::try_recv_ref).
///
/// It borrows the queue, so that several can be held at a time; otherwise it is as a [`SlotRef`].
#[must_use = "a message that is let go is recycled"]
pub struct QueueRef<'a, T, R: Recycle<T> = DefaultRecycle, L: RawMutex = DefaultLock> {
    taken: Taken<T, R, L>,
    /// It keeps the queue.
    _queue: PhantomData<&'a ()>,
}

impl<T, R: Recycle<T>, L: RawMutex> QueueRef<'_, T, R, L> {
    /// # Safety
    /// The caller is the receiver, of a channel that is there as long as this.
    #[inline]
    pub(super) unsafe fn next(slab: Channel<T, R, L>) -> Result<Self, TryRecvError> {
        Ok(Self {
            // SAFETY: passed on.
            taken: unsafe { Taken::next(slab) }?,
            _queue: PhantomData,
        })
    }

    /// Takes the message out. The slot is given back without an element: its next user has a new one made.
    pub fn into_inner(self) -> T {
        self.taken.into_inner()
    }
}

/// A received message, in its slot, that keeps the memory: made by [`SlotRef::into_owned`],
/// [`Receiver::recv_ref_owned`](super::Receiver::recv_ref_owned), and the iterators and streams.
///
/// It borrows nothing. It is no handle: the channel may be closed, and everything else of it gone. A channel in a
/// static cannot be split as long as one is there. One that is forgotten keeps the memory, with all elements in it, for ever.
/// Otherwise it is as a [`SlotRef`].
#[must_use = "a message that is let go is recycled"]
pub struct OwnedSlotRef<T, R: Recycle<T> = DefaultRecycle, L: RawMutex = DefaultLock> {
    /// First: it goes before what keeps the channel.
    taken: Taken<T, R, L>,
    kept: Kept<T, R, L>,
}

impl<T, R: Recycle<T>, L: RawMutex> OwnedSlotRef<T, R, L> {
    /// Who calls this keeps the channel.
    fn new(taken: Taken<T, R, L>) -> Self {
        let kept = Kept::new(taken.0.slab);
        Self { taken, kept }
    }

    /// Takes the message out. The slot is given back without an element: its next user has a new one made.
    pub fn into_inner(self) -> T {
        let Self { taken, kept } = self;
        let element = taken.into_inner();
        drop(kept);
        element
    }
}

/// What all guards are: the element of a field.
macro_rules! guards {
    ($($guard:ident[$($lifetime:lifetime)?]: $field:ident;)*) => {$(
        impl<T, R: Recycle<T>, L: RawMutex> Deref for $guard<$($lifetime,)? T, R, L> {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: the guard holds the slot, and an element lies in it.
                unsafe { &*self.$field.0.element() }
            }
        }

        impl<T, R: Recycle<T>, L: RawMutex> DerefMut for $guard<$($lifetime,)? T, R, L> {
            #[inline]
            fn deref_mut(&mut self) -> &mut T {
                // SAFETY: as above.
                unsafe { &mut *self.$field.0.element() }
            }
        }

        impl<T: fmt::Write, R: Recycle<T>, L: RawMutex> fmt::Write for $guard<$($lifetime,)? T, R, L> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                (**self).write_str(text)
            }

            fn write_char(&mut self, char: char) -> fmt::Result {
                (**self).write_char(char)
            }
        }

        impl<T: fmt::Debug, R: Recycle<T>, L: RawMutex> fmt::Debug for $guard<$($lifetime,)? T, R, L> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: fmt::Display, R: Recycle<T>, L: RawMutex> fmt::Display for $guard<$($lifetime,)? T, R, L> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

guards! {
    Slot['_]: claimed;
    OwnedSlot[]: claimed;
    SlotRef['_]: taken;
    QueueRef['_]: taken;
    OwnedSlotRef[]: taken;
}

impl<T, R: Recycle<T>, L: RawMutex> Slot<'_, T, R, L> {
    /// Takes over a claimed slot of a channel that is there as long as this.
    #[inline]
    pub(super) fn claimed(slab: Channel<T, R, L>, slot: Index) -> Self {
        Self {
            claimed: Claimed::new(slab, slot),
            _sender: PhantomData,
        }
    }
}

impl<'a, T, R: Recycle<T>, L: RawMutex> Furnish<T, Pool<R, L>> for &'a Sender<T, R, L> {
    type Slot = Slot<'a, T, R, L>;

    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[inline]
    fn furnish(self, slot: Index) -> Slot<'a, T, R, L> {
        Slot {
            claimed: Claimed::new(self.slab, slot),
            _sender: PhantomData,
        }
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Furnish<T, Pool<R, L>> for Sender<T, R, L> {
    type Slot = OwnedSlot<T, R, L>;

    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn furnish(self, slot: Index) -> OwnedSlot<T, R, L> {
        OwnedSlot {
            claimed: Claimed::new(self.slab, slot),
            sender: self,
        }
    }
}

/// The message in its slot, for as long as the receiver is lent.
#[doc(hidden)]
#[derive(Debug)]
pub struct InPlace<'a>(PhantomData<&'a ()>);

/// The same for as long as one likes.
#[doc(hidden)]
#[derive(Debug)]
pub struct Owned(());

impl Sealed for InPlace<'_> {}
impl Sealed for Owned {}

impl<'a, T, R: Recycle<T>, L: RawMutex> Catch<T, Pool<R, L>> for InPlace<'a> {
    type Caught = SlotRef<'a, T, R, L>;

    #[inline]
    unsafe fn catch(slab: Channel<T, R, L>) -> Result<Self::Caught, TryRecvError> {
        Ok(SlotRef {
            // SAFETY: passed on.
            taken: unsafe { Taken::next(slab) }?,
            _receiver: PhantomData,
        })
    }
}

impl<T, R: Recycle<T>, L: RawMutex> Catch<T, Pool<R, L>> for Owned {
    type Caught = OwnedSlotRef<T, R, L>;

    #[inline]
    unsafe fn catch(slab: Channel<T, R, L>) -> Result<Self::Caught, TryRecvError> {
        // SAFETY: passed on.
        unsafe { Taken::next(slab) }.map(OwnedSlotRef::new)
    }
}
