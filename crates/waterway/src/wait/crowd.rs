//! Who waits to be told of something, however many there are.
//!
//! A [`Crowd`] is a list of nodes under a lock of its own, and a byte that says whether anybody is in it. Who
//! is told leaves the list, looks, and comes again if it has not found what it waits for. Nobody takes
//! anything from anybody: so one event tells all who wait for one, and who goes without a look owes nothing
//! to the others.
//!
//! # Announcing
//!
//! ```text
//! waiter    look -> enter the list, set `waits`, under the lock -> barrier -> look again -> sleep
//! notifier  make it true -> barrier -> look at `waits` -> pick, under the lock -> unlock -> wake
//! ```
//!
//! Both barriers are full ones. Either the waiter's second look sees what the notifier made true, or the
//! notifier sees `waits`. It may see that it was cleared again since: then the waiter was told by another
//! notifier, or went by itself, and if it comes again that is after the notifier's look, and it looks again
//! after that. So a notifier that nobody waits for pays for a barrier and a load, and takes no lock.
//!
//! # Telling in batches
//!
//! However many wait, the lock is held for one [`WakeBatch`] of them at a time, and nobody is woken under it.
//! Those who are woken may come again before the notifier is through. That it does not tell them for ever,
//! each who enters notes the number of the *round*, and each notifier begins a new one and tells only those
//! of earlier rounds. The list is in the order of entry, and so in that of rounds: the notifier stops at the
//! first that came later. Two notifiers share the work. Each is through only when all who came before its
//! round are out of the list, and whoever took them out wakes them, though other wakers panic.
//!
//! | a node is | and then |
//! |---|---|
//! | told: out of the list, `Done` | its owner looks; it may enter again |
//! | withdrawn, by its owner: out of the list, `Idle` | nothing is owed to anybody |
//! | forgotten, and pinned for ever | it is told once, and never comes again |

use core::cell::Cell;
use core::fmt;
use core::ptr;
use core::task::Waker;

use lock_api::{Mutex, RawMutex};

use super::list::{self, Demand, List, Node, State};
use super::{Gather, WakeBatch};
use crate::kind::sealed::Sealed;
use crate::sync::{AtomicU8, Ordering, Threads, barrier, constant};

/// Those who wait to be told.
pub struct Crowd<L: RawMutex> {
    /// 1 while somebody is in the list. Changed under the lock.
    waits: AtomicU8,
    list: Mutex<L, Waiting>,
}

/// What the lock guards.
struct Waiting {
    nodes: List,
    round: u64,
}

impl<L: RawMutex> Crowd<L> {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                waits: AtomicU8::new(0),
                list: Mutex::const_new(L::INIT, Waiting { nodes: List::new(), round: 0 }),
            }
        }
    }

    /// Wakes all who wait, after what they wait for was made true. The caller holds no lock.
    #[inline]
    pub(crate) fn tell(&self) {
        barrier::full::<Threads>();
        // ORDERING: Relaxed: a side of the announce protocol, the other is `register`. What is in the list
        // is seen under its lock.
        if self.waits.load(Ordering::Relaxed) != 0 {
            self.tell_all();
        }
    }

    #[cold]
    fn tell_all(&self) {
        let round = Cell::new(None);
        WakeBatch::fire_all(&|batch| {
            let mut list = self.list.lock();
            let round = round.get().unwrap_or_else(|| {
                list.round += 1;
                round.set(Some(list.round));
                list.round
            });
            self.pick(&mut list, batch, round)
        });
    }

    /// Takes out those who came before this round, as far as the batch has room; says whether there are
    /// more. The lock is held.
    fn pick(&self, list: &mut Waiting, batch: &mut WakeBatch, round: u64) -> bool {
        while let Some(first) = list.nodes.first() {
            // SAFETY: the lock is held, and a node in the list is alive.
            let came = unsafe { (*first).demand() }.0;
            if !matches!(came, Demand::News(came) if came < round) {
                return false;
            }
            if !batch.has_room() {
                return true;
            }
            // SAFETY: as above; setting its state is the last access to it.
            unsafe {
                batch.add(list.nodes.remove(first));
                (*first).set_state(State::Done);
            }
        }
        self.settle(list);
        false
    }

    /// Clears `waits` if nobody does. The lock is held.
    fn settle(&self, list: &Waiting) {
        if list.nodes.is_empty() {
            // ORDERING: Relaxed: it changes under the lock only; who sees it too late takes that in vain.
            self.waits.store(0, Ordering::Relaxed);
        }
    }
}

impl<L: RawMutex> Sealed for Crowd<L> {}

/// Those who register are woken by the next [`tell`](Crowd::tell).
impl<L: RawMutex> Gather for Crowd<L> {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    unsafe fn register(&self, node: &Node, waker: &Waker) {
        if list::renew(|| self.list.lock(), node, waker) {
            return;
        }
        let waker = waker.clone();
        let mut list = self.list.lock();
        // SAFETY: the lock is held; the node is the caller's, and in no list, as it was seen to be: the
        // caller alone enters it.
        unsafe {
            node.prepare(Demand::News(list.round), ptr::null_mut(), None);
            list.nodes.push(node);
            let none = node.replace_waker(Some(waker));
            debug_assert!(none.is_none(), "it was prepared just now");
        }
        // ORDERING: Relaxed: a side of the announce protocol, the other is `tell`.
        self.waits.store(1, Ordering::Relaxed);
        drop(list);
        barrier::full::<Threads>();
    }

    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn withdraw(&self, node: &Node) {
        super::withdraw(
            || self.list.lock(),
            node,
            |list| {
                // SAFETY: the lock is held and the node is in the list.
                let waker = unsafe { list.nodes.remove(node) };
                self.settle(list);
                waker
            },
        );
    }
}

impl<L: RawMutex> fmt::Debug for Crowd<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crowd").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use crate::sync::DefaultLock;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    type Told = Arc<Bell>;

    /// Counts, and does something.
    struct Bell(AtomicUsize, Box<dyn Fn() + Send + Sync>);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            // ORDERING: Relaxed: a number for one thread.
            self.0.fetch_add(1, Ordering::Relaxed);
            (self.1)();
        }
    }

    fn bell(f: impl Fn() + Send + Sync + 'static) -> Told {
        Arc::new(Bell(AtomicUsize::new(0), Box::new(f)))
    }

    fn times(bell: &Told) -> usize {
        // ORDERING: Relaxed, as above.
        bell.0.load(Ordering::Relaxed)
    }

    fn register(crowd: &Crowd<DefaultLock>, node: &Node, bell: &Told) {
        // SAFETY: the tests' nodes stay where they are until the crowd is gone.
        unsafe { crowd.register(node, &Waker::from(Arc::clone(bell))) };
    }

    #[test]
    fn all_are_told_once_however_many_they_are() {
        for count in [0, 1, 2, 33, 1000] {
            let crowd = Crowd::<DefaultLock>::new();
            let told = bell(|| ());
            let nodes: Vec<Node> = (0..count).map(|_| Node::new()).collect();
            for node in &nodes {
                register(&crowd, node, &told);
            }
            crowd.tell();
            assert_eq!((times(&told), Arc::strong_count(&told)), (count, 1));
            assert!(nodes.iter().all(|node| node.state() == State::Done));
            crowd.tell();
            assert_eq!(times(&told), count, "they wait no more");
        }
    }

    #[test]
    fn who_withdraws_is_not_told() {
        for gone in 0..3 {
            let crowd = Crowd::<DefaultLock>::new();
            let told = [(); 3].map(|()| bell(|| ()));
            let nodes = [(); 3].map(|()| Node::new());
            for (node, told) in nodes.iter().zip(&told) {
                register(&crowd, node, told);
            }
            crowd.withdraw(&nodes[gone]);
            assert_eq!(Arc::strong_count(&told[gone]), 1, "the waker went");
            crowd.tell();
            for (index, told) in told.iter().enumerate() {
                assert_eq!(times(told), usize::from(index != gone));
            }
        }
    }

    /// A5, E1: the last waker counts, and there is never more than one.
    #[test]
    fn the_last_waker_is_woken() {
        let crowd = Crowd::<DefaultLock>::new();
        let (first, second) = (bell(|| ()), bell(|| ()));
        let node = Node::new();
        for _ in 0..100 {
            register(&crowd, &node, &first);
            register(&crowd, &node, &second);
        }
        assert_eq!(
            (Arc::strong_count(&first), Arc::strong_count(&second)),
            (1, 2)
        );
        crowd.tell();
        assert_eq!((times(&first), times(&second)), (0, 1));
    }

    /// D4: whatever one waker does the others are told.
    #[test]
    fn a_waker_that_panics_stops_nobody() {
        for wild_one in [0, 1, 16, 20, 39] {
            let crowd = Crowd::<DefaultLock>::new();
            let (calm, wild) = (bell(|| ()), bell(|| panic!("a waker panics")));
            let nodes: Vec<Node> = (0..40).map(|_| Node::new()).collect();
            for (index, node) in nodes.iter().enumerate() {
                register(&crowd, node, if index == wild_one { &wild } else { &calm });
            }
            assert!(catch_unwind(AssertUnwindSafe(|| crowd.tell())).is_err());
            assert_eq!((times(&calm), times(&wild)), (39, 1));
        }
    }

    /// Those who come again while the others are told wait for the next event.
    #[test]
    fn who_comes_again_is_told_by_the_next() {
        struct Again {
            crowd: Crowd<DefaultLock>,
            nodes: Vec<Node>,
        }
        // SAFETY: one thread has all of it.
        unsafe impl Send for Again {}
        // SAFETY: as for Send.
        unsafe impl Sync for Again {}
        let again = Arc::new(Again {
            crowd: Crowd::new(),
            nodes: (0..100).map(|_| Node::new()).collect(),
        });
        let calm = bell(|| ());
        for node in &again.nodes {
            let (inner, calm) = (Arc::downgrade(&again), Arc::clone(&calm));
            let told = bell(move || {
                // Re-enters: whoever was told comes again, all of them, and another notifier is here.
                let inner = inner.upgrade().expect("it is there");
                for node in inner.nodes.iter().filter(|node| !node.is_linked()) {
                    register(&inner.crowd, node, &calm);
                }
            });
            register(&again.crowd, node, &told);
        }
        again.crowd.tell();
        assert_eq!(times(&calm), 0, "they came after the event");
        assert!(again.nodes.iter().all(Node::is_linked));
        again.crowd.tell();
        assert_eq!(times(&calm), 100);
    }
}
