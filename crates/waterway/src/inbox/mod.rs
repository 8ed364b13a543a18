//! An actor's inbox: many senders, one receiver, and as few bytes as possible.
//!
//! | constructor | full | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | after exactly `n` messages, at most [`MAX_CAP`] | one allocation: less than 100 bytes, and one beside each message |
//! | [`small()`] | after 8 | the same |
//! | [`Static::split`] | after exactly `N` | a static |
//!
//! One that is [`managed`](managed()) outlives its receiver: see [`manager`](mod@crate::manager).
//!
//! All have the same types. Handles are one pointer; senders are cloned, the receiver is not. Waiting allocates nothing.
//! Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned) | [`try_send`](Sender::try_send) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`iter`](Receiver::iter), [`Stream`](futures_core::Stream) | [`try_recv`](Receiver::try_recv), [`try_iter`](Receiver::try_iter), [`drain`](Receiver::drain) |
//! | look | [`peek`](Receiver::peek), [`recv_leased`](Receiver::recv_leased) | [`try_peek`](Receiver::try_peek), [`try_recv_leased`](Receiver::try_recv_leased) |
//! | the end | [`closed`](Sender::closed) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//!
//! # What it is for
//!
//! In the ring of an [`mpsc`](crate::mpsc) a sender claims a place in the order first and writes to it then; if it is stopped in
//! between, what others sent behind it has to wait. Here each message goes into a slot of its own and gets its place when
//! it is complete: a sender that is slow, or stopped for ever, holds up nobody's message, and takes one slot out of use.
//! So messages arrive in the order in which their sends were completed, those of each sender in its order.
//!
//! The price is throughput: all senders meet at two words, all the time. There are no permits, which would be
//! slots that are held, and nothing that needs numbered places: no `flush`, no `force_send`, no `send_many`.
//!
//! # Examples
//!
//! An actor that answers:
//!
//! ```
//! use waterway::{inbox, oneshot};
//!
//! enum Message {
//!     Add(u32),
//!     Get(oneshot::Sender<u32>),
//! }
//!
//! let (counter, mut inbox) = inbox::small();
//! let actor = std::thread::spawn(move || {
//!     let mut sum = 0;
//!     for message in &mut inbox {
//!         match message {
//!             Message::Add(number) => sum += number,
//!             // Who asked may be gone.
//!             Message::Get(answer) => drop(answer.send(sum)),
//!         }
//!     }
//! });
//! for number in 1..=10 {
//!     counter.send(Message::Add(number)).wait().ok().unwrap();
//! }
//! let (answer, sum) = oneshot::channel();
//! counter.send(Message::Get(answer)).wait().ok().unwrap();
//! assert_eq!(sum.wait(), Ok(55));
//! drop(counter);
//! actor.join().unwrap();
//! ```

mod fixed;
mod iter;
mod lease;
mod receiver;
mod sender;

use lock_api::RawMutex;

use crate::op::Told;
use crate::slab::{
    Batch, Coming, Ending, Entering, Goods, Link, Narrow, Readers, Sight, Slab, Value, Watchers,
};
use crate::sync::DefaultLock;

pub use crate::kind::Inbox;
pub use fixed::Static;
pub use iter::{Drain, TryIter};
#[cfg(feature = "std")]
pub use iter::{IntoIter, Iter};
pub use lease::Lease;
pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};

/// The least capacity.
pub const MIN_CAP: usize = 1;

/// The greatest capacity, 127: an inbox has one byte beside each message to say where it stands.
pub const MAX_CAP: usize = Narrow::MOST as usize;

/// The capacity of [`small`].
#[cfg(feature = "alloc")]
const SMALL_CAP: usize = 8;

/// Keeps an inbox across its receiver's death.
pub type Manager<T, K = Inbox> = crate::manager::Manager<T, K>;
/// The operation of [`Sender::send`].
pub type SendOp<'a, T, L = DefaultLock> =
    crate::Op<Entering<Goods<&'a Sender<T, L>, T>, T, Inbox<L>>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T, L = DefaultLock> = crate::Op<Entering<Goods<Sender<T, L>, T>, T, Inbox<L>>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, L = DefaultLock> =
    crate::Op<Told<Ending<&'a Sender<T, L>, T, Inbox<L>>, Watchers<Inbox<L>>>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, L = DefaultLock> =
    crate::Op<Told<Coming<&'a mut Receiver<T, L>, Value, T, Inbox<L>>, Readers<Inbox<L>>>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T, L = DefaultLock> =
    crate::Op<Told<Coming<Receiver<T, L>, Value, T, Inbox<L>>, Readers<Inbox<L>>>>;
/// The operation of [`Receiver::recv_many`].
pub type RecvManyOp<'a, T, B, L = DefaultLock> =
    crate::Op<Told<Batch<'a, Receiver<T, L>, B, T, Inbox<L>>, Readers<Inbox<L>>>>;
/// The operation of [`Receiver::peek`].
pub type PeekOp<'a, T, L = DefaultLock> =
    crate::Op<Told<Coming<&'a mut Receiver<T, L>, Sight<'a, T>, T, Inbox<L>>, Readers<Inbox<L>>>>;
/// The operation of [`Receiver::recv_leased`].
pub type RecvLeasedOp<'a, T, L = DefaultLock> = crate::Op<
    Told<Coming<&'a mut Receiver<T, L>, Lease<'a, T, L>, T, Inbox<L>>, Readers<Inbox<L>>>,
>;

/// An inbox with room for exactly `capacity` messages.
///
/// Everything is one allocation, made here.
///
/// # Panics
/// If `capacity` is not in [`MIN_CAP`]`..=`[`MAX_CAP`], or the messages do not fit into memory.
///
/// # Examples
/// ```
/// use waterway::inbox;
///
/// let (sender, mut receiver) = inbox::bounded(2);
/// sender.try_send('a').unwrap();
/// sender.try_send('b').unwrap();
/// assert!(sender.is_full());
/// assert_eq!(receiver.try_recv(), Ok('a'));
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    bounded_in(capacity)
}

/// An inbox with room for 8 messages, as most actors want it.
///
/// # Panics
/// If the messages do not fit into memory.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::inbox::small::<u64>();
/// assert_eq!(sender.capacity(), 8);
/// # drop(receiver);
/// ```
#[cfg(feature = "alloc")]
#[doc(alias = "new_small")]
#[must_use]
pub fn small<T>() -> (Sender<T>, Receiver<T>) {
    bounded(SMALL_CAP)
}

/// [`bounded`] with a lock of your own for the lists of those who wait, see [`mpsc::bounded_in`](crate::mpsc::bounded_in).
///
/// # Panics
/// As for `bounded`.
///
/// # Examples
/// ```
/// use waterway::{DefaultLock, inbox};
///
/// // Any `lock_api::RawMutex`.
/// type Lock = DefaultLock;
///
/// let (sender, mut receiver) = inbox::bounded_in::<u32, Lock>(1);
/// sender.try_send(1).unwrap();
/// assert_eq!(receiver.try_recv(), Ok(1));
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded_in<T, L: RawMutex + 'static>(capacity: usize) -> (Sender<T, L>, Receiver<T, L>) {
    starting_at(capacity, 0)
}

/// [`bounded`], with a manager: the inbox, and what is in it, outlives its receiver. See
/// [`manager`](mod@crate::manager).
///
/// # Panics
/// As for `bounded`.
///
/// # Examples
/// ```
/// use waterway::inbox;
///
/// let (manager, sender, mut receiver) = inbox::managed(2);
/// sender.try_send(1).unwrap();
/// sender.try_send(2).unwrap();
/// let lease = receiver.try_recv_leased().unwrap();
/// assert_eq!(*lease, 1);
/// // Whoever handles it fails, before it says that it is done.
/// drop(lease);
/// drop(receiver);
/// let mut receiver = manager.new_receiver()?;
/// assert_eq!(receiver.try_recv_leased().unwrap().ack(), 1);
/// assert_eq!(receiver.try_recv(), Ok(2));
/// # Ok::<(), waterway::ReceiverConnected>(())
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn managed<T>(capacity: usize) -> (Manager<T>, Sender<T>, Receiver<T>) {
    managed_in(capacity)
}

/// [`managed`](managed()) with a lock of your own, see [`bounded_in`].
///
/// # Panics
/// As for `bounded`.
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
#[allow(clippy::type_complexity, reason = "three handles of one kind")]
pub fn managed_in<T, L: RawMutex + 'static>(
    capacity: usize,
) -> (Manager<T, Inbox<L>>, Sender<T, L>, Receiver<T, L>) {
    // SAFETY: it is new, with a sender and a receiver counted.
    unsafe { crate::manager::handles_of(slab(capacity, 0)) }
}

#[cfg(feature = "alloc")]
#[track_caller]
fn slab<T, L: RawMutex + 'static>(capacity: usize, claims: u64) -> Slab<T, Inbox<L>> {
    assert!(
        (MIN_CAP..=MAX_CAP).contains(&capacity),
        "the capacity of an inbox is {MIN_CAP} to {MAX_CAP}, not {capacity}"
    );
    Slab::allocate(capacity, claims)
}

#[cfg(feature = "alloc")]
#[track_caller]
fn starting_at<T, L: RawMutex + 'static>(
    capacity: usize,
    claims: u64,
) -> (Sender<T, L>, Receiver<T, L>) {
    ends(slab(capacity, claims))
}

/// The first two handles.
fn ends<T, L: RawMutex + 'static>(slab: Slab<T, Inbox<L>>) -> (Sender<T, L>, Receiver<T, L>) {
    (Sender::new(slab), Receiver::new(slab))
}

/// An inbox whose counts are about to wrap around, for tests.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[must_use]
pub fn __starting_near_wrap<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    starting_at(capacity, (1 << 38) - 3)
}
