//! Every in-process channel a program needs, for threads and async tasks alike.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod chan;
mod coop;
pub mod error;
mod id;
mod iter;
mod kind;
mod life;
#[cfg(all(test, waterway_loom))]
mod model;
pub mod mpsc;
mod op;
mod permit;
mod shared;
#[cfg(feature = "alloc")]
mod sink;
mod sole;
mod store;
mod sync;
mod unwind;
mod wait;

pub use error::{
    Closed, Delivered, Lagged, RecvTimeoutError, SendError, SendTimeoutError, Timeout,
    TryRecvError, TrySendError,
};
pub use id::ChannelId;
pub use kind::Kind;
#[cfg(feature = "std")]
pub use op::Wait;
pub use op::{Op, Operation, Rest, Unsent, Until};
pub use sync::DefaultLock;
