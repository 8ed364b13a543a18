//! The bugs that bit other channel crates, each with the test that would have caught it.
//!
//! A test's name begins with the row of `pains.md` it stands for (`a1_…`, `b6_…`) and its doc line cites
//! the row. Every row runs over all forms of the channel in which it makes sense; see [`kit::Form`].
//! Rows that need a counting allocator are in `pains_alloc.rs`, the trait matrix is `traits.rs`, what must
//! not compile is in `ui/`.

#![allow(clippy::duplicate_mod, reason = "what several kinds have in common")]

mod support;

#[path = "pains/kit.rs"]
mod kit;

// A: lost wakeups and hangs.
#[path = "pains/bulk.rs"]
mod bulk;
#[path = "pains/closing.rs"]
mod closing;
#[path = "pains/forgotten.rs"]
mod forgotten;
#[path = "pains/wakers.rs"]
mod wakers;
#[path = "pains/wakeups.rs"]
mod wakeups;
// B: messages lost, duplicated, reordered, kept too long.
#[path = "pains/conserve.rs"]
mod conserve;
#[path = "pains/ending.rs"]
mod ending;
#[path = "pains/messages.rs"]
mod messages;
#[path = "pains/order.rs"]
mod order;
#[path = "pains/unsent.rs"]
mod unsent;
// C: memory safety.
#[path = "pains/memory.rs"]
mod memory;
#[path = "pains/wrap.rs"]
mod wrap;
// D: deadlock and panics through user code.
#[path = "pains/drops.rs"]
mod drops;
#[path = "pains/frozen.rs"]
mod frozen;
#[path = "pains/reentry.rs"]
mod reentry;
// E: leaks, growth, extremes, counts.
#[path = "pains/counts.rs"]
mod counts;
#[path = "pains/extremes.rs"]
mod extremes;
// Rows of channels that several receive from: each kind has them as modules of its own.
#[allow(unused_imports, dead_code, reason = "there are no other threads")]
#[path = "pains/local.rs"]
mod local;
#[path = "pains/mpmc.rs"]
mod mpmc;
// Rows of oneshots.
#[path = "pains/oneshot.rs"]
mod oneshot;
// Rows that need real threads.
#[path = "pains/freeing.rs"]
mod freeing;
#[path = "pains/held_up.rs"]
mod held_up;
#[path = "pains/one_cpu.rs"]
mod one_cpu;
#[path = "pains/ordering.rs"]
mod ordering;
#[path = "pains/races.rs"]
mod races;
#[path = "pains/soak.rs"]
mod soak;
