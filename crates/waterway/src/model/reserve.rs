//! Permits: room that is kept, given back, and waited for.

use std::sync::Arc;
use std::task::Waker;

use super::{Later, Message, Model, Run, Started, block_on, poll};
use crate::mpsc;

/// A reservation is told and comes for its room itself; a send waits behind it.
#[test]
fn parked_reserve_and_send() {
    Model::new("reserve::parked_reserve_and_send", 1000)
        .sees(&["told", "parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let mut reserve = Box::pin((*sender).clone().reserve_owned());
            assert!(poll(reserve.as_mut(), Waker::noop()).is_pending());
            let send = run.start_send(&sender, 20);
            run.spawn(move |run| {
                let permit = run.wait(|| block_on(reserve)).unwrap();
                assert!(permit.send(run.message(10)).0.is_ok());
            });
            let left = Later::new();
            run.spawn({
                let (left, mut receiver) = (left.clone(), receiver);
                move |run| {
                    for _ in 0..2 {
                        let message = block_on(receiver.recv()).expect("nobody closes");
                        run.receive(message);
                    }
                    left.leave(receiver);
                }
            });
            run.join();
            assert_eq!(run.settle_send(send, 20), Some(true));
            run.drain(&mut left.take());
        });
}

/// A reservation that was told and does not come holds up nobody, if the receiver is idle.
#[test]
fn overtaken_by_a_send() {
    Model::new("reserve::overtaken_by_a_send", 200)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let reserve = Started::new(run, (*sender).clone().reserve_owned());
            run.spawn(move |run| {
                let message = run.message(20);
                run.wait(|| block_on(sender.send(message))).unwrap();
            });
            run.spawn_receiver(receiver, |run, receiver| {
                for _ in 0..2 {
                    let message = run.wait(|| block_on(receiver.recv()));
                    run.receive(message.expect("nobody closes"));
                }
            });
            run.join();
            assert_eq!(run.received(), [0, 20]);
            assert!(reserve.settle(run).is_some(), "there is room now");
        });
}

/// The same: one that only tries passes as well, when the receiver waits; it is told then.
#[test]
fn overtaken_by_a_try() {
    Model::new("reserve::overtaken_by_a_try", 100)
        .sees(&["sent", "full", "at once", "told", "not ready"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::bounded::<Message>(1);
            run.try_send(&sender, 0);
            let sender = run.share(sender);
            let reserve = Started::new(run, (*sender).clone().reserve_owned());
            run.try_recv(&mut receiver);
            assert!(reserve.is_told());
            run.spawn_try_send(&sender, 1);
            let recv = Later::new();
            run.spawn({
                let recv = recv.clone();
                move |run| recv.leave(Started::new(run, receiver.recv_owned()))
            });
            run.join();
            if let Some((found, _receiver)) = recv.take().settle(run) {
                run.receive(found.expect("nobody closes"));
            }
            assert!(reserve.settle(run).is_some(), "there is room now");
        });
}

/// Room for two is waited for while messages go out one by one.
#[test]
fn two_at_once() {
    Model::new("reserve::two_at_once", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            run.try_send(&sender, 0);
            run.try_send(&sender, 1);
            let sender = run.share(sender);
            run.spawn(move |run| {
                let mut permits = run.wait(|| block_on(sender.reserve_many(2))).unwrap();
                let permit = permits.next().unwrap();
                assert!(permit.send(run.message(10)).is_ok());
            });
            run.spawn_receiver(receiver, |run, receiver| {
                run.try_recv(receiver);
                run.try_recv(receiver);
            });
        });
}

/// Two reserve at a time, and one sends: there is room for two in all.
#[test]
fn two_reserve() {
    Model::new("reserve::two_reserve", 1000)
        .sees(&["reserved", "no room", "sent", "full"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(2);
            let sender = run.share(sender);
            let permits = [1, 2].map(|number| {
                let (sender, permit) = (Arc::clone(&sender), Later::new());
                run.spawn({
                    let permit = permit.clone();
                    move |run| match (*sender).clone().try_reserve_owned() {
                        Ok(owned) => {
                            run.saw("reserved");
                            permit.leave(Some((number, owned)));
                        }
                        Err(_) => {
                            run.saw("no room");
                            permit.leave(None);
                        }
                    }
                });
                permit
            });
            run.spawn_try_send(&sender, 3);
            run.share(receiver);
            run.join();
            let permits: Vec<_> = permits.iter().filter_map(Later::take).collect();
            assert_eq!(sender.len() + permits.len(), 2);
            for (number, permit) in permits {
                assert!(permit.send(run.message(number)).0.is_ok());
            }
        });
}

/// A permit is given back while a send waits for its room.
#[test]
fn permit_goes_and_send() {
    Model::new("reserve::permit_goes_and_send", 1000)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, receiver) = mpsc::bounded::<Message>(1);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let message = run.message(1);
                    run.wait(|| sender.send(message).wait()).unwrap();
                }
            });
            run.spawn(move |_| drop(permit));
            run.spawn_receiver(receiver, |_, _| ());
            run.join();
            assert_eq!(run.received(), [1]);
        });
}

/// A permit is used while somebody waits for one, where no slot that becomes free tells that.
#[test]
fn permit_is_used_in_segments() {
    Model::new("reserve::permit_is_used_in_segments", 100)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = mpsc::unbounded::<Message>();
            let most = (1 << 26) - 2;
            let others = sender.try_reserve_many(most).unwrap();
            std::mem::forget(others);
            let permit = sender.clone().try_reserve_owned().unwrap();
            let sender = run.share(sender);
            run.spawn({
                let sender = Arc::clone(&sender);
                move |run| {
                    let permit = run.wait(|| sender.reserve().wait()).unwrap();
                    drop(permit);
                }
            });
            run.spawn(move |run| assert!(permit.send(run.message(1)).0.is_ok()));
            run.join();
            assert!(run.try_recv(&mut receiver));
        });
}

/// A permit is used while the receiver goes: the message comes back, or is dropped with the rest.
fn permit_is_used_and_receiver_goes(run: &Run, capacity: Option<usize>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded::<Message>(capacity),
        None => mpsc::unbounded(),
    };
    let permit = sender.clone().try_reserve_owned().unwrap();
    let sender = run.share(sender);
    run.spawn(move |run| match permit.send(run.message(1)) {
        (Ok(()), _sender) => run.saw("sent"),
        (Err(error), _sender) => {
            assert_eq!(error.into_inner().read(), 1);
            run.saw("given back");
        }
    });
    run.spawn(move |_| drop(receiver));
    run.join();
    run.settle();
    drop(sender);
}

#[test]
fn permit_of_a_ring_and_receiver_goes() {
    Model::new("reserve::permit_of_a_ring_and_receiver_goes", 80)
        .sees(&["sent", "given back"])
        .check(|run| permit_is_used_and_receiver_goes(run, Some(1)));
}

#[test]
fn permit_of_segments_and_receiver_goes() {
    Model::new("reserve::permit_of_segments_and_receiver_goes", 200)
        .sees(&["sent", "given back"])
        .check(|run| permit_is_used_and_receiver_goes(run, None));
}
