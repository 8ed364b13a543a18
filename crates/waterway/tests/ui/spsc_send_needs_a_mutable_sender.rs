//@ error: E0596
//@ says: cannot borrow
use waterway::spsc::Sender;

#[cfg(not(bad))]
fn send(tx: &mut Sender<u8>) -> bool {
    tx.send(1).wait().is_ok()
}

#[cfg(bad)]
fn send(tx: &Sender<u8>) -> bool {
    tx.send(1).wait().is_ok()
}

fn main() {
    let _ = send;
}
