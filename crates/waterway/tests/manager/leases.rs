//! Leases: messages that are taken when they were dealt with.

use std::future::{pending, ready};
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::time::{Duration, Instant};

use waterway::{RecvTimeoutError, TryRecvError, TrySendError, mpsc, select, select_wait, spsc};

use super::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, spawn_sleeper, watchdog,
};
use super::{FORMS, LIMIT, open};

/// How a lease ends without an acknowledgement.
#[derive(Clone, Copy, Debug)]
enum End {
    Drop,
    Release,
    Forget,
    Panic,
}

const ENDS: [End; 4] = [End::Drop, End::Release, End::Forget, End::Panic];

impl End {
    fn of<T, K: waterway::Kind>(self, lease: waterway::sole::Lease<'_, T, K>) {
        match self {
            Self::Drop => {
                let _lease = lease;
            }
            Self::Release => lease.release(),
            Self::Forget => {
                let _lease = ManuallyDrop::new(lease);
            }
            Self::Panic => {
                let died = catch(|| {
                    let _lease = lease;
                    panic!("bad luck")
                });
                assert!(died.is_err());
            }
        }
    }
}

/// N4: what was not acknowledged comes first, at this receiver and at the next; what was is gone. Whatever ends the
/// lease, and whichever verb receives next.
#[test]
fn n4_a_lease_that_is_not_acknowledged_comes_first() {
    watchdog(
        "n4_a_lease_that_is_not_acknowledged_comes_first",
        LIMIT,
        || {
            for form in [Some(2), Some(3), None] {
                for end in ENDS {
                    for dies in [false, true] {
                        for verb in 0..6 {
                            let ledger = Ledger::new();
                            let (manager, sender, mut receiver) = open(form);
                            for id in 0..2 {
                                sender.try_send(ledger.make(id)).unwrap();
                            }
                            for _ in 0..2 {
                                let lease = receiver.recv_leased().wait().unwrap();
                                assert_eq!(lease.id(), 0);
                                end.of(lease);
                                if dies {
                                    drop(receiver);
                                    receiver = manager.new_receiver().unwrap();
                                }
                                assert_eq!(receiver.len(), 2);
                            }
                            let mut seen = Vec::new();
                            match verb {
                                0 => seen.push(receiver.try_recv().unwrap()),
                                1 => seen.push(receiver.recv().wait().unwrap()),
                                2 => {
                                    let many = receiver.recv_many(&mut seen, 9).wait();
                                    assert_eq!(many, Some(2));
                                }
                                3 => seen.extend(receiver.drain()),
                                4 => seen.push(receiver.try_recv_leased().unwrap().ack()),
                                _ => {
                                    assert_eq!(receiver.try_peek().unwrap().id(), 0);
                                    seen.push(block_on(receiver.recv_leased()).unwrap().ack());
                                }
                            }
                            seen.extend(receiver.try_iter());
                            assert!(seen.iter().map(|m| m.id()).eq(0..2), "{end:?} {verb}");
                            drop(seen);
                            ledger.assert_all_dropped();
                        }
                    }
                }
            }
        },
    );
}

/// N5: what was changed under a lease stays changed, for the next and for who takes it.
#[test]
fn a_message_is_changed_where_it_lies() {
    for form in [Some(1), Some(3), None] {
        let (manager, sender, mut receiver) = open(form);
        sender.try_send(vec![0]).unwrap();
        for tries in 1..4 {
            let mut lease = receiver.try_recv_leased().unwrap();
            assert_eq!(lease.len(), tries);
            lease.push(tries);
            drop(lease);
            drop(receiver);
            receiver = manager.new_receiver().unwrap();
        }
        let mut lease = receiver.try_recv_leased().unwrap();
        lease[0] = 9;
        assert_eq!(lease.ack(), [9, 1, 2, 3]);
    }
}

/// A leased message counts, keeps its slot, and is out of reach of a displacement; its acknowledgement makes room,
/// its drop does not.
#[test]
fn a_lease_keeps_its_slot() {
    let (manager, sender, mut receiver) = open(Some(1));
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(1));
    assert_pending(send.as_mut(), &probe.waker());
    let lease = receiver.try_recv_leased().unwrap();
    assert_eq!((sender.len(), sender.is_full()), (1, true));
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
    assert_eq!(sender.force_send(9), Err(TrySendError::Full(9)));
    drop(lease);
    drop(receiver);
    assert_eq!(sender.force_send(9), Err(TrySendError::Full(9)));
    assert!(!probe.is_woken());
    let mut receiver = manager.new_receiver().unwrap();
    let lease = receiver.try_recv_leased().unwrap();
    assert_eq!(lease.ack(), 0);
    assert!(probe.is_woken(), "there is room");
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));

    // Of several the leased one stays, and the next is displaced.
    let (_manager, sender, mut receiver) = open(Some(2));
    sender.try_send(0).unwrap();
    sender.try_send(1).unwrap();
    let lease = receiver.try_recv_leased().unwrap();
    assert_eq!(sender.force_send(2), Ok(Some(1)));
    assert_eq!(lease.ack(), 0);
    assert_eq!(receiver.try_recv(), Ok(2));
}

/// At a rendezvous a lease pulls the message from its sender, whose send is complete then; the message lies aside, and
/// is the next, until it is received.
#[test]
fn a_lease_at_a_rendezvous_completes_the_send() {
    watchdog("a_lease_at_a_rendezvous_completes_the_send", LIMIT, || {
        for end in ENDS {
            let ledger = Ledger::new();
            let (manager, sender, mut receiver) = open(Some(0));
            assert_eq!(receiver.try_recv_leased().err(), Some(TryRecvError::Empty));
            let probe = Probe::new();
            let mut send = Box::pin(sender.send(ledger.make(1)));
            assert_pending(send.as_mut(), &probe.waker());
            let lease = receiver.try_recv_leased().unwrap();
            assert!(probe.is_woken());
            assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
            end.of(lease);
            drop(receiver);
            // It is in nobody's way.
            assert!(sender.try_send(ledger.make(2)).is_err_and(|e| e.is_full()));
            let mut receiver = manager.new_receiver().unwrap();
            assert_eq!(receiver.recv().wait().unwrap().id(), 1);
            assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Empty));
            drop(receiver);
            ledger.assert_all_dropped();
        }
    });
}

/// N4: one that nobody acknowledged goes with the channel.
#[test]
fn n4_a_leased_message_goes_with_the_channel() {
    for form in [Some(1), Some(3), None] {
        for end in ENDS {
            let ledger = Ledger::new();
            let (manager, sender, mut receiver) = open(form);
            sender.try_send(ledger.make(0)).unwrap();
            end.of(receiver.try_recv_leased().unwrap());
            drop(receiver);
            assert_eq!(ledger.live(), [0]);
            drop(manager);
            ledger.assert_all_dropped();
            assert!(sender.is_closed());
        }
    }
}

/// It waits as every receive does: for a message and for the end, in tasks and threads, with an end to the wait or
/// without.
#[test]
fn a_leased_receive_waits_as_others() {
    watchdog("a_leased_receive_waits_as_others", LIMIT, || {
        for form in FORMS {
            let (_manager, sender, mut receiver) = open(form);
            let timeout = Some(RecvTimeoutError::Timeout);
            let soon = Duration::from_millis(1);
            assert_eq!(receiver.recv_leased().wait_timeout(soon).err(), timeout);
            let past = Instant::now();
            assert_eq!(receiver.recv_leased().wait_deadline(past).err(), timeout);
            let ended = block_on(receiver.recv_leased().until(ready(())));
            assert_eq!(ended.err(), timeout);
            // Cancelled and dropped ones have taken nothing, and leave no waker.
            let probe = Probe::new();
            let mut recv = Box::pin(receiver.recv_leased());
            assert_pending(recv.as_mut(), &probe.waker());
            recv.as_mut().cancel();
            drop(recv);
            assert_eq!(probe.refs(), 0);
            let mut recv = Box::pin(receiver.recv_leased());
            assert_pending(recv.as_mut(), &probe.waker());
            let waiting = spawn_sleeper({
                let sender = sender.clone();
                move || sender.send(1).wait()
            });
            super::support::wait_until(|| probe.is_woken());
            let lease = assert_ready(recv.as_mut(), &probe.waker()).unwrap();
            assert_eq!(lease.ack(), 1);
            drop(recv);
            waiting.join().unwrap();
            // A thread that sleeps is woken by a message, and by the end.
            let waiting = spawn_sleeper(move || {
                let first = receiver.recv_leased().wait().map(|lease| lease.ack());
                let second = receiver.recv_leased().wait().map(|lease| lease.ack());
                (first, second)
            });
            waiting.wait_asleep();
            sender.send(2).wait().unwrap();
            waiting.wait_asleep();
            drop(sender);
            assert_eq!(waiting.join(), (Some(2), None));
        }
    });
}

/// Before the end comes everything that was not acknowledged.
#[test]
fn the_end_comes_after_what_was_leased() {
    watchdog("the_end_comes_after_what_was_leased", LIMIT, || {
        for form in [Some(1), None] {
            let (manager, sender, mut receiver) = open(form);
            sender.try_send(1).unwrap();
            receiver.try_recv_leased().unwrap().release();
            sender.close();
            drop(sender);
            drop(receiver);
            let mut receiver = manager.new_receiver().unwrap();
            assert_eq!(receiver.recv_leased().wait().unwrap().ack(), 1);
            let closed = Some(TryRecvError::Closed);
            assert_eq!(receiver.try_recv_leased().err(), closed);
            assert!(receiver.recv_leased().wait().is_none());
            let in_time = receiver.recv_leased().wait_timeout(Duration::MAX);
            assert_eq!(in_time.err(), Some(RecvTimeoutError::Closed));
        }
    });
}

/// It is an arm as others, of threads and of tasks; an arm that loses has taken nothing.
#[test]
fn a_leased_receive_is_an_arm() {
    watchdog("a_leased_receive_is_an_arm", LIMIT, || {
        let (_manager, sender, mut receiver) = open(Some(2));
        let (other, mut others) = mpsc::bounded(1);
        for number in 0..2 {
            sender.try_send(number).unwrap();
        }
        let mut seen = Vec::new();
        for acknowledges in [false, true] {
            select_wait! {
                lease = receiver.recv_leased() => {
                    let lease = lease.unwrap();
                    seen.push(*lease);
                    if acknowledges {
                        lease.ack();
                    }
                },
                _ = others.recv() => unreachable!("nothing is there"),
            }
        }
        other.try_send(7).unwrap();
        block_on(async {
            select! {
                biased;
                number = others.recv() => seen.push(number.unwrap()),
                lease = receiver.recv_leased() => seen.push(*lease.unwrap()),
            }
            select! {
                lease = receiver.recv_leased() => seen.push(lease.unwrap().ack()),
                _ = pending::<()>() => unreachable!("it is for ever"),
            }
        });
        assert_eq!(seen, [0, 0, 7, 1]);
    });
}

/// D4: a waker that panics when an acknowledgement makes room: the panic goes through, and the channel goes on.
#[test]
fn d4_a_waker_panics_at_an_acknowledgement() {
    let ledger = Ledger::new();
    let (_manager, sender, mut receiver) = open(Some(1));
    sender.try_send(ledger.make(0)).unwrap();
    let probe = Probe::panicking(Event::Wake);
    let mut send = pin!(sender.send(ledger.make(1)));
    assert_pending(send.as_mut(), &probe.waker());
    let lease = receiver.try_recv_leased().unwrap();
    assert!(catch(|| lease.ack()).is_err());
    probe.unhook();
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv_leased().unwrap().ack().id(), 1);
    ledger.assert_all_dropped();
}

/// Messages without a size, with a large one, and with a wide alignment.
#[test]
fn any_message_can_be_leased() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(128))]
    struct Wide(u8);

    fn check<T: Clone + PartialEq + std::fmt::Debug>(message: T) {
        for form in [Some(1), Some(3), None] {
            let (manager, sender, mut receiver) = open(form);
            sender.try_send(message.clone()).unwrap();
            receiver.try_recv_leased().unwrap().release();
            drop(receiver);
            let mut receiver = manager.new_receiver().unwrap();
            let lease = receiver.try_recv_leased().unwrap();
            assert_eq!(std::ptr::from_ref(&*lease).addr() % align_of::<T>(), 0);
            assert_eq!(lease.ack(), message);
            assert!(receiver.is_empty());
        }
    }
    check(());
    check([7u8; 4096]);
    check(Wide(3));
    check(String::from("a message"));
}

/// One sender and one receiver: no manager, but leases.
#[test]
fn leases_of_one_sender() {
    watchdog("leases_of_one_sender", LIMIT, || {
        type Pair = (spsc::Sender<u64>, spsc::Receiver<u64>);
        let forms: [fn() -> Pair; 4] = [
            || spsc::bounded(2),
            || spsc::bounded(3),
            spsc::unbounded,
            || spsc::bounded(64),
        ];
        for open in forms {
            for end in ENDS {
                let (mut sender, mut receiver) = open();
                // As often as it takes to come around, and over a segment's end.
                for number in 0..200 {
                    sender.try_send(number).unwrap();
                    let mut lease = receiver.try_recv_leased().unwrap();
                    assert_eq!(*lease, number);
                    *lease += 1000;
                    end.of(lease);
                    assert_eq!(sender.len(), 1);
                    sender.try_send(number).unwrap();
                    let lease = receiver.recv_leased().wait().unwrap();
                    assert_eq!(lease.ack(), number + 1000);
                    assert_eq!(receiver.try_recv(), Ok(number));
                }
                let probe = Probe::new();
                let mut recv = Box::pin(receiver.recv_leased());
                assert_pending(recv.as_mut(), &probe.waker());
                sender.try_send(1).unwrap();
                assert!(probe.is_woken());
                let lease = assert_ready(recv.as_mut(), &probe.waker());
                lease.unwrap().release();
                drop(recv);
                drop(sender);
                assert_eq!(receiver.recv().wait(), Some(1));
                assert!(receiver.recv_leased().wait().is_none());
            }
        }
        let (mut sender, mut receiver) = spsc::rendezvous();
        let mut send = Box::pin(sender.send(1));
        assert_pending(send.as_mut(), std::task::Waker::noop());
        receiver.try_recv_leased().unwrap().release();
        assert_eq!(
            assert_ready(send.as_mut(), std::task::Waker::noop()),
            Ok(())
        );
        assert_eq!(receiver.try_recv_leased().unwrap().ack(), 1);
    });
}
