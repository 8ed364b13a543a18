//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpsc::Manager;

#[cfg(not(bad))]
fn shorten<'a>(manager: Manager<&'a str>) -> Manager<&'a str> {
    manager
}

// Its `new_sender` would take a `&'a str` for one that is `'static`.
#[cfg(bad)]
fn shorten<'a>(manager: Manager<&'static str>) -> Manager<&'a str> {
    manager
}

fn main() {
    let _ = shorten;
}
