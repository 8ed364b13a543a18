//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpsc::WeakSender;

#[cfg(not(bad))]
fn shorten<'a>(tx: WeakSender<&'a str>) -> WeakSender<&'a str> {
    tx
}

#[cfg(bad)]
fn shorten<'a>(tx: WeakSender<&'static str>) -> WeakSender<&'a str> {
    tx
}

fn main() {
    let _ = shorten;
}
