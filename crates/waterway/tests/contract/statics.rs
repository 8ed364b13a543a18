//! Channels in statics: each is split again and again, and at the end of a test all are free.

use crate::support::watchdog;
use std::any::Any;
use std::cell::RefCell;
use std::time::Duration;
use waterway::{Ends, ManyThreads, fixed, inbox, pool};

/// A static of whatever type, and whether it can be split.
type Known = (&'static dyn Any, fn(&'static dyn Any) -> bool);

thread_local! {
    /// The statics that this thread has split.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// A channel in a static, of whatever kind.
pub(crate) trait Home: Sized + 'static {
    /// Its sender and its receiver.
    type Pair;

    /// The ends, unless there are some.
    fn ends(&'static self) -> Option<Self::Pair>;
}

impl<T: 'static, const N: usize, K: Ends + ManyThreads> Home for fixed::Static<T, N, K> {
    type Pair = (K::Sender<T>, K::Receiver<T>);

    fn ends(&'static self) -> Option<Self::Pair> {
        self.try_split()
    }
}

impl<T: 'static, const N: usize> Home for inbox::Static<T, N> {
    type Pair = (inbox::Sender<T>, inbox::Receiver<T>);

    fn ends(&'static self) -> Option<Self::Pair> {
        self.try_split()
    }
}

impl<T: 'static, const N: usize, R: pool::Recycle<T> + 'static> Home for pool::Static<T, N, R> {
    type Pair = (pool::Sender<T, R>, pool::Receiver<T, R>);

    fn ends(&'static self) -> Option<Self::Pair> {
        self.try_split()
    }
}

/// The ends of a channel in a static that has had another life: in the test, or else for `age`.
pub(crate) fn split<H: Home>(new: fn() -> H, age: impl FnOnce(H::Pair)) -> H::Pair {
    let again = KNOWN.with_borrow(|known| {
        let mut same = known.iter().filter_map(|(known, _)| known.downcast_ref());
        same.find_map(H::ends)
    });
    again.unwrap_or_else(|| {
        let fresh: &'static H = Box::leak(Box::new(new()));
        age(fresh.ends().expect("it is new"));
        let is_free = |known: &'static dyn Any| {
            let known = known.downcast_ref::<H>();
            known.is_some_and(|known| known.ends().is_some())
        };
        KNOWN.with_borrow_mut(|known| known.push((fresh, is_free)));
        fresh.ends().expect("all its handles are gone")
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
