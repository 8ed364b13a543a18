//@ error: E0505
//@ says: aborting due to 9 previous errors
//@ says: cannot move out of `sender` because it is borrowed
//@ says: cannot move out of `receiver` because it is borrowed
//! The operation is not used any more, but for its drop at the end of the scope.
use waterway::mpsc::{Receiver, Sender};

pub fn send(sender: Sender<u8>) {
    let _op = Box::pin(sender.send(1));
    #[cfg(bad)]
    drop(sender);
}

pub fn send_many(sender: Sender<u8>) {
    let _op = Box::pin(sender.send_many([1]));
    #[cfg(bad)]
    drop(sender);
}

pub fn reserve(sender: Sender<u8>) {
    let _op = Box::pin(sender.reserve());
    #[cfg(bad)]
    drop(sender);
}

pub fn reserve_many(sender: Sender<u8>) {
    let _op = Box::pin(sender.reserve_many(1));
    #[cfg(bad)]
    drop(sender);
}

pub fn closed(sender: Sender<u8>) {
    let _op = Box::pin(sender.closed());
    #[cfg(bad)]
    drop(sender);
}

pub fn flush(sender: Sender<u8>) {
    let _op = Box::pin(sender.flush());
    #[cfg(bad)]
    drop(sender);
}

pub fn recv(mut receiver: Receiver<u8>) {
    let _op = Box::pin(receiver.recv());
    #[cfg(bad)]
    drop(receiver);
}

pub fn recv_many(mut receiver: Receiver<u8>) {
    let mut buffer = Vec::new();
    let _op = Box::pin(receiver.recv_many(&mut buffer, 1));
    #[cfg(bad)]
    drop(receiver);
}

pub fn peek(mut receiver: Receiver<u8>) {
    let _op = Box::pin(receiver.peek());
    #[cfg(bad)]
    drop(receiver);
}

fn main() {}
