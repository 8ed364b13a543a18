//! D1, and D2 in a wake: wakers that use, in their wake, clone or drop, the channel that they are registered in.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use waterway::error::TrySendError;
use waterway::mpsc::{Receiver, Sender};

use crate::kit::{BOUNDED, Bounded, FORMS, Form, Get, Put, Waiting, fill, post, take_all};
use crate::support::{Event, Ledger, Probe, Tracked, poll_noop, watchdog};

const EVENTS: [Event; 3] = [Event::Wake, Event::Clone, Event::Drop];
const LIMIT: Duration = Duration::from_secs(10);

/// A receiver that a hook can get at when nobody else is using it.
type Shared = Arc<Mutex<Option<Receiver<Tracked>>>>;

/// What a waker of D1 does with the channel it is registered in: everything that takes a lock or wakes.
#[derive(Clone)]
struct Meddler {
    tx: Sender<Tracked>,
    rx: Shared,
    ledger: Ledger,
    close: bool,
}

impl Meddler {
    fn meddle(&self) {
        let tx = &self.tx;
        let _ = tx.try_send(self.ledger.make(900));
        let _ = tx.force_send(self.ledger.make(901));
        let _ = (
            tx.len(),
            tx.is_full(),
            tx.is_closed(),
            tx.sender_count(),
            tx.weak_count(),
        );
        drop(tx.try_reserve());
        drop(tx.clone());
        drop(tx.downgrade().upgrade());
        // These go through the waiting lists: in, and out again.
        for put in Put::ALL {
            let _ = put.start(tx, self.ledger.make(902)).poll();
        }
        let _ = poll_noop(Box::pin(tx.closed()).as_mut());
        let _ = poll_noop(Box::pin(tx.flush()).as_mut());
        if let Ok(mut rx) = self.rx.try_lock() {
            if let Some(rx) = &mut *rx {
                let _ = rx.try_recv();
                let _ = poll_noop(Box::pin(rx.recv()).as_mut());
                let _ = rx.try_peek().is_ok();
            }
            if self.close {
                drop(rx.take());
            }
        }
        if self.close {
            tx.close();
        }
    }

    fn hang_on(&self, probe: &Probe, event: Event) {
        let meddler = self.clone();
        probe.hook(event, move || meddler.meddle());
    }
}

/// What makes the channel touch the waker.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trigger {
    Serve,
    ReturnPermit,
    Close,
    DropReceiver,
    Repoll,
    DropOperation,
}

const TRIGGERS: [Trigger; 6] = [
    Trigger::Serve,
    Trigger::ReturnPermit,
    Trigger::Close,
    Trigger::DropReceiver,
    Trigger::Repoll,
    Trigger::DropOperation,
];

/// D1 on the senders' list: a waker whose wake, clone or drop uses the channel neither deadlocks nor breaks
/// anything.
#[test]
fn d1_waker_of_a_sender_reenters() {
    for form in BOUNDED {
        for put in Put::on(form) {
            for event in EVENTS {
                for trigger in TRIGGERS {
                    for close in [false, true] {
                        if form == Bounded(0) && trigger == Trigger::ReturnPermit {
                            continue;
                        }
                        let case = format!("d1: {:?}", (form, put, event, trigger, close));
                        watchdog(&case, LIMIT, move || {
                            reentrant_sender_waker(form, put, event, trigger, close);
                        });
                    }
                }
            }
        }
    }
}

fn reentrant_sender_waker(form: Form, put: Put, event: Event, trigger: Trigger, close: bool) {
    let ledger = Ledger::new();
    let (tx, rx) = form.open();
    let mut permit = if form == Bounded(0) {
        None
    } else {
        Some(tx.try_reserve().expect("room"))
    };
    while tx.try_send(ledger.make(0)).is_ok() {}
    let rx: Shared = Arc::new(Mutex::new(Some(rx)));
    let meddler = Meddler {
        tx: tx.clone(),
        rx: rx.clone(),
        ledger,
        close,
    };
    let (probe, other) = (Probe::new(), Probe::new());
    let mut waiting = put.start(&tx, ledger.make(100));
    let mut behind = put.start(&tx, ledger.make(101));
    if event == Event::Clone {
        // It is cloned when it is registered.
        meddler.hang_on(&probe, event);
    }
    let first = waiting.poll_with(&probe);
    let _ = behind.poll();
    meddler.hang_on(&probe, event);
    let mut waiting = first.is_pending().then_some(waiting);
    match trigger {
        Trigger::Serve => {
            // At capacity 1 the one slot may be permitted.
            drop(permit.take());
            if let Some(rx) = &mut *rx.lock().unwrap() {
                let _ = rx.try_recv();
            }
        }
        Trigger::ReturnPermit => drop(permit.take()),
        Trigger::Close => drop(tx.close()),
        Trigger::DropReceiver => drop(rx.lock().unwrap().take()),
        Trigger::Repoll => {
            // The new waker is cloned, the old one dropped.
            meddler.hang_on(&other, event);
            if waiting
                .as_mut()
                .is_some_and(|op| op.poll_with(&other).is_ready())
            {
                waiting = None;
            }
        }
        Trigger::DropOperation => drop(waiting.take()),
    }
    probe.unhook();
    other.unhook();
    drop((meddler, waiting, behind, permit));
    let mut rx = rx.lock().unwrap();
    match rx.take() {
        Some(rx) if !tx.is_closed() => still_works(&tx, rx),
        _ => assert!(matches!(
            tx.try_send(ledger.make(1)),
            Err(TrySendError::Closed(_))
        )),
    }
    assert_eq!((probe.refs(), other.refs()), (0, 0));
}

/// The channel does what it is for.
fn still_works(tx: &Sender<Tracked>, mut rx: Receiver<Tracked>) {
    take_all(&mut rx);
    let ledger = Ledger::new();
    for id in 0..10 {
        let mut recv = Get::Recv.park(&mut rx);
        let mut sent = post(tx, ledger.make(id));
        assert_eq!(recv.finish(), Some(id));
        drop(recv);
        if sent.woken() {
            sent.finish().deliver().expect("open");
        }
    }
    ledger.assert_all_dropped();
}

/// D1 on the receiver's end.
#[test]
fn d1_waker_of_the_receiver_reenters() {
    for form in FORMS {
        for get in Get::ALL {
            for event in EVENTS {
                for trigger in TRIGGERS {
                    for close in [false, true] {
                        let case = format!("d1: {:?}", (form, get, event, trigger, close));
                        watchdog(&case, LIMIT, move || {
                            reentrant_receiver_waker(form, get, event, trigger, close);
                        });
                    }
                }
            }
        }
    }
}

fn reentrant_receiver_waker(form: Form, get: Get, event: Event, trigger: Trigger, close: bool) {
    let ledger = Ledger::new();
    let (tx, mut rx) = form.open();
    // The receiver itself is in use by the operation.
    let meddler = Meddler {
        tx: tx.clone(),
        rx: Arc::default(),
        ledger,
        close,
    };
    let (probe, other) = (Probe::new(), Probe::new());
    let mut permit = tx.try_reserve().ok();
    let mut waiting = get.start(&mut rx);
    if event == Event::Clone {
        meddler.hang_on(&probe, event);
    }
    let first = waiting.poll_with(&probe);
    meddler.hang_on(&probe, event);
    let mut waiting = first.is_pending().then_some(waiting);
    let mut sent = None;
    match trigger {
        Trigger::Serve => sent = Some(post(&tx, ledger.make(1))),
        Trigger::ReturnPermit => {
            tx.close();
            drop(permit.take());
        }
        Trigger::Close => drop(tx.close()),
        Trigger::DropReceiver => {
            drop(waiting);
            drop(rx);
            probe.unhook();
            assert!(tx.is_closed());
            assert_eq!(probe.refs(), 0);
            return;
        }
        Trigger::Repoll => {
            // The new waker is cloned, the old one dropped.
            meddler.hang_on(&other, event);
            if waiting
                .as_mut()
                .is_some_and(|op| op.poll_with(&other).is_ready())
            {
                waiting = None;
            }
        }
        Trigger::DropOperation => drop(waiting.take()),
    }
    probe.unhook();
    other.unhook();
    drop((waiting, sent, permit));
    if tx.is_closed() {
        take_all(&mut rx);
        drop(rx);
    } else {
        still_works(&tx, rx);
    }
    drop(meddler);
    assert_eq!((probe.refs(), other.refs()), (0, 0));
}

/// D1 on the receiver's end with `poll_recv`: the hook gets at the receiver too.
#[test]
fn d1_waker_of_poll_recv_receives() {
    for form in FORMS {
        for event in EVENTS {
            for close in [false, true] {
                let case = format!("d1: {:?}", (form, event, close));
                watchdog(&case, LIMIT, move || {
                    let ledger = Ledger::new();
                    let (tx, rx) = form.open();
                    let shared: Shared = Arc::new(Mutex::new(Some(rx)));
                    let meddler = Meddler {
                        tx: tx.clone(),
                        rx: shared.clone(),
                        ledger,
                        close,
                    };
                    let probe = Probe::new();
                    meddler.hang_on(&probe, event);
                    for id in 0..4 {
                        if let Some(rx) = &mut *shared.lock().unwrap() {
                            let _ = rx.poll_recv(&mut Context::from_waker(&probe.waker()));
                        }
                        drop(post(&tx, ledger.make(id)));
                        drop(post(&tx.clone(), ledger.make(id)));
                    }
                    probe.unhook();
                    drop(meddler);
                    drop(shared.lock().unwrap().take());
                    drop(tx);
                    assert_eq!(probe.refs(), 0);
                    ledger.assert_all_dropped();
                });
            }
        }
    }
}

/// D1 on the lists of those who watch.
#[test]
fn d1_waker_of_an_observer_reenters() {
    for form in FORMS {
        for event in EVENTS {
            for flush in [false, true] {
                for trigger in TRIGGERS {
                    let case = format!("d1: {:?}", (form, event, flush, trigger));
                    watchdog(&case, LIMIT, move || {
                        let ledger = Ledger::new();
                        let (tx, rx) = form.open();
                        fill(form, &tx, &ledger);
                        let rx: Shared = Arc::new(Mutex::new(Some(rx)));
                        let meddler = Meddler {
                            tx: tx.clone(),
                            rx: rx.clone(),
                            ledger,
                            close: false,
                        };
                        let (probe, other) = (Probe::new(), Probe::new());
                        let start = || -> Waiting<'_, ()> {
                            if flush {
                                Waiting::new(async { tx.flush().await.unwrap_or(()) })
                            } else {
                                Waiting::new(async { tx.closed().await })
                            }
                        };
                        let (mut op, mut behind) = (start(), start());
                        meddler.hang_on(&probe, event);
                        let mut op = op.poll_with(&probe).is_pending().then_some(op);
                        let _ = behind.poll();
                        match trigger {
                            Trigger::Serve | Trigger::ReturnPermit => {
                                if let Some(rx) = &mut *rx.lock().unwrap() {
                                    take_all(rx);
                                }
                            }
                            Trigger::Close => drop(tx.close()),
                            Trigger::DropReceiver => drop(rx.lock().unwrap().take()),
                            Trigger::Repoll => {
                                meddler.hang_on(&other, event);
                                if let Some(op) = &mut op {
                                    let _ = op.poll_with(&other);
                                }
                            }
                            Trigger::DropOperation => drop(op.take()),
                        }
                        probe.unhook();
                        other.unhook();
                        drop((op, behind));
                        drop(meddler);
                        assert_eq!((probe.refs(), other.refs()), (0, 0));
                    });
                }
            }
        }
    }
}

/// D2 in a wake: the waker's task is dropped by the wake, and the task owns the other handle.
#[test]
fn d2_wake_drops_the_receiver() {
    for form in FORMS {
        watchdog("d2: wake drops the receiver", LIMIT, move || {
            let ledger = Ledger::new();
            let (tx, rx) = form.open();
            let shared: Shared = Arc::new(Mutex::new(Some(rx)));
            let probe = Probe::new();
            if let Some(rx) = &mut *shared.lock().unwrap() {
                assert!(
                    rx.poll_recv(&mut Context::from_waker(&probe.waker()))
                        .is_pending()
                );
            }
            let task = shared.clone();
            probe.hook(Event::Wake, move || drop(task.lock().unwrap().take()));
            let mut send = Put::Send.start(&tx, ledger.make(1));
            match send.poll() {
                Poll::Ready(done) => {
                    // In a slot it was dropped with the channel; at a rendezvous it comes back.
                    let back = if form == Bounded(0) { Err(1) } else { Ok(()) };
                    assert_eq!(done.deliver(), back);
                }
                Poll::Pending => assert_eq!(send.finish().deliver(), Err(1)),
            }
            assert!(tx.is_closed());
            drop(send);
            ledger.assert_all_dropped();
            probe.unhook();
        });
    }
}
