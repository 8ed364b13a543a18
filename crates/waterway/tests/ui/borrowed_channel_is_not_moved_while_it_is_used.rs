//@ error: E0505
//@ says: cannot move out of `channel` because it is borrowed
use waterway::mpmc;

fn main() {
    let channel = mpmc::Channel::<u8, 1>::new();
    let operation = channel.recv();
    #[cfg(bad)]
    drop(channel);
    drop(operation);
}
