//! Managers and leases: a channel that outlives its receiver, and messages that outlive their handlers. Rows of
//! `parity.md` that they answer are in the names of the tests.

mod support;

#[path = "manager/drops.rs"]
mod drops;
#[path = "manager/handles.rs"]
mod handles;
#[path = "manager/leases.rs"]
mod leases;
#[path = "manager/waits.rs"]
mod waits;

use std::time::Duration;

use waterway::mpsc;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: Duration = Duration::from_secs(20);

/// A form of a channel: its bound, if it has one.
type Form = Option<usize>;

const FORMS: [Form; 4] = [Some(0), Some(1), Some(3), None];

type Handles<T> = (mpsc::Manager<T>, mpsc::Sender<T>, mpsc::Receiver<T>);

fn open<T>(form: Form) -> Handles<T> {
    match form {
        Some(capacity) => mpsc::managed(capacity),
        None => mpsc::managed_unbounded(),
    }
}
