//! A newer state if there is one; else the end, if there will be none; else wait.

use std::collections::HashSet;
use std::pin::pin;
use std::task::{Poll, Waker};

use waterway::watch::{self, Receiver, Sender, StateId};
use waterway::{Closed, TryRecvError};

use super::support::{assert_pending, assert_ready, poll_noop};

/// How a channel stands that has a state.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Open,
    Closed,
    /// All senders are gone.
    Left,
}

/// A channel with the states 1 and 2; the receiver has seen the first, or both.
fn stands(seen: bool, end: End) -> (Option<Sender<u32>>, Receiver<u32>) {
    let (sender, mut receiver) = watch::channel(1);
    sender.send(2).unwrap();
    if seen {
        receiver.mark_seen();
    }
    match end {
        End::Open => (Some(sender), receiver),
        End::Closed => {
            assert!(sender.close());
            assert!(!receiver.close(), "it is closed already");
            (Some(sender), receiver)
        }
        End::Left => (None, receiver),
    }
}

/// `pains.md` section 4: `changed`, `has_changed` and all others have one rule, also after the end.
#[test]
fn all_have_one_rule() {
    for end in [End::Open, End::Closed, End::Left] {
        for seen in [false, true] {
            let what = format!("seen {seen}, {end:?}");
            let (_sender, mut receiver) = stands(seen, end);
            let cursor = receiver.seen();
            assert_eq!(receiver.is_closed(), end != End::Open, "{what}");
            let expected = match (seen, end) {
                (false, _) => Poll::Ready(Some(2)),
                (true, End::Open) => Poll::Pending,
                (true, _) => Poll::Ready(None),
            };
            assert_eq!(
                receiver.has_changed(),
                match expected {
                    Poll::Ready(Some(_)) => Ok(true),
                    Poll::Pending => Ok(false),
                    Poll::Ready(None) => Err(Closed),
                },
                "{what}"
            );
            assert_eq!(
                receiver.try_recv_after(cursor).map(|(_, state)| state),
                match expected {
                    Poll::Ready(Some(state)) => Ok(state),
                    Poll::Pending => Err(TryRecvError::Empty),
                    Poll::Ready(None) => Err(TryRecvError::Closed),
                },
                "{what}"
            );
            let after = poll_noop(pin!(receiver.recv_after(cursor)));
            assert_eq!(
                after.map(|found| found.map(|(_, state)| state)),
                expected,
                "{what}"
            );
            let mut stream = receiver.clone().into_stream();
            assert_eq!(
                futures(&mut stream),
                if end == End::Open {
                    Poll::Pending
                } else {
                    Poll::Ready(None)
                },
                "{what}: a clone has seen the state"
            );
            // The last one, because it sees what it finds.
            let changed = poll_noop(pin!(receiver.changed()));
            assert_eq!(
                changed.map(|found| found.map(|state| *state)),
                expected,
                "{what}"
            );
            let again = poll_noop(pin!(receiver.changed()));
            assert_eq!(
                again.map(|found| found.is_some()),
                if end == End::Open {
                    Poll::Pending
                } else {
                    Poll::Ready(false)
                },
                "{what}: it was seen"
            );
        }
    }
}

fn futures(stream: &mut watch::StateStream<Receiver<u32>>) -> Poll<Option<u32>> {
    let mut context = std::task::Context::from_waker(Waker::noop());
    let polled = futures_core::Stream::poll_next(std::pin::Pin::new(stream), &mut context);
    polled.map(|found| found.map(|state| *state))
}

/// I44: only the latest state is there, and the channel may begin without one.
#[test]
fn i44_the_latest_state_alone_is_there() {
    let (sender, mut receiver) = watch::empty();
    assert!(receiver.latest().is_none() && sender.latest().is_none());
    assert_eq!(receiver.has_changed(), Ok(false));
    assert_pending(pin!(receiver.changed()), Waker::noop());
    for state in 0..10 {
        sender.send(state).unwrap();
    }
    assert_eq!(*receiver.latest().unwrap(), 9);
    assert_eq!(
        *assert_ready(pin!(receiver.changed()), Waker::noop()).unwrap(),
        9
    );
    assert_pending(pin!(receiver.changed()), Waker::noop());
}

/// I45: an id is a value like any other, and less than that of any state when it is new.
#[test]
fn i45_ids_are_values() {
    let (sender, receiver) = watch::channel('a');
    let first = receiver.latest().unwrap().id();
    let second = sender.send('b').unwrap();
    assert_eq!(StateId::new(), StateId::default());
    assert!(StateId::new() < first && first < second);
    assert_eq!(HashSet::from([first, second, first]).len(), 2);
    assert!(format!("{first:?}").starts_with("StateId("));
}

/// I46: a send replaces the state and never waits; ids give the order; refused, it gives the state back.
#[test]
fn i46_sends_are_ordered_by_their_ids() {
    let (sender, receiver) = watch::channel(0);
    let other = sender.clone();
    let mut ids = vec![receiver.latest().unwrap().id()];
    for state in 1..5 {
        ids.push([&sender, &other][state % 2].send(state).unwrap());
        assert_eq!(receiver.latest().unwrap().id(), *ids.last().unwrap());
    }
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
    sender.close();
    assert_eq!(other.send(5).unwrap_err().into_inner(), 5);
    assert!(other.send_replace(6).is_err_and(|error| error.0 == 6));
    assert_eq!(other.send_modify(|_| ()), Err(Closed));
}

/// I46: where ids are used up a send is refused, and the last state stays.
#[test]
fn i46_ids_do_not_wrap_around() {
    let (sender, mut receiver) = watch::__near_the_last_id(String::from("old"));
    sender.send(String::from("last")).unwrap();
    assert_eq!(
        sender.send(String::from("more")).unwrap_err().into_inner(),
        "more"
    );
    assert_eq!(sender.send_modify(String::clear), Err(Closed));
    assert_eq!(
        *assert_ready(pin!(receiver.changed()), Waker::noop()).unwrap(),
        "last"
    );
}

/// I47: a cursor is the caller's own; states in between are skipped.
#[test]
fn i47_any_number_of_cursors_on_one_receiver() {
    let (sender, receiver) = watch::channel(0);
    let first = receiver.latest().unwrap().id();
    assert_pending(pin!(receiver.recv_after(first)), Waker::noop());
    sender.send(1).unwrap();
    let last = sender.send(2).unwrap();
    for cursor in [StateId::new(), first] {
        let found = assert_ready(pin!(receiver.recv_after(cursor)), Waker::noop());
        assert_eq!(found, Some((last, 2)));
    }
    assert_pending(pin!(receiver.recv_after(last)), Waker::noop());
    assert_eq!(receiver.seen(), first, "a cursor is not what it has seen");
}

/// I48: nothing newer and never anything newer are two things.
#[test]
fn i48_nothing_newer_is_not_the_end() {
    let (sender, receiver) = watch::empty::<u32>();
    assert_eq!(
        receiver.try_recv_after(StateId::new()),
        Err(TryRecvError::Empty)
    );
    let id = sender.send(1).unwrap();
    assert_eq!(receiver.try_recv_after(StateId::new()), Ok((id, 1)));
    assert_eq!(receiver.try_recv_after(id), Err(TryRecvError::Empty));
    drop(sender);
    assert_eq!(receiver.try_recv_after(id), Err(TryRecvError::Closed));
}

/// I49: after the end an old cursor still gets the last state, one that is up to date gets the end.
#[test]
fn i49_the_last_state_after_the_end() {
    for close in [true, false] {
        let (sender, receiver) = watch::channel(0);
        let old = receiver.latest().unwrap().id();
        let last = sender.send(1).unwrap();
        if close {
            receiver.close();
        }
        drop(sender);
        for _ in 0..2 {
            assert_eq!(receiver.recv_after(old).wait(), Some((last, 1)));
            assert_eq!(receiver.recv_after(last).wait(), None);
            assert_eq!(*receiver.latest().unwrap(), 1);
        }
    }
}

/// A11, I51: a channel without a state ends, too.
#[test]
fn a11_an_empty_channel_ends() {
    let (sender, mut receiver) = watch::empty::<u32>();
    drop(sender);
    assert_eq!(receiver.has_changed(), Err(Closed));
    assert!(receiver.changed().wait().is_none());
    assert!(receiver.wait_for(|_| true).wait().is_none());
    assert!(
        receiver
            .clone()
            .into_stream()
            .into_inner()
            .changed()
            .wait()
            .is_none()
    );
}

/// A11: whatever makes a receiver, and whenever: it begins with the state that is there, and knows the end.
#[test]
fn a11_receivers_made_late_know_how_it_stands() {
    for end in [End::Open, End::Closed, End::Left] {
        let (sender, first) = stands(true, end);
        let mut made = vec![first.clone()];
        made.extend(sender.as_ref().map(Sender::subscribe));
        for mut receiver in made {
            assert_eq!(*receiver.latest().unwrap(), 2, "{end:?}");
            let expected = if end == End::Open {
                Ok(false)
            } else {
                Err(Closed)
            };
            assert_eq!(receiver.has_changed(), expected, "{end:?}");
            let changed = poll_noop(pin!(receiver.changed()));
            assert_eq!(changed.is_pending(), end == End::Open, "{end:?}");
        }
    }
    // Made when nobody listened: the sender is not closed for that.
    let (sender, receiver) = watch::channel(1);
    drop(receiver);
    assert!(sender.is_closed());
    let mut receiver = sender.subscribe();
    assert!(!sender.is_closed());
    assert_eq!(receiver.has_changed(), Ok(false));
    sender.send(2).unwrap();
    assert_eq!(*receiver.changed().wait().unwrap(), 2);
}

/// `pains.md` section 4, `watch::send` with no receivers: it is stored.
#[test]
fn what_is_sent_to_nobody_is_stored() {
    let (sender, receiver) = watch::channel(0);
    drop(receiver);
    assert!(sender.is_closed(), "nobody listens");
    let id = sender.send(1).unwrap();
    assert_eq!(sender.send_replace(2).unwrap().map(|old| *old), Some(1));
    sender.send_modify(|state| *state += 1).unwrap();
    assert_eq!(*sender.latest().unwrap(), 3);
    let receiver = sender.subscribe();
    assert_eq!(receiver.recv_after(id).wait().unwrap().1, 3);
}

/// `pains.md` section 4, a clone of a receiver that has not seen the state: it is fresh.
#[test]
fn a_clone_is_fresh() {
    let (sender, mut receiver) = watch::channel(0);
    sender.send(1).unwrap();
    assert_eq!(receiver.has_changed(), Ok(true));
    for _ in 0..3 {
        // This is the loop that was busy.
        assert_pending(pin!(receiver.clone().changed()), Waker::noop());
    }
    assert_eq!(
        *receiver.changed().wait().unwrap(),
        1,
        "it sees it all the same"
    );
}

#[test]
fn what_was_seen_can_be_said() {
    let (sender, mut receiver) = watch::channel(0);
    receiver.mark_unseen();
    assert_eq!(receiver.has_changed(), Ok(true));
    assert_eq!(*receiver.changed().wait().unwrap(), 0);
    assert_eq!(receiver.has_changed(), Ok(false));
    let id = sender.send(1).unwrap();
    receiver.mark_seen();
    assert_eq!((receiver.has_changed(), receiver.seen()), (Ok(false), id));
    receiver.mark_unseen();
    drop(sender);
    assert_eq!(*receiver.changed().wait().unwrap(), 1, "before the end");
    assert!(receiver.changed().wait().is_none());
    let (_sender, mut receiver) = watch::empty::<u32>();
    receiver.mark_unseen();
    assert_eq!(receiver.has_changed(), Ok(false), "there is none");
}

/// I51: handles of both sides are counted and made of each other; the last of a side is the end for the
/// other, until there is one again.
#[test]
fn i51_sides_end_and_begin() {
    let (sender, receiver) = watch::channel(0);
    let (other, second) = (sender.clone(), receiver.clone());
    assert_eq!((receiver.sender_count(), sender.receiver_count()), (2, 2));
    assert!(sender.same_channel(&other) && receiver.same_channel(&second));
    assert!(sender.sends_to(&second) && sender.id() == second.id());
    drop((sender, other));
    assert!(receiver.is_closed());
    assert_eq!(receiver.has_changed(), Err(Closed));
    let sender = receiver.new_sender();
    assert!(!receiver.is_closed());
    assert_eq!(receiver.has_changed(), Ok(false));
    drop((receiver, second));
    sender.closed().wait();
    sender.send(1).unwrap();
    let weak = sender.downgrade();
    assert_eq!((sender.weak_count(), sender.sender_count()), (1, 1));
    drop(sender);
    assert!(weak.upgrade().is_none());
    let (sender, receiver) = watch::channel(0);
    sender.close();
    assert!(
        receiver.new_sender().send(1).is_err(),
        "what was closed stays closed"
    );
    assert!(sender.is_closed() && receiver.is_closed());
}

/// I52: the state is looked at without a copy, on both sides.
#[test]
fn i52_states_need_not_be_clone() {
    struct Opaque(u32);
    let (sender, mut receiver) = watch::channel(Opaque(0));
    sender.send(Opaque(1)).unwrap();
    let state = receiver.changed().wait().unwrap();
    assert_eq!((state.0, sender.latest().unwrap().0), (1, 1));
    assert!(receiver.wait_for(|state| state.0 == 1).wait().is_some());
    let kept = state.clone();
    let state = state.into_inner().err().expect("it is kept elsewhere");
    drop(kept);
    let state = state.into_inner().err().expect("it is in the channel");
    drop(sender.send(Opaque(2)));
    assert_eq!(state.into_inner().ok().expect("it is the last").0, 1);
}

/// I58: how it stands, without the state's own `Debug`.
#[test]
fn i58_debug_tells_how_it_stands() {
    struct Opaque;
    let (sender, receiver) = watch::channel(Opaque);
    sender.send(Opaque).unwrap();
    let text = format!("{sender:?} {receiver:?} {:?}", sender.downgrade());
    assert!(
        text.contains("latest: 2") && text.contains("seen: 1"),
        "{text}"
    );
    let (_sender, receiver) = watch::channel(7);
    let state = receiver.latest().unwrap();
    assert_eq!(
        format!("{state} {state:?}"),
        "7 Snapshot { id: 1, state: 7 }"
    );
}
