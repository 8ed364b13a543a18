//! Who waits, who is told, and what of those who never come back.

use std::cell::RefCell;
use std::future::ready;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use waterway::error::Delivered;
use waterway::select::{Won2, after, race};
use waterway::{SendTimeoutError, Wait, inbox, oneshot, select_wait};

use crate::LIMIT;
use crate::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, spawn_sleeper, watchdog,
};

const MOMENT: Duration = Duration::from_millis(2);

#[test]
fn threads_and_tasks_wait_on_both_ends() {
    watchdog("threads and tasks", LIMIT, || {
        let (sender, mut receiver) = inbox::bounded(1);
        let thread = spawn_sleeper(move || (receiver.recv().wait(), receiver));
        thread.wait_asleep();
        block_on(sender.send(1)).unwrap();
        let (got, mut receiver) = thread.join();
        assert_eq!(got, Some(1));
        sender.try_send(2).unwrap();
        let other = sender.clone();
        let thread = spawn_sleeper(move || other.send(3).wait());
        thread.wait_asleep();
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(thread.join(), Ok(()));
        assert_eq!(receiver.recv().wait(), Some(3));
        let watcher = spawn_sleeper(move || sender.closed().wait());
        watcher.wait_asleep();
        drop(receiver);
        watcher.join();
    });
}

#[test]
fn a_wait_can_be_ended() {
    let (sender, mut receiver) = inbox::bounded(1);
    assert!(receiver.recv().wait_timeout(MOMENT).is_err());
    assert!(sender.closed().wait_timeout(MOMENT).is_err());
    sender.try_send(1).unwrap();
    assert_eq!(
        sender.send(2).wait_timeout(MOMENT),
        Err(SendTimeoutError::Timeout(2))
    );
    assert_eq!(
        block_on(sender.send(3).until(ready(()))),
        Err(SendTimeoutError::Timeout(3))
    );
    let (result, sender) = sender.send_owned(4).wait_timeout(Duration::ZERO);
    assert_eq!(result, Err(SendTimeoutError::Timeout(4)));
    // A pinned one keeps its place.
    let mut send = pin!(sender.send(5));
    assert!(send.as_mut().wait_timeout(MOMENT).is_err());
    assert_eq!(receiver.recv().wait(), Some(1));
    assert_eq!(send.as_mut().wait(), Ok(()));
    // And one that was taken says so.
    let mut send = pin!(sender.send(6));
    assert_pending(send.as_mut(), Waker::noop());
    assert!(send.as_mut().wait_timeout(MOMENT).is_err());
    assert_eq!(receiver.recv().wait(), Some(5));
    assert_eq!(send.cancel(), Err(Delivered));
    assert_eq!(receiver.recv_owned().wait().0, Some(6));
}

#[test]
fn operations_are_arms_of_a_select() {
    let (sender, mut receiver) = inbox::bounded(1);
    let (other, mut heard) = inbox::small::<u8>();
    assert!(matches!(
        race((receiver.recv(), after(MOMENT))).wait(),
        Won2::B(_)
    ));
    sender.try_send(1).unwrap();
    assert!(
        matches!(race((sender.send(2), after(MOMENT))).wait(), Won2::B(_)),
        "full"
    );
    assert!(matches!(
        race((heard.recv(), receiver.recv())).wait(),
        Won2::B(Some(1))
    ));
    // A parked arm is pulled by who receives, and then the other has not happened.
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    {
        let mut arms = pin!(race((sender.send(2), heard.recv())));
        assert_pending(arms.as_mut(), &probe.waker());
        assert_eq!(receiver.try_recv(), Ok(1));
        assert!(probe.take_woken());
        other.try_send(9).unwrap();
        assert!(matches!(
            assert_ready(arms, &probe.waker()),
            Won2::A(Ok(()))
        ));
    }
    assert_eq!(heard.try_recv(), Ok(9));
    let seen = select_wait! {
        number = receiver.peek() => number.copied(),
        () = other.closed() => None,
    };
    assert_eq!(seen, Some(2));
}

/// A send that holds a slot is stopped for ever: others go on with one slot less.
#[test]
fn h6_a_frozen_sender_holds_up_nobody() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = inbox::bounded(2);
    let probe = Probe::new();
    for id in 0..2 {
        sender.try_send(ledger.make(id)).unwrap();
    }
    // Parked, pulled, and never polled again; and one that is forgotten while it is parked.
    let mut frozen = Box::pin(sender.clone().send_owned(ledger.make(2)));
    assert_pending(frozen.as_mut(), &probe.waker());
    let mut forgotten = Box::pin(sender.clone().send_owned(ledger.make(3)));
    assert_pending(forgotten.as_mut(), &probe.waker());
    std::mem::forget(forgotten);
    assert_eq!(
        receiver.try_iter().map(|m| m.id()).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
    for id in 10..20 {
        sender.try_send(ledger.make(id)).unwrap();
        assert_eq!(receiver.try_recv().map(|m| m.id()), Ok(id));
    }
    drop(frozen);
    // A receive that is forgotten as well.
    let mut recv = Box::pin(receiver.recv());
    assert_pending(recv.as_mut(), &probe.waker());
    std::mem::forget(recv);
    sender.try_send(ledger.make(30)).unwrap();
    assert_eq!(receiver.recv().wait().map(|m| m.id()), Some(30));
}

/// Room that comes between a send's look and its parking, here while its waker is cloned.
#[test]
fn a_send_that_parks_too_late_is_served_at_once() {
    let (sender, receiver) = inbox::bounded(1);
    sender.try_send(0).unwrap();
    let receiver = Rc::new(RefCell::new(receiver));
    let (probe, inner) = (Probe::new(), receiver.clone());
    probe.hook_here(Event::Clone, move || {
        let _ = inner.borrow_mut().try_recv();
    });
    let mut send = pin!(sender.send(1));
    assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    probe.unhook();
    assert_eq!(receiver.borrow_mut().try_recv(), Ok(1));
}

#[test]
fn all_who_wait_learn_of_the_end() {
    // More than one batch of wakers.
    for count in [1, 2, 33] {
        let ledger = Ledger::new();
        let (sender, receiver) = inbox::bounded(1);
        sender.try_send(ledger.make(0)).unwrap();
        let probes: Vec<Probe> = (0..2 * count).map(|_| Probe::new()).collect();
        let mut sends: Vec<_> = (1..=count)
            .map(|id| Box::pin(sender.send(ledger.make(id as u64))))
            .collect();
        let mut watchers: Vec<_> = (0..count).map(|_| Box::pin(sender.closed())).collect();
        for (send, probe) in sends.iter_mut().zip(&probes) {
            assert_pending(send.as_mut(), &probe.waker());
        }
        for (closed, probe) in watchers.iter_mut().zip(&probes[count..]) {
            assert_pending(closed.as_mut(), &probe.waker());
        }
        drop(receiver);
        assert!(
            probes
                .iter()
                .all(|probe| probe.wakes() == 1 && probe.refs() == 0)
        );
        assert_eq!(ledger.drops_of(0), 1, "at once");
        for (id, send) in sends.iter_mut().enumerate() {
            let back = assert_ready(send.as_mut(), std::task::Waker::noop());
            assert_eq!(back.unwrap_err().into_inner().id(), id as u64 + 1);
        }
        drop((sends, watchers));
        drop(sender);
        ledger.assert_all_dropped();
    }
}

/// What is in the inbox may be what somebody who sends waits for.
#[test]
fn h36_messages_are_dropped_as_the_receiver_goes() {
    let (sender, receiver) = inbox::small();
    let (answer, asked) = oneshot::channel::<u8>();
    sender.try_send(answer).unwrap();
    drop(receiver);
    assert!(asked.wait().is_err());
    drop(sender);
}

#[test]
fn wakers_do_not_outlive_the_receiver() {
    let probe = Probe::new();
    let waker = probe.waker();
    let (sender, mut receiver) = inbox::small::<u8>();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(probe.refs() > 1);
    assert!(!receiver.register_waker(&waker) && probe.wakes() == 0);
    drop(receiver);
    drop(waker);
    assert_eq!(probe.refs(), 0);
    drop(sender);
}

/// The last sender, and a close, tell the receiver.
#[test]
fn a_polled_receiver_is_told_of_the_end() {
    for closes in [false, true] {
        let (sender, mut receiver) = inbox::small::<u8>();
        let probe = Probe::new();
        let waker = probe.waker();
        let mut context = Context::from_waker(&waker);
        assert!(receiver.poll_recv(&mut context).is_pending());
        if closes {
            sender.close();
        } else {
            drop(sender);
        }
        assert_eq!(probe.wakes(), 1);
        assert!(receiver.poll_recv(&mut context).is_ready());
    }
}

#[test]
fn wakers_come_back_in() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = inbox::bounded(1);
    let probe = Probe::new();
    let (inner, made) = (sender.clone(), ledger);
    for event in [Event::Wake, Event::Clone, Event::Drop] {
        let (inner, made) = (inner.clone(), made);
        probe.hook(event, move || {
            let _ = inner.try_send(made.make(77));
            let _ = (inner.len(), inner.is_full(), inner.is_closed());
            let _ = inner.send(made.make(78)).wait_timeout(Duration::ZERO);
        });
    }
    for id in 0..20 {
        {
            let mut recv = pin!(receiver.recv());
            let _ = recv.as_mut().poll(&mut Context::from_waker(&probe.waker()));
        }
        let _ = sender.try_send(ledger.make(id));
        let mut send = Box::pin(sender.send(ledger.make(100 + id)));
        let _ = send.as_mut().poll(&mut Context::from_waker(&probe.waker()));
        let _ = receiver.try_recv();
        drop(send);
        receiver.try_iter().for_each(drop);
    }
    probe.unhook();
    drop((inner, sender));
    assert!(receiver.iter().count() <= 1);
    drop(receiver);
    ledger.assert_all_dropped();
}

/// A message that panics when it is dropped.
struct Bomb<'a>(&'a std::cell::Cell<u32>);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        if !std::thread::panicking() {
            panic!("a message panics");
        }
    }
}

#[test]
fn drops_that_panic_lose_nothing() {
    let dropped = std::cell::Cell::new(0);
    let (sender, receiver) = inbox::small();
    for _ in 0..5 {
        sender.try_send(Bomb(&dropped)).ok().unwrap();
    }
    assert!(catch(|| drop(receiver)).is_err());
    assert_eq!(dropped.get(), 5);
    assert!(sender.is_closed());
    drop(sender);
}
