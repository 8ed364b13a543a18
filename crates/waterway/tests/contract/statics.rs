//! Channels in statics: each is split again and again, and at the end of a test all are free.

use crate::support::watchdog;
use std::any::Any;
use std::cell::RefCell;
use std::time::Duration;
use waterway::fixed::Static;
use waterway::{Ends, ManyThreads};

/// A static of whatever type, and whether it can be split.
type Known = (&'static dyn Any, fn(&'static dyn Any) -> bool);

thread_local! {
    /// The statics that this thread has split.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// The ends of a channel in a static that has had another life: in the test, or else for `age`.
pub(crate) fn split<T: 'static, const N: usize, K: Ends + ManyThreads>(
    new: fn() -> Static<T, N, K>,
    age: impl FnOnce(K::Sender<T>, K::Receiver<T>),
) -> (K::Sender<T>, K::Receiver<T>) {
    let again = KNOWN.with_borrow(|known| {
        let mut same = known.iter().filter_map(|(known, _)| known.downcast_ref());
        same.find_map(Static::<T, N, K>::try_split)
    });
    again.unwrap_or_else(|| {
        let fresh: &'static Static<T, N, K> = Box::leak(Box::new(new()));
        let (sender, receiver) = fresh.split();
        age(sender, receiver);
        let is_free = |known: &'static dyn Any| {
            let known = known.downcast_ref::<Static<T, N, K>>();
            known.is_some_and(|known| known.try_split().is_some())
        };
        KNOWN.with_borrow_mut(|known| known.push((fresh, is_free)));
        fresh.split()
    })
}

/// Handles of what this thread has split are leaked: it will not be free again.
pub(crate) fn give_up() {
    KNOWN.take();
}

/// Runs a test under the watchdog. All handles of the channels in statics must be gone when it ends.
pub(crate) fn watched(name: &str, limit: Duration, test: impl FnOnce() + Send + 'static) {
    watchdog(name, limit, || {
        test();
        KNOWN.with_borrow(|known| {
            let kept = known.iter().filter(|(known, is_free)| !is_free(*known));
            assert_eq!(kept.count(), 0, "statics that cannot be split again");
        });
    });
}
