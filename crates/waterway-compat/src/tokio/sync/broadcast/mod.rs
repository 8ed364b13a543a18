//! Replace `use tokio::sync::broadcast` by `use waterway_compat::tokio::sync::broadcast`.
//!
//! Every receiver gets every message, or is told how many it was too slow for. The last to receive a message gets the
//! message itself; the others get clones, which are made one at a time.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::tokio::sync::broadcast::{self, error::RecvError};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let (tx, mut early) = broadcast::channel(2);
//!     let mut late = tx.subscribe();
//!     for number in 1..=3 {
//!         tx.send(number).unwrap();
//!         assert_eq!(late.recv().await, Ok(number));
//!     }
//!     drop(tx);
//!     assert_eq!(early.recv().await, Err(RecvError::Lagged(1)));
//!     assert_eq!(early.recv().await, Ok(2));
//!     assert_eq!(early.recv().await, Ok(3));
//!     assert_eq!(early.recv().await, Err(RecvError::Closed));
//! }
//! ```

pub mod error;

mod receiver;
mod sender;

use ::std::sync::{Mutex, PoisonError};

use waterway::broadcast::{MAX_CAPACITY, Ref};

pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};

/// A channel that keeps the newest `capacity` messages, rounded up to a power of two as in the original.
///
/// # Panics
/// If `capacity` is 0, or more than [`MAX_CAPACITY`], which is less than in the original.
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    ends(capacity)
}

#[track_caller]
fn ends<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "broadcast channel capacity cannot be zero");
    assert!(
        capacity <= usize::MAX >> 1,
        "broadcast channel capacity exceeded `usize::MAX / 2`"
    );
    let rounded = capacity.next_power_of_two();
    let capacity = rounded.min(capacity.max(MAX_CAPACITY));
    let (sender, receiver) = waterway::broadcast::channel(capacity);
    let (audience, seat) = waterway::watch::channel(());
    (
        Sender::with(sender, audience),
        Receiver::new(receiver, seat),
    )
}

/// A message, which need not be shared by threads: they clone it one at a time.
type Message<T> = Mutex<T>;

/// The message itself, if nobody else will receive it; else a clone.
fn open<T: Clone>(message: Ref<Message<T>>) -> T {
    match message.into_inner() {
        Ok(message) => message.into_inner().unwrap_or_else(PoisonError::into_inner),
        // Should a clone panic the message is as it was.
        Err(shared) => T::clone(&shared.lock().unwrap_or_else(PoisonError::into_inner)),
    }
}
