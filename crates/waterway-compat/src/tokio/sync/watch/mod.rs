//! Replace `use tokio::sync::watch` by `use waterway_compat::tokio::sync::watch`.
//!
//! The latest value, which is looked at by a read lock and changed in place by a write lock: here as there whoever
//! keeps a [`Ref`] holds up the senders. Waterway's own [`watch`](waterway::watch) has snapshots instead, which hold up
//! nobody; for a `send_modify` that asks for no `Clone` there has to be a lock.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::tokio::sync::watch;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let (tx, mut rx) = watch::channel(vec![1]);
//!     let seen = tokio::spawn(async move {
//!         let mut lengths = vec![rx.borrow_and_update().len()];
//!         while rx.changed().await.is_ok() {
//!             lengths.push(rx.borrow_and_update().len());
//!         }
//!         lengths
//!     });
//!     tx.send_modify(|list| list.extend([2, 3]));
//!     drop(tx);
//!     // It may have missed some, but not the last.
//!     assert_eq!(seen.await.unwrap().last(), Some(&3));
//! }
//! ```

pub mod error;

mod receiver;
mod sender;
mod shared;

use ::std::sync::Arc;

use self::shared::Shared;

pub use receiver::Receiver;
pub use sender::Sender;
pub use shared::Ref;

/// A channel that begins with a value, which its first receiver has seen.
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(init));
    let (bell, ear) = waterway::watch::channel(());
    (
        Sender::with(Arc::clone(&shared), bell),
        Receiver::new(shared, ear),
    )
}
