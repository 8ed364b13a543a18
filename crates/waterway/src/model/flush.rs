//! Flush: told when the head has passed, by whoever moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::{Later, Message, Model, Run, Started, block_on, poll};
use crate::mpsc;
use crate::sync::thread_waker;

/// The receiver takes the message that a flush waits for.
fn flush_and_recv(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    run.try_send(&sender, 0);
    let sender = run.share(sender);
    // No part of the model: it orders nothing.
    let begun = Arc::new(AtomicBool::new(false));
    run.spawn({
        let sender = Arc::clone(&sender);
        let begun = Arc::clone(&begun);
        move |run| {
            run.wait(|| sender.flush().wait()).unwrap();
            assert!(begun.load(Relaxed), "flushed before it was received");
        }
    });
    run.spawn_receiver(receiver, move |run, receiver| {
        begun.store(true, Relaxed);
        run.try_recv(receiver);
    });
}

#[test]
fn recv_from_a_ring() {
    Model::new("flush::recv_from_a_ring", 100)
        .sees(&["parked", "awake"])
        .check(|run| flush_and_recv(run, Some(1)));
}

#[test]
fn recv_from_segments() {
    Model::new("flush::recv_from_segments", 90)
        .sees(&["parked", "awake"])
        .check(|run| flush_and_recv(run, None));
}

/// Two flushes wait for different messages, the farther one first or last.
fn two_flushes(run: &Run, farther_first: bool) {
    let (sender, receiver) = mpsc::bounded::<Message>(2);
    run.try_send(&sender, 0);
    let sender = run.share(sender);
    run.spawn(move |run| {
        let near = sender.flush();
        run.try_send(&sender, 1);
        let far = sender.flush();
        let (first, second) = if farther_first {
            (far, near)
        } else {
            (near, far)
        };
        let mut first = Box::pin(first);
        if poll(first.as_mut(), &thread_waker()).is_pending() {
            run.saw("pending");
            run.wait(|| block_on(second)).unwrap();
            block_on(first).unwrap();
        } else {
            run.wait(|| block_on(second)).unwrap();
        }
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
        run.receive_some(receiver, 1);
    });
}

#[test]
fn two_flushes_in_order() {
    Model::new("flush::two_flushes_in_order", 1000)
        .sees(&["pending", "parked", "awake"])
        .check(|run| two_flushes(run, false));
}

#[test]
fn two_flushes_out_of_order() {
    Model::new("flush::two_flushes_out_of_order", 2000)
        .sees(&["pending", "parked", "awake"])
        .check(|run| two_flushes(run, true));
}

/// The receiver takes the message that the nearer of two flushes waits for, and no more.
fn nearer_of_two(run: &Run, farther_first: bool) {
    let (sender, receiver) = mpsc::bounded::<Message>(2);
    run.try_send(&sender, 0);
    let sender = run.share(sender);
    run.spawn(move |run| {
        let mut near = Box::pin(sender.flush());
        run.try_send(&sender, 1);
        let mut far = Box::pin(sender.flush());
        let waker = thread_waker();
        if farther_first {
            assert!(poll(far.as_mut(), &waker).is_pending());
        } else if poll(near.as_mut(), &waker).is_pending() {
            run.saw("pending");
            assert!(poll(far.as_mut(), &waker).is_pending());
        } else {
            return;
        }
        run.wait(|| block_on(near)).unwrap();
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
    });
}

#[test]
fn nearer_of_two_in_order() {
    Model::new("flush::nearer_of_two_in_order", 400)
        .sees(&["pending", "parked", "awake"])
        .check(|run| nearer_of_two(run, false));
}

#[test]
fn nearer_of_two_out_of_order() {
    Model::new("flush::nearer_of_two_out_of_order", 100)
        .sees(&["parked", "awake"])
        .check(|run| nearer_of_two(run, true));
}

/// A peek takes the message out of its slot, but it is not received yet.
#[test]
fn peek() {
    Model::new("flush::peek", 5000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            // No part of the model: it orders nothing.
            let begun = Arc::new(AtomicBool::new(false));
            run.spawn({
                let (sender, begun) = (Arc::clone(&sender), Arc::clone(&begun));
                move |run| {
                    run.wait(|| sender.flush().wait()).unwrap();
                    assert!(begun.load(Relaxed), "flushed before it was received");
                }
            });
            run.spawn_receiver(receiver, move |run, receiver| {
                assert_eq!(receiver.try_peek().map(Message::read), Ok(0));
                begun.store(true, Relaxed);
                run.try_recv(receiver);
            });
        });
}

/// The message is displaced. A flush that comes later waits for the one that displaced it.
#[test]
fn displaced() {
    Model::new("flush::displaced", 4000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| run.wait(|| block_on(sender.flush())).unwrap()
            });
            run.spawn_receiver(receiver, move |run, receiver| {
                let oldest = sender.force_send(run.message(1)).ok().flatten();
                run.receive(oldest.expect("it was full"));
                run.try_recv(receiver);
            });
            run.join();
            assert_eq!(run.received(), [0, 1]);
        });
}

/// The message is displaced or received: a flush that waits for it is told, whoever takes it.
#[test]
fn displaced_or_received() {
    Model::new("flush::displaced_or_received", 1000)
        .sees(&["received", "told"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let flush = Started::new(run, {
                let sender = Arc::clone(&sender);
                async move { sender.flush().await }
            });
            run.spawn(move |run| {
                let message = run.message(1);
                if let Ok(Some(oldest)) = sender.force_send(message) {
                    assert_eq!(oldest.read(), 0);
                    run.saw("displaced");
                }
            });
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            run.join();
            let flushed = flush.settle(run).expect("its message was taken");
            flushed.expect("the receiver is there");
            drop(left.take());
        });
}

/// The receiver goes before, after or while it takes the message.
#[test]
fn receiver_goes() {
    Model::new("flush::receiver_goes", 2000)
        .sees(&["flushed", "lost", "parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let flushed = Later::new();
            run.spawn({
                let (sender, flushed) = (Arc::clone(&sender), flushed.clone());
                move |run| {
                    let sent = run.try_send(&sender, 1);
                    if run.wait(|| sender.flush().wait()).is_ok() {
                        flushed.leave(Some(usize::from(sent)));
                        run.saw("flushed");
                    } else {
                        flushed.leave(None);
                        run.saw("lost");
                    }
                }
            });
            run.spawn(move |run| {
                for _ in 0..2 {
                    run.try_recv(&mut receiver);
                }
            });
            run.join();
            if let Some(last) = flushed.take() {
                assert!(run.received().contains(&last), "flushed but not received");
            }
        });
}
