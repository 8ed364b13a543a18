//! Replace `use std::sync::mpsc` by `use waterway_compat::std::sync::mpsc`.
//!
//! The channel of the standard library on [`waterway::mpsc`]: the same types, methods and messages. The errors *are*
//! those of the standard library, so that a program that converts them by `From` needs no other change.
//!
//! | constructor | sender | full |
//! |---|---|---|
//! | [`channel`] | [`Sender`] | never |
//! | [`sync_channel`] | [`SyncSender`] | after `bound` messages; with a bound of 0 a send completes when its message is taken |
//!
//! What is not the same: who waits for room is not overtaken by somebody who comes later; a message with a panicking
//! destructor does not keep the others of a dropped receiver from being dropped; the limits in
//! [`sync_channel`], [`channel`] and [`Sender`].
//!
//! # Examples
//!
//! ```
//! use std::thread;
//! use waterway_compat::std::sync::mpsc;
//!
//! let (lines, reader) = mpsc::sync_channel(2);
//! let writer = thread::spawn(move || -> Result<(), mpsc::SendError<String>> {
//!     for number in 1..=3 {
//!         lines.send(format!("line {number}"))?;
//!     }
//!     Ok(())
//! });
//! let all: Vec<String> = reader.iter().collect();
//! assert_eq!(all, ["line 1", "line 2", "line 3"]);
//! assert_eq!(reader.recv(), Err(mpsc::RecvError));
//! writer.join().unwrap().unwrap();
//! ```

mod iter;
mod receiver;
mod sender;

pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::{Sender, SyncSender};

pub use ::std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use waterway::mpsc;

/// A channel without a bound: a send never waits.
///
/// Nothing is allocated for messages before the first one. A send panics when 2^31 messages wait already.
///
/// # Examples
/// ```
/// use waterway_compat::std::sync::mpsc::channel;
///
/// let (tx, rx) = channel();
/// let other = tx.clone();
/// tx.send(1).unwrap();
/// other.send(2).unwrap();
/// assert_eq!((rx.recv(), rx.recv()), (Ok(1), Ok(2)));
/// ```
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::unbounded();
    (Sender::new(sender), Receiver::new(receiver))
}

/// A channel with room for `bound` messages; with a bound of 0 each goes from hand to hand.
///
/// # Panics
/// If `bound` is more than [`waterway::mpsc::MAX_CAPACITY`], or the messages do not fit into memory.
///
/// # Examples
/// ```
/// use waterway_compat::std::sync::mpsc::{TrySendError, sync_channel};
///
/// let (tx, rx) = sync_channel(1);
/// tx.send(1).unwrap();
/// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(rx.recv(), Ok(1));
/// ```
#[must_use]
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::bounded(bound);
    (SyncSender::new(sender), Receiver::new(receiver))
}
