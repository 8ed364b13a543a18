//@ error: E0382
//@ says: use of moved value
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    if let Ok(lease) = rx.try_recv_leased() {
        lease.ack();
        #[cfg(bad)]
        lease.ack();
    }
}
