//! Permits: room that is kept, given back, and waited for.

use std::sync::Arc;
use std::task::Waker;

use super::{Later, Message, Model, Run, block_on, poll};
use crate::mpsc;

/// A reservation waits and comes for its room itself; a send overtakes it, or waits behind it.
#[test]
fn reserve_and_send() {
    Model::new("reserve::reserve_and_send", 1)
        .sees(&["parked", "awake", "reserved first", "sent first"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let permit = run.wait(|| block_on(sender.reserve())).unwrap();
                    let sent = permit.send(run.message(10));
                    assert!(sent.is_ok());
                }
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(20);
                    run.wait(|| block_on(sender.send(message))).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 3));
            run.join();
            let received = run.received();
            run.saw(match received[1] {
                10 => "reserved first",
                _ => "sent first",
            });
        });
}

/// A reservation that was told and does not come holds up nobody, if the receiver is idle.
#[test]
fn overtaken() {
    Model::new("reserve::overtaken", 1)
        .sees(&["parked", "awake", "does not come"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let gone = Later::new();
            run.spawn({
                let (sender, gone) = (Arc::clone(&sender), gone.clone());
                move |run| {
                    let mut op = Box::pin((*sender).clone().reserve_owned());
                    if poll(op.as_mut(), Waker::noop()).is_pending() {
                        run.saw("does not come");
                    }
                    // It stays in the queue until everybody else is done.
                    gone.leave(op);
                }
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(20);
                    run.wait(|| block_on(sender.send(message))).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| {
                for _ in 0..2 {
                    let message = run.wait(|| block_on(receiver.recv()));
                    run.receive(message.expect("nobody closes"));
                }
            });
            run.join();
            drop(gone.take());
        });
}

/// Room for two is waited for while messages go out one by one.
#[test]
fn two_at_once() {
    Model::new("reserve::two_at_once", 1)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            run.try_send(&sender, 1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let mut permits = run.wait(|| sender.reserve_many(2).wait()).unwrap();
                    assert!(permits.next().unwrap().send(run.message(10)).is_ok());
                }
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    run.try_send(&sender, 20);
                }
            });
            // The room that the reservation waits for may be taken by the send, but not for ever.
            run.spawn_receiver(receiver, |run, receiver| {
                while !run.received().contains(&10) {
                    run.receive_some(receiver, 1);
                }
            });
        });
}

/// A permit is given back while a send waits for its room.
#[test]
fn permit_goes_and_send() {
    Model::new("reserve::permit_goes_and_send", 1)
        .preemptions(3)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(1);
                    run.wait(|| sender.send(message).wait()).unwrap();
                }
            });
            run.spawn(move |_| drop(permit));
            run.spawn_receiver(receiver, |_, _| ());
            run.join();
            assert_eq!(run.received(), [1]);
        });
}

/// A permit is used while the receiver goes: the message comes back, or is dropped with the rest.
fn permit_is_used_and_receiver_goes(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let permit = sender.clone().try_reserve_owned().unwrap();
    let sender = run.share(sender);
    run.spawn(move |run| match permit.send(run.message(1)) {
        (Ok(()), _sender) => run.saw("sent"),
        (Err(error), _sender) => {
            assert_eq!(error.into_inner().read(), 1);
            run.saw("given back");
        }
    });
    run.spawn(move |_| drop(receiver));
    run.join();
    run.settle();
    drop(sender);
}

#[test]
fn permit_of_a_ring_and_receiver_goes() {
    Model::new("reserve::permit_of_a_ring_and_receiver_goes", 1)
        .preemptions(3)
        .sees(&["sent", "given back"])
        .check(|run| permit_is_used_and_receiver_goes(run, Some(1)));
}

#[test]
fn permit_of_segments_and_receiver_goes() {
    Model::new("reserve::permit_of_segments_and_receiver_goes", 1)
        .preemptions(3)
        .sees(&["sent", "given back"])
        .check(|run| permit_is_used_and_receiver_goes(run, None));
}
