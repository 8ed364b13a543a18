//! B9: a batch that meets the end gives back what did not go, in order.

use std::task::{Poll, Waker};
use std::time::Duration;

use waterway::mpsc::{Receiver, Sender};

use crate::kit::{Bounded, Case, FILLABLE, FORMS, SLOTTED, Waiting, take_all};
use crate::support::{Ledger, Tracked, assert_pending, poll_noop, watchdog};

const LEN: u64 = 12;

fn batch(ledger: Ledger) -> impl Iterator<Item = Tracked> {
    (0..LEN).map(move |id| ledger.make(id))
}

/// What ends the channel in the middle of the batch.
#[derive(Clone, Copy, Debug)]
enum End {
    ReceiverDropped,
    ReceiverCloses,
    SenderCloses,
}

impl End {
    const ALL: [End; 3] = [End::ReceiverDropped, End::ReceiverCloses, End::SenderCloses];

    fn come(self, tx: &Sender<Tracked>, rx: &mut Option<Receiver<Tracked>>) {
        match self {
            End::ReceiverDropped => drop(rx.take()),
            End::ReceiverCloses => assert!(rx.as_mut().expect("open").close()),
            End::SenderCloses => assert!(tx.close()),
        }
    }
}

/// B9: the end comes after `received` messages were taken out; `sent` and `rest` make up the batch.
#[test]
fn b9_closed_batch_returns_its_tail() {
    for form in FILLABLE.into_iter().chain([Bounded(0)]) {
        for end in End::ALL {
            for received in [0, 1, 3] {
                for repoll in [false, true] {
                    let _case = Case::new((form, end, received, repoll));
                    let ledger = Ledger::new();
                    let (tx, rx) = form.open();
                    let mut rx = Some(rx);
                    let mut op = Waiting::park(tx.send_many(batch(ledger)));
                    let mut got = Vec::new();
                    for _ in 0..received {
                        // Between polls only a part of a batch is in reach.
                        match rx.as_mut().unwrap().try_recv() {
                            Ok(message) => got.push(message.id()),
                            Err(_) => assert!(!repoll, "the batch does not go on"),
                        }
                        if repoll {
                            assert!(op.poll().is_pending());
                        }
                    }
                    end.come(&tx, &mut rx);
                    let unsent = op.finish().expect_err("closed in the middle").0;
                    let rest: Vec<u64> = unsent.rest.map(|message| message.id()).collect();
                    assert_eq!(rest, (unsent.sent as u64..LEN).collect::<Vec<_>>());
                    if let Some(rx) = &mut rx {
                        got.extend(take_all(rx));
                        assert_eq!(got, (0..unsent.sent as u64).collect::<Vec<_>>());
                    } else {
                        assert!(unsent.sent <= received + form.slots());
                    }
                    drop(op);
                    drop((tx, rx));
                    ledger.assert_all_dropped();
                    assert_eq!(ledger.created(), LEN as usize);
                }
            }
        }
    }
}

/// B9: the same by `cancel()`, by a timeout and by `until`.
#[test]
fn b9_cancelled_batch_returns_its_tail() {
    for form in FILLABLE.into_iter().chain([Bounded(0)]) {
        for way in 0..3 {
            let _case = Case::new((form, way));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let unsent = match way {
                0 => {
                    let mut op = Box::pin(tx.send_many(batch(ledger)));
                    assert_pending(op.as_mut(), Waker::noop());
                    op.as_mut().cancel()
                }
                1 => {
                    let timed = tx
                        .send_many(batch(ledger))
                        .wait_timeout(Duration::from_millis(1));
                    let error = timed.expect_err("too many");
                    assert!(error.is_timeout());
                    error.into_inner()
                }
                _ => {
                    let op = tx.send_many(batch(ledger)).until(std::future::ready(()));
                    match poll_noop(Box::pin(op).as_mut()) {
                        Poll::Ready(Err(error)) => error.into_inner(),
                        _ => panic!("too many"),
                    }
                }
            };
            let sent: Vec<u64> = (0..unsent.sent as u64).collect();
            assert_eq!(sent.len(), form.slots(), "what there was room for went");
            let rest: Vec<u64> = unsent.rest.map(|message| message.id()).collect();
            assert_eq!(rest, (sent.len() as u64..LEN).collect::<Vec<_>>());
            assert_eq!(take_all(&mut rx), sent);
            ledger.assert_all_dropped();
        }
    }
}

/// B9: on a channel that is closed from the start the whole batch comes back, and an empty one is no error
/// that loses anything.
#[test]
fn b9_batch_on_a_closed_channel() {
    for form in FORMS {
        for end in End::ALL {
            let _case = Case::new((form, end));
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            end.come(&tx, &mut Some(rx));
            let unsent = tx.send_many(batch(ledger)).wait().expect_err("closed").0;
            assert_eq!(unsent.sent, 0);
            assert_eq!(
                unsent.rest.map(|m| m.id()).collect::<Vec<_>>(),
                (0..LEN).collect::<Vec<_>>()
            );
            let nothing = tx.send_many(std::iter::empty()).wait();
            let nothing = nothing.expect_err("closed").0;
            assert_eq!((nothing.sent, nothing.rest.count()), (0, 0));
            ledger.assert_all_dropped();
        }
    }
}

/// B9: the rest may be taken in part, or not at all: the channel and the other messages stay whole.
#[test]
fn b9_rest_dropped_half_read() {
    for form in FILLABLE {
        for read in [0, 1, 2, LEN as usize] {
            let _case = Case::new((form, read));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut op = Box::pin(tx.send_many(batch(ledger)));
            assert_pending(op.as_mut(), Waker::noop());
            let mut unsent = op.as_mut().cancel();
            let half: Vec<Tracked> = unsent.rest.by_ref().take(read).collect();
            assert_eq!(half.len(), read.min(LEN as usize - unsent.sent));
            drop(unsent);
            drop(op);
            assert_eq!(take_all(&mut rx).len(), form.slots());
            drop(half);
            ledger.assert_all_dropped();
        }
    }
}

/// B9 with threads: the receiver takes some and goes, at any moment; what was not received is in the rest or
/// was dropped with the channel, nothing is lost and nothing doubled.
#[test]
fn b9_batch_races_the_end() {
    watchdog("b9 race", Duration::from_secs(30), || {
        for form in SLOTTED.into_iter().chain([Bounded(0)]) {
            for round in 0..200 {
                let _case = Case::new((form, round));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let (rest, got) = crate::kit::race(
                    || match tx.send_many(batch(ledger)).wait() {
                        Ok(sent) => {
                            assert_eq!(sent as u64, LEN);
                            Vec::new()
                        }
                        Err(error) => {
                            let sent = error.0.sent as u64;
                            let rest: Vec<u64> = error.0.rest.map(|m| m.id()).collect();
                            assert_eq!(rest, (sent..LEN).collect::<Vec<_>>());
                            rest
                        }
                    },
                    move || {
                        let mut got = Vec::new();
                        for _ in 0..round % 9 {
                            got.push(rx.recv().wait().expect("the sender is there").id());
                        }
                        if round % 2 == 0 {
                            rx.close();
                            got.extend(std::iter::from_fn(|| rx.recv().wait()).map(|m| m.id()));
                        }
                        got
                    },
                );
                assert_eq!(got, (0..got.len() as u64).collect::<Vec<_>>());
                if round % 2 == 0 {
                    assert_eq!(got.len() + rest.len(), LEN as usize, "lost in the middle");
                } else {
                    assert!(got.len() + rest.len() <= LEN as usize);
                }
                ledger.assert_all_dropped();
            }
        }
    });
}
