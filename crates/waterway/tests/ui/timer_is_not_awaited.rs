//@ error: E0277
//@ says: Awaited` is not satisfied
use std::time::Duration;
use waterway::mpsc;
use waterway::select::{after, race};

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let timed = race((rx.recv(), after(Duration::ZERO)));
    #[cfg(bad)]
    let _ = async { timed.await };
    #[cfg(not(bad))]
    let _ = timed.wait();
}
