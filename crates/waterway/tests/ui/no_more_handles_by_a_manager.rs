//@ error: E0133
//@ says: requires unsafe
use waterway::manager::Managed;
use waterway::{Receive, mpsc};

/// A handle that nobody counted would free the channel under the others.
fn forged<R: Receive<u8, Kind = mpsc::Mpsc>>(receiver: &R) -> Option<mpsc::Sender<u8>> {
    let _chan = receiver.chan();
    #[cfg(bad)]
    return Some(<mpsc::Mpsc as Managed>::sender::<u8>(_chan));
    #[cfg(not(bad))]
    None
}

fn is_managed<K: Managed>() {}

fn main() {
    let (_tx, rx) = mpsc::bounded::<u8>(1);
    is_managed::<mpsc::Mpsc>();
    assert!(forged(&rx).is_none());
}
