//! Slots that are written and read in place, and used again: many senders, one receiver, and no memory that is
//! allocated and freed for each message.
//!
//! | constructor | elements | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | made and emptied by [`DefaultRecycle`] | one allocation, and what the elements have |
//! | [`with_recycle(n, policy)`](with_recycle) | by a [policy](Recycle): [`WithCapacity`], [`Keep`], your own | the same |
//! | [`Static::new()`](Static::new), [`Static::with_recycle(policy)`](Static::with_recycle) | the same | none: it lies in a static |
//!
//! Without handles, without waiting, and for many at both ends there is [`Queue`], which is used by reference.
//!
//! Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | write in place | [`slot`](Sender::slot), [`slot_owned`](Sender::slot_owned), then [`Slot::send`] | [`try_slot`](Sender::try_slot), [`try_slot_owned`](Sender::try_slot_owned) |
//! | send by value | [`send`](Sender::send), [`send_owned`](Sender::send_owned) | [`try_send`](Sender::try_send) |
//! | read in place | [`recv_ref`](Receiver::recv_ref), [`recv_ref_owned`](Receiver::recv_ref_owned), [`iter`](Receiver::iter), `Stream`, [`poll_recv_ref`](Receiver::poll_recv_ref), [`leave_waker`](Receiver::leave_waker) | [`try_recv_ref`](Receiver::try_recv_ref), [`try_iter`](Receiver::try_iter) |
//! | receive by value | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`poll_recv`](Receiver::poll_recv) | [`try_recv`](Receiver::try_recv) |
//! | the end | [`closed`](Sender::closed) | [`close`](Sender::close), [`is_closed`](Sender::is_closed) |
//!
//! # A slot that is held
//!
//! A [`Slot`] that is written, or a [`SlotRef`] that is read, is out of everybody's way: what is sent later overtakes
//! it, what came later is received. The channel has one slot less for that time. So a slot may be kept over a wait,
//! and a received message worked on for as long as it takes.
//!
//! The order is that of publishing: [`Slot::send`] puts a message behind all that were sent before, whenever its slot was
//! taken. By value that is the moment in which the message goes into its slot.
//!
//! # When elements are made, recycled and dropped
//!
//! - *Made*: when a slot is used first, and again if its element was moved out. A channel of a thousand slots of which
//!   three are in use at a time has three elements: the slot that was used last is used next.
//! - *Recycled*: when the receiver lets go of it, that is, when the [`SlotRef`] is dropped; and when a [`Slot`] is dropped
//!   unsent. A free slot's element is always fit to be used: what a message holds on to is let go of with the
//!   message, not with the slot's next use.
//! - *Dropped*: with the channel, if it lies in a free slot or in one that was forgotten; with the receiver, at once, if
//!   it was sent and not received.
//!
//! By value nothing is recycled: [`recv`](Receiver::recv) moves the element out, so that the slot's next user has a new one
//! made; [`send`](Sender::send) moves one in, and what lay there is dropped when the send is over. Who does both uses the
//! slots as a bounded channel does. To pass memory on and have it recycled, swap: `slot.append(&mut mine)`,
//! `core::mem::swap(&mut *message, &mut mine)`.
//!
//! # The end
//!
//! After [`close`](Sender::close) no slot can be had; one that was taken before can still be sent, and is received.
//! When the receiver goes its messages are dropped at once, and what is sent afterwards comes back. Guards may be alive then,
//! in any thread, and may be forgotten: the memory stays as long as somebody may reach it.
//!
//! # Examples
//!
//! ```
//! use std::fmt::Write;
//! use waterway::{Closed, pool};
//!
//! let (sender, mut receiver) = pool::bounded::<String>(4);
//! let worker = std::thread::spawn(move || {
//!     for number in 1..=3 {
//!         let mut line = sender.slot().wait()?;
//!         write!(line, "line {number}").expect("strings take everything");
//!         line.send()?;
//!     }
//!     Ok::<(), Closed>(())
//! });
//! let mut text = String::new();
//! while let Some(line) = receiver.recv_ref().wait() {
//!     text.push_str(&line);
//!     text.push('\n');
//! }
//! assert_eq!(text, "line 1\nline 2\nline 3\n");
//! worker.join().unwrap().unwrap();
//! ```

mod fixed;
mod iter;
mod queue;
mod receiver;
mod recycle;
mod sender;
mod slot;

#[cfg(feature = "alloc")]
use lock_api::RawMutex;

use crate::op::Told;
use crate::slab::{
    Coming, Ending, Entering, Goods, Grant, Link, Moored, Readers, Slab, Value, Watchers, Wide,
};
use crate::sync::DefaultLock;

pub use crate::kind::Pool;
pub use fixed::Static;
pub use iter::TryIter;
#[cfg(feature = "std")]
pub use iter::{IntoIter, Iter};
pub use queue::Queue;
pub use receiver::Receiver;
pub use recycle::{DefaultRecycle, Keep, Recycle, WithCapacity};
pub use sender::{Sender, WeakSender};
pub use slot::{OwnedSlot, OwnedSlotRef, QueueRef, Slot, SlotRef};

pub(crate) use recycle::Seat;
use slot::{InPlace, Owned};

/// The greatest capacity.
pub const MAX_CAPACITY: usize = Wide::MOST as usize;

/// The operation of [`Sender::slot`].
pub type SlotOp<'a, T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Entering<Grant<&'a Sender<T, R, L>, T, Pool<R, L>>, T, Pool<R, L>>>;
/// The operation of [`Sender::slot_owned`].
pub type SlotOwnedOp<T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Entering<Grant<Sender<T, R, L>, T, Pool<R, L>>, T, Pool<R, L>>>;
/// The operation of [`Sender::send`].
pub type SendOp<'a, T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Entering<Goods<&'a Sender<T, R, L>, T>, T, Pool<R, L>>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Entering<Goods<Sender<T, R, L>, T>, T, Pool<R, L>>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Told<Ending<&'a Sender<T, R, L>, T, Pool<R, L>>, Watchers<Pool<R, L>>>>;
/// The operation of [`Receiver::recv_ref`].
pub type RecvRefOp<'a, T, R = DefaultRecycle, L = DefaultLock> = crate::Op<
    Told<Coming<&'a mut Receiver<T, R, L>, InPlace<'a>, T, Pool<R, L>>, Readers<Pool<R, L>>>,
>;
/// The operation of [`Receiver::recv_ref_owned`].
pub type RecvRefOwnedOp<T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Told<Coming<Receiver<T, R, L>, Owned, T, Pool<R, L>>, Readers<Pool<R, L>>>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Told<Coming<&'a mut Receiver<T, R, L>, Value, T, Pool<R, L>>, Readers<Pool<R, L>>>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T, R = DefaultRecycle, L = DefaultLock> =
    crate::Op<Told<Coming<Receiver<T, R, L>, Value, T, Pool<R, L>>, Readers<Pool<R, L>>>>;

/// A channel of exactly `capacity` slots, whose elements are made and made fit to be used again by their default
/// value: see [`DefaultRecycle`].
///
/// The slots are allocated here, the elements are made when they are needed.
///
/// # Panics
/// If `capacity` is 0 or more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// let (sender, mut receiver) = waterway::pool::bounded::<Vec<u8>>(2);
/// let mut slot = sender.try_slot().unwrap();
/// slot.extend([1, 2, 3]);
/// slot.send().unwrap();
/// let message = receiver.try_recv_ref().unwrap();
/// assert_eq!(*message, [1, 2, 3]);
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded<T: Default + Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    with_recycle(capacity, DefaultRecycle::new())
}

/// [`bounded`] with a lock of your own for the lists of those who wait: any [`RawMutex`]. No user code runs under it.
///
/// # Panics
/// As for `bounded`.
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded_in<T: Default + Clone, L: RawMutex>(
    capacity: usize,
) -> (Sender<T, DefaultRecycle, L>, Receiver<T, DefaultRecycle, L>) {
    with_recycle_in(capacity, DefaultRecycle::new())
}

/// A channel of exactly `capacity` slots with a policy of how elements are made, and made fit to be used again.
///
/// The policy lies with the slots, and is dropped after them.
///
/// # Panics
/// If `capacity` is 0 or more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// use waterway::pool::{self, WithCapacity};
///
/// let policy = WithCapacity::new().with_min_capacity(256);
/// let (sender, _receiver) = pool::with_recycle::<String, _>(64, policy);
/// assert!(sender.try_slot().unwrap().capacity() >= 256);
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn with_recycle<T, R: Recycle<T>>(
    capacity: usize,
    policy: R,
) -> (Sender<T, R>, Receiver<T, R>) {
    with_recycle_in(capacity, policy)
}

/// [`with_recycle`] with a lock of your own, see [`bounded_in`].
///
/// # Panics
/// As for `with_recycle`.
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn with_recycle_in<T, R: Recycle<T>, L: RawMutex>(
    capacity: usize,
    policy: R,
) -> (Sender<T, R, L>, Receiver<T, R, L>) {
    assert!(capacity > 0, "the capacity of a pool is at least 1");
    assert!(
        capacity <= MAX_CAPACITY,
        "the capacity is more than MAX_CAPACITY"
    );
    let slab = Slab::allocate_with(capacity, 0, Seat::here(policy));
    (Sender::new(slab), Receiver::new(slab))
}

impl<T, R, L: lock_api::RawMutex> Moored<T, Pool<R, L>> for Sender<T, R, L> {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, Pool<R, L>> {
        &self.slab
    }
}

impl<T, R, L: lock_api::RawMutex> Moored<T, Pool<R, L>> for Receiver<T, R, L> {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, Pool<R, L>> {
        &self.slab
    }
}
