//@ error: E0505
//@ says: cannot move out of `tx`
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let permit = tx.try_reserve().unwrap();
    #[cfg(bad)]
    drop(tx);
    let _ = permit.send(1);
}
