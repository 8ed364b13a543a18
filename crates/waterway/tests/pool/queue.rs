//! The pool that is used by reference.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use waterway::pool::{DefaultRecycle, Keep, Queue, QueueRef, Recycle, Slot};
use waterway::{TryRecvError, TrySendError};

use crate::LIMIT;
use crate::support::{catch, memory, together, watchdog};

#[test]
fn every_verb() {
    let queue = Queue::<Vec<u8>, 3>::new();
    assert_eq!((queue.capacity(), queue.len(), queue.claimed()), (3, 0, 0));
    assert!(queue.is_empty() && !queue.is_full());
    assert_eq!(queue.remaining(), 3);
    let mut first = queue.try_slot().unwrap();
    first.push(1);
    queue.try_send(vec![2]).unwrap();
    assert_eq!((queue.len(), queue.claimed()), (1, 1));
    let second = queue.try_recv_ref().unwrap();
    assert_eq!(*second, [2], "what is held is in nobody's way");
    first.send().unwrap();
    queue.try_send(vec![3]).unwrap();
    assert!(queue.is_full() && queue.len() == 2);
    assert_eq!(queue.try_slot().err(), Some(TrySendError::Full(())));
    assert_eq!(queue.try_send(vec![4]), Err(TrySendError::Full(vec![4])));
    drop(second);
    assert_eq!(queue.try_recv(), Ok(vec![1]));
    assert_eq!(queue.try_recv_ref().unwrap().into_inner(), [3]);
    assert_eq!(queue.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(queue.try_recv_ref().err(), Some(TryRecvError::Empty));
    drop(queue.try_slot().unwrap());
    assert_eq!((queue.len(), queue.claimed()), (0, 0), "given up");
    assert_eq!(format!("{queue:?}"), "Queue { capacity: 3, len: 0, .. }");
}

#[test]
fn several_are_held_and_elements_stay_where_they_are() {
    let queue = Queue::<String, 2>::new();
    let mut slots = [queue.try_slot().unwrap(), queue.try_slot().unwrap()];
    let places = slots.each_mut().map(|slot| {
        slot.push_str("in place");
        ptr::from_ref(&**slot)
    });
    for slot in slots {
        slot.send().unwrap();
    }
    let held = [queue.try_recv_ref().unwrap(), queue.try_recv_ref().unwrap()];
    assert_eq!(held.each_ref().map(|held| ptr::from_ref(&**held)), places);
    drop(held);
    let slot = queue.try_slot().unwrap();
    assert!(slot.is_empty() && slot.capacity() >= 8, "it was recycled");
}

#[test]
fn it_allocates_nothing_and_may_be_moved() {
    memory::assert_installed();
    let ((), grown) = memory::growth(|| {
        let queue = Queue::<u64, 64>::new();
        for n in 0..64 {
            queue.try_send(n).unwrap();
        }
        let moved = [queue];
        for n in 0..32 {
            assert_eq!(*moved[0].try_recv_ref().unwrap(), n);
        }
        let [queue] = moved;
        queue.try_send(7).unwrap();
        assert_eq!(queue.try_recv(), Ok(32));
    });
    assert_eq!(grown.calls, 0);
    let boxed = Box::new(Queue::<u64, 2>::default());
    boxed.try_send(1).unwrap();
    assert_eq!((*boxed).try_recv(), Ok(1));
}

/// A policy that counts its ends, and panics when it is told to.
#[derive(Clone)]
struct Counts {
    alive: Arc<()>,
    panics: Arc<AtomicUsize>,
}

impl Recycle<Arc<()>> for Counts {
    fn new_element(&self) -> Arc<()> {
        // ORDERING: Relaxed: one thread.
        assert_ne!(self.panics.load(Ordering::Relaxed), 1);
        self.alive.clone()
    }

    fn recycle(&self, _: &mut Arc<()>) {
        // ORDERING: Relaxed: as above.
        assert_ne!(self.panics.load(Ordering::Relaxed), 2);
    }
}

fn counting() -> (Counts, Arc<()>) {
    let alive = Arc::new(());
    let panics = Arc::default();
    let policy = Counts {
        alive: alive.clone(),
        panics,
    };
    (policy, alive)
}

/// With all elements, wherever they lie, and its policy, used or not.
#[test]
fn it_drops_what_is_in_it() {
    let (policy, alive) = counting();
    drop(Queue::<Arc<()>, 4, _>::with_recycle(policy.clone()));
    assert_eq!(Arc::strong_count(&alive), 2);
    let queue = Queue::<Arc<()>, 4, _>::with_recycle(policy);
    let elements = Arc::new(());
    queue.try_send(elements.clone()).unwrap();
    drop(queue.try_slot().unwrap());
    std::mem::forget(queue.try_slot().unwrap());
    std::mem::forget(queue.try_recv_ref().unwrap());
    queue.try_send(elements.clone()).unwrap();
    assert_eq!(Arc::strong_count(&elements), 3);
    drop(queue);
    assert_eq!(Arc::strong_count(&elements), 1);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_policy_that_panics_costs_no_slot() {
    let (policy, alive) = counting();
    let queue = Queue::<Arc<()>, 1, _>::with_recycle(policy.clone());
    // ORDERING: Relaxed: one thread.
    let panics = |when| policy.panics.store(when, Ordering::Relaxed);
    panics(1);
    assert!(catch(|| drop(queue.try_slot())).is_err());
    panics(2);
    queue.try_slot().unwrap().send().unwrap();
    assert!(catch(|| drop(queue.try_recv_ref())).is_err());
    panics(0);
    queue.try_slot().unwrap().send().unwrap();
    assert!(queue.try_recv().is_ok());
    drop((queue, policy));
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// The first that come make the channel, together.
#[test]
fn many_at_both_ends() {
    const COUNT: usize = 2000;

    watchdog("many at both ends", LIMIT, || {
        for _ in 0..5 {
            let queue = Queue::<usize, 3, _>::with_recycle(Keep::new(|| 0));
            let (sum, left) = (AtomicUsize::new(0), AtomicUsize::new(2 * COUNT));
            // ORDERING: Relaxed throughout: read when all threads are back.
            together(4, |who| {
                if who < 2 {
                    for n in 1..=COUNT {
                        let mut slot = loop {
                            match queue.try_slot() {
                                Ok(slot) => break slot,
                                Err(_) => thread::yield_now(),
                            }
                        };
                        *slot = n;
                        slot.send().unwrap();
                    }
                    return;
                }
                while left.load(Ordering::Relaxed) > 0 {
                    match queue.try_recv_ref() {
                        Ok(n) => {
                            sum.fetch_add(*n, Ordering::Relaxed);
                            left.fetch_sub(1, Ordering::Relaxed);
                        }
                        Err(_) => thread::yield_now(),
                    }
                }
            });
            assert_eq!(sum.into_inner(), COUNT * (COUNT + 1));
            assert!(queue.is_empty() && queue.claimed() == 0);
        }
    });
}

/// A message and an element's drop may use the queue: nothing is locked then.
#[test]
fn policies_may_use_the_queue() {
    struct Nosy;
    static QUEUE: Queue<u32, 2, Nosy> = Queue::with_recycle(Nosy);
    impl Recycle<u32> for Nosy {
        fn new_element(&self) -> u32 {
            let _ = QUEUE.try_recv();
            QUEUE.len() as u32
        }
        fn recycle(&self, _: &mut u32) {
            let _ = QUEUE.try_recv_ref();
        }
    }
    watchdog("policies", LIMIT, || {
        for _ in 0..5 {
            QUEUE.try_slot().unwrap().send().unwrap();
            drop(QUEUE.try_recv_ref());
        }
    });
}

#[test]
fn it_is_as_its_messages_and_its_policy_are() {
    fn is_send_and_sync<T: Send + Sync>() {}
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    fn is_send<T: Send>() {}
    trait IsNot<A> {
        fn shared() {}
    }
    impl<T> IsNot<()> for T {}
    struct Shared;
    impl<T: Sync> IsNot<Shared> for T {}
    type Of<T, R = DefaultRecycle> = Queue<T, 1, R>;
    type Bare = std::rc::Rc<()>;
    type Cell = std::cell::Cell<u8>;

    is_send_and_sync::<Of<Cell>>();
    is_send_and_sync::<Slot<'_, String>>();
    is_send_and_sync::<QueueRef<'_, String>>();
    is_unwind_safe::<Of<Bare>>();
    is_send::<Of<u8, Cell>>();
    is_send::<QueueRef<'_, Cell>>();
    // Ambiguous if they were.
    <Of<Bare> as IsNot<_>>::shared();
    <Of<u8, Cell> as IsNot<_>>::shared();
    <QueueRef<'_, Cell> as IsNot<_>>::shared();
}
