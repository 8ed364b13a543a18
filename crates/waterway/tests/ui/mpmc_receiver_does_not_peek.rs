//@ error: E0599
//@ says: no method named `try_peek` found
//@ says: no method named `peek` found
use waterway::mpmc;

fn main() {
    let (tx, rx) = mpmc::bounded::<u8>(1);
    tx.try_send(1).unwrap();
    // Another receiver may take what this one looks at.
    #[cfg(bad)]
    assert!(rx.try_peek().is_ok());
    #[cfg(bad)]
    assert!(rx.peek().wait().is_some());
    assert!(rx.try_recv().is_ok());
}
