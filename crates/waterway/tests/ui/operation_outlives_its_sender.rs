//@ error: E0597
//@ says: `tx` does not live long enough
use waterway::mpsc;

fn main() {
    let (outer, _rx) = mpsc::bounded::<u8>(1);
    let mut op = Some(outer.send(1));
    {
        let tx = outer.clone();
        #[cfg(bad)]
        {
            op = Some(tx.send(2));
        }
        let _ = &tx;
    }
    drop(op);
}
