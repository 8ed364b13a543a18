//! Who waits, who is told, and in what order.

use std::cell::Cell;
use std::future::ready;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use waterway::broadcast;
use waterway::error::Delivered;
use waterway::{Lagged, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError, Wait};

use crate::support::{
    Event, Probe, assert_pending, assert_ready, block_on, spawn_sleeper, watchdog,
};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn every_waiting_receiver_is_told_once() {
    let (sender, receiver) = broadcast::channel(4);
    let probes: Vec<Probe> = (0..40).map(|_| Probe::new()).collect();
    let mut receives: Vec<_> = probes
        .iter()
        .map(|_| Box::pin(receiver.clone().recv_owned()))
        .collect();
    for (receive, probe) in receives.iter_mut().zip(&probes) {
        assert_pending(receive.as_mut(), &probe.waker());
    }
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    for (receive, probe) in receives.iter_mut().zip(&probes) {
        assert_eq!(probe.wakes(), 1, "however many messages came");
        let (got, _) = assert_ready(receive.as_mut(), &probe.waker());
        assert_eq!(got, Some(Ok(1)));
    }
}

#[test]
fn threads_and_tasks_wait_side_by_side() {
    watchdog("threads and tasks", LIMIT, || {
        let (sender, mut receiver) = broadcast::lossless(1);
        let mut other = receiver.clone();
        let thread = spawn_sleeper(move || other.recv().wait());
        thread.wait_asleep();
        let probe = Probe::new();
        let mut task = pin!(receiver.recv());
        assert_pending(task.as_mut(), &probe.waker());
        block_on(sender.send("both")).unwrap();
        assert_eq!(thread.join(), Some(Ok("both")));
        assert!(probe.take_woken());
        assert_eq!(assert_ready(task, &probe.waker()), Some(Ok("both")));
    });
}

#[test]
fn a_sender_waits_for_the_slowest() {
    let (sender, mut fast) = broadcast::lossless(2);
    let mut slow = fast.clone();
    let probe = Probe::new();
    sender.try_send(0).unwrap();
    sender.try_send(1).unwrap();
    let mut send = pin!(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    // The fast one is no help.
    assert_eq!(fast.try_recv(), Ok(Ok(0)));
    assert_eq!(fast.try_recv(), Ok(Ok(1)));
    assert_eq!(fast.try_recv(), Err(TryRecvError::Empty));
    assert!(!probe.is_woken());
    // The slow one takes the oldest: the message goes in, and whoever waits for it is told.
    let told = Probe::new();
    let mut receive = pin!(fast.recv());
    assert_pending(receive.as_mut(), &told.waker());
    assert_eq!(slow.try_recv(), Ok(Ok(0)));
    assert!(probe.take_woken() && told.take_woken());
    assert_eq!(assert_ready(receive, &told.waker()), Some(Ok(2)));
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
}

#[test]
fn senders_are_served_in_order() {
    let (sender, mut receiver) = broadcast::lossless(1);
    sender.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=40)
        .map(|number| Box::pin(sender.send(number)))
        .collect();
    let probes: Vec<Probe> = sends.iter().map(|_| Probe::new()).collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(send.as_mut(), &probe.waker());
    }
    for number in 0..=40 {
        // Nobody overtakes those who wait.
        assert_eq!(sender.try_send(99), Err(TrySendError::Full(99)));
        assert_eq!(receiver.try_recv(), Ok(Ok(number)));
    }
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    }
}

/// However many it held up: it frees as much as it held, in several holds of the lock.
#[test]
fn a_receiver_that_goes_lets_the_senders_go_on() {
    for capacity in [1, 2, 40] {
        let (sender, receiver) = broadcast::lossless(capacity);
        let mut other = receiver.clone();
        for number in 0..capacity {
            sender.try_send(number).unwrap();
        }
        for _ in 0..capacity {
            other.try_recv().unwrap().unwrap();
        }
        let mut sends: Vec<_> = (0..2 * capacity)
            .map(|number| Box::pin(sender.send(number)))
            .collect();
        let probe = Probe::new();
        for send in &mut sends {
            assert_pending(send.as_mut(), &probe.waker());
        }
        drop(receiver);
        assert_eq!(probe.wakes(), capacity, "as many as there was room for");
        let got: Vec<_> = other.try_iter().map(Result::unwrap).collect();
        assert_eq!(got, (0..2 * capacity).collect::<Vec<_>>());
        for mut send in sends {
            assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
        }
    }
}

/// More senders are let in than are woken at a time: whoever sends from a waker in between is behind them.
#[test]
fn nobody_overtakes_between_two_batches() {
    let (sender, receiver) = broadcast::lossless(40);
    let mut other = receiver.clone();
    for number in 0..40 {
        sender.try_send(number).unwrap();
        other.try_recv().unwrap().unwrap();
    }
    let mut sends: Vec<_> = (40..80)
        .map(|number| Box::pin(sender.send(number)))
        .collect();
    let probe = Probe::new();
    let tries = Rc::new(Cell::new(0));
    probe.hook_here(Event::Wake, {
        let (sender, tries) = (sender.clone(), Rc::clone(&tries));
        move || {
            tries.set(tries.get() + 1);
            assert_eq!(sender.try_send(99), Err(TrySendError::Full(99)));
        }
    });
    for send in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    drop(receiver);
    assert_eq!(tries.get(), 40);
    probe.unhook();
    let got: Vec<_> = other.try_iter().map(Result::unwrap).collect();
    assert_eq!(got, (40..80).collect::<Vec<_>>());
}

#[test]
fn with_the_last_receiver_every_sender_goes_on() {
    let (sender, receiver) = broadcast::lossless(1);
    sender.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=50)
        .map(|number| Box::pin(sender.send(number)))
        .collect();
    let probe = Probe::new();
    for send in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    drop(receiver);
    assert_eq!(probe.wakes(), 50);
    for mut send in sends {
        assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    }
    // The newest is kept.
    assert_eq!(sender.subscribe_from_oldest().try_recv(), Ok(Ok(50)));
}

#[test]
fn cancel_of_a_send() {
    let (sender, mut receiver) = broadcast::lossless(1);
    sender.try_send(0).unwrap();
    let mut first = pin!(sender.send(1));
    let mut second = pin!(sender.send(2));
    let probe = Probe::new();
    assert_pending(first.as_mut(), &probe.waker());
    assert_pending(second.as_mut(), &probe.waker());
    assert_eq!(first.as_mut().cancel(), Ok(1));
    assert_eq!(receiver.try_recv(), Ok(Ok(0)));
    assert_eq!(second.as_mut().cancel(), Err(Delivered));
    assert_eq!(receiver.try_recv(), Ok(Ok(2)));
    assert_eq!(probe.refs(), 0);
    // One that was never polled.
    let never = pin!(sender.send(3));
    assert_eq!(never.cancel(), Ok(3));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_dropped_recv_takes_nothing() {
    let (sender, mut receiver) = broadcast::channel(1);
    let probe = Probe::new();
    {
        let mut receive = pin!(receiver.recv());
        assert_pending(receive.as_mut(), &probe.waker());
        sender.try_send(1).unwrap();
        assert!(probe.is_woken());
    }
    assert_eq!(probe.refs(), 0);
    assert_eq!(receiver.try_recv(), Ok(Ok(1)));
}

#[test]
fn waits_that_are_ended() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let timeout = Err(RecvTimeoutError::Timeout);
    assert_eq!(receiver.recv().wait_timeout(Duration::ZERO), timeout);
    assert_eq!(
        receiver.recv().wait_timeout(Duration::from_millis(2)),
        timeout
    );
    assert_eq!(block_on(receiver.recv().until(ready(()))), timeout);
    assert_eq!(sender.send(1).wait_timeout(Duration::ZERO), Ok(()));
    let timeout = Err(SendTimeoutError::Timeout(2));
    assert_eq!(sender.send(2).wait_timeout(Duration::ZERO), timeout);
    assert_eq!(
        sender.send(2).wait_timeout(Duration::from_millis(2)),
        timeout
    );
    assert_eq!(block_on(sender.send(2).until(ready(()))), timeout);
    assert_eq!(receiver.recv().wait_timeout(Duration::MAX), Ok(Ok(1)));
    assert!(
        sender
            .closed()
            .wait_timeout(Duration::from_millis(2))
            .is_err()
    );
    // In pieces, with its place.
    sender.try_send(3).unwrap();
    let mut send = pin!(sender.send(4));
    assert!(
        send.as_mut()
            .wait_timeout(Duration::from_millis(2))
            .is_err()
    );
    assert_eq!(receiver.recv().wait(), Some(Ok(3)));
    assert_eq!(send.as_mut().wait_timeout(Duration::ZERO), Ok(Ok(())));
    assert_eq!(receiver.recv().wait(), Some(Ok(4)));
}

#[test]
fn a_sleeping_sender_is_woken_by_the_slowest() {
    watchdog("a sleeping sender", LIMIT, || {
        let (sender, mut receiver) = broadcast::lossless(1);
        let other = receiver.clone();
        sender.try_send(0).unwrap();
        let sending = spawn_sleeper(move || {
            sender.send(1).wait().unwrap();
            sender.send(2).wait().unwrap();
        });
        sending.wait_asleep();
        assert_eq!(receiver.recv().wait(), Some(Ok(0)));
        assert!(!sending.is_finished());
        drop(other);
        assert_eq!(receiver.recv().wait(), Some(Ok(1)));
        assert_eq!(receiver.recv().wait(), Some(Ok(2)));
        sending.join();
    });
}

/// While it sleeps it is overtaken: it is told of the first message, and finds that it lags.
#[test]
fn a_receiver_that_was_told_and_comes_late_lags() {
    let (sender, mut receiver) = broadcast::channel(2);
    let probe = Probe::new();
    let mut receive = Box::pin(receiver.recv());
    assert_pending(receive.as_mut(), &probe.waker());
    for number in 0..5 {
        sender.try_send(number).unwrap();
    }
    assert_eq!(probe.wakes(), 1);
    let got = assert_ready(receive.as_mut(), &probe.waker());
    assert_eq!(got, Some(Err(Lagged(3))));
    drop(receive);
    assert_eq!(receiver.try_recv(), Ok(Ok(3)));
}

/// A forgotten receive keeps its receiver where it stands, and strands nobody else who waits.
#[test]
fn a3_a_forgotten_receive_strands_no_other() {
    let (sender, receiver) = broadcast::channel(1);
    let (lost, probe) = (Probe::new(), Probe::new());
    let mut forgotten = Box::pin(receiver.clone().recv_owned());
    assert_pending(forgotten.as_mut(), &lost.waker());
    std::mem::forget(forgotten);
    let mut receive = Box::pin(receiver.recv_owned());
    assert_pending(receive.as_mut(), &probe.waker());
    sender.try_send(Arc::new(1)).unwrap();
    assert!(probe.is_woken());
    let (got, receiver) = assert_ready(receive.as_mut(), &probe.waker());
    assert_eq!(got, Some(Ok(Arc::new(1))));
    drop((sender, receiver));
}

/// A parked send that was forgotten is delivered all the same.
#[test]
fn a3_a_forgotten_send_strands_nobody() {
    let (sender, mut receiver) = broadcast::lossless(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut forgotten = Box::pin(sender.clone().send_owned(1));
    assert_pending(forgotten.as_mut(), &Probe::new().waker());
    std::mem::forget(forgotten);
    let mut behind = pin!(sender.send(2));
    assert_pending(behind.as_mut(), &probe.waker());
    for number in 0..3 {
        assert_eq!(receiver.try_recv(), Ok(Ok(number)));
    }
    assert_eq!(assert_ready(behind, &probe.waker()), Ok(()));
}
