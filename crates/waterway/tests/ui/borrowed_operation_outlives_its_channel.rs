//@ error: E0597
//@ says: does not live long enough
use waterway::mpmc;

fn main() {
    #[cfg(not(bad))]
    let channel = mpmc::Channel::<u8, 1>::new();
    let operation = {
        #[cfg(bad)]
        let channel = mpmc::Channel::<u8, 1>::new();
        channel.recv()
    };
    drop(operation);
}
