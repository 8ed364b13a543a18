//! What each verb does.

use std::task::{Context, Poll, Waker};

use futures_core::{FusedStream, Stream};
use waterway::inbox;
use waterway::{RecvTimeoutError, SendError, TryRecvError, TrySendError};

use crate::support::{Ledger, Probe, block_on, catch, poll_noop};

#[test]
fn capacities_are_exact_and_bounded() {
    for capacity in inbox::MIN_CAP..=inbox::MAX_CAP {
        let (sender, mut receiver) = inbox::bounded(capacity);
        assert_eq!(
            (sender.capacity(), receiver.capacity()),
            (capacity, capacity)
        );
        for number in 0..capacity {
            assert_eq!((sender.len(), sender.is_full()), (number, false));
            sender.try_send(number).unwrap();
        }
        assert!(sender.is_full() && receiver.is_full());
        assert_eq!(sender.try_send(0), Err(TrySendError::Full(0)));
        assert_eq!(receiver.len(), capacity);
        assert_eq!(receiver.try_recv(), Ok(0));
        assert!(!sender.is_full());
    }
    assert_eq!((inbox::MIN_CAP, inbox::MAX_CAP), (1, 127));
    assert_eq!(inbox::small::<u8>().0.capacity(), 8);
    for capacity in [0, 128, usize::MAX] {
        let refused = catch(|| inbox::bounded::<u8>(capacity)).expect_err("there is none");
        assert!(refused.contains("1 to 127"), "{refused}");
    }
}

/// Every way to receive, of an inbox that ended in every way, with a message and without.
#[test]
fn closed_and_empty_are_told_apart() {
    type End = fn(inbox::Sender<u8>, &mut inbox::Receiver<u8>) -> Option<inbox::Sender<u8>>;
    const ENDS: [(&str, bool, End); 4] = [
        ("open", false, |sender, _| Some(sender)),
        ("closed by the receiver", true, |sender, receiver| {
            assert!(receiver.close() && !receiver.close());
            Some(sender)
        }),
        ("closed by a sender", true, |sender, _| {
            assert!(sender.close() && !sender.close());
            Some(sender)
        }),
        ("without senders", true, |_, _| None),
    ];
    for (name, over, end) in ENDS {
        for filled in [false, true] {
            let make = || {
                let (sender, mut receiver) = inbox::bounded(2);
                if filled {
                    sender.try_send(7).unwrap();
                }
                let sender = end(sender, &mut receiver);
                assert_eq!(receiver.is_closed(), over, "{name}");
                assert_eq!(receiver.is_terminated(), over && !filled, "{name}");
                (sender, receiver)
            };
            let tried = match (filled, over) {
                (true, _) => Ok(7),
                (false, true) => Err(TryRecvError::Closed),
                (false, false) => Err(TryRecvError::Empty),
            };
            let polled = match tried {
                Ok(message) => Poll::Ready(Some(message)),
                Err(TryRecvError::Closed) => Poll::Ready(None),
                Err(TryRecvError::Empty) => Poll::Pending,
            };
            let timed = tried.map_err(|error| match error {
                TryRecvError::Closed => RecvTimeoutError::Closed,
                TryRecvError::Empty => RecvTimeoutError::Timeout,
            });
            let (zero, mut context) = (
                std::time::Duration::ZERO,
                Context::from_waker(Waker::noop()),
            );
            let say = format!("{name}, filled: {filled}");
            let (_s, mut r) = make();
            assert_eq!(r.try_peek().copied(), tried, "{say}");
            assert_eq!(r.try_recv_leased().map(inbox::Lease::ack), tried, "{say}");
            let (_s, mut r) = make();
            assert_eq!(r.try_recv(), tried, "{say}");
            let (_s, mut r) = make();
            assert_eq!(r.recv().wait_timeout(zero), timed, "{say}");
            let (_s, mut r) = make();
            assert_eq!(block_on(r.recv().until(async {})), timed, "{say}");
            let (_s, mut r) = make();
            assert_eq!(poll_noop(Box::pin(r.recv()).as_mut()), polled, "{say}");
            let (_s, r) = make();
            assert_eq!(r.recv_owned().wait_timeout(zero).0, timed, "{say}");
            let (_s, mut r) = make();
            assert_eq!(r.poll_recv(&mut context), polled, "{say}");
            let (_s, r) = make();
            assert_eq!(std::pin::pin!(r).poll_next(&mut context), polled, "{say}");
            let (_s, mut r) = make();
            assert_eq!(r.peek().wait_timeout(zero).copied(), timed, "{say}");
            assert_eq!(
                r.recv_leased().wait_timeout(zero).map(|l| l.ack()),
                timed,
                "{say}"
            );
            let mut buffer = Vec::new();
            let (_s, mut r) = make();
            assert_eq!(
                r.recv_many(&mut buffer, 5).wait_timeout(zero),
                timed.map(|_| 1),
                "{say}"
            );
            assert_eq!(r.recv_many(&mut buffer, 0).wait(), Some(0), "{say}");
            let (_s, mut r) = make();
            let polled = polled.map(|found| found.map(|_| 1));
            assert_eq!(
                r.poll_recv_many(&mut context, &mut buffer, 5),
                polled,
                "{say}"
            );
            let (_s, mut r) = make();
            assert_eq!(r.try_iter().count(), usize::from(filled), "{say}");
            let (_s, mut r) = make();
            assert_eq!(r.drain().count(), usize::from(filled), "{say}");
            let (s, mut r) = make();
            if over {
                assert_eq!(r.iter().count(), usize::from(filled), "{say}");
                if let Some(s) = s {
                    assert!(s.is_closed());
                    assert_eq!(s.try_send(1), Err(TrySendError::Closed(1)), "{say}");
                    assert_eq!(s.send(1).wait(), Err(SendError(1)), "{say}");
                    s.closed().wait();
                }
            }
        }
    }
}

#[test]
fn handles_know_each_other() {
    let (sender, receiver) = inbox::small::<u8>();
    let (other, stranger) = inbox::small::<u8>();
    let twin = sender.clone();
    assert!(sender.same_channel(&twin) && !sender.same_channel(&other));
    assert!(sender.sends_to(&receiver) && !sender.sends_to(&stranger));
    assert_eq!(sender.id(), receiver.id());
    assert_ne!(sender.id(), stranger.id());
    let weak = sender.downgrade();
    assert_eq!(weak.id(), sender.id());
    assert_eq!(
        (
            sender.sender_count(),
            sender.receiver_count(),
            sender.weak_count()
        ),
        (2, 1, 1)
    );
    drop((sender, twin));
    assert!(weak.upgrade().is_none() && receiver.is_closed());
    let again = receiver.new_sender();
    assert!(!receiver.is_closed());
    assert!(
        weak.upgrade()
            .expect("there is one again")
            .same_channel(&again)
    );
    drop(receiver);
    assert_eq!((again.is_closed(), again.receiver_count()), (true, 0));
    assert_eq!(again.try_send(1), Err(TrySendError::Closed(1)));
    let words = format!("{again:?} {weak:?} {other:?} {stranger:?}");
    assert!(words.contains("capacity: 8"), "{words}");
}

#[test]
fn many_are_received_at_once() {
    let (sender, mut receiver) = inbox::bounded(3);
    let mut sends: Vec<_> = (0..8).map(|number| Box::pin(sender.send(number))).collect();
    for (number, send) in sends.iter_mut().enumerate() {
        assert_eq!(poll_noop(send.as_mut()).is_ready(), number < 3);
    }
    let mut buffer = Vec::new();
    assert_eq!(receiver.recv_many(&mut buffer, 2).wait(), Some(2));
    // What makes room for more goes on.
    assert_eq!(receiver.recv_many(&mut buffer, 100).wait(), Some(6));
    assert_eq!(buffer, [0, 1, 2, 3, 4, 5, 6, 7]);
    drop(sends);
    // A drain takes what was there.
    for number in 0..3 {
        sender.try_send(number).unwrap();
    }
    let mut parked = Box::pin(sender.send(3));
    assert!(poll_noop(parked.as_mut()).is_pending());
    let mut drain = receiver.drain();
    assert_eq!((drain.next(), drain.next()), (Some(0), Some(1)));
    sender.try_send(100).unwrap();
    assert_eq!(drain.collect::<Vec<_>>(), [2, 3]);
    assert_eq!(receiver.try_recv(), Ok(100));
}

/// A collection that takes so many, and then panics.
struct Picky(Vec<crate::support::Tracked>, usize, bool);

impl Extend<crate::support::Tracked> for Picky {
    fn extend<I: IntoIterator<Item = crate::support::Tracked>>(&mut self, messages: I) {
        let mut messages = messages.into_iter();
        self.0.extend(messages.by_ref().take(self.1));
        assert!(!self.2, "it is picky");
        std::mem::forget(messages);
    }
}

#[test]
fn a_collection_that_panics_or_stops_loses_nothing() {
    for panics in [false, true] {
        for takes in 0..=3 {
            let ledger = Ledger::new();
            let (sender, mut receiver) = inbox::bounded(3);
            for id in 0..3 {
                sender.try_send(ledger.make(id)).unwrap();
            }
            let probe = Probe::new();
            let mut parked = Box::pin(sender.send(ledger.make(3)));
            crate::support::assert_pending(parked.as_mut(), &probe.waker());
            let mut picky = Picky(Vec::new(), takes, panics);
            let limit = if takes == 3 { 3 } else { 100 };
            let result = catch(|| receiver.recv_many(&mut picky, limit).wait());
            assert_eq!(result.is_err(), panics);
            let rest: Vec<u64> = receiver.try_iter().map(|message| message.id()).collect();
            let mut all: Vec<u64> = picky.0.iter().map(|message| message.id()).collect();
            all.extend(rest);
            assert_eq!(all, [0, 1, 2, 3]);
            assert_eq!(probe.wakes(), 1);
            drop(parked);
            for id in 0..3 {
                sender
                    .try_send(ledger.make(id))
                    .expect("all slots are back");
            }
            drop((picky, receiver));
            ledger.assert_all_dropped();
        }
    }
}

#[test]
fn payloads_of_all_sizes_pass() {
    #[repr(align(128))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);
    let (sender, mut receiver) = inbox::bounded(127);
    sender.try_send(()).unwrap();
    assert_eq!(receiver.try_recv(), Ok(()));
    let (sender, mut receiver) = inbox::bounded(3);
    sender.try_send(Wide(5)).unwrap();
    assert_eq!(
        receiver
            .try_peek()
            .map(|wide| std::ptr::from_ref(wide).addr() % 128),
        Ok(0)
    );
    assert_eq!(receiver.recv().wait(), Some(Wide(5)));
    let (sender, mut receiver) = inbox::small();
    sender.send([3_u8; 16 << 10]).wait().unwrap();
    assert!(
        receiver
            .recv()
            .wait()
            .is_some_and(|large| large.iter().all(|&byte| byte == 3))
    );
}

#[test]
fn counts_may_wrap() {
    for capacity in [1, 2, 8, 127] {
        let (sender, mut receiver) = inbox::__starting_near_wrap(capacity);
        for number in 0..1000 {
            sender.try_send(number).unwrap();
            assert_eq!((sender.len(), receiver.is_full()), (1, capacity == 1));
            assert_eq!(receiver.try_recv(), Ok(number));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        }
        sender.close();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn a_static_is_split_again_when_all_handles_are_gone() {
    static HOME: inbox::Static<String, 2> = inbox::Static::new();
    assert_eq!(HOME.capacity(), 2);
    for _ in 0..3 {
        let (sender, receiver) = HOME.split();
        assert!(sender.is_empty() && HOME.try_split().is_none());
        sender.try_send("left".to_owned()).unwrap();
        let weak = sender.downgrade();
        drop((sender, receiver));
        assert!(HOME.try_split().is_none(), "a weak one is there");
        drop(weak);
    }
}
