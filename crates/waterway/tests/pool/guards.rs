//! Guards that are held: by whoever takes its time, beyond the end, and for ever.

use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use waterway::pool::{self, OwnedSlot, OwnedSlotRef};
use waterway::{TryRecvError, TrySendError};

use crate::LIMIT;
use crate::desk::{Desk, Page, read, write};
use crate::support::{Probe, assert_pending, assert_ready, block_on, spawn_sleeper, watchdog};

/// B13, B24: held guards are in nobody's way: all slots but one are held, at either end, and the rest flows.
#[test]
fn b13_a_held_slot_blocks_only_itself() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(5);
    let mut early = sender.try_slot().unwrap();
    early.words.push(100);
    let dropped = sender.try_slot().unwrap();
    let mut held = Vec::new();
    for word in 0..2 {
        write(&sender, word);
        held.push(receiver.try_recv_ref().unwrap().into_owned());
    }
    for word in 0..1000 {
        write(&sender, word);
        assert_eq!(sender.try_slot().unwrap_err(), TrySendError::Full(()));
        assert_eq!(read(&mut receiver), word);
        assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    }
    early.send().unwrap();
    assert_eq!(read(&mut receiver), 100);
    assert_eq!((held[0].words[0], held[1].words[0]), (0, 1));
    drop((dropped, held));
    for word in 0..5 {
        write(&sender, word);
    }
    assert!(sender.is_full());
}

/// B13: the same with threads and tasks, of which none spins: whoever waits sleeps, and is woken once.
#[test]
fn b13_nobody_spins_beside_a_held_guard() {
    watchdog("b13", LIMIT, || {
        let desk = Desk::new();
        let (sender, mut receiver) = desk.pool(2);
        let slot = sender.clone().try_slot_owned().unwrap();
        write(&sender, 1);
        let held = receiver.recv_ref().wait().unwrap().into_owned();
        // All are held. A thread and a task wait for slots, in this order, and a thread for messages.
        let thread = spawn_sleeper({
            let sender = sender.clone();
            move || {
                let mut slot = sender.slot().wait().unwrap();
                slot.words.push(2);
                slot.send().unwrap();
            }
        });
        thread.wait_asleep();
        let probe = Probe::new();
        let mut task = pin!(sender.slot());
        assert_pending(task.as_mut(), &probe.waker());
        let reader = spawn_sleeper(move || {
            let words: Vec<u64> = (0..2)
                .map(|_| receiver.recv_ref().wait().unwrap().words[0])
                .collect();
            (words, receiver)
        });
        reader.wait_asleep();
        assert_eq!(probe.wakes(), 0);
        drop(held);
        thread.join();
        // That slot goes round to the task; the other is held still.
        crate::support::wait_until(|| probe.wakes() == 1);
        let mut second = assert_ready(task, &probe.waker()).unwrap();
        reader.wait_asleep();
        second.words.push(3);
        second.send().unwrap();
        let (words, mut receiver) = reader.join();
        assert_eq!(words, [2, 3]);
        assert_eq!(probe.wakes(), 1);
        drop(slot);
        assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    });
}

type Owned = (
    Option<OwnedSlot<Page, std::sync::Arc<Desk>>>,
    Option<OwnedSlotRef<Page, std::sync::Arc<Desk>>>,
);

/// C12: guards are alive while the channel is closed, or loses its handles, in every order; and go in any thread.
#[test]
fn c12_guards_outlive_the_end() {
    // What happens to the channel, in order.
    for ends in ["c", "s", "r", "sr", "rs", "csr", "crs", "src", "rc"] {
        // Which of the guards goes first, and how the slot does.
        for (slot_first, send) in [(true, true), (true, false), (false, true), (false, false)] {
            let desk = Desk::new();
            let (sender, mut receiver) = desk.pool(4);
            write(&sender, 1);
            write(&sender, 2);
            let reference = receiver.try_recv_ref().unwrap().into_owned();
            let mut slot = sender.clone().try_slot_owned().unwrap();
            slot.words.push(3);
            let mut guards: Owned = (Some(slot), Some(reference));
            let (mut sender, mut receiver) = (Some(sender), Some(receiver));
            for end in ends.chars() {
                match end {
                    'c' => {
                        let closed = sender.as_ref().map(pool::Sender::close);
                        closed.or(receiver.as_ref().map(pool::Receiver::close));
                    }
                    's' => sender = None,
                    _ => receiver = None,
                }
            }
            let received = receiver.is_some();
            std::thread::scope(|scope| {
                let guards = &mut guards;
                scope.spawn(move || {
                    for first in [slot_first, !slot_first] {
                        if !first {
                            let page = guards.1.take().unwrap();
                            assert_eq!(page.words, [1]);
                            continue;
                        }
                        let slot = guards.0.take().unwrap();
                        assert_eq!(slot.words, [3]);
                        if send {
                            assert_eq!(slot.send().is_ok(), received, "{ends}");
                        }
                    }
                });
            });
            if let Some(mut receiver) = receiver {
                assert_eq!(read(&mut receiver), 2);
                if send {
                    assert_eq!(read(&mut receiver), 3);
                }
                let end = if ends.contains(['c', 's']) {
                    TryRecvError::Closed
                } else {
                    TryRecvError::Empty
                };
                assert_eq!(receiver.try_recv_ref().unwrap_err(), end, "{ends}");
            }
            drop(sender);
            desk.ledger.assert_all_dropped();
            assert_eq!(std::sync::Arc::strong_count(&desk), 1, "{ends}");
        }
    }
}

/// C12: guards that borrow a handle, while all that can go goes.
#[test]
fn c12_borrowed_guards_outlive_the_other_side() {
    for close in [false, true] {
        for send in [false, true] {
            let desk = Desk::new();
            let (sender, receiver) = desk.pool(2);
            let slot = sender.try_slot().unwrap();
            if close {
                receiver.close();
            }
            drop(receiver);
            if send {
                drop(slot.send().unwrap_err());
            } else {
                drop(slot);
            }
            drop(sender);
            desk.ledger.assert_all_dropped();

            let (sender, mut receiver) = desk.pool(2);
            write(&sender, 1);
            write(&sender, 2);
            let page = receiver.try_recv_ref().unwrap();
            if close {
                sender.close();
            }
            drop(sender);
            assert_eq!(page.words, [1]);
            drop(page);
            assert_eq!(read(&mut receiver), 2);
            assert!(block_on(receiver.recv_ref()).is_none());
            drop(receiver);
            desk.ledger.assert_all_dropped();
        }
    }
}

/// C4: guards and operations are forgotten; that costs their slots, and nothing else.
#[test]
fn c4_forgotten_guards_cost_their_slots() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(4);
    mem::forget(sender.try_slot().unwrap());
    write(&sender, 1);
    mem::forget(receiver.try_recv_ref().unwrap());
    // One that was given a slot, and never looks; in a box, so that it is there for ever.
    let slots: Vec<_> = (0..2).map(|_| sender.try_slot().unwrap()).collect();
    let leaked = Box::leak(Box::new(sender.clone()));
    let probe = Probe::new();
    let mut op = Box::pin(leaked.slot());
    assert_pending(op.as_mut(), &probe.waker());
    drop(slots);
    mem::forget(op);
    assert_eq!(probe.wakes(), 1);
    for word in 0..100 {
        write(&sender, word);
        assert_eq!(sender.try_slot().unwrap_err(), TrySendError::Full(()));
        assert_eq!(read(&mut receiver), word);
    }
    let mut receive = Box::pin(receiver.recv_ref());
    assert_pending(receive.as_mut(), &probe.waker());
    mem::forget(receive);
    write(&sender, 7);
    assert_eq!(read(&mut receiver), 7);
}

/// C4: what is in a forgotten guard is dropped with the memory, if nobody keeps that.
#[test]
fn c4_forgotten_borrowed_guards_leak_nothing() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(4);
    mem::forget(sender.try_slot().unwrap());
    write(&sender, 1);
    mem::forget(receiver.try_recv_ref().unwrap());
    write(&sender, 2);
    mem::forget(receiver.try_recv_ref());
    // Without a sender a slot that is gone for ever delays the end no longer.
    sender.close();
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    drop(sender);
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Closed);
    drop(receiver);
    desk.ledger.assert_all_dropped();
    assert_eq!(desk.counts(), (3, 0));
}

/// C4: a forgotten guard without a borrow keeps the memory: nothing is freed under it, and nothing dropped.
#[test]
fn c4_forgotten_owned_guards_keep_the_memory() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    write(&sender, 1);
    let page: &'static mut _ = Box::leak(Box::new(receiver.try_recv_ref().unwrap().into_owned()));
    drop((sender, receiver));
    assert_eq!(page.words, [1]);
    assert_eq!(desk.ledger.live(), [0]);
    // SAFETY: it came from a box just now, and is used no more.
    drop(unsafe { Box::from_raw(page) });
    desk.ledger.assert_all_dropped();
}

/// B27, and more: the element of a slot that is dropped is used by the next.
#[test]
fn a_slot_that_was_given_up_goes_to_who_waits() {
    let desk = Desk::new();
    let (sender, _receiver) = desk.pool(1);
    let other = sender.clone();
    let slot = sender.try_slot().unwrap();
    let probe = Probe::new();
    let mut waiting = pin!(other.slot());
    let mut behind = pin!(sender.send(desk.page(2)));
    assert_pending(waiting.as_mut(), &probe.waker());
    assert_pending(behind.as_mut(), &probe.waker());
    drop(slot);
    assert_eq!(probe.wakes(), 1);
    let slot = assert_ready(waiting, &probe.waker()).unwrap();
    assert_eq!((slot.sheet.id(), desk.counts()), (0, (1, 1)));
    assert_pending(behind.as_mut(), &probe.waker());
    drop(slot);
    assert_eq!(probe.wakes(), 2);
    assert_ready(behind, &probe.waker()).unwrap();
}

/// A shared element is looked at by several threads, if it allows that.
#[test]
fn a_reference_is_shared_between_threads() {
    let (sender, mut receiver) = pool::bounded::<Vec<u32>>(1);
    let mut slot = sender.try_slot().unwrap();
    slot.extend(0..100);
    slot.send().unwrap();
    let message = receiver.try_recv_ref().unwrap();
    let sum = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for half in [0..50, 50..100] {
            let (message, sum) = (&message, &sum);
            scope.spawn(move || {
                let part: u32 = message[half].iter().sum();
                sum.fetch_add(part as usize, SeqCst);
            });
        }
    });
    assert_eq!(sum.into_inner(), 4950);
}
