//! Announce and park: a waiter is told, or sees for itself.

use std::sync::Arc;

use super::{Message, Model, Run, block_on};
use crate::mpsc;

/// Two senders publish in any order, the receiver waits for each message in its turn: the sender
/// that it waits for may have claimed its slot long before the receiver came.
fn receiver_waits_for_two(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    for number in [10, 20] {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            assert!(run.try_send(&sender, number));
        });
    }
    run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 2));
}

#[test]
fn receiver_waits_for_two_in_a_ring() {
    Model::new("park::receiver_waits_for_two_in_a_ring", 1)
        .sees(&["parked", "awake"])
        .check(|run| receiver_waits_for_two(run, Some(2)));
}

#[test]
fn receiver_waits_for_two_in_segments() {
    Model::new("park::receiver_waits_for_two_in_segments", 1)
        .sees(&["parked", "awake"])
        .check(|run| receiver_waits_for_two(run, None));
}

/// The receiver is a task.
#[test]
fn task_waits() {
    Model::new("park::task_waits", 1)
        .preemptions(3)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    assert!(run.try_send(&sender, 1));
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                let message = run.wait(|| block_on(receiver.recv()));
                run.receive(message.expect("nobody closes"));
            });
        });
}

/// A sender waits for the slot that the receiver frees.
#[test]
fn sender_waits() {
    Model::new("park::sender_waits", 1)
        .preemptions(3)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(1);
                    run.wait(|| sender.send(message).wait()).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                run.try_recv(receiver);
            });
            run.join();
            assert_eq!(run.received(), [0, 1]);
        });
}

/// Two senders that are tasks wait for slots, and the receiver waits for their messages.
#[test]
fn two_tasks_send() {
    Model::new("park::two_tasks_send", 1)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            for number in [10, 20] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| {
                    let message = run.message(number);
                    run.wait(|| block_on(sender.send(message))).unwrap();
                });
            }
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 3));
        });
}

/// The messages of one sender, one at a time through one slot, both ends waiting.
#[test]
fn both_wait() {
    Model::new("park::both_wait", 1)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let messages = vec![run.message(0), run.message(1), run.message(2)];
                    let sent = run.wait(|| sender.send_many(messages).wait());
                    assert_eq!(sent.unwrap(), 3);
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 3));
            run.join();
            assert_eq!(run.received(), [0, 1, 2]);
        });
}
