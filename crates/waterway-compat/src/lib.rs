//! The channels of other crates, under their own paths and names, on [`waterway`].
//!
//! To try waterway in a program that is there already, replace one line: each module of this crate has the public
//! types, methods, errors and messages of its original, as thin adapters over waterway's channels.
//!
//! | instead of | write | feature |
//! |---|---|---|
//! | `use std::sync::mpsc` | `use waterway_compat::std::sync::mpsc` | `std` |
//! | `use tokio::sync::{mpsc, oneshot, watch, broadcast}` | `use waterway_compat::tokio::sync::{…}` | `tokio` |
//! | `use thingbuf` | `use waterway_compat::thingbuf` | `thingbuf` |
//! | `use futures_intrusive` | `use waterway_compat::futures_intrusive` | `futures-intrusive` |
//! | `use heph_inbox` | `use waterway_compat::heph_inbox` | `heph-inbox` |
//! | `use crossbeam_channel` | `use waterway_compat::crossbeam_channel` | `crossbeam-channel` |
//!
//! All features of this table are on by default.
//!
//! Or change no code, but one line of `Cargo.toml`: with one of the features `as-thingbuf`, `as-futures-intrusive`, `as-heph-inbox` and
//! `as-crossbeam-channel` what that module has stands at the root too, so that the dependency can be renamed:
//!
//! ```toml
//! [dependencies]
//! crossbeam-channel = { package = "waterway-compat", version = "0.1", features = ["as-crossbeam-channel"] }
//! ```
//!
//! With several of them a name that two have is ambiguous, and is an error where it is used. `std` is no dependency, and of `tokio` there is
//! more than its channels: these two go by their `use` lines. Nor does a rename reach the dependencies of dependencies: what
//! they take is still the original, with types of its own.
//!
//! What cannot be the same, and what is a bug there and is not one here, stands in
//! `docs/compat.md`; how to go on to waterway's own channels in `docs/migrating.md`.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(
    ambiguous_glob_reexports,
    reason = "with several of the features `as-…`, and then it is an error where a name is used"
)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "std")]
pub mod std;

#[cfg(feature = "crossbeam-channel")]
pub mod crossbeam_channel;
#[cfg(feature = "futures-intrusive")]
pub mod futures_intrusive;
#[cfg(feature = "heph-inbox")]
pub mod heph_inbox;
#[cfg(feature = "thingbuf")]
pub mod thingbuf;
/// `tokio::sync`: its channels.
#[cfg(feature = "tokio")]
pub mod tokio;

#[cfg(feature = "as-crossbeam-channel")]
#[doc(no_inline)]
pub use crossbeam_channel::*;
#[cfg(feature = "as-futures-intrusive")]
#[doc(no_inline)]
pub use futures_intrusive::*;
#[cfg(feature = "as-heph-inbox")]
#[doc(no_inline)]
pub use heph_inbox::*;
#[cfg(feature = "as-thingbuf")]
#[doc(no_inline)]
pub use thingbuf::*;
