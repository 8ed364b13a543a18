//@ error: E0499
//@ says: more than once at a time
use waterway::pool;

fn main() {
    let (_sender, mut receiver) = pool::bounded::<String>(2);
    let first = receiver.try_recv_ref();
    #[cfg(not(bad))]
    let first = first.map(pool::SlotRef::into_owned);
    #[cfg(bad)]
    let first = first.map(|line| line);
    let second = receiver.try_recv_ref();
    drop((first, second));
}
