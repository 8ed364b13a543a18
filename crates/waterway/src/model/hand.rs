//! The rendezvous: messages go from hand to hand, and a hand can be taken back.

use std::sync::Arc;
use std::time::Duration;

use super::{Later, Message, Model, Run, block_on};
use crate::error::{RecvTimeoutError, SendTimeoutError};
use crate::mpsc;

/// So many looks at the clock, and it has run out: none, before the thread parks; two, after it.
const AWAKE: Duration = Duration::ZERO;
const PARKED: Duration = Duration::from_nanos(1);

/// A sender and a receiver, both threads.
#[test]
fn threads_meet() {
    Model::new("hand::threads_meet", 1000)
        .yields()
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            run.spawn(move |run| {
                let message = run.message(1);
                run.wait(|| sender.send(message).wait()).unwrap();
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}

/// A sender and a receiver, both tasks.
#[test]
fn tasks_meet() {
    Model::new("hand::tasks_meet", 50)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            run.spawn(move |run| {
                let message = run.message(1);
                run.wait(|| block_on(sender.send(message))).unwrap();
            });
            run.spawn_receiver(receiver, |run, receiver| {
                let message = run.wait(|| block_on(receiver.recv()));
                run.receive(message.expect("nobody closes"));
            });
        });
}

/// Two sends start while a thread receives: it gets one of them, the other waits for it.
#[test]
fn two_sends_and_a_thread() {
    Model::new("hand::two_sends_and_a_thread", 1000)
        .sees(&["parked", "awake", "told", "not ready"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            let sends = [1, 2].map(|number| {
                let (sender, send) = (Arc::clone(&sender), Later::new());
                run.spawn({
                    let send = send.clone();
                    move |run| send.leave(run.start_send(&sender, number))
                });
                send
            });
            let left = Later::new();
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    run.receive_some(&mut receiver, 1);
                    left.leave(receiver);
                }
            });
            run.join();
            let sent = [1, 2].map(|number| run.settle_send(sends[number - 1].take(), number));
            assert!(
                sent == [Some(true), None] || sent == [None, Some(true)],
                "{sent:?}"
            );
            assert_eq!(run.received(), [if sent[0].is_some() { 1 } else { 2 }]);
        });
}

/// One who only tries puts its message into a hand that is out, and the thread comes for it.
#[test]
fn try_send_and_a_thread() {
    Model::new("hand::try_send_and_a_thread", 200)
        .sees(&["sent", "full", "parked"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            run.spawn(move |run| {
                if !run.try_send(&sender, 1) {
                    let message = run.message(2);
                    block_on(sender.send(message)).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}

/// A hand is taken back while a sender reaches for it: the message went, or it stayed.
fn hand_is_withdrawn(run: &Run, patience: Duration) {
    let (sender, receiver) = mpsc::rendezvous::<Message>();
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 1);
    run.spawn_try_send(&sender, 2);
    run.spawn_receiver(receiver, move |run, receiver| {
        match receiver.recv().wait_timeout(patience) {
            Ok(message) => {
                run.receive(message);
            }
            Err(RecvTimeoutError::Timeout) => run.saw("timeout"),
            Err(RecvTimeoutError::Closed) => unreachable!("nobody closes"),
        }
    });
}

#[test]
fn hand_is_withdrawn_awake() {
    Model::new("hand::hand_is_withdrawn_awake", 200)
        .sees(&["sent", "full", "timeout"])
        .check(|run| hand_is_withdrawn(run, AWAKE));
}

#[test]
fn hand_is_withdrawn_parked() {
    Model::new("hand::hand_is_withdrawn_parked", 600)
        .sees(&["sent", "full", "timeout"])
        .check(|run| hand_is_withdrawn(run, PARKED));
}

/// A send gives up while a receiver reaches for its message.
fn send_gives_up(run: &Run, patience: Duration) {
    let (sender, receiver) = mpsc::rendezvous::<Message>();
    let sender = run.share(sender);
    let sent = Later::new();
    run.spawn({
        let sent = sent.clone();
        move |run| match sender.send(run.message(1)).wait_timeout(patience) {
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
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
    });
    run.join();
    assert_eq!(run.received().len(), usize::from(sent.take()));
}

#[test]
fn send_gives_up_awake() {
    Model::new("hand::send_gives_up_awake", 100)
        .sees(&["sent", "timeout", "received", "empty"])
        .check(|run| send_gives_up(run, AWAKE));
}

#[test]
fn send_gives_up_parked() {
    Model::new("hand::send_gives_up_parked", 200)
        .sees(&["sent", "timeout", "received", "empty"])
        .check(|run| send_gives_up(run, PARKED));
}

/// Both give up.
#[test]
fn both_give_up() {
    Model::new("hand::both_give_up", 1000)
        .sees(&["sent", "timeout"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            let sent = Later::new();
            run.spawn({
                let sent = sent.clone();
                move |run| {
                    let done = sender.send(run.message(1)).wait_timeout(PARKED).is_ok();
                    run.saw(if done { "sent" } else { "timeout" });
                    sent.leave(done);
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                if let Ok(message) = receiver.recv().wait_timeout(PARKED) {
                    run.receive(message);
                }
            });
            run.join();
            assert_eq!(run.received().len(), usize::from(sent.take()));
        });
}

/// A thread whose hand is out is told of the end.
#[test]
fn hand_and_last_sender() {
    Model::new("hand::hand_and_last_sender", 40)
        .sees(&["sent", "full", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sent = Later::new();
            run.spawn({
                let sent = sent.clone();
                move |run| sent.leave(run.try_send(&sender, 1))
            });
            run.spawn_receiver(receiver, Run::receive_all);
            run.join();
            assert_eq!(run.received().len(), usize::from(sent.take()));
        });
}

/// A peek pulls the message out of a send that waits or gives up.
#[test]
fn peek_and_send() {
    Model::new("hand::peek_and_send", 100)
        .sees(&["seen", "nothing to see", "sent", "timeout"])
        .check(|run| {
            let (sender, receiver) = mpsc::rendezvous::<Message>();
            let sender = run.share(sender);
            run.spawn(move |run| {
                let done = sender.send(run.message(1)).wait_timeout(PARKED).is_ok();
                run.saw(if done { "sent" } else { "timeout" });
            });
            run.spawn_receiver(receiver, |run, receiver| {
                if receiver.try_peek().map(Message::read).is_ok() {
                    run.saw("seen");
                    run.try_recv(receiver);
                    assert_eq!(run.received(), [1]);
                } else {
                    run.saw("nothing to see");
                }
            });
        });
}
