//! The cell of one waker: taken once, replaced by the one who waits, and nobody waits for another.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

use super::{Model, Run};
use crate::wait::WakerCell;

/// Counts how often it was told. The model does not see it.
#[derive(Default)]
struct Told(AtomicU64);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Told {
    fn times(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn two() -> [(Arc<Told>, Waker); 2] {
    [0, 1].map(|_| {
        let told = Arc::new(Told::default());
        let waker = Waker::from(Arc::clone(&told));
        (told, waker)
    })
}

/// Takes a waker out and wakes it; `taken` counts that.
fn take(cell: &WakerCell, taken: &AtomicU64) {
    if let Some(waker) = cell.take().map(ManuallyDrop::new) {
        assert_eq!(taken.fetch_add(1, Ordering::Relaxed), 0, "taken twice");
        ManuallyDrop::into_inner(waker).wake();
    }
}

#[test]
fn two_take() {
    Model::new("cell::two_take", 4).check(|run: &Run| {
        let [(told, waker), _] = two();
        let cell = run.share(WakerCell::new());
        let taken = Arc::new(AtomicU64::new(0));
        cell.set(&waker);
        drop(waker);
        for _ in 0..2 {
            let (cell, taken) = (Arc::clone(&cell), Arc::clone(&taken));
            run.spawn(move |_| take(&cell, &taken));
        }
        run.join();
        assert_eq!(told.times(), 1);
        assert_eq!(Arc::strong_count(&told), 1, "it was dropped");
    });
}

#[test]
fn set_again() {
    Model::new("cell::set_again", 10)
        .sees(&[
            "old one told",
            "new one told",
            "nobody took it",
            "comes again",
        ])
        .check(|run: &Run| {
            let [(old, first), (new, second)] = two();
            let cell = run.share(WakerCell::new());
            let taken = Arc::new(AtomicU64::new(0));
            cell.set(&first);
            drop(first);
            run.spawn({
                let (cell, taken) = (Arc::clone(&cell), Arc::clone(&taken));
                move |_| take(&cell, &taken)
            });
            run.spawn({
                let (cell, second) = (Arc::clone(&cell), second);
                move |_| cell.set(&second)
            });
            run.join();
            let was_told = new.times() > 0;
            let left = cell.take();
            let will_be = left.is_some();
            if let Some(waker) = left {
                let before = new.times();
                waker.wake();
                assert_eq!(new.times(), before + 1, "another's waker");
            }
            assert!(was_told || will_be, "nobody is told");
            run.saw(match (old.times(), was_told) {
                (0, false) => "nobody took it",
                (0, true) => "new one told",
                (_, false) => "old one told",
                (_, true) => "comes again",
            });
            for told in [old, new] {
                assert_eq!(Arc::strong_count(&told), 1, "it was dropped");
            }
        });
}
