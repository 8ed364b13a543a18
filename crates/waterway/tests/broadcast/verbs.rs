//! What each verb does when nobody else interferes.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use waterway::broadcast;
use waterway::{Lagged, RecvTimeoutError, TryRecvError, TrySendError};

use crate::support::{Probe, assert_pending, assert_ready, catch};

#[test]
fn every_receiver_gets_every_message() {
    let (sender, mut first) = broadcast::channel(4);
    let mut second = sender.subscribe();
    let mut third = second.clone();
    for number in 0..4 {
        assert_eq!(sender.try_send(number), Ok(3));
    }
    for receiver in [&mut first, &mut second, &mut third] {
        let got: Vec<_> = receiver.try_iter().collect();
        assert_eq!(got, [Ok(0), Ok(1), Ok(2), Ok(3)]);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn every_capacity_is_exact() {
    for capacity in 1..40 {
        let (sender, mut receiver) = broadcast::channel(capacity);
        for number in 0..capacity {
            sender.try_send(number).unwrap();
        }
        assert_eq!(receiver.len(), capacity);
        sender.try_send(capacity).unwrap();
        assert_eq!(receiver.len(), capacity);
        assert_eq!(receiver.try_recv(), Ok(Err(Lagged(1))));
        let got: Vec<_> = receiver.try_iter().map(Result::unwrap).collect();
        assert_eq!(got, (1..=capacity).collect::<Vec<_>>());

        let (sender, mut receiver) = broadcast::lossless(capacity);
        for number in 0..capacity {
            sender.try_send(number).unwrap();
        }
        assert!(sender.is_full());
        let full = sender.try_send(capacity);
        assert_eq!(full, Err(TrySendError::Full(capacity)));
        assert_eq!(receiver.try_recv(), Ok(Ok(0)));
        assert!(!sender.is_full());
        assert_eq!(sender.try_send(capacity), Ok(1));
    }
}

#[test]
fn capacities_that_cannot_be() {
    for capacity in [0, broadcast::MAX_CAPACITY + 1, usize::MAX] {
        let made = catch(|| broadcast::channel::<u8>(capacity));
        assert!(made.unwrap_err().contains("capacity"));
        let made = catch(|| broadcast::lossless::<u8>(capacity));
        assert!(made.unwrap_err().contains("capacity"));
    }
}

/// A12: the number is exact, from the first message lost to the first that is kept.
#[test]
fn a12_lag_is_exact() {
    let (sender, receiver) = broadcast::channel(3);
    let mut receivers: Vec<_> = (0..3).map(|_| receiver.clone()).collect();
    drop(receiver);
    for sent in 0..50_u64 {
        sender.try_send(sent).unwrap();
        for (slowness, receiver) in receivers.iter_mut().enumerate() {
            if sent % (7 * slowness as u64 + 1) == 0 {
                let mut next = receiver.try_recv().unwrap();
                if let Err(Lagged(lost)) = next {
                    assert!(lost > 0, "nothing lost is no lag");
                    next = receiver.try_recv().unwrap();
                    assert_eq!(next, Ok(sent - 2), "it goes on at the oldest of three");
                }
            }
        }
    }
}

#[test]
fn lag_and_messages_add_up() {
    let (sender, mut receiver) = broadcast::channel(4);
    let (mut next, mut told) = (0, 0);
    for round in 0..100_u64 {
        for _ in 0..round % 11 {
            sender.try_send(next).unwrap();
            next += 1;
        }
        for _ in 0..round % 5 {
            match receiver.try_recv() {
                Ok(Ok(number)) => {
                    assert_eq!(number, told);
                    told += 1;
                }
                Ok(Err(Lagged(lost))) => told += lost,
                Err(error) => {
                    assert_eq!((error, told), (TryRecvError::Empty, next));
                }
            }
        }
    }
}

#[test]
fn a_clone_keeps_its_position() {
    let (sender, mut receiver) = broadcast::channel(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(Ok(1)));
    let mut clone = receiver.clone();
    sender.try_send(3).unwrap();
    sender.try_send(4).unwrap();
    // Its lag as well.
    let mut late = clone.clone();
    for receiver in [&mut receiver, &mut clone, &mut late] {
        assert_eq!(receiver.try_recv(), Ok(Err(Lagged(1))));
        assert_eq!(receiver.try_recv(), Ok(Ok(3)));
        assert_eq!(receiver.try_recv(), Ok(Ok(4)));
    }
}

#[test]
fn subscribing_from_now_and_from_the_oldest() {
    let (sender, mut first) = broadcast::channel(8);
    for number in 0..4 {
        sender.try_send(number).unwrap();
    }
    assert_eq!(first.try_recv(), Ok(Ok(0)));
    let all = |mut receiver: broadcast::Receiver<i32>| -> Vec<i32> {
        receiver.try_iter().map(Result::unwrap).collect()
    };
    // What the slowest has taken is gone.
    assert_eq!(all(sender.subscribe_from_oldest()), [1, 2, 3]);
    assert_eq!(all(first.subscribe_from_oldest()), [1, 2, 3]);
    assert_eq!(all(sender.subscribe()), []);
    assert_eq!(all(first.subscribe()), []);
    let pause = first.deactivate();
    assert_eq!(sender.receiver_count(), 0);
    assert_eq!(sender.len(), 0, "the last receiver takes everything along");
    assert_eq!(sender.try_send(4), Ok(0));
    assert_eq!(all(pause.subscribe()), []);
    // That one has gone, and all that was kept with it.
    assert_eq!(sender.try_send(5), Ok(0));
    assert_eq!(all(pause.clone().subscribe_from_oldest()), [5]);
}

#[test]
fn nobody_is_waited_for_who_is_not_there() {
    let (sender, receiver) = broadcast::lossless(2);
    drop(receiver);
    for number in 0..10 {
        assert_eq!(sender.try_send(number), Ok(0));
    }
    assert_eq!(sender.len(), 2);
    assert!(!sender.is_full());
    let mut late = sender.subscribe_from_oldest();
    assert!(sender.is_full());
    assert_eq!(sender.try_send(10), Err(TrySendError::Full(10)));
    assert_eq!(late.try_recv(), Ok(Ok(8)));
    assert_eq!(sender.try_send(10), Ok(1));
    assert_eq!(late.try_recv(), Ok(Ok(9)));
    assert_eq!(late.try_recv(), Ok(Ok(10)));
}

/// What was sent while nobody was there does not keep those who came after it from being sent to.
#[test]
fn old_messages_make_room_for_those_that_are_wanted() {
    let (sender, receiver) = broadcast::lossless(2);
    drop(receiver);
    sender.try_send(0).unwrap();
    sender.try_send(1).unwrap();
    let mut receiver = sender.subscribe();
    assert_eq!(sender.try_send(2), Ok(1));
    assert_eq!(sender.try_send(3), Ok(1));
    assert_eq!(sender.try_send(4), Err(TrySendError::Full(4)));
    assert_eq!(receiver.try_recv(), Ok(Ok(2)));
    assert_eq!(sender.try_send(4), Ok(1));
}

/// The last receiver gets the message itself, the others clones.
#[test]
fn the_last_receiver_gets_the_message_itself() {
    #[derive(Debug)]
    struct Copied(u32);
    impl Clone for Copied {
        fn clone(&self) -> Self {
            Self(self.0 + 1)
        }
    }
    let (sender, first) = broadcast::channel(1);
    let receivers = [first.clone(), first.clone(), first];
    sender.try_send(Copied(0)).unwrap();
    let got = receivers.map(|mut receiver| receiver.try_recv().unwrap().unwrap().0);
    assert_eq!(got, [1, 1, 0]);
}

#[test]
fn a_reference_keeps_its_message_and_no_room() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let mut other = receiver.clone();
    let value = Arc::new(());
    sender.try_send(Arc::clone(&value)).unwrap();
    let here = receiver.try_recv_ref().unwrap().unwrap();
    let there = other.recv_ref().wait().unwrap().unwrap();
    assert!(std::ptr::eq(&*here, &*there));
    assert_eq!(Arc::strong_count(&value), 2);
    sender.try_send(Arc::new(())).unwrap();
    let here = here.into_inner().expect_err("two of them");
    drop(there.clone());
    drop(there);
    assert!(Arc::ptr_eq(&here.into_inner().expect("one"), &value));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn counts_and_names() {
    let (sender, receiver) = broadcast::channel::<u8>(3);
    let (other_sender, other_receiver) = broadcast::lossless::<u8>(3);
    assert_eq!((sender.capacity(), receiver.capacity()), (3, 3));
    assert!(!sender.is_lossless() && !receiver.is_lossless());
    assert!(other_sender.is_lossless() && other_receiver.is_lossless());
    assert!(sender.is_empty() && receiver.is_empty() && !sender.is_full());
    let clone = (sender.clone(), receiver.clone());
    assert_eq!((sender.sender_count(), receiver.sender_count()), (2, 2));
    assert_eq!((sender.receiver_count(), receiver.receiver_count()), (2, 2));
    assert!(sender.same_channel(&clone.0) && receiver.same_channel(&clone.1));
    assert!(!sender.same_channel(&other_sender) && !receiver.same_channel(&other_receiver));
    assert!(sender.sends_to(&receiver) && !sender.sends_to(&other_receiver));
    assert_eq!(sender.id(), receiver.id());
    assert_ne!(sender.id(), other_sender.id());
    drop(clone);
    assert_eq!((sender.sender_count(), receiver.receiver_count()), (1, 1));
    let text = format!("{sender:?} {receiver:?}");
    assert!(text.contains("capacity: 3") && text.contains("receivers: 1"));
    assert_eq!(format!("{:?}", sender.send(1)), "Op { .. }");
}

#[test]
fn weak_senders() {
    let (sender, mut receiver) = broadcast::channel(1);
    let weak = sender.downgrade();
    let again = weak.clone().upgrade().expect("one is there");
    assert!(again.same_channel(&sender));
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(again);
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert!(receiver.is_closed());
    // A receiver makes another.
    let sender = receiver.new_sender();
    assert!(!receiver.is_closed() && weak.upgrade().is_some());
    assert_eq!(sender.try_send(1), Ok(1));
    drop(sender);
    assert_eq!(receiver.recv().wait(), Some(Ok(1)));
    assert_eq!(receiver.recv().wait(), None);
}

#[test]
fn weak_handles_are_counted() {
    let (sender, receiver) = broadcast::channel::<u8>(1);
    assert_eq!((sender.weak_count(), receiver.weak_count()), (0, 0));
    let weak = sender.downgrade();
    let (other, inactive) = (weak.clone(), receiver.clone().deactivate());
    let counts = |weak: &broadcast::WeakSender<u8>| (weak.sender_count(), weak.weak_count());
    assert_eq!((sender.weak_count(), receiver.weak_count()), (3, 3));
    assert_eq!(counts(&weak), (1, 3));
    drop(inactive);
    drop(other);
    assert_eq!(counts(&weak), (1, 1));
    let receivers = [receiver.clone(), receiver.subscribe()];
    assert_eq!(counts(&weak), (1, 1));
    drop(receivers);
    drop(sender);
    assert_eq!(counts(&weak), (0, 1));
    drop(receiver);
    assert_eq!(counts(&weak), (0, 1));
}

#[test]
fn owned_operations_give_their_handle_back() {
    let (sender, receiver) = broadcast::channel(1);
    let (sent, sender) = sender.send_owned(1).wait();
    assert_eq!(sent, Ok(()));
    let (got, receiver) = receiver.recv_owned().wait();
    assert_eq!(got, Some(Ok(1)));
    let timed = receiver
        .recv_owned()
        .wait_timeout(std::time::Duration::ZERO);
    let (got, receiver) = timed;
    assert_eq!(got, Err(RecvTimeoutError::Timeout));
    drop(sender);
    let (got, _receiver) = receiver
        .recv_owned()
        .wait_timeout(std::time::Duration::ZERO);
    assert_eq!(got, Err(RecvTimeoutError::Closed));
}

#[test]
fn a_receiver_is_a_stream() {
    let (sender, mut receiver) = broadcast::channel(2);
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = |receiver: &mut broadcast::Receiver<i32>| {
        Stream::poll_next(Pin::new(receiver), &mut context)
    };
    assert_eq!(poll(&mut receiver), Poll::Pending);
    for number in 0..3 {
        sender.try_send(number).unwrap();
    }
    assert_eq!(poll(&mut receiver), Poll::Ready(Some(Err(Lagged(1)))));
    // Moved between polls.
    let mut receiver = Box::new(receiver);
    assert_eq!(poll(&mut receiver), Poll::Ready(Some(Ok(1))));
    drop(sender);
    assert!(!receiver.is_terminated());
    assert_eq!(poll(&mut receiver), Poll::Ready(Some(Ok(2))));
    assert!(receiver.is_terminated());
    assert_eq!(poll(&mut receiver), Poll::Ready(None));
}

#[test]
fn recv_many_takes_what_is_there() {
    let (sender, mut receiver) = broadcast::channel(3);
    let probe = Probe::new();
    let mut buffer = Vec::new();
    assert_eq!(receiver.recv_many(&mut buffer, 0).wait(), Some(0));
    {
        let mut receive = pin!(receiver.recv_many(&mut buffer, 2));
        assert_pending(receive.as_mut(), &probe.waker());
        for number in 0..5 {
            sender.try_send(number).unwrap();
        }
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(receive, &probe.waker()), Some(2));
    }
    assert_eq!(buffer, [Err(Lagged(2)), Ok(2)]);
    let mut rest = VecDeque::new();
    assert_eq!(receiver.recv_many(&mut rest, 10).wait(), Some(2));
    assert_eq!(rest, [Ok(3), Ok(4)]);
    {
        // Dropped, it has taken nothing.
        let mut receive = Box::pin(receiver.recv_many(&mut rest, 10));
        assert_pending(receive.as_mut(), &probe.waker());
        sender.try_send(5).unwrap();
    }
    assert_eq!(probe.refs(), 0);
    sender.close();
    let timed = receiver
        .recv_many(&mut rest, 10)
        .wait_timeout(Duration::ZERO);
    assert_eq!((timed, rest.pop_back()), (Ok(1), Some(Ok(5))));
    assert_eq!(receiver.recv_many(&mut rest, 10).wait(), None);
    assert_eq!(rest.len(), 2);
}

#[test]
fn iterators_wait_until_the_end() {
    let (sender, mut receiver) = broadcast::lossless(2);
    let other = receiver.clone();
    let sending = std::thread::spawn(move || {
        for number in 0..100 {
            sender.send(number).wait().unwrap();
        }
    });
    let summing = std::thread::spawn(move || other.into_iter().map(Result::unwrap).sum::<i32>());
    assert_eq!(receiver.iter().map(Result::unwrap).sum::<i32>(), 4950);
    assert_eq!(summing.join().unwrap(), 4950);
    assert_eq!((&mut receiver).into_iter().next(), None);
    sending.join().unwrap();
}
