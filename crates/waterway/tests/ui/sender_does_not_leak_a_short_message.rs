//@ error: E0597
//@ says: does not live long enough
use waterway::mpsc;

fn main() {
    let (tx, mut rx) = mpsc::bounded::<&str>(1);
    {
        let text = String::from("short");
        #[cfg(bad)]
        tx.try_send(&text).unwrap();
        let _ = &text;
    }
    tx.try_send("long").unwrap();
    let _ = rx.try_recv();
}
