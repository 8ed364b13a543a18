//! One sender, one receiver: nothing shared that need not be.
//!
//! | constructor | full | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | after exactly `n` messages | one allocation, bare slots included |
//! | [`rendezvous()`](rendezvous), `bounded(0)` | always: a send completes when its message is taken | one small allocation |
//! | [`unbounded()`](unbounded) | never | one small allocation, and segments as messages come |
//!
//! All three have the same types. Handles are one pointer; neither is cloned, and what sends or receives
//! asks for `&mut self`. Threads and tasks mix freely:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned), [`send_many`](Sender::send_many) | [`try_send`](Sender::try_send) |
//! | reserve | [`reserve`](Sender::reserve), [`reserve_many`](Sender::reserve_many), [`reserve_owned`](Sender::reserve_owned) | [`try_reserve`](Sender::try_reserve), [`try_reserve_many`](Sender::try_reserve_many), [`try_reserve_owned`](Sender::try_reserve_owned) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`iter`](Receiver::iter), [`Stream`](futures_core::Stream) | [`try_recv`](Receiver::try_recv), [`try_iter`](Receiver::try_iter), [`drain`](Receiver::drain) |
//! | in place | | [`write_chunk`](Sender::write_chunk), [`read_chunk`](Receiver::read_chunk) |
//! | look | [`peek`](Receiver::peek) | [`try_peek`](Receiver::try_peek) |
//! | take for the time being | [`recv_leased`](Receiver::recv_leased) | [`try_recv_leased`](Receiver::try_recv_leased) |
//! | the end | [`closed`](Sender::closed), [`flush`](Sender::flush) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//!
//! A message takes no read-modify-write on either side, but at a rendezvous, where the platform has an
//! asymmetric barrier (feature `membarrier`) and nobody has to be woken; without a bound a segment of up
//! to 8 KiB takes a few. There is no `force_send`, no
//! weak handle, and no second sender to be made.
//!
//! # Examples
//!
//! ```
//! use waterway::spsc;
//!
//! let (mut sender, receiver) = spsc::bounded(16);
//! let worker = std::thread::spawn(move || {
//!     for number in 0..100 {
//!         sender.send(number).wait().unwrap();
//!     }
//! });
//! assert_eq!(receiver.into_iter().sum::<u32>(), 4950);
//! worker.join().unwrap();
//! ```

#![forbid(unsafe_code)]

use lock_api::RawMutex;

use crate::chan::Fresh;
use crate::kind::Ends;
use crate::op;

pub use crate::kind::Spsc;

/// The greatest capacity of a bounded channel.
pub const MAX_CAPACITY: usize = crate::store::words::MAX_CAPACITY;

/// The sending handle.
pub type Sender<T, K = Spsc> = crate::sole::Sender<T, K>;
/// The receiving handle.
pub type Receiver<T, K = Spsc> = crate::sole::Receiver<T, K>;
/// A message that is taken when it is acknowledged.
pub type Lease<'a, T, K = Spsc> = crate::sole::Lease<'a, T, K>;
/// A channel in a static.
pub type Static<T, const N: usize, K = Spsc> = crate::fixed::Static<T, N, K>;
/// Reserved room for one message.
pub type Permit<'a, T, K = Spsc> = crate::sole::Permit<&'a mut Sender<T, K>, T, K>;
/// Reserved room for several messages.
pub type PermitIterator<'a, T, K = Spsc> = crate::sole::PermitIterator<&'a mut Sender<T, K>, T, K>;
/// Reserved room for one message that holds its sender.
pub type OwnedPermit<T, K = Spsc> = crate::sole::OwnedPermit<Sender<T, K>, T, K>;
/// The iterator of [`Receiver::drain`].
pub type Drain<'a, T, K = Spsc> = crate::sole::Drain<&'a mut Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::try_iter`].
pub type TryIter<'a, T, K = Spsc> = crate::sole::TryIter<&'a mut Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::iter`].
#[cfg(feature = "std")]
pub type Iter<'a, T, K = Spsc> = crate::sole::Iter<&'a mut Receiver<T, K>, T, K>;
/// The iterator that a receiver turns into.
#[cfg(feature = "std")]
pub type IntoIter<T, K = Spsc> = crate::sole::IntoIter<Receiver<T, K>, T, K>;
/// Free slots to be written in place.
pub type WriteChunk<'a, T, K = Spsc> = crate::sole::WriteChunk<'a, T, K>;
/// Messages to be read in place.
pub type ReadChunk<'a, T, K = Spsc> = crate::sole::ReadChunk<'a, T, K>;
/// A sender as a sink.
#[cfg(feature = "alloc")]
pub type SendSink<T, K = Spsc> = crate::sole::SendSink<Sender<T, K>, T, K>;

/// The operation of [`Sender::send`].
pub type SendOp<'a, T, K = Spsc> = crate::Op<op::Sending<&'a mut Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T, K = Spsc> = crate::Op<op::Sending<Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_many`].
pub type SendManyOp<'a, I, K = Spsc> =
    crate::Op<op::SendingMany<&'a mut Sender<<I as Iterator>::Item, K>, I, K>>;
/// The operation of [`Sender::reserve`].
pub type ReserveOp<'a, T, K = Spsc> = crate::Op<op::Reserving<op::One<&'a mut Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_many`].
pub type ReserveManyOp<'a, T, K = Spsc> =
    crate::Op<op::Reserving<op::Many<&'a mut Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_owned`].
pub type ReserveOwnedOp<T, K = Spsc> = crate::Op<op::Reserving<op::Owned<Sender<T, K>>, T, K>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, K = Spsc> = crate::Op<op::Watching<&'a Sender<T, K>, op::End, T, K>>;
/// The operation of [`Sender::flush`].
pub type FlushOp<'a, T, K = Spsc> = crate::Op<op::Watching<&'a Sender<T, K>, op::Flushed, T, K>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, K = Spsc> = crate::Op<op::Receiving<op::Next<&'a mut Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T, K = Spsc> = crate::Op<op::Receiving<op::Next<Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_many`].
pub type RecvManyOp<'a, T, B, K = Spsc> =
    crate::Op<op::Receiving<op::Batch<'a, &'a mut Receiver<T, K>, B>, T, K, ()>>;
/// The operation of [`Receiver::peek`].
pub type PeekOp<'a, T, K = Spsc> = crate::Op<op::Receiving<op::Sight<'a, T, K>, T, K, ()>>;
/// The operation of [`Receiver::recv_leased`].
pub type RecvLeasedOp<'a, T, K = Spsc> = crate::Op<op::Receiving<op::Loan<'a, T, K>, T, K, ()>>;

/// A channel with room for exactly `capacity` messages; a [`rendezvous`] if that is 0.
///
/// Header and slots are one allocation, made here.
///
/// # Panics
/// If `capacity` is more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// let (mut sender, mut receiver) = waterway::spsc::bounded(1);
/// sender.try_send('a').unwrap();
/// assert!(sender.is_full());
/// assert_eq!(receiver.try_recv(), Ok('a'));
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    bounded_in(capacity)
}

/// [`bounded`] with a lock of your own for the lists of those who wait, see
/// [`mpsc::bounded_in`](crate::mpsc::bounded_in).
///
/// # Panics
/// As for `bounded`.
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded_in<T, L: RawMutex + 'static>(
    capacity: usize,
) -> (Sender<T, Spsc<L>>, Receiver<T, Spsc<L>>) {
    Spsc::<L>::ends(Fresh::bounded(capacity))
}

/// A channel without room: every message goes from hand to hand, and a send completes when its
/// message was taken.
#[cfg(feature = "alloc")]
#[must_use]
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded_in(0)
}

/// A channel without a bound: a send never waits.
///
/// No segment is allocated before the first message; emptied ones are freed, but for one.
///
/// # Panics
/// A send panics when 2^31 messages wait already. Without memory for the next segment the process
/// ends, as for every allocation.
///
/// # Examples
/// ```
/// let (mut sender, receiver) = waterway::spsc::unbounded();
/// for number in 0..1000 {
///     sender.try_send(number).unwrap();
/// }
/// drop(sender);
/// assert_eq!(receiver.into_iter().sum::<u32>(), 499_500);
/// ```
#[cfg(feature = "alloc")]
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    unbounded_in()
}

/// [`unbounded`] with a lock of your own, see [`bounded_in`].
#[cfg(feature = "alloc")]
#[must_use]
pub fn unbounded_in<T, L: RawMutex + 'static>() -> (Sender<T, Spsc<L>>, Receiver<T, Spsc<L>>) {
    Spsc::<L>::ends(Fresh::unbounded())
}

impl<L: RawMutex + 'static> Ends for Spsc<L> {
    type Sender<T> = Sender<T, Self>;
    type Receiver<T> = Receiver<T, Self>;

    fn ends<T>(chan: Fresh<T, Self>) -> (Sender<T, Self>, Receiver<T, Self>) {
        let chan = chan.begin();
        (Sender::new(chan), Receiver::new(chan))
    }
}

/// A channel whose positions are about to wrap around, for tests.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[must_use]
pub fn __starting_near_wrap<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    <Spsc>::ends(Fresh::near_wrap(capacity))
}
