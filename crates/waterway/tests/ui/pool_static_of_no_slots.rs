//@ error: E0080
//@ says: the capacity is at least 1
use waterway::pool;

#[cfg(not(bad))]
const SLOTS: usize = 1;
#[cfg(bad)]
const SLOTS: usize = 0;

static LINES: pool::Static<u8, SLOTS> = pool::Static::new();

fn main() {
    let _ = LINES.try_split();
}
