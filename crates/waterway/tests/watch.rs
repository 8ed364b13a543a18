//! Channels of states: the one rule of `waterway::watch`, its operations and updates, and the rows of
//! `pains.md` and `parity.md` that they answer. A test of a row is named by it.

mod support;

#[path = "watch/ops.rs"]
mod ops;
#[path = "watch/pains.rs"]
mod pains;
#[path = "watch/rule.rs"]
mod rule;
#[path = "watch/updates.rs"]
mod updates;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;
