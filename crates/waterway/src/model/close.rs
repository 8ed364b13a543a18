//! Close, and the end of the last handle of a side, against everything that is under way.

use std::sync::Arc;

use super::{Later, Message, Model, Receiver, Run, Sender, Started, block_on};
use crate::mpsc;

fn close(run: &Run, sender: &Arc<Sender>) {
    let sender = Arc::clone(sender);
    run.spawn(move |_| assert!(sender.close()));
}

/// Receives one message, if there is one. The receiver stays: who is told that it goes was perhaps
/// not told of the close.
fn receive_one(run: &Run, mut receiver: Receiver) -> Later<Receiver> {
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            run.try_recv(&mut receiver);
            left.leave(receiver);
        }
    });
    left
}

/// A parked send, a receive and a close: it is delivered, or it comes back; it is told in any case.
#[test]
fn close_and_parked_send() {
    Model::new("close::close_and_parked_send", 100)
        .sees(&["sent", "given back"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let send = run.start_send(&sender, 1);
            close(run, &sender);
            let left = receive_one(run, receiver);
            run.join();
            let sent = run.settle_send(send, 1).expect("it was told");
            run.saw(if sent { "sent" } else { "given back" });
            run.drain(&mut left.take());
            assert_eq!(run.received().contains(&1), sent);
        });
}

/// A send that is about to park, and a close.
fn close_and_send(run: &Run, capacity: usize) {
    let (sender, receiver) = mpsc::bounded::<Message>(capacity);
    for number in 0..capacity {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    run.share(receiver);
    run.spawn({
        let sender = Arc::clone(&sender);
        move |run| {
            let message = run.message(10);
            let error = run.wait(|| sender.send(message).wait()).unwrap_err();
            assert_eq!(error.0.read(), 10);
        }
    });
    close(run, &sender);
}

#[test]
fn close_and_send_to_a_ring() {
    Model::new("close::close_and_send_to_a_ring", 400)
        .sees(&["parked", "awake"])
        .check(|run| close_and_send(run, 1));
}

#[test]
fn close_and_send_to_a_rendezvous() {
    Model::new("close::close_and_send_to_a_rendezvous", 70)
        .sees(&["parked", "awake"])
        .check(|run| close_and_send(run, 0));
}

/// Two parked sends and a reservation, more than are woken at once, and a receive.
#[test]
fn close_and_many() {
    Model::new("close::close_and_many", 100)
        .sees(&["told"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let sends = [1, 2].map(|number| run.start_send(&sender, number));
            let reserve = Started::new(run, (*sender).clone().reserve_owned());
            close(run, &sender);
            let left = receive_one(run, receiver);
            run.join();
            let mut sent = Vec::new();
            for (number, send) in (1..).zip(sends) {
                if run.settle_send(send, number).expect("it was told") {
                    sent.push(number);
                }
            }
            assert!(reserve.settle(run).is_some(), "it was told");
            run.drain(&mut left.take());
            assert_eq!(run.received()[1..], sent);
        });
}

/// A receive that is about to park, and a close.
fn close_and_recv(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    close(run, &sender);
    run.spawn_receiver(receiver, |run, receiver| {
        assert!(run.wait(|| receiver.recv().wait()).is_none());
    });
}

#[test]
fn close_and_recv_from_a_ring() {
    Model::new("close::close_and_recv_from_a_ring", 90)
        .sees(&["parked", "awake"])
        .check(|run| close_and_recv(run, Some(1)));
}

#[test]
fn close_and_recv_from_segments() {
    Model::new("close::close_and_recv_from_segments", 50)
        .sees(&["parked", "awake"])
        .check(|run| close_and_recv(run, None));
}

#[test]
fn close_and_recv_at_a_rendezvous() {
    Model::new("close::close_and_recv_at_a_rendezvous", 100)
        .sees(&["parked", "awake"])
        .check(|run| close_and_recv(run, Some(0)));
}

/// A message on its way, a close, and a receiver that receives until the end: who was told that it
/// is sent is right, and the end is the end.
fn close_and_try_send(run: &Run, capacity: Option<usize>) {
    let (sender, mut receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let sender = run.share(sender);
    let sent = Later::new();
    run.spawn({
        let (sender, sent) = (Arc::clone(&sender), sent.clone());
        move |run| sent.leave(run.try_send(&sender, 1))
    });
    close(run, &sender);
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            while let Some(message) = run.wait(|| block_on(receiver.recv())) {
                run.receive(message);
            }
            left.leave(receiver);
        }
    });
    run.join();
    assert_eq!(run.received().len(), usize::from(sent.take()));
    assert!(!run.try_recv(&mut left.take()), "something after the end");
}

#[test]
fn close_and_try_send_to_a_ring() {
    Model::new("close::close_and_try_send_to_a_ring", 4000)
        .sees(&["sent", "closed", "parked", "awake"])
        .check(|run| close_and_try_send(run, Some(1)));
}

#[test]
fn close_and_try_send_to_segments() {
    Model::new("close::close_and_try_send_to_segments", 10000)
        .sees(&["sent", "closed", "parked", "awake"])
        .check(|run| close_and_try_send(run, None));
}

/// The receiver closes and then waits for what is left, while a send comes too late or just in time.
fn receiver_closes_and_waits(run: &Run, capacity: usize) {
    let (sender, mut receiver) = mpsc::bounded::<Message>(capacity);
    // It stays: its drop would wake the receiver.
    let sender = run.share(sender);
    run.spawn(move |run| {
        let message = run.message(1);
        let sent = run.wait(|| sender.send(message).wait());
        run.saw(if sent.is_ok() { "sent" } else { "given back" });
    });
    run.spawn(move |run| {
        receiver.close();
        while let Some(message) = run.wait(|| receiver.recv().wait()) {
            run.receive(message);
        }
    });
    run.join();
}

#[test]
fn receiver_closes_a_ring_and_waits() {
    Model::new("close::receiver_closes_a_ring_and_waits", 4000)
        .preemptions(3)
        .sees(&["sent", "given back"])
        .check(|run| receiver_closes_and_waits(run, 1));
}

#[test]
fn receiver_closes_a_rendezvous_and_waits() {
    Model::new("close::receiver_closes_a_rendezvous_and_waits", 1000)
        .preemptions(3)
        .sees(&["given back"])
        .check(|run| receiver_closes_and_waits(run, 0));
}

/// Who waits for the end is told of it.
#[test]
fn close_and_closed() {
    Model::new("close::close_and_closed", 70)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            run.share(receiver);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| run.wait(|| sender.closed().wait())
            });
            close(run, &sender);
        });
}

/// The last permit goes, or is used, while the channel is closed: the receive that waits gets what
/// comes, and is told if nothing does.
fn permit_and_close(run: &Run, use_it: bool) {
    let (sender, receiver) = mpsc::bounded::<Message>(1);
    let sender = run.share(sender);
    let permit = (*sender).clone().try_reserve_owned().unwrap();
    let recv = Started::new(run, receiver.recv_owned());
    run.spawn(move |run| {
        if use_it {
            assert!(
                permit.send(run.message(1)).0.is_ok(),
                "the receiver is there"
            );
        } else {
            drop(permit);
        }
    });
    close(run, &sender);
    run.join();
    let (found, mut receiver) = run.settle_recv(recv);
    assert_eq!(found, use_it);
    assert!(!run.try_recv(&mut receiver), "this is the end");
}

#[test]
fn permit_goes_and_close() {
    Model::new("close::permit_goes_and_close", 20)
        .sees(&["told"])
        .check(|run| permit_and_close(run, false));
}

#[test]
fn permit_is_used_and_close() {
    Model::new("close::permit_is_used_and_close", 200)
        .sees(&["told"])
        .check(|run| permit_and_close(run, true));
}

/// The last permit of a closed channel goes while the receiver is about to park.
#[test]
fn permit_goes_and_recv() {
    Model::new("close::permit_goes_and_recv", 200)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let sender = run.share(sender);
            let permit = (*sender).clone().try_reserve_owned().unwrap();
            assert!(sender.close());
            run.spawn(move |_| drop(permit));
            run.spawn_receiver(receiver, |run, receiver| {
                assert!(run.wait(|| block_on(receiver.recv())).is_none());
            });
        });
}

/// The last two senders go, one after it has sent: the receive gets the message, and then the end.
fn senders_go(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let other = sender.clone();
    let recv = Started::new(run, receiver.recv_owned());
    run.spawn(move |run| {
        run.try_send(&sender, 1);
    });
    run.spawn(move |_| drop(other));
    run.join();
    let (found, receiver) = run.settle_recv(recv);
    assert!(found);
    let (found, _) = run.settle_recv(Started::new(run, receiver.recv_owned()));
    assert!(!found, "this is the end");
}

#[test]
fn senders_go_from_a_ring() {
    Model::new("close::senders_go_from_a_ring", 6)
        .sees(&["told"])
        .check(|run| senders_go(run, Some(1)));
}

#[test]
fn senders_go_from_segments() {
    Model::new("close::senders_go_from_segments", 6)
        .sees(&["told"])
        .check(|run| senders_go(run, None));
}

/// The last sender goes while the receiver takes its message and is about to park.
#[test]
fn sender_goes_and_recv() {
    Model::new("close::sender_goes_and_recv", 1000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.spawn(move |run| {
                run.try_send(&sender, 1);
            });
            run.spawn_receiver(receiver, Run::receive_all);
            run.join();
            assert_eq!(run.received(), [1]);
        });
}

/// The receiver goes while two senders send: what was sent is dropped, once, by whoever has it.
fn receiver_goes(run: &Run, capacity: Option<usize>, before: usize) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    for number in 0..before {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    run.spawn_try_send(&sender, 10);
    run.spawn_try_send(&sender, 20);
    run.spawn(move |_| drop(receiver));
    run.join();
    // Whatever was sent has been dropped, though the channel is alive.
    run.settle();
}

#[test]
fn receiver_goes_from_a_ring() {
    Model::new("close::receiver_goes_from_a_ring", 1000)
        .sees(&["sent", "closed"])
        .check(|run| receiver_goes(run, Some(2), 0));
}

#[test]
fn receiver_goes_from_a_used_ring() {
    Model::new("close::receiver_goes_from_a_used_ring", 8000)
        .sees(&["sent", "closed", "full"])
        .check(|run| receiver_goes(run, Some(2), 1));
}

#[test]
fn receiver_goes_from_segments() {
    Model::new("close::receiver_goes_from_segments", 20000)
        .sees(&["sent", "closed"])
        .check(|run| receiver_goes(run, None, 0));
}

/// One of the senders appends a segment.
#[test]
fn receiver_goes_from_used_segments() {
    Model::new("close::receiver_goes_from_used_segments", 10000)
        .sees(&["sent", "closed"])
        .check(|run| receiver_goes(run, None, 1));
}

/// The receiver goes while a send parks: it comes back.
fn receiver_goes_from_a_send(run: &Run, capacity: usize) {
    let (sender, receiver) = mpsc::bounded::<Message>(capacity);
    for number in 0..capacity {
        run.try_send(&sender, number);
    }
    let sender = run.share(sender);
    run.spawn(move |run| {
        let message = run.message(10);
        let error = run.wait(|| sender.send(message).wait()).unwrap_err();
        assert_eq!(error.0.read(), 10);
    });
    run.spawn(move |_| drop(receiver));
}

#[test]
fn receiver_goes_from_a_send_to_a_ring() {
    Model::new("close::receiver_goes_from_a_send_to_a_ring", 600)
        .sees(&["parked", "awake"])
        .check(|run| receiver_goes_from_a_send(run, 1));
}

#[test]
fn receiver_goes_from_a_send_to_a_rendezvous() {
    Model::new("close::receiver_goes_from_a_send_to_a_rendezvous", 20)
        .sees(&["parked", "awake"])
        .check(|run| receiver_goes_from_a_send(run, 0));
}

/// A receiver that has peeked goes: what it saw is dropped as well.
#[test]
fn peeking_receiver_goes() {
    Model::new("close::peeking_receiver_goes", 30000)
        .sees(&["sent", "closed", "full"])
        .check(|run| {
            let (sender, mut receiver): (Sender, Receiver) = mpsc::bounded(2);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            run.spawn_try_send(&sender, 1);
            run.spawn_try_send(&sender, 2);
            let peeked = Later::new();
            run.spawn({
                let peeked = peeked.clone();
                move |_| {
                    peeked.leave(receiver.try_peek().map(Message::read));
                    drop(receiver);
                }
            });
            run.join();
            assert_eq!(peeked.take(), Ok(0));
            run.settle();
        });
}
