//! What every test binary of this crate shares.
//!
//! * [`Probe`]: a waker that counts its wakes, clones and drops, and runs hooks at each of them.
//! * [`Ledger`] and [`Tracked`]: payloads whose every life must end exactly once.
//! * [`memory`]: a counting allocator, installed by the binaries that want it.
//! * [`explore`]: property tests.
//! * [`watchdog`], [`poll_once`], [`block_on`], [`together`], [`wait_until`]: running things.
//!
//! A binary uses what it needs: `mod support;`.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary uses its own part"
)]

mod explore;
#[cfg(target_os = "linux")]
mod hold_up;
pub(crate) mod memory;
mod payload;
mod probe;
mod run;

pub(crate) use explore::explore;
#[cfg(target_os = "linux")]
pub(crate) use hold_up::{Victim, harassed};
pub(crate) use payload::{Ledger, Meets, Tracked};
pub(crate) use probe::{Event, Probe};
pub(crate) use run::{
    Sleeper, assert_pending, assert_ready, block_on, catch, in_a_process_of_its_own, poll_noop,
    poll_once, quiet_panics, spawn_sleeper, together, wait_until, watchdog,
};
