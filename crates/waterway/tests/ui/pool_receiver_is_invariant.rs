//@ error: none
//@ says: lifetime may not live long enough
use waterway::pool::Receiver;

#[cfg(bad)]
fn shorter<'a>(receiver: Receiver<&'static str>, _: &'a str) -> Receiver<&'a str> {
    receiver
}

#[cfg(not(bad))]
fn shorter(receiver: Receiver<&'static str>, _: &str) -> Receiver<&'static str> {
    receiver
}

fn main() {
    let (_sender, receiver) = waterway::pool::bounded(1);
    drop(shorter(receiver, ""));
}
