//! The chain: a lane without a bound, whose slots are those of segments. A segment has two of them here.

use super::lane::{
    close_races_sends, drop_races_sends, rest, spawn_receiver, spawn_sender, try_recv, try_send,
};
use super::{Message, Model};
use crate::spsc;

/// Nobody waits. Three segments are passed, the first of which may be used again.
#[test]
fn queue() {
    Model::new("chain::queue", 200)
        .sees(&["sent", "received", "empty"])
        .check(|run| {
            let (sender, receiver) = spsc::unbounded::<Message>();
            let sender = spawn_sender(run, sender, |run, sender| {
                for number in 1..6 {
                    assert!(try_send(run, sender, number), "there is always room");
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                for _ in 0..4 {
                    try_recv(run, receiver);
                }
            });
            run.join();
            let (_sender, mut receiver) = (sender.take(), receiver.take());
            rest(run, &mut receiver);
            assert_eq!(run.received(), [1, 2, 3, 4, 5]);
        });
}

/// A batch longer than a segment, and a receiver that takes what is there as often as it has to.
#[test]
fn batches() {
    Model::new("chain::batches", 100)
        .preemptions(1)
        .sees(&["parked", "awake", "whole", "in parts"])
        .check(|run| {
            let (sender, receiver) = spsc::unbounded::<Message>();
            let sender = spawn_sender(run, sender, |run, sender| {
                let messages = [run.message(1), run.message(2), run.message(3)];
                assert!(sender.send_many(messages).wait().is_ok(), "it is open");
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                let (mut buffer, mut parts) = (Vec::new(), 0);
                while buffer.len() < 3 {
                    run.wait(|| receiver.recv_many(&mut buffer, 3).wait())
                        .expect("open");
                    parts += 1;
                }
                run.saw(if parts == 1 { "whole" } else { "in parts" });
                for message in buffer {
                    run.receive(message);
                }
            });
            run.join();
            drop((sender.take(), receiver.take()));
            assert_eq!(run.received(), [1, 2, 3]);
        });
}

/// A thread waits for messages of two segments.
#[test]
fn recv_waits() {
    Model::new("chain::recv_waits", 300)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = spsc::unbounded::<Message>();
            let sender = spawn_sender(run, sender, |run, sender| {
                for number in 1..4 {
                    try_send(run, sender, number);
                }
            });
            let receiver = spawn_receiver(run, receiver, |run, receiver| {
                for _ in 1..4 {
                    let message = run.wait(|| receiver.recv().wait());
                    run.receive(message.expect("open"));
                }
            });
            run.join();
            drop((sender.take(), receiver.take()));
            assert_eq!(run.received(), [1, 2, 3]);
        });
}

#[test]
fn close_and_send() {
    close_races_sends("chain::close_and_send", spsc::unbounded, 3);
}

/// Who sends makes segments.
#[test]
fn drop_and_send() {
    drop_races_sends("chain::drop_and_send", spsc::unbounded, 3);
}
