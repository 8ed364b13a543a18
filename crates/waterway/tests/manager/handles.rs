//! What a manager can do, and what its channel says of it.

use std::error::Error;
use std::pin::pin;
use std::task::Waker;

use waterway::{ChannelId, ReceiverConnected, SendError, TryRecvError, TrySendError, mpsc};

use super::support::{Probe, assert_pending, assert_ready, watchdog};
use super::{FORMS, LIMIT, open};

/// H39, H45, H55: the three handles know of one another.
#[test]
fn h39_a_channel_with_a_manager() {
    for form in FORMS {
        let (manager, sender, receiver) = open::<u8>(form);
        assert!(sender.has_manager() && receiver.has_manager() && manager.has_receiver());
        assert_eq!(manager.capacity(), form);
        assert_eq!((manager.sender_count(), manager.receiver_count()), (1, 1));
        assert_eq!((sender.receiver_count(), receiver.receiver_count()), (1, 1));
        assert_eq!((manager.len(), manager.is_empty()), (0, true));
        let ids: [ChannelId; 3] = [manager.id(), sender.id(), receiver.id()];
        assert!(ids.iter().all(|id| *id == manager.id()));
        // A manager is counted neither as a receiver nor as a weak handle.
        assert_eq!((receiver.weak_count(), sender.weak_count()), (0, 0));
        let weak = sender.downgrade();
        assert_eq!(receiver.weak_count(), 1);
        drop(receiver);
        assert_eq!((sender.weak_count(), weak.weak_count()), (1, 1));
        assert!(!manager.has_receiver());
        assert_eq!((manager.receiver_count(), sender.receiver_count()), (0, 0));
        drop(sender);
        assert_eq!((manager.sender_count(), weak.weak_count()), (0, 1));
        assert!(weak.upgrade().is_none());
    }
    // Others have none.
    let (sender, receiver) = mpsc::bounded::<u8>(1);
    assert!(!sender.has_manager() && !receiver.has_manager());
}

/// H14, H31: once the manager is gone nobody has one, and the channel is as one that never had.
#[test]
fn h14_without_its_manager_a_channel_is_as_others() {
    for form in FORMS {
        let (manager, sender, receiver) = open::<u8>(form);
        drop(manager);
        assert!(!sender.has_manager() && !receiver.has_manager());
        assert!(!sender.is_closed());
        drop(receiver);
        assert!(sender.is_closed());
        assert_eq!(sender.try_send(1), Err(TrySendError::Closed(1)));
    }
}

/// H41: one receiver at a time; the next finds all that was not received.
#[test]
fn h41_the_next_receiver_goes_on() {
    for form in [Some(3), Some(8), None] {
        let (manager, sender, mut receiver) = open(form);
        for number in 0..3 {
            sender.try_send(number).unwrap();
        }
        for next in 0..3 {
            assert_eq!(manager.new_receiver().err(), Some(ReceiverConnected));
            assert_eq!(receiver.try_recv(), Ok(next));
            drop(receiver);
            // Somebody sends meanwhile.
            sender.try_send(next + 3).unwrap();
            assert_eq!(manager.len(), 3);
            receiver = manager.new_receiver().unwrap();
        }
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [3, 4, 5]);
    }
}

/// H42: the error of a second receiver.
#[test]
fn h42_the_error_is_plain() {
    fn is_plain<E: Error + Copy + Clone + Eq + Send + Sync + 'static>() {}
    is_plain::<ReceiverConnected>();
    assert_eq!(
        ReceiverConnected.to_string(),
        "the channel has a receiver already"
    );
    assert_eq!(format!("{ReceiverConnected:?}"), "ReceiverConnected");
}

/// H40: senders are made though all are gone, with a receiver and without; they are cloned and dropped as others.
#[test]
fn h40_a_manager_makes_senders() {
    for form in [Some(3), None] {
        let (manager, sender, mut receiver) = open(form);
        let weak = sender.downgrade();
        drop(sender);
        assert!(receiver.is_closed());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        let sender = manager.new_sender();
        assert!(!receiver.is_closed());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(receiver);
        drop(sender);
        let sender = manager.new_sender();
        let other = sender.clone();
        assert_eq!(manager.sender_count(), 2);
        assert!(weak.upgrade().is_some());
        drop(sender);
        other.try_send(7).unwrap();
        drop(other);
        let mut receiver = manager.new_receiver().unwrap();
        assert_eq!(receiver.try_recv(), Ok(7));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }
}

/// H44: a manager is no sender: a receiver that waits is told when the last sender goes, and so is one that comes
/// after that.
#[test]
fn h44_a_manager_keeps_nobody_waiting() {
    watchdog("h44_a_manager_keeps_nobody_waiting", LIMIT, || {
        for form in FORMS {
            let (manager, sender, mut receiver) = open::<u8>(form);
            let probe = Probe::new();
            {
                let mut recv = pin!(receiver.recv());
                assert_pending(recv.as_mut(), &probe.waker());
                drop(sender);
                assert!(probe.is_woken());
                assert_eq!(assert_ready(recv, &probe.waker()), None);
            }
            drop(receiver);
            let mut receiver = manager.new_receiver().unwrap();
            assert_eq!(receiver.recv().wait(), None);
            // A receiver that waits is not told of a sender that comes again: it has looked, and waits.
            let sender = manager.new_sender();
            let probe = Probe::new();
            let mut recv = pin!(receiver.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            assert!(!probe.is_woken());
            drop(sender);
            assert!(probe.is_woken());
        }
    });
}

/// H37: a channel that was closed is closed for every receiver after that, each of which receives what is left.
#[test]
fn h37_a_closed_channel_is_drained_by_the_next() {
    watchdog("h37_a_closed_channel_is_drained_by_the_next", LIMIT, || {
        for form in [Some(3), None] {
            for by in ["sender", "receiver", "manager", "manager alone"] {
                let (manager, sender, mut receiver) = open(form);
                for number in 0..3 {
                    sender.try_send(number).unwrap();
                }
                assert!(!manager.is_closed());
                let closed = match by {
                    "sender" => sender.close(),
                    "receiver" => receiver.close(),
                    "manager" => manager.close(),
                    _ => true,
                };
                assert!(closed);
                drop(receiver);
                if by == "manager alone" {
                    assert!(manager.close());
                }
                assert!(!manager.close() && manager.is_closed() && sender.is_closed());
                assert_eq!(sender.try_send(9), Err(TrySendError::Closed(9)));
                for number in 0..3 {
                    let mut receiver = manager.new_receiver().unwrap();
                    assert_eq!(receiver.try_recv(), Ok(number));
                }
                let sender = manager.new_sender();
                assert_eq!(sender.send(9).wait(), Err(SendError(9)));
                let mut receiver = manager.new_receiver().unwrap();
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
                assert_pending_never(&mut receiver);
            }
        }
    });
}

fn assert_pending_never(receiver: &mut mpsc::Receiver<i32>) {
    assert_eq!(assert_ready(pin!(receiver.recv()), Waker::noop()), None);
}

/// H45: it is printed whatever the messages are.
#[test]
fn h45_debug_needs_nothing_of_the_message() {
    struct Mute;
    let (manager, sender, mut receiver) = mpsc::managed::<Mute>(2);
    assert!(sender.try_send(Mute).is_ok());
    let text = format!("{manager:?}");
    assert!(
        text.starts_with("Manager") && text.contains("len: 1"),
        "{text}"
    );
    let lease = receiver.try_recv_leased();
    assert!(format!("{lease:?}").contains("Lease"));
}

/// A channel in a static has a manager too, which keeps it from being split again.
#[test]
fn a_static_can_be_managed() {
    static JOBS: mpsc::Static<u32, 2> = mpsc::Static::new();
    for round in 0..3 {
        let (manager, sender, receiver) = JOBS.split_managed();
        let weak = sender.downgrade();
        sender.try_send(round).unwrap();
        drop((sender, receiver));
        assert!(JOBS.try_split().is_none(), "a manager is a handle");
        let sender = manager.new_sender();
        sender.try_send(9).unwrap();
        let mut receiver = manager.new_receiver().unwrap();
        assert_eq!(receiver.try_recv(), Ok(round));
        drop(manager);
        assert!(JOBS.try_split().is_none());
        drop(receiver);
        assert!(sender.is_closed());
        drop(sender);
        assert!(weak.upgrade().is_none());
        // Without a manager the next time.
        let (sender, receiver) = JOBS.split();
        assert!(!sender.has_manager() && sender.is_empty());
        drop(receiver);
        assert!(sender.is_closed() && weak.upgrade().is_none());
    }
}

/// A lock of one's own, and channels whose positions are anywhere.
#[test]
fn managed_with_a_lock() {
    type Lock = waterway::DefaultLock;
    let (manager, sender, receiver) = mpsc::managed_in::<u8, Lock>(1);
    let (_, other, _receiver) = mpsc::managed_unbounded_in::<u8, Lock>();
    drop(receiver);
    sender.try_send(1).unwrap();
    other.try_send(1).unwrap();
    assert_eq!(manager.new_receiver().unwrap().try_recv(), Ok(1));
}
