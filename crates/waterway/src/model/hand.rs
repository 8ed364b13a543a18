//! The rendezvous: messages go from hand to hand, and a hand can be taken back.

use std::sync::Arc;
use std::time::Duration;

use super::{Later, Message, Model, Run, block_on};
use crate::error::{RecvTimeoutError, SendTimeoutError};
use crate::mpsc;

/// Two senders and a receiver, all threads.
#[test]
fn threads_meet() {
    Model::new("hand::threads_meet", 1)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            for number in [10, 20] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| {
                    let message = run.message(number);
                    run.wait(|| sender.send(message).wait()).unwrap();
                });
            }
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 2));
        });
}

/// A sender and a receiver, both tasks.
#[test]
fn tasks_meet() {
    Model::new("hand::tasks_meet", 1)
        .preemptions(3)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(1);
                    run.wait(|| block_on(sender.send(message))).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                let message = run.wait(|| block_on(receiver.recv()));
                run.receive(message.expect("nobody closes"));
            });
        });
}

/// A hand is taken back while a sender reaches for it: the message went, or it stayed.
fn hand_is_withdrawn(run: &Run, looks: u64) {
    let (sender, receiver) = mpsc::rendezvous::<Message>();
    let sender = run.share(sender);
    let sent = Later::new();
    run.spawn({
        let (sender, sent) = (Arc::clone(&sender), sent.clone());
        move |run| sent.leave(run.try_send(&sender, 1))
    });
    run.spawn_receiver(receiver, move |run, receiver| {
        let op = receiver.recv();
        match op.wait_timeout(Duration::from_nanos(looks)) {
            Ok(message) => {
                run.receive(message);
            }
            Err(RecvTimeoutError::Timeout) => run.saw("timeout"),
            Err(RecvTimeoutError::Closed) => unreachable!("nobody closes"),
        }
    });
    run.join();
    assert_eq!(run.received().len(), usize::from(sent.take()));
}

/// The clock runs out before the thread parks.
#[test]
fn hand_is_withdrawn_awake() {
    Model::new("hand::hand_is_withdrawn_awake", 1)
        .preemptions(3)
        .sees(&["sent", "full", "timeout"])
        .check(|run| hand_is_withdrawn(run, 0));
}

/// The clock runs out when the thread has parked.
#[test]
fn hand_is_withdrawn_parked() {
    Model::new("hand::hand_is_withdrawn_parked", 1)
        .preemptions(3)
        .sees(&["sent", "full", "timeout"])
        .check(|run| hand_is_withdrawn(run, 2));
}

/// A send gives up while a receiver reaches for its message.
#[test]
fn send_gives_up() {
    Model::new("hand::send_gives_up", 1)
        .preemptions(3)
        .sees(&["sent", "timeout", "received", "empty"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            let sent = Later::new();
            run.spawn({
                let (sender, sent) = (Arc::clone(&sender), sent.clone());
                move |run| {
                    let op = sender.send(run.message(1));
                    match op.wait_timeout(Duration::from_nanos(2)) {
                        Ok(()) => {
                            run.saw("sent");
                            sent.leave(true);
                        }
                        Err(SendTimeoutError::Timeout(message)) => {
                            assert_eq!(message.read(), 1);
                            run.saw("timeout");
                            sent.leave(false);
                        }
                        Err(SendTimeoutError::Closed(_)) => unreachable!("nobody closes"),
                    }
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                run.try_recv(receiver);
            });
            run.join();
            assert_eq!(run.received().len(), usize::from(sent.take()));
        });
}

/// Both give up.
#[test]
fn both_give_up() {
    Model::new("hand::both_give_up", 1)
        .sees(&["sent", "timeout"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            let sent = Later::new();
            run.spawn({
                let (sender, sent) = (Arc::clone(&sender), sent.clone());
                move |run| {
                    let op = sender.send(run.message(1));
                    let done = op.wait_timeout(Duration::from_nanos(2)).is_ok();
                    run.saw(if done { "sent" } else { "timeout" });
                    sent.leave(done);
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                if let Ok(message) = receiver.recv().wait_timeout(Duration::from_nanos(2)) {
                    run.receive(message);
                }
            });
            run.join();
            assert_eq!(run.received().len(), usize::from(sent.take()));
        });
}
