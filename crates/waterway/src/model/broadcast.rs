//! Broadcast: what is received and what is lost adds up, nobody is missed who waits, and each message is
//! dropped once, after everybody who looked at it.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started, block_on};
use crate::broadcast::{self, Receiver, Ref, Sender};
use crate::error::{TryRecvError, TrySendError};
use crate::select::{Won2, race};

type Ends = (Sender<Message>, Receiver<Message>);

/// Sends if there is room; whether the message went.
fn try_send(run: &Run, sender: &Sender<Message>, number: usize) -> bool {
    match sender.try_send(run.message(number)) {
        Ok(_) => true,
        Err(TrySendError::Full(message) | TrySendError::Closed(message)) => {
            assert_eq!(message.read(), number);
            false
        }
    }
}

/// Reads a message, perhaps beside others, and takes it if nobody else has it.
fn read(run: &Run, message: Ref<Message>) -> usize {
    let number = message.read();
    match message.into_inner() {
        Ok(message) => assert_eq!(run.receive(message), number),
        Err(shared) => drop(shared),
    }
    number
}

/// Receives as a thread until the end; how many messages there must have been.
fn receive_all(run: &Run, receiver: &mut Receiver<Message>) -> usize {
    let mut next = 0;
    while let Some(found) = run.wait(|| receiver.recv_ref().wait()) {
        match found {
            Ok(message) => {
                run.saw("received");
                assert_eq!(read(run, message), next);
                next += 1;
            }
            Err(lagged) => {
                run.saw("lagged");
                assert!(lagged.0 > 0);
                next += lagged.0 as usize;
            }
        }
    }
    next
}

/// Receives if there is something, of messages that are numbered in order; the number of the next.
fn receive_some(run: &Run, receiver: &mut Receiver<Message>, mut next: usize) -> usize {
    loop {
        match receiver.try_recv_ref() {
            Ok(Ok(message)) => {
                run.saw("received");
                assert_eq!(read(run, message), next);
                next += 1;
            }
            Ok(Err(lagged)) => {
                run.saw("lagged");
                next += lagged.0 as usize;
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => return next,
        }
    }
}

/// A receiver is overtaken, or not, while it sleeps, looks, and takes; and hears of the end.
#[test]
fn sends_and_the_end() {
    Model::new("broadcast::sends_and_the_end", 6000)
        .sees(&["received", "lagged", "awake", "parked"])
        .check(|run| {
            let (sender, mut receiver): Ends = broadcast::channel(1);
            run.spawn(move |run| {
                assert!(try_send(run, &sender, 0));
                assert!(try_send(run, &sender, 1));
            });
            run.spawn(move |run| assert_eq!(receive_all(run, &mut receiver), 2));
        });
}

/// A receiver looks, and sleeps, while a message comes.
#[test]
fn thread_receives() {
    Model::new("broadcast::thread_receives", 60)
        .sees(&["awake", "parked"])
        .check(|run| {
            let (sender, mut receiver): Ends = broadcast::channel(1);
            let sender = run.share(sender);
            run.spawn(move |run| assert!(try_send(run, &sender, 0)));
            run.spawn(move |run| {
                let found = run.wait(|| receiver.recv_ref().wait());
                assert_eq!(read(run, found.unwrap().unwrap()), 0);
            });
        });
}

/// Two receivers take one message while it is displaced: each has it, or has lost it.
#[test]
fn two_take_what_is_displaced() {
    Model::new("broadcast::two_take_what_is_displaced", 2500)
        .sees(&["received", "lagged"])
        .check(|run| {
            let (sender, receiver): Ends = broadcast::channel(1);
            assert!(try_send(run, &sender, 0));
            let sender = run.share(sender);
            let ends = [Later::new(), Later::new()];
            for end in &ends {
                let (end, mut receiver) = (end.clone(), receiver.clone());
                run.spawn(move |run| {
                    let next = receive_some(run, &mut receiver, 0);
                    end.leave((receiver, next));
                });
            }
            drop(receiver);
            let sending = Arc::clone(&sender);
            run.spawn(move |run| assert!(try_send(run, &sending, 1)));
            run.join();
            let mut ends = ends.map(|end| end.take());
            for (receiver, next) in &mut ends {
                assert_eq!(receive_some(run, receiver, *next), 2);
            }
            assert!(sender.is_empty(), "each has it");
        });
}

/// Send, receive, and the drop of the receiver that is behind.
#[test]
fn send_and_recv_and_drop() {
    Model::new("broadcast::send_and_recv_and_drop", 1200)
        .sees(&["received", "lagged"])
        .check(|run| {
            let (sender, behind): Ends = broadcast::channel(2);
            let mut receiver = behind.clone();
            assert!(try_send(run, &sender, 0));
            assert!(try_send(run, &sender, 1));
            let sender = run.share(sender);
            let sending = Arc::clone(&sender);
            run.spawn(move |run| assert!(try_send(run, &sending, 2)));
            run.spawn(move |_| drop(behind));
            let end = Later::new();
            let left = end.clone();
            run.spawn(move |run| {
                let next = receive_some(run, &mut receiver, 0);
                left.leave((receiver, next));
            });
            run.join();
            let (mut receiver, next) = end.take();
            assert_eq!(receive_some(run, &mut receiver, next), 3);
            assert!(sender.is_empty(), "all were taken by who is there");
        });
}

/// A sender waits for the slowest receiver, which takes the message, or goes.
fn sender_waits(run: &Run, goes: bool) {
    let (sender, mut slow): Ends = broadcast::lossless(1);
    let mut fast = slow.clone();
    assert!(try_send(run, &sender, 0));
    assert_eq!(receive_some(run, &mut fast, 0), 1);
    let sender = run.share(sender);
    let stays = Later::new();
    let left = stays.clone();
    run.spawn(move |run| {
        let message = run.message(1);
        run.wait(|| sender.send(message).wait()).unwrap();
    });
    run.spawn(move |run| {
        if !goes {
            receive_some(run, &mut slow, 0);
            // It stays.
            left.leave(slow);
        }
    });
    run.spawn(move |run| {
        let found = run.wait(|| block_on(fast.recv_ref()));
        assert_eq!(found.unwrap().unwrap().read(), 1);
    });
    run.join();
}

#[test]
fn a_sender_waits_for_a_receive() {
    Model::new("broadcast::a_sender_waits_for_a_receive", 2500)
        .sees(&["awake", "parked"])
        .check(|run| sender_waits(run, false));
}

#[test]
fn a_sender_waits_for_who_goes() {
    Model::new("broadcast::a_sender_waits_for_who_goes", 3000)
        .sees(&["awake", "parked"])
        .check(|run| sender_waits(run, true));
}

/// Two receivers take the oldest, whoever is last: the sender goes on.
#[test]
fn a_sender_waits_for_two() {
    Model::new("broadcast::a_sender_waits_for_two", 800)
        .sees(&["awake", "parked"])
        .check(|run| {
            let (sender, first): Ends = broadcast::lossless(1);
            let second = first.clone();
            assert!(try_send(run, &sender, 0));
            let sender = run.share(sender);
            run.spawn(move |run| {
                let message = run.message(1);
                run.wait(|| sender.send(message).wait()).unwrap();
            });
            let stay = [first, second].map(|mut receiver| {
                let stays = Later::new();
                let left = stays.clone();
                run.spawn(move |run| {
                    let message = receiver.try_recv_ref().unwrap().unwrap();
                    assert_eq!(read(run, message), 0);
                    left.leave(receiver);
                });
                stays
            });
            run.join();
            drop(stay.map(|receiver| receiver.take()));
        });
}

/// What is swept when a receiver goes makes room for as many senders, one of whom comes just then.
fn who_goes_lets_in(run: &Run, capacity: usize) {
    let (sender, slow): Ends = broadcast::lossless(capacity);
    let mut fast = slow.clone();
    for number in 0..capacity {
        assert!(try_send(run, &sender, number));
    }
    assert_eq!(receive_some(run, &mut fast, 0), capacity);
    let sends: Vec<_> = (capacity..2 * capacity - 1)
        .map(|number| {
            let send = sender.clone().send_owned(run.message(number));
            Started::new(run, send)
        })
        .collect();
    let last = Later::new();
    let left = last.clone();
    run.spawn(move |_| drop(slow));
    run.spawn(move |run| {
        let send = sender.send_owned(run.message(2 * capacity - 1));
        left.leave(Started::new(run, send));
    });
    run.join();
    for send in sends {
        assert!(send.settle(run).expect("there is room").0.is_ok());
    }
    let (sent, _) = last.take().settle(run).expect("there is room");
    assert!(sent.is_ok());
    assert_eq!(fast.len(), capacity);
}

#[test]
fn who_goes_lets_two_in() {
    Model::new("broadcast::who_goes_lets_two_in", 20)
        .sees(&["told", "at once"])
        .check(|run| who_goes_lets_in(run, 2));
}

/// More than are swept, and woken, in one hold of the lock.
#[test]
fn who_goes_lets_three_in() {
    Model::new("broadcast::who_goes_lets_three_in", 40)
        .sees(&["told", "at once"])
        .check(|run| who_goes_lets_in(run, 3));
}

/// A parked send is pulled or comes back, and a receiver that waits hears of both.
#[test]
fn close_and_parked_send() {
    Model::new("broadcast::close_and_parked_send", 150)
        .sees(&["delivered", "back"])
        .check(|run| {
            let (sender, mut receiver): Ends = broadcast::lossless(1);
            assert!(try_send(run, &sender, 0));
            let send = Started::new(run, sender.clone().send_owned(run.message(1)));
            run.spawn(move |_| assert!(sender.close()));
            let count = Later::new();
            let left = count.clone();
            run.spawn(move |run| left.leave(receive_all(run, &mut receiver)));
            run.join();
            let (sent, _) = send.settle(run).expect("it came to an end");
            run.saw(if sent.is_ok() { "delivered" } else { "back" });
            assert_eq!(count.take(), 1 + usize::from(sent.is_ok()));
        });
}

/// A sender parks while the channel is closed: it is refused, or gets its message back.
#[test]
fn close_and_park() {
    Model::new("broadcast::close_and_park", 10)
        .sees(&["at once", "told"])
        .check(|run| {
            let (sender, receiver): Ends = broadcast::lossless(1);
            assert!(try_send(run, &sender, 0));
            let receiver = run.share(receiver);
            let closing = Arc::clone(&receiver);
            run.spawn(move |_| assert!(closing.close()));
            let send = Later::new();
            let left = send.clone();
            run.spawn(move |run| {
                let send = sender.send_owned(run.message(1));
                left.leave(Started::new(run, send));
            });
            run.join();
            let (sent, _) = send.take().settle(run).expect("it came to an end");
            assert_eq!(sent.unwrap_err().into_inner().read(), 1);
        });
}

/// A parked send is cancelled while it is pulled.
#[test]
fn cancel_and_pull() {
    Model::new("broadcast::cancel_and_pull", 20)
        .sees(&["delivered", "back"])
        .check(|run| {
            let (sender, mut receiver): Ends = broadcast::lossless(1);
            assert!(try_send(run, &sender, 0));
            let mut send = Started::new(run, sender.send_owned(run.message(1)));
            let ends = (Later::new(), Later::new());
            let left = ends.clone();
            run.spawn(move |_| {
                let (cancelled, _) = send.op.as_mut().cancel();
                left.0.leave(cancelled.is_ok());
            });
            run.spawn(move |_| {
                let first = receiver.try_recv_ref().unwrap().unwrap();
                assert_eq!(first.read(), 0);
                left.1.leave(receiver);
            });
            run.join();
            let (back, mut receiver) = (ends.0.take(), ends.1.take());
            run.saw(if back { "back" } else { "delivered" });
            let next = receiver.try_recv_ref();
            assert_eq!(next.is_ok_and(|found| found.unwrap().read() == 1), !back);
        });
}

/// A send to one of two full channels, from each of which somebody takes a message: it is pulled once.
#[test]
fn of_two_parked_sends_one_is_pulled() {
    Model::new("broadcast::of_two_parked_sends_one_is_pulled", 100)
        .sees(&["told", "at once", "first", "second"])
        .check(|run| {
            let ends: [Ends; 2] = [broadcast::lossless(1), broadcast::lossless(1)];
            for (number, (sender, _)) in ends.iter().enumerate() {
                assert!(try_send(run, sender, number));
            }
            let [(one, first), (two, second)] = ends;
            let stay = [first, second].map(|mut receiver| {
                let stays = Later::new();
                let left = stays.clone();
                run.spawn(move |_| {
                    drop(receiver.try_recv_ref().unwrap().unwrap());
                    left.leave(receiver);
                });
                stays
            });
            let started = Later::new();
            let left = started.clone();
            run.spawn(move |run| {
                let (one, two) = (
                    one.send_owned(run.message(2)),
                    two.send_owned(run.message(3)),
                );
                left.leave(Started::new(run, race((one, two))));
            });
            run.join();
            let won = started.take().settle(run).expect("there is room");
            let first_is_sent = matches!(won, Won2::A((Ok(()), _)));
            run.saw(if first_is_sent { "first" } else { "second" });
            let lens = stay.map(|receiver| receiver.take().len());
            assert_eq!(
                lens,
                [usize::from(first_is_sent), usize::from(!first_is_sent)]
            );
        });
}

/// A receiver subscribes and looks while a message is sent: it has it then, or it is kept, for it or because
/// nobody was there.
#[test]
fn subscribe_and_send() {
    Model::new("broadcast::subscribe_and_send", 20)
        .sees(&["received", "kept"])
        .check(|run| {
            let (sender, receiver): Ends = broadcast::channel(1);
            let pause = receiver.deactivate();
            let end = Later::new();
            let left = end.clone();
            run.spawn(move |run| {
                let mut receiver = pause.subscribe();
                let next = receive_some(run, &mut receiver, 0);
                left.leave((receiver, next));
            });
            let sender = run.share(sender);
            let sending = Arc::clone(&sender);
            run.spawn(move |run| assert!(try_send(run, &sending, 0)));
            run.join();
            let (receiver, next) = end.take();
            assert_eq!(next + sender.len(), 1, "it was taken, or is kept");
            run.saw(if next == 1 { "received" } else { "kept" });
            drop(receiver);
            assert!(sender.is_empty());
        });
}

/// All handles go in threads of their own, with a message in the channel and one in a hand.
#[test]
fn handles_go() {
    Model::new("broadcast::handles_go", 1000).check(|run| {
        let (sender, mut receiver): Ends = broadcast::channel(2);
        let other = receiver.clone();
        assert!(try_send(run, &sender, 0));
        assert!(try_send(run, &sender, 1));
        let message = receiver.try_recv_ref().unwrap().unwrap();
        run.spawn(move |_| drop(sender));
        run.spawn(move |_| drop((message, receiver)));
        run.spawn(move |_| drop(other));
    });
}

/// A value is set while a task waits for it and a thread comes to.
#[test]
fn once_is_set() {
    Model::new("broadcast::once_is_set", 1000)
        .sees(&["awake", "parked", "told"])
        .check(|run| {
            let (sender, receiver) = broadcast::once::<Message>();
            let task = Started::new(run, receiver.recv_ref());
            let sleeping = receiver.clone();
            run.spawn(move |run| {
                let message = run.message(1);
                assert!(sender.send(message).is_ok());
            });
            run.spawn(move |run| {
                let value = run.wait(|| sleeping.recv_ref().wait());
                assert_eq!(value.unwrap().read(), 1);
            });
            run.join();
            let value = task.settle(run).expect("it was set");
            assert_eq!(value.unwrap().read(), 1);
        });
}

/// A value is set while the channel is closed: one of the two, and who waits is told.
#[test]
fn once_is_set_or_closed() {
    Model::new("broadcast::once_is_set_or_closed", 20000)
        .sees(&["set", "closed"])
        .check(|run| {
            let (sender, receiver) = broadcast::once::<Message>();
            let closing = receiver.clone();
            run.spawn(move |run| {
                let sent = sender.send(run.message(1));
                run.saw(if sent.is_ok() { "set" } else { "closed" });
            });
            run.spawn(move |_| {
                closing.close();
            });
            run.spawn(move |run| {
                let value = run.wait(|| receiver.recv_ref().wait());
                assert_eq!(value.is_some(), receiver.is_set());
                if let Some(message) = value {
                    assert_eq!(message.read(), 1);
                }
            });
        });
}
