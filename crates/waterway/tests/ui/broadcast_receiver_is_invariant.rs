//@ error: none
//@ says: lifetime may not live long enough
use waterway::broadcast::Receiver;

#[cfg(not(bad))]
fn shorten<'a>(rx: Receiver<&'a str>) -> Receiver<&'a str> {
    rx
}

// Its `new_sender` would take a `&'a str` for one that is `'static`.
#[cfg(bad)]
fn shorten<'a>(rx: Receiver<&'static str>) -> Receiver<&'a str> {
    rx
}

fn main() {
    let _ = shorten;
}
