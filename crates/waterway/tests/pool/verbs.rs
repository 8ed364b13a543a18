//! What each verb does, on one thread.

use std::fmt::Write;
use std::ptr;

use waterway::pool::{self, DefaultRecycle, Keep, MAX_CAPACITY, WithCapacity};
use waterway::{SendError, TryRecvError, TrySendError};

use crate::desk::{Desk, read, write};
use crate::support::catch;

#[test]
fn a_message_is_written_and_read_in_place() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let mut places = Vec::new();
    for word in 0..3 {
        let mut slot = sender.try_slot().unwrap();
        slot.words.push(word);
        let written = ptr::from_ref(&*slot);
        slot.send().unwrap();
        let page = receiver.try_recv_ref().unwrap();
        assert_eq!(page.words, [word]);
        assert_eq!(ptr::from_ref(&*page), written, "it was not moved");
        places.push((written, page.words.as_ptr()));
    }
    places.dedup();
    assert_eq!(
        places.len(),
        1,
        "slot and memory are used again: {places:?}"
    );
    assert_eq!(desk.counts(), (1, 3));
}

/// B25: what the guards are: the element, its formatting, its text.
#[test]
fn b25_guards_are_what_is_in_them() {
    let (sender, mut receiver) = pool::bounded::<String>(2);
    let mut slot = sender.try_slot().unwrap();
    write!(slot, "{}2", 1).unwrap();
    slot.write_char('3').unwrap();
    slot.push('4');
    assert_eq!(
        (format!("{slot}"), format!("{slot:?}")),
        ("1234".into(), "\"1234\"".into())
    );
    slot.send().unwrap();
    let mut line = receiver.try_recv_ref().unwrap();
    write!(line, "!").unwrap();
    assert_eq!((&**line, line.len()), ("1234!", 5));
    let mut line = line.into_owned();
    write!(line, "?").unwrap();
    assert_eq!(
        (format!("{line}"), format!("{line:?}")),
        ("1234!?".into(), "\"1234!?\"".into())
    );
    let mut slot = sender.try_slot_owned().unwrap();
    write!(slot, "5").unwrap();
    assert_eq!(format!("{slot} {slot:?}"), "5 \"5\"");
}

/// B40: whoever took its slot first, the order is that of publishing.
#[test]
fn b40_the_order_is_that_of_publishing() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(5);
    let mut slots: Vec<_> = (0..3)
        .map(|word| {
            let mut slot = sender.try_slot().unwrap();
            slot.words.push(word);
            slot
        })
        .collect();
    slots.pop().unwrap().send().unwrap();
    sender.try_send(desk.page(7)).unwrap();
    slots.remove(0).send().unwrap();
    write(&sender, 8);
    slots.remove(0).send().unwrap();
    let order: Vec<u64> = (0..5).map(|_| read(&mut receiver)).collect();
    assert_eq!(order, [2, 7, 0, 8, 1]);
}

/// B12: a slot that is dropped sends nothing.
#[test]
fn b12_a_dropped_slot_sends_nothing() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let mut slot = sender.try_slot().unwrap();
    slot.words.push(1);
    assert_eq!(sender.try_slot().unwrap_err(), TrySendError::Full(()));
    drop(slot);
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    assert_eq!((sender.len(), sender.is_full()), (0, false));
    write(&sender, 2);
    assert_eq!(read(&mut receiver), 2);
    let mut slot = sender.clone().try_slot_owned().unwrap();
    slot.words.push(3);
    drop(slot.release());
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    assert_eq!(desk.counts(), (1, 3));
}

/// B14: by value: the message goes in and out as it is, and what lay there is dropped.
#[test]
fn b14_messages_by_value() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    write(&sender, 1);
    assert_eq!(read(&mut receiver), 1);
    assert_eq!(desk.ledger.live(), [0], "the element of the free slot");
    sender.send(desk.page(2)).wait().unwrap();
    assert_eq!(desk.ledger.live(), [1000], "it made way");
    let back = sender.try_send(desk.page(3)).unwrap_err();
    assert!(back.is_full());
    assert_eq!(back.into_inner().words, [3]);
    let page = receiver.recv().wait().unwrap();
    assert_eq!((page.words[0], page.sheet.id()), (2, 1000));
    drop(page);
    assert_eq!(desk.counts(), (1, 1), "nothing was recycled by value");
    write(&sender, 4);
    assert_eq!(desk.counts(), (2, 1), "the slot was empty");
    assert_eq!(receiver.try_recv().unwrap().words, [4]);
    desk.ledger.assert_all_dropped();
}

#[test]
fn b15_at_once_or_not_at_all() {
    let (sender, mut receiver) = pool::bounded::<u8>(1);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    let slot = sender.try_slot().unwrap();
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    let other = sender.clone().try_slot_owned().unwrap_err();
    assert!(other.is_full());
    assert!(other.into_inner().same_channel(&sender));
    slot.send().unwrap();
    assert_eq!(receiver.try_recv(), Ok(0));
    drop(receiver);
    assert!(sender.clone().try_slot_owned().unwrap_err().is_closed());
}

/// B33: closed is said when it is so, by each side.
#[test]
fn b33_each_side_says_when_it_is_closed() {
    let (sender, receiver) = pool::bounded::<u8>(1);
    let other = sender.clone();
    assert!(!receiver.is_closed() && !sender.is_closed());
    drop(other);
    assert!(!receiver.is_closed(), "one is left");
    drop(sender);
    assert!(receiver.is_closed());
    let sender = receiver.new_sender();
    assert!(!receiver.is_closed(), "and there is one again");
    drop(receiver);
    assert!(sender.is_closed());
    let (sender, receiver) = pool::bounded::<u8>(1);
    assert!(sender.close() && !sender.close() && !receiver.close());
    assert!(sender.is_closed() && receiver.is_closed());
}

/// B46: errors say what they are.
#[test]
fn b46_errors_say_what_they_are() {
    let (sender, receiver) = pool::bounded::<u8>(1);
    let slot = sender.try_slot().unwrap();
    let full = sender.try_slot().unwrap_err();
    assert!(full.is_full() && !full.is_closed());
    drop(receiver);
    let closed = sender.try_slot().unwrap_err();
    assert!(closed.is_closed() && !closed.is_full());
    let SendError(mut slot) = slot.send().unwrap_err();
    *slot = 7;
    assert_eq!(slot.into_inner(), 7);
}

/// After the close: no more slots, but those that were taken count.
#[test]
fn what_was_taken_before_the_close_is_still_sent() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(3);
    let mut first = sender.try_slot().unwrap();
    let second = sender.try_slot().unwrap();
    write(&sender, 1);
    sender.close();
    assert!(sender.try_slot().unwrap_err().is_closed());
    assert!(sender.try_send(desk.page(9)).unwrap_err().is_closed());
    assert_eq!(sender.slot().wait().unwrap_err(), SendError(()));
    assert_eq!(read(&mut receiver), 1);
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    first.words.push(2);
    first.send().unwrap();
    assert_eq!(read(&mut receiver), 2);
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    drop(second);
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Closed);
    assert!(receiver.recv_ref().wait().is_none());
}

#[test]
fn a_failed_send_gives_the_slot_back() {
    let desk = Desk::new();
    let (sender, receiver) = desk.pool(2);
    let mut slot = sender.try_slot().unwrap();
    slot.words.push(5);
    let mut owned = sender.clone().try_slot_owned().unwrap();
    owned.words.push(6);
    drop(receiver);
    let SendError(slot) = slot.send().unwrap_err();
    assert_eq!(slot.into_inner().words, [5]);
    let SendError(owned) = owned.send().unwrap_err();
    let (page, other) = owned.into_inner();
    assert_eq!(page.words, [6]);
    assert!(sender.same_channel(&other));
    drop(page);
    desk.ledger.assert_all_dropped();
}

/// B35: what was not received goes with the receiver, at once.
#[test]
fn b35_messages_go_with_the_receiver() {
    let desk = Desk::new();
    let (sender, receiver) = desk.pool(4);
    for word in 0..3 {
        write(&sender, word);
    }
    assert_eq!(desk.ledger.live().len(), 3);
    drop(receiver);
    desk.ledger.assert_all_dropped();
    assert_eq!(desk.counts(), (3, 0), "dropped, not recycled");
    assert_eq!((sender.len(), sender.receiver_count()), (0, 0));
}

/// B32: the numbers.
#[test]
fn b32_numbers_add_up() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(3);
    let numbers = |sender: &crate::desk::Sender| {
        (
            sender.capacity(),
            sender.len(),
            sender.remaining(),
            sender.is_full(),
        )
    };
    assert_eq!(numbers(&sender), (3, 0, 3, false));
    let slot = sender.try_slot().unwrap();
    write(&sender, 1);
    assert_eq!(numbers(&sender), (3, 1, 2, false));
    assert_eq!((sender.claimed(), receiver.claimed()), (1, 1));
    write(&sender, 2);
    assert_eq!(numbers(&sender), (3, 2, 1, true));
    let held = receiver.try_recv_ref().unwrap().into_owned();
    assert_eq!(numbers(&sender), (3, 1, 2, true));
    assert_eq!(
        (receiver.len(), receiver.remaining(), receiver.is_full()),
        (1, 2, true)
    );
    drop(slot);
    assert_eq!(numbers(&sender), (3, 1, 2, false));
    assert_eq!(sender.claimed(), 0, "what is read is not written");
    drop(held);
    assert_eq!(read(&mut receiver), 2);
    assert_eq!(numbers(&sender), (3, 0, 3, false));
    assert!(sender.is_empty() && receiver.is_empty());
}

#[test]
fn handles_know_each_other() {
    let (sender, receiver) = pool::bounded::<u8>(1);
    let (stranger, _other) = pool::bounded::<u8>(1);
    let clone = sender.clone();
    assert!(sender.same_channel(&clone) && !sender.same_channel(&stranger));
    assert!(sender.sends_to(&receiver) && !stranger.sends_to(&receiver));
    assert_eq!(sender.id(), receiver.id());
    assert_ne!(sender.id(), stranger.id());
    assert_eq!((sender.sender_count(), sender.receiver_count()), (2, 1));
    let weak = sender.downgrade();
    drop((sender, clone));
    assert_eq!(receiver.sender_count(), 0);
    assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
    let sender = receiver.new_sender();
    assert!(
        weak.upgrade()
            .is_some_and(|upgraded| upgraded.same_channel(&sender))
    );
    let text = format!("{sender:?} {receiver:?} {weak:?}");
    assert!(
        text.contains("capacity: 1") && text.contains("WeakSender"),
        "{text}"
    );
}

/// B4, B9: exact capacities from 1.
#[test]
fn b9_no_pool_has_no_slots() {
    for capacity in [1, 2, 3, 5, 100] {
        let (sender, _receiver) = pool::bounded::<u8>(capacity);
        assert_eq!(sender.capacity(), capacity);
        let slots: Vec<_> = core::iter::from_fn(|| sender.try_slot().ok()).collect();
        assert_eq!(slots.len(), capacity);
    }
    for capacity in [0, MAX_CAPACITY + 1, usize::MAX] {
        assert!(
            catch(|| pool::bounded::<u8>(capacity)).is_err(),
            "{capacity}"
        );
    }
}

/// B28 to B31: policies.
#[test]
fn b28_policies_make_and_renew() {
    // By default: what `clone_from` keeps.
    let (sender, mut receiver) = pool::bounded::<String>(1);
    let mut slot = sender.try_slot().unwrap();
    slot.push_str(&"x".repeat(100));
    let place = slot.as_ptr();
    slot.send().unwrap();
    drop(receiver.try_recv_ref().unwrap());
    let slot = sender.try_slot().unwrap();
    assert!(slot.is_empty() && slot.capacity() >= 100);
    assert_eq!(slot.as_ptr(), place);
    assert_eq!(DefaultRecycle::new(), DefaultRecycle::default());

    // Left as it is.
    let (sender, mut receiver) = pool::with_recycle(1, Keep::new(|| [7_u8; 16]));
    let mut slot = sender.try_slot().unwrap();
    assert_eq!(*slot, [7; 16]);
    slot[3] = 9;
    slot.send().unwrap();
    drop(receiver.try_recv_ref().unwrap());
    assert_eq!(sender.try_slot().unwrap()[3], 9);
}

#[test]
fn b29_capacities_are_kept_within_bounds() {
    const POLICY: WithCapacity = WithCapacity::new()
        .with_min_capacity(8)
        .with_max_capacity(64);
    assert_eq!((POLICY.min_capacity(), POLICY.max_capacity()), (8, 64));
    assert_eq!(WithCapacity::new(), WithCapacity::default());
    let plain = WithCapacity::new();
    assert_eq!(
        (plain.min_capacity(), plain.max_capacity()),
        (0, usize::MAX)
    );

    macro_rules! holds {
        ($($collection:ty: $filled:expr;)*) => {$({
            let (sender, mut receiver) = pool::with_recycle::<$collection, _>(1, POLICY);
            let slot = sender.try_slot().unwrap();
            assert!(slot.capacity() >= 8 && slot.is_empty());
            slot.send().unwrap();
            let mut message = receiver.try_recv_ref().unwrap();
            message.extend($filled);
            assert!(message.capacity() >= 200);
            drop(message);
            let slot = sender.try_slot().unwrap();
            assert!(slot.is_empty(), stringify!($collection));
            assert!(slot.capacity() < 200, stringify!($collection));
        })*};
    }
    holds! {
        String: std::iter::repeat_n('x', 200);
        Vec<u32>: 0..200;
        std::collections::VecDeque<u32>: 0..200;
        std::collections::BinaryHeap<u32>: 0..200;
        std::collections::HashSet<u32>: 0..200;
        std::collections::HashMap<u32, u32>: (0..200).map(|number| (number, number));
    }
}

/// B3: a rule of one's own asks nothing of the message; nor does anything else.
#[test]
fn b3_elements_of_any_type() {
    struct Bare(#[allow(dead_code, reason = "it is moved about")] std::rc::Rc<u8>);
    let make = || Bare(std::rc::Rc::new(1));
    let (sender, mut receiver) = pool::with_recycle(2, Keep::new(make));
    drop(sender.try_slot().unwrap());
    assert!(sender.try_send(make()).is_ok());
    assert!(receiver.try_recv().is_ok());
    let (sender, receiver) = pool::with_recycle::<(), _>(1, Keep::new(|| ()));
    sender.try_slot().unwrap().send().unwrap();
    assert_eq!(receiver.len(), 1);
}

/// Policies may borrow, as messages may.
#[test]
fn a_policy_may_borrow() {
    let text = String::from("template");
    let make = || text.as_str();
    let (sender, mut receiver) = pool::with_recycle(1, Keep::new(make));
    std::thread::scope(|scope| {
        scope.spawn(|| sender.slot().wait().unwrap().send().unwrap());
        assert_eq!(*receiver.recv_ref().wait().unwrap(), "template");
    });
}
