//@ error: E0277
//@ says: cannot be sent between threads safely
use std::rc::Rc;
use waterway::mpsc;

#[cfg(not(bad))]
static CHANNEL: mpsc::Static<Option<Box<u8>>, 1> = mpsc::Static::new();
#[cfg(bad)]
static CHANNEL: mpsc::Static<Option<Rc<u8>>, 1> = mpsc::Static::new();

fn main() {
    let _ = CHANNEL.split();
    let _: Option<Rc<u8>> = None;
}
