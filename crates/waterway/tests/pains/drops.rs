//! D2 and D3: messages whose drop uses the channel they were in, or panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use waterway::mpsc::Sender;

use crate::kit::{BOUNDED, Case, FORMS, SLOTTED, Unbounded, Waiting};
use crate::support::{Ledger, Tracked, catch, poll_noop, watchdog};

const LIMIT: Duration = Duration::from_secs(10);

/// A message that does something when it is dropped.
struct Acts(Option<Box<dyn FnOnce() + Send>>);

impl Acts {
    fn inert() -> Self {
        Acts(None)
    }

    fn on_drop(action: impl FnOnce() + Send + 'static) -> Self {
        Acts(Some(Box::new(action)))
    }

    /// Uses its channel in every way when it is dropped.
    fn meddling(tx: &Sender<Acts>, runs: &Arc<AtomicUsize>) -> Self {
        let (tx, runs) = (tx.clone(), runs.clone());
        Acts::on_drop(move || {
            runs.fetch_add(1, SeqCst);
            let _ = tx.try_send(Acts::inert());
            let _ = poll_noop(Box::pin(tx.send(Acts::inert())).as_mut());
            let _ = poll_noop(Box::pin(tx.reserve()).as_mut());
            drop(tx.try_reserve());
            let _ = (tx.len(), tx.is_closed(), tx.sender_count());
            drop(tx.force_send(Acts::inert()));
            drop(tx.downgrade());
            drop(tx);
        })
    }
}

impl Drop for Acts {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

/// D2: what may drop a message of a channel inside one of its own calls.
#[test]
fn d2_message_drop_reenters() {
    for form in FORMS {
        for how in 0..8 {
            let case = format!("d2: {:?}", (form, how));
            watchdog(&case, LIMIT, move || {
                let runs = Arc::new(AtomicUsize::new(0));
                let (tx, mut rx) = form.open::<Acts>();
                for _ in 0..form.slots() {
                    assert!(tx.try_send(Acts::meddling(&tx, &runs)).is_ok());
                }
                let mut parked: Vec<_> = (0..2)
                    .map(|_| Box::pin(tx.send(Acts::meddling(&tx, &runs))))
                    .collect();
                for op in &mut parked {
                    let _ = poll_noop(op.as_mut());
                }
                match how {
                    // The receiver goes: the channel drops what is in it.
                    0 => drop(rx),
                    // It closes first; the parked come back, unpolled.
                    1 => {
                        rx.close();
                        drop(parked);
                        drop(rx);
                        assert_eq!(runs.load(SeqCst), form.slots() + 2);
                        return;
                    }
                    2 => drop(rx.drain()),
                    3 => rx.drain().for_each(drop),
                    4 => {
                        let _ = rx.try_peek().is_ok();
                        drop(rx);
                    }
                    5 => drop(tx.force_send(Acts::meddling(&tx, &runs))),
                    6 => {
                        parked.reverse();
                        drop(parked);
                        drop(rx);
                        assert_eq!(runs.load(SeqCst), form.slots() + 2);
                        return;
                    }
                    _ => {
                        let mut buf = Vec::new();
                        let _ = poll_noop(Box::pin(rx.recv_many(&mut buf, 2)).as_mut());
                        drop(rx);
                        drop(buf);
                    }
                }
                drop(parked);
                tx.close();
            });
        }
    }
}

/// D2: the only sender lives inside a message of its own channel; the drop of the receiver drops it, with
/// it the last handle, in the middle of the channel's own work.
#[test]
fn d2_message_owns_the_last_handle() {
    for form in SLOTTED {
        for at in 0..form.slots() {
            let case = format!("d2: {:?}", (form, at));
            watchdog(&case, LIMIT, move || {
                let dropped = Arc::new(AtomicUsize::new(0));
                let (tx, rx) = form.open::<Acts>();
                let mut last = Some(tx.clone());
                for i in 0..form.slots() {
                    let count = dropped.clone();
                    let owned = (i == at).then(|| last.take()).flatten();
                    let message = Acts::on_drop(move || {
                        count.fetch_add(1, SeqCst);
                        drop(owned);
                    });
                    assert!(tx.try_send(message).is_ok());
                }
                drop(tx);
                assert_eq!(dropped.load(SeqCst), 0);
                drop(rx);
                assert_eq!(dropped.load(SeqCst), form.slots());
            });
        }
    }
    // The receiver of another channel inside a message, and its sender inside one of that one's.
    for form in SLOTTED {
        watchdog("d2: a ring of channels", LIMIT, move || {
            let (first_tx, first_rx) = form.open::<Acts>();
            let (second_tx, second_rx) = form.open::<Acts>();
            assert!(
                first_tx
                    .try_send(Acts::on_drop(move || drop(second_rx)))
                    .is_ok()
            );
            assert!(
                second_tx
                    .try_send(Acts::on_drop(move || drop(first_tx)))
                    .is_ok()
            );
            drop(first_rx);
            assert!(second_tx.is_closed());
        });
    }
}

/// A message whose drop panics if it is the chosen one.
struct Panics(
    bool,
    #[allow(dead_code, reason = "counted by its drop")] Tracked,
);

impl Drop for Panics {
    fn drop(&mut self) {
        if self.0 && !std::thread::panicking() {
            panic!("told to panic in drop");
        }
    }
}

/// D3: the drop of the first, a middle or the last message panics as the receiver goes: the others are
/// dropped all the same, once, and everybody who waits is told.
#[test]
fn d3_panicking_drop_leaks_nothing() {
    for form in SLOTTED {
        for at in [0, form.slots() / 2, form.slots() - 1] {
            for closed_before in [false, true] {
                let _case = Case::new((form, at, closed_before));
                let ledger = Ledger::new();
                let (tx, rx) = form.open::<Panics>();
                for i in 0..form.slots() {
                    assert!(tx.try_send(Panics(i == at, ledger.make(i as u64))).is_ok());
                }
                let mut parked: Vec<_> = (0..3)
                    .filter(|_| form != Unbounded)
                    .map(|id| Waiting::park(tx.send(Panics(false, ledger.make(100 + id)))))
                    .collect();
                let mut closed = Waiting::park(tx.closed());
                let mut flush = Waiting::park(tx.flush());
                if closed_before {
                    tx.close();
                }
                let panicked = catch(|| drop(rx));
                assert!(panicked.is_err_and(|text| text.contains("told to panic")));
                assert_eq!(ledger.live().len(), parked.len(), "leaked behind the panic");
                for op in &mut parked {
                    assert!(op.finish().is_err());
                }
                closed.finish();
                assert!(flush.finish().is_err());
                assert!(tx.is_closed());
                drop((parked, closed, flush));
                drop(tx);
                ledger.assert_all_dropped();
            }
        }
    }
}

/// D3: the panic comes out of other calls that drop messages; the channel stays usable.
#[test]
fn d3_panicking_drop_leaves_the_channel_usable() {
    for form in SLOTTED {
        for at in [0, form.slots() / 2, form.slots() - 1] {
            for how in 0..4 {
                let _case = Case::new((form, at, how));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open::<Panics>();
                for i in 0..form.slots() {
                    assert!(tx.try_send(Panics(i == at, ledger.make(i as u64))).is_ok());
                }
                let result = catch(|| match how {
                    0 => rx.drain().for_each(drop),
                    1 => rx.try_iter().for_each(drop),
                    2 => drop(rx.drain()),
                    _ => {
                        let mut buf = Vec::new();
                        let _ = poll_noop(Box::pin(rx.recv_many(&mut buf, 100)).as_mut());
                        drop(buf);
                    }
                });
                // A drain that is not read may drop what it would have taken, or leave it.
                assert!(result.is_err() || how == 2);
                let _ = catch(|| rx.drain().for_each(drop));
                while let Some(message) = catch(|| rx.try_recv()).ok().and_then(Result::ok) {
                    let _ = catch(|| drop(message));
                }
                assert_eq!(tx.len(), 0);
                for i in 0..form.slots() {
                    assert!(
                        tx.try_send(Panics(false, ledger.make(200 + i as u64)))
                            .is_ok()
                    );
                }
                assert_eq!(rx.drain().count(), form.slots());
                drop((tx, rx));
                ledger.assert_all_dropped();
            }
        }
    }
}

/// D3: a parked message panics as its operation is dropped, or as the closed channel gives it back.
#[test]
fn d3_panicking_parked_message() {
    for form in BOUNDED {
        for close in [false, true] {
            let _case = Case::new((form, close));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open::<Panics>();
            for i in 0..form.slots() {
                assert!(tx.try_send(Panics(false, ledger.make(i as u64))).is_ok());
            }
            let bad = Waiting::park(tx.send(Panics(true, ledger.make(50))));
            let mut good = Waiting::park(tx.send(Panics(false, ledger.make(51))));
            if close {
                tx.close();
            }
            assert!(catch(|| drop(bad)).is_err());
            let mut got = 0;
            while rx.try_recv().is_ok() {
                got += 1;
            }
            assert_eq!(got, form.slots() + usize::from(!close));
            assert_eq!(good.finish().is_ok(), !close);
            drop(good);
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}
