//! The rows of oneshots: A5, A10, B7, C6, C7, C8, D1 and E3.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use waterway::oneshot::{self, Receiver, Sender};
use waterway::{Closed, TryRecvError};

use crate::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, poll_noop, together,
    watchdog,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Polls a sender for the end.
fn poll_closed<T, P>(tx: &mut Sender<T, P>, waker: &Waker) -> Poll<()> {
    tx.poll_closed(&mut Context::from_waker(waker))
}

/// A5: polled again with another waker, the last one is woken, and no other is kept.
#[test]
fn a5_new_waker_replaces_old_in_a_oneshot() {
    let (old, new) = (Probe::new(), Probe::new());
    let (mut tx, mut rx) = oneshot::channel();
    for _ in 0..1000 {
        for probe in [&old, &new] {
            assert_pending(Pin::new(&mut rx), &probe.waker());
            assert_eq!(poll_closed(&mut tx, &probe.waker()), Poll::Pending);
        }
    }
    assert_eq!((old.refs(), new.refs()), (0, 2));
    tx.send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes(), new.refs()), (0, 1, 0));
    assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Ok(1)));

    let (mut tx, mut rx) = oneshot::channel::<u8>();
    {
        let mut closed = pin!(tx.closed());
        for probe in [&new, &old] {
            assert_pending(closed.as_mut(), &probe.waker());
        }
        rx.close();
        assert_eq!((old.wakes(), new.wakes()), (1, 1));
        assert_ready(closed.as_mut(), Waker::noop());
    }
    assert_eq!((old.refs(), new.refs()), (0, 0));
}

/// A10: a sender that goes without sending wakes the receiver, however it waits.
#[test]
fn a10_dropped_oneshot_sender_wakes() {
    let probe = Probe::new();
    let (tx, mut rx) = oneshot::channel::<u8>();
    assert_pending(Pin::new(&mut rx), &probe.waker());
    drop(tx);
    assert_eq!(probe.wakes(), 1);
    assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Err(Closed)));
    watchdog("a10", LIMIT, || {
        for _ in 0..2000 {
            let (tx, rx) = oneshot::channel::<u8>();
            let waiter = thread::spawn(move || rx.wait());
            drop(tx);
            assert_eq!(waiter.join().unwrap(), Err(Closed));
        }
    });
}

/// The same the other way: a receiver that goes wakes its sender.
#[test]
fn a10_dropped_oneshot_receiver_wakes() {
    for close in [true, false] {
        let probe = Probe::new();
        let (mut tx, mut rx) = oneshot::channel::<u8>();
        assert_eq!(poll_closed(&mut tx, &probe.waker()), Poll::Pending);
        if close {
            assert!(rx.close());
        }
        drop(rx);
        assert_eq!((probe.wakes(), probe.refs()), (1, 0));
        assert_eq!(poll_closed(&mut tx, Waker::noop()), Poll::Ready(()));
    }
}

/// Notes which thread drops it.
struct NotesItsEnd(Arc<Mutex<Vec<ThreadId>>>);

impl Drop for NotesItsEnd {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(thread::current().id());
    }
}

/// B7: what a send accepted is never dropped on the sender's side, whichever side is the last.
#[test]
fn b7_sent_value_is_not_dropped_by_its_oneshot_sender() {
    watchdog("b7", LIMIT, || {
        for round in 0..3000 {
            let ends = Arc::new(Mutex::new(Vec::new()));
            let (tx, mut rx) = oneshot::channel();
            if round % 2 == 0 {
                assert!(poll_noop(Pin::new(&mut rx)).is_pending());
            }
            let pair = Mutex::new((Some(tx), Some(rx)));
            let sent = together(2, |side| {
                if side == 0 {
                    let rx = pair.lock().unwrap().1.take();
                    drop(rx);
                    return None;
                }
                let tx = pair.lock().unwrap().0.take().unwrap();
                let me = thread::current().id();
                match tx.send(NotesItsEnd(ends.clone())) {
                    Ok(()) => Some(Some(me)),
                    // It is this side's again.
                    Err(back) => {
                        drop(back);
                        Some(None)
                    }
                }
            });
            let ends = ends.lock().unwrap();
            match sent[1] {
                Some(Some(me)) => {
                    assert_eq!(ends.len(), 1, "round {round}");
                    assert_ne!(ends[0], me, "round {round}: dropped by the sender");
                }
                _ => assert_eq!(ends.len(), 1, "round {round}: it came back"),
            }
        }
    });
}

/// What the sender does in a race against a receiver that was polled.
fn c6(round: usize, end: impl Fn(Sender<Arc<()>>) + Sync) {
    let probe = Probe::new();
    let alive = Arc::new(());
    {
        let (tx, mut rx) = oneshot::channel();
        assert_pending(Pin::new(&mut rx), &probe.waker());
        // The waker's end uses the channel's memory no more; it runs something all the same.
        let noted = alive.clone();
        probe.hook(Event::Drop, move || drop(noted.clone()));
        let pair = Mutex::new((Some(tx), Some(rx)));
        together(2, |side| {
            if side == round % 2 {
                let rx = pair.lock().unwrap().1.take();
                drop(rx);
            } else {
                let tx = pair.lock().unwrap().0.take().unwrap();
                end(tx);
            }
        });
        probe.unhook();
    }
    assert_eq!(probe.refs(), 0, "round {round}: a waker is left");
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// C6: a receiver that was polled is dropped while the sender sends, or goes, and frees the channel.
#[test]
fn c6_polled_oneshot_receiver_races_the_sender() {
    watchdog("c6", LIMIT, || {
        for round in 0..2000 {
            c6(round, |tx| drop(tx.send(Arc::new(()))));
            c6(round, drop);
        }
    });
}

/// C6, the other way: a sender that was polled goes, or sends, while the receiver goes.
#[test]
fn c6_polled_oneshot_sender_races_the_receiver() {
    watchdog("c6", LIMIT, || {
        for round in 0..2000 {
            let probe = Probe::new();
            let (mut tx, rx) = oneshot::channel();
            assert_eq!(poll_closed(&mut tx, &probe.waker()), Poll::Pending);
            let pair = Mutex::new((Some(tx), Some(rx)));
            together(2, |side| {
                if side == 0 {
                    let rx = pair.lock().unwrap().1.take();
                    drop(rx);
                } else {
                    let tx = pair.lock().unwrap().0.take().unwrap();
                    if round % 2 == 0 {
                        drop(tx.send(Box::new(round)));
                    }
                }
            });
            assert_eq!(probe.refs(), 0, "round {round}: a waker is left");
        }
    });
}

/// C7: a waker whose drop drops the other handle, at each place where a waker is dropped.
#[test]
fn c7_waker_drop_drops_the_peer() {
    type Ends = (Sender<Box<u8>>, Receiver<Box<u8>>);
    fn with(what: impl FnOnce(Ends, &Probe)) {
        let probe = Probe::new();
        what(oneshot::channel(), &probe);
        probe.unhook();
        assert_eq!(probe.refs(), 0);
    }
    fn drops<T: Send + 'static>(probe: &Probe, peer: T) {
        let mut peer = Some(peer);
        probe.hook(Event::Drop, move || drop(peer.take()));
    }
    // Replaced by another waker.
    with(|(tx, mut rx), probe| {
        assert_pending(Pin::new(&mut rx), &probe.waker());
        drops(probe, tx);
        let other = Probe::new();
        assert_eq!(assert_ready(Pin::new(&mut rx), &other.waker()), Err(Closed));
        assert_eq!(other.refs(), 0);
    });
    with(|(mut tx, rx), probe| {
        assert!(poll_closed(&mut tx, &probe.waker()).is_pending());
        drops(probe, rx);
        let other = Probe::new();
        assert!(poll_closed(&mut tx, &other.waker()).is_ready());
        assert_eq!(other.refs(), 0);
    });
    // With its handle, and with its operation.
    with(|(tx, mut rx), probe| {
        assert_pending(Pin::new(&mut rx), &probe.waker());
        drops(probe, tx);
        drop(rx);
    });
    with(|(mut tx, rx), probe| {
        assert!(poll_closed(&mut tx, &probe.waker()).is_pending());
        drops(probe, rx);
        drop(tx);
    });
    with(|(tx, mut rx), probe| {
        {
            let mut recv = pin!(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            drops(probe, tx);
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
    // At the close, and at the send.
    with(|(tx, mut rx), probe| {
        assert_pending(Pin::new(&mut rx), &probe.waker());
        drops(probe, tx);
        assert!(rx.close());
    });
    with(|(mut tx, rx), probe| {
        assert!(poll_closed(&mut tx, &probe.waker()).is_pending());
        drops(probe, rx);
        assert!(tx.send(Box::new(1)).is_ok());
    });
}

/// C8: a send, polls, and a close, all at once: each value is received or comes back.
#[test]
fn c8_send_poll_close_race() {
    watchdog("c8", LIMIT, || {
        for round in 0..3000_u64 {
            let ledger = Ledger::new();
            let (tx, rx) = oneshot::channel();
            let pair = Mutex::new((Some(tx), Some(rx)));
            let got = together(2, |side| {
                if side == 0 {
                    let tx = pair.lock().unwrap().0.take().unwrap();
                    return tx.send(ledger.make(round)).is_ok();
                }
                let mut rx = pair.lock().unwrap().1.take().unwrap();
                if let Poll::Ready(found) = poll_noop(Pin::new(&mut rx)) {
                    return found.is_ok();
                }
                rx.close();
                match block_on(&mut rx) {
                    Ok(value) => value.id() == round,
                    Err(Closed) => false,
                }
            });
            assert_eq!(got[0], got[1], "round {round}");
            ledger.assert_all_dropped();
        }
    });
}

/// D1: wakers that use the other handle while they are woken.
#[test]
fn d1_waker_of_a_oneshot_reenters() {
    let (tx, mut rx) = oneshot::channel();
    let probe = Probe::new();
    assert_pending(Pin::new(&mut rx), &probe.waker());
    let place = Arc::new(Mutex::new(Some(rx)));
    let seen = Arc::new(Mutex::new(None));
    probe.hook(Event::Wake, {
        let (place, seen) = (place.clone(), seen.clone());
        move || {
            let mut rx = place.lock().unwrap().take().expect("woken once");
            // The sender has made its last access: the channel may be used again, or freed.
            *seen.lock().unwrap() = Some((rx.try_recv(), rx.try_reset().is_some()));
        }
    });
    tx.send(1).unwrap();
    assert_eq!(*seen.lock().unwrap(), Some((Ok(1), true)));
    probe.unhook();

    let (mut tx, mut rx) = oneshot::channel::<u8>();
    let probe = Probe::new();
    assert!(poll_closed(&mut tx, &probe.waker()).is_pending());
    let mut tx = Some(tx);
    probe.hook(Event::Wake, move || drop(tx.take()));
    assert!(rx.close());
    assert!(rx.try_reset().is_some());
    probe.unhook();
}

/// D1: a waker that panics leaves the channel as it should be.
#[test]
fn d1_panicking_waker_of_a_oneshot() {
    let probe = Probe::panicking(Event::Wake);
    let ledger = Ledger::new();
    let (tx, mut rx) = oneshot::channel();
    assert_pending(Pin::new(&mut rx), &probe.waker());
    assert!(catch(|| tx.send(ledger.make(1))).is_err());
    assert_eq!(rx.try_recv().unwrap(), 1);
    assert!(rx.try_reset().is_some());
    let probe = Probe::panicking(Event::Clone);
    let (tx, mut rx) = oneshot::channel();
    assert!(catch(|| poll_noop_with(&mut rx, &probe.waker())).is_err());
    tx.send(ledger.make(2)).unwrap();
    assert_eq!(rx.try_recv().unwrap(), 2);
    let probe = Probe::panicking(Event::Drop);
    let (tx, mut rx) = oneshot::channel();
    let waker = std::mem::ManuallyDrop::new(probe.waker());
    assert_pending(Pin::new(&mut rx), &waker);
    assert!(catch(|| drop(rx)).is_err());
    assert_eq!(tx.send(ledger.make(3)).unwrap_err().0, 3);
    probe.unhook();
    drop(std::mem::ManuallyDrop::into_inner(waker));
    ledger.assert_all_dropped();
}

fn poll_noop_with<T>(rx: &mut Receiver<T>, waker: &Waker) -> bool {
    crate::support::poll_once(Pin::new(rx), waker).is_pending()
}

/// E3: no waker outlives the operation, or the handle that was polled.
#[test]
fn e3_no_waker_outlives_a_oneshot() {
    let probe = Probe::new();
    let (mut tx, mut rx) = oneshot::channel::<u8>();
    {
        let mut recv = pin!(rx.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        assert_eq!(probe.refs(), 1);
    }
    assert_eq!(probe.refs(), 0, "a receive is gone");
    {
        let mut closed = pin!(tx.closed());
        assert_pending(closed.as_mut(), &probe.waker());
        assert_eq!(probe.refs(), 1);
    }
    assert_eq!(probe.refs(), 0, "a closed() is gone");
    assert_eq!(
        rx.recv().wait_timeout(Duration::from_millis(1)),
        Err(waterway::RecvTimeoutError::Timeout)
    );
    assert_pending(Pin::new(&mut rx), &probe.waker());
    drop(rx);
    assert_eq!(
        probe.refs(),
        0,
        "the receiver is gone, and its sender is not"
    );
    assert!(tx.is_closed());

    let (mut tx, rx) = oneshot::channel::<u8>();
    assert!(poll_closed(&mut tx, &probe.waker()).is_pending());
    drop(tx);
    assert_eq!(
        probe.refs(),
        0,
        "the sender is gone, and its receiver is not"
    );
    drop(rx);
    assert_eq!(probe.wakes(), 0);
}
