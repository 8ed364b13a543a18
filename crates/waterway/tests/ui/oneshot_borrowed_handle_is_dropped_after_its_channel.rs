//@ error: E0597
//@ says: does not live long enough
use waterway::oneshot;

fn main() {
    #[cfg(not(bad))]
    let mut channel = oneshot::Channel::<u8>::new();
    // Their drops alone are a use of it.
    let _receiver;
    let _sender;
    #[cfg(bad)]
    let mut channel = oneshot::Channel::<u8>::new();
    (_sender, _receiver) = channel.split();
}
