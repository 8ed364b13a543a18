//! Close, and the end of the last handle of a side, against everything that is under way.

use std::sync::Arc;

use super::{Later, Message, Model, Run, block_on};
use crate::mpsc;

/// A send that waits, or is about to, and a close: either it is delivered or it comes back.
fn close_and_send(run: &Run, capacity: usize) {
    let (sender, mut receiver) = mpsc::bounded::<Message>(capacity);
    for number in 0..capacity {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    let sent = Later::new();
    run.spawn({
        let (sender, sent) = (Arc::clone(&sender), sent.clone());
        move |run| {
            let message = run.message(10);
            match run.wait(|| sender.send(message).wait()) {
                Ok(()) => {
                    run.saw("sent");
                    sent.leave(true);
                }
                Err(error) => {
                    assert_eq!(error.into_inner().read(), 10);
                    run.saw("given back");
                    sent.leave(false);
                }
            }
        }
    });
    run.spawn({
        let sender = Arc::clone(&sender);
        move |_| assert!(sender.close())
    });
    run.spawn(move |run| {
        while let Some(message) = block_on(receiver.recv()) {
            run.receive(message);
        }
    });
    run.join();
    assert_eq!(run.received().contains(&10), sent.take());
}

#[test]
fn close_and_send_to_a_ring() {
    Model::new("close::close_and_send_to_a_ring", 1)
        .sees(&["sent", "given back", "parked", "awake"])
        .check(|run| close_and_send(run, 1));
}

#[test]
fn close_and_send_to_a_rendezvous() {
    Model::new("close::close_and_send_to_a_rendezvous", 1)
        .sees(&["sent", "given back", "parked", "awake"])
        .check(|run| close_and_send(run, 0));
}

/// Who waits for the end is told of it.
#[test]
fn close_and_closed() {
    Model::new("close::close_and_closed", 1)
        .preemptions(3)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| run.wait(|| sender.closed().wait())
            });
            run.spawn(move |_| {
                receiver.close();
            });
        });
}

/// The last permit goes while the channel is closed: the receiver that waits is told that nothing
/// will come, or gets what came by the permit.
fn permit_and_close(run: &Run, use_it: bool) {
    let (sender, mut receiver) = mpsc::bounded::<Message>(1);
    let sender = run.share(sender);
    let permit = (*sender).clone().try_reserve_owned().unwrap();
    run.spawn(move |run| {
        if use_it {
            let (sent, _sender) = permit.send(run.message(1));
            assert!(sent.is_ok(), "the receiver is there");
        } else {
            drop(permit);
        }
    });
    run.spawn({
        let sender = Arc::clone(&sender);
        move |_| assert!(sender.close())
    });
    run.spawn(move |run| run.receive_all(&mut receiver));
    run.join();
    assert_eq!(run.received().len(), usize::from(use_it));
}

#[test]
fn permit_goes_and_close() {
    Model::new("close::permit_goes_and_close", 1)
        .sees(&["parked", "awake"])
        .check(|run| permit_and_close(run, false));
}

#[test]
fn permit_is_used_and_close() {
    Model::new("close::permit_is_used_and_close", 1)
        .sees(&["parked", "awake"])
        .check(|run| permit_and_close(run, true));
}

/// The last two senders go, one with a message: the receiver gets it, and then the end.
fn senders_go(run: &Run, capacity: Option<usize>) {
    let (sender, mut receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let other = sender.clone();
    run.spawn(move |run| {
        run.try_send(&sender, 1);
    });
    run.spawn(move |_| drop(other));
    run.spawn(move |run| run.receive_all(&mut receiver));
    run.join();
    assert_eq!(run.received(), [1]);
}

#[test]
fn senders_go_from_a_ring() {
    Model::new("close::senders_go_from_a_ring", 1)
        .sees(&["parked", "awake"])
        .check(|run| senders_go(run, Some(1)));
}

#[test]
fn senders_go_from_segments() {
    Model::new("close::senders_go_from_segments", 1)
        .sees(&["parked", "awake"])
        .check(|run| senders_go(run, None));
}

/// The receiver goes while two senders send: what was sent is dropped, once, by whoever has it.
fn receiver_goes(run: &Run, capacity: Option<usize>, before: usize) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    for number in 0..before {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    for number in [10, 20] {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            run.try_send(&sender, number);
        });
    }
    run.spawn(move |_| drop(receiver));
    run.join();
    // Whatever was sent has been dropped, though the channel is alive.
    run.settle();
}

#[test]
fn receiver_goes_from_a_ring() {
    Model::new("close::receiver_goes_from_a_ring", 1)
        .sees(&["sent", "closed"])
        .check(|run| receiver_goes(run, Some(2), 0));
}

#[test]
fn receiver_goes_from_segments() {
    Model::new("close::receiver_goes_from_segments", 1)
        .sees(&["sent", "closed"])
        .check(|run| receiver_goes(run, None, 1));
}

/// The receiver goes while a send waits: it comes back.
fn receiver_goes_from_a_waiting_send(run: &Run, capacity: usize) {
    let (sender, receiver) = mpsc::bounded::<Message>(capacity);
    for number in 0..capacity {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    run.spawn({
        let sender = Arc::clone(&sender);
        move |run| {
            let message = run.message(10);
            let error = run.wait(|| sender.send(message).wait()).unwrap_err();
            assert_eq!(error.into_inner().read(), 10);
        }
    });
    run.spawn(move |_| drop(receiver));
}

#[test]
fn receiver_goes_from_a_send_to_a_ring() {
    Model::new("close::receiver_goes_from_a_send_to_a_ring", 1)
        .sees(&["parked", "awake"])
        .check(|run| receiver_goes_from_a_waiting_send(run, 1));
}

#[test]
fn receiver_goes_from_a_send_to_a_rendezvous() {
    Model::new("close::receiver_goes_from_a_send_to_a_rendezvous", 1)
        .sees(&["parked", "awake"])
        .check(|run| receiver_goes_from_a_waiting_send(run, 0));
}
