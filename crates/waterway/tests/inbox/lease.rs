//! Looks and leases: the slot stays the next.

use waterway::inbox;
use waterway::{TryRecvError, TrySendError};

use crate::support::{Ledger, Probe, assert_pending, assert_ready, catch};

#[test]
fn a_lease_that_is_not_acknowledged_leaves_its_message() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(ledger.make(1)).unwrap();
    let probe = Probe::new();
    let mut parked = Box::pin(sender.send(ledger.make(2)));
    assert_pending(parked.as_mut(), &probe.waker());
    let crash = catch(|| {
        let lease = receiver.recv_leased().wait().expect("it is there");
        assert_eq!(lease.id(), 1);
        panic!("half way");
    });
    assert!(crash.is_err());
    assert_eq!((sender.len(), probe.wakes()), (1, 0));
    let _: inbox::Lease<_> = receiver.try_recv_leased().unwrap();
    let lease = receiver.try_recv_leased().unwrap();
    assert_eq!(format!("{lease:?}"), "Lease(Tracked(0x1))");
    assert_eq!(lease.ack().id(), 1);
    assert_eq!(probe.wakes(), 1, "its slot is free then");
    assert_ready(parked.as_mut(), &probe.waker()).unwrap();
    drop(parked);
    drop(receiver);
    ledger.assert_all_dropped();
}

#[test]
fn a_lease_can_be_written_to() {
    let (sender, mut receiver) = inbox::small();
    sender.try_send(String::from("half")).unwrap();
    receiver.try_recv_leased().unwrap().push_str(" done");
    assert_eq!(receiver.try_recv().as_deref(), Ok("half done"));
    assert_eq!(receiver.try_recv_leased().err(), Some(TryRecvError::Empty));
    drop(sender);
    assert!(receiver.recv_leased().wait().is_none());
}

#[test]
fn a_look_outlives_a_close() {
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(1).unwrap();
    let seen = receiver.try_peek().unwrap();
    assert!(sender.close());
    assert_eq!(*seen, 1);
    assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(receiver.recv().wait(), Some(1));
    assert_eq!(receiver.recv().wait(), None);
}
