//! How elements are made, and recycled.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::desk::{Desk, Page};
use crate::sut::recycling::{DefaultRecycle, Recycle, WithCapacity};
use crate::sut::{ThingBuf, mpsc};

#[test]
fn b26_recycled_by_who_sends_next() {
    let desk = Desk::default();
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(1, desk.clone());
    sender.try_send_ref().unwrap().word = 1;
    drop(receiver.try_recv_ref().unwrap());
    assert_eq!(
        (desk.made(), desk.recycled()),
        (1, 0),
        "not by who received"
    );
    let slot = sender.try_send_ref().unwrap();
    assert_eq!((desk.made(), desk.recycled()), (1, 1));
    assert_eq!(slot.word, 0);
}

/// There the slot is in nobody's hands then, and nothing that comes later is received.
#[cfg(not(feature = "original"))]
#[test]
fn b27_a_policy_that_panics() {
    use crate::support::catch;
    use crate::sut::StaticThingBuf;

    let desk = Desk::default();
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(1, desk.clone());
    let queue = StaticThingBuf::<Page, 1, Desk>::with_recycle(desk.clone());
    for round in 0..3 {
        // The first has none to recycle.
        for panics in if round == 0 { 1..=1 } else { 2..=2 } {
            desk.panic_in(panics);
            assert!(catch(|| drop(sender.try_send_ref())).is_err());
            assert!(catch(|| drop(queue.push_ref())).is_err());
            assert_eq!((sender.len(), queue.len()), (0, 0));
            desk.panic_in(0);
            let made = desk.made();
            sender.try_send_ref().unwrap().word = 1;
            queue.push_ref().unwrap().word = 1;
            assert_eq!(desk.made(), made + 2, "with another element");
            assert_eq!(receiver.try_recv_ref().unwrap().word, 1);
            assert_eq!(queue.pop_ref().unwrap().word, 1);
        }
    }
}

/// They are `Copy` here, which the original's are not.
fn cloned<T: Clone>(policy: &T) -> T {
    policy.clone()
}

#[test]
fn b28_by_default_value() {
    const POLICY: DefaultRecycle = DefaultRecycle::new();
    let policies = [POLICY, DefaultRecycle::default(), cloned(&POLICY)];
    for policy in policies {
        assert_eq!(format!("{policy:?}"), "DefaultRecycle(())");
        let mut text: String = policy.new_element();
        assert_eq!(text, "");
        text.push_str("some text");
        let (place, capacity) = (text.as_ptr(), text.capacity());
        policy.recycle(&mut text);
        assert_eq!((text.as_ptr(), text.capacity()), (place, capacity));
        assert_eq!(text, "");
    }
    // In a channel of one slot the memory comes round.
    let (sender, receiver) = mpsc::channel::<Vec<u8>>(1);
    sender.try_send_ref().unwrap().extend([7; 100]);
    let place = receiver.try_recv_ref().unwrap().as_ptr();
    let slot = sender.try_send_ref().unwrap();
    assert!(slot.is_empty() && slot.capacity() >= 100);
    assert_eq!(slot.as_ptr(), place);
}

#[test]
fn b29_capacities_are_kept_within_bounds() {
    const POLICY: WithCapacity = WithCapacity::new()
        .with_min_capacity(16)
        .with_max_capacity(64);
    assert_eq!((POLICY.min_capacity(), POLICY.max_capacity()), (16, 64));
    let default = WithCapacity::default();
    assert_eq!(
        (default.min_capacity(), default.max_capacity()),
        (0, usize::MAX)
    );
    assert_eq!(
        format!("{:?}", cloned(&POLICY)),
        "WithCapacity { min: 16, max: 64 }"
    );
    let mut bytes: Vec<u8> = POLICY.new_element();
    assert!(bytes.capacity() >= 16);
    bytes.extend([1; 100]);
    POLICY.recycle(&mut bytes);
    assert!(bytes.is_empty() && bytes.capacity() >= 64 && bytes.capacity() < 100);
    let (sender, _receiver) = mpsc::with_recycle::<String, _>(4, POLICY);
    assert!(sender.try_send_ref().unwrap().capacity() >= 16);
}

#[test]
fn b30_of_all_collections() {
    macro_rules! recycled {
        ($collection:ty, $item:expr) => {{
            let policy = WithCapacity::new()
                .with_min_capacity(8)
                .with_max_capacity(32);
            let mut collection: $collection = policy.new_element();
            assert!(collection.capacity() >= 8);
            collection.extend((0..200).map($item));
            policy.recycle(&mut collection);
            assert!(collection.is_empty());
            assert!(collection.capacity() >= 8 && collection.capacity() < 200);
        }};
    }
    recycled!(Vec<u32>, |n| n);
    recycled!(String, |_| 'a');
    recycled!(VecDeque<u32>, |n| n);
    recycled!(BinaryHeap<u32>, |n| n);
    recycled!(HashMap<u32, ()>, |n| (n, ()));
    recycled!(HashSet<u32>, |n| n);
}

#[test]
fn b31_a_shared_policy() {
    let desk = Arc::new(Desk::default());
    let first = ThingBuf::<Page, Arc<Desk>>::with_recycle(2, desk.clone());
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(2, desk.clone());
    drop((first.push_ref().unwrap(), sender.try_send_ref().unwrap()));
    assert_eq!(desk.made(), 2);
    drop((first, sender, receiver));
    assert_eq!(Arc::strong_count(&desk), 1);
}
