//! Pools: slots that are written and read in place, what becomes of their elements, and what goes wrong elsewhere.
//!
//! Tests whose names begin with a letter and a number stand for that row of `docs/pains.md`, or of
//! `docs/parity.md`.

#![cfg(not(waterway_loom))]

mod support;

#[path = "pool/desk.rs"]
mod desk;
#[path = "pool/elements.rs"]
mod elements;
#[path = "pool/fixed.rs"]
mod fixed;
#[path = "pool/guards.rs"]
mod guards;
#[path = "pool/model.rs"]
mod model;
#[path = "pool/panics.rs"]
mod panics;
#[path = "pool/queue.rs"]
mod queue;
#[path = "pool/threads.rs"]
mod threads;
#[path = "pool/verbs.rs"]
mod verbs;
#[path = "pool/waiting.rs"]
mod waiting;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);
