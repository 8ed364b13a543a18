//! Replace `use crossbeam_channel` by `use waterway_compat::crossbeam_channel`.
//!
//! Crossbeam's channels on [`waterway::mpmc`]: many senders and receivers, in threads; selects over any mix of sends
//! and receives; and channels whose messages are points in time.
//!
//! | constructor | what |
//! |---|---|
//! | [`bounded`] | room for so many messages; without any, each goes from hand to hand |
//! | [`unbounded`] | a send never waits |
//! | [`after`], [`at`] | one message, at a point in time |
//! | [`tick`] | a message at each of many |
//! | [`never()`] | none |
//!
//! What is not the same stands in `docs/compat.md`: who waits for room is not overtaken by somebody who comes later;
//! a [`Select`] stays in its thread; one that waits allocates.
//!
//! # Examples
//!
//! ```
//! use std::thread;
//! use std::time::Duration;
//! use waterway_compat::crossbeam_channel::{after, bounded, select};
//!
//! let (orders, counter) = bounded(4);
//! let (close, closing) = bounded::<()>(0);
//! let guest = thread::spawn(move || {
//!     for order in ["tea", "coffee", "tea"] {
//!         orders.send(order).unwrap();
//!     }
//!     close.send(()).unwrap();
//! });
//! let late = after(Duration::from_secs(60));
//! let mut served = Vec::new();
//! loop {
//!     select! {
//!         recv(counter) -> order => served.extend(order),
//!         recv(closing) -> _ => break,
//!         recv(late) -> _ => panic!("nobody came"),
//!     }
//! }
//! served.extend(counter.try_iter());
//! assert_eq!(served, ["tea", "coffee", "tea"]);
//! guest.join().unwrap();
//! ```

mod clock;
mod error;
mod held;
mod iter;
mod macros;
mod receiver;
mod rendezvous;
mod select;
mod sender;

#[doc(inline)]
pub use crate::{__crossbeam_select as select, __crossbeam_select_biased as select_biased};
pub use error::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError,
    SendTimeoutError, TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
#[doc(hidden)]
pub use select::__detach;
pub use select::{Select, SelectedOperation};
pub use sender::Sender;

use ::std::time::Instant;
use core::time::Duration;

use waterway::mpmc;

/// A channel without a bound: a send never waits.
///
/// A send panics when 2^31 messages wait already.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpmc::unbounded();
    (Sender::buffered(sender), Receiver::buffered(receiver))
}

/// A channel with room for `cap` messages; without any, each goes from hand to hand.
///
/// # Panics
/// If `cap` is more than [`waterway::mpmc::MAX_CAPACITY`], or the messages do not fit into memory.
#[track_caller]
pub fn bounded<T>(cap: usize) -> (Sender<T>, Receiver<T>) {
    if cap == 0 {
        let (sender, receiver) = rendezvous::rendezvous();
        return (Sender::rendezvous(sender), Receiver::rendezvous(receiver));
    }
    let (sender, receiver) = mpmc::bounded(cap);
    (Sender::buffered(sender), Receiver::buffered(receiver))
}

/// One message, so much later: the time at which it was to come. It is never disconnected.
///
/// A duration too long to be a point in time is for ever.
///
/// # Examples
/// ```
/// use std::time::{Duration, Instant};
/// use waterway_compat::crossbeam_channel::after;
///
/// let start = Instant::now();
/// assert!(after(Duration::from_millis(1)).recv().unwrap() > start);
/// ```
pub fn after(duration: Duration) -> Receiver<Instant> {
    Instant::now().checked_add(duration).map_or_else(never, at)
}

/// One message at a point in time, which is the message. It is never disconnected.
pub fn at(when: Instant) -> Receiver<Instant> {
    Receiver::clock(when, None)
}

/// No message ever. It is never disconnected.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway_compat::crossbeam_channel::{never, select, unbounded};
///
/// let (sender, receiver) = unbounded();
/// sender.send(1).unwrap();
/// let other: Option<waterway_compat::crossbeam_channel::Receiver<i32>> = None;
/// select! {
///     recv(receiver) -> number => assert_eq!(number, Ok(1)),
///     recv(other.as_ref().unwrap_or(&never())) -> _ => unreachable!(),
/// }
/// ```
pub const fn never<T>() -> Receiver<T> {
    Receiver::never()
}

/// A message at each of many points in time, so far apart: the time at which it was to come. Those that nobody
/// received are left out. It is never disconnected.
pub fn tick(duration: Duration) -> Receiver<Instant> {
    let first = Instant::now().checked_add(duration);
    first.map_or_else(never, |first| Receiver::clock(first, Some(duration)))
}
