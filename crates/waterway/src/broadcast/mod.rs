//! Every receiver gets every message.
//!
//! | constructor | full | a receiver that is too slow |
//! |---|---|---|
//! | [`channel(n)`](channel) | never: the newest `n` messages are kept | loses the oldest, and is told how many: [`Lagged`] |
//! | [`lossless(n)`](lossless) | while some receiver has not taken the oldest of `n` messages | holds up the senders; loses nothing |
//! | [`once()`], [`Once`] | after one value, which is kept for ever | cannot be |
//!
//! [`channel`] and [`lossless`] have the same types. Senders are cloned, and used by `&self`. Each receiver has its own place
//! among the messages and is used by `&mut self`; a clone of it begins at the same place. What a receive
//! gives is a `Result<T, Lagged>`, also where nothing can be lost. Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | [`send`](Sender::send), [`send_owned`](Sender::send_owned) | [`try_send`](Sender::try_send) |
//! | receive | [`recv`](Receiver::recv), [`recv_owned`](Receiver::recv_owned), [`recv_many`](Receiver::recv_many), [`recv_ref`](Receiver::recv_ref), [`iter`](Receiver::iter) | [`try_recv`](Receiver::try_recv), [`try_recv_ref`](Receiver::try_recv_ref), [`try_iter`](Receiver::try_iter) |
//! | subscribe | | [`subscribe`](Sender::subscribe), [`subscribe_from_oldest`](Sender::subscribe_from_oldest), `clone` |
//! | the end | [`closed`](Sender::closed) | [`close`](Sender::close), [`is_closed`](Sender::is_closed) |
//!
//! # What is kept
//!
//! A message is kept until the last receiver that stood before it has taken it, which gets the message
//! itself: the others get clones. `clone` runs outside every lock, so that two receivers may clone one
//! message at a time; therefore messages have to be `Sync` to cross threads. [`recv_ref`](Receiver::recv_ref)
//! clones nothing, and asks for no `Clone`.
//!
//! What is sent while there is no receiver is kept as well, up to `n` messages, for whoever
//! [subscribes from the oldest](Sender::subscribe_from_oldest); but nobody waits for somebody who is not there. When the last
//! receiver goes, all that is kept is dropped. The channel stays open: it is closed by [`close`](Sender::close), and ends when all senders
//! are gone.
//!
//! What a receiver costs is its own receives. A send costs the same however many receivers there are, beside the
//! waking of those who sleep.
//!
//! # Examples
//!
//! ```
//! use waterway::broadcast;
//!
//! let (sender, receiver) = broadcast::lossless(4);
//! let threads: Vec<_> = (0..3)
//!     .map(|_| {
//!         let receiver = receiver.clone();
//!         std::thread::spawn(move || receiver.into_iter().map(Result::unwrap).sum::<u32>())
//!     })
//!     .collect();
//! // It would be waited for, too.
//! drop(receiver);
//! for number in 0..100 {
//!     sender.send(number).wait().unwrap();
//! }
//! drop(sender);
//! for thread in threads {
//!     assert_eq!(thread.join().unwrap(), 4950);
//! }
//! ```

#[cfg(feature = "alloc")]
mod handles;
#[cfg(feature = "alloc")]
mod hub;
#[cfg(feature = "alloc")]
mod iter;
mod once;
#[cfg(feature = "alloc")]
mod op;
#[cfg(feature = "alloc")]
mod receiver;
#[cfg(feature = "alloc")]
mod ring;
#[cfg(feature = "alloc")]
mod sender;

#[cfg(feature = "alloc")]
use hub::Link;

use crate::kind::{Awaited, ManyThreads, sealed::Sealed};
use crate::op::Told;
use crate::sync::DefaultLock;
use crate::wait::Crowd;

#[cfg(feature = "alloc")]
pub use handles::{OnceReceiver, OnceSender, once, once_in};
#[cfg(feature = "alloc")]
pub use iter::TryIter;
#[cfg(feature = "std")]
pub use iter::{IntoIter, Iter};
pub use once::Once;
#[cfg(feature = "alloc")]
pub use receiver::{InactiveReceiver, Receiver, Ref};
#[cfg(feature = "alloc")]
pub use sender::{Sender, WeakSender};

#[cfg(feature = "alloc")]
#[allow(unused_imports, reason = "for links")]
use crate::error::Lagged;

/// The greatest capacity of a channel.
#[cfg(feature = "alloc")]
pub const MAX_CAPACITY: usize = crate::store::words::MAX_CAPACITY;

/// What tells operations of this module from others: threads may wait for them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Broadcast(());

impl Sealed for Broadcast {}
impl ManyThreads for Broadcast {}
impl Awaited for Broadcast {}

/// The operation of [`Sender::send`].
#[cfg(feature = "alloc")]
pub type SendOp<'a, T> = crate::Op<op::Sending<&'a Sender<T>, T>>;
/// The operation of [`Sender::send_owned`].
#[cfg(feature = "alloc")]
pub type SendOwnedOp<T> = crate::Op<op::Sending<Sender<T>, T>>;
/// The operation of [`Sender::closed`].
#[cfg(feature = "alloc")]
pub type ClosedOp<'a, T> = crate::Op<Told<op::End<&'a Sender<T>, T>, Crowd<DefaultLock>>>;
/// The operation of [`Receiver::recv`].
#[cfg(feature = "alloc")]
pub type RecvOp<'a, T> =
    crate::Op<Told<op::Next<&'a mut Receiver<T>, op::Value, T>, Crowd<DefaultLock>>>;
/// The operation of [`Receiver::recv_owned`].
#[cfg(feature = "alloc")]
pub type RecvOwnedOp<T> = crate::Op<Told<op::Next<Receiver<T>, op::Value, T>, Crowd<DefaultLock>>>;
/// The operation of [`Receiver::recv_many`].
#[cfg(feature = "alloc")]
pub type RecvManyOp<'a, T, B> = crate::Op<Told<op::Batch<'a, B, T>, Crowd<DefaultLock>>>;
/// The operation of [`Receiver::recv_ref`].
#[cfg(feature = "alloc")]
pub type RecvRefOp<'a, T> =
    crate::Op<Told<op::Next<&'a mut Receiver<T>, op::Reference, T>, Crowd<DefaultLock>>>;
/// The operation of [`Once::recv`] and [`OnceReceiver::recv`].
pub type OnceRecvOp<'a, T, L = DefaultLock> =
    crate::Op<Told<once::OnceNext<&'a Once<T, L>, T, L>, Crowd<L>>>;
/// The operation of [`OnceReceiver::recv_owned`].
#[cfg(feature = "alloc")]
pub type OnceRecvOwnedOp<T, L = DefaultLock> =
    crate::Op<Told<once::OnceNext<OnceReceiver<T, L>, T, L>, Crowd<L>>>;
/// The operation of [`Once::recv_ref`] and [`OnceReceiver::recv_ref`].
pub type OnceRecvRefOp<'a, T, L = DefaultLock> =
    crate::Op<Told<once::OnceSight<'a, T, L>, Crowd<L>>>;
/// The operation of [`Once::settled`] and [`OnceReceiver::settled`].
pub type OnceSettledOp<'a, T, L = DefaultLock> =
    crate::Op<Told<once::OnceSettled<&'a Once<T, L>, T, L>, Crowd<L>>>;
/// The operation of [`OnceReceiver::settled_owned`].
#[cfg(feature = "alloc")]
pub type OnceSettledOwnedOp<T, L = DefaultLock> =
    crate::Op<Told<once::OnceSettled<OnceReceiver<T, L>, T, L>, Crowd<L>>>;

/// A channel that keeps the newest `capacity` messages, exactly: a send never waits, and a receiver that is too
/// slow lags.
///
/// The slots are allocated here, 16 bytes each on a 64-bit target; a message has memory of its own while it is kept.
///
/// A receiver that was overtaken is told so once, by [`Lagged`], with the exact number of messages that it
/// lost, and goes on at the oldest that is kept.
///
/// # Panics
/// If `capacity` is 0 or more than [`MAX_CAPACITY`].
///
/// # Examples
/// ```
/// use waterway::{Lagged, broadcast};
///
/// let (sender, mut receiver) = broadcast::channel(1);
/// sender.try_send("old").unwrap();
/// sender.try_send("new").unwrap();
/// assert_eq!(receiver.try_recv(), Ok(Err(Lagged(1))));
/// assert_eq!(receiver.try_recv(), Ok(Ok("new")));
/// ```
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    ends(Link::new(capacity, false))
}

/// A channel that keeps `capacity` messages, exactly, and loses none: a send waits until the slowest receiver
/// has taken the oldest.
///
/// It waits for receivers that live, and that is all: who is gone, or [inactive](InactiveReceiver), holds up nobody. A receiver that is kept and not
/// used holds up all senders.
///
/// # Panics
/// If `capacity` is 0 or more than [`MAX_CAPACITY`].
#[cfg(feature = "alloc")]
#[track_caller]
#[must_use]
pub fn lossless<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    ends(Link::new(capacity, true))
}

#[cfg(feature = "alloc")]
fn ends<T>(link: Link<T>) -> (Sender<T>, Receiver<T>) {
    (Sender::new(link), Receiver::new(link, 0))
}
