//! Every operation of a channel of states is awaited, waited for, timed, ended and cancelled as all are.

use std::future::{pending, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_core::{FusedFuture, FusedStream, Stream};
use waterway::watch::{self, StateId};
use waterway::{RecvTimeoutError, Timeout, Wait};

use super::support::{
    Event, Probe, assert_pending, assert_ready, block_on, catch, poll_noop, spawn_sleeper, watchdog,
};

const LIMIT: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_millis(1);

/// E7: with any time at all; what can be done at once is done.
#[test]
fn e7_every_operation_can_be_timed() {
    let (sender, mut receiver) = watch::channel(0);
    let id = receiver.seen();
    for time in [NOW, SOON] {
        assert_eq!(
            receiver.changed().wait_timeout(time).err(),
            Some(RecvTimeoutError::Timeout)
        );
        assert_eq!(
            receiver.recv_after(id).wait_timeout(time),
            Err(RecvTimeoutError::Timeout)
        );
        let wait = receiver.wait_for(|state| *state > 0).wait_timeout(time);
        assert_eq!(wait.err(), Some(RecvTimeoutError::Timeout));
        assert_eq!(sender.closed().wait_timeout(time), Err(Timeout));
        let past = Instant::now();
        assert_eq!(
            receiver.recv_after(id).wait_deadline(past),
            Err(RecvTimeoutError::Timeout)
        );
    }
    let new = sender.send(1).unwrap();
    for time in [NOW, Duration::MAX] {
        receiver.mark_unseen();
        assert_eq!(
            receiver.changed().wait_timeout(time).map(|state| *state),
            Ok(1)
        );
        assert_eq!(receiver.recv_after(id).wait_timeout(time), Ok((new, 1)));
        let wait = receiver.wait_for(|state| *state > 0).wait_timeout(time);
        assert_eq!(wait.map(|state| *state), Ok(1));
    }
    sender.close();
    for time in [NOW, Duration::MAX] {
        assert_eq!(
            receiver.changed().wait_timeout(time).err(),
            Some(RecvTimeoutError::Closed)
        );
        assert_eq!(
            receiver.recv_after(new).wait_timeout(time),
            Err(RecvTimeoutError::Closed)
        );
        assert_eq!(sender.closed().wait_timeout(time), Ok(()));
    }
}

/// A wait is ended by any future, after a look.
#[test]
fn every_operation_can_be_called_off() {
    let (sender, mut receiver) = watch::channel(0);
    let id = receiver.seen();
    block_on(async {
        assert_eq!(
            receiver.changed().until(ready(())).await.err(),
            Some(RecvTimeoutError::Timeout)
        );
        assert_eq!(
            receiver.recv_after(id).until(ready(())).await,
            Err(RecvTimeoutError::Timeout)
        );
        assert_eq!(sender.closed().until(ready(())).await, Err(Timeout));
        sender.send(1).unwrap();
        assert_eq!(
            receiver
                .changed()
                .until(pending::<()>())
                .await
                .map(|state| *state),
            Ok(1)
        );
        assert_eq!(receiver.recv_after(id).await.unwrap().1, 1);
        assert_eq!(*receiver.wait_for(|state| *state == 1).await.unwrap(), 1);
    });
}

/// I50: an operation knows when it is through, and is not polled again.
#[test]
fn i50_operations_are_fused() {
    let (sender, receiver) = watch::channel(0);
    let mut changed = Box::pin(receiver.changed_owned());
    assert_pending(changed.as_mut(), Waker::noop());
    assert!(!changed.is_terminated());
    sender.send(1).unwrap();
    let (state, receiver) = assert_ready(changed.as_mut(), Waker::noop());
    assert_eq!(*state.unwrap(), 1);
    assert!(changed.is_terminated());
    assert!(catch(|| poll_noop(changed.as_mut())).is_err());
    // One that is called off gives the receiver back, which has seen nothing.
    sender.send(2).unwrap();
    let mut changed = Box::pin(receiver.changed_owned());
    let mut receiver = changed.as_mut().cancel();
    assert_eq!(*receiver.changed().wait().unwrap(), 2);
    assert_pending(pin!(receiver.changed()), Waker::noop());
    let (timed, receiver) = receiver.changed_owned().wait_timeout(NOW);
    assert_eq!(timed.err(), Some(RecvTimeoutError::Timeout));
    drop(sender);
    let (end, _) = receiver.changed_owned().wait();
    assert!(end.is_none());
}

/// A pinned operation is waited for in pieces, by a thread and by a task, and keeps its place.
#[test]
fn an_operation_is_waited_for_in_pieces() {
    let (sender, receiver) = watch::channel(0);
    let probe = Probe::new();
    let mut after = pin!(receiver.recv_after(receiver.seen()));
    assert_eq!(after.as_mut().wait_timeout(SOON), Err(Timeout));
    assert_pending(after.as_mut(), &probe.waker());
    assert_eq!(after.as_mut().wait_timeout(NOW), Err(Timeout));
    assert_pending(after.as_mut(), &probe.waker());
    let id = sender.send(1).unwrap();
    assert_eq!(probe.wakes(), 1);
    assert_eq!(after.as_mut().wait(), Some((id, 1)));
}

/// Threads that sleep at each operation are woken.
#[test]
fn threads_sleep_and_are_woken() {
    watchdog("threads_sleep_and_are_woken", LIMIT, || {
        let (sender, receiver) = watch::channel(0);
        let (mut first, mut second, third) = (receiver.clone(), receiver.clone(), receiver);
        let changed = spawn_sleeper(move || *first.changed().wait().unwrap());
        let waits = spawn_sleeper(move || *second.wait_for(|state| *state == 2).wait().unwrap());
        let after = spawn_sleeper(move || third.recv_after(third.seen()).wait().unwrap().1);
        let last = sender.clone();
        let closed = spawn_sleeper(move || last.closed().wait());
        for sleeper in [&changed, &waits, &after] {
            sleeper.wait_asleep();
        }
        closed.wait_asleep();
        sender.send(1).unwrap();
        assert_eq!((changed.join(), after.join()), (1, 1));
        waits.wait_asleep();
        sender.send(2).unwrap();
        assert_eq!(waits.join(), 2);
        closed.join();
        assert!(sender.is_closed());
    });
}

/// A predicate that says no is asked of each state that is there, and of the last before the end.
#[test]
fn wait_for_sees_what_is_there_first() {
    let (sender, mut receiver) = watch::channel(1);
    let mut asked = Vec::new();
    {
        let mut wait = pin!(receiver.wait_for(|state| {
            asked.push(*state);
            *state == 4
        }));
        assert_pending(wait.as_mut(), Waker::noop());
        assert_pending(wait.as_mut(), Waker::noop());
        sender.send(2).unwrap();
        sender.send(3).unwrap();
        assert_pending(wait.as_mut(), Waker::noop());
        sender.send(5).unwrap();
        drop(sender);
        assert!(assert_ready(wait.as_mut(), Waker::noop()).is_none());
    }
    assert_eq!(asked, [1, 3, 5], "each once");
    assert_eq!(
        *receiver.changed().wait().unwrap(),
        5,
        "what was refused was not seen"
    );
}

/// The end may come while the predicate is asked.
#[test]
fn wait_for_sees_the_end_that_comes_meanwhile() {
    let (sender, mut receiver) = watch::channel(1);
    let mut sender = Some(sender);
    let mut wait = pin!(receiver.wait_for(|_| {
        drop(sender.take());
        false
    }));
    assert!(assert_ready(wait.as_mut(), Waker::noop()).is_none());
}

/// The end may come, and a state before it, between the first look and the announcement.
#[test]
fn wait_for_sees_what_comes_while_it_announces_itself() {
    let (sender, mut receiver) = watch::channel(1);
    let probe = Probe::new();
    let mut sender = Some(sender);
    probe.hook(Event::Clone, move || {
        if let Some(sender) = sender.take() {
            sender.send(2).unwrap();
        }
    });
    let mut wait = pin!(receiver.wait_for(|state| *state == 3));
    // The state was asked, and then it has itself woken to look for the end.
    assert_pending(wait.as_mut(), &probe.waker());
    assert!(probe.is_woken());
    assert!(assert_ready(wait.as_mut(), &probe.waker()).is_none());
    assert_eq!(probe.refs(), 0);
}

/// Where states come faster than they are asked nobody is held up: tasks have their turns, deadlines pass.
#[test]
fn wait_for_is_no_endless_loop() {
    watchdog("wait_for_is_no_endless_loop", LIMIT, || {
        let (sender, mut receiver) = watch::channel(0);
        let never = |state: &u32| {
            sender.send(state + 1).unwrap();
            false
        };
        let probe = Probe::new();
        let mut wait = Box::pin(receiver.wait_for(never));
        for times in 1..10 {
            assert_pending(wait.as_mut(), &probe.waker());
            assert!(probe.take_woken(), "{times}");
        }
        drop(wait);
        let timed = receiver.wait_for(never).wait_timeout(SOON);
        assert_eq!(timed.err(), Some(RecvTimeoutError::Timeout));
    });
}

/// A4: what is there by the time the operation has announced itself is found, and leaves no waker behind.
#[test]
fn a4_success_while_announcing_leaves_no_waker() {
    let (sender, receiver) = watch::channel(0);
    for state in 1..100 {
        let probe = Probe::new();
        let inner = sender.clone();
        probe.hook(Event::Clone, move || {
            inner.send(state).unwrap();
        });
        {
            let mut after = pin!(receiver.recv_after(receiver.latest().unwrap().id()));
            let found = assert_ready(after.as_mut(), &probe.waker());
            assert_eq!((found.unwrap().1, probe.refs()), (state, 0));
        }
        sender.send(state).unwrap();
        assert_eq!(probe.wakes(), 0, "it waits no more");
        probe.unhook();
    }
}

/// Who waits for the receivers to go is told that one of them closed the channel.
#[test]
fn close_is_told_to_both_sides() {
    let (sender, receiver) = watch::channel(0);
    let (first, second) = (Probe::new(), Probe::new());
    let mut closed = pin!(sender.closed());
    let mut changed = Box::pin(receiver.clone().changed_owned());
    assert_pending(closed.as_mut(), &first.waker());
    assert_pending(changed.as_mut(), &second.waker());
    assert!(receiver.close());
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert_ready(closed, Waker::noop());
    assert!(assert_ready(changed.as_mut(), Waker::noop()).0.is_none());
}

fn next<S: Stream + Unpin>(stream: &mut S, waker: &Waker) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(waker))
}

#[test]
fn a_stream_gives_what_was_not_seen() {
    let (sender, mut receiver) = watch::channel(0);
    let probe = Probe::new();
    receiver.mark_unseen();
    let mut stream = receiver.stream();
    assert!(matches!(next(&mut stream, &probe.waker()), Poll::Ready(Some(state)) if *state == 0));
    assert!(next(&mut stream, &probe.waker()).is_pending());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(probe.wakes(), 1);
    assert!(matches!(next(&mut stream, &probe.waker()), Poll::Ready(Some(state)) if *state == 2));
    assert!(next(&mut stream, &probe.waker()).is_pending());
    let _ = stream.into_inner();
    assert_eq!(probe.refs(), 0, "it keeps no waker");
    sender.send(3).unwrap();
    let mut stream = receiver.into_stream();
    drop(sender);
    assert!(matches!(next(&mut stream, &probe.waker()), Poll::Ready(Some(state)) if *state == 3));
    for _ in 0..2 {
        assert!(matches!(
            next(&mut stream, &probe.waker()),
            Poll::Ready(None)
        ));
        assert!(stream.is_terminated());
    }
    assert_eq!(
        stream
            .into_inner()
            .recv_after(StateId::new())
            .wait()
            .unwrap()
            .1,
        3
    );
}

/// A receiver is told by its own lock as well.
#[test]
fn locks_may_be_ones_own() {
    let (sender, mut receiver) = watch::empty_in::<u32, waterway::DefaultLock>();
    sender.send(1).unwrap();
    assert_eq!(*receiver.changed().wait().unwrap(), 1);
    let (_sender, receiver) = watch::channel_in::<u32, waterway::DefaultLock>(2);
    assert_eq!(*receiver.latest().unwrap(), 2);
}

/// The receiver comes back with the state, with the end, and from a cancelled one.
#[test]
fn by_id_a_receiver_is_given_away_and_back() {
    let (sender, receiver) = watch::empty();
    let probe = Probe::new();
    let mut after = Box::pin(receiver.recv_after_owned(StateId::new()));
    assert_pending(after.as_mut(), &probe.waker());
    let receiver = after.as_mut().cancel();
    let mut after = Box::pin(receiver.recv_after_owned(StateId::new()));
    assert_pending(after.as_mut(), &probe.waker());
    let id = sender.send('a').unwrap();
    assert!(probe.is_woken());
    let (found, receiver) = assert_ready(after.as_mut(), &probe.waker());
    assert_eq!(found, Some((id, 'a')));
    let (found, receiver) = receiver.recv_after_owned(id).wait_timeout(SOON);
    assert_eq!(found, Err(RecvTimeoutError::Timeout));
    drop(sender);
    let (found, _receiver) = receiver.recv_after_owned(id).wait();
    assert_eq!(found, None);
}
