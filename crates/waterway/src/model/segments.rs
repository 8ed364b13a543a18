//! Segments as a queue. They are two messages long in a model.

use std::sync::Arc;

use super::{Message, Model, Run};
use crate::mpsc;

/// Nobody waits. What is left is received at the end: nothing is lost, nothing is overtaken.
fn queue(run: &Run, sends: [usize; 2], receives: usize) {
    let (sender, receiver) = mpsc::unbounded::<Message>();
    let sender = run.share(sender);
    for (count, first) in sends.into_iter().zip([10, 20]) {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            for number in first..first + count {
                assert!(run.try_send(&sender, number));
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
    assert_eq!(received.len(), sends[0] + sends[1]);
    for first in [10, 20] {
        let own = received.iter().filter(|number| **number / 10 == first / 10);
        assert!(own.is_sorted(), "{received:?}");
    }
}

#[test]
fn two_senders() {
    Model::new("segments::two_senders", 1)
        .sees(&["received", "empty"])
        .check(|run| queue(run, [2, 1], 2));
}

/// Both find the segment full: one installs the next, the other's is discarded.
#[test]
fn two_install() {
    Model::new("segments::two_install", 1).check(|run| queue(run, [1, 1], 1));
}

/// Three segments, the last of which is the first one recycled.
#[test]
fn one_sender_recycles() {
    Model::new("segments::one_sender_recycles", 1)
        .preemptions(3)
        .sees(&["received", "empty"])
        .check(|run| queue(run, [5, 0], 3));
}

/// A receiver that waits where no segment is linked yet: at the very first message, or past the
/// end of a segment that it has emptied.
fn waits_for_a_segment(run: &Run, before: usize) {
    let (sender, mut receiver) = mpsc::unbounded::<Message>();
    for number in 0..before {
        run.try_send(&sender, number);
        run.try_recv(&mut receiver);
    }
    let sender = run.share(sender);
    for number in [10, 20] {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            run.try_send(&sender, number);
        });
    }
    run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
}

#[test]
fn waits_for_the_first_segment() {
    Model::new("segments::waits_for_the_first_segment", 1)
        .sees(&["parked", "awake"])
        .check(|run| waits_for_a_segment(run, 0));
}

#[test]
fn waits_for_the_next_segment() {
    Model::new("segments::waits_for_the_next_segment", 1)
        .sees(&["parked", "awake"])
        .check(|run| waits_for_a_segment(run, 2));
}
