//! Announce and park: a waiter is told, or sees for itself.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started, block_on};
use crate::mpsc;

/// A receive announces itself while two senders publish, in any order: the one whose message it is
/// for may have claimed its slot long before.
fn recv_and_two(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 1);
    run.spawn_try_send(&sender, 2);
    let recv = Later::new();
    run.spawn({
        let recv = recv.clone();
        move |run| recv.leave(Started::new(run, receiver.recv_owned()))
    });
    run.join();
    let (found, mut receiver) = run.settle_recv(recv.take());
    assert!(found);
    run.drain(&mut receiver);
    assert_eq!(run.received().len(), 2);
}

#[test]
fn recv_and_two_in_a_ring() {
    Model::new("park::recv_and_two_in_a_ring", 10000)
        .sees(&["at once", "told"])
        .check(|run| recv_and_two(run, Some(2)));
}

#[test]
fn recv_and_two_in_segments() {
    Model::new("park::recv_and_two_in_segments", 30000)
        .sees(&["at once", "told"])
        .check(|run| recv_and_two(run, None));
}

/// A thread receives, with all that it does.
fn thread_receives(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 1);
    run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 1));
}

#[test]
fn thread_receives_from_a_ring() {
    Model::new("park::thread_receives_from_a_ring", 6000)
        .yields()
        .sees(&["parked", "awake"])
        .check(|run| thread_receives(run, Some(1)));
}

#[test]
fn thread_receives_from_segments() {
    Model::new("park::thread_receives_from_segments", 1000)
        .yields()
        .sees(&["parked", "awake"])
        .check(|run| thread_receives(run, None));
}

/// A task receives two messages, from two senders.
#[test]
fn task_receives_two() {
    Model::new("park::task_receives_two", 1000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(1);
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
            assert_eq!(run.received(), [0, 1]);
        });
}

/// A thread sends into the slot that the receiver frees.
fn thread_sends(run: &Run) {
    let (sender, receiver) = mpsc::bounded::<Message>(1);
    run.try_send(&sender, 0);
    let sender = run.share(sender);
    run.spawn(move |run| {
        let message = run.message(1);
        run.wait(|| sender.send(message).wait()).unwrap();
    });
    run.spawn_receiver(receiver, |run, receiver| {
        run.try_recv(receiver);
    });
    run.join();
    assert_eq!(run.received(), [0, 1]);
}

#[test]
fn thread_sends_at_once_or_parked() {
    Model::new("park::thread_sends_at_once_or_parked", 100)
        .sees(&["parked", "awake"])
        .check(thread_sends);
}

/// It parks its message while it yields, and asks to be woken later.
#[test]
fn thread_sends_yielding() {
    Model::new("park::thread_sends_yielding", 400)
        .yields()
        .sees(&["parked", "awake"])
        .check(thread_sends);
}

/// Two sends start while a slot becomes free: one of them has it, the other waits.
#[test]
fn two_sends_and_recv() {
    Model::new("park::two_sends_and_recv", 20000)
        .sees(&["at once", "told", "not ready"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let sends = [1, 2].map(|number| {
                let (sender, send) = (Arc::clone(&sender), Later::new());
                run.spawn({
                    let send = send.clone();
                    move |run| send.leave(run.start_send(&sender, number))
                });
                send
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
            let sends = sends.map(|send| send.take());
            // Before one of them goes, which makes way for the other.
            let served = sends
                .iter()
                .filter(|send| send.output.is_some() || send.is_told());
            assert_eq!(served.count(), 1, "one of them has the room");
            let mut numbers = 1..;
            let sent = sends.map(|send| run.settle_send(send, numbers.next().expect("no end")));
            assert!(
                sent == [Some(true), None] || sent == [None, Some(true)],
                "{sent:?}"
            );
            run.drain(&mut left.take());
        });
}

/// A send waits for room in the thread in which the receiver has received, while that receives in another one.
#[test]
fn send_where_the_receiver_was() {
    Model::new("park::send_where_the_receiver_was", 100)
        .sees(&["at once", "pending", "told"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            run.try_recv(&mut receiver);
            run.try_send(&sender, 1);
            let sender = run.share(sender);
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    run.try_recv(&mut receiver);
                    left.leave(receiver);
                }
            });
            let send = run.start_send(&sender, 2);
            run.join();
            // Before anybody else looks.
            let sent = run.settle_send(send, 2);
            assert_eq!(sent, Some(true), "it was not told");
            run.drain(&mut left.take());
            assert_eq!(run.received(), [0, 1, 2]);
        });
}

/// Two sends are parked; each receive moves one in, in order, and nobody overtakes them.
#[test]
fn parked_sends_and_try_send() {
    Model::new("park::parked_sends_and_try_send", 300)
        .sees(&["told", "full"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let parked = [1, 2].map(|number| run.start_send(&sender, number));
            run.spawn_try_send(&sender, 3);
            run.spawn_receiver(receiver, |run, receiver| {
                run.try_recv(receiver);
                run.try_recv(receiver);
            });
            run.join();
            for (number, send) in (1..).zip(parked) {
                assert_eq!(run.settle_send(send, number), Some(true));
            }
            let received = run.received();
            assert!(received.starts_with(&[0, 1, 2]), "{received:?}");
        });
}

/// The messages of one thread, one at a time through one slot, both ends waiting.
#[test]
fn both_wait() {
    Model::new("park::both_wait", 20000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.spawn(move |run| {
                let messages = vec![run.message(0), run.message(1)];
                let sent = run.wait(|| sender.send_many(messages).wait());
                assert_eq!(sent.unwrap(), 2);
            });
            run.spawn_receiver(receiver, |run, receiver| run.receive_some(receiver, 2));
            run.join();
            assert_eq!(run.received(), [0, 1]);
        });
}
