//! Broadcast: what every receiver gets, what is lost, who waits, and what goes wrong elsewhere.
//!
//! Tests whose names begin with a letter and a number stand for that row of `docs/pains.md`, or of
//! `docs/parity.md`.

mod support;

#[path = "broadcast/close.rs"]
mod close;
#[path = "broadcast/model.rs"]
mod model;
#[path = "broadcast/once.rs"]
mod once;
#[path = "broadcast/pains.rs"]
mod pains;
#[path = "broadcast/select.rs"]
mod select;
#[path = "broadcast/threads.rs"]
mod threads;
#[path = "broadcast/verbs.rs"]
mod verbs;
#[path = "broadcast/waiting.rs"]
mod waiting;
