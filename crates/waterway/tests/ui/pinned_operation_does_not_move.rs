//@ error: E0507
//@ says: cannot move out of
use std::pin::pin;
use waterway::{Wait, mpsc};

fn main() {
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let mut op = pin!(tx.send(1));
    let _ = op.as_mut().wait_timeout(std::time::Duration::ZERO);
    #[cfg(bad)]
    let moved = *op;
    #[cfg(bad)]
    drop(moved);
}
