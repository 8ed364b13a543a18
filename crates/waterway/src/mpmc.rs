//! Many senders, many receivers: every message goes to one of the receivers.
//!
//! | constructor | full | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | after exactly `n` messages | one allocation, slots included |
//! | [`rendezvous()`](rendezvous), `bounded(0)` | always: a send completes when its message is taken | one small allocation |
//! | [`unbounded()`](unbounded) | never | one small allocation, and segments as messages come |
//!
//! All three have the same types. Handles are one pointer, and all of them are cloned and used by
//! `&self`. Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned), [`send_many`](Sender::send_many) | [`try_send`](Sender::try_send), [`force_send`](Sender::force_send) |
//! | reserve | [`reserve`](Sender::reserve), [`reserve_many`](Sender::reserve_many), [`reserve_owned`](Sender::reserve_owned) | [`try_reserve`](Sender::try_reserve), [`try_reserve_many`](Sender::try_reserve_many), [`try_reserve_owned`](Sender::try_reserve_owned) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`iter`](Receiver::iter), [`stream`](Receiver::stream) | [`try_recv`](Receiver::try_recv), [`try_iter`](Receiver::try_iter), [`drain`](Receiver::drain) |
//! | look | [`ready`](Receiver::ready) | |
//! | the end | [`closed`](Sender::closed), [`flush`](Sender::flush) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//!
//! There is no peek: what one receiver looks at another may take. Who polls by hand does so by a
//! [`RecvStream`], which is a place to wait in.
//!
//! # Who gets a message
//!
//! Each sender's messages are taken in its order. A message wakes the receiver that is first in the queue of
//! those who wait (seldom another as well); but it is not given to it before it comes: whoever looks first
//! takes it, and who comes in vain goes to the end of the queue. So a receiver that
//! was woken and is dropped, or never polled again, takes no message with it, and holds up nobody but
//! for the one wake-up that it got.
//!
//! A receiver that is stopped by the system in the middle of taking a message keeps the place that the message
//! had: once the others have come round to it `try_send` says `Full`, whatever `len` says.
//!
//! # Examples
//!
//! A pool of workers:
//!
//! ```
//! use waterway::mpmc;
//!
//! let (sender, receiver) = mpmc::bounded(16);
//! let workers: Vec<_> = (0..4)
//!     .map(|_| {
//!         let receiver = receiver.clone();
//!         std::thread::spawn(move || receiver.iter().sum::<u32>())
//!     })
//!     .collect();
//! drop(receiver);
//! for number in 0..100 {
//!     sender.send(number).wait().unwrap();
//! }
//! drop(sender);
//! let sums = workers.into_iter().map(|worker| worker.join().unwrap());
//! assert_eq!(sums.sum::<u32>(), 4950);
//! ```

#![forbid(unsafe_code)]

use lock_api::RawMutex;

use crate::chan::Fresh;
use crate::kind::Ends;
use crate::op;

pub use crate::kind::Mpmc;

/// The greatest capacity of a bounded channel.
pub const MAX_CAPACITY: usize = crate::store::words::MAX_CAPACITY;

/// The sending handle.
pub type Sender<T, K = Mpmc> = crate::shared::Sender<T, K>;
/// The receiving handle.
pub type Receiver<T, K = Mpmc> = crate::shared::Receiver<T, K>;
/// A channel in a static.
pub type Static<T, const N: usize, K = Mpmc> = crate::fixed::Static<T, N, K>;
/// A channel that is used by reference.
pub type Channel<T, const N: usize, K = Mpmc> = crate::fixed::Channel<T, N, K>;
/// A sending handle that does not keep the channel open.
pub type WeakSender<T, K = Mpmc> = crate::shared::WeakSender<T, K>;
/// Reserved room for one message.
pub type Permit<'a, T, K = Mpmc> = crate::shared::Permit<&'a Sender<T, K>, T, K>;
/// Reserved room for several messages.
pub type PermitIterator<'a, T, K = Mpmc> = crate::shared::PermitIterator<&'a Sender<T, K>, T, K>;
/// Reserved room for one message that holds its sender.
pub type OwnedPermit<T, K = Mpmc> = crate::shared::OwnedPermit<Sender<T, K>, T, K>;
/// The iterator of [`Receiver::drain`].
pub type Drain<'a, T, K = Mpmc> = crate::shared::Drain<&'a Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::try_iter`].
pub type TryIter<'a, T, K = Mpmc> = crate::shared::TryIter<&'a Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::iter`].
#[cfg(feature = "std")]
pub type Iter<'a, T, K = Mpmc> = crate::shared::Iter<&'a Receiver<T, K>, T, K>;
/// The iterator that a receiver turns into.
#[cfg(feature = "std")]
pub type IntoIter<T, K = Mpmc> = crate::shared::IntoIter<Receiver<T, K>, T, K>;
/// A receiving handle that does not keep the channel open.
pub type WeakReceiver<T, K = Mpmc> = crate::shared::WeakReceiver<T, K>;
/// A receiver as a stream: `H` is what it was made of, the receiver or a reference to it.
#[cfg(feature = "alloc")]
pub type RecvStream<H, T, K = Mpmc> = crate::shared::RecvStream<H, T, K>;
/// A sender as a sink.
#[cfg(feature = "alloc")]
pub type SendSink<T, K = Mpmc> = crate::shared::SendSink<Sender<T, K>, T, K>;

/// The operation of [`Sender::send`].
pub type SendOp<'a, T, K = Mpmc> = crate::Op<op::Sending<&'a Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T, K = Mpmc> = crate::Op<op::Sending<Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_many`].
pub type SendManyOp<'a, I, K = Mpmc> =
    crate::Op<op::SendingMany<&'a Sender<<I as Iterator>::Item, K>, I, K>>;
/// The operation of [`Sender::reserve`].
pub type ReserveOp<'a, T, K = Mpmc> = crate::Op<op::Reserving<op::One<&'a Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_many`].
pub type ReserveManyOp<'a, T, K = Mpmc> =
    crate::Op<op::Reserving<op::Many<&'a Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_owned`].
pub type ReserveOwnedOp<T, K = Mpmc> = crate::Op<op::Reserving<op::Owned<Sender<T, K>>, T, K>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, K = Mpmc> = crate::Op<op::Watching<&'a Sender<T, K>, op::End, T, K>>;
/// The operation of [`Sender::flush`].
pub type FlushOp<'a, T, K = Mpmc> = crate::Op<op::Watching<&'a Sender<T, K>, op::Flushed, T, K>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, K = Mpmc> = crate::Op<op::Receiving<op::Next<&'a Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T, K = Mpmc> = crate::Op<op::Receiving<op::Next<Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_many`].
pub type RecvManyOp<'a, T, B, K = Mpmc> =
    crate::Op<op::Receiving<op::Batch<'a, &'a Receiver<T, K>, B>, T, K, ()>>;
/// The operation of [`Receiver::ready`].
pub type ReadyOp<'a, T, K = Mpmc> =
    crate::Op<op::Receiving<op::Ready<&'a Receiver<T, K>>, T, K, ()>>;

/// A channel with room for exactly `capacity` messages; a [`rendezvous`] if that is 0.
///
/// Header and slots are one allocation, made here.
///
/// # Panics
/// If `capacity` is more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::mpmc::bounded(1);
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
) -> (Sender<T, Mpmc<L>>, Receiver<T, Mpmc<L>>) {
    Mpmc::<L>::ends(Fresh::bounded(capacity))
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
/// let (sender, receiver) = waterway::mpmc::unbounded();
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
pub fn unbounded_in<T, L: RawMutex + 'static>() -> (Sender<T, Mpmc<L>>, Receiver<T, Mpmc<L>>) {
    Mpmc::<L>::ends(Fresh::unbounded())
}

impl<L: RawMutex + 'static> Ends for Mpmc<L> {
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
    <Mpmc>::ends(Fresh::near_wrap(capacity))
}
