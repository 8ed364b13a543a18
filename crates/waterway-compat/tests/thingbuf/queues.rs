//! The queues below the channels.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::LIMIT;
use crate::desk::{Desk, Page};
use crate::support::{together, watchdog};
use crate::sut::{Full, Ref, StaticThingBuf, ThingBuf};

macro_rules! everything {
    ($queue:expr) => {{
        let queue = $queue;
        assert_eq!((queue.capacity(), queue.remaining()), (3, 3));
        assert!(queue.is_empty() && queue.len() == 0);
        queue.push("one".to_owned()).unwrap();
        queue.push_ref().unwrap().push_str("two");
        let pushed = queue.push_with(|text| {
            text.push_str("three");
            3
        });
        assert_eq!(pushed, Ok(3));
        assert_eq!((queue.len(), queue.remaining()), (3, 0));
        let full = queue.push("four".to_owned()).unwrap_err();
        assert_eq!(full.into_inner(), "four");
        assert!(queue.push_ref().is_err());
        assert!(queue.push_with(|_| ()).is_err());
        assert_eq!(queue.pop().as_deref(), Some("one"));
        assert_eq!(&**queue.pop_ref().unwrap(), "two");
        assert_eq!(queue.pop_with(|text| text.len()), Some(5));
        assert_eq!(queue.pop(), None);
        assert!(queue.pop_ref().is_none());
        assert_eq!(queue.pop_with(|_| ()), None);
        // What was popped in place is recycled by who pushes next.
        for lap in 0..7 {
            let mut slot = queue.push_ref().unwrap();
            assert_eq!(*slot, "");
            slot.push_str(&lap.to_string());
            assert_eq!(queue.len(), 1, "one that is written counts");
            drop(slot);
            let popped = queue.pop_ref().unwrap();
            assert_eq!(*popped, lap.to_string());
            assert_eq!(queue.len(), 0);
        }
    }};
}

#[test]
fn b48_a_queue_on_the_heap() {
    everything!(ThingBuf::<String>::new(3));
    let desk = Desk::default();
    let queue = ThingBuf::<Page, _>::with_recycle(1, desk.clone());
    queue.push_with(|page| page.word = 1).unwrap();
    queue.pop_with(|page| assert_eq!(page.word, 1)).unwrap();
    queue.push_with(|page| assert_eq!(page.word, 0)).unwrap();
    assert_eq!((desk.made(), desk.recycled()), (1, 1));
}

#[test]
fn b49_a_queue_where_it_is_put() {
    static QUEUE: StaticThingBuf<String, 3> = StaticThingBuf::new();
    static PAGES: StaticThingBuf<u32, 2, Sevens> = StaticThingBuf::with_recycle(Sevens);
    struct Sevens;
    impl crate::sut::Recycle<u32> for Sevens {
        fn new_element(&self) -> u32 {
            7
        }
        fn recycle(&self, number: &mut u32) {
            *number = 8;
        }
    }

    everything!(&QUEUE);
    everything!(StaticThingBuf::<String, 3>::new());
    everything!(Box::new(StaticThingBuf::<String, 3>::new()));
    // It may be moved.
    let queue = StaticThingBuf::<String, 3>::new();
    queue.push("moved".to_owned()).unwrap();
    let moved = [queue];
    assert_eq!(moved[0].pop().as_deref(), Some("moved"));
    drop(PAGES.push_ref().unwrap());
    assert_eq!(PAGES.pop_ref().as_deref(), Some(&7));
}

/// Many at both ends, and everything comes through once.
macro_rules! traffic {
    ($queue:expr, $count:expr) => {{
        let queue = $queue;
        let (sum, left) = (AtomicUsize::new(0), AtomicUsize::new(2 * $count));
        // ORDERING: Relaxed throughout: read when all threads are back.
        together(4, |who| {
            if who < 2 {
                for n in 1..=$count {
                    while queue.push_with(|slot| *slot = n).is_err() {
                        thread::yield_now();
                    }
                }
                return;
            }
            while left.load(Ordering::Relaxed) > 0 {
                let popped = if who == 2 {
                    queue.pop()
                } else {
                    queue.pop_ref().map(|slot| *slot)
                };
                match popped {
                    Some(n) => {
                        sum.fetch_add(n, Ordering::Relaxed);
                        left.fetch_sub(1, Ordering::Relaxed);
                    }
                    None => thread::yield_now(),
                }
            }
        });
        assert_eq!(sum.into_inner(), $count * ($count + 1));
        assert!(queue.is_empty());
    }};
}

#[test]
fn b48_many_at_both_ends() {
    watchdog("b48", LIMIT, || {
        traffic!(ThingBuf::<usize>::new(3), 2000);
    });
}

#[test]
fn b49_many_at_both_ends() {
    watchdog("b49", LIMIT, || {
        traffic!(StaticThingBuf::<usize, 3>::new(), 2000);
    });
}

/// There what comes behind a slot that is written is hidden.
#[cfg(not(feature = "original"))]
#[test]
fn b49_held_slots_hold_up_nobody() {
    macro_rules! held {
        ($queue:expr) => {{
            let queue = $queue;
            let mut written = queue.push_ref().unwrap();
            queue.push(2).unwrap();
            assert_eq!(queue.pop(), Some(2));
            *written = 1;
            drop(written);
            let read = queue.pop_ref().unwrap();
            queue.push(3).unwrap();
            assert!(queue.push(4).is_err(), "one slot less");
            assert_eq!((*read, queue.pop()), (1, Some(3)));
            std::mem::forget(read);
            for n in 0..5 {
                queue.push(n).unwrap();
                assert!(queue.push(n).is_err());
                assert_eq!(queue.pop(), Some(n));
            }
        }};
    }
    held!(ThingBuf::<u32>::new(2));
    held!(StaticThingBuf::<u32, 2>::new());
}

#[test]
fn b50_the_guard_and_the_error() {
    fn double(mut number: Ref<'_, u32>) {
        *number *= 2;
    }
    let queue = ThingBuf::<u32>::new(1);
    let mut slot = queue.push_ref().unwrap();
    *slot = 4;
    double(slot);
    assert_eq!(queue.pop(), Some(8));
    queue.push(1).unwrap();
    let full: Full<u32> = queue.push(7).unwrap_err();
    assert_eq!(format!("{full} {full:?}"), "queue at capacity Full(..)");
    let _: &dyn Error = &full;
    assert!(full == queue.push(7).unwrap_err());
    assert_eq!(full.into_inner(), 7);
    let bare: Full = queue.push_ref().unwrap_err();
    assert_eq!(bare.into_inner(), ());
}

#[test]
fn b48_elements_go_with_the_queue() {
    let kept = Arc::new(());
    let queue = ThingBuf::<Option<Arc<()>>>::new(4);
    let fixed = StaticThingBuf::<Option<Arc<()>>, 4>::new();
    for _ in 0..3 {
        queue.push(Some(kept.clone())).unwrap();
        fixed.push(Some(kept.clone())).unwrap();
    }
    drop((queue.pop_ref(), fixed.pop_ref()));
    assert_eq!(Arc::strong_count(&kept), 7);
    drop((queue, fixed));
    assert_eq!(Arc::strong_count(&kept), 1);
}
