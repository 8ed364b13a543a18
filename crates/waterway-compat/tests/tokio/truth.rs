//! Where channels contradict each other: what tokio's do.

#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoSend};
use crate::help::{Traits, boxed};
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, catch};
use crate::sut::mpsc::error::{SendError, TryRecvError, TrySendError};
use crate::sut::mpsc::{Receiver, Sender, channel, unbounded_channel};

#[test]
fn truth_messages_go_with_the_receiver() {
    let ledger = Ledger::new();
    let (tx, rx) = channel(2);
    tx.try_send(ledger.make(1)).expect("room");
    drop(rx);
    ledger.assert_all_dropped();
}

#[test]
fn truth_the_receiver_alone_closes_and_permits_are_honoured() {
    let (tx, mut rx) = channel(2);
    let permit = tx.try_reserve().expect("room");
    rx.close();
    permit.send(1);
    assert_eq!((block_on(rx.recv()), block_on(rx.recv())), (Some(1), None));
}

#[test]
fn truth_senders_who_wait_get_their_message_back() {
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let mut waits = boxed(tx.send(2));
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    rx.close();
    assert_eq!(probe.wakes(), 1);
    assert_eq!(
        assert_ready(waits.as_mut(), &probe.waker()),
        Err(SendError(2))
    );
}

#[test]
fn truth_permits_count_in_the_capacity_and_not_in_the_length() {
    let (tx, rx) = channel::<u8>(2);
    let _permit = tx.try_reserve().expect("room");
    assert_eq!((rx.capacity(), rx.len()), (1, 0));
}

#[test]
fn truth_senders_are_served_in_order_and_nobody_passes() {
    let (tx, mut rx) = channel(1);
    tx.try_send(0).expect("room");
    let probe = Probe::new();
    let mut waits = boxed(tx.send(1));
    assert_pending(waits.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(assert_ready(waits.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(rx.try_recv(), Ok(1));
}

/// Under way they are waited for: `k33_what_was_sent_is_never_missed`.
#[test]
fn truth_at_rest_a_receive_at_once_sees_all() {
    let (tx, mut rx) = unbounded_channel();
    for number in 0..100 {
        tx.send(number).expect("open");
        assert_eq!(rx.try_recv(), Ok(number));
    }
}

#[test]
fn truth_a_receive_gives_an_option() {
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let next: Option<i32> = block_on(rx.recv());
    drop(tx);
    assert_eq!((next, block_on(rx.recv())), (Some(1), None));
}

#[test]
fn truth_no_room_at_all_panics() {
    assert!(catch(|| channel::<u8>(0)).is_err());
}

#[test]
fn truth_messages_need_be_nothing_but_sent() {
    const {
        assert!(Traits::<Sender<std::cell::Cell<u8>>>::SEND);
        assert!(!Traits::<Sender<std::rc::Rc<u8>>>::SEND);
    }
    // In one thread not even that.
    let (tx, mut rx) = channel(1);
    tx.try_send(std::rc::Rc::new(1)).expect("room");
    assert_eq!(*rx.try_recv().expect("a message"), 1);
}

#[test]
fn truth_there_is_one_receiver_that_is_not_shared() {
    const {
        assert!(!Traits::<Receiver<u8>>::CLONE);
    }
    // It takes `&mut`.
    let _: fn(&mut Receiver<u8>) -> Result<u8, TryRecvError> = Receiver::try_recv;
}

#[test]
fn truth_closed_is_said_to_senders_and_disconnected_to_the_receiver() {
    let (tx, mut rx) = channel(1);
    rx.close();
    assert_eq!(tx.try_send(1), Err(TrySendError::Closed(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}
