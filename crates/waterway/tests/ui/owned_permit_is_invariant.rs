//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpsc::OwnedPermit;

#[cfg(not(bad))]
fn shorten<'a>(permit: OwnedPermit<&'a str>) -> OwnedPermit<&'a str> {
    permit
}

#[cfg(bad)]
fn shorten<'a>(permit: OwnedPermit<&'static str>) -> OwnedPermit<&'a str> {
    permit
}

fn main() {
    let _ = shorten;
}
