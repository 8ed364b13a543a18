//! What a wait is for comes while the wait announces itself: it must be seen then, or wake.
//!
//! The moment is hit exactly: a waker is cloned on the way into the lists, and the clone runs a hook.

use super::Form;
use super::help::{OwnedSend, fill, room};
use super::kind::{Receiver, Sender};
use super::lent;
use crate::support::{Event, Ledger, Probe, Tracked, poll_noop, poll_once};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

on_every_form!(receives_see_it_or_are_woken, watchers_see_it_or_are_woken);
on_parking_forms!(sends_see_it_or_are_woken);
numbered!(on_bounded_forms!(reserves_see_it_or_are_woken););

/// What comes to pass in the clone of the waker.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Send,
    Receive,
    Close,
    DropSenders,
    DropReceiver,
}

/// The handles that a deed needs; it may take them.
#[derive(Clone)]
struct Ends {
    tx: Rc<RefCell<Option<Sender<Tracked>>>>,
    rx: Rc<RefCell<Option<Receiver<Tracked>>>>,
    /// A send of the deed's that had to wait.
    send: Rc<RefCell<Option<OwnedSend>>>,
    ledger: Ledger,
}

impl Ends {
    fn new(tx: Option<Sender<Tracked>>, rx: Option<Receiver<Tracked>>, ledger: Ledger) -> Self {
        Ends {
            tx: Rc::new(RefCell::new(tx)),
            rx: Rc::new(RefCell::new(rx)),
            send: Rc::default(),
            ledger,
        }
    }

    fn run(&self, deed: Deed, n: usize) {
        let mut tx = self.tx.borrow_mut();
        let mut rx = self.rx.borrow_mut();
        match deed {
            Deed::Send => {
                let tx = tx.take().expect("a sender");
                let mut op = Box::pin(tx.send_owned(self.ledger.make(900)));
                let _ = poll_noop(op.as_mut());
                *self.send.borrow_mut() = Some(op);
            }
            Deed::Receive => {
                let rx = rx.as_mut().expect("a receiver");
                (0..n).for_each(|_| drop(rx.try_recv()));
            }
            Deed::Close => {
                let by_sender = tx.as_mut().map(|tx| tx.close());
                by_sender.unwrap_or_else(|| rx.as_mut().expect("a receiver").close());
            }
            Deed::DropSenders => *tx = None,
            Deed::DropReceiver => *rx = None,
        }
    }
}

/// Polls with a waker whose first clone does the deed; then only if woken. Gives what came of it.
#[track_caller]
fn assert_not_missed<R>(
    what: &str,
    mut wait: Pin<Box<dyn Future<Output = R> + '_>>,
    mut deed: impl FnMut() + 'static,
) -> R {
    let probe = Probe::new();
    let mut done = false;
    probe.hook_here(Event::Clone, move || {
        if !std::mem::replace(&mut done, true) {
            deed();
        }
    });
    let mut result = poll_once(wait.as_mut(), &probe.waker());
    assert!(probe.clones() > 0, "{what}: it never announced itself");
    while result.is_pending() {
        assert!(probe.take_woken(), "{what}: missed");
        result = poll_once(wait.as_mut(), &probe.waker());
    }
    probe.unhook();
    match result {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it was polled until it was ready"),
    }
}

fn receives_see_it_or_are_woken<F: Form>() {
    for deed in [Deed::Send, Deed::Close, Deed::DropSenders] {
        for verb in 0..5 {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let ends = Ends::new(Some(tx), None, ledger);
            let mut buffer = Vec::new();
            let wait: Pin<Box<dyn Future<Output = Option<u64>> + '_>> = match verb {
                0 => Box::pin(async { rx.recv().await.map(|m| m.id()) }),
                1 => Box::pin(async {
                    peek_or!(
                        rx.peek().await.map(Tracked::id),
                        rx.recv().await.map(|m| m.id())
                    )
                }),
                2 => Box::pin(async {
                    gathering_or!(
                        rx.recv_many(&mut buffer, 3).await.map(|_| 900),
                        rx.recv().await.map(|m| {
                            buffer.push(m);
                            900
                        })
                    )
                }),
                3 => {
                    let mut poller = lent(&mut rx);
                    Box::pin(poll_fn(move |cx| poller.poll_recv(cx).map(|m| m.map(|m| m.id()))))
                }
                _ => Box::pin(async { rx.recv_owned().await.0.map(|m| m.id()) }),
            };
            let inside = ends.clone();
            let name = format!("verb {verb}, {deed:?}");
            let got = assert_not_missed(&name, wait, move || inside.run(deed, 1));
            assert_eq!(got, (deed == Deed::Send).then_some(900), "{name}");
        }
    }
}

fn sends_see_it_or_are_woken<F: Form>() {
    for deed in [Deed::Receive, Deed::Close, Deed::DropReceiver] {
        for verb in 0..numbered_or!(3, 2) {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let beside = crowded_or!(Some(tx.clone()), None);
            let ends = Ends::new(beside, Some(rx), ledger);
            let batch = [ledger.make(200), ledger.make(201)];
            let message = ledger.make(100);
            let wait: Pin<Box<dyn Future<Output = bool> + '_>> = match verb {
                0 => Box::pin(async { tx.send(message).await.is_ok() }),
                1 => Box::pin(async { tx.send_owned(message).await.0.is_ok() }),
                _ => numbered_or!(
                    Box::pin(async { tx.send_many(batch).await.is_ok() }),
                    unreachable!("{batch:?}")
                ),
            };
            let inside = ends.clone();
            let name = format!("verb {verb}, {deed:?}");
            // At capacity 0 nobody can take what was not offered yet: the deed comes too early to
            // end the wait, and the test takes the message itself.
            if !F::BUFFERS && deed == Deed::Receive {
                continue;
            }
            let n = if verb == 2 { 2 } else { 1 };
            if deed == Deed::Receive && n > room::<F>() {
                continue;
            }
            let sent = assert_not_missed(&name, wait, move || inside.run(deed, n));
            assert_eq!(sent, deed == Deed::Receive, "{name}");
            drop(ends);
        }
    }
}

numbered! {
    fn reserves_see_it_or_are_woken<F: Form>() {
        for deed in [Deed::Receive, Deed::Close, Deed::DropReceiver] {
            for verb in 0..3 {
                let ledger = Ledger::new();
                let (mut tx, rx) = F::make();
                fill::<F>(lend!(tx), &ledger);
                let beside = crowded_or!(Some(tx.clone()), None);
                let ends = Ends::new(beside, Some(rx), ledger);
                let n = room::<F>();
                let wait: Pin<Box<dyn Future<Output = bool> + '_>> = match verb {
                    0 => Box::pin(async { tx.reserve().await.is_ok() }),
                    1 => Box::pin(async { tx.reserve_many(n).await.is_ok() }),
                    _ => Box::pin(async { owning_or!(tx.reserve_owned().await.is_ok(), tx.reserve().await.is_ok()) }),
                };
                let inside = ends.clone();
                let name = format!("verb {verb}, {deed:?}");
                let reserved = assert_not_missed(&name, wait, move || inside.run(deed, n));
                assert_eq!(reserved, deed == Deed::Receive, "{name}");
                drop(ends);
            }
        }
    }
}

fn watchers_see_it_or_are_woken<F: Form>() {
    for deed in [Deed::Close, Deed::DropReceiver, Deed::Receive] {
        for flush in [false, true].into_iter().take(1 + usize::from(super::NUMBERED)) {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let n = fill::<F>(lend!(tx), &ledger) as usize;
            let beside = crowded_or!(Some(tx.clone()), None);
            let ends = Ends::new(beside, Some(rx), ledger);
            // A close does not flush, a receive does not close, a rendezvous has nothing to flush.
            if (flush && (deed == Deed::Close || !F::BUFFERS)) || (!flush && deed == Deed::Receive)
            {
                continue;
            }
            // Nor does a borrowed channel have a receiver whose end a flush could see.
            let unseen = owning_or!(None, Some(Deed::DropReceiver));
            if flush && unseen == Some(deed) {
                continue;
            }
            let wait: Pin<Box<dyn Future<Output = bool> + '_>> = match flush {
                true => numbered_or!(
                    Box::pin(async { tx.flush().await.is_ok() }),
                    unreachable!()
                ),
                false => Box::pin(async {
                    tx.closed().await;
                    false
                }),
            };
            let inside = ends.clone();
            let name = format!("flush: {flush}, {deed:?}");
            let flushed = assert_not_missed(&name, wait, move || inside.run(deed, n));
            assert_eq!(flushed, deed == Deed::Receive, "{name}");
            drop(ends);
        }
    }
}
