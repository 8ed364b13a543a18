//! A6 and A7: capacity that comes back by an unusual path, and ends that come to many at once.

use std::time::Duration;

use waterway::error::TryRecvError;
use waterway::mpsc::{Receiver, Sender};

use crate::kit::{BOUNDED, Bounded, Case, FORMS, Form, Get, Put, SLOTTED, Waiting, fill, take_all};
use crate::support::{Ledger, Tracked, block_on, spawn_sleeper, watchdog};

/// Takes capacity out of a channel; gives what hands it back.
type Hold = for<'a> fn(&'a Sender<Tracked>) -> Box<dyn FnOnce() + 'a>;

/// A6: the ways by which capacity that is out can come back without a message.
const RETURNS: [(&str, Hold); 8] = [
    ("drop a Permit", |tx| {
        let permit = tx.try_reserve().expect("room");
        Box::new(move || drop(permit))
    }),
    ("drop an OwnedPermit", |tx| {
        let permit = tx.clone().try_reserve_owned().expect("room");
        Box::new(move || drop(permit))
    }),
    ("release an OwnedPermit", |tx| {
        let permit = tx.clone().try_reserve_owned().expect("room");
        Box::new(move || drop(permit.release()))
    }),
    ("drop a PermitIterator", |tx| {
        let permits = tx.try_reserve_many(1).expect("room");
        Box::new(move || drop(permits))
    }),
    ("drop a Permit out of a PermitIterator", |tx| {
        let mut permits = tx.try_reserve_many(1).expect("room");
        let permit = permits.next().expect("one");
        drop(permits);
        Box::new(move || drop(permit))
    }),
    ("drop an awaited Permit", |tx| {
        let permit = block_on(tx.reserve()).expect("open");
        Box::new(move || drop(permit))
    }),
    ("drop an awaited OwnedPermit", |tx| {
        let permit = block_on(tx.clone().reserve_owned()).expect("open");
        Box::new(move || drop(permit))
    }),
    ("drop an awaited PermitIterator", |tx| {
        let permits = block_on(tx.reserve_many(1)).expect("open");
        Box::new(move || drop(permits))
    }),
];

/// A6: `close()` while capacity is out and a receive waits: the receive ends when the capacity is back.
#[test]
fn a6_returned_capacity_wakes_the_closing_receiver() {
    for form in SLOTTED {
        for get in Get::ALL {
            for (how, hold) in RETURNS {
                for closed_before_parking in [false, true] {
                    let _case = Case::new((form, get, how, closed_before_parking));
                    let (tx, mut rx) = form.open();
                    let let_go = hold(&tx);
                    if closed_before_parking {
                        assert!(tx.close());
                    }
                    let mut recv = get.park(&mut rx);
                    if !closed_before_parking {
                        assert!(tx.close());
                    }
                    assert!(recv.poll().is_pending(), "what is permitted may still come");
                    let_go();
                    assert_eq!(recv.finish(), None);
                    drop(recv);
                    assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
                }
            }
        }
    }
}

/// A6: several permits out; only the last one to come back ends the receive.
#[test]
fn a6_the_last_returned_permit_counts() {
    for form in [Bounded(2), Bounded(8), Form::Unbounded] {
        for order in [[0, 1], [1, 0]] {
            let _case = Case::new((form, order));
            let (tx, mut rx) = form.open::<Tracked>();
            let mut permits: Vec<_> = tx.try_reserve_many(2).expect("room").map(Some).collect();
            let mut recv = Get::Recv.park(&mut rx);
            tx.close();
            assert!(recv.poll().is_pending());
            drop(permits[order[0]].take());
            assert!(recv.poll().is_pending(), "one permit is still out");
            drop(permits[order[1]].take());
            assert_eq!(recv.finish(), None);
        }
    }
}

/// A6: the last sender lives inside an `OwnedPermit`.
#[test]
fn a6_owned_permit_is_the_last_sender() {
    for form in SLOTTED {
        for get in Get::ALL {
            for release in [false, true] {
                let _case = Case::new((form, get, release));
                let (tx, mut rx) = form.open();
                let permit = tx.try_reserve_owned().expect("room");
                let mut recv = get.park(&mut rx);
                if release {
                    let tx = permit.release();
                    assert!(recv.poll().is_pending());
                    drop(tx);
                } else {
                    drop(permit);
                }
                assert_eq!(recv.finish(), None);
            }
        }
    }
}

/// A6: a `reserve` (of one or of many, of which it got a part) that is still queued when the channel closes
/// fails or is cancelled; it may even be forgotten: what it had must not keep the receiver waiting.
#[test]
fn a6_queued_reserve_lets_the_closing_receiver_go() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fate {
        CancelledBeforeClose,
        Cancelled,
        Failed,
        Forgotten,
    }
    use Fate::{Cancelled, CancelledBeforeClose, Failed, Forgotten};
    for form in [Bounded(1), Bounded(2), Bounded(8)] {
        for want in [1, 2, 8] {
            for fate in [CancelledBeforeClose, Cancelled, Failed, Forgotten] {
                for permit_first in [true, false] {
                    let _case = Case::new((form, want, fate, permit_first));
                    if want > form.slots() {
                        continue;
                    }
                    let (tx, mut rx) = form.open::<Tracked>();
                    // For want > 1 one slot is left, so that the queued one can get a part.
                    let taken = if want > 1 {
                        form.slots() - 1
                    } else {
                        form.slots()
                    };
                    let mut permits = Some(tx.try_reserve_many(taken).expect("room"));
                    let mut queued = Some(Waiting::park(async {
                        match want {
                            1 => tx.reserve().await.is_ok(),
                            n => tx.reserve_many(n).await.is_ok(),
                        }
                    }));
                    let mut recv = Get::Recv.park(&mut rx);
                    if fate == CancelledBeforeClose {
                        drop(queued.take());
                    }
                    tx.close();
                    if permit_first {
                        drop(permits.take());
                    }
                    if let Some(mut queued) = queued {
                        assert!(queued.woken(), "closed, and nobody told it");
                        match fate {
                            Failed => assert!(!queued.finish(), "reserved on a closed channel"),
                            Forgotten => queued.forget(),
                            _ => drop(queued),
                        }
                    }
                    drop(permits.take());
                    assert_eq!(recv.finish(), None);
                }
            }
        }
    }
}

/// A6 while the channel stays open: the capacity that comes back serves the next waiting sender.
#[test]
fn a6_returned_capacity_wakes_the_next_sender() {
    for put in Put::ALL {
        for (how, hold) in RETURNS {
            let _case = Case::new((put, how));
            let ledger = Ledger::new();
            let (tx, mut rx) = Bounded(1).open();
            let let_go = hold(&tx);
            let mut waiting = put.park(&tx, ledger.make(1));
            let_go();
            assert_eq!(waiting.finish().deliver(), Ok(()));
            assert_eq!(rx.try_recv().unwrap(), 1);
        }
    }
}

/// How a channel ends for its senders.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Closing {
    DropReceiver,
    ReceiverCloses,
    SenderCloses,
}

impl Closing {
    const ALL: [Closing; 3] = [
        Closing::DropReceiver,
        Closing::ReceiverCloses,
        Closing::SenderCloses,
    ];

    /// Gives the receiver back, if it is still there.
    fn close(self, tx: &Sender<Tracked>, mut rx: Receiver<Tracked>) -> Option<Receiver<Tracked>> {
        match self {
            Closing::DropReceiver => {
                drop(rx);
                return None;
            }
            Closing::ReceiverCloses => assert!(rx.close()),
            Closing::SenderCloses => assert!(tx.close()),
        }
        Some(rx)
    }
}

/// A7: the end wakes all who wait, not the first of them; each gets its own message back.
#[test]
fn a7_close_wakes_every_sender() {
    for form in BOUNDED {
        for closing in Closing::ALL {
            for n in [1, 2, 33] {
                let _case = Case::new((form, closing, n));
                let ledger = Ledger::new();
                let (tx, rx) = form.open();
                let filled = fill(form, &tx, &ledger);
                let kinds = Put::on(form).cycle();
                let mut parked: Vec<_> = (0..n)
                    .zip(kinds)
                    .map(|(i, put)| put.park(&tx, ledger.make(100 + i)))
                    .collect();
                let mut closed: Vec<_> = (0..n).map(|_| Waiting::park(tx.closed())).collect();
                let rx = closing.close(&tx, rx);
                for (i, waiting) in parked.iter_mut().enumerate() {
                    assert!(waiting.woken(), "sender {i} sleeps on");
                    assert_eq!(waiting.finish().deliver(), Err(100 + i as u64));
                }
                closed.iter_mut().for_each(Waiting::finish);
                // What was in before still arrives.
                if let Some(mut rx) = rx {
                    assert_eq!(take_all(&mut rx).len(), filled);
                    assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
                }
            }
        }
    }
}

/// A7 for `flush`: the receiver's end wakes all of them with the error; all that was sent being received,
/// all of them with success.
#[test]
fn a7_every_flush_is_woken() {
    for form in SLOTTED {
        for n in [1, 2, 33] {
            for received in [true, false] {
                let _case = Case::new((form, n, received));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let mut flushes: Vec<_> = (0..n).map(|_| Waiting::park(tx.flush())).collect();
                if received {
                    take_all(&mut rx);
                } else {
                    drop(rx);
                }
                for flush in &mut flushes {
                    assert_eq!(flush.finish().is_ok(), received);
                }
            }
        }
    }
}

/// A7: the receiver is woken by the end, whoever brings it.
#[test]
fn a7_close_wakes_the_receiver() {
    for form in FORMS {
        for get in Get::ALL {
            for drop_them in [true, false] {
                let _case = Case::new((form, get, drop_them));
                let (tx, mut rx) = form.open();
                let other = tx.clone();
                let mut recv = get.park(&mut rx);
                drop(other);
                assert!(!recv.woken());
                if drop_them {
                    drop(tx);
                } else {
                    assert!(tx.close());
                }
                assert_eq!(recv.finish(), None);
            }
        }
    }
}

/// A7 for threads: several are parked in `wait`, all of them come back.
#[test]
fn a7_close_wakes_every_thread() {
    watchdog("a7 threads", Duration::from_secs(20), || {
        for form in BOUNDED {
            for closing in Closing::ALL {
                let _case = Case::new((form, closing));
                let ledger = Ledger::new();
                let (tx, rx) = form.open();
                fill(form, &tx, &ledger);
                let spawn = |id: u64| {
                    let (tx, message) = (tx.clone(), ledger.make(id));
                    spawn_sleeper(move || match id % 3 {
                        0 => tx.send(message).wait().map_err(|error| error.0.id()),
                        1 => {
                            let limit = Duration::from_secs(60);
                            tx.send(message)
                                .wait_timeout(limit)
                                .map_err(|e| e.into_inner().id())
                        }
                        _ => {
                            tx.closed().wait();
                            Err(message.id())
                        }
                    })
                };
                let threads: Vec<_> = (100..104).map(spawn).collect();
                threads.iter().for_each(|thread| thread.wait_asleep());
                let rx = closing.close(&tx, rx);
                let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
                assert_eq!(results, [Err(100), Err(101), Err(102), Err(103)]);
                drop(rx);
                ledger.assert_all_dropped();
            }
        }
    });
}
