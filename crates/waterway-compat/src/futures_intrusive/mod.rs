//! Replace `use futures_intrusive` by `use waterway_compat::futures_intrusive`: the [`channel`]s and [`buffer`]s of its 0.5.0,
//! on [`waterway::mpmc`], [`waterway::broadcast::Once`] and [`waterway::watch`].
//!
//! Channels are used by reference and allocate nothing (but for states), or, in [`channel::shared`], have handles
//! and live on the heap. All of them take a lock of your choice; those called `Local…` have none, and stay in one thread. What is not
//! here, or not the same, stands in `docs/compat.md`.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::futures_intrusive::channel::{Channel, TryReceiveError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Room for two, in the channel itself.
//! let channel = Channel::<u32, [u32; 2]>::new();
//! channel.send(1).await.unwrap();
//! channel.send(2).await.unwrap();
//! assert!(channel.try_send(3).unwrap_err().is_full());
//! assert_eq!(channel.receive().await, Some(1));
//! assert!(channel.close().is_newly_closed());
//! assert_eq!(channel.receive().await, Some(2));
//! assert_eq!(channel.try_receive(), Err(TryReceiveError::Closed));
//! # }
//! ```

pub mod buffer;
pub mod channel;
mod store;

/// The lock of channels in one thread: there is nobody to lock out.
type NoopLock = <waterway::local::Local as waterway::Kind>::Lock;
