//! Every in-process channel a program needs, for threads and async tasks alike.
//!
//! One set of types: a thread may send what a task receives, and the other way round. An operation
//! that can wait is a value, and how it waits is said where it is used:
//!
//! | written | who waits | `send` gives | `recv` gives |
//! |---|---|---|---|
//! | `op.await` | a task, on any executor | `Result<(), SendError<T>>` | `Option<T>` |
//! | `op.wait()` | a thread | the same | the same |
//! | `op.wait_timeout(d)`, `op.wait_deadline(t)` | a thread, for a limited time | `Result<(), SendTimeoutError<T>>` | `Result<T, RecvTimeoutError>` |
//! | `op.until(future).await` | a task, until some other future is ready | the same as the timed waits | the same as the timed waits |
//!
//! An operation that is neither awaited nor waited for does nothing: `let _ = sender.send(1);`
//! sends nothing. What never waits is a plain method: `try_send`, `try_recv`, `close`, …
//!
//! # Kinds
//!
//! | module | senders | receivers | |
//! |---|---|---|---|
//! | [`mpsc`] | many | one | bounded, unbounded, rendezvous |
//! | [`mpmc`] | many | many | bounded, unbounded, rendezvous |
//! | [`spsc`] | one | one | bounded, unbounded, rendezvous |
//! | [`local`] | many | many, all in one thread | bounded, unbounded, rendezvous |
//! | [`inbox`] | many | one | bounded, small: an actor's; whoever is slow holds up nobody |
//! | [`oneshot`] | one | one | one value, once; requests and replies |
//! | [`broadcast`] | many | many: each gets every message | lagging, lossless, one value; with `alloc`, but for [`broadcast::Once`] |
//! | `watch` | many | many: each sees the latest state | begins with a state, or empty; with `alloc` |
//! | [`pool`] | many | one | slots that are written and read in place, and used again |
//!
//! One wait over several operations is [`select`](mod@select). A channel that outlives its receiver has a
//! [`manager`].
//!
//! These are on the heap. [`mpsc::Static`], [`mpmc::Static`], [`spsc::Static`] and [`pool::Static`] are channels in a
//! static, with the same handles; [`mpmc::Channel`], [`local::Channel`] and [`pool::Queue`] are used by reference: see
//! [`fixed`]. A oneshot has [both](oneshot::Static) of its own, and a [pool](oneshot::Pool).
//!
//! # Examples
//!
//! ```
//! use waterway::mpsc;
//!
//! let (sender, mut receiver) = mpsc::bounded(8);
//! let worker = std::thread::spawn(move || {
//!     for number in 1..=3 {
//!         sender.send(number).wait()?;
//!     }
//!     Ok::<(), waterway::SendError<i32>>(())
//! });
//! assert_eq!(receiver.iter().sum::<i32>(), 6);
//! worker.join().unwrap().unwrap();
//! ```
//!
//! Code that is generic over operations uses the sealed traits [`Operation`] and [`Wait`]:
//!
//! ```
//! use std::time::Duration;
//! use waterway::{Wait, mpsc};
//!
//! fn patiently<O: Wait>(op: O) -> O::Timed {
//!     op.wait_timeout(Duration::from_millis(1))
//! }
//!
//! let (sender, mut receiver) = mpsc::bounded(1);
//! assert!(patiently(receiver.recv()).is_err());
//! assert!(patiently(sender.send(1)).is_ok());
//! assert!(patiently(sender.reserve()).is_err());
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | waiting in threads; implies `alloc` |
//! | `alloc` | by `std` | channels on the heap, streams of shared receivers, sinks |
//! | `membarrier` | yes | on Linux, busy channels pass no full barriers for those who might wait; implies `std` |
//! | `critical-section` | no | [`CriticalSectionLock`](https://docs.rs/waterway/latest/waterway/struct.CriticalSectionLock.html), for channels that interrupt handlers use |
//! | `portable-atomic` | no | targets without 64-bit atomics, or without compare-and-swap |
//! | `tokio` | no | awaited operations spend the cooperative budget of a tokio task |
//!
//! Without features the crate depends on no runtime, and with none of them on no operating system.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
#![warn(missing_docs)]
#[cfg(feature = "alloc")]
extern crate alloc;

pub mod error;
mod id;
mod kind;
mod sync;

pub mod broadcast;
pub mod fixed;
pub mod inbox;
pub mod local;
pub mod manager;
pub mod mpmc;
pub mod mpsc;
pub mod oneshot;
pub mod pool;
pub mod select;
pub mod shared;
pub mod sole;
pub mod spsc;
#[cfg(feature = "alloc")]
pub mod watch;

mod chan;
mod coop;
mod iter;
mod life;
mod op;
mod permit;
mod receive;
#[cfg(feature = "alloc")]
mod sink;
mod slab;
mod store;
#[cfg(feature = "alloc")]
mod stream;
mod transmit;
mod unwind;
mod wait;

#[cfg(all(test, waterway_loom))]
mod model;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/migrating.md")]
struct Migrating;

pub use error::{
    Closed, Delivered, Lagged, ReceiverConnected, RecvTimeoutError, SendError, SendTimeoutError,
    Timeout, TryRecvError, TrySendError,
};
pub use id::ChannelId;
pub use kind::{Awaited, Ends, Kind, ManyThreads};
#[cfg(feature = "std")]
pub use op::Wait;
pub use op::{Op, Operation, Rest, Unsent, Until};
pub use receive::Receive;
#[cfg(feature = "critical-section")]
pub use sync::CriticalSectionLock;
pub use sync::DefaultLock;
pub use transmit::Transmit;
