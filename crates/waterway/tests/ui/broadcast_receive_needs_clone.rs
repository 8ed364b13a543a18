//@ error: E0277
//@ says: the trait bound `Message: Clone` is not satisfied
#[cfg(not(bad))]
#[derive(Clone)]
struct Message;
#[cfg(bad)]
struct Message;

fn main() {
    let (tx, mut rx) = waterway::broadcast::channel(1);
    tx.try_send(Message).ok().unwrap();
    // By reference it needs none.
    drop(rx.try_recv_ref());
    drop(rx.try_recv());
}
