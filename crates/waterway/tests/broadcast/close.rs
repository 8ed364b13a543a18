//! The end.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use waterway::broadcast::{self, Receiver, Sender};
use waterway::{RecvTimeoutError, SendError, TryRecvError, TrySendError};

use crate::support::{Probe, assert_pending, assert_ready, block_on, spawn_sleeper, watchdog};

type Make = fn(usize) -> (Sender<i32>, Receiver<i32>);
const BOTH: [Make; 2] = [broadcast::channel, broadcast::lossless];

#[test]
fn no_last_message_is_lost() {
    for make in BOTH {
        // By a close, or because the senders go.
        for close in [false, true] {
            let (sender, mut first) = make(2);
            let mut second = first.clone();
            sender.try_send(1).unwrap();
            sender.try_send(2).unwrap();
            if close {
                assert!(sender.close());
                assert!(!sender.close() && !first.close());
                assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
                assert_eq!(sender.send(3).wait(), Err(SendError(3)));
            }
            drop(sender);
            for receiver in [&mut first, &mut second] {
                assert!(receiver.is_closed());
                assert_eq!(receiver.try_recv(), Ok(Ok(1)));
                assert_eq!(block_on(receiver.recv()), Some(Ok(2)));
                assert_eq!(block_on(receiver.recv()), None);
                assert_eq!(receiver.recv().wait(), None);
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
            }
            assert_eq!(first.new_sender().is_closed(), close);
        }
    }
}

#[test]
fn the_end_wakes_everybody() {
    for make in BOTH {
        for close in [false, true] {
            let (sender, receiver) = make(1);
            let probe = Probe::new();
            let mut receives: Vec<_> = (0..40)
                .map(|_| Box::pin(receiver.clone().recv_owned()))
                .collect();
            for receive in &mut receives {
                assert_pending(receive.as_mut(), &probe.waker());
            }
            let mut stream = receiver.clone();
            let waker = probe.waker();
            let mut context = Context::from_waker(&waker);
            let poll = Stream::poll_next(Pin::new(&mut stream), &mut context);
            assert_eq!(poll, Poll::Pending);
            let mut closed = Box::pin(sender.closed());
            if close {
                assert_pending(closed.as_mut(), &probe.waker());
                assert!(receiver.close());
                assert_eq!(probe.wakes(), 42);
                assert_ready(closed.as_mut(), &probe.waker());
            }
            drop(closed);
            drop(sender);
            assert_eq!(probe.wakes(), 41 + usize::from(close));
            for receive in &mut receives {
                assert_eq!(assert_ready(receive.as_mut(), &waker).0, None);
            }
            let poll = Stream::poll_next(Pin::new(&mut stream), &mut context);
            assert_eq!(poll, Poll::Ready(None));
        }
    }
}

#[test]
fn parked_sends_come_back() {
    let (sender, mut receiver) = broadcast::lossless(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut sends: Vec<_> = (1..=40)
        .map(|number| Box::pin(sender.send(number)))
        .collect();
    for send in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    assert!(receiver.close());
    assert_eq!(probe.wakes(), 40);
    for (send, number) in sends.iter_mut().zip(1..) {
        let sent = assert_ready(send.as_mut(), &probe.waker());
        assert_eq!(sent, Err(SendError(number)));
    }
    assert_eq!(receiver.try_recv(), Ok(Ok(0)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn sleeping_threads_hear_of_the_end() {
    watchdog("the end", Duration::from_secs(20), || {
        for close in [false, true] {
            let (sender, mut receiver) = broadcast::lossless::<i32>(1);
            let mut other = receiver.clone();
            let receiving = spawn_sleeper(move || receiver.recv().wait());
            receiving.wait_asleep();
            if close {
                sender.close();
            }
            drop(sender);
            assert_eq!(receiving.join(), None);
            assert_eq!(other.recv().wait(), None);
        }
    });
}

/// A11: whatever is made of a channel that has ended says so at its first operation.
#[test]
fn a11_whoever_comes_after_the_end_is_told() {
    for make in BOTH {
        for close in [false, true] {
            let (sender, receiver) = make(2);
            let pause = receiver.clone().deactivate();
            if close {
                sender.close();
                let mut late = [sender.subscribe(), sender.subscribe_from_oldest()];
                for receiver in &mut late {
                    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
                }
                let again = sender.clone();
                assert_eq!(again.try_send(1), Err(TrySendError::Closed(1)));
                block_on(again.closed());
                assert!(sender.downgrade().upgrade().unwrap().is_closed());
            }
            drop(sender);
            let late = [
                receiver.clone(),
                receiver.subscribe(),
                receiver.subscribe_from_oldest(),
                pause.subscribe(),
                pause.subscribe_from_oldest(),
            ];
            for mut receiver in late {
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
                assert_eq!(block_on(receiver.recv()), None);
                assert!(receiver.recv_ref().wait().is_none());
                assert!(receiver.is_closed());
                let timed = receiver.recv_owned().wait_timeout(Duration::ZERO);
                assert_eq!(timed.0, Err(RecvTimeoutError::Closed));
            }
        }
    }
}

/// A11: without receivers a channel is not closed, and says so.
#[test]
fn a11_without_receivers_a_channel_is_open() {
    for make in BOTH {
        let (sender, receiver) = make(1);
        drop(receiver);
        assert!(!sender.is_closed());
        let probe = Probe::new();
        assert_pending(pin!(sender.closed()), &probe.waker());
        for number in 1..=2 {
            let sent = assert_ready(pin!(sender.send(number)), &probe.waker());
            assert_eq!(sent, Ok(()));
        }
        let mut late = sender.subscribe_from_oldest();
        assert_eq!(late.try_recv(), Ok(Ok(2)));
        assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
    }
}
