//@ error: E0382
//@ says: use of moved value: `tx`
use waterway::oneshot;

fn main() {
    let (tx, _rx) = oneshot::channel();
    tx.send(1).unwrap();
    #[cfg(bad)]
    tx.send(2).unwrap();
}
