//! Random use, on one thread, beside a model: guards held and let go, waits begun, cancelled and forgotten.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};
use waterway::pool::{OwnedSlot, OwnedSlotRef, SendOwnedOp, SlotOwnedOp};
use waterway::{SendError, TryRecvError};

use crate::desk::{Desk, Page};
use crate::support::{Probe, explore, poll_once};

type Slot = OwnedSlot<Page, Arc<Desk>>;
type Reference = OwnedSlotRef<Page, Arc<Desk>>;

#[derive(Clone, Copy, Debug)]
enum Step {
    TrySlot,
    TrySend,
    /// A wait for a slot, or with a message.
    Wait {
        by_value: bool,
    },
    Poll(usize),
    Cancel(usize),
    Publish(usize),
    GiveUp(usize),
    Recv {
        by_value: bool,
    },
    Release(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        60 => (0..10usize, 0..5usize).prop_map(|(verb, which)| match verb {
            0 => Step::TrySlot,
            1 => Step::TrySend,
            2 => Step::Wait { by_value: false },
            3 => Step::Wait { by_value: true },
            4 => Step::Poll(which),
            5 => Step::Cancel(which),
            6 => Step::Publish(which),
            7 => Step::GiveUp(which),
            8 => Step::Recv { by_value: which == 0 },
            _ => Step::Release(which),
        }),
        1 => (0..1usize).prop_map(|_| Step::Close),
    ];
    vec(step, 0..80)
}

enum Wait {
    Slot(Pin<Box<SlotOwnedOp<Page, Arc<Desk>>>>),
    Send(Pin<Box<SendOwnedOp<Page, Arc<Desk>>>>, u64),
}

/// Everything after each step, and at the end: what was sent and not given back arrives once, in order; slots are
/// conserved.
fn follow(capacity: usize, steps: &[Step]) {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(capacity);
    let probe = Probe::new();
    let waker = probe.waker();
    let mut slots: Vec<Slot> = Vec::new();
    let mut held: Vec<Reference> = Vec::new();
    let mut waits: VecDeque<Wait> = VecDeque::new();
    let (mut word, mut closed) = (0, false);
    // What may arrive, in the order of publishing as far as it is known: parked sends are published in between.
    let mut sent: Vec<u64> = Vec::new();
    let mut received: Vec<u64> = Vec::new();
    for &step in steps {
        match step {
            Step::TrySlot => {
                if let Ok(slot) = sender.clone().try_slot_owned() {
                    assert!(!closed && slot.words.is_empty());
                    slots.push(slot);
                }
            }
            Step::TrySend => {
                word += 1;
                if sender.try_send(desk.page(word)).is_ok() {
                    sent.push(word);
                }
            }
            Step::Wait { by_value: false } => {
                waits.push_back(Wait::Slot(Box::pin(sender.clone().slot_owned())));
            }
            Step::Wait { by_value: true } => {
                word += 1;
                let op = sender.clone().send_owned(desk.page(word));
                waits.push_back(Wait::Send(Box::pin(op), word));
            }
            Step::Poll(which) if which < waits.len() => {
                let ready = match &mut waits[which] {
                    Wait::Slot(op) => poll_once(op.as_mut(), &waker).map(|taken| match taken {
                        Ok(slot) => slots.push(slot),
                        Err(SendError(_)) => assert!(closed),
                    }),
                    Wait::Send(op, word) => {
                        poll_once(op.as_mut(), &waker).map(|(done, _)| match done {
                            Ok(()) => sent.push(*word),
                            Err(SendError(page)) => assert!(closed && page.words == [*word]),
                        })
                    }
                };
                if ready.is_ready() {
                    waits.remove(which);
                }
            }
            Step::Cancel(which) if which < waits.len() => match waits.remove(which).unwrap() {
                Wait::Slot(mut op) => drop(op.as_mut().cancel()),
                Wait::Send(mut op, word) => match op.as_mut().cancel().0 {
                    Ok(page) => assert_eq!(page.words, [word]),
                    Err(_) => sent.push(word),
                },
            },
            Step::Publish(which) if which < slots.len() => {
                let mut slot = slots.remove(which);
                word += 1;
                slot.words.push(word);
                sent.push(word);
                drop(slot.send().unwrap());
            }
            Step::GiveUp(which) if which < slots.len() => drop(slots.remove(which)),
            Step::Recv { by_value: true } => {
                if let Ok(page) = receiver.try_recv() {
                    received.push(page.words[0]);
                }
            }
            Step::Recv { by_value: false } => match receiver.try_recv_ref() {
                Ok(page) => {
                    received.push(page.words[0]);
                    held.push(page.into_owned());
                }
                Err(end) => assert!(end == TryRecvError::Empty || closed),
            },
            Step::Release(which) if which < held.len() => drop(held.remove(which)),
            Step::Close => {
                sender.close();
                closed = true;
            }
            _ => {}
        }
        assert!(slots.len() + held.len() + sender.len() <= capacity);
        assert_eq!(sender.len(), receiver.len());
        if waits.is_empty() && !closed {
            let used = slots.len() + held.len() + sender.len();
            assert_eq!(sender.is_full(), used == capacity, "{step:?}");
        }
    }
    // The rest: what waits may have been served already.
    for wait in waits {
        match wait {
            Wait::Slot(op) => drop(op),
            Wait::Send(mut op, word) => {
                if op.as_mut().cancel().0.is_err() {
                    sent.push(word);
                }
            }
        }
    }
    drop(slots);
    held.clear();
    while let Ok(page) = receiver.try_recv_ref() {
        received.push(page.words[0]);
    }
    let free: Vec<_> = std::iter::from_fn(|| sender.try_slot().ok()).collect();
    assert_eq!(free.len(), if closed { 0 } else { capacity });
    drop(free);
    sent.sort_unstable();
    received.sort_unstable();
    assert_eq!(received, sent);
    drop(waker);
    assert_eq!(probe.refs(), 0);
    drop((sender, receiver));
    desk.ledger.assert_all_dropped();
}

#[test]
fn random_use_loses_nothing() {
    for capacity in [1, 2, 3, 5] {
        explore(400, &steps(), |steps| follow(capacity, &steps));
    }
}
