//@ error: E0505
//@ says: cannot move out of `receiver` because it is borrowed
use waterway::pool;

fn main() {
    let (sender, mut receiver) = pool::bounded::<String>(1);
    sender.try_send(String::new()).unwrap();
    let line = receiver.try_recv_ref().unwrap();
    #[cfg(bad)]
    drop(receiver);
    assert!(line.is_empty());
}
