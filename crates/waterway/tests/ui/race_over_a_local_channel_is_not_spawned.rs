//@ error: E0277
//@ says: cannot be sent between threads safely
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;
use waterway::select::race;

fn sent<T: Send>(_: T) {}

fn main() {
    let (tx, rx) = kind::bounded::<u8>(1);
    let (_other, more) = waterway::mpmc::bounded::<u8>(1);
    sent(race((tx.send_owned(1), more.recv_owned())));
    drop(rx);
}
