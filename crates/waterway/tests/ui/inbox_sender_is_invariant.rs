//@ error: none
//@ says: lifetime may not live long enough
use waterway::inbox::Sender;

#[cfg(not(bad))]
fn shorten<'a>(tx: Sender<&'a str>) -> Sender<&'a str> {
    tx
}

// It would send a `&'a str` to who receives it as a `'static` one.
#[cfg(bad)]
fn shorten<'a>(tx: Sender<&'static str>) -> Sender<&'a str> {
    tx
}

fn main() {
    let _ = shorten;
}
