//@ error: E0277
//@ says: cannot be shared between threads safely
use waterway::{local, mpmc};

#[cfg(not(bad))]
static CHANNEL: mpmc::Channel<u8, 1> = mpmc::Channel::new();
#[cfg(bad)]
static CHANNEL: local::Channel<u8, 1> = local::Channel::new();

fn main() {
    let _ = &raw const CHANNEL;
}
