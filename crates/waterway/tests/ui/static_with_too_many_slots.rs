//@ error: E0080
//@ says: the capacity is more than MAX_CAPACITY
use waterway::mpsc;

#[cfg(not(bad))]
const SLOTS: usize = 1 << 10;
#[cfg(bad)]
const SLOTS: usize = 1 << 26;

static CHANNEL: mpsc::Static<(), SLOTS> = mpsc::Static::new();

fn main() {
    drop(CHANNEL.split());
}
