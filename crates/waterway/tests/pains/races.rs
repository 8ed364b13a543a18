//! B6, B7, A4, E10: ends that meet what is under way, with real threads.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;

use waterway::error::TryRecvError;

use crate::kit::{Bounded, FORMS, Rng, SLOTTED, race};
use crate::support::{Ledger, Probe, Tracked, block_on, poll_noop, poll_once, watchdog};

const LIMIT: Duration = Duration::from_secs(30);

/// B6 and B12 with threads: the receiver goes while senders are at it. Each message ends exactly once: it was
/// received, it came back, or (its send said Ok) it was dropped with the channel, by the time that the
/// receiver's drop and the sends under way are over; senders that live on keep none alive.
#[test]
fn b6_receiver_drop_races_senders() {
    for form in FORMS {
        watchdog("b6 race", LIMIT, move || {
            for round in 0..120u64 {
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let over = AtomicU32::new(0);
                thread::scope(|scope| {
                    for sender in 0..2u32 {
                        let (tx, over) = (&tx, &over);
                        scope.spawn(move || {
                            let mut rng = Rng::new(round * 2 + u64::from(sender));
                            for seq in 0.. {
                                let message = ledger.make_from(sender, seq);
                                rng.dawdle();
                                let back = match (round + u64::from(seq)) % 4 {
                                    0 => tx.send(message).wait().err().map(|e| e.0),
                                    1 => block_on(tx.send(message)).err().map(|e| e.0),
                                    2 => match tx.reserve().wait() {
                                        Ok(permit) => permit.send(message).err().map(|e| e.0),
                                        Err(_) if tx.is_closed() => Some(message),
                                        Err(_) => None,
                                    },
                                    _ => match tx.try_send(message) {
                                        Err(error) if error.is_closed() => Some(error.into_inner()),
                                        _ => None,
                                    },
                                };
                                if let Some(message) = back {
                                    assert_eq!((message.sender(), message.seq()), (sender, seq));
                                    break;
                                }
                            }
                            over.fetch_add(1, SeqCst);
                        });
                    }
                    for _ in 0..round % 5 {
                        assert!(rx.recv().wait().is_some());
                    }
                    Rng::new(round).dawdle();
                    drop(rx);
                });
                assert_eq!(over.load(SeqCst), 2);
                // The senders' handles are all still there.
                assert_eq!(
                    ledger.live(),
                    [],
                    "{form:?}: kept in a channel without a receiver"
                );
                drop(tx);
            }
        });
    }
}

/// B6, B7: a message so big that its way into the slot takes a while, and the receiver goes right then: the
/// publisher finds its slot abandoned. The message comes back to it, or is dropped with the channel; both,
/// or neither, would be the bug.
#[test]
fn b6_receiver_drop_meets_a_publish() {
    struct Big(
        Tracked,
        #[allow(dead_code, reason = "takes its time")] [u64; 4096],
    );
    for form in SLOTTED {
        watchdog("b6 publish", LIMIT, move || {
            for round in 0..250u64 {
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open::<Big>();
                let ((), accepted) = race(
                    || {
                        Rng::new(round).dawdle_up_to(1500);
                        if round % 3 == 0 {
                            drop(rx.try_recv().ok());
                        }
                        drop(rx);
                    },
                    || {
                        let mut accepted = Vec::new();
                        for id in 0..4 {
                            match tx.try_send(Big(ledger.make(id), [id; 4096])) {
                                Ok(()) => accepted.push(id),
                                Err(error) => {
                                    let back = error.into_inner();
                                    assert_eq!((back.0.id(), back.1[4095]), (id, id));
                                    assert_eq!(ledger.drops_of(id), 0);
                                }
                            }
                        }
                        accepted
                    },
                );
                // The sender lives, and nothing else does.
                assert_eq!(ledger.live(), [], "{form:?}: accepted {accepted:?}");
                drop(tx);
            }
        });
    }
}

/// A message that notes which thread dropped it.
struct NotesItsEnd(Arc<Mutex<Vec<(u32, ThreadId)>>>, u32);

impl Drop for NotesItsEnd {
    fn drop(&mut self) {
        self.0
            .lock()
            .unwrap()
            .push((self.1, thread::current().id()));
    }
}

/// B7: once a send said Ok, the message is the receiver's: it is never dropped on the sender's side.
#[test]
fn b7_sent_message_is_not_dropped_by_its_sender() {
    for form in FORMS {
        watchdog("b7", LIMIT, move || {
            for round in 0..300u32 {
                let ends = Arc::new(Mutex::new(Vec::new()));
                let (tx, mut rx) = form.open();
                let ((), (accepted, me)) = race(
                    || {
                        Rng::new(u64::from(round)).dawdle();
                        if round % 2 == 0 {
                            drop(rx.recv().wait_timeout(Duration::from_micros(10)));
                        }
                        drop(rx);
                    },
                    || {
                        let mut accepted = Vec::new();
                        for id in 0..4 {
                            let message = NotesItsEnd(ends.clone(), id);
                            let result = match round % 3 {
                                0 => tx.send(message).wait().map_err(|e| e.0),
                                1 => block_on(tx.send(message)).map_err(|e| e.0),
                                _ => tx.try_send(message).map_err(|e| e.into_inner()),
                            };
                            match result {
                                Ok(()) => accepted.push(id),
                                // Those that came back end at the receiving test's desk, not here.
                                Err(message) => std::mem::forget(message),
                            }
                        }
                        drop(tx);
                        (accepted, thread::current().id())
                    },
                );
                let ends = ends.lock().unwrap();
                let dropped: Vec<u32> = ends.iter().map(|(id, _)| *id).collect();
                assert_eq!(
                    dropped, accepted,
                    "{form:?}: accepted, and its end is missing or double"
                );
                let by_sender = ends.iter().filter(|(_, thread)| *thread == me).count();
                assert_eq!(
                    by_sender, 0,
                    "{form:?}, round {round}: dropped by the sender after Ok"
                );
            }
        });
    }
}

/// A4, E3: the message comes between the look and the registration: success leaves no waker behind, though
/// the operation, completed, is kept.
#[test]
fn a4_success_while_registering_leaves_no_waker() {
    for form in FORMS {
        watchdog("a4 registering", LIMIT, move || {
            let (tx, mut rx) = form.open::<u64>();
            for round in 0..400 {
                let probe = Probe::new();
                let waker = probe.waker();
                race(
                    || loop {
                        // Looks, registers, looks, leaves: most of the time in the middle of it.
                        let mut recv = Box::pin(rx.recv());
                        if let Poll::Ready(message) = poll_once(recv.as_mut(), &waker) {
                            assert_eq!(message, Some(round));
                            // A completed operation that is leaked is one that is kept.
                            std::mem::forget(recv);
                            break;
                        }
                    },
                    || {
                        Rng::new(round).dawdle();
                        tx.send(round).wait().expect("open");
                    },
                );
                assert_eq!(
                    probe.refs(),
                    1,
                    "{form:?}: completed, and its waker is still registered"
                );
            }
        });
    }
}

/// E10: a weak sender is upgraded as the last strong one goes. If that gives a sender the channel is open,
/// and stays so: its message arrives. If not, the end has come.
#[test]
fn e10_upgrade_races_the_last_drop() {
    for form in FORMS {
        watchdog("e10", LIMIT, move || {
            let mut outcomes = [0; 2];
            for round in 0..500u64 {
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let weak = tx.downgrade();
                let probe = Probe::new();
                // Somebody waits for the end all the while.
                let mut recv = Box::pin(rx.recv());
                assert!(poll_once(recv.as_mut(), &probe.waker()).is_pending());
                let upgraded = match round {
                    // One after the other, so that each outcome is seen for certain.
                    0 => {
                        drop(tx);
                        weak.upgrade()
                    }
                    1 => {
                        let upgraded = weak.upgrade();
                        drop(tx);
                        upgraded
                    }
                    // Now the one, now the other is late, by more or less.
                    _ => {
                        let late =
                            |by: u64| Rng::new(round).dawdle_up_to(1 + (round % by * 400) as usize);
                        let drops = || {
                            late(5);
                            drop(tx);
                        };
                        let upgrades = || {
                            late(7);
                            weak.upgrade()
                        };
                        race(drops, upgrades).1
                    }
                };
                outcomes[usize::from(upgraded.is_some())] += 1;
                if let Some(tx) = upgraded {
                    assert!(!tx.is_closed(), "{form:?}: upgraded into a closed channel");
                    assert_eq!((tx.sender_count(), weak.sender_count()), (1, 1));
                    assert!(
                        poll_noop(recv.as_mut()).is_pending(),
                        "{form:?}: the end came, and is not"
                    );
                    let mut send = Box::pin(tx.send(ledger.make(1)));
                    let sent = poll_noop(send.as_mut());
                    assert!(sent.is_ready() || form == Bounded(0));
                    match poll_noop(recv.as_mut()) {
                        Poll::Ready(message) => assert_eq!(message.expect("sent"), 1),
                        Poll::Pending => panic!("{form:?}: sent, and not received"),
                    }
                    drop(send);
                    drop(tx);
                } else {
                    assert!(
                        probe.is_woken(),
                        "{form:?}: nobody told the receiver of the end"
                    );
                    assert!(matches!(poll_noop(recv.as_mut()), Poll::Ready(None)));
                }
                drop(recv);
                assert_eq!(rx.try_recv().unwrap_err(), TryRecvError::Closed);
                assert!(weak.upgrade().is_none());
            }
            assert!(outcomes.iter().all(|seen| *seen > 0), "{outcomes:?}");
        });
    }
}

/// E10: `new_sender` after the last sender went opens the channel again; after a close it does not.
#[test]
fn e10_upgrade_after_the_end() {
    for form in FORMS {
        let (tx, mut rx) = form.open::<u8>();
        let weak = tx.downgrade();
        drop(tx);
        assert!(weak.upgrade().is_none());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        let tx = rx.new_sender();
        assert!(
            weak.upgrade().is_some_and(|again| again.same_channel(&tx)),
            "{form:?}"
        );
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        rx.close();
        assert!(rx.new_sender().is_closed() && tx.is_closed());
        // A weak handle of a closed channel may give a sender, but never an open one.
        assert!(weak.upgrade().is_none_or(|again| again.is_closed()));
        drop(rx);
        assert!(
            weak.upgrade()
                .is_none_or(|again: waterway::mpsc::Sender<u8>| again.is_closed())
        );
    }
}
