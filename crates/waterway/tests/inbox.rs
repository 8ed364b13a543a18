//! The inbox: its verbs, its order, who waits and is told, what it weighs, and what goes wrong in heph's.
//!
//! What every kind promises is in `contract.rs`. Tests whose names begin with a letter and a number stand for that row
//! of `docs/pains.md`, or of `docs/parity.md`.

mod support;

#[path = "inbox/defects.rs"]
mod defects;
#[path = "inbox/lease.rs"]
mod lease;
#[path = "inbox/manager.rs"]
mod manager;
#[path = "inbox/memory.rs"]
mod memory;
#[path = "inbox/model.rs"]
mod model;
#[path = "inbox/order.rs"]
mod order;
#[path = "inbox/verbs.rs"]
mod verbs;
#[path = "inbox/waiting.rs"]
mod waiting;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
