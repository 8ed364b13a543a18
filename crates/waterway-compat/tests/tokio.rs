//! `waterway_compat::tokio::sync` does what `tokio::sync` does: the rows K1 to K56 of features, and what tokio's docs say of
//! `oneshot`, `watch` and `broadcast`. With the feature `original` the same runs against tokio itself.
//!
//! What is not run there is a difference on purpose: each says why.
#![cfg(feature = "tokio")]

#[cfg(feature = "original")]
use tokio::sync as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::tokio::sync as sut;

#[path = "../../waterway/tests/support/mod.rs"]
mod support;

#[path = "tokio/help.rs"]
mod help;

#[path = "tokio/blocking.rs"]
mod blocking;
#[path = "tokio/broadcast.rs"]
mod broadcast;
#[path = "tokio/close.rs"]
mod close;
#[path = "tokio/errors.rs"]
mod errors;
#[path = "tokio/handles.rs"]
mod handles;
#[path = "tokio/oneshot.rs"]
mod oneshot;
#[path = "tokio/permits.rs"]
mod permits;
#[path = "tokio/recv.rs"]
mod recv;
#[path = "tokio/runtimes.rs"]
mod runtimes;
#[path = "tokio/send.rs"]
mod send;
#[path = "tokio/truth.rs"]
mod truth;
#[path = "tokio/types.rs"]
mod types;
#[path = "tokio/watch.rs"]
mod watch;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;
