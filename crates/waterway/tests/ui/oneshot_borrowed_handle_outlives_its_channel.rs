//@ error: E0597
//@ says: does not live long enough
use waterway::oneshot;

fn main() {
    #[cfg(not(bad))]
    let mut channel = oneshot::Channel::<u8>::new();
    let receiver = {
        #[cfg(bad)]
        let mut channel = oneshot::Channel::<u8>::new();
        channel.split().1
    };
    drop(receiver);
}
