//! Pools in statics.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use waterway::TryRecvError;
use waterway::pool::{self, Keep, Recycle, WithCapacity};

use crate::support::memory::growth;
use crate::support::{catch, together};

/// Makes and empties lines of up to 16 bytes, and counts.
struct Lines {
    made: AtomicUsize,
    recycled: AtomicUsize,
}

#[derive(Debug)]
struct Line {
    bytes: [u8; 16],
    len: usize,
}

impl Lines {
    const fn new() -> Self {
        Self {
            made: AtomicUsize::new(0),
            recycled: AtomicUsize::new(0),
        }
    }
}

impl Recycle<Line> for Lines {
    fn new_element(&self) -> Line {
        self.made.fetch_add(1, SeqCst);
        let bytes = [0; 16];
        Line { bytes, len: 0 }
    }

    fn recycle(&self, line: &mut Line) {
        self.recycled.fetch_add(1, SeqCst);
        line.len = 0;
    }
}

/// B6, B49: `const`, with a policy of its own, and no allocation.
#[test]
fn b6_a_static_pool_allocates_nothing() {
    static POOL: pool::Static<Line, 4, Lines> = pool::Static::with_recycle(Lines::new());
    let ((), grown) = growth(|| {
        let (sender, mut receiver) = POOL.split();
        assert_eq!((sender.capacity(), POOL.capacity()), (4, 4));
        for round in 0..100_u8 {
            for slot in 0..3 {
                let mut line = sender.slot().wait().unwrap();
                assert_eq!(line.len, 0);
                line.bytes[0] = round + slot;
                line.len = 1;
                line.send().unwrap();
            }
            let kept = receiver.try_recv_ref().unwrap().into_owned();
            assert_eq!(kept.bytes[..kept.len], [round]);
            for slot in 1..3 {
                let line = receiver.recv_ref().wait().unwrap();
                assert_eq!(line.bytes[..line.len], [round + slot]);
            }
        }
    });
    assert_eq!((grown.calls, grown.bytes), (0, 0));
}

/// B7, B8: split once at a time, and again when all is gone: as new, but with the same policy.
#[test]
fn b8_it_is_split_again_when_all_is_gone() {
    static POOL: pool::Static<String, 2> = pool::Static::new();
    for round in 0..3 {
        let (sender, mut receiver) = POOL.split();
        assert!(POOL.try_split().is_none());
        let mut slot = sender.try_slot().unwrap();
        assert_eq!(slot.capacity(), 0, "its elements were dropped");
        slot.push_str("some text");
        slot.send().unwrap();
        let held = receiver.try_recv_ref().unwrap().into_owned();
        let slot = sender.clone().try_slot_owned().unwrap();
        let weak = sender.downgrade();
        let mut last: Vec<Box<dyn FnOnce()>> = vec![
            Box::new(move || drop(sender)),
            Box::new(move || drop(receiver)),
            Box::new(move || drop(held)),
            Box::new(move || drop(slot)),
            Box::new(move || drop(weak)),
        ];
        last.rotate_left(round);
        for drop in last {
            assert!(POOL.try_split().is_none());
            drop();
        }
    }
    let (sender, mut receiver) = POOL.try_split().expect("all is gone");
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    sender.try_slot().unwrap().send().unwrap();
    assert!(catch(|| POOL.split()).is_err());
}

/// What a split leaves in its slots is dropped with it, also by a panic.
#[test]
fn elements_go_with_the_split() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    struct Counted(bool);
    impl Drop for Counted {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, SeqCst);
            assert!(!self.0 || std::thread::panicking(), "told to");
        }
    }
    fn make() -> Counted {
        ALIVE.fetch_add(1, SeqCst);
        Counted(false)
    }
    static POOL: pool::Static<Counted, 3, Keep<fn() -> Counted>> =
        pool::Static::with_recycle(Keep::new(make));
    for fails in [false, true, false] {
        let (sender, receiver) = POOL.split();
        let mut slots: Vec<_> = (0..3).map(|_| sender.try_slot().unwrap()).collect();
        assert_eq!(ALIVE.load(SeqCst), 3);
        slots[1].0 = fails;
        drop(slots);
        let ended = catch(move || drop((sender, receiver)));
        assert_eq!(ended.is_err(), fails);
        assert_eq!(ALIVE.load(SeqCst), 0);
    }
}

/// C4: a guard that borrows and is forgotten does not outlive its split; one that owns does.
#[test]
fn c4_forgotten_guards_in_a_static() {
    static POOL: pool::Static<u8, 2> = pool::Static::new();
    let (sender, mut receiver) = POOL.split();
    sender.try_send(1).unwrap();
    mem::forget(receiver.try_recv_ref().unwrap());
    mem::forget(sender.try_slot().unwrap());
    assert!(sender.is_full());
    drop((sender, receiver));
    let (sender, mut receiver) = POOL.split();
    sender.try_send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    sender.try_send(3).unwrap();
    mem::forget(receiver.try_recv_ref().unwrap().into_owned());
    drop((sender, receiver));
    assert!(POOL.try_split().is_none(), "somebody may look at it still");
}

/// Many threads want to split it: each has it alone.
#[test]
fn threads_take_turns_at_a_split() {
    static POOL: pool::Static<Vec<u32>, 2, WithCapacity> =
        pool::Static::with_recycle(WithCapacity::new());
    let done = together(3, |_| {
        let mut done = 0;
        for _ in 0..2000 {
            let Some((sender, mut receiver)) = POOL.try_split() else {
                std::thread::yield_now();
                continue;
            };
            let mut slot = sender.try_slot().unwrap();
            assert!(slot.is_empty());
            slot.push(1);
            slot.send().unwrap();
            assert_eq!(*receiver.try_recv_ref().unwrap(), [1]);
            done += 1;
        }
        done
    });
    assert!(done.into_iter().sum::<u32>() > 0);
    assert!(POOL.try_split().is_some());
}
