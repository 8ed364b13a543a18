//@ error: E0277
//@ says: cannot be sent between threads safely
use std::sync::{Mutex, MutexGuard};
static LOCK: Mutex<u8> = Mutex::new(1);
#[cfg(not(bad))]
type Message = u8;
#[cfg(bad)]
type Message = MutexGuard<'static, u8>;

fn main() {
    let _guard: MutexGuard<'static, u8> = LOCK.lock().unwrap();
    let (_tx, rx) = waterway::mpsc::bounded::<Message>(1);
    let recv = rx.recv_owned();
    std::thread::spawn(move || drop(recv));
}
