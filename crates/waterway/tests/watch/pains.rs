//! The rows of `pains.md` that channels of states have bitten with, and those that every wait answers.

use std::mem::forget;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_core::Stream;
use waterway::watch::{self, Receiver, Sender, Snapshot};

use super::support::{
    Event, Ledger, Probe, Tracked, assert_pending, assert_ready, catch, memory, poll_noop,
    poll_once, together, watchdog,
};

const LIMIT: Duration = Duration::from_secs(30);

/// A5: the waker of the last poll is the one that is woken, for each operation, and the only one kept.
#[test]
fn a5_the_last_waker_is_woken() {
    fn check<F: Future>(op: F, event: impl FnOnce()) {
        let (first, second) = (Probe::new(), Probe::new());
        let mut op = pin!(op);
        for _ in 0..1000 {
            assert_pending(op.as_mut(), &first.waker());
            assert_pending(op.as_mut(), &second.waker());
        }
        assert_eq!((first.refs(), second.refs()), (0, 1));
        event();
        assert_eq!((first.wakes(), second.wakes()), (0, 1));
        assert!(poll_noop(op).is_ready());
    }
    let (sender, mut receiver) = watch::channel(0);
    let seen = receiver.seen();
    check(receiver.recv_after(seen), || {
        assert!(sender.send(1).is_ok())
    });
    receiver.mark_seen();
    check(receiver.changed(), || assert!(sender.send(2).is_ok()));
    check(receiver.wait_for(|state| *state == 3), || {
        assert!(sender.send(3).is_ok());
    });
    check(sender.closed(), || drop(receiver));
}

/// A7: all who wait are told, of a state and of the end, however many they are.
#[test]
fn a7_all_are_told() {
    for count in [1, 2, 33, 1000] {
        for end in [false, true] {
            let (sender, receiver) = watch::channel(0);
            let probe = Probe::new();
            let mut waiting: Vec<_> = (0..count)
                .map(|_| Box::pin(receiver.clone().changed_owned()))
                .collect();
            for changed in &mut waiting {
                assert_pending(changed.as_mut(), &probe.waker());
            }
            if end {
                drop(sender);
            } else {
                sender.send(1).unwrap();
            }
            assert_eq!((probe.wakes(), probe.refs()), (count, 0));
            for mut changed in waiting {
                let (state, _) = assert_ready(changed.as_mut(), Waker::noop());
                assert_eq!(state.map(|state| *state), (!end).then_some(1));
            }
        }
    }
    // And all senders that wait for the receivers.
    let (sender, receiver) = watch::channel(0);
    let senders = vec![sender; 33];
    let probe = Probe::new();
    let mut waiting: Vec<_> = senders
        .iter()
        .map(|sender| Box::pin(sender.closed()))
        .collect();
    for closed in &mut waiting {
        assert_pending(closed.as_mut(), &probe.waker());
    }
    drop(receiver);
    assert_eq!(probe.wakes(), 33);
}

/// A9: two tasks on one channel, or at one receiver, both see every change.
#[test]
fn a9_two_tasks_both_see_every_change() {
    let (sender, receiver) = watch::channel(0);
    let (first, second) = (Probe::new(), Probe::new());
    let mut seen = receiver.seen();
    for state in 1..100 {
        let mut one = pin!(receiver.recv_after(seen));
        let mut two = pin!(receiver.recv_after(seen));
        assert_pending(one.as_mut(), &first.waker());
        assert_pending(two.as_mut(), &second.waker());
        seen = sender.send(state).unwrap();
        assert_eq!(first.wakes() + second.wakes(), 2 * state);
        assert_eq!(assert_ready(one, Waker::noop()), Some((seen, state)));
        assert_eq!(assert_ready(two, Waker::noop()), Some((seen, state)));
    }
}

/// A3: one that is forgotten, or never polled again, holds up nobody.
#[test]
fn a3_forgotten_waiters_hold_up_nobody() {
    let (sender, receiver) = watch::channel(0);
    for _ in 0..40 {
        let mut changed = Box::pin(receiver.clone().changed_owned());
        assert_pending(changed.as_mut(), Waker::noop());
        forget(changed);
    }
    let probe = Probe::new();
    let mut last = Box::pin(receiver.changed_owned());
    assert_pending(last.as_mut(), &probe.waker());
    sender.send(1).unwrap();
    assert!(probe.is_woken());
    forget(receiver_of(last));
    sender.send(2).unwrap();
}

fn receiver_of(mut changed: Pin<Box<watch::ChangedOwnedOp<i32>>>) -> Receiver<i32> {
    let (state, receiver) = assert_ready(changed.as_mut(), Waker::noop());
    assert!(state.is_some());
    receiver
}

/// A12: whoever waits sees the last state, whatever comes in between.
#[test]
fn a12_the_last_state_is_seen() {
    const STATES: usize = 1000;
    const ROUNDS: usize = 20;
    watchdog("a12", LIMIT, || {
        for _ in 0..ROUNDS {
            let (sender, receiver) = watch::channel(0);
            let handles: Vec<_> = (0..3)
                .map(|_| std::sync::Mutex::new(Some(receiver.clone())))
                .collect();
            let sender = std::sync::Mutex::new(Some(sender));
            drop(receiver);
            together(4, |index| {
                if index == 3 {
                    let sender = sender.lock().unwrap().take().unwrap();
                    for state in 1..=STATES {
                        sender.send(state).unwrap();
                    }
                    // Until the last was seen: no end comes to anybody's help.
                    sender.closed().wait();
                } else {
                    let mut receiver = handles[index].lock().unwrap().take().unwrap();
                    let mut last = 0;
                    while last < STATES {
                        let state = *receiver.changed().wait().unwrap();
                        assert!(last < state);
                        last = state;
                    }
                }
            });
        }
    });
}

/// B6, E3: nothing keeps a waker once its operation, or its handle, has gone, told or not.
#[test]
fn e3_no_waker_outlives_its_operation() {
    let (sender, receiver) = watch::channel(0);
    let probe = Probe::new();
    for told in [false, true] {
        let mut changed = Box::pin(receiver.clone().changed_owned());
        assert_pending(changed.as_mut(), &probe.waker());
        let mut stream = receiver.clone().into_stream();
        let polled = Pin::new(&mut stream).poll_next(&mut Context::from_waker(&probe.waker()));
        assert!(polled.is_pending());
        let mut closed = Box::pin(sender.closed());
        assert_pending(closed.as_mut(), &probe.waker());
        assert_eq!(probe.refs(), 3);
        if told {
            sender.send(1).unwrap();
            assert_eq!(probe.refs(), 1, "who is told keeps none");
        }
        drop((changed, stream, closed));
        assert_eq!(probe.refs(), 0);
    }
}

/// E1, E2: polling and going again leaves nothing behind, and allocates nothing.
#[test]
fn e1_nothing_grows() {
    memory::assert_installed();
    let (sender, mut receiver) = watch::channel([0u8; 100]);
    let ((), grown) = memory::growth(|| {
        for round in 0..20_000 {
            assert_pending(pin!(receiver.changed()), Waker::noop());
            {
                let mut twice = pin!(receiver.changed());
                assert_pending(twice.as_mut(), Waker::noop());
                assert_pending(twice, Waker::noop());
            }
            if round % 100 == 0 {
                sender.send([1; 100]).unwrap();
                receiver.mark_seen();
            }
        }
    });
    assert_eq!(
        (grown.bytes, grown.blocks),
        (112, 1),
        "a state and one to spare"
    );
    assert_eq!(grown.calls, 1, "the memory of a state is used again");
    let ((), grown) = memory::growth(|| {
        for _ in 0..1000 {
            sender.send_modify(|state| state[0] ^= 1).unwrap();
        }
    });
    assert_eq!((grown.bytes, grown.calls), (0, 0));
}

/// C3, B6: every state is dropped once, and everything is freed, whoever goes last.
#[test]
fn b6_states_live_as_long_as_they_are_looked_at() {
    memory::assert_installed();
    for order in 0..6 {
        let ledger = Ledger::with_room(8);
        let ((), grown) = memory::growth(|| {
            let (sender, receiver) = watch::channel(ledger.make(0));
            let first = receiver.latest();
            sender.send(ledger.make(1)).unwrap();
            assert_eq!(ledger.meets().dropped, 0, "it is looked at");
            let replaced = sender.send_replace(ledger.make(2)).unwrap();
            sender.send(ledger.make(3)).unwrap();
            assert_eq!(ledger.meets().dropped, 1, "nobody looked at the third");
            let mut handles: [Option<Box<dyn std::any::Any>>; 3] = [
                Some(Box::new(sender)),
                Some(Box::new(receiver)),
                Some(Box::new((first, replaced))),
            ];
            for index in [
                [0, 1, 2],
                [0, 2, 1],
                [1, 0, 2],
                [1, 2, 0],
                [2, 0, 1],
                [2, 1, 0],
            ][order]
            {
                handles[index] = None;
            }
            assert_eq!(ledger.meets().dropped, 4);
        });
        assert_eq!((grown.bytes, grown.blocks), (0, 0), "order {order}");
    }
}

/// E5: large states need little stack: a few copies of one (a debug build keeps about one per call).
#[test]
fn e5_large_states_need_little_stack() {
    type Large = [u8; 16 << 10];
    type Step = fn(&Sender<Large>, &mut Receiver<Large>);
    // Each in a frame of its own.
    const STEPS: [Step; 5] = [
        |sender, _| assert!(sender.send([1; 16 << 10]).is_ok()),
        |_, receiver| assert_eq!(receiver.changed().wait().unwrap()[0], 1),
        |sender, _| assert!(sender.send_modify(|state| state[0] = 2).is_ok()),
        |sender, _| drop(sender.send_replace([3; 16 << 10])),
        |_, receiver| {
            let state = receiver.wait_for(|state| state[0] == 3).wait();
            assert_eq!(state.unwrap()[1], 3);
        },
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let thread = small.spawn(|| {
        let (sender, mut receiver) = watch::empty::<Large>();
        for step in STEPS {
            step(&sender, &mut receiver);
        }
    });
    thread.unwrap().join().unwrap();
}

/// D1: a waker may do anything with the channel when it is woken, cloned and dropped.
#[test]
fn d1_wakers_may_use_the_channel() {
    watchdog("d1_wakers", LIMIT, || {
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            let (sender, receiver) = watch::channel(0);
            let probe = Probe::new();
            let (inner, outer) = (sender.clone(), receiver.clone());
            let depth = AtomicUsize::new(0);
            probe.hook(event, move || {
                if depth.fetch_add(1, SeqCst) > 3 {
                    return;
                }
                let state = *inner.latest().unwrap();
                inner.send(state + 1).unwrap();
                drop(inner.subscribe());
                let mut other = Box::pin(outer.clone().changed_owned());
                let _ = poll_noop(other.as_mut());
                assert!(outer.has_changed().is_ok());
            });
            for _ in 0..3 {
                let mut changed = Box::pin(receiver.clone().changed_owned());
                // It may be ready at once: its waker has sent.
                let polled = poll_once(changed.as_mut(), &probe.waker());
                sender.send(0).unwrap();
                assert!(polled.is_ready() || poll_noop(changed.as_mut()).is_ready());
            }
            probe.unhook();
            sender.send(0).unwrap();
            assert_eq!(probe.refs(), 0);
        }
    });
}

/// D2: a state may do anything with its own channel when it is dropped, cloned or looked at.
#[test]
fn d2_states_may_use_their_channel() {
    struct Owner(Option<Sender<Owner>>, u32);
    impl Drop for Owner {
        fn drop(&mut self) {
            if let Some(sender) = &self.0 {
                assert!(sender.latest().is_some());
                let _ = sender.send(Owner(None, self.1 + 1));
            }
        }
    }
    impl Clone for Owner {
        fn clone(&self) -> Self {
            if let Some(sender) = &self.0 {
                let _ = sender.send(Owner(None, self.1 + 1));
            }
            Owner(None, self.1)
        }
    }
    watchdog("d2", LIMIT, || {
        let (sender, mut receiver) = watch::empty();
        sender.send(Owner(Some(sender.clone()), 1)).unwrap();
        sender.send(Owner(None, 10)).unwrap();
        assert_eq!(
            receiver.latest().unwrap().1,
            2,
            "the old one sent when it went"
        );
        let old = sender.send(Owner(Some(sender.clone()), 20)).unwrap();
        assert_eq!(
            receiver
                .recv_after(watch::StateId::new())
                .wait()
                .unwrap()
                .1
                .1,
            20
        );
        assert!(receiver.changed().wait().unwrap().id() > old);
        sender.send(Owner(Some(sender.clone()), 30)).unwrap();
        assert_eq!(
            sender.send_modify(|state| state.1 += 1),
            Ok(None),
            "its clone sent"
        );
        receiver.close();
    });
}

/// D3: a state whose drop panics is gone, and the next one is there and told.
#[test]
fn d3_a_drop_that_panics() {
    struct Wild(bool);
    impl Drop for Wild {
        fn drop(&mut self) {
            assert!(!self.0, "a drop panics");
        }
    }
    watchdog("d3", LIMIT, || {
        let (sender, receiver) = watch::channel(Wild(true));
        let probe = Probe::new();
        let mut changed = Box::pin(receiver.changed_owned());
        assert_pending(changed.as_mut(), &probe.waker());
        assert!(catch(|| sender.send(Wild(false))).is_err());
        assert!(probe.is_woken());
        let (state, receiver) = assert_ready(changed.as_mut(), Waker::noop());
        assert!(!state.unwrap().0);
        sender.send(Wild(true)).unwrap();
        drop(sender);
        let ((), grown) = memory::growth(|| assert!(catch(|| drop(receiver)).is_err()));
        assert!(grown.bytes < 0, "it is freed all the same");
    });
}

/// D4: a predicate, a clone or a waker that panics leaves the channel as it was.
#[test]
fn d4_user_code_that_panics() {
    watchdog("d4_user_code", LIMIT, || {
        let (sender, mut receiver) = watch::channel(1);
        assert!(catch(|| receiver.wait_for(|_| panic!("a predicate panics")).wait()).is_err());
        assert_eq!(receiver.has_changed(), Ok(false));
        // While it waits, and then again.
        let mut panics = true;
        {
            let mut wait = pin!(receiver.wait_for(|state| {
                assert!(!(panics && *state == 2), "a predicate panics");
                panics = *state != 2;
                *state == 3
            }));
            assert_pending(wait.as_mut(), Waker::noop());
            sender.send(2).unwrap();
            assert!(catch(|| poll_noop(wait.as_mut()).is_ready()).is_err());
            sender.send(3).unwrap();
            assert_eq!(*assert_ready(wait, Waker::noop()).unwrap(), 3);
        }
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            let wild = Probe::panicking(event);
            let calm = Probe::new();
            let mut first = Box::pin(receiver.clone().changed_owned());
            let mut second = Box::pin(receiver.clone().changed_owned());
            let polled = catch(|| poll_once(first.as_mut(), &wild.waker()).is_pending());
            assert_eq!(polled.is_err(), event != Event::Wake, "{event:?}");
            assert_pending(second.as_mut(), &calm.waker());
            let sent = catch(|| sender.send(4));
            assert_eq!(sent.is_err(), event == Event::Wake, "{event:?}");
            assert_eq!(calm.wakes(), 1, "{event:?}");
            wild.unhook();
            let (state, _) = assert_ready(second.as_mut(), Waker::noop());
            assert_eq!(*state.unwrap(), 4);
            let (state, _) = assert_ready(first.as_mut(), Waker::noop());
            assert_eq!(*state.unwrap(), 4);
        }
    });
}

/// D5: a snapshot is kept over everything, in one thread, and blocks nothing.
#[test]
fn d5_a_snapshot_is_no_lock() {
    watchdog("d5", LIMIT, || {
        let (sender, mut receiver) = watch::channel(0);
        let mut kept: Vec<Snapshot<i32>> = Vec::new();
        for state in 1..100 {
            kept.extend(receiver.latest());
            kept.extend(sender.latest());
            sender.send(state).unwrap();
            sender.send_modify(|now| *now += 1000).unwrap();
            kept.extend(receiver.changed().wait());
            kept.extend(receiver.wait_for(|now| *now > 1000).wait());
        }
        drop((sender, receiver));
        assert_eq!(
            (*kept[0], *kept[2], **kept.last().unwrap()),
            (0, 1001, 1099)
        );
        assert!(kept.is_sorted_by_key(Snapshot::id));
    });
}

/// C10: what a state borrows may end after the channel, and a snapshot goes to other threads.
#[test]
fn c10_snapshots_go_to_other_threads() {
    let text = String::from("borrowed");
    let (sender, receiver) = watch::channel(text.as_str());
    std::thread::scope(|scope| {
        let state = receiver.latest().unwrap();
        scope.spawn(move || assert_eq!(*state, "borrowed"));
        scope.spawn(move || sender.send("'static").unwrap());
    });
    assert_eq!(*receiver.latest().unwrap(), "'static");
}

/// Threads send, look, keep snapshots and go, all at a time: every state is dropped once.
#[test]
fn b1_states_are_conserved() {
    const TIMES: usize = 2000;
    watchdog("b1", LIMIT, || {
        let ledger = Ledger::new();
        let (sender, receiver) = watch::channel(ledger.make(0));
        together(4, |index| {
            let mut kept: Option<Snapshot<Tracked>> = None;
            for time in 0..TIMES {
                if index < 2 {
                    sender.send(ledger.make(time as u64)).unwrap();
                } else {
                    let state = receiver.clone().latest().unwrap();
                    assert!(kept.as_ref().is_none_or(|kept| kept.id() <= state.id()));
                    kept = (time % 3 == 0).then_some(state);
                }
            }
        });
        drop((sender, receiver));
        let meets = ledger.meets();
        assert_eq!(
            (meets.created, meets.dropped),
            (2 * TIMES + 1, 2 * TIMES + 1)
        );
    });
}

/// C2, E8: handles of both sides come and go, of all makes, while states are sent and waited for: counts agree
/// afterwards, and every state is dropped once.
#[test]
fn c2_handles_come_and_go() {
    const TIMES: usize = 1000;
    watchdog("c2", LIMIT, || {
        let ledger = Ledger::new();
        let (sender, receiver) = watch::channel(ledger.make(0));
        together(4, |index| {
            for time in 0..TIMES {
                match index {
                    0 => assert!(sender.clone().send(ledger.make(time as u64)).is_ok()),
                    1 => {
                        let mut mine = sender.subscribe();
                        mine.mark_unseen();
                        assert!(mine.changed().wait().is_some());
                        drop(mine.clone().changed().wait_timeout(Duration::ZERO));
                    }
                    2 => {
                        let mut waiting = Box::pin(receiver.clone().changed_owned());
                        let _ = poll_noop(waiting.as_mut());
                    }
                    _ => {
                        let weak = sender.downgrade();
                        drop(
                            weak.upgrade()
                                .map(|sender| sender.send_replace(ledger.make(1))),
                        );
                        drop(receiver.new_sender());
                    }
                }
            }
        });
        assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
        assert_eq!(sender.weak_count(), 0);
        drop((sender, receiver));
        let meets = ledger.meets();
        assert_eq!(
            (meets.created, meets.dropped),
            (2 * TIMES + 1, 2 * TIMES + 1)
        );
    });
}
