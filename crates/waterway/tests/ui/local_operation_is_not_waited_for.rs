//@ error: E0277
//@ says: the trait bound `Local: ManyThreads` is not satisfied
#[cfg(bad)]
use waterway::local as kind;
#[cfg(not(bad))]
use waterway::mpmc as kind;

fn finish<W: waterway::Wait>(op: W) -> W::Output {
    op.wait()
}

fn main() {
    let (tx, _rx) = kind::bounded::<u8>(1);
    let _ = finish(tx.send(1));
}
