//! Displacing the oldest message, against those who take it.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started};
use crate::error::TrySendError;
use crate::mpsc;

/// What comes back, displaced or not sent, is noted as received. Whether the message was sent.
fn try_force(run: &Run, sender: &super::Sender, number: usize) -> bool {
    match sender.force_send(run.message(number)) {
        Ok(None) => run.saw("there was room"),
        Ok(Some(oldest)) => {
            run.saw("displaced");
            run.receive(oldest);
        }
        Err(TrySendError::Full(message)) => {
            run.saw("full");
            run.receive(message);
            return false;
        }
        Err(TrySendError::Closed(_)) => unreachable!("nobody closes"),
    }
    true
}

fn force_send(run: &Run, sender: &super::Sender, number: usize) {
    try_force(run, sender, number);
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
        move |run| assert!(try_force(run, &sender, 10), "all is published")
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
    Model::new("force::recv_from_one_slot", 400)
        .sees(&["there was room", "displaced", "received", "empty"])
        .check(|run| force_and_recv(run, 1));
}

#[test]
fn recv_from_two_slots() {
    Model::new("force::recv_from_two_slots", 100)
        .sees(&["there was room", "displaced", "received"])
        .check(|run| force_and_recv(run, 2));
}

/// The receiver claims while the oldest message is displaced twice: its claim may put the head back
/// past both.
fn recv_and_two(run: &Run, permits: usize) {
    let (sender, receiver) = mpsc::bounded::<Message>(1 + permits);
    run.try_send(&sender, 0);
    let permits: Vec<_> = (0..permits)
        .map(|_| sender.clone().try_reserve_owned().unwrap())
        .collect();
    let sender = run.share(sender);
    run.spawn({
        let sender = Arc::clone(&sender);
        move |run| {
            force_send(run, &sender, 10);
            force_send(run, &sender, 20);
        }
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
    });
    run.join();
    let mut received = run.received();
    received.sort_unstable();
    assert_eq!(received, [0, 10, 20]);
    drop(permits);
}

#[test]
fn recv_and_two_from_one_slot() {
    Model::new("force::recv_and_two_from_one_slot", 10000)
        .sees(&["there was room", "displaced", "received", "empty"])
        .check(|run| recv_and_two(run, 0));
}

/// The ring is not full of messages: its tail does not tell how far the head is.
#[test]
fn recv_and_two_beside_a_permit() {
    Model::new("force::recv_and_two_beside_a_permit", 8000)
        .sees(&["there was room", "displaced", "received"])
        .check(|run| recv_and_two(run, 1));
}

/// Two displace at a time.
#[test]
fn two_displace() {
    Model::new("force::two_displace", 20000)
        .sees(&["displaced"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            for number in [10, 20] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| force_send(run, &sender, number));
            }
            run.spawn_receiver(receiver, |_, _| ());
            run.join();
            let mut received = run.received();
            received.sort_unstable();
            assert_eq!(received, [0, 10, 20]);
        });
}

/// The receiver peeks: what it sees is out of reach, and comes next.
#[test]
fn peek() {
    Model::new("force::peek", 1000)
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

/// There is always something to see where one of two messages is displaced.
#[test]
fn peek_at_one_of_two() {
    Model::new("force::peek_at_one_of_two", 100)
        .sees(&["displaced", "saw 0", "saw 1"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            run.try_send(&sender, 1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| force_send(run, &sender, 10)
            });
            run.spawn_receiver(receiver, |run, receiver| {
                let seen = receiver.try_peek().map(Message::read);
                run.saw(match seen.expect("one of the two is there") {
                    0 => "saw 0",
                    _ => "saw 1",
                });
            });
        });
}

/// A displacement empties the very slot on which a receive announces itself: it is told.
#[test]
fn recv_announces_itself() {
    Model::new("force::recv_announces_itself", 1000)
        .sees(&["there was room", "displaced", "at once", "told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    force_send(run, &sender, 10);
                    force_send(run, &sender, 20);
                }
            });
            let recv = Later::new();
            run.spawn({
                let recv = recv.clone();
                move |run| recv.leave(Started::new(run, receiver.recv_owned()))
            });
            run.join();
            let (found, mut receiver) = run.settle_recv(recv.take());
            assert!(found);
            run.drain(&mut receiver);
        });
}

/// A send that waits is overtaken by a displacement, not forgotten.
#[test]
fn parked_send() {
    Model::new("force::parked_send", 1000)
        .sees(&["displaced", "told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let send = run.start_send(&sender, 20);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| force_send(run, &sender, 10)
            });
            let left = Later::new();
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            run.join();
            run.drain(&mut left.take());
            assert_eq!(run.settle_send(send, 20), Some(true));
        });
}

/// A permit keeps its slot: it is given back while the rest is displaced and received.
#[test]
fn permit_goes() {
    Model::new("force::permit_goes", 20000)
        .sees(&["displaced", "there was room"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn(move |_| drop(permit));
            run.spawn(move |run| force_send(run, &sender, 10));
            run.spawn_receiver(receiver, |run, receiver| {
                run.try_recv(receiver);
            });
        });
}

/// It is used while the rest is displaced.
#[test]
fn permit_is_used() {
    Model::new("force::permit_is_used", 1000)
        .sees(&["displaced"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn(move |run| {
                let sent = permit.send(run.message(20)).0;
                assert!(sent.is_ok(), "the receiver is there");
            });
            run.spawn(move |run| force_send(run, &sender, 10));
            run.spawn_receiver(receiver, |_, _| ());
            run.join();
            let mut received = run.received();
            received.sort_unstable();
            assert_eq!(received, [0, 10, 20]);
        });
}

/// It is kept, and good afterwards, while the rest is displaced and received.
#[test]
fn permit_stays() {
    Model::new("force::permit_stays", 300)
        .sees(&["displaced", "there was room", "received"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn(move |run| force_send(run, &sender, 10));
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            run.join();
            assert!(permit.send(run.message(20)).0.is_ok(), "it has its room");
            run.drain(&mut left.take());
            let mut received = run.received();
            received.sort_unstable();
            assert_eq!(received, [0, 10, 20]);
        });
}
