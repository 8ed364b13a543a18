//! When elements are made, recycled and dropped, and what memory that takes.

use std::mem;

use waterway::pool::{self, WithCapacity};

use crate::desk::{Desk, read, write};
use crate::support::memory::{assert_installed, growth};

/// B5: made when a slot is used first, and no more than are in use at a time.
#[test]
fn b5_elements_are_made_when_first_used() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(100);
    assert_eq!(desk.counts().0, 0, "none with the channel");
    for word in 0..50 {
        write(&sender, word);
        assert_eq!(read(&mut receiver), word);
    }
    assert_eq!(desk.counts().0, 1, "one was in use at a time");
    for word in 0..3 {
        write(&sender, word);
    }
    for word in 0..3 {
        assert_eq!(read(&mut receiver), word);
    }
    for word in 0..50 {
        write(&sender, word);
        assert_eq!(read(&mut receiver), word);
    }
    assert_eq!(desk.counts().0, 3);
    drop((sender, receiver));
    assert_eq!(desk.ledger.created(), 3);
    desk.ledger.assert_all_dropped();
}

/// B23, B26: recycled when the receiver lets go, once, and at no other time.
#[test]
fn b26_recycled_when_let_go() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(4);
    let recycled = || desk.counts().1;
    write(&sender, 1);
    assert_eq!(recycled(), 0, "not by sending");
    let page = receiver.try_recv_ref().unwrap();
    assert_eq!(recycled(), 0, "not by receiving");
    drop(page);
    assert_eq!(recycled(), 1, "by letting go");
    let slot = sender.try_slot().unwrap();
    assert_eq!(recycled(), 1, "not by using it again");
    drop(slot);
    assert_eq!(recycled(), 2, "by giving up");
    write(&sender, 2);
    let page = receiver.try_recv_ref().unwrap().into_owned();
    assert_eq!(recycled(), 2);
    drop(page);
    assert_eq!(recycled(), 3);
    write(&sender, 3);
    drop(receiver.try_recv_ref().unwrap().into_inner());
    write(&sender, 4);
    drop(receiver.try_recv_ref().unwrap().into_owned().into_inner());
    write(&sender, 5);
    drop(receiver.try_recv().unwrap());
    drop(sender.try_slot().unwrap().into_inner());
    assert_eq!(recycled(), 3, "what is moved out is not");
    write(&sender, 6);
    mem::forget(receiver.try_recv_ref().unwrap());
    write(&sender, 7);
    drop((sender, receiver));
    assert_eq!(recycled(), 3, "nor what goes with the channel");
    desk.ledger.assert_all_dropped();
}

/// B23: what a message holds goes when it is let go, not with the slot's next use.
#[test]
fn b23_what_a_message_holds_is_not_kept() {
    let (sender, mut receiver) =
        pool::with_recycle::<Vec<std::sync::Arc<()>>, _>(4, WithCapacity::new());
    let held = std::sync::Arc::new(());
    let mut slot = sender.try_slot().unwrap();
    slot.push(held.clone());
    slot.send().unwrap();
    let message = receiver.try_recv_ref().unwrap();
    assert_eq!(std::sync::Arc::strong_count(&held), 2);
    drop(message);
    assert_eq!(std::sync::Arc::strong_count(&held), 1);
}

/// The point of it all: once the elements are there, and have their size, nothing is allocated.
#[test]
fn used_slots_allocate_nothing() {
    use std::fmt::Write;
    assert_installed();
    let policy = WithCapacity::new().with_min_capacity(64);
    let (sender, mut receiver) = pool::with_recycle::<String, _>(8, policy);
    let mut round = |count: u32| {
        for number in 0..count {
            for _ in 0..4 {
                let mut slot = sender.slot().wait().unwrap();
                write!(slot, "message {number} of a formatted kind").unwrap();
                slot.send().unwrap();
            }
            let kept = receiver.try_recv_ref().unwrap().into_owned();
            for _ in 0..3 {
                let text = receiver.recv_ref().wait().unwrap();
                assert!(text.starts_with("message"));
            }
            drop(kept);
        }
    };
    round(1);
    let ((), grown) = growth(|| round(100));
    assert_eq!((grown.calls, grown.bytes), (0, 0));
}

/// A channel is one allocation, and nothing is left of it.
#[test]
fn a_pool_is_one_allocation() {
    let ((), grown) = growth(|| {
        let (made, grown) = growth(|| pool::bounded::<u64>(16));
        assert_eq!((grown.calls, grown.blocks), (1, 1));
        drop(made);
    });
    assert_eq!((grown.bytes, grown.blocks), (0, 0));
}

/// The policy goes with the channel, after the elements.
#[test]
fn the_policy_goes_with_the_channel() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    assert_eq!(std::sync::Arc::strong_count(&desk), 2);
    write(&sender, 1);
    let page = receiver.try_recv_ref().unwrap().into_owned();
    drop((sender, receiver));
    assert_eq!(std::sync::Arc::strong_count(&desk), 2, "it is needed still");
    drop(page);
    assert_eq!(desk.counts(), (1, 1));
    assert_eq!(std::sync::Arc::strong_count(&desk), 1);
    desk.ledger.assert_all_dropped();
}
