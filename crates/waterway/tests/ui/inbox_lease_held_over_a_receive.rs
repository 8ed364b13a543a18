//@ error: E0499
//@ says: cannot borrow `rx` as mutable more than once at a time
use waterway::inbox;

fn main() {
    let (tx, mut rx) = inbox::small();
    tx.try_send(1).unwrap();
    let lease = rx.try_recv_leased().unwrap();
    #[cfg(bad)]
    let _ = rx.try_recv();
    assert_eq!(lease.ack(), 1);
}
