//@ error: none
//@ says: lifetime may not live long enough
use waterway::oneshot::Receiver;

#[cfg(not(bad))]
fn shorten<'a>(rx: Receiver<&'a str>) -> Receiver<&'a str> {
    rx
}

// Its `try_reset` would give a sender of `&'a str` to those who wait for one that is `'static`.
#[cfg(bad)]
fn shorten<'a>(rx: Receiver<&'static str>) -> Receiver<&'a str> {
    rx
}

fn main() {
    let _ = shorten;
}
