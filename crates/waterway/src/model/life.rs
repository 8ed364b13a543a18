//! Counts of handles, and who frees the channel.

use super::{Message, Model, Run};
use crate::mpsc;

/// A weak handle is upgraded while the last sender goes: it gets a sender, and the receiver its
/// message, or nothing.
#[test]
fn upgrade_and_last_drop() {
    Model::new("life::upgrade_and_last_drop", 1)
        .sees(&["upgraded", "too late", "parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            let weak = sender.downgrade();
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| match weak.upgrade() {
                Some(sender) => {
                    run.saw("upgraded");
                    assert!(run.try_send(&sender, 1));
                }
                None => run.saw("too late"),
            });
            run.spawn(move |run| {
                run.receive_all(&mut receiver);
                assert!(!run.try_recv(&mut receiver), "it came back");
            });
            run.join();
            // Sent is received: the end was not told before.
        });
}

/// A receiver makes a sender while the last other one goes.
#[test]
fn new_sender_and_last_drop() {
    Model::new("life::new_sender_and_last_drop", 1)
        .preemptions(3)
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| {
                let sender = receiver.new_sender();
                assert!(run.try_send(&sender, 1));
                run.try_recv(&mut receiver);
                assert_eq!(run.received(), [1]);
                drop(receiver);
                assert!(!run.try_send(&sender, 2), "nobody receives");
            });
        });
}

/// The handles go in different threads, with messages in the channel: the last of them frees it,
/// after everybody's last access.
fn handles_go(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let weak = sender.downgrade();
    run.spawn(move |run| {
        run.try_send(&sender, 1);
    });
    run.spawn(move |_| drop(weak));
    run.spawn(move |_| drop(receiver));
}

#[test]
fn handles_of_a_ring_go() {
    Model::new("life::handles_of_a_ring_go", 1)
        .sees(&["sent", "closed"])
        .check(|run| handles_go(run, Some(1)));
}

#[test]
fn handles_of_segments_go() {
    Model::new("life::handles_of_segments_go", 1)
        .sees(&["sent", "closed"])
        .check(|run| handles_go(run, None));
}

#[test]
fn handles_of_a_rendezvous_go() {
    Model::new("life::handles_of_a_rendezvous_go", 1)
        .sees(&["full", "closed"])
        .check(|run| handles_go(run, Some(0)));
}
