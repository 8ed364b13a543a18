//@ error: E0596
//@ says: cannot borrow
use waterway::mpsc::Receiver;

#[cfg(not(bad))]
fn recv(rx: &mut Receiver<u8>) -> Option<u8> {
    rx.recv().wait()
}

#[cfg(bad)]
fn recv(rx: &Receiver<u8>) -> Option<u8> {
    rx.recv().wait()
}

fn main() {
    let _ = recv;
}
