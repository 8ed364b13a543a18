//! Displacing the oldest message, against those who take it.

use std::sync::Arc;

use super::{Message, Model, Run};
use crate::error::TrySendError;
use crate::mpsc;

fn force_send(run: &Run, sender: &super::Sender, number: usize) {
    match sender.force_send(run.message(number)) {
        Ok(None) => run.saw("there was room"),
        Ok(Some(oldest)) => {
            run.saw("displaced");
            run.receive(oldest);
        }
        Err(TrySendError::Full(message)) => {
            assert_eq!(message.read(), number);
            run.saw("full");
        }
        Err(TrySendError::Closed(_)) => unreachable!("nobody closes"),
    }
}

/// The receiver receives: nothing is lost, nothing is there twice.
fn force_and_recv(run: &Run, capacity: usize) {
    let (sender, receiver) = mpsc::bounded::<Message>(capacity);
    for number in 0..capacity {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    run.spawn({
        let sender = Arc::clone(&sender);
        move |run| force_send(run, &sender, 10)
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
    });
    run.join();
    let mut received = run.received();
    received.sort_unstable();
    let whole: Vec<_> = (0..capacity).chain([10]).collect();
    assert_eq!(received, whole);
}

#[test]
fn recv_from_one_slot() {
    Model::new("force::recv_from_one_slot", 1)
        .preemptions(3)
        .sees(&["there was room", "displaced", "received", "empty"])
        .check(|run| force_and_recv(run, 1));
}

#[test]
fn recv_from_two_slots() {
    Model::new("force::recv_from_two_slots", 1)
        .preemptions(3)
        .sees(&["there was room", "displaced", "received"])
        .check(|run| force_and_recv(run, 2));
}

/// The receiver peeks: what it sees is out of reach, and comes next.
#[test]
fn peek() {
    Model::new("force::peek", 1)
        .preemptions(3)
        .sees(&["displaced", "full", "saw 0", "saw 10", "nothing to see"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| force_send(run, &sender, 10)
            });
            run.spawn_receiver(receiver, |run, receiver| {
                let Ok(seen) = receiver.try_peek().map(Message::read) else {
                    run.saw("nothing to see");
                    return;
                };
                run.saw(if seen == 0 { "saw 0" } else { "saw 10" });
                let Ok(message) = receiver.try_recv() else {
                    unreachable!("it was seen");
                };
                assert_eq!(run.receive(message), seen);
            });
        });
}

/// A displacement publishes as any send does: a receiver that waits is told.
#[test]
fn waiting_receiver() {
    Model::new("force::waiting_receiver", 1)
        .sees(&["there was room", "displaced", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            for number in [10, 20] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| force_send(run, &sender, number));
            }
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}

/// A send that waits is overtaken by a displacement, not forgotten.
#[test]
fn waiting_sender() {
    Model::new("force::waiting_sender", 1)
        .sees(&["displaced", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| force_send(run, &sender, 10)
            });
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(20);
                    run.wait(|| sender.send(message).wait()).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}
