//@ error: E0277
//@ says: is not satisfied
use waterway::mpsc;
use waterway::select::race;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    #[cfg(bad)]
    let _ = race((tx.send_many([1]),));
    #[cfg(not(bad))]
    let _ = race((tx.send(1),));
}
