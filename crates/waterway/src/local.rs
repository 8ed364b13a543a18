//! Many senders, many receivers, all in one thread: no atomic read-modify-write, no lock.
//!
//! | constructor | full | memory |
//! |---|---|---|
//! | [`bounded(n)`](bounded) | after exactly `n` messages | one allocation, slots included |
//! | [`rendezvous()`](rendezvous), `bounded(0)` | always: a send completes when its message is taken | one small allocation |
//! | [`unbounded()`](unbounded) | never | one small allocation, and segments as messages come |
//!
//! Handles are neither [`Send`] nor [`Sync`], and messages need not be. All handles are cloned and used by
//! `&self`, and have the same verbs as those of [`mpmc`](crate::mpmc), with the same meaning:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned), [`send_many`](Sender::send_many) | [`try_send`](Sender::try_send), [`force_send`](Sender::force_send) |
//! | reserve | [`reserve`](Sender::reserve), [`reserve_many`](Sender::reserve_many), [`reserve_owned`](Sender::reserve_owned) | [`try_reserve`](Sender::try_reserve), [`try_reserve_many`](Sender::try_reserve_many), [`try_reserve_owned`](Sender::try_reserve_owned) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`stream`](Receiver::stream) | [`try_recv`](Receiver::try_recv), [`try_iter`](Receiver::try_iter), [`drain`](Receiver::drain) |
//! | the end | [`closed`](Sender::closed), [`flush`](Sender::flush) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//!
//! What waits is a task. There is no `wait`, and no iterator that blocks: a thread cannot wait for itself.
//! For the same reason `try_send` at a rendezvous never succeeds.
//!
//! # Examples
//!
//! ```
//! use std::cell::Cell;
//! use std::rc::Rc;
//! use waterway::local;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, receiver) = local::bounded(2);
//! let total = Rc::new(Cell::new(0));
//! let tasks = tokio::task::LocalSet::new();
//! for _ in 0..2 {
//!     let (receiver, total) = (receiver.clone(), Rc::clone(&total));
//!     tasks.spawn_local(async move {
//!         while let Some(number) = receiver.recv().await {
//!             total.set(total.get() + Rc::unwrap_or_clone(number));
//!         }
//!     });
//! }
//! tasks.spawn_local(async move {
//!     for number in 0..10 {
//!         sender.send(Rc::new(number)).await.unwrap();
//!     }
//! });
//! drop(receiver);
//! tasks.await;
//! assert_eq!(total.get(), 45);
//! # }
//! ```
//!
//! A handle stays in its thread:
//!
//! ```compile_fail,E0277
//! let (sender, _receiver) = waterway::local::bounded::<u32>(1);
//! std::thread::spawn(move || sender.try_send(1));
//! ```
//!
//! And a thread does not wait for itself:
//!
//! ```compile_fail,E0599
//! let (_sender, receiver) = waterway::local::bounded::<u32>(1);
//! receiver.recv().wait();
//! ```

#![forbid(unsafe_code)]

use crate::chan::Fresh;
use crate::kind::Ends;
use crate::op;

pub use crate::kind::Local;

/// The greatest capacity of a bounded channel.
pub const MAX_CAPACITY: usize = crate::store::words::MAX_CAPACITY;

/// The sending handle.
pub type Sender<T> = crate::shared::Sender<T, Local>;
/// The receiving handle.
pub type Receiver<T> = crate::shared::Receiver<T, Local>;
/// A channel that is used by reference.
pub type Channel<T, const N: usize> = crate::fixed::Channel<T, N, Local>;
/// A sending handle that does not keep the channel open.
pub type WeakSender<T> = crate::shared::WeakSender<T, Local>;
/// Reserved room for one message.
pub type Permit<'a, T> = crate::shared::Permit<&'a Sender<T>, T, Local>;
/// Reserved room for several messages.
pub type PermitIterator<'a, T> = crate::shared::PermitIterator<&'a Sender<T>, T, Local>;
/// Reserved room for one message that holds its sender.
pub type OwnedPermit<T> = crate::shared::OwnedPermit<Sender<T>, T, Local>;
/// The iterator of [`Receiver::drain`].
pub type Drain<'a, T> = crate::shared::Drain<&'a Receiver<T>, T, Local>;
/// The iterator of [`Receiver::try_iter`].
pub type TryIter<'a, T> = crate::shared::TryIter<&'a Receiver<T>, T, Local>;
/// A receiving handle that does not keep the channel open.
pub type WeakReceiver<T> = crate::shared::WeakReceiver<T, Local>;
/// A receiver as a stream: `H` is what it was made of, the receiver or a reference to it.
#[cfg(feature = "alloc")]
pub type RecvStream<H, T> = crate::shared::RecvStream<H, T, Local>;
/// A sender as a sink.
#[cfg(feature = "alloc")]
pub type SendSink<T> = crate::shared::SendSink<Sender<T>, T, Local>;

/// The operation of [`Sender::send`].
pub type SendOp<'a, T> = crate::Op<op::Sending<&'a Sender<T>, T, Local>>;
/// The operation of [`Sender::send_owned`].
pub type SendOwnedOp<T> = crate::Op<op::Sending<Sender<T>, T, Local>>;
/// The operation of [`Sender::send_many`].
pub type SendManyOp<'a, I> =
    crate::Op<op::SendingMany<&'a Sender<<I as Iterator>::Item>, I, Local>>;
/// The operation of [`Sender::reserve`].
pub type ReserveOp<'a, T> = crate::Op<op::Reserving<op::One<&'a Sender<T>>, T, Local>>;
/// The operation of [`Sender::reserve_many`].
pub type ReserveManyOp<'a, T> = crate::Op<op::Reserving<op::Many<&'a Sender<T>>, T, Local>>;
/// The operation of [`Sender::reserve_owned`].
pub type ReserveOwnedOp<T> = crate::Op<op::Reserving<op::Owned<Sender<T>>, T, Local>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T> = crate::Op<op::Watching<&'a Sender<T>, op::End, T, Local>>;
/// The operation of [`Sender::flush`].
pub type FlushOp<'a, T> = crate::Op<op::Watching<&'a Sender<T>, op::Flushed, T, Local>>;
/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T> = crate::Op<op::Receiving<op::Next<&'a Receiver<T>>, T, Local>>;
/// The operation of [`Receiver::recv_owned`].
pub type RecvOwnedOp<T> = crate::Op<op::Receiving<op::Next<Receiver<T>>, T, Local>>;
/// The operation of [`Receiver::recv_many`].
pub type RecvManyOp<'a, T, B> =
    crate::Op<op::Receiving<op::Batch<'a, &'a Receiver<T>, B>, T, Local, ()>>;
/// The operation of [`Receiver::ready`](crate::shared::Receiver::ready).
pub type ReadyOp<'a, T> = crate::Op<op::Receiving<op::Ready<&'a Receiver<T>>, T, Local, ()>>;

/// A channel with room for exactly `capacity` messages; a [`rendezvous`] if that is 0.
///
/// Header and slots are one allocation, made here.
///
/// # Panics
/// If `capacity` is more than [`MAX_CAPACITY`], or the slots do not fit into memory.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::local::bounded(1);
/// sender.try_send('a').unwrap();
/// assert!(sender.is_full());
/// assert_eq!(receiver.try_recv(), Ok('a'));
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Local::ends(Fresh::bounded(capacity))
}

/// A channel without room: every message goes from hand to hand, and a send completes when its
/// message was taken.
#[cfg(feature = "alloc")]
#[must_use]
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
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
/// let (sender, receiver) = waterway::local::unbounded();
/// for number in 0..1000 {
///     sender.try_send(number).unwrap();
/// }
/// drop(sender);
/// assert_eq!(receiver.try_iter().sum::<u32>(), 499_500);
/// ```
#[cfg(feature = "alloc")]
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    Local::ends(Fresh::unbounded())
}

impl Ends for Local {
    type Sender<T> = Sender<T>;
    type Receiver<T> = Receiver<T>;

    fn ends<T>(chan: Fresh<T, Self>) -> (Sender<T>, Receiver<T>) {
        let chan = chan.begin();
        (Sender::new(chan), Receiver::new(chan))
    }
}

/// A channel whose positions are about to wrap around, for tests.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[must_use]
pub fn __starting_near_wrap<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    Local::ends(Fresh::near_wrap(capacity))
}
