//! Several receivers: claims beside each other, leases on segments, and who is told of what.

use std::sync::Arc;
use std::time::Duration;

use super::{Later, Message, Model, Run, Started};
use crate::error::{TryRecvError, TrySendError};
use crate::mpmc;

type Sender = mpmc::Sender<Message>;
type Receiver = mpmc::Receiver<Message>;

/// A channel, and both handles for all threads.
fn open(run: &Run, capacity: Option<usize>) -> (Arc<Sender>, Arc<Receiver>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpmc::bounded::<Message>(capacity),
        None => mpmc::unbounded(),
    };
    (run.share(sender), run.share(receiver))
}

fn try_send(run: &Run, sender: &Sender, number: usize) -> bool {
    match sender.try_send(run.message(number)) {
        Ok(()) => {
            run.saw("sent");
            true
        }
        Err(TrySendError::Full(_)) => {
            run.saw("full");
            false
        }
        Err(TrySendError::Closed(_)) => {
            run.saw("closed");
            false
        }
    }
}

fn try_recv(run: &Run, receiver: &Receiver) {
    match receiver.try_recv() {
        Ok(message) => {
            run.receive(message);
            run.saw("received");
        }
        Err(TryRecvError::Empty) => run.saw("empty"),
        Err(TryRecvError::Closed) => run.saw("end"),
    }
}

fn spawn_sends<const N: usize>(run: &Run, sender: &Arc<Sender>, numbers: [usize; N]) {
    let sender = Arc::clone(sender);
    run.spawn(move |run| {
        for number in numbers {
            try_send(run, &sender, number);
        }
    });
}

fn spawn_receives(run: &Run, receiver: &Arc<Receiver>, count: usize) {
    let receiver = Arc::clone(receiver);
    run.spawn(move |run| {
        for _ in 0..count {
            try_recv(run, &receiver);
        }
    });
}

/// Starts a receive that owns its receiver, in a thread of its own.
fn spawn_recv(run: &Run, receiver: &Arc<Receiver>) -> Later<Waiting> {
    let (receiver, left) = (Receiver::clone(receiver), Later::new());
    run.spawn({
        let left = left.clone();
        move |run| left.leave(Started::new(run, receiver.recv_owned()))
    });
    left
}

type Waiting = Started<mpmc::RecvOwnedOp<Message>>;

/// The same here and now.
fn start_recv(run: &Run, receiver: &Receiver) -> Waiting {
    Started::new(run, receiver.clone().recv_owned())
}

/// When nothing goes on any more: `None` if it still waits; whether it found a message.
fn settle(run: &Run, recv: Waiting) -> Option<bool> {
    let (found, _) = recv.settle(run)?;
    Some(found.map(|message| run.receive(message)).is_some())
}

/// Receives what is left, and counts all that was received.
fn rest(run: &Run, receiver: &Receiver) -> Vec<usize> {
    for message in receiver.try_iter() {
        run.receive(message);
    }
    run.received()
}

#[test]
fn two_take_from_a_ring() {
    Model::new("many::two_take_from_a_ring", 500)
        .sees(&["received", "empty", "sent", "full"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(1));
            try_send(run, &sender, 0);
            spawn_sends(run, &sender, [1]);
            spawn_receives(run, &receiver, 1);
            spawn_receives(run, &receiver, 1);
            run.join();
            assert!(rest(run, &receiver).is_sorted());
        });
}

/// Both stand at the end of a segment, and see the next.
#[test]
fn two_cross() {
    Model::new("many::two_cross", 100)
        .sees(&["received"])
        .check(|run| {
            let (sender, receiver) = open(run, None);
            for number in 0..4 {
                try_send(run, &sender, number);
            }
            try_recv(run, &receiver);
            try_recv(run, &receiver);
            spawn_receives(run, &receiver, 1);
            spawn_receives(run, &receiver, 1);
            run.join();
            assert_eq!(rest(run, &receiver).len(), 4);
        });
}

/// The same past two ends, while a sender appends: the segments are freed or used again, once each.
#[test]
fn two_cross_and_a_sender() {
    Model::new("many::two_cross_and_a_sender", 2000)
        .sees(&["received", "empty"])
        .check(|run| {
            let (sender, receiver) = open(run, None);
            for number in 0..2 {
                try_send(run, &sender, number);
            }
            try_recv(run, &receiver);
            spawn_sends(run, &sender, [2]);
            spawn_receives(run, &receiver, 1);
            spawn_receives(run, &receiver, 1);
            run.join();
            assert_eq!(rest(run, &receiver).len(), 3);
        });
}

/// One looks for long at a segment that the other leaves, and the one after it as well.
#[test]
fn one_is_left_behind() {
    Model::new("many::one_is_left_behind", 300)
        .sees(&["received"])
        .check(|run| {
            let (sender, receiver) = open(run, None);
            for number in 0..5 {
                try_send(run, &sender, number);
            }
            try_recv(run, &receiver);
            spawn_receives(run, &receiver, 4);
            spawn_receives(run, &receiver, 1);
            run.join();
            assert_eq!(rest(run, &receiver).len(), 5);
        });
}

/// Two receives wait; one message comes, while the first of them gives up. The other gets it.
fn baton(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = open(run, capacity);
    let first = start_recv(run, &receiver);
    let second = start_recv(run, &receiver);
    spawn_sends(run, &sender, [1]);
    run.spawn(move |_| drop(first));
    run.join();
    assert_eq!(settle(run, second), Some(true));
}

#[test]
fn baton_in_a_ring() {
    Model::new("many::baton_in_a_ring", 30)
        .sees(&["told"])
        .check(|run| baton(run, Some(1)));
}

#[test]
fn baton_in_segments() {
    Model::new("many::baton_in_segments", 40)
        .sees(&["told"])
        .check(|run| baton(run, None));
}

/// Two receives wait, and two messages come at a time, in whatever order: both are told.
fn both_are_told(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = open(run, capacity);
    let waiting = [start_recv(run, &receiver), start_recv(run, &receiver)];
    spawn_sends(run, &sender, [1]);
    spawn_sends(run, &sender, [2]);
    run.join();
    let found = waiting.map(|recv| settle(run, recv));
    assert_eq!(found, [Some(true), Some(true)]);
}

#[test]
fn both_are_told_in_a_ring() {
    Model::new("many::both_are_told_in_a_ring", 300)
        .sees(&["told"])
        .check(|run| both_are_told(run, Some(2)));
}

#[test]
fn both_are_told_in_segments() {
    Model::new("many::both_are_told_in_segments", 1000)
        .sees(&["told"])
        .check(|run| both_are_told(run, None));
}

/// A receive announces itself while another waits already, and two messages come.
#[test]
fn one_comes_late() {
    Model::new("many::one_comes_late", 5000)
        .sees(&["told", "at once"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(2));
            let first = start_recv(run, &receiver);
            spawn_sends(run, &sender, [1]);
            spawn_sends(run, &sender, [2]);
            let second = spawn_recv(run, &receiver);
            run.join();
            let found = [first, second.take()].map(|recv| settle(run, recv));
            assert_eq!(found, [Some(true), Some(true)]);
        });
}

/// A thread receives, beside a receive that was announced before it; one message for each.
#[test]
fn a_thread_and_a_task() {
    Model::new("many::a_thread_and_a_task", 400)
        .sees(&["parked", "awake", "told"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(2));
            let waiting = start_recv(run, &receiver);
            spawn_sends(run, &sender, [1]);
            spawn_sends(run, &sender, [2]);
            let own = Arc::clone(&receiver);
            run.spawn(move |run| {
                let message = run.wait(|| own.recv().wait());
                run.receive(message.expect("nobody closes"));
            });
            run.join();
            assert_eq!(settle(run, waiting), Some(true));
        });
}

/// Close while two wait: both come to the end; a message that a permit still brings goes to one.
#[test]
fn close_and_a_permit() {
    Model::new("many::close_and_a_permit", 200)
        .sees(&["told"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(1));
            let permit = Sender::clone(&sender).try_reserve_owned();
            let permit = permit.ok().expect("there is room");
            let waiting = [start_recv(run, &receiver), start_recv(run, &receiver)];
            let closer = Arc::clone(&receiver);
            run.spawn(move |_| {
                closer.close();
            });
            run.spawn(move |run| {
                let (sent, _sender) = permit.send(run.message(1));
                assert!(sent.is_ok(), "it was permitted before");
            });
            run.join();
            let mut found = waiting.map(|recv| settle(run, recv));
            found.sort_unstable();
            assert_eq!(found, [Some(false), Some(true)]);
        });
}

/// Two wait in a closed channel for what a permit still brings: one gets it, the other the end.
#[test]
fn a_permit_after_the_close() {
    Model::new("many::a_permit_after_the_close", 30)
        .sees(&["told", "at once"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(1));
            let permit = Sender::clone(&sender).try_reserve_owned();
            let permit = permit.ok().expect("there is room");
            receiver.close();
            let first = start_recv(run, &receiver);
            run.spawn(move |run| {
                let (sent, _sender) = permit.send(run.message(1));
                assert!(sent.is_ok(), "it was permitted before");
            });
            let second = spawn_recv(run, &receiver);
            run.join();
            let mut found = [first, second.take()].map(|recv| settle(run, recv));
            found.sort_unstable();
            assert_eq!(found, [Some(false), Some(true)]);
        });
}

/// The last sender goes while two wait.
#[test]
fn the_last_sender_goes() {
    Model::new("many::the_last_sender_goes", 30)
        .sees(&["told", "at once"])
        .check(|run| {
            let (sender, receiver) = mpmc::bounded::<Message>(1);
            let receiver = run.share(receiver);
            let first = start_recv(run, &receiver);
            run.spawn(move |_| drop(sender));
            let second = spawn_recv(run, &receiver);
            run.join();
            let found = [first, second.take()].map(|recv| settle(run, recv));
            assert_eq!(found, [Some(false), Some(false)]);
        });
}

/// Two receivers go, the last of them with all that is in the channel, beside a sender.
fn both_go(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpmc::bounded::<Message>(capacity),
        None => mpmc::unbounded(),
    };
    let (sender, other) = (run.share(sender), receiver.clone());
    spawn_sends(run, &sender, [1]);
    run.spawn(move |_| drop(receiver));
    run.spawn(move |_| drop(other));
    run.join();
    assert!(sender.is_closed());
    assert_eq!(sender.receiver_count(), 0);
}

#[test]
fn both_go_from_a_ring() {
    Model::new("many::both_go_from_a_ring", 200)
        .sees(&["sent", "closed"])
        .check(|run| both_go(run, Some(1)));
}

#[test]
fn both_go_from_segments() {
    Model::new("many::both_go_from_segments", 300)
        .sees(&["sent", "closed"])
        .check(|run| both_go(run, None));
}

/// A weak receiver is upgraded while the last strong one goes.
#[test]
fn upgrade_and_drop() {
    Model::new("many::upgrade_and_drop", 20)
        .sees(&["upgraded", "gone"])
        .check(|run| {
            let (sender, receiver) = mpmc::bounded::<Message>(1);
            let sender = run.share(sender);
            try_send(run, &sender, 1);
            let weak = receiver.downgrade();
            run.spawn(move |_| drop(receiver));
            run.spawn(move |run| match weak.upgrade() {
                Some(receiver) => {
                    run.saw("upgraded");
                    try_recv(run, &receiver);
                    assert_eq!(run.received(), [1]);
                }
                None => run.saw("gone"),
            });
            run.join();
            assert!(sender.is_closed());
        });
}

/// A message is displaced beside two receivers.
#[test]
fn displaced_beside_two() {
    Model::new("many::displaced_beside_two", 2000)
        .preemptions(1)
        .sees(&["received", "displaced", "sent"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(1));
            try_send(run, &sender, 1);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| match sender.force_send(run.message(2)) {
                    Ok(None) => run.saw("sent"),
                    Ok(Some(old)) => {
                        assert_eq!(old.read(), 1);
                        run.saw("displaced");
                    }
                    Err(_) => run.saw("under way"),
                }
            });
            spawn_receives(run, &receiver, 1);
            spawn_receives(run, &receiver, 1);
            run.join();
            assert!(rest(run, &receiver).is_sorted());
        });
}

/// At a rendezvous two receivers wait, a thread and a task, and one send comes: one gets it.
#[test]
fn one_of_two_hands() {
    Model::new("many::one_of_two_hands", 300)
        .sees(&["told", "not ready"])
        .check(|run| {
            let (sender, receiver) = open(run, Some(0));
            let waiting = start_recv(run, &receiver);
            let send = Later::new();
            run.spawn({
                let (send, sender) = (send.clone(), Sender::clone(&sender));
                move |run| {
                    let message = run.message(1);
                    send.leave(Started::new(run, sender.send_owned(message)));
                }
            });
            let own = Arc::clone(&receiver);
            run.spawn(move |run| {
                if let Ok(message) = own.recv().wait_timeout(Duration::from_nanos(1)) {
                    run.receive(message);
                }
            });
            run.join();
            let found = settle(run, waiting);
            let (sent, _) = send.take().settle(run).expect("somebody took it");
            assert!(sent.is_ok());
            let received = run.received().len();
            assert_eq!(received, 1, "{found:?}");
        });
}

/// Two receivers and no sender. One makes a sender and goes, the other goes: the sender has
/// to find the channel closed.
#[test]
fn a_sender_is_left() {
    Model::new("many::a_sender_is_left", 3).check(|run| {
        let (sender, receiver) = mpmc::bounded::<Message>(1);
        drop(sender);
        let other = receiver.clone();
        let made = Later::new();
        run.spawn({
            let made = made.clone();
            move |_| {
                made.leave(receiver.new_sender());
                drop(receiver);
            }
        });
        run.spawn(move |_| drop(other));
        run.join();
        let sender: Sender = made.take();
        assert_eq!(sender.receiver_count(), 0);
        assert!(sender.is_closed());
    });
}

/// The same with a weak receiver: it can be upgraded, or the messages are gone.
#[test]
fn a_weak_receiver_is_left() {
    Model::new("many::a_weak_receiver_is_left", 3).check(|run| {
        let (sender, receiver) = mpmc::bounded::<Message>(1);
        try_send(run, &sender, 1);
        drop(sender);
        let other = receiver.clone();
        let made = Later::new();
        run.spawn({
            let made = made.clone();
            move |_| {
                made.leave(receiver.downgrade());
                drop(receiver);
            }
        });
        run.spawn(move |_| drop(other));
        run.join();
        let weak: mpmc::WeakReceiver<Message> = made.take();
        assert!(weak.upgrade().is_none(), "all receivers are gone");
    });
}

/// Two receives wait, three messages come out of order, a third receiver takes one by the way.
/// The two get the others.
fn two_wait_and_one_takes(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = open(run, capacity);
    let waiting = [start_recv(run, &receiver), start_recv(run, &receiver)];
    spawn_sends(run, &sender, [0]);
    spawn_sends(run, &sender, [1, 2]);
    spawn_receives(run, &receiver, 1);
    run.join();
    let taken = run.received().len();
    let found = waiting.map(|recv| settle(run, recv));
    let served = found.iter().filter(|found| found.is_some()).count();
    let left = rest(run, &receiver).len() - taken - served;
    assert!(
        left == 0 || served == 2,
        "{left} messages are there, and somebody waits: {found:?}, taken {taken}"
    );
}

#[test]
fn two_wait_and_one_takes_in_a_ring() {
    Model::new("many::two_wait_and_one_takes_in_a_ring", 100)
        .check(|run| two_wait_and_one_takes(run, Some(3)));
}

/// Two places in the queue are leaked, as anybody may.
fn forget_two(receiver: &Receiver) {
    for _ in 0..2 {
        let mut stream = receiver.stream();
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        assert!(stream.poll_recv(&mut context).is_pending());
        std::mem::forget(stream);
    }
}

/// A receive was forgotten in the list; the last receiver goes while a sender finds no room.
#[test]
fn forgotten_and_no_room() {
    Model::new("many::forgotten_and_no_room", 20).check(|run| {
        let (sender, receiver) = mpmc::unbounded::<Message>();
        let sender = run.share(sender);
        forget_two(&receiver);
        // It tells one of them.
        try_send(run, &sender, 1);
        run.spawn({
            let sender = Arc::clone(&sender);
            move |_| drop(sender.try_reserve_many(usize::MAX))
        });
        run.spawn(move |_| drop(receiver));
        run.join();
    });
}

/// The same; it goes while a sender tells one of them, and looks whether there is something for the other,
/// because another one has sent as well.
#[test]
fn forgotten_and_told() {
    Model::new("many::forgotten_and_told", 20)
        .sees(&["sent", "closed"])
        .check(|run| {
            let (sender, receiver) = mpmc::unbounded::<Message>();
            let sender = run.share(sender);
            forget_two(&receiver);
            spawn_sends(run, &sender, [1]);
            spawn_sends(run, &sender, [2]);
            run.spawn(move |_| drop(receiver));
            run.join();
        });
}

/// At a rendezvous: a receive that was told in vain goes, and tells a thread whose hand is out
/// and that has left no waker yet. The next sender and the thread have to meet.
#[test]
fn a_hand_is_told() {
    Model::new("many::a_hand_is_told", 10).check(|run| {
        let (sender, receiver) = open(run, Some(0));
        let told = start_recv(run, &receiver);
        let first = Started::new(run, Sender::clone(&sender).send_owned(run.message(1)));
        try_recv(run, &receiver);
        run.spawn(move |_| drop(told));
        let own = Arc::clone(&receiver);
        run.spawn(move |run| {
            let message = run.wait(|| own.recv().wait());
            run.receive(message.expect("nobody closes"));
        });
        let send = Later::new();
        run.spawn({
            let (send, sender) = (send.clone(), Sender::clone(&sender));
            move |run| {
                let message = run.message(2);
                send.leave(Started::new(run, sender.send_owned(message)));
            }
        });
        run.join();
        assert!(first.settle(run).is_some());
        assert!(send.take().settle(run).is_some());
    });
}
