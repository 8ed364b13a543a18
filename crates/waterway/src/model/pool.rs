//! Pools: elements that go round between guards, beside each way in which the channel ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Later, Message, Model, Run};
use crate::pool::{self, Queue, Recycle};

/// Makes messages, and writes them anew: loom sees who does so beside whom.
struct Policy {
    run: Run,
    /// No part of the model.
    made: AtomicUsize,
}

type Sender = pool::Sender<Message, Policy>;
type Receiver = pool::Receiver<Message, Policy>;

impl Recycle<Message> for Policy {
    fn new_element(&self) -> Message {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.run.message(number)
    }

    fn recycle(&self, message: &mut Message) {
        message.write();
        self.run.saw("recycled");
    }
}

impl Policy {
    fn new(run: &Run) -> Self {
        Self {
            run: run.clone(),
            made: AtomicUsize::new(0),
        }
    }
}

fn channel(run: &Run, capacity: usize) -> (Sender, Receiver) {
    pool::with_recycle(capacity, Policy::new(run))
}

/// Sends in place what is written there.
fn send(run: &Run, sender: &Sender) {
    let mut slot = run.wait(|| sender.slot().wait()).expect("nobody closes");
    slot.write();
    assert!(slot.send().is_ok(), "there is a receiver");
}

/// The only slot goes round: it is read and made fit to be used beside who waits to write it.
#[test]
fn one_slot_goes_round() {
    Model::new("pool::one_slot_goes_round", 20)
        .sees(&["recycled", "parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel(run, 1);
            send(run, &sender);
            run.spawn({
                let sender = sender.clone();
                move |run| send(run, &sender)
            });
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |_| {
                    let message = receiver.try_recv_ref().expect("it was sent");
                    assert_eq!(message.read(), 0);
                    drop(message);
                    left.leave(receiver);
                }
            });
            run.join();
            let message = left.take().try_recv().expect("it was sent");
            assert_eq!(run.receive(message), 0);
            drop(sender);
        });
}

/// A reference that owns its slot is let go beside both handles, whoever is the last.
#[test]
fn a_reference_goes_beside_the_handles() {
    Model::new("pool::a_reference_goes_beside_the_handles", 100)
        .sees(&["recycled"])
        .check(|run| {
            let (sender, mut receiver) = channel(run, 1);
            send(run, &sender);
            let message = receiver.try_recv_ref().expect("it was sent").into_owned();
            run.spawn(move |_| {
                assert_eq!(message.read(), 0);
                drop(message);
            });
            run.spawn(move |_| drop((sender, receiver)));
        });
}

/// What the last sender does with its slot, beside the receiver's going.
fn beside_the_receiver(name: &'static str, outcomes: &'static [&'static str], sends: bool) {
    Model::new(name, 100).sees(outcomes).check(move |run| {
        let (sender, receiver) = channel(run, 1);
        let slot = sender.try_slot_owned().ok().expect("it is free");
        run.spawn(move |run| {
            let mut slot = slot;
            slot.write();
            if !sends {
                return;
            }
            match slot.send() {
                Ok(_) => run.saw("sent"),
                Err(error) => {
                    assert_eq!(error.0.read(), 0);
                    run.saw("came back");
                }
            }
        });
        run.spawn(move |_| drop(receiver));
    });
}

#[test]
fn a_slot_is_sent_beside_the_receiver() {
    let outcomes = &["sent", "came back", "recycled"];
    beside_the_receiver("pool::a_slot_is_sent_beside_the_receiver", outcomes, true);
}

#[test]
fn a_slot_is_given_up_beside_the_receiver() {
    let outcomes = &["recycled"];
    beside_the_receiver(
        "pool::a_slot_is_given_up_beside_the_receiver",
        outcomes,
        false,
    );
}

/// The channel of a queue is made by one of those who come first.
#[test]
fn two_begin_a_queue() {
    Model::new("pool::two_begin_a_queue", 20)
        .sees(&["the first", "the second"])
        .check(|run| {
            let queue = run.share(Queue::<_, 2, _>::with_recycle(Policy::new(run)));
            for number in 1..=2 {
                let queue = Arc::clone(&queue);
                run.spawn(move |run| assert!(queue.try_send(run.message(number)).is_ok()));
            }
            run.join();
            let first = queue.try_recv().map(|message| run.receive(message));
            let second = queue.try_recv().map(|message| run.receive(message));
            assert!(queue.try_recv().is_err());
            match (first, second) {
                (Ok(1), Ok(2)) => run.saw("the first"),
                (Ok(2), Ok(1)) => run.saw("the second"),
                other => panic!("{other:?}"),
            }
        });
}

/// Those who receive from a queue take turns.
#[test]
fn two_receive_from_a_queue() {
    Model::new("pool::two_receive_from_a_queue", 5)
        .sees(&["in order", "in turn"])
        .check(|run| {
            let queue = run.share(Queue::<_, 2, _>::with_recycle(Policy::new(run)));
            for number in 1..=2 {
                assert!(queue.try_send(run.message(number)).is_ok());
            }
            for who in 1..=2 {
                let queue = Arc::clone(&queue);
                run.spawn(move |run| {
                    let message = queue.try_recv_ref().expect("there is one for each");
                    let number = message.read();
                    let outcome = if number == who { "in order" } else { "in turn" };
                    run.saw(outcome);
                    run.receive(message.into_inner());
                });
            }
            run.join();
            assert!(queue.try_recv().is_err());
            assert!(queue.try_slot().is_ok_and(|slot| slot.send().is_ok()));
        });
}
