//! Cancel racing wake: what reached an operation on its way out reaches the next.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::{Bell, Message, Model, Run, block_on, poll};
use crate::error::Delivered;
use crate::mpsc;

/// A parked send is cancelled while a slot becomes free; another send waits behind it.
#[test]
fn send() {
    Model::new("cancel::send", 1)
        .sees(&["given back", "delivered", "at once", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let bell = Waker::from(Bell::new());
                    let mut op = pin!(sender.send(run.message(10)));
                    match poll(op.as_mut(), &bell) {
                        Poll::Ready(sent) => {
                            sent.unwrap();
                            run.saw("at once");
                        }
                        Poll::Pending => match op.as_mut().cancel() {
                            Ok(message) => {
                                assert_eq!(message.read(), 10);
                                run.saw("given back");
                            }
                            Err(Delivered) => run.saw("delivered"),
                        },
                    }
                }
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(20);
                    run.wait(|| block_on(sender.send(message))).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                for _ in 0..2 {
                    run.receive(block_on(receiver.recv()).expect("nobody closes"));
                }
            });
            run.join();
            let received = run.received();
            assert!(received.contains(&20), "{received:?}");
        });
}

/// A reservation is dropped while it is told that there is room; another waits behind it.
#[test]
fn reserve() {
    Model::new("cancel::reserve", 1)
        .sees(&["told", "not told", "at once", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let bell = Bell::new();
                    let waker = Waker::from(Arc::clone(&bell));
                    let mut op = pin!(sender.reserve());
                    match poll(op.as_mut(), &waker) {
                        Poll::Ready(permit) => {
                            drop(permit.unwrap());
                            run.saw("at once");
                        }
                        Poll::Pending => {
                            op.as_mut().cancel();
                            run.saw(if bell.rings() > 0 { "told" } else { "not told" });
                        }
                    }
                }
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let permit = run.wait(|| block_on(sender.reserve())).unwrap();
                    permit
                        .send(run.message(20))
                        .unwrap_or_else(|_| unreachable!());
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                for _ in 0..2 {
                    run.receive(block_on(receiver.recv()).expect("nobody closes"));
                }
            });
            run.join();
            assert_eq!(run.received(), [0, 20]);
        });
}

/// A receive is dropped while its message comes: the message stays.
fn recv(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    run.spawn({
        let sender = Arc::clone(&sender);
        move |run| {
            let message = run.message(1);
            sender.send(message).wait().unwrap();
        }
    });
    run.spawn_receiver(receiver, |run, receiver| {
        let bell = Bell::new();
        let waker = Waker::from(Arc::clone(&bell));
        {
            let mut op = pin!(receiver.recv());
            if let Poll::Ready(message) = poll(op.as_mut(), &waker) {
                run.receive(message.expect("nobody closes"));
                run.saw("at once");
                return;
            }
        }
        run.saw(if bell.rings() > 0 { "told" } else { "not told" });
        run.receive_some(receiver, 1);
    });
}

#[test]
fn recv_in_a_ring() {
    Model::new("cancel::recv_in_a_ring", 1)
        .preemptions(3)
        .sees(&["told", "not told", "at once", "parked", "awake"])
        .check(|run| recv(run, Some(1)));
}

#[test]
fn recv_in_segments() {
    Model::new("cancel::recv_in_segments", 1)
        .preemptions(3)
        .sees(&["told", "not told", "at once", "parked", "awake"])
        .check(|run| recv(run, None));
}

#[test]
fn recv_at_a_rendezvous() {
    Model::new("cancel::recv_at_a_rendezvous", 1)
        .preemptions(3)
        .sees(&["told", "not told", "at once", "parked", "awake"])
        .check(|run| recv(run, Some(0)));
}
