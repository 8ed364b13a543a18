//@ error: E0382
//@ says: use of moved value
use waterway::mpsc;

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let permit = tx.try_reserve().unwrap();
    let _ = permit.send(1);
    #[cfg(bad)]
    let _ = permit.send(2);
}
