//@ error: E0599
//@ says: its trait bounds were not satisfied
use waterway::mpsc;
use waterway::select::{future, race};

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let raced = race((rx.recv(), future(std::future::ready(()))));
    #[cfg(bad)]
    let _ = raced.wait();
    #[cfg(not(bad))]
    let _ = async { raced.await };
}
