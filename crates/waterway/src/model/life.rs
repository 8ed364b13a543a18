//! Counts of handles, and who frees the channel.

use super::{Message, Model, Run, Started};
use crate::mpsc;

/// A weak handle is upgraded while the last sender goes: it gets a sender, and the receiver its
/// message, or nothing.
#[test]
fn upgrade_and_last_drop() {
    Model::new("life::upgrade_and_last_drop", 20)
        .sees(&["upgraded", "too late", "told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let weak = sender.downgrade();
            let recv = Started::new(run, receiver.recv_owned());
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| match weak.upgrade() {
                Some(sender) => {
                    run.saw("upgraded");
                    assert!(run.try_send(&sender, 1));
                }
                None => run.saw("too late"),
            });
            run.join();
            let (found, mut receiver) = run.settle_recv(recv);
            // The end was not told before a message that was sent.
            assert!(found || !run.try_recv(&mut receiver));
        });
}

/// Two weak handles are upgraded while the last sender goes.
#[test]
fn two_upgrades_and_last_drop() {
    Model::new("life::two_upgrades_and_last_drop", 1000)
        .sees(&["upgraded", "too late"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let receiver = run.share(receiver);
            for weak in [sender.downgrade(), sender.downgrade()] {
                run.spawn(move |run| match weak.upgrade() {
                    Some(_sender) => run.saw("upgraded"),
                    None => run.saw("too late"),
                });
            }
            run.spawn(move |_| drop(sender));
            run.join();
            assert_eq!((receiver.sender_count(), receiver.weak_count()), (0, 0));
        });
}

/// A receiver makes a sender while the last other one goes.
#[test]
fn new_sender_and_last_drop() {
    Model::new("life::new_sender_and_last_drop", 20)
        .sees(&["received", "closed"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| {
                let sender = receiver.new_sender();
                assert!(run.try_send(&sender, 1));
                run.try_recv(&mut receiver);
                drop(receiver);
                assert!(!run.try_send(&sender, 2), "nobody receives");
            });
            run.join();
            assert_eq!(run.received(), [1]);
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
    Model::new("life::handles_of_a_ring_go", 800)
        .sees(&["sent", "closed"])
        .check(|run| handles_go(run, Some(1)));
}

#[test]
fn handles_of_segments_go() {
    Model::new("life::handles_of_segments_go", 1000)
        .sees(&["sent", "closed"])
        .check(|run| handles_go(run, None));
}

#[test]
fn handles_of_a_rendezvous_go() {
    Model::new("life::handles_of_a_rendezvous_go", 300)
        .sees(&["full", "closed"])
        .check(|run| handles_go(run, Some(0)));
}
