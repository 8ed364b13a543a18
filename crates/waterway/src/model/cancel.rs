//! Cancel racing wake: what reached an operation on its way out reaches the next.

use std::pin::pin;
use std::task::Waker;

use super::{Later, Message, Model, Run, Started, block_on, poll};
use crate::error::Delivered;
use crate::mpsc;

/// A parked send is cancelled while a slot becomes free; another send waits behind it.
#[test]
fn send() {
    Model::new("cancel::send", 40)
        .sees(&["given back", "delivered", "told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let mut first = run.start_send(&sender, 1);
            let second = run.start_send(&sender, 2);
            let delivered = Later::new();
            run.spawn({
                let delivered = delivered.clone();
                move |run| match first.op.as_mut().cancel() {
                    (Ok(message), _) => {
                        assert_eq!(message.read(), 1);
                        run.saw("given back");
                        delivered.leave(false);
                    }
                    (Err(Delivered), _) => {
                        run.saw("delivered");
                        delivered.leave(true);
                    }
                }
            });
            let left = Later::new();
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            run.join();
            let mut receiver = left.take();
            if delivered.take() {
                run.try_recv(&mut receiver);
            }
            assert_eq!(run.settle_send(second, 2), Some(true));
            run.drain(&mut receiver);
        });
}

/// A batch is cancelled while its messages are taken one by one: what was not taken comes back.
#[test]
fn send_many() {
    Model::new("cancel::send_many", 2000)
        .sees(&["0 sent", "1 sent", "2 sent", "at once"])
        .check(|run| {
            // Boxed, so that more than one fits into the batch.
            let (sender, mut receiver) = mpsc::bounded::<Box<Message>>(1);
            let first = Box::new(run.message(0));
            assert!(sender.try_send(first).is_ok());
            let sender = run.share(sender);
            let sent = Later::new();
            run.spawn({
                let sent = sent.clone();
                move |run| {
                    let messages = [1, 2].map(|number| Box::new(run.message(number)));
                    let mut op = pin!(sender.send_many(messages));
                    if poll(op.as_mut(), Waker::noop()).is_ready() {
                        run.saw("at once");
                        return sent.leave(2);
                    }
                    let unsent = op.as_mut().cancel();
                    let rest: Vec<_> = unsent.rest.map(|message| message.read()).collect();
                    assert_eq!(rest, [1, 2][unsent.sent..]);
                    run.saw(["0 sent", "1 sent", "2 sent"][unsent.sent]);
                    sent.leave(unsent.sent);
                }
            });
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    for _ in 0..2 {
                        if let Ok(message) = receiver.try_recv() {
                            run.receive(*message);
                        }
                    }
                    left.leave(receiver);
                }
            });
            run.join();
            for message in left.take().try_iter() {
                run.receive(*message);
            }
            assert_eq!(run.received(), [0, 1, 2][..=sent.take()]);
        });
}

/// A reservation is dropped while it is told that there is room; another waits behind it.
#[test]
fn reserve() {
    Model::new("cancel::reserve", 30)
        .sees(&["was told", "was not told", "told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let first = Started::new(run, (*sender).clone().reserve_owned());
            let second = Started::new(run, (*sender).clone().reserve_owned());
            run.spawn(move |run| {
                let bell = std::sync::Arc::clone(&first.bell);
                drop(first);
                let rings = bell.rings.load(std::sync::atomic::Ordering::Relaxed);
                run.saw(if rings > 0 {
                    "was told"
                } else {
                    "was not told"
                });
            });
            let left = Later::new();
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            run.join();
            // Before the receiver goes, of which it is told as well.
            assert!(second.settle(run).is_some(), "the room is for the second");
            drop(left.take());
        });
}

/// A receive is cancelled while its message comes: the message stays, and the next receive gets it.
fn recv(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    let mut first = Started::new(run, receiver.recv_owned());
    run.spawn(move |run| {
        let message = run.message(1);
        block_on(sender.send(message)).unwrap();
    });
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            let mut receiver = first.op.as_mut().cancel();
            run.saw(if first.is_told() {
                "was told"
            } else {
                "was not told"
            });
            let message = run.wait(|| block_on(receiver.recv()));
            run.receive(message.expect("nobody closes"));
            left.leave(receiver);
        }
    });
    run.join();
    drop(left.take());
}

#[test]
fn recv_in_a_ring() {
    Model::new("cancel::recv_in_a_ring", 800)
        .sees(&["was told", "was not told", "parked", "awake"])
        .check(|run| recv(run, Some(1)));
}

#[test]
fn recv_in_segments() {
    Model::new("cancel::recv_in_segments", 600)
        .sees(&["was told", "was not told", "parked", "awake"])
        .check(|run| recv(run, None));
}

#[test]
fn recv_at_a_rendezvous() {
    Model::new("cancel::recv_at_a_rendezvous", 100)
        .sees(&["was told", "was not told", "parked", "awake"])
        .check(|run| recv(run, Some(0)));
}
