//! Where channels contradict one another (1.6 of the table): what holds here.

use std::pin::{Pin, pin};
use std::rc::Rc;

use crate::support::{Ledger, Probe, assert_pending, block_on, catch, poll_noop};
use crate::sut::{Manager, RecvError, SendError, new, new_small};

#[test]
fn truth_buffered_messages_are_dropped_with_the_receiver_or_kept_by_a_manager() {
    let ledger = Ledger::new();
    let (sender, receiver) = new_small();
    sender.try_send(ledger.make(1)).unwrap();
    drop(receiver);
    assert_eq!(ledger.dropped(), 1);
    let (manager, sender, receiver) = Manager::new_small_channel();
    sender.try_send(ledger.make(2)).unwrap();
    drop(receiver);
    assert_eq!(ledger.live(), [2]);
    drop((sender, manager));
    ledger.assert_all_dropped();
}

#[test]
fn truth_only_drops_close() {
    let (sender, receiver) = new_small::<u8>();
    let mut join = pin!(sender.join());
    assert!(poll_noop(join.as_mut()).is_pending());
    drop(receiver);
    assert!(poll_noop(join.as_mut()).is_ready());
}

/// ⚠ There some of them never wake.
#[cfg(not(feature = "original"))]
#[test]
fn truth_waiting_senders_get_their_messages_back_at_the_end() {
    let (sender, receiver) = new(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut sends: Vec<_> = (1..=3).map(|number| sender.send(number)).collect();
    for send in &mut sends {
        assert_pending(Pin::new(send), &probe.waker());
    }
    drop(receiver);
    assert_eq!(probe.wakes(), 3);
    for (number, send) in (1..).zip(sends) {
        assert_eq!(block_on(send), Err(number));
    }
}

#[test]
fn truth_capacity_is_a_constant() {
    let (sender, receiver) = new(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!((sender.capacity(), receiver.capacity()), (2, 2));
}

/// In order and not overtaken; neither is promised there.
#[cfg(not(feature = "original"))]
#[test]
fn truth_senders_are_served_in_order() {
    let (sender, mut receiver) = new(1);
    sender.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=4).map(|number| sender.send(number)).collect();
    for send in &mut sends {
        assert!(poll_noop(Pin::new(send)).is_pending());
    }
    for number in 0..=4 {
        assert_eq!(receiver.try_recv(), Ok(number));
        let full = sender.try_send(99).is_err();
        assert_eq!(full, number < 4);
    }
}

#[test]
fn truth_try_recv_at_rest_tells_what_is() {
    let (sender, mut receiver) = new_small();
    for number in 0..20 {
        sender.try_send(number).unwrap();
        assert_eq!(receiver.try_recv(), Ok(number));
        assert_eq!(receiver.try_recv(), Err(RecvError::Empty));
    }
    sender.try_send(20).unwrap();
    drop(sender);
    assert_eq!(receiver.try_recv(), Ok(20));
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn truth_a_receive_gives_an_option() {
    let (sender, mut receiver) = new_small();
    sender.try_send(1).unwrap();
    let some: Option<i32> = block_on(receiver.recv());
    assert_eq!(some, Some(1));
}

#[test]
fn truth_there_is_no_channel_without_room() {
    assert!(catch(|| new::<u8>(0)).is_err());
}

#[test]
fn truth_nothing_is_asked_of_the_message() {
    struct Plain(#[allow(dead_code, reason = "it is not Send")] Rc<u8>);
    let (sender, mut receiver) = new_small();
    assert!(sender.try_send(Plain(Rc::new(1))).is_ok());
    assert!(receiver.try_recv().is_ok());
}

#[test]
fn truth_a_receiver_is_used_by_one() {
    assert_not!(crate::sut::Receiver<u8>: Clone);
    let (_sender, mut receiver) = new_small::<u8>();
    let exclusive = &mut receiver;
    assert!(exclusive.try_recv().is_err());
}

#[test]
fn truth_the_end_is_called_disconnected() {
    let (sender, mut receiver) = new_small::<u8>();
    drop(sender.clone());
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
    let sender = receiver.new_sender();
    drop(receiver);
    assert_eq!(sender.try_send(1), Err(SendError::Disconnected(1)));
}
