//@ error: E0597
//@ says: `tx` does not live long enough
use waterway::mpsc::{self, Permit};

fn main() {
    let (outer, _rx) = mpsc::bounded::<u8>(4);
    let mut kept: Option<Permit<'_, u8>> = None;
    kept = outer.try_reserve_many(2).unwrap().next();
    {
        let tx = outer.clone();
        #[cfg(bad)]
        {
            kept = tx.try_reserve_many(2).unwrap().next();
        }
        let _ = &tx;
    }
    drop(kept);
}
