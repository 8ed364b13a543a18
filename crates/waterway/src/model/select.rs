//! One wait over several operations: exactly one of them happens, and none that could is missed.

use super::{Later, Message, Model, Run, Started};
use crate::mpmc;
use crate::select::{Won2, race};

type Pair = (mpmc::Sender<Message>, mpmc::Receiver<Message>);

/// A receive on two channels, both of which become ready: it is told, and takes one message only.
#[test]
fn two_become_ready() {
    Model::new("select::two_become_ready", 100)
        .sees(&["told", "at once"])
        .check(|run| {
            let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
            for (number, sender) in [(1, first.0.clone()), (2, second.0.clone())] {
                run.spawn(move |run| {
                    assert!(sender.try_send(run.message(number)).is_ok(), "room");
                });
            }
            let started = Later::new();
            run.spawn({
                let (started, one, two) = (started.clone(), first.1.clone(), second.1.clone());
                move |run| {
                    let arms = race((one.recv_owned(), two.recv_owned()));
                    started.leave(Started::new(run, arms));
                }
            });
            run.join();
            let won = started.take().settle(run).expect("two are there");
            let (Won2::A((message, _)) | Won2::B((message, _))) = won;
            run.receive(message.expect("open"));
            let rest = first.1.try_recv().or_else(|_| second.1.try_recv());
            run.receive(rest.expect("the other is there still"));
        });
}

/// A send to one of two full channels, from each of which somebody takes a message: it is taken once.
#[test]
fn two_make_room() {
    Model::new("select::two_make_room", 100)
        .sees(&["told", "at once", "first", "second"])
        .check(|run| {
            let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
            for (number, (sender, _)) in [(1, &first), (2, &second)] {
                assert!(sender.try_send(run.message(number)).is_ok(), "room");
            }
            for receiver in [first.1.clone(), second.1.clone()] {
                run.spawn(move |run| {
                    run.receive(receiver.try_recv().expect("it was full"));
                });
            }
            let started = Later::new();
            run.spawn({
                let (started, one, two) = (started.clone(), first.0.clone(), second.0.clone());
                move |run| {
                    let (one, two) = (
                        one.send_owned(run.message(3)),
                        two.send_owned(run.message(4)),
                    );
                    started.leave(Started::new(run, race((one, two))));
                }
            });
            run.join();
            let won = started.take().settle(run).expect("there is room");
            let (number, there) = match won {
                Won2::A(_) => (3, first.1.try_recv()),
                Won2::B(_) => (4, second.1.try_recv()),
            };
            run.saw(if number == 3 { "first" } else { "second" });
            let message = there.expect("it was sent");
            assert_eq!(message.read(), number);
            run.receive(message);
            assert!(first.1.try_recv().is_err() && second.1.try_recv().is_err());
        });
}

/// Two waits face each other at two rendezvous, each sends at one and receives at the other: they meet once.
#[test]
fn two_face_each_other() {
    Model::new("select::two_face_each_other", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (first, second): (Pair, Pair) = (mpmc::rendezvous(), mpmc::rendezvous());
            let sides = [
                (1, first.0.clone(), second.1.clone()),
                (2, second.0.clone(), first.1.clone()),
            ];
            for (number, sender, receiver) in sides {
                run.spawn(move |run| {
                    let message = run.message(number);
                    match run.wait(|| race((sender.send(message), receiver.recv())).wait()) {
                        Won2::A(sent) => assert!(sent.is_ok(), "open"),
                        Won2::B(message) => {
                            run.receive(message.expect("open"));
                        }
                    }
                });
            }
            run.join();
            assert_eq!(run.received().len(), 1, "one gives, the other takes");
            drop((first, second));
        });
}

/// The parts of the next model: apart, as the main thread's stack is small.
mod cancelled {
    use super::{Later, Pair, Run, Started, mpmc, race};

    /// Somebody waits to send to a full channel, and gives up in a thread of its own.
    pub(super) fn begin(run: &Run) -> (Pair, Later<bool>) {
        let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
        assert!(first.0.try_send(run.message(1)).is_ok(), "room");
        let send = first.0.clone().send_owned(run.message(2));
        let mut started = Started::new(run, race((send, second.1.recv_owned())));
        assert!(started.output.is_none());
        let taken = Later::new();
        let left = taken.clone();
        run.spawn(move |_| {
            left.leave(started.op.as_mut().cancel().is_some());
            drop(second.0);
        });
        (first, taken)
    }

    /// Somebody makes room.
    pub(super) fn make_room(run: &Run, first: &Pair) {
        let receiver = first.1.clone();
        run.spawn(move |run| {
            run.receive(receiver.try_recv().expect("it was full"));
        });
    }

    /// Whether the message has arrived.
    pub(super) fn has_arrived(run: &Run, first: &Pair) -> bool {
        let there = first.1.try_recv();
        let arrived = there.is_ok();
        run.saw(if arrived { "taken" } else { "kept" });
        there.into_iter().for_each(|message| {
            run.receive(message);
        });
        arrived
    }
}

/// A wait is given up while its send is taken: either it says so, or the message is gone with it.
#[test]
fn cancel_and_recv() {
    Model::new("select::cancel_and_recv", 30)
        .sees(&["taken", "kept"])
        .check(|run| {
            let (first, taken) = cancelled::begin(run);
            cancelled::make_room(run, &first);
            run.join();
            let arrived = cancelled::has_arrived(run, &first);
            assert!(arrived == taken.take(), "it says what happened");
        });
}

/// A send that was given pinned loses, and goes on by itself while somebody makes room.
#[test]
fn loser_goes_on() {
    Model::new("select::loser_goes_on", 30)
        .sees(&["told", "lost"])
        .check(|run| {
            let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
            assert!(first.0.try_send(run.message(1)).is_ok(), "room");
            assert!(second.0.try_send(run.message(2)).is_ok(), "room");
            let started = Later::new();
            run.spawn({
                let (started, sender) = (started.clone(), first.0.clone());
                let receiver = second.1.clone();
                move |run| {
                    let mut send = Started::new(run, sender.send_owned(run.message(3)));
                    if send.output.is_none() {
                        // It is parked, or served already.
                        let won = race((send.op.as_mut(), receiver.recv())).biased().now();
                        match won {
                            Some(Won2::A(sent)) => send.output = Some(Box::new(sent)),
                            Some(Won2::B(message)) => {
                                run.saw("lost");
                                run.receive(message.expect("open"));
                            }
                            None => unreachable!("there is a message"),
                        }
                    }
                    started.leave(send);
                }
            });
            run.spawn({
                let receiver = first.1.clone();
                move |run| {
                    run.receive(receiver.try_recv().expect("it was full"));
                }
            });
            run.join();
            let (sent, _) = started.take().settle(run).expect("there is room");
            assert!(sent.is_ok(), "open");
            run.receive(first.1.try_recv().expect("it was sent"));
            if let Ok(message) = second.1.try_recv() {
                run.receive(message);
            }
        });
}

/// The parts of the next models: apart, as the main thread's stack is small.
mod lost {
    use super::{Later, Pair, Run, Started, Won2, mpmc, race};

    pub(super) struct Begun {
        pub(super) first: Pair,
        second: Pair,
        is_second: Later<bool>,
        look: Option<Box<dyn FnOnce(&Run) + Send>>,
    }

    /// A wait of which one arm was taken, and that has not looked since: the other arm lies in the list of the
    /// first channel.
    pub(super) fn begin(run: &Run) -> Begun {
        let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
        for (number, (sender, _)) in [(1, &first), (2, &second)] {
            assert!(sender.try_send(run.message(number)).is_ok(), "room");
        }
        let started = Later::new();
        run.spawn({
            let (started, one, two) = (started.clone(), first.0.clone(), second.0.clone());
            let receiver = second.1.clone();
            move |run| {
                let (one, two) = (
                    one.send_owned(run.message(3)),
                    two.send_owned(run.message(4)),
                );
                started.leave(Started::new(run, race((one, two))));
                run.receive(receiver.try_recv().expect("it was full"));
            }
        });
        run.join();
        let is_second = Later::new();
        let left = is_second.clone();
        let look = Box::new(move |run: &Run| {
            let won = started.take().settle(run).expect("there was room");
            left.leave(matches!(won, Won2::B(_)));
        });
        Begun {
            first,
            second,
            is_second,
            look: Some(look),
        }
    }

    impl Begun {
        /// There is room in the first channel.
        pub(super) fn make_room(&self, run: &Run) {
            let receiver = self.first.1.clone();
            run.spawn(move |run| {
                run.receive(receiver.try_recv().expect("it was full"));
            });
        }

        /// Its owner looks, in a thread of its own.
        pub(super) fn look(&mut self, run: &Run) {
            run.spawn(self.look.take().expect("once"));
        }

        /// Everybody is done: exactly these messages have arrived.
        pub(super) fn end(self, run: &Run) {
            assert!(self.is_second.take(), "room was made there first");
            for (number, (_, receiver)) in [(5, &self.first), (4, &self.second)] {
                let message = receiver.try_recv().expect("it was sent");
                assert_eq!(run.receive(message), number);
                assert!(receiver.try_recv().is_err(), "one was sent");
            }
        }
    }
}

/// Who sends where there is room, and nobody in the list but an arm that has lost, is not refused.
#[test]
fn send_past_a_lost_arm() {
    Model::new("select::send_past_a_lost_arm", 8)
        .sees(&["told"])
        .check(|run| {
            let mut begun = lost::begin(run);
            begun.make_room(run);
            run.join();
            begun.look(run);
            let sender = begun.first.0.clone();
            run.spawn(move |run| {
                assert!(sender.try_send(run.message(5)).is_ok(), "there is room");
            });
            run.join();
            begun.end(run);
        });
}

/// The same of who waits behind that arm, whose owner has not looked yet.
#[test]
fn wait_behind_a_lost_arm() {
    Model::new("select::wait_behind_a_lost_arm", 8)
        .sees(&["told"])
        .check(|run| {
            let mut begun = lost::begin(run);
            begun.make_room(run);
            let (sender, waits) = (begun.first.0.clone(), Later::new());
            run.spawn({
                let waits = waits.clone();
                move |run| waits.leave(Started::new(run, sender.send_owned(run.message(5))))
            });
            run.join();
            let sent = waits.take().settle(run).expect("there is room");
            assert!(sent.0.is_ok(), "open");
            begun.look(run);
            run.join();
            begun.end(run);
        });
}

/// The same of who reserves.
#[test]
fn reserve_past_a_lost_arm() {
    Model::new("select::reserve_past_a_lost_arm", 8)
        .sees(&["told"])
        .check(|run| {
            let mut begun = lost::begin(run);
            begun.make_room(run);
            run.join();
            begun.look(run);
            let sender = begun.first.0.clone();
            run.spawn(move |run| {
                let permit = sender.try_reserve().expect("there is room");
                assert!(permit.send(run.message(5)).is_ok(), "open");
            });
            run.join();
            begun.end(run);
        });
}

/// A set of two, to one of which something is sent: whoever waits for the set is woken.
#[test]
fn set_of_two() {
    Model::new("select::set_of_two", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (first, second): (Pair, Pair) = (mpmc::bounded(1), mpmc::bounded(1));
            let mut set = crate::select::Set::new();
            set.insert(first.1);
            let key = set.insert(second.1);
            run.spawn({
                let sender = second.0.clone();
                move |run| {
                    assert!(sender.try_send(run.message(1)).is_ok(), "room");
                }
            });
            let kept = Later::new();
            run.spawn({
                let kept = kept.clone();
                move |run| {
                    let found = run.wait(|| set.recv().wait());
                    let (from, message) = found.expect("open");
                    assert_eq!(from, key);
                    run.receive(message.expect("open"));
                    kept.leave(set);
                }
            });
            run.join();
            // Its counts are the standard library's, of which a model sees nothing.
            drop(kept.take());
            assert_eq!(run.received().len(), 1);
            drop(first.0);
        });
}

/// Who asks whether there is something to receive, while something is sent: it is told, and the message is there.
fn ask_and_send(run: &Run, (sender, receiver): Pair) {
    run.spawn(move |run| {
        assert!(sender.try_send(run.message(1)).is_ok(), "room");
    });
    let asks = receiver.clone();
    run.spawn(move |run| run.wait(|| asks.ready().wait()));
    run.join();
    run.receive(receiver.try_recv().expect("it was sent"));
}

/// The same of a ring.
#[test]
fn ask_a_ring() {
    Model::new("select::ask_a_ring", 100)
        .sees(&["parked", "awake"])
        .check(|run| ask_and_send(run, mpmc::bounded(1)));
}

/// The same of segments.
#[test]
fn ask_segments() {
    Model::new("select::ask_segments", 100)
        .sees(&["parked", "awake"])
        .check(|run| ask_and_send(run, mpmc::unbounded()));
}

/// The same beside one who receives: who asks does not answer for the message.
#[test]
fn ask_beside_a_receiver() {
    Model::new("select::ask_beside_a_receiver", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver): Pair = mpmc::bounded(1);
            let asks = Started::new(run, receiver.ready());
            assert!(asks.output.is_none(), "nothing is there");
            let taker = receiver.clone();
            run.spawn(move |run| {
                let message = run.wait(|| taker.recv().wait());
                run.receive(message.expect("open"));
            });
            run.spawn({
                let sender = sender.clone();
                move |run| {
                    assert!(sender.try_send(run.message(1)).is_ok(), "room");
                }
            });
            run.join();
            assert_eq!(run.received().len(), 1);
            drop(asks);
            drop((sender, receiver));
        });
}
