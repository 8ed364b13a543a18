//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpmc::WeakReceiver;

#[cfg(not(bad))]
fn shorten<'a>(rx: WeakReceiver<&'a str>) -> WeakReceiver<&'a str> {
    rx
}

// It becomes a receiver, and that has `new_sender`.
#[cfg(bad)]
fn shorten<'a>(rx: WeakReceiver<&'static str>) -> WeakReceiver<&'a str> {
    rx
}

fn main() {
    let _ = shorten;
}
