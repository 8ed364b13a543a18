//! Replace `use heph_inbox` by `use waterway_compat::heph_inbox`: its 0.2.3, on [`waterway::inbox`].
//!
//! An actor's inbox: a small bounded channel of many senders and one receiver, and a [`oneshot`] for answers.
//!
//! Messages arrive in the order in which their sends were completed, each sender's in its order, at every capacity; who waits
//! for room is served in order. The original promises neither, and its known bugs are not here: see `docs/compat.md`.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::heph_inbox::{self, RecvError};
//!
//! let (sender, mut receiver) = heph_inbox::new_small();
//! let worker = std::thread::spawn(move || {
//!     for word in ["to", "work"] {
//!         sender.try_send(word).expect("there is room for eight");
//!     }
//! });
//! worker.join().unwrap();
//! assert_eq!(receiver.try_recv(), Ok("to"));
//! assert_eq!(receiver.try_recv(), Ok("work"));
//! assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
//! ```

mod error;
mod manager;
pub mod oneshot;
mod receiver;
mod sender;

use ::std::fmt;

use waterway::{ChannelId, inbox};

pub use error::{ReceiverConnected, RecvError, SendError};
pub use manager::Manager;
pub use receiver::{PeekValue, Receiver, RecvValue};
pub use sender::{Join, SendValue, Sender};

/// The least capacity.
pub const MIN_CAP: usize = 1;
/// The greatest capacity.
pub const MAX_CAP: usize = 29;

/// The capacity of a small channel.
const SMALL_CAP: usize = 8;

/// A channel with room for 8 messages.
pub fn new_small<T>() -> (Sender<T>, Receiver<T>) {
    new(SMALL_CAP)
}

/// A channel with room for exactly `capacity` messages.
///
/// # Panics
/// If the capacity is not in [`MIN_CAP`]`..=`[`MAX_CAP`].
#[track_caller]
pub fn new<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    check(capacity);
    let (sender, receiver) = inbox::bounded(capacity);
    (Sender(sender), Receiver(receiver))
}

#[track_caller]
fn check(capacity: usize) {
    assert!(
        (MIN_CAP..=MAX_CAP).contains(&capacity),
        "inbox channel capacity must be between {MIN_CAP} and {MAX_CAP}"
    );
}

/// What tells a channel from the others: only to be compared, and only while the channel lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(ChannelId);

/// How a handle's channel stands, as `Debug` of each handle tells it.
struct Standing {
    senders: usize,
    receiver: bool,
    manager: bool,
    capacity: usize,
    len: usize,
}

impl Standing {
    /// Writes it as the one field of the handle of that name.
    fn of(self, handle: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(handle).field("channel", &self).finish()
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("senders_alive", &self.senders)
            .field("receiver_alive", &self.receiver)
            .field("manager_alive", &self.manager)
            .field("capacity", &self.capacity)
            .field("len", &self.len)
            .finish()
    }
}
