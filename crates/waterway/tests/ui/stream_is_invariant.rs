//@ error: none
//@ says: lifetime may not live long enough
use waterway::mpmc::{Receiver, RecvStream};

type Stream<'a> = RecvStream<Receiver<&'a str>, &'a str>;

#[cfg(not(bad))]
fn shorten<'a>(stream: Stream<'a>) -> Stream<'a> {
    stream
}

#[cfg(bad)]
fn shorten<'a>(stream: Stream<'static>) -> Stream<'a> {
    stream
}

fn main() {
    let _ = shorten;
}
