//! A thread that waits at a small ring has its hand out: whoever publishes puts the oldest message
//! into it.

use std::sync::Arc;
use std::time::Duration;

use super::{Later, Message, Model, Run};
use crate::error::{RecvTimeoutError, TrySendError};
use crate::mpsc;

/// So many looks at the clock, and it has run out: after the thread parked.
const PARKED: Duration = Duration::from_nanos(1);

/// The receiver takes its hand back while a sender fills it. What it has not got is in the channel.
fn hand_is_withdrawn(run: &Run, patience: Duration) {
    let (sender, receiver) = mpsc::bounded::<Message>(1);
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 1);
    run.spawn_receiver(receiver, move |run, receiver| {
        match receiver.recv().wait_timeout(patience) {
            Ok(message) => {
                run.receive(message);
                run.saw("received");
            }
            Err(RecvTimeoutError::Timeout) => run.saw("timeout"),
            Err(RecvTimeoutError::Closed) => unreachable!("a sender lives"),
        }
    });
}

#[test]
fn hand_is_withdrawn_parked() {
    Model::new("small_ring::hand_is_withdrawn_parked", 10000)
        .yields()
        .sees(&["sent", "received", "timeout"])
        .check(|run| hand_is_withdrawn(run, PARKED));
}

/// One sends on where the hand has made room, in order.
#[test]
fn room_by_the_hand() {
    Model::new("small_ring::room_by_the_hand", 100)
        .sees(&["sent", "full"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn(move |run| {
                run.try_send(&sender, 1);
                run.try_send(&sender, 2);
            });
            run.spawn_receiver(receiver, |run, receiver| {
                run.receive_some(receiver, 1);
                run.try_recv(receiver);
            });
            run.join();
            assert_eq!(run.received()[0], 1);
        });
}

/// A parked send finds room that a filled hand made.
#[test]
fn parked_send() {
    Model::new("small_ring::parked_send", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn(move |run| {
                for number in 1..=2 {
                    let message = run.message(number);
                    run.wait(|| sender.send(message).wait()).unwrap();
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 2));
            run.join();
            assert_eq!(run.received(), [1, 2]);
        });
}

/// A send starts while another's message goes into a hand: it has the room that there is then,
/// though nobody receives again.
#[test]
fn room_for_a_send() {
    Model::new("small_ring::room_for_a_send", 1000)
        .sees(&["sent", "full", "parked"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            let (send, left) = (Later::new(), Later::new());
            run.spawn_try_send(&sender, 1);
            run.spawn({
                let send = send.clone();
                move |run| send.leave(run.start_send(&sender, 2))
            });
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    run.receive_some(&mut receiver, 1);
                    left.leave(receiver);
                }
            });
            run.join();
            let sent = run.settle_send(send.take(), 2);
            assert_eq!(sent, Some(true), "there is room, and it waits");
        });
}

/// Messages are displaced while a hand is out: each is received or comes back.
#[test]
fn displacement() {
    Model::new("small_ring::displacement", 100)
        .sees(&["there was room", "displaced"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            let other = Arc::clone(&sender);
            run.spawn(move |run| {
                for number in 1..=2 {
                    match other.force_send(run.message(number)) {
                        Ok(None) => run.saw("there was room"),
                        Ok(Some(oldest)) => {
                            assert_eq!(oldest.read(), 1);
                            run.saw("displaced");
                        }
                        Err(TrySendError::Full(_)) => run.saw("full"),
                        Err(TrySendError::Closed(_)) => unreachable!("nobody closes"),
                    }
                }
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
        });
}

/// The last sender goes after its message: the hand takes it, or the thread itself, before the end.
#[test]
fn last_sender_goes() {
    Model::new("small_ring::last_sender_goes", 100)
        .sees(&["sent", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.spawn(move |run| {
                assert!(run.try_send(&sender, 1));
            });
            run.spawn_receiver(receiver, Run::receive_all);
            run.join();
            assert_eq!(run.received(), [1]);
        });
}
