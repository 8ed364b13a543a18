//! An inbox with a manager outlives its receiver.

use waterway::inbox::{self, Manager, Receiver, Sender};
use waterway::{ReceiverConnected, SendError, TryRecvError};

use crate::LIMIT;
use crate::support::{Ledger, Probe, Tracked, assert_pending, assert_ready, catch, watchdog};

/// What is dropped, in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Manager,
    Sender,
    Receiver,
}

const ORDERS: [[Part; 3]; 6] = {
    use Part::{Manager as M, Receiver as R, Sender as S};
    [
        [M, S, R],
        [M, R, S],
        [S, M, R],
        [S, R, M],
        [R, M, S],
        [R, S, M],
    ]
};

/// H36, H37, H43: the messages go when the last of receiver and manager does, and not before; parked ones come back.
#[test]
fn h43_every_order_of_drops_ends_an_inbox() {
    for order in ORDERS {
        for leased in [false, true] {
            let ledger = Ledger::new();
            let (manager, sender, mut receiver) = inbox::managed(2);
            sender.try_send(ledger.make(1)).unwrap();
            sender.try_send(ledger.make(2)).unwrap();
            let probe = Probe::new();
            let mut parked = Box::pin(sender.clone().send_owned(ledger.make(3)));
            assert_pending(parked.as_mut(), &probe.waker());
            if leased {
                let _ = receiver.try_recv_leased().unwrap();
            }
            let mut parts: (Option<Manager<_>>, Option<Sender<_>>, Option<Receiver<_>>) =
                (Some(manager), Some(sender), Some(receiver));
            for part in order {
                match part {
                    Part::Manager => parts.0 = None,
                    Part::Sender => parts.1 = None,
                    Part::Receiver => parts.2 = None,
                }
                let side_is_there = parts.0.is_some() || parts.2.is_some();
                let alive = if side_is_there { 3 } else { 1 };
                assert_eq!(ledger.live().len(), alive, "{order:?} {part:?} {leased}");
                assert_eq!(probe.wakes() > 0, !side_is_there, "{order:?} {part:?}");
            }
            let (sent, sender) = assert_ready(parked.as_mut(), &probe.waker());
            let SendError(back): SendError<Tracked> = sent.expect_err("nobody is there");
            assert_eq!(back.id(), 3);
            assert!(sender.is_closed() && !sender.has_manager());
            drop((back, parked, sender));
            ledger.assert_all_dropped();
        }
    }
}

/// H37, H41: the next receiver goes on where the last one stopped, with what was leased first.
#[test]
fn h41_the_next_receiver_goes_on() {
    let ledger = Ledger::new();
    let (manager, sender, mut receiver) = inbox::managed(2);
    assert_eq!(manager.new_receiver().err(), Some(ReceiverConnected));
    sender.try_send(ledger.make(1)).unwrap();
    sender.try_send(ledger.make(2)).unwrap();
    let crash = catch(|| {
        let lease = receiver.recv_leased().wait().expect("it is there");
        assert_eq!(lease.id(), 1);
        panic!("half way");
    });
    assert!(crash.is_err());
    drop(receiver);
    assert!(!sender.is_closed() && sender.has_manager() && !manager.has_receiver());
    // Full: it waits for the next receiver.
    let probe = Probe::new();
    let mut parked = Box::pin(sender.send(ledger.make(3)));
    assert_pending(parked.as_mut(), &probe.waker());
    let mut closed = Box::pin(sender.closed());
    assert_pending(closed.as_mut(), &probe.waker());

    let mut receiver = manager.new_receiver().unwrap();
    assert!(receiver.has_manager());
    assert_eq!(
        receiver.recv_leased().wait().map(|lease| lease.ack().id()),
        Some(1)
    );
    assert_ready(parked.as_mut(), &probe.waker()).unwrap();
    drop(parked);
    assert_eq!(receiver.try_recv().map(|message| message.id()), Ok(2));
    assert_eq!(receiver.try_recv().map(|message| message.id()), Ok(3));
    assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Empty));
    // H44: a manager is no sender; H40: but it makes one.
    assert_pending(closed.as_mut(), &probe.waker());
    drop(closed);
    drop(sender);
    assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Closed));
    let sender = manager.new_sender();
    assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Empty));
    sender.try_send(ledger.make(4)).unwrap();
    drop(manager);
    assert!(!receiver.has_manager());
    assert_eq!(receiver.recv().wait().map(|message| message.id()), Some(4));
    drop((sender, receiver));
    ledger.assert_all_dropped();
}

/// A receiver that waits takes its waker with it when it goes (E3).
#[test]
fn e3_a_dead_receivers_waker_is_not_kept() {
    let (manager, sender, receiver) = inbox::managed::<u32>(1);
    let probe = Probe::new();
    let mut waits = Box::pin(receiver.recv_owned());
    assert_pending(waits.as_mut(), &probe.waker());
    drop(waits);
    assert_eq!(probe.refs(), 0, "its waker went with it");
    sender.try_send(1).unwrap();
    assert_eq!(probe.wakes(), 0);
    assert_eq!(manager.new_receiver().unwrap().try_recv(), Ok(1));
}

/// Threads: actors die again and again, a sender never notices, and no message is lost.
#[test]
fn n4_no_message_dies_with_its_actor() {
    watchdog("actors that die", LIMIT, || {
        let (manager, sender, mut receiver) = inbox::managed(4);
        let sending = std::thread::spawn(move || {
            for number in 0..1000_u32 {
                sender.send(number).wait().expect("a manager is there");
            }
        });
        let mut seen = Vec::new();
        let mut failed = 0;
        loop {
            let (back, died) = std::thread::scope(|scope| {
                let actor = scope.spawn(|| {
                    while let Some(lease) = receiver.recv_leased().wait() {
                        if *lease % 10 == 7 && failed < *lease {
                            return Some(*lease);
                        }
                        seen.push(lease.ack());
                    }
                    None
                });
                let died = actor.join().expect("it does not panic");
                (manager.new_receiver().err(), died)
            });
            assert_eq!(back, Some(ReceiverConnected), "the last one is here");
            let Some(number) = died else { break };
            failed = number;
            drop(receiver);
            receiver = manager.new_receiver().expect("the last one is gone");
        }
        sending.join().expect("it sends all");
        assert!(seen.into_iter().eq(0..1000));
    });
}
