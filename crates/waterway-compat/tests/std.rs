//! `std::sync::mpsc`, row by row; with `--features original` the standard library's own.

#[cfg(feature = "original")]
use ::std::sync::mpsc as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::std::sync::mpsc as sut;

#[path = "../../waterway/tests/support/mod.rs"]
mod support;

#[path = "std/ends.rs"]
mod ends;
#[path = "std/errors.rs"]
mod errors;
#[path = "std/receiving.rs"]
mod receiving;
#[path = "std/sending.rs"]
mod sending;
#[path = "std/traits.rs"]
mod traits;
#[path = "std/truth.rs"]
mod truth;

use ::std::time::Duration;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

/// Longer than any test takes.
const LIMIT: Duration = Duration::from_secs(60);
/// Long enough to be waited for, and no longer.
const MOMENT: Duration = Duration::from_millis(5);
