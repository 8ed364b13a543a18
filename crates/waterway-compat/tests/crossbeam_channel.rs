//! `crossbeam_channel`; with `--features original` the original itself.

// The original needs it for a select of 32 cases.
#![cfg_attr(feature = "original", recursion_limit = "256")]

#[cfg(feature = "original")]
use ::crossbeam_channel as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::crossbeam_channel as sut;

#[path = "../../waterway/tests/support/mod.rs"]
mod support;

#[path = "crossbeam_channel/clocks.rs"]
mod clocks;
#[path = "crossbeam_channel/errors.rs"]
mod errors;
#[path = "crossbeam_channel/handles.rs"]
mod handles;
#[path = "crossbeam_channel/macros.rs"]
mod macros;
#[path = "crossbeam_channel/messages.rs"]
mod messages;
#[path = "crossbeam_channel/ready.rs"]
mod ready;
#[path = "crossbeam_channel/rendezvous.rs"]
mod rendezvous;
#[path = "crossbeam_channel/select.rs"]
mod select;
#[path = "crossbeam_channel/stress.rs"]
mod stress;

use std::time::Duration;

/// Longer than any test takes.
const LIMIT: Duration = Duration::from_secs(60);
/// Long enough to be waited for, and no longer.
const MOMENT: Duration = Duration::from_millis(5);

/// A channel of every kind.
fn forms<T>() -> [(sut::Sender<T>, sut::Receiver<T>); 4] {
    [
        sut::bounded(0),
        sut::bounded(1),
        sut::bounded(8),
        sut::unbounded(),
    ]
}
