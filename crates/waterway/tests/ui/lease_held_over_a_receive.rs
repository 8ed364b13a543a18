//@ error: E0499
//@ says: more than once at a time
use waterway::mpsc;

fn main() {
    let (_tx, mut rx) = mpsc::bounded::<u8>(1);
    let leased = rx.try_recv_leased().ok();
    #[cfg(bad)]
    let _ = rx.try_recv();
    drop(leased.map(mpsc::Lease::ack));
    let _ = rx.try_recv();
}
