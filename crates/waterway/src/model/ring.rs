//! The ring as a queue: two senders, one receiver, more messages than slots.

use std::sync::{Arc, Mutex};

use super::{Message, Model, Run};
use crate::error::{TryRecvError, TrySendError};
use crate::mpsc;

/// Sends if there is room.
fn send(run: &Run, sender: &mpsc::Sender<Message>, number: usize) {
    match sender.try_send(run.message(number)) {
        Ok(()) => run.saw("sent"),
        Err(TrySendError::Full(message)) => {
            assert_eq!(message.read(), number);
            run.saw("full");
        }
        Err(TrySendError::Closed(_)) => unreachable!("nobody closes"),
    }
}

/// Receives if there is something.
fn receive(run: &Run, receiver: &mut mpsc::Receiver<Message>) {
    match receiver.try_recv() {
        Ok(message) => {
            run.receive(message);
        }
        Err(TryRecvError::Empty) => run.saw("empty"),
        Err(TryRecvError::Closed) => unreachable!("nobody closes"),
    }
}

fn two_senders(run: &Run, capacity: usize, receives: usize) {
    let (sender, mut receiver) = mpsc::bounded::<Message>(capacity);
    let sender = Arc::new(sender);
    for first in [10, 20] {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            send(run, &sender, first);
            send(run, &sender, first + 1);
        });
    }
    let left = Arc::new(Mutex::new(None));
    run.spawn({
        let left = Arc::clone(&left);
        move |run| {
            for _ in 0..receives {
                receive(run, &mut receiver);
            }
            *left.lock().unwrap() = Some(receiver);
        }
    });
    run.join();
    let mut receiver = left.lock().unwrap().take().unwrap();
    for message in receiver.try_iter() {
        run.receive(message);
    }
    let received = run.received();
    for first in [10, 20] {
        let own = received.iter().filter(|number| **number / 10 == first / 10);
        assert!(own.is_sorted(), "{received:?}");
    }
}

#[test]
fn two_senders_one_slot() {
    Model::new("ring::two_senders_one_slot", 1000)
        .sees(&["sent", "full", "empty"])
        .check(|run| two_senders(run, 1, 3));
}

#[test]
fn two_senders_two_slots() {
    Model::new("ring::two_senders_two_slots", 1000)
        .sees(&["sent", "full", "empty"])
        .check(|run| two_senders(run, 2, 2));
}
