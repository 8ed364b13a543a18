//! The contract suite: what every channel promises, tested on every form of every kind.
//!
//! * `contract/mpsc.rs`, `contract/mpmc.rs`, `contract/spsc.rs` and `contract/local.rs` are **kinds**: each names
//!   the module under test, lists the concerns that hold for it, and says in what it differs from the usual, which
//!   is in `contract/kinds.rs`: how it is polled by hand, whether one can peek (`peeking!`), whether there is but
//!   one receiver (`sole!`), whether there may be several sends at a time (`crowded!`), whether threads can share
//!   it and wait for it (`threaded!`), whether it has handles (`owning!`), and how a sender is lent to what sends
//!   (`lend!`). A further kind is one more file of that sort: the tests reach the channel only through that and
//!   what `contract/kinds.rs` gives it, its `kind`, its **forms** (capacities, and where the channel lies), and
//!   the `on_*_forms!` macros.
//! * `contract/slabs.rs` has two kinds more, `contract/inbox.rs` and `contract/pool.rs`: what they have not
//!   (`numbered!`, `gathering!`) is not asked of them.
//! * `contract/statics.rs` makes the channels in statics: a static has had another life before a test
//!   gets it, and must be free when the test ends. `contract/managed.rs` makes channels that had a manager and
//!   another receiver before.
//! * `contract/borrowed.rs` is for kinds without handles: `contract/borrowed_0.rs` and its neighbours. A
//!   share of the channel stands for a handle; what cannot be tested without one is listed there.
//! * `contract/order.rs` and its neighbours are the **concerns**: generic test functions.
//! * Every test runs under a watchdog: a hang is a failure with a name.
//!
//! Nothing here sleeps to hit a moment: futures are polled by hand, threads meet at barriers or are
//! awaited until the kernel says that they sleep.

#![allow(
    clippy::duplicate_mod,
    reason = "each kind has the concerns as modules of its own"
)]

mod support;

#[macro_use]
#[path = "contract/kinds.rs"]
mod kinds;

#[path = "contract/errors.rs"]
mod errors;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "as for `mpmc`; and there are no other threads"
)]
#[path = "contract/local.rs"]
mod local;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "what one sender or receiver needs `&mut` for several do without; and they do not peek"
)]
#[path = "contract/mpmc.rs"]
mod mpmc;
#[allow(
    unused_mut,
    reason = "what one sender needs `&mut` for several do without; a lent receiver may be a reference"
)]
#[path = "contract/mpsc.rs"]
mod mpsc;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "a lent receiver may be a reference; and there is one sender"
)]
#[path = "contract/spsc.rs"]
mod spsc;

#[allow(
    unused_mut,
    unused_imports,
    unused_variables,
    dead_code,
    reason = "as for `mpsc`; and there are no permits"
)]
#[path = "contract/slabs.rs"]
mod slabs;

#[path = "contract/managed.rs"]
mod managed;
#[path = "contract/statics.rs"]
mod statics;

#[macro_use]
#[path = "contract/borrowed.rs"]
mod borrowed;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "as for `mpmc` and `local`; and there are no handles"
)]
#[path = "contract/borrowed_0.rs"]
mod borrowed_0;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "as for `mpmc` and `local`; and there are no handles"
)]
#[path = "contract/borrowed_2.rs"]
mod borrowed_2;
#[allow(
    unused_mut,
    unused_imports,
    dead_code,
    reason = "as for `mpmc` and `local`; and there are no handles"
)]
#[path = "contract/borrowed_local.rs"]
mod borrowed_local;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

#[test]
fn the_meters_work() {
    support::memory::assert_installed();
}
