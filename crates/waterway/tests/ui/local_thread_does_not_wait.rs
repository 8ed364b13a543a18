//@ error: E0277
//@ error: E0599
//@ says: the method `wait` exists for struct `Op
use waterway::{local, mpmc};

fn main() {
    #[cfg(not(bad))]
    let (sender, receiver) = mpmc::bounded::<u8>(1);
    #[cfg(bad)]
    let (sender, receiver) = local::bounded::<u8>(1);
    let _ = sender.send(1).wait();
    let _ = receiver.iter();
}
