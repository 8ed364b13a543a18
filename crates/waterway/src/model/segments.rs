//! Segments as a queue. They are two messages long in a model.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started};
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
    Model::new("segments::two_senders", 50000)
        .sees(&["received", "empty"])
        .check(|run| queue(run, [2, 1], 2));
}

/// Both find the segment full: one installs the next, the other's is discarded.
#[test]
fn two_install() {
    Model::new("segments::two_install", 6000).check(|run| queue(run, [1, 1], 1));
}

/// Three segments, the last of which is the first one recycled.
#[test]
fn one_sender_recycles() {
    Model::new("segments::one_sender_recycles", 10000)
        .sees(&["received", "empty"])
        .check(|run| queue(run, [5, 0], 3));
}

/// A receive announces itself where no segment is linked yet, while a sender appends one: at the
/// very first message, or past the end of a segment that it has emptied. (With two senders:
/// `park::recv_and_two_in_segments`.)
fn recv_and_install(run: &Run, before: usize) {
    let (sender, mut receiver) = mpsc::unbounded::<Message>();
    for number in 0..before {
        run.try_send(&sender, number);
        run.try_recv(&mut receiver);
    }
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 10);
    let recv = Later::new();
    run.spawn({
        let recv = recv.clone();
        move |run| recv.leave(Started::new(run, receiver.recv_owned()))
    });
    run.join();
    let (found, mut receiver) = run.settle_recv(recv.take());
    assert!(found);
    assert!(run.try_recv(&mut receiver), "nobody closes");
    assert_eq!(run.received().len(), before + 1);
}

#[test]
fn recv_and_the_first() {
    Model::new("segments::recv_and_the_first", 300)
        .sees(&["told", "at once"])
        .check(|run| recv_and_install(run, 0));
}

#[test]
fn recv_and_the_next() {
    Model::new("segments::recv_and_the_next", 400)
        .sees(&["told", "at once"])
        .check(|run| recv_and_install(run, 2));
}

/// Two senders append one past the end that a receive has announced itself at: it is told by the
/// one whose message it is for.
#[test]
fn two_install_for_a_recv() {
    Model::new("segments::two_install_for_a_recv", 600)
        .sees(&["told"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::unbounded::<Message>();
            for number in 0..2 {
                run.try_send(&sender, number);
                run.try_recv(&mut receiver);
            }
            let sender = run.share(sender);
            let recv = Started::new(run, receiver.recv_owned());
            run.spawn_try_send(&sender, 10);
            run.spawn_try_send(&sender, 20);
            run.join();
            let (found, mut receiver) = run.settle_recv(recv);
            assert!(found);
            run.drain(&mut receiver);
            assert_eq!(run.received().len(), 4);
        });
}

/// The same with a receive that has announced itself before, and a thread for the rest.
#[test]
fn thread_waits_at_the_end() {
    Model::new("segments::thread_waits_at_the_end", 800)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::unbounded::<Message>();
            for number in 0..2 {
                run.try_send(&sender, number);
                run.try_recv(&mut receiver);
            }
            let sender = run.share(sender);
            run.spawn_try_send(&sender, 10);
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}
