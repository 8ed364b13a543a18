//! Who is served and woken: H49 to H55. Most are bugs (⚠) there, or differ.

use std::pin::{Pin, pin};
use std::task::Poll;

use crate::LIMIT;
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, poll_once, together, watchdog,
};
use crate::sut::{SendError, new};

/// One sender is woken for each message that is received; here in order.
#[test]
fn h49_one_sender_is_woken_for_each_message() {
    let (sender, mut receiver) = new(1);
    sender.try_send(0).unwrap();
    let probes: Vec<_> = (0..3).map(|_| Probe::new()).collect();
    let mut sends: Vec<_> = (1..=3).map(|number| sender.send(number)).collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(Pin::new(send), &probe.waker());
    }
    let woken = || {
        probes
            .iter()
            .map(|probe| usize::from(probe.take_woken()))
            .sum::<usize>()
    };
    assert!(receiver.try_recv().is_ok());
    assert_eq!(woken(), 1);
    assert_eq!(
        assert_ready(Pin::new(&mut sends[0]), &probes[0].waker()),
        Ok(())
    );
    #[cfg(not(feature = "original"))]
    for number in 1..=3 {
        assert_eq!(receiver.try_recv(), Ok(number));
        assert_eq!(woken(), usize::from(number < 3));
    }
}

/// Room that was made goes to who waits. There a newcomer may take it.
#[cfg(not(feature = "original"))]
#[test]
fn h50_a_newcomer_does_not_overtake() {
    let (sender, mut receiver) = new(1);
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(sender.try_send(3), Err(SendError::Full(3)));
    assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(2));
}

/// A send whose message was moved in before it was dropped is delivered: there it goes with the future.
#[cfg(not(feature = "original"))]
#[test]
fn h50_a_send_that_was_served_and_dropped_is_delivered() {
    let (sender, mut receiver) = new(1);
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut send = Box::pin(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(probe.is_woken());
    drop(send);
    assert_eq!(receiver.try_recv(), Ok(2));
}

/// ⚠ There the message is dropped by a second poll with the same waker.
#[cfg(not(feature = "original"))]
#[test]
fn h51_a_send_that_is_polled_again_keeps_its_message() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = new(1);
    sender.try_send(ledger.make(1)).unwrap();
    let probe = Probe::new();
    let waker = probe.waker();
    let mut send = sender.send(ledger.make(2));
    for _ in 0..5 {
        assert_eq!(poll_once(Pin::new(&mut send), &waker), Poll::Pending);
    }
    assert_eq!(ledger.live(), [1, 2]);
    assert_eq!(receiver.try_recv().unwrap(), 1);
    assert_eq!(poll_once(Pin::new(&mut send), &waker), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv().unwrap(), 2);
}

/// ⚠ There some are never woken.
#[cfg(not(feature = "original"))]
#[test]
fn h52_all_waiting_senders_are_woken_at_the_end() {
    let (sender, receiver) = new(1);
    sender.try_send(0).unwrap();
    let probes: Vec<_> = (0..5).map(|_| Probe::new()).collect();
    let mut sends: Vec<_> = (1..=5).map(|number| sender.send(number)).collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(Pin::new(send), &probe.waker());
    }
    drop(receiver);
    for (number, (send, probe)) in (1..).zip(sends.iter_mut().zip(&probes)) {
        assert!(probe.is_woken());
        assert_eq!(assert_ready(Pin::new(send), &probe.waker()), Err(number));
        assert_eq!(probe.refs(), 0);
    }
}

/// ⚠ There the next is not woken.
#[cfg(not(feature = "original"))]
#[test]
fn h53_a_sender_that_goes_wakes_the_next() {
    let (sender, mut receiver) = new(1);
    sender.try_send(0).unwrap();
    let probes: Vec<_> = (0..3).map(|_| Probe::new()).collect();
    let mut sends: Vec<_> = (1..=3)
        .map(|number| Box::new(sender.send(number)))
        .collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(Pin::new(&mut **send), &probe.waker());
    }
    // One goes while it waits, and one when it was served.
    drop(sends.remove(1));
    assert_eq!(receiver.try_recv(), Ok(0));
    drop(sends.remove(0));
    assert!(probes[0].is_woken() && !probes[1].is_woken());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(probes[2].is_woken());
    assert_eq!(
        assert_ready(Pin::new(&mut *sends[0]), &probes[2].waker()),
        Ok(())
    );
    assert_eq!(receiver.try_recv(), Ok(3));
}

/// ⚠ There a message that comes between the look and the announcement of the same waker is not told.
#[cfg(not(feature = "original"))]
#[test]
fn h54_no_wake_up_of_the_receiver_is_lost() {
    const EACH: u32 = 5_000;
    watchdog("h54", LIMIT, || {
        let (sender, mut receiver) = new(3);
        let senders = std::thread::spawn(move || {
            together(2, |_| {
                for number in 0..EACH {
                    block_on(sender.send(number)).unwrap();
                }
            });
        });
        let mut sum = 0;
        while let Some(number) = block_on(receiver.recv()) {
            sum += u64::from(number);
        }
        senders.join().unwrap();
        assert_eq!(sum, u64::from(EACH) * u64::from(EACH - 1));
    });
}

/// Nor of one that looks: a message that comes while its waker is left is seen.
#[cfg(not(feature = "original"))]
#[test]
fn h54_no_wake_up_of_a_look_is_lost() {
    let (sender, mut receiver) = new(2);
    let probe = Probe::new();
    probe.hook(crate::support::Event::Clone, move || {
        let _ = sender.try_send(1);
    });
    assert_eq!(
        assert_ready(pin!(receiver.peek()), &probe.waker()),
        Some(&1)
    );
    assert_eq!(receiver.try_recv(), Ok(1));
    // The end as well.
    let last = std::sync::Mutex::new(Some(receiver.new_sender()));
    probe.unhook();
    let probe = Probe::new();
    probe.hook(crate::support::Event::Clone, move || {
        last.lock().unwrap().take();
    });
    assert_eq!(assert_ready(pin!(receiver.peek()), &probe.waker()), None);
}

/// The two steps of a poll by hand: a waker that is there already hears of what came in between.
#[cfg(not(feature = "original"))]
#[test]
fn h54_a_waker_that_is_there_hears_of_the_next_message() {
    let (sender, mut receiver) = new(3);
    let probe = Probe::new();
    let waker = probe.waker();
    for number in 0..10 {
        assert!(receiver.try_recv().is_err());
        receiver.register_waker(&waker);
        sender.try_send(number).unwrap();
        assert!(probe.take_woken());
        assert_eq!(receiver.try_recv(), Ok(number));
    }
}

/// What was not released there: handles are safe to use after a panic.
#[cfg(not(feature = "original"))]
#[test]
fn h55_handles_are_unwind_safe() {
    use std::panic::{RefUnwindSafe, UnwindSafe};
    fn traits<H: UnwindSafe + RefUnwindSafe>() {}
    traits::<crate::sut::Sender<std::cell::Cell<u8>>>();
    traits::<crate::sut::Receiver<std::cell::Cell<u8>>>();
    traits::<crate::sut::Manager<std::cell::Cell<u8>>>();
}
