//! Replace `use tokio::sync::{mpsc, oneshot, watch, broadcast}` by
//! `use waterway_compat::tokio::sync::{mpsc, oneshot, watch, broadcast}`.
//!
//! The channels of tokio 1.54 on waterway: the same paths, methods, errors and messages. They work on any runtime, and
//! spend the cooperative budget of a tokio task as the originals do. `mpsc::Sender::send_timeout` alone needs tokio's
//! timer. What is not the same stands in `docs/compat.md`.

mod blocking;
pub mod broadcast;
pub mod mpsc;
pub mod oneshot;
pub mod watch;
