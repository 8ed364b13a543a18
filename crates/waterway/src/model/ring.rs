//! The ring as a queue: two senders, one receiver, more messages than slots.

use std::sync::Arc;

use super::{Message, Model, Run};
use crate::mpsc;

/// Nobody waits. What is left is received at the end: nothing is lost, nothing is overtaken.
fn queue(run: &Run, capacity: usize, sends: [usize; 2], receives: usize) {
    // Positions wrap around on the way.
    let (sender, receiver) = mpsc::__starting_near_wrap::<Message>(Some(capacity));
    let sender = run.share(sender);
    for (count, first) in sends.into_iter().zip([10, 20]) {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            for number in first..first + count {
                run.try_send(&sender, number);
            }
        });
    }
    run.spawn_receiver(receiver, move |run, receiver| {
        for _ in 0..receives {
            run.try_recv(receiver);
        }
    });
    run.join();
    let received = run.received();
    for first in [10, 20] {
        let own = received.iter().filter(|number| **number / 10 == first / 10);
        assert!(own.is_sorted(), "{received:?}");
    }
}

#[test]
fn two_senders_one_slot() {
    Model::new("ring::two_senders_one_slot", 10000)
        .sees(&["sent", "full", "received", "empty"])
        .check(|run| queue(run, 1, [2, 1], 2));
}

#[test]
fn two_senders_two_slots() {
    Model::new("ring::two_senders_two_slots", 9000)
        .sees(&["sent", "full", "received", "empty"])
        .check(|run| queue(run, 2, [2, 1], 2));
}

#[test]
fn one_sender_wraps_twice() {
    Model::new("ring::one_sender_wraps_twice", 1000)
        .sees(&["sent", "full", "received", "empty"])
        .check(|run| queue(run, 1, [3, 0], 3));
}
