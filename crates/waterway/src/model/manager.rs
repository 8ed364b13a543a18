//! Managers: a receiver goes, the next comes, and messages stay.

use super::{Later, Message, Model, Receiver, Run, Sender, Started};
use crate::error::ReceiverConnected;
use crate::mpsc;

type Manager = mpsc::Manager<Message>;

fn managed(capacity: Option<usize>) -> (Manager, Sender, Receiver) {
    match capacity {
        Some(capacity) => mpsc::managed(capacity),
        None => mpsc::managed_unbounded(),
    }
}

/// The next receiver, if the last one is gone by now.
fn reconnect(run: &Run, manager: &Manager) -> Option<Receiver> {
    match manager.new_receiver() {
        Ok(receiver) => {
            run.saw("reconnected");
            Some(receiver)
        }
        Err(ReceiverConnected) => {
            run.saw("connected");
            None
        }
    }
}

/// A receiver goes that has looked at a message under a lease, while the manager makes the next one and a
/// sender sends: the message comes first at the next.
fn lease_goes_on(run: &Run, capacity: Option<usize>) {
    let (manager, sender, mut receiver) = managed(capacity);
    let sender = run.share(sender);
    let parked = if capacity == Some(0) {
        Some(run.start_send(&sender, 1))
    } else {
        assert!(run.try_send(&sender, 1));
        None
    };
    run.spawn(move |_| {
        let lease = receiver.try_recv_leased().expect("it is there");
        assert_eq!(lease.read(), 1);
        lease.release();
        drop(receiver);
    });
    run.spawn_try_send(&sender, 2);
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            let mut receiver = reconnect(run, &manager);
            if let Some(receiver) = &mut receiver {
                run.try_recv(receiver);
                assert_eq!(run.received(), [1], "what was leased comes first");
            }
            left.leave((manager, receiver));
        }
    });
    run.join();
    let (manager, receiver) = left.take();
    let receiver = receiver.or_else(|| manager.new_receiver().ok());
    run.drain(&mut receiver.expect("nobody else receives"));
    assert_eq!(run.received()[0], 1);
    if let Some(parked) = parked {
        assert_eq!(run.settle_send(parked, 1), Some(true));
    }
}

#[test]
fn lease_goes_on_in_a_ring() {
    Model::new("manager::lease_goes_on_in_a_ring", 5000)
        .sees(&["reconnected", "connected", "sent", "full"])
        .check(|run| lease_goes_on(run, Some(1)));
}

#[test]
fn lease_goes_on_in_segments() {
    Model::new("manager::lease_goes_on_in_segments", 100)
        .sees(&["reconnected", "connected", "sent"])
        .check(|run| lease_goes_on(run, None));
}

#[test]
fn lease_goes_on_at_a_rendezvous() {
    Model::new("manager::lease_goes_on_at_a_rendezvous", 1000)
        .sees(&["reconnected", "connected", "pending", "told"])
        .check(|run| lease_goes_on(run, Some(0)));
}

/// A receiver goes, and the next comes, while a send is parked: it is served by the next, and in order.
#[test]
fn parked_send_waits_for_the_next() {
    Model::new("manager::parked_send_waits_for_the_next", 100)
        .sees(&["reconnected", "connected", "told", "full"])
        .check(|run| {
            let (manager, sender, mut receiver) = managed(Some(1));
            assert!(run.try_send(&sender, 0));
            let sender = run.share(sender);
            let parked = run.start_send(&sender, 1);
            run.spawn(move |run| {
                run.try_recv(&mut receiver);
                drop(receiver);
            });
            run.spawn_try_send(&sender, 2);
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    let mut receiver = reconnect(run, &manager);
                    if let Some(receiver) = &mut receiver {
                        run.try_recv(receiver);
                    }
                    left.leave((manager, receiver));
                }
            });
            run.join();
            let (manager, receiver) = left.take();
            let receiver = receiver.or_else(|| manager.new_receiver().ok());
            run.drain(&mut receiver.expect("nobody else receives"));
            assert_eq!(run.received()[..2], [0, 1]);
            assert_eq!(run.settle_send(parked, 1), Some(true));
        });
}

/// A receiver goes that waits in a task, and the next one waits in another, while a sender is still about to wake
/// the first: the next is told of what it has not seen.
#[test]
fn next_receiver_waits_beside_a_wake() {
    Model::new("manager::next_receiver_waits_beside_a_wake", 2000)
        .sees(&["received", "empty", "told", "at once"])
        .check(|run| {
            let (manager, sender, receiver) = managed(Some(2));
            let sender = run.share(sender);
            let first = Started::new(run, receiver.recv_owned());
            run.spawn_try_send(&sender, 1);
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    drop(first);
                    let mut receiver = manager.new_receiver().expect("there is none");
                    run.try_recv(&mut receiver);
                    left.leave(Started::new(run, receiver.recv_owned()));
                    run.try_send(&sender, 2);
                }
            });
            run.join();
            let (found, mut receiver) = run.settle_recv(left.take());
            assert!(found, "there are two");
            run.drain(&mut receiver);
            assert_eq!(run.received().len(), 2);
        });
}

/// Two threads ask for the next receiver: one gets it.
#[test]
fn one_of_two_is_connected() {
    Model::new("manager::one_of_two_is_connected", 10)
        .sees(&["reconnected", "connected"])
        .check(|run| {
            let (manager, sender, receiver) = managed(Some(1));
            drop((sender, receiver));
            let manager = run.share(manager);
            for _ in 0..2 {
                let manager = std::sync::Arc::clone(&manager);
                run.spawn(move |run| {
                    if let Some(receiver) = reconnect(run, &manager) {
                        assert_eq!(receiver.receiver_count(), 1, "it is the only one");
                        assert!(manager.new_receiver().is_err(), "it is there");
                    }
                });
            }
        });
}

/// The last sender goes while the manager makes a receiver, which waits: it is told of the end.
#[test]
fn last_sender_goes_beside_a_new_receiver() {
    Model::new("manager::last_sender_goes_beside_a_new_receiver", 5000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (manager, sender, receiver) = managed(Some(1));
            drop(receiver);
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| {
                let mut receiver = manager.new_receiver().expect("there is none");
                let found = run.wait(|| receiver.recv().wait());
                assert!(found.is_none(), "nothing was sent");
            });
        });
}

/// The receiver and the manager go in different threads, beside a send: whoever goes last drops what is in the
/// channel, at once, and gives a parked send its message back.
fn both_go(run: &Run, capacity: Option<usize>) {
    let (manager, sender, receiver) = managed(capacity);
    let sender = run.share(sender);
    let parked = (capacity.is_some()).then(|| {
        if capacity != Some(0) {
            assert!(run.try_send(&sender, 1));
        }
        run.start_send(&sender, 2)
    });
    run.spawn(move |_| drop(receiver));
    run.spawn(move |_| drop(manager));
    run.spawn_try_send(&sender, 3);
    run.join();
    assert!(sender.is_closed(), "nobody receives");
    if let Some(parked) = parked {
        assert_eq!(run.settle_send(parked, 2), Some(false));
    }
    // While the sender lives.
    run.settle();
}

#[test]
fn both_go_in_a_ring() {
    Model::new("manager::both_go_in_a_ring", 5000)
        .sees(&["full", "closed", "told"])
        .check(|run| both_go(run, Some(1)));
}

#[test]
fn both_go_in_segments() {
    Model::new("manager::both_go_in_segments", 3000)
        .sees(&["sent", "closed"])
        .check(|run| both_go(run, None));
}

#[test]
fn both_go_at_a_rendezvous() {
    Model::new("manager::both_go_at_a_rendezvous", 1500)
        .sees(&["full", "closed", "told"])
        .check(|run| both_go(run, Some(0)));
}

/// The manager makes a sender, and goes, while the receiver goes, who was the only one beside it: what the new
/// sender sends is dropped, or comes back.
#[test]
fn manager_goes_and_leaves_a_sender() {
    Model::new("manager::manager_goes_and_leaves_a_sender", 1000)
        .sees(&["sent", "closed"])
        .check(|run| {
            let (manager, sender, receiver) = managed(Some(1));
            drop(sender);
            run.spawn(move |run| {
                let sender = manager.new_sender();
                drop(manager);
                run.try_send(&sender, 1);
            });
            run.spawn(move |_| drop(receiver));
        });
}
