//! `Select`: operations that happen.

use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

#[cfg(not(feature = "original"))]
use super::support::Ledger;
use super::support::{catch, spawn_sleeper, watchdog};
use super::sut::{
    RecvError, Select, SelectTimeoutError, SendError, TrySelectError, bounded, unbounded,
};
#[cfg(not(feature = "original"))]
use super::sut::{TryRecvError, TrySendError};
use super::{LIMIT, MOMENT};

#[test]
fn c_select_takes_what_is_there() {
    let ((one, first), (two, second)) = (unbounded(), unbounded());
    let mut select = Select::new();
    let a = select.recv(&first);
    let b = select.recv(&second);
    assert_eq!((a, b), (0, 1));
    assert_eq!(select.try_select().unwrap_err(), TrySelectError);
    one.send("one").unwrap();
    let operation = select.select();
    assert_eq!(operation.index(), a);
    assert_eq!(operation.recv(&first), Ok("one"));
    two.send(2).unwrap();
    let operation = select.try_select().unwrap();
    assert_eq!(operation.index(), b);
    assert_eq!(operation.recv(&second), Ok(2));
    let late = select.select_timeout(MOMENT).unwrap_err();
    assert_eq!(late, SelectTimeoutError);
    let late = select.select_deadline(Instant::now()).unwrap_err();
    assert_eq!(late, SelectTimeoutError);
}

#[test]
fn c_select_sends_where_there_is_room() {
    let ((full, _keep), (free, receiver)) = (bounded(1), bounded(1));
    full.send(0).unwrap();
    let mut select = Select::new();
    select.send(&full);
    let index = select.send(&free);
    let operation = select.select();
    assert_eq!(operation.index(), index);
    operation.send(&free, "hello").unwrap();
    assert_eq!(receiver.try_recv(), Ok("hello"));
    // An unbounded channel always has room.
    let (sender, receiver) = unbounded();
    let mut select = Select::new();
    select.send(&sender);
    select.select().send(&sender, 1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// What was selected is the selector's, whoever comes between. In the original who comes between spins until the
/// operation is completed.
#[cfg(not(feature = "original"))]
#[test]
fn c_a_selected_operation_cannot_be_lost() {
    for (sender, receiver) in [bounded(1), unbounded()] {
        sender.send(1).unwrap();
        let mut select = Select::new();
        select.recv(&receiver);
        let operation = select.select();
        assert!(receiver.try_recv().is_err(), "it is taken");
        assert_eq!(operation.recv(&receiver), Ok(1));
    }
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    select.send(&sender);
    let operation = select.select();
    assert_eq!(
        sender.try_send(2),
        Err(TrySendError::Full(2)),
        "the room is taken"
    );
    operation.send(&sender, 1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// Several of one handle at a time, completed in any order.
#[test]
fn c_each_operation_is_completed_with_its_own() {
    let (sender, receiver) = bounded(3);
    let mut select = Select::new();
    select.send(&sender);
    let rights = [(); 3].map(|()| select.select());
    for (number, operation) in rights.into_iter().rev().enumerate() {
        operation.send(&sender, number).unwrap();
    }
    let mut select = Select::new();
    select.recv(&receiver);
    let taken = [(); 3].map(|()| select.select());
    let mut got = [None; 3];
    for (operation, got) in taken.into_iter().zip(&mut got).rev() {
        *got = operation.recv(&receiver).ok();
    }
    // In the original each room has its place in the queue; here the message that is sent first has the first.
    let mut expected = [Some(0), Some(1), Some(2)];
    if cfg!(feature = "original") {
        expected.reverse();
    }
    assert_eq!(got, expected);
}

#[test]
fn c_the_end_is_selected() {
    for cap in [0, 1] {
        let ((sender, gone), (lone, receiver)) = (bounded::<u8>(cap), bounded::<u8>(cap));
        drop((gone, lone));
        let mut select = Select::new();
        select.send(&sender);
        for _ in 0..2 {
            let operation = select.select();
            assert_eq!(operation.send(&sender, 1), Err(SendError(1)));
        }
        let mut select = Select::new();
        select.recv(&receiver);
        for _ in 0..2 {
            assert_eq!(select.select().recv(&receiver), Err(RecvError));
            let operation = select.try_select().unwrap();
            assert_eq!(operation.recv(&receiver), Err(RecvError));
        }
    }
}

/// The receivers go between the selection and its completion. The original loses the message without a word.
#[cfg(not(feature = "original"))]
#[test]
fn c_a_selected_send_may_fail() {
    let ledger = Ledger::new();
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    select.send(&sender);
    let operation = select.select();
    drop(receiver);
    let sent = operation.send(&sender, ledger.make(1));
    assert_eq!(sent.unwrap_err().into_inner(), 1);
    ledger.assert_all_dropped();
}

#[test]
fn c_a_select_waits() {
    watchdog("c_a_select_waits", LIMIT, || {
        let ((one, first), (_two, second)) = (bounded(1), bounded::<u8>(1));
        let (full, taker) = bounded(1);
        full.send(0).unwrap();
        let waiting = spawn_sleeper(move || {
            let mut select = Select::new();
            select.recv(&second);
            let a = select.recv(&first);
            let b = select.send(&full);
            let mut log = Vec::new();
            for _ in 0..2 {
                let operation = select.select_timeout(LIMIT).unwrap();
                if operation.index() == a {
                    log.push(operation.recv(&first).unwrap());
                } else {
                    assert_eq!(operation.index(), b);
                    operation.send(&full, 2).unwrap();
                    log.push(2);
                    select.remove(b);
                }
            }
            log
        });
        waiting.wait_asleep();
        one.send(1).unwrap();
        // It looks again, and waits for room.
        while one.try_send(3).is_err() {
            std::thread::yield_now();
        }
        assert_eq!(taker.recv(), Ok(0));
        let log = waiting.join();
        assert!(
            log == [1, 3] || log == [1, 2] && taker.recv() == Ok(2),
            "{log:?}"
        );
    });
}

/// One message, many that wait: it is had once, and the others wait on.
#[test]
fn c_a_message_is_selected_once() {
    watchdog("c_a_message_is_selected_once", LIMIT, || {
        for cap in [0, 1] {
            let (sender, receiver) = bounded(cap);
            let waiting: Vec<_> = (0..3)
                .map(|_| {
                    let receiver = receiver.clone();
                    spawn_sleeper(move || {
                        let mut select = Select::new();
                        select.recv(&receiver);
                        select.select().recv(&receiver)
                    })
                })
                .collect();
            drop(receiver);
            waiting.iter().for_each(|thread| thread.wait_asleep());
            (0..3).for_each(|number| sender.send(number).unwrap());
            let mut got: Vec<_> = waiting.into_iter().map(|thread| thread.join()).collect();
            got.sort_unstable_by_key(|got| got.ok());
            assert_eq!(got, [Ok(0), Ok(1), Ok(2)]);
        }
    });
}

#[test]
fn c_biased_and_not() {
    let (_sender, receivers): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            let (sender, receiver) = unbounded();
            (0..100).for_each(|_| sender.send(()).unwrap());
            (sender, receiver)
        })
        .unzip();
    let mut wins = [0; 3];
    let mut select = Select::new();
    for receiver in &receivers {
        select.recv(receiver);
    }
    for _ in 0..90 {
        let operation = select.select();
        let index = operation.index();
        operation.recv(&receivers[index]).unwrap();
        wins[index] += 1;
    }
    assert!(wins.iter().all(|&wins| wins > 5), "{wins:?}");
    let mut select = Select::new_biased();
    for receiver in &receivers {
        select.recv(receiver);
    }
    for round in 0.. {
        let left = receivers.iter().position(|receiver| !receiver.is_empty());
        let Some(left) = left else { break };
        assert!(round < 300);
        assert_eq!(select.ready(), left);
        let operation = select.select();
        assert_eq!(operation.index(), left);
        operation.recv(&receivers[left]).unwrap();
    }
}

#[test]
fn c_operations_are_removed() {
    let ((one, first), (two, second)) = (unbounded(), unbounded());
    one.send(1).unwrap();
    two.send(2).unwrap();
    let mut select = Select::new();
    let a = select.recv(&first);
    let b = select.recv(&second);
    select.remove(a);
    for _ in 0..10 {
        assert_eq!(select.ready(), b);
    }
    let c = select.recv(&first);
    assert_eq!(c, 2, "an index is not given again");
    let text = catch(|| select.remove(a)).unwrap_err();
    assert_eq!(text, "no operation with this index");
    let text = catch(|| select.remove(3)).unwrap_err();
    assert_eq!(text, "index out of bounds; 3 >= 3");
    let mut copy = select.clone();
    copy.remove(b);
    assert_eq!(copy.ready(), c, "a clone goes its own way");
    select.remove(c);
    assert_eq!(select.ready(), b);
}

#[test]
fn c_a_select_of_nothing() {
    watchdog("c_a_select_of_nothing", LIMIT, || {
        let mut select = Select::default();
        assert!(select.try_select().is_err() && select.try_ready().is_err());
        let start = Instant::now();
        assert!(select.select_timeout(MOMENT).is_err() && select.ready_timeout(MOMENT).is_err());
        assert!(start.elapsed() >= 2 * MOMENT);
        let none = "no operations have been added to `Select`";
        assert_eq!(catch(|| drop(select.select())).unwrap_err(), none);
        assert_eq!(catch(|| select.ready()).unwrap_err(), none);
        let for_ever = catch(|| drop(select.select_timeout(Duration::MAX)));
        assert_eq!(for_ever.unwrap_err(), none);
        assert_eq!(
            catch(|| select.ready_timeout(Duration::MAX)).unwrap_err(),
            none
        );
    });
}

/// An operation that is not completed is a bug of the caller.
#[test]
fn c_an_operation_has_to_be_completed() {
    // The original's channel would wait for ever for the message when it is dropped.
    let channel = ManuallyDrop::new(unbounded::<u8>());
    let mut select = Select::new();
    select.send(&channel.0);
    let operation = select.select();
    let text = catch(|| drop(operation)).unwrap_err();
    assert_eq!(
        text,
        "dropped `SelectedOperation` without completing the operation"
    );
}

/// The original panics twice for one that is completed by another handle, and so ends the process.
#[cfg(not(feature = "original"))]
#[test]
fn c_an_operation_is_completed_by_its_handle() {
    let (sender, receiver) = bounded(2);
    sender.send(1).unwrap();
    let (other, others) = (sender.clone(), receiver.clone());
    let mut select = Select::new();
    select.recv(&receiver);
    let operation = select.select();
    let text = catch(|| operation.recv(&others)).unwrap_err();
    assert_eq!(text, "passed a receiver that wasn't selected");
    let mut select = Select::new();
    select.send(&sender);
    let operation = select.select();
    let text = catch(|| operation.send(&other, 2)).unwrap_err();
    assert_eq!(text, "passed a sender that wasn't selected");
    // What they held is free.
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    (0..2).for_each(|number| sender.try_send(number).unwrap());
}

/// One that is dropped gives its room back. The original keeps it.
#[cfg(not(feature = "original"))]
#[test]
fn c_an_operation_that_is_dropped_gives_its_room_back() {
    let ledger = Ledger::new();
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    select.send(&sender);
    let operation = select.select();
    assert!(catch(|| drop(operation)).is_err());
    sender.try_send(ledger.make(1)).unwrap();
    let mut select = Select::new();
    select.recv(&receiver);
    let operation = select.select();
    assert!(catch(|| drop(operation)).is_err());
    ledger.assert_all_dropped();
}

/// One handle twice, and both handles of one channel.
#[test]
fn c_one_channel_several_times() {
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    let sends = [select.send(&sender), select.send(&sender)];
    let takes = [select.recv(&receiver), select.recv(&receiver)];
    for number in 0..20 {
        let operation = select.select();
        assert!(sends.contains(&operation.index()));
        operation.send(&sender, number).unwrap();
        let operation = select.select();
        assert!(takes.contains(&operation.index()));
        assert_eq!(operation.recv(&receiver), Ok(number));
    }
}
