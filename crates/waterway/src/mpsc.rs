//! Many senders, one receiver: every message goes to the one receiver, in each sender's order.
//!
//! | constructor | full | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | after exactly `n` messages | one allocation, slots included |
//! | [`rendezvous()`](rendezvous), `bounded(0)` | always: a send completes when its message is taken | one small allocation |
//! | [`unbounded()`](unbounded) | never | one small allocation, and segments as messages come |
//!
//! All three have the same types. Handles are one pointer; senders are cloned, the receiver is
//! not. Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned), [`send_many`](Sender::send_many) | [`try_send`](Sender::try_send), [`force_send`](Sender::force_send) |
//! | reserve | [`reserve`](Sender::reserve), [`reserve_many`](Sender::reserve_many), [`reserve_owned`](Sender::reserve_owned) | [`try_reserve`](Sender::try_reserve), [`try_reserve_many`](Sender::try_reserve_many), [`try_reserve_owned`](Sender::try_reserve_owned) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`iter`](Receiver::iter), [`Stream`](futures_core::Stream) | [`try_recv`](Receiver::try_recv), [`try_iter`](Receiver::try_iter), [`drain`](Receiver::drain) |
//! | look | [`peek`](Receiver::peek) | [`try_peek`](Receiver::try_peek) |
//! | take for the time being | [`recv_leased`](Receiver::recv_leased) | [`try_recv_leased`](Receiver::try_recv_leased) |
//! | the end | [`closed`](Sender::closed), [`flush`](Sender::flush) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//!
//! A channel that is [`managed`](managed()), or [`managed_unbounded`], outlives its receiver: see
//! [`manager`](mod@crate::manager).
//!
//! # Examples
//!
//! A thread sends, a task receives:
//!
//! ```
//! use waterway::mpsc;
//!
//! let (sender, mut receiver) = mpsc::bounded(16);
//! let thread = std::thread::spawn(move || {
//!     for number in 0..100 {
//!         sender.send(number).wait().unwrap();
//!     }
//! });
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     loop {
//! #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
//! #             return output;
//! #         }
//! #         std::thread::yield_now();
//! #     }
//! # }
//! block_on(async {
//!     let mut sum = 0;
//!     while let Some(number) = receiver.recv().await {
//!         sum += number;
//!     }
//!     assert_eq!(sum, 4950);
//! });
//! thread.join().unwrap();
//! ```

#![forbid(unsafe_code)]

use lock_api::RawMutex;

use crate::chan::Fresh;
use crate::kind::Ends;
use crate::op;

pub use crate::kind::Mpsc;

/// The greatest capacity of a bounded channel.
pub const MAX_CAPACITY: usize = crate::store::words::MAX_CAPACITY;

/// The sending handle.
pub type Sender<T, K = Mpsc> = crate::shared::Sender<T, K>;
/// The receiving handle.
pub type Receiver<T, K = Mpsc> = crate::sole::Receiver<T, K>;
/// The handle that keeps a channel and makes its next receiver.
pub type Manager<T, K = Mpsc> = crate::manager::Manager<T, K>;
/// A message that is taken when it is acknowledged.
pub type Lease<'a, T, K = Mpsc> = crate::sole::Lease<'a, T, K>;
/// A channel in a static.
pub type Static<T, const N: usize, K = Mpsc> = crate::fixed::Static<T, N, K>;
/// A sending handle that does not keep the channel open.
pub type WeakSender<T, K = Mpsc> = crate::shared::WeakSender<T, K>;
/// Reserved room for one message.
pub type Permit<'a, T, K = Mpsc> = crate::shared::Permit<&'a Sender<T, K>, T, K>;
/// Reserved room for several messages.
pub type PermitIterator<'a, T, K = Mpsc> = crate::shared::PermitIterator<&'a Sender<T, K>, T, K>;
/// Reserved room for one message that holds its sender.
pub type OwnedPermit<T, K = Mpsc> = crate::shared::OwnedPermit<Sender<T, K>, T, K>;
/// The iterator of [`Receiver::drain`].
pub type Drain<'a, T, K = Mpsc> = crate::sole::Drain<&'a mut Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::try_iter`].
pub type TryIter<'a, T, K = Mpsc> = crate::sole::TryIter<&'a mut Receiver<T, K>, T, K>;
/// The iterator of [`Receiver::iter`].
#[cfg(feature = "std")]
pub type Iter<'a, T, K = Mpsc> = crate::sole::Iter<&'a mut Receiver<T, K>, T, K>;
/// The iterator that a receiver turns into.
#[cfg(feature = "std")]
pub type IntoIter<T, K = Mpsc> = crate::sole::IntoIter<Receiver<T, K>, T, K>;
/// A sender as a sink.
#[cfg(feature = "alloc")]
pub type SendSink<T, K = Mpsc> = crate::shared::SendSink<Sender<T, K>, T, K>;

/// The operation of [`Sender::send`].
pub type SendOp<'a, T, K = Mpsc> = crate::Op<op::Sending<&'a Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T, K = Mpsc> = crate::Op<op::Sending<Sender<T, K>, T, K>>;
/// The operation of [`Sender::send_many`].
pub type SendManyOp<'a, I, K = Mpsc> =
    crate::Op<op::SendingMany<&'a Sender<<I as Iterator>::Item, K>, I, K>>;
/// The operation of [`Sender::reserve`].
pub type ReserveOp<'a, T, K = Mpsc> = crate::Op<op::Reserving<op::One<&'a Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_many`].
pub type ReserveManyOp<'a, T, K = Mpsc> =
    crate::Op<op::Reserving<op::Many<&'a Sender<T, K>>, T, K>>;
/// The operation of [`Sender::reserve_owned`].
pub type ReserveOwnedOp<T, K = Mpsc> = crate::Op<op::Reserving<op::Owned<Sender<T, K>>, T, K>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, K = Mpsc> = crate::Op<op::Watching<&'a Sender<T, K>, op::End, T, K>>;
/// The operation of [`Sender::flush`].
pub type FlushOp<'a, T, K = Mpsc> = crate::Op<op::Watching<&'a Sender<T, K>, op::Flushed, T, K>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, K = Mpsc> = crate::Op<op::Receiving<op::Next<&'a mut Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T, K = Mpsc> = crate::Op<op::Receiving<op::Next<Receiver<T, K>>, T, K>>;
/// The operation of [`Receiver::recv_many`].
pub type RecvManyOp<'a, T, B, K = Mpsc> =
    crate::Op<op::Receiving<op::Batch<'a, &'a mut Receiver<T, K>, B>, T, K, ()>>;
/// The operation of [`Receiver::peek`].
pub type PeekOp<'a, T, K = Mpsc> = crate::Op<op::Receiving<op::Sight<'a, T, K>, T, K, ()>>;
/// The operation of [`Receiver::recv_leased`].
pub type RecvLeasedOp<'a, T, K = Mpsc> = crate::Op<op::Receiving<op::Loan<'a, T, K>, T, K, ()>>;

/// A channel with room for exactly `capacity` messages; a [`rendezvous`] if that is 0.
///
/// Header and slots are one allocation, made here.
///
/// # Panics
/// If `capacity` is more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// let (sender, mut receiver) = waterway::mpsc::bounded(1);
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

/// [`bounded`] with a lock of your own for the lists of those who wait.
///
/// The lock is held for a few list operations at a time, never while code of yours runs. Handles and
/// operations cross threads if it is `Send` and `Sync`.
///
/// # Panics
/// As for `bounded`.
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use waterway::mpsc::{self, Mpsc};
///
/// struct Spin(AtomicBool);
///
/// // SAFETY: only who has turned it from false to true holds it, and the holder alone turns it back.
/// unsafe impl lock_api::RawMutex for Spin {
///     const INIT: Self = Self(AtomicBool::new(false));
///     type GuardMarker = lock_api::GuardSend;
///
///     fn lock(&self) {
///         while !self.try_lock() {
///             std::hint::spin_loop();
///         }
///     }
///
///     fn try_lock(&self) -> bool {
///         !self.0.swap(true, Ordering::Acquire)
///     }
///
///     unsafe fn unlock(&self) {
///         self.0.store(false, Ordering::Release);
///     }
/// }
///
/// type Sender<T> = mpsc::Sender<T, Mpsc<Spin>>;
///
/// let (sender, mut receiver) = mpsc::bounded_in::<u32, Spin>(1);
/// let worker = std::thread::spawn(move || {
///     let sender: Sender<u32> = sender;
///     sender.send(1).wait()
/// });
/// assert_eq!(receiver.recv().wait(), Some(1));
/// worker.join().unwrap().unwrap();
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded_in<T, L: RawMutex + 'static>(
    capacity: usize,
) -> (Sender<T, Mpsc<L>>, Receiver<T, Mpsc<L>>) {
    Mpsc::<L>::ends(Fresh::bounded(capacity))
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
/// let (sender, receiver) = waterway::mpsc::unbounded();
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
pub fn unbounded_in<T, L: RawMutex + 'static>() -> (Sender<T, Mpsc<L>>, Receiver<T, Mpsc<L>>) {
    Mpsc::<L>::ends(Fresh::unbounded())
}

/// [`bounded`], with a manager: the channel outlives its receiver.
///
/// As long as the manager lives messages stay when the receiver is dropped, senders go on, and
/// [`Manager::new_receiver`] makes the next. See [`manager`](mod@crate::manager).
///
/// # Panics
/// As for `bounded`.
///
/// # Examples
/// ```
/// let (manager, sender, receiver) = waterway::mpsc::managed(1);
/// drop(receiver);
/// sender.try_send("still there").unwrap();
/// let mut receiver = manager.new_receiver()?;
/// assert_eq!(receiver.try_recv(), Ok("still there"));
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
) -> (
    Manager<T, Mpsc<L>>,
    Sender<T, Mpsc<L>>,
    Receiver<T, Mpsc<L>>,
) {
    crate::manager::handles(Fresh::bounded(capacity))
}

/// [`unbounded`], with a manager: the channel outlives its receiver. See [`managed`](managed()).
#[cfg(feature = "alloc")]
#[must_use]
pub fn managed_unbounded<T>() -> (Manager<T>, Sender<T>, Receiver<T>) {
    managed_unbounded_in()
}

/// [`managed_unbounded`] with a lock of your own, see [`bounded_in`].
#[cfg(feature = "alloc")]
#[must_use]
#[allow(clippy::type_complexity, reason = "three handles of one kind")]
pub fn managed_unbounded_in<T, L: RawMutex + 'static>() -> (
    Manager<T, Mpsc<L>>,
    Sender<T, Mpsc<L>>,
    Receiver<T, Mpsc<L>>,
) {
    crate::manager::handles(Fresh::unbounded())
}

impl<L: RawMutex + 'static> Ends for Mpsc<L> {
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
    <Mpsc>::ends(Fresh::near_wrap(capacity))
}
