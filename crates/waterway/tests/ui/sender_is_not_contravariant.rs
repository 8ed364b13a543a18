//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpsc::Sender;

#[cfg(not(bad))]
fn lengthen<'a>(tx: Sender<&'a str>) -> Sender<&'a str> {
    tx
}

#[cfg(bad)]
fn lengthen<'a>(tx: Sender<&'a str>) -> Sender<&'static str> {
    tx
}

fn main() {
    let _ = lengthen;
}
