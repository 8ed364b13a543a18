//! Where channels contradict one another (1.6 of the table): what holds here.

use std::cell::Cell;
use std::pin::pin;

use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop};
use crate::sut::channel::shared::channel;
use crate::sut::channel::{
    Channel, ChannelSendError, CloseStatus, TryReceiveError, TrySendError, UnbufferedChannel,
};

#[test]
fn truth_buffered_messages_go_with_the_last_receiver_and_stay_in_a_borrowed_channel() {
    let ledger = Ledger::new();
    let (sender, receiver) = channel(2);
    assert!(sender.try_send(ledger.make(1)).is_ok());
    drop(receiver);
    assert_eq!(ledger.dropped(), 1);
    let borrowed = Channel::<_, [crate::support::Tracked; 1]>::new();
    assert!(borrowed.try_send(ledger.make(2)).is_ok());
    borrowed.close();
    assert_eq!(ledger.live(), [2]);
    assert_eq!(block_on(borrowed.receive()).unwrap(), 2);
}

#[test]
fn truth_any_side_closes_and_is_told_whether_it_did() {
    let (sender, receiver) = channel::<u8>(1);
    assert_eq!(sender.close(), CloseStatus::NewlyClosed);
    assert_eq!(receiver.close(), CloseStatus::AlreadyClosed);
}

#[test]
fn truth_waiting_senders_get_their_messages_back_at_the_close() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(0).unwrap();
    let probe = Probe::new();
    let mut sends: Vec<_> = (1..=3)
        .map(|number| Box::pin(channel.send(number)))
        .collect();
    for send in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    channel.close();
    assert_eq!(probe.wakes(), 3);
    for (number, send) in (1..).zip(&mut sends) {
        let back = assert_ready(send.as_mut(), &probe.waker());
        assert_eq!(back, Err(ChannelSendError(number)));
    }
}

/// There is no number of anything.
#[test]
fn truth_nothing_is_counted() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(1).unwrap();
    assert_eq!(format!("{channel:?}"), "Channel");
}

#[test]
fn truth_senders_are_served_in_order_and_not_overtaken() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=3)
        .map(|number| Box::pin(channel.send(number)))
        .collect();
    for send in &mut sends {
        assert!(poll_noop(send.as_mut()).is_pending());
    }
    for number in 0..=3 {
        assert_eq!(channel.try_receive(), Ok(number));
        assert_eq!(channel.try_send(9).is_ok(), number == 3);
    }
}

#[test]
fn truth_try_receive_at_rest_tells_what_is() {
    let channel = Channel::<u32, [u32; 1]>::new();
    for number in 0..10 {
        assert_eq!(channel.try_receive(), Err(TryReceiveError::Empty));
        channel.try_send(number).unwrap();
        assert_eq!(channel.try_receive(), Ok(number));
    }
}

#[test]
fn truth_a_receive_gives_an_option() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(1).unwrap();
    let some: Option<u32> = block_on(channel.receive());
    assert_eq!(some, Some(1));
}

#[test]
fn truth_without_room_it_is_a_rendezvous() {
    let channel = UnbufferedChannel::new();
    let mut send = pin!(channel.send(1));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(block_on(channel.receive()), Some(1));
    assert_eq!(block_on(send), Ok(()));
}

#[test]
fn truth_messages_cross_threads_if_they_are_send() {
    fn crosses<C: Send + Sync>(_: &C) {}
    crosses(&Channel::<Cell<u8>, [Cell<u8>; 1]>::new());
    crosses(&channel::<Cell<u8>>(1));
    let local = Channel::<std::rc::Rc<u8>, [std::rc::Rc<u8>; 1]>::new();
    assert!(local.try_send(std::rc::Rc::new(1)).is_ok());
}

#[test]
fn truth_receivers_are_shared() {
    let (sender, receiver) = channel(2);
    let other = receiver.clone();
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(
        (receiver.try_receive(), other.try_receive()),
        (Ok(1), Ok(2))
    );
}

#[test]
fn truth_the_end_is_called_closed() {
    let (sender, receiver) = channel(1);
    sender.close();
    assert_eq!(receiver.try_receive(), Err(TryReceiveError::Closed));
    assert_eq!(sender.try_send(1), Err(TrySendError::Closed(1)));
}
