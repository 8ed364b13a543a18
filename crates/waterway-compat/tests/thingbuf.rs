//! Every row of the inventory of thingbuf, by its number, through the paths of the original.
//!
//! With `--features original` the same tests run against the original itself, without those of what is a bug there, or
//! is otherwise here: `docs/compat.md` lists these.

#![cfg(all(feature = "std", feature = "thingbuf"))]

#[cfg(feature = "original")]
use thingbuf as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::thingbuf as sut;

#[path = "../../waterway/tests/support/mod.rs"]
mod support;

#[path = "thingbuf/beside.rs"]
mod beside;
#[path = "thingbuf/desk.rs"]
mod desk;
#[path = "thingbuf/errors.rs"]
mod errors;
#[path = "thingbuf/flavours.rs"]
mod flavours;
#[path = "thingbuf/guards.rs"]
mod guards;
#[path = "thingbuf/policies.rs"]
mod policies;
#[path = "thingbuf/queues.rs"]
mod queues;
#[path = "thingbuf/receives.rs"]
mod receives;
#[path = "thingbuf/sends.rs"]
mod sends;
#[path = "thingbuf/truth.rs"]
mod truth;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

/// Nothing here takes that long.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);
