//! The ring as a queue: two senders, one receiver, more messages than slots.

use std::sync::Arc;

use loom::thread::yield_now;

use super::{Message, Model, Run};
use crate::error::{TryRecvError, TrySendError};
use crate::mpsc;

/// Sends, trying again while there is no room.
fn send(run: &Run, sender: &mpsc::Sender<Message>, number: usize) {
    let mut message = run.message(number);
    loop {
        match sender.try_send(message) {
            Ok(()) => return,
            Err(TrySendError::Full(back)) => {
                run.saw("full");
                message = back;
                yield_now();
            }
            Err(TrySendError::Closed(_)) => unreachable!("nobody closes"),
        }
    }
}

fn receive(run: &Run, receiver: &mut mpsc::Receiver<Message>) {
    loop {
        match receiver.try_recv() {
            Ok(message) => {
                run.receive(message);
                return;
            }
            Err(TryRecvError::Empty) => {
                run.saw("empty");
                yield_now();
            }
            Err(TryRecvError::Closed) => unreachable!("nobody closes"),
        }
    }
}

fn two_senders(run: &Run, capacity: usize) {
    let (sender, mut receiver) = mpsc::bounded::<Message>(capacity);
    let sender = Arc::new(sender);
    for first in [10, 20] {
        let sender = Arc::clone(&sender);
        run.spawn(move |run| {
            send(run, &sender, first);
            if first == 10 || true {
                send(run, &sender, first + 1);
            }
        });
    }
    run.spawn(move |run| {
        for _ in 0..4 {
            receive(run, &mut receiver);
        }
    });
    run.join();
    let received = run.received();
    for first in [10, 20] {
        let own: Vec<_> = received
            .iter()
            .filter(|number| **number / first == 1)
            .collect();
        assert!(own.is_sorted(), "{received:?}");
    }
}

#[test]
fn two_senders_one_slot() {
    Model::new("ring::two_senders_one_slot", 1000)
        .sees(&["full", "empty"])
        .check(|run| two_senders(run, 1));
}

#[test]
fn two_senders_two_slots() {
    Model::new("ring::two_senders_two_slots", 1000)
        .sees(&["full", "empty"])
        .check(|run| two_senders(run, 2));
}
