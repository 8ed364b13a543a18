//! The lane: one sender, one receiver, bare slots and two positions.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started, lock};
use crate::error::{TryRecvError, TrySendError};
use crate::spsc;

type Sender = spsc::Sender<Message>;
type Receiver = spsc::Receiver<Message>;

/// Sends if there is room; whether the message went.
pub(super) fn try_send(run: &Run, sender: &mut Sender, number: usize) -> bool {
    match sender.try_send(run.message(number)) {
        Ok(()) => {
            run.saw("sent");
            true
        }
        Err(TrySendError::Full(message)) => {
            assert_eq!(message.read(), number);
            run.saw("full");
            false
        }
        Err(TrySendError::Closed(message)) => {
            assert_eq!(message.read(), number);
            run.saw("closed");
            false
        }
    }
}

/// Receives if there is something; whether the channel goes on.
pub(super) fn try_recv(run: &Run, receiver: &mut Receiver) -> bool {
    match receiver.try_recv() {
        Ok(message) => {
            run.receive(message);
            run.saw("received");
            true
        }
        Err(TryRecvError::Empty) => {
            run.saw("empty");
            true
        }
        Err(TryRecvError::Closed) => {
            run.saw("end");
            false
        }
    }
}

pub(super) fn rest(run: &Run, receiver: &mut Receiver) {
    for message in receiver.try_iter() {
        run.receive(message);
    }
}

/// A sender in a thread of its own, which is left to the main thread.
pub(super) fn spawn_sender(
    run: &Run,
    mut sender: Sender,
    body: impl FnOnce(&Run, &mut Sender) + Send + 'static,
) -> Later<Sender> {
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            body(run, &mut sender);
            left.leave(sender);
        }
    });
    left
}

/// The same of a receiver.
pub(super) fn spawn_receiver(
    run: &Run,
    mut receiver: Receiver,
    body: impl FnOnce(&Run, &mut Receiver) + Send + 'static,
) -> Later<Receiver> {
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            body(run, &mut receiver);
            left.leave(receiver);
        }
    });
    left
}

/// Nobody waits. Slots are used again.
#[test]
fn queue() {
    Model::new("lane::queue", 200)
        .sees(&["sent", "full", "received", "empty"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(1);
            let sender = spawn_sender(run, sender, |run, sender| {
                for number in 1..4 {
                    try_send(run, sender, number);
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                for _ in 0..3 {
                    try_recv(run, receiver);
                }
            });
            run.join();
            let (_sender, mut receiver) = (sender.take(), receiver.take());
            rest(run, &mut receiver);
            assert!(run.received().is_sorted());
        });
}

/// A thread waits for messages, another for room.
#[test]
fn both_wait() {
    Model::new("lane::both_wait", 500)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(1);
            let sender = spawn_sender(run, sender, |run, sender| {
                for number in 1..3 {
                    let message = run.message(number);
                    run.wait(|| sender.send(message).wait()).expect("open");
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                for _ in 0..2 {
                    let message = run.wait(|| receiver.recv().wait());
                    run.receive(message.expect("open"));
                }
            });
            run.join();
            drop((sender.take(), receiver.take()));
            assert_eq!(run.received(), [1, 2]);
        });
}

/// A task announces itself while a message comes.
#[test]
fn recv_announces_itself() {
    Model::new("lane::recv_announces_itself", 30)
        .sees(&["told", "at once"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(1);
            let sender = spawn_sender(run, sender, |run, sender| {
                try_send(run, sender, 1);
            });
            let recv = Later::new();
            run.spawn({
                let recv = recv.clone();
                move |run| recv.leave(Started::new(run, receiver.recv_owned()))
            });
            run.join();
            let (found, _) = recv.take().settle(run).expect("it was sent");
            run.receive(found.expect("open"));
            drop(sender.take());
        });
}

/// A parked send is served by the receiver, or takes the room itself.
#[test]
fn parked_send() {
    Model::new("lane::parked_send", 30)
        .sees(&["told", "at once"])
        .check(|run| {
            let (mut sender, receiver) = spsc::bounded::<Message>(1);
            try_send(run, &mut sender, 1);
            let send = Later::new();
            run.spawn({
                let send = send.clone();
                move |run| {
                    let message = run.message(2);
                    send.leave(Started::new(run, sender.send_owned(message)));
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                try_recv(run, receiver);
            });
            run.join();
            let (sent, mut sender) = send.take().settle(run).expect("there was room");
            assert!(sent.is_ok());
            let mut receiver = receiver.take();
            assert!(!try_send(run, &mut sender, 3), "it is full");
            rest(run, &mut receiver);
            assert!(try_send(run, &mut sender, 4), "it is empty");
            rest(run, &mut receiver);
            assert_eq!(run.received(), [1, 2, 4]);
        });
}

/// The receiver closes while the sender sends: what was sent arrives before the end, what was not comes
/// back.
pub(super) fn close_races_sends(
    name: &'static str,
    make: fn() -> (Sender, Receiver),
    count: usize,
) {
    Model::new(name, 100)
        .sees(&["sent", "closed"])
        .check(move |run| {
            let (sender, receiver) = make();
            let sent = Arc::new(std::sync::Mutex::new(0));
            let sender = spawn_sender(run, sender, {
                let sent = Arc::clone(&sent);
                move |run, sender| {
                    for number in 1..=count {
                        if try_send(run, sender, number) {
                            *lock(&sent) += 1;
                        }
                    }
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                receiver.close();
                while try_recv(run, receiver) {}
            });
            run.join();
            let (mut sender, mut receiver) = (sender.take(), receiver.take());
            assert_eq!(run.received().len(), *lock(&sent), "sent, and received");
            assert!(!try_send(run, &mut sender, 9) && !try_recv(run, &mut receiver));
        });
}

/// The receiver goes while the sender sends.
pub(super) fn drop_races_sends(name: &'static str, make: fn() -> (Sender, Receiver), count: usize) {
    Model::new(name, 100)
        .sees(&["sent", "closed"])
        .check(move |run| {
            let (sender, receiver) = make();
            let sender = spawn_sender(run, sender, move |run, sender| {
                for number in 1..=count {
                    try_send(run, sender, number);
                }
            });
            run.spawn(move |_| drop(receiver));
            run.join();
            // What was sent is gone by now.
            run.settle();
            drop(sender.take());
        });
}

#[test]
fn close_and_send() {
    close_races_sends("lane::close_and_send", || spsc::bounded(2), 2);
}

#[test]
fn drop_and_send() {
    drop_races_sends("lane::drop_and_send", || spsc::bounded(2), 2);
}

/// A permit is used while the receiver closes, and waits for the end.
#[test]
fn close_and_a_permit() {
    Model::new("lane::close_and_a_permit", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(1);
            let permit = sender.try_reserve_owned().ok().expect("there is room");
            run.spawn(move |run| {
                let (sent, _sender) = permit.send(run.message(1));
                assert!(sent.is_ok(), "it was permitted before");
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                receiver.close();
                while let Some(message) = run.wait(|| receiver.recv().wait()) {
                    run.receive(message);
                }
            });
            run.join();
            drop(receiver.take());
            assert_eq!(run.received(), [1]);
        });
}

/// A permit is used while the receiver goes.
#[test]
fn drop_and_a_permit() {
    Model::new("lane::drop_and_a_permit", 40)
        .sees(&["taken", "given back"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(1);
            let permit = sender.try_reserve_owned().ok().expect("there is room");
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    let (sent, sender) = permit.send(run.message(1));
                    run.saw(if sent.is_ok() { "taken" } else { "given back" });
                    left.leave(sender);
                }
            });
            run.spawn(move |_| drop(receiver));
            run.join();
            run.settle();
            drop(left.take());
        });
}

/// The sender goes, with a message just sent, while the receiver waits.
#[test]
fn sender_goes() {
    Model::new("lane::sender_goes", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (mut sender, receiver) = spsc::bounded::<Message>(1);
            run.spawn(move |run| {
                try_send(run, &mut sender, 1);
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                while let Some(message) = run.wait(|| receiver.recv().wait()) {
                    run.receive(message);
                }
            });
            run.join();
            drop(receiver.take());
            assert_eq!(run.received(), [1]);
        });
}

/// Two permits of the one sender, each in a thread, and a receiver that takes what comes.
#[test]
fn two_permits() {
    Model::new("lane::two_permits", 100)
        .sees(&["received", "empty"])
        .check(|run| {
            let (sender, receiver) = spsc::bounded::<Message>(2);
            let sender: &'static mut Sender = Box::leak(Box::new(sender));
            let owner = std::ptr::from_mut(sender);
            let permits = sender.try_reserve_many(2).expect("there is room");
            for (number, permit) in (1..).zip(permits) {
                run.spawn(move |run| {
                    permit.send(run.message(number)).expect("open");
                });
            }
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                try_recv(run, receiver);
            });
            run.join();
            // SAFETY: leaked above, and no permit is left.
            drop(unsafe { Box::from_raw(owner) });
            rest(run, &mut receiver.take());
            let mut received = run.received();
            received.sort_unstable();
            assert_eq!(received, [1, 2]);
        });
}
