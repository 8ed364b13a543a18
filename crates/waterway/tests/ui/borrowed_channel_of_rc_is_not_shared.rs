//@ error: E0277
//@ says: cannot be sent between threads safely
use std::rc::Rc;
use waterway::mpmc;

#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = Rc<u8>;

fn main() {
    let channel = mpmc::Channel::<Message, 1>::new();
    let _: Option<Rc<u8>> = None;
    std::thread::scope(|scope| {
        scope.spawn(|| channel.close());
    });
}
