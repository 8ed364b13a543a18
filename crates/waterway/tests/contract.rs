//! The contract suite: what every channel promises, tested on every form of every kind.
//!
//! * `contract/mpsc.rs` is a **kind**: it names the module under test and its **forms** (capacities),
//!   and lists the concerns that hold for it. A further kind is one more file of that sort: the tests
//!   reach the channel only through its `kind`, `Form` and the `on_*_forms!` macros.
//! * `contract/order.rs` and its neighbours are the **concerns**: generic test functions.
//! * Every test runs under a watchdog: a hang is a failure with a name.
//!
//! Nothing here sleeps to hit a moment: futures are polled by hand, threads meet at barriers or are
//! awaited until the kernel says that they sleep.

mod support;

#[path = "contract/errors.rs"]
mod errors;
#[path = "contract/mpsc.rs"]
mod mpsc;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

#[test]
fn the_meters_work() {
    support::memory::assert_installed();
}
