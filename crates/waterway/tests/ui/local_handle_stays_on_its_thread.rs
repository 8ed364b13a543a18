//@ error: E0277
//@ says: between threads safely
//@ says: required for `waterway::shared::Sender<u8, Local>` to implement `Send`
use waterway::local;

fn main() {
    let (sender, receiver) = local::bounded::<u8>(1);
    #[cfg(not(bad))]
    let _ = sender.try_send(1);
    #[cfg(bad)]
    std::thread::spawn(move || sender.try_send(1));
    drop(receiver);
}
