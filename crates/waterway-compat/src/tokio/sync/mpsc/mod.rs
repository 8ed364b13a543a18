//! Replace `use tokio::sync::mpsc` by `use waterway_compat::tokio::sync::mpsc`.
//!
//! Many senders, one receiver. Otherwise than there a bounded channel has its slots in one allocation, made by
//! [`channel`]; of a large one the system gives the memory as it is used.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::tokio::sync::mpsc;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let (tx, mut rx) = mpsc::channel(2);
//!     for part in 1..=3 {
//!         let tx = tx.clone();
//!         tokio::spawn(async move {
//!             // Waits while there are two already.
//!             tx.send(part * 10).await.unwrap();
//!         });
//!     }
//!     drop(tx);
//!
//!     let mut sum = 0;
//!     while let Some(part) = rx.recv().await {
//!         sum += part;
//!     }
//!     assert_eq!(sum, 60);
//! }
//! ```

pub mod error;

mod permit;
mod receive;
mod receiver;
mod sender;
mod unbounded;
mod weak;

pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::Receiver;
pub use sender::{Sender, channel};
pub use unbounded::{UnboundedReceiver, UnboundedSender, unbounded_channel};
pub use weak::{WeakSender, WeakUnboundedSender};
