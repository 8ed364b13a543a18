//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpsc::Sender;

#[cfg(not(bad))]
fn shorten<'a>(tx: Sender<&'a str>) -> Sender<&'a str> {
    tx
}

#[cfg(bad)]
fn shorten<'a>(tx: Sender<&'static str>) -> Sender<&'a str> {
    tx
}

fn main() {
    let _ = shorten;
}
