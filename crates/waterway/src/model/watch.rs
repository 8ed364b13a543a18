//! States: none is torn, the last is seen, and an update counts.

use std::sync::Arc;

use super::{Later, Message, Model, Run, Started};
use crate::error::TryRecvError;
use crate::watch::{self, Receiver, StateId};

/// A number in a state that can be counted up.
type Counter = watch::Sender<u64>;

/// Sees states as a thread until the end; the last.
fn see_all(run: &Run, receiver: &mut Receiver<Message>) -> Option<usize> {
    let mut last = None;
    while let Some(state) = run.wait(|| receiver.changed().wait()) {
        assert!(last < Some(state.read()), "an old state");
        last = Some(state.read());
    }
    last
}

/// A sender puts two states and goes, while a receiver waits for each: it sees the last.
#[test]
fn last_is_seen() {
    Model::new("watch::last_is_seen", 100)
        .sees(&["awake", "parked"])
        .check(|run| {
            let (sender, mut receiver) = watch::channel(run.message(0));
            run.spawn(move |run| {
                sender.send(run.message(1)).expect("it is open");
                sender.send(run.message(2)).expect("it is open");
            });
            run.spawn(move |run| assert_eq!(see_all(run, &mut receiver), Some(2)));
            run.join();
        });
}

/// A receiver waits, as a task, while a state is put and the channel closed: it is told, and sees the state
/// before the end.
#[test]
fn state_before_the_end() {
    Model::new("watch::state_before_the_end", 20)
        .sees(&["told", "pending"])
        .check(|run| {
            let (sender, receiver) = watch::empty::<Message>();
            let changed = Started::new(run, receiver.changed_owned());
            let sending = run.share(sender);
            let closing = Arc::clone(&sending);
            run.spawn(move |run| {
                run.saw(match sending.send(run.message(1)) {
                    Ok(_) => "sent",
                    Err(_) => "closed",
                });
            });
            run.spawn(move |_| assert!(closing.close()));
            run.join();
            let (state, mut receiver) = changed.settle(run).expect("it was told");
            if state.is_some() {
                assert!(see_all(run, &mut receiver).is_none());
            } else {
                assert!(receiver.latest().is_none());
            }
        });
}

/// Who asks by id while the last sender puts a state and goes: nothing yet, or the state, but not the end.
#[test]
fn asks_while_the_last_sender_goes() {
    Model::new("watch::asks_while_the_last_sender_goes", 10)
        .sees(&["nothing yet", "a state"])
        .check(|run| {
            let (sender, receiver) = watch::empty::<u64>();
            run.spawn(move |_| {
                sender.send(1).expect("it is open");
            });
            run.spawn(move |run| {
                run.saw(match receiver.try_recv_after(StateId::new()) {
                    Ok((_, 1)) => "a state",
                    Err(TryRecvError::Empty) => "nothing yet",
                    other => panic!("{other:?}"),
                });
                let last = receiver.try_recv_after(StateId::new());
                assert!(!matches!(last, Err(TryRecvError::Closed)));
            });
            run.join();
        });
}

/// Snapshots are taken and kept while states are put, in memory that is used again.
#[test]
fn snapshots_are_not_torn() {
    Model::new("watch::snapshots_are_not_torn", 50)
        .sees(&["0", "1", "2"])
        .check(|run| {
            let (sender, receiver) = watch::channel(run.message(0));
            let sender = run.share(sender);
            run.spawn(move |run| {
                sender.send(run.message(1)).expect("it is open");
                sender.send(run.message(2)).expect("it is open");
            });
            run.spawn(move |run| {
                let first = receiver.latest().expect("there is one");
                let before = first.read();
                let second = receiver.latest().expect("there is one");
                run.saw(["0", "1", "2"][second.read()]);
                assert!(first.id() <= second.id());
                assert_eq!(first.read(), before);
            });
            run.join();
        });
}

/// Two senders put states in memory that each leaves to whoever comes: it goes to one of them.
#[test]
fn two_send() {
    Model::new("watch::two_send", 30)
        .sees(&["1", "2"])
        .check(|run| {
            let (sender, receiver) = watch::channel(run.message(0));
            sender.send(run.message(9)).expect("it is open");
            let sender = run.share(sender);
            for number in 1..=2 {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| {
                    sender.send(run.message(number)).expect("it is open");
                });
            }
            run.join();
            let state = receiver.latest().expect("there is one");
            run.saw(["0", "1", "2"][state.read()]);
        });
}

/// Two count up at a time: both count.
#[test]
fn two_updates() {
    Model::new("watch::two_updates", 20)
        .sees(&["again"])
        .check(|run| {
            let (sender, receiver) = watch::channel(0);
            let sender: Arc<Counter> = run.share(sender);
            for _ in 0..2 {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| {
                    let mut times = 0;
                    let changed = sender.send_modify(|state| {
                        *state += 1;
                        times += 1;
                    });
                    assert!(changed.expect("it is open").is_some());
                    if times > 1 {
                        run.saw("again");
                    }
                });
            }
            run.join();
            assert_eq!(*receiver.latest().expect("there is one"), 2);
        });
}

/// One counts up while another takes what was counted: nothing is lost, or counted twice.
#[test]
fn update_and_replace() {
    Model::new("watch::update_and_replace", 20).check(|run| {
        let (sender, receiver) = watch::channel(5);
        let sender: Arc<Counter> = run.share(sender);
        let replacing = Arc::clone(&sender);
        run.spawn(move |_| {
            sender.send_modify(|state| *state += 1).expect("it is open");
        });
        let taken = Later::new();
        let left = taken.clone();
        run.spawn(move |_| {
            let old = replacing.send_replace(0).expect("it is open");
            left.leave(*old.expect("there was one"));
        });
        run.join();
        assert_eq!(taken.take() + *receiver.latest().expect("there is one"), 6);
    });
}

/// One counts up while another sends: the update came before it or after it.
#[test]
fn update_and_send() {
    Model::new("watch::update_and_send", 20)
        .sees(&["before", "after"])
        .check(|run| {
            let (sender, receiver) = watch::channel(5);
            let sender: Arc<Counter> = run.share(sender);
            let sending = Arc::clone(&sender);
            run.spawn(move |_| {
                let mut times = 0;
                let changed = sender.send_modify(|state| {
                    *state += 1;
                    times += 1;
                });
                changed.expect("it is open");
                assert_eq!(times, 1, "it came before the other");
            });
            run.spawn(move |_| {
                sending.send(10).expect("it is open");
            });
            run.join();
            run.saw(match *receiver.latest().expect("there is one") {
                10 => "before",
                11 => "after",
                other => panic!("{other}"),
            });
        });
}

/// A sender waits for the last receiver to go.
#[test]
fn last_receiver_goes() {
    Model::new("watch::last_receiver_goes", 20)
        .sees(&["awake", "parked"])
        .check(|run| {
            let (sender, receiver) = watch::channel(run.message(0));
            run.spawn(move |run| run.wait(|| sender.closed().wait()));
            run.spawn(move |_| drop(receiver));
            run.join();
        });
}

/// A sender makes a receiver while the last other one goes: the channel is freed once, when both have gone.
#[test]
fn subscribe_and_last_drop() {
    Model::new("watch::subscribe_and_last_drop", 20).check(|run| {
        let (sender, receiver) = watch::channel(run.message(0));
        run.spawn(move |_| drop(receiver));
        run.spawn(move |_| {
            let receiver = sender.subscribe();
            drop(sender);
            assert_eq!(receiver.latest().expect("it stays").read(), 0);
        });
        run.join();
    });
}

/// Two receivers wait; one goes while both are told: the other sees the state.
#[test]
fn one_of_two_goes() {
    Model::new("watch::one_of_two_goes", 20)
        .sees(&["told"])
        .check(|run| {
            let (sender, receiver) = watch::channel(run.message(0));
            let goes = Started::new(run, receiver.clone().changed_owned());
            let stays = Started::new(run, receiver.changed_owned());
            let sender = run.share(sender);
            run.spawn(move |run| {
                sender.send(run.message(1)).expect("it is open");
            });
            run.spawn(move |_| drop(goes));
            run.join();
            let (state, _) = stays.settle(run).expect("it was told");
            assert_eq!(state.expect("it is the last").read(), 1);
        });
}

/// A thread waits for the one state that is put; no end comes to its help.
#[test]
fn one_state_is_seen() {
    Model::new("watch::one_state_is_seen", 20)
        .sees(&["awake", "parked"])
        .check(|run| {
            let (sender, mut receiver) = watch::empty();
            let sender = run.share(sender);
            run.spawn(move |run| {
                sender.send(run.message(1)).expect("it is open");
            });
            run.spawn(move |run| {
                let state = run.wait(|| receiver.changed().wait());
                assert_eq!(state.expect("it is open").read(), 1);
            });
            run.join();
        });
}
