//@ error: E0277
//@ says: the trait bound `Mine: Operation` is not satisfied
use waterway::mpsc;

fn generic<W: waterway::Wait>(op: W) -> W::Output {
    op.wait()
}

struct Mine;

#[cfg(bad)]
impl waterway::Wait for Mine {
    fn wait(self) {}
    fn wait_timeout(self, _: std::time::Duration) {}
    fn wait_deadline(self, _: std::time::Instant) {}
}

fn main() {
    let _ = Mine;
    let (tx, _rx) = mpsc::bounded::<u8>(1);
    let _ = generic(tx.send(1));
}
