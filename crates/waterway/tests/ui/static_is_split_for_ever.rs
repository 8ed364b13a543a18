//@ error: E0597
//@ says: does not live long enough
use waterway::mpsc;

fn main() {
    #[cfg(not(bad))]
    let channel: &'static _ = Box::leak(Box::new(mpsc::Static::<u8, 1>::new()));
    #[cfg(bad)]
    let channel = mpsc::Static::<u8, 1>::new();
    drop(channel.split());
}
