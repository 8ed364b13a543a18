//@ error: E0505
//@ says: cannot move out of `sender` because it is borrowed
use waterway::pool;

fn main() {
    let (sender, _receiver) = pool::bounded::<String>(1);
    let slot = sender.try_slot().unwrap();
    #[cfg(bad)]
    drop(sender);
    slot.send().unwrap();
}
