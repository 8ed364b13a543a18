//! The latest state: many senders, many receivers, and each receiver sees the last state for sure, though not
//! all before it.
//!
//! | constructor | begins with | memory |
//! |---|---|---|
//! | [`channel(initial)`](channel) | a state | one allocation, and one for each state that lives |
//! | [`empty()`](empty) | none | the same |
//!
//! With the feature `alloc` only: a state lies on the heap.
//!
//! Threads and tasks mix freely on both ends:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | never | [`send`](Sender::send), [`send_replace`](Sender::send_replace), [`send_modify`](Sender::send_modify), [`send_if_modified`](Sender::send_if_modified) |
//! | look | never | [`Receiver::latest`], [`Sender::latest`] |
//! | be told | [`changed`](Receiver::changed), [`changed_owned`](Receiver::changed_owned), [`wait_for`](Receiver::wait_for), [`stream`](Receiver::stream) | [`has_changed`](Receiver::has_changed) |
//! | by id | [`recv_after`](Receiver::recv_after), [`recv_after_owned`](Receiver::recv_after_owned) | [`try_recv_after`](Receiver::try_recv_after) |
//! | the end | [`closed`](Sender::closed) | [`close`](Receiver::close), [`is_closed`](Receiver::is_closed) |
//!
//! # The one rule
//!
//! Every state has a [`StateId`], greater than those before it. A receiver remembers the id of the last state
//! that it has *seen*. Whoever waits or asks gets **a newer state if there is one; else the end, if there
//! will be none; else it waits**. In this order, by whatever method, also after a close: so the last state
//! is never lost, and the end is told only to those who have seen it. There is no other error.
//!
//! What follows from it:
//!
//! - A receiver is *born having seen* the state that is there, whether it is made with the channel, by
//!   [`subscribe`](Sender::subscribe) or by a clone: `changed` waits for the next one.
//!   [`mark_unseen`](Receiver::mark_unseen) has it begin with the one that is there.
//! - [`changed`](Receiver::changed) and [`has_changed`](Receiver::has_changed) agree. Once `changed` says
//!   `None` it says so for ever: a loop ends there.
//! - [`send`](Sender::send) stores the state whether anybody listens or not: who
//!   [subscribes](Sender::subscribe) later finds it. It fails only after [`close`](Sender::close).
//!
//! # A state is a snapshot, not a lock
//!
//! [`latest`](Receiver::latest) gives a [`Snapshot`], which keeps that state for as long as one likes and
//! holds up nobody: it may be kept over a send, an `.await`, or another `latest`. The next state is put
//! beside it. A state is dropped when it was replaced and its last snapshot has gone; the memory of one that
//! nobody keeps is used for the next.
//!
//! For that several threads may look at one state at the same time: handles are `Send` and `Sync` if the
//! state is both.
//!
//! # Changing a state
//!
//! [`send_modify`](Sender::send_modify) changes a copy, and puts it. The closure runs outside every lock, may
//! take its time, panic (nothing is changed then) and use the channel. If another update was faster the
//! closure is called again, with what is the latest then: so updates are never lost, and nobody waits for
//! another's closure. A `send` that comes meanwhile replaces what the closure is making, which counts as the
//! state just before it.
//!
//! # Examples
//!
//! ```
//! use waterway::watch;
//!
//! let (sender, mut receiver) = watch::channel(String::from("starting"));
//! let worker = std::thread::spawn(move || {
//!     let mut seen = Vec::new();
//!     while let Some(state) = receiver.changed().wait() {
//!         seen.push(String::clone(&state));
//!     }
//!     seen
//! });
//! sender.send(String::from("running")).unwrap();
//! sender.send_modify(|state| state.push_str(" well")).unwrap();
//! drop(sender);
//! let seen = worker.join().unwrap();
//! // It may have missed some, but not the last.
//! assert_eq!(seen.last().unwrap(), "running well");
//! ```

mod ops;
mod receiver;
mod sender;
mod snapshot;
mod state;
mod stream;

use core::fmt;
use core::marker::PhantomData;

use lock_api::RawMutex;

use crate::kind::{Awaited, ManyThreads, sealed::Sealed};
use crate::sync::DefaultLock;

pub use ops::{ChangedOp, ChangedOwnedOp, ClosedOp, RecvAfterOp, RecvAfterOwnedOp, WaitForOp};
pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};
pub use snapshot::{Snapshot, StateId};
pub use stream::StateStream;

use state::Channel;

/// The kind of this module's channels: what says of their operations that threads can wait for them.
pub struct Watch<L = DefaultLock>(PhantomData<L>);

impl<L> Sealed for Watch<L> {}
impl<L> ManyThreads for Watch<L> {}
impl<L> Awaited for Watch<L> {}

impl<L> fmt::Debug for Watch<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// A channel that begins with a state, which its first receiver has seen.
///
/// # Examples
/// ```
/// let (sender, mut receiver) = waterway::watch::channel(1);
/// assert_eq!(*receiver.latest().unwrap(), 1);
/// sender.send(2).unwrap();
/// assert!(receiver.changed().wait().is_some());
/// assert_eq!(*receiver.latest().unwrap(), 2);
/// ```
#[must_use]
pub fn channel<T>(initial: T) -> (Sender<T>, Receiver<T>) {
    channel_in(initial)
}

/// [`channel`] with locks of your own: any [`RawMutex`], for the place of the latest state and for the lists
/// of those who wait. No user code runs under them.
#[must_use]
pub fn channel_in<T, L: RawMutex>(initial: T) -> (Sender<T, L>, Receiver<T, L>) {
    ends(Channel::new(Some(initial), 1))
}

/// A channel without a state: its first is the first that is sent.
///
/// # Examples
/// ```
/// use waterway::watch::{self, StateId};
///
/// let (sender, receiver) = watch::empty();
/// assert!(receiver.latest().is_none());
/// sender.send(1).unwrap();
/// let (id, state) = receiver.recv_after(StateId::new()).wait().unwrap();
/// assert_eq!(state, 1);
/// assert!(id > StateId::new());
/// ```
#[must_use]
pub fn empty<T>() -> (Sender<T>, Receiver<T>) {
    empty_in()
}

/// [`empty`] with locks of your own, see [`channel_in`].
#[must_use]
pub fn empty_in<T, L: RawMutex>() -> (Sender<T, L>, Receiver<T, L>) {
    ends(Channel::new(None, 0))
}

fn ends<T, L: RawMutex>(channel: Channel<T, L>) -> (Sender<T, L>, Receiver<T, L>) {
    (Sender::new(channel), Receiver::new(channel))
}

/// A channel whose ids are about to be used up, for tests.
#[doc(hidden)]
#[must_use]
pub fn __near_the_last_id<T>(initial: T) -> (Sender<T>, Receiver<T>) {
    ends(Channel::new(Some(initial), state::LAST_ID - 1))
}
