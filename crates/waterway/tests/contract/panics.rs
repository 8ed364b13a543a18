//! User code that panics: the channel stays usable, and nothing is lost or dropped twice.

use super::Form;
use super::help::{fill, park_as_many, room, take_all};
use super::poller;
use crate::support::{
    Event, Ledger, Probe, Tracked, assert_pending, assert_ready, catch, poll_noop, poll_once,
};
use std::mem::ManuallyDrop;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use waterway::{TryRecvError, TrySendError, Wait};

crowded!(use super::help::park_sends;);

on_every_form!(
    a_wake_of_the_receiver_panics,
    a_clone_panics,
    a_waker_drop_panics,
    a_waker_drop_panics_as_the_receiver_goes,
    a_wake_of_one_that_waits_for_the_close_panics,
);
numbered! {
    on_every_form!(an_iterator_panics);
}
on_parking_forms!(a_wake_of_a_sender_panics);
numbered! {
    on_parking_forms!(destructors_panic_in_a_parked_batch);
}
gathering!(on_buffered_forms!(destructors_panic_in_a_drain, a_buffer_panics););

/// The channel works: a message goes through, and a parked receive is woken.
#[track_caller]
fn assert_usable<F: Form>(
    tx: super::SenderRef<'_, Tracked>,
    rx: &mut super::kind::Receiver<Tracked>,
    ledger: &Ledger,
) {
    take_all(rx);
    let probe = Probe::new();
    let mut recv = Box::pin(rx.recv());
    assert_pending(recv.as_mut(), &probe.waker());
    let mut send = Box::pin(tx.send(ledger.make(4242)));
    let _ = poll_noop(send.as_mut());
    assert_eq!(probe.wakes(), 1, "a parked receive is woken");
    assert_eq!(
        assert_ready(recv.as_mut(), &probe.waker()).expect("open"),
        4242
    );
    drop(send);
    assert!(tx.is_empty());
    if F::BUFFERS {
        let n = fill::<F>(lend!(*tx), ledger);
        drop(recv);
        assert_eq!(take_all(rx).len() as u64, n);
    }
}

fn a_wake_of_the_receiver_panics<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let probe = Probe::panicking(Event::Wake);
    let mut recv = Box::pin(rx.recv());
    assert_pending(recv.as_mut(), &probe.waker());
    let mut send = Box::pin(tx.send(ledger.make(1)));
    let outcome = catch(|| poll_noop(send.as_mut()));
    assert_eq!(probe.wakes(), 1);
    // Passed on or swallowed: in both cases the message is in the channel or still its sender's.
    drop(recv);
    match outcome {
        Ok(Poll::Ready(sent)) => sent.expect("open"),
        Ok(Poll::Pending) => assert!(!F::BUFFERS),
        Err(text) => assert!(text.contains("told to"), "{text}"),
    }
    assert_eq!(rx.try_recv().expect("it is there"), 1);
    drop(send);
    assert_usable::<F>(lend!(tx), &mut rx, &ledger);
    drop((tx, rx));
    ledger.assert_all_dropped();
}

fn a_wake_of_a_sender_panics<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let full = fill::<F>(lend!(tx), &ledger);
    let probe = Probe::panicking(Event::Wake);
    let mut send = Box::pin(tx.send(ledger.make(100)));
    assert_pending(send.as_mut(), &probe.waker());
    let behind = crowded_or!(2, 0);
    crowded!(let mut parked = park_sends(&tx, &ledger, 101, behind as u64););
    let mut got: Vec<u64> = Vec::new();
    let first = catch(|| rx.try_recv());
    // If the panic came through, the message of that receive went down with it, once.
    got.extend(first.ok().and_then(Result::ok).map(|m| m.id()));
    // One was refused by the filling.
    let lost = ledger.dropped() - got.len() - 1;
    assert!(lost <= 1);
    got.extend(take_all(&mut rx));
    assert_eq!(got.len() + lost, full as usize + 1 + behind, "{got:?}");
    assert!(got.is_sorted());
    assert_eq!(assert_ready(send.as_mut(), Waker::noop()), Ok(()));
    crowded! {
        for (op, probe) in &mut parked {
            assert_eq!(probe.wakes(), 1);
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
        }
        drop(parked);
    }
    drop(send);
    assert_usable::<F>(lend!(tx), &mut rx, &ledger);
    drop((tx, rx));
    ledger.assert_all_dropped();
}

crowded! {
    on_parking_forms!(a_wake_among_many_panics_at_the_close);

    /// One bad waker among many does not keep the others asleep.
    fn a_wake_among_many_panics_at_the_close<F: Form>() {
        for bad in [0, 1, 31, 32, 69] {
            for way in 0..3 {
                let ledger = Ledger::new();
                let (mut tx, rx) = F::make();
                let mut rx = Some(rx);
                fill::<F>(lend!(tx), &ledger);
                let mut parked: Vec<_> = (0..70)
                    .map(|i| {
                        let probe = match i == bad {
                            true => Probe::panicking(Event::Wake),
                            false => Probe::new(),
                        };
                        let mut op = Box::pin(tx.clone().send_owned(ledger.make(100 + i)));
                        assert_pending(op.as_mut(), &probe.waker());
                        (op, probe)
                    })
                    .collect();
                let _ = catch(|| match way {
                    0 => drop(tx.close()),
                    1 => drop(rx.as_mut().unwrap().close()),
                    _ => drop(rx.take()),
                });
                assert!(tx.is_closed());
                for (i, (op, probe)) in parked.iter_mut().enumerate() {
                    assert_eq!(probe.wakes(), 1, "send {i}, the bad one is {bad}");
                    assert!(assert_ready(op.as_mut(), Waker::noop()).0.is_err());
                }
                drop((parked, rx, tx));
                ledger.assert_all_dropped();
            }
        }
    }
}

fn a_wake_of_one_that_waits_for_the_close_panics<F: Form>() {
    let (mut tx, rx) = F::make::<Tracked>();
    let probes = [Probe::new(), Probe::panicking(Event::Wake), Probe::new()];
    let mut ops: Vec<_> = probes.iter().map(|_| Box::pin(tx.closed())).collect();
    for (op, probe) in ops.iter_mut().zip(&probes) {
        assert_pending(op.as_mut(), &probe.waker());
    }
    let _ = catch(|| drop(rx));
    for (op, probe) in ops.iter_mut().zip(&probes) {
        assert_eq!(probe.wakes(), 1);
        assert_ready(op.as_mut(), Waker::noop());
    }
    drop(ops);
    assert!(matches!(
        tx.try_send(Ledger::new().make(1)),
        Err(TrySendError::Closed(_))
    ));
}

fn a_clone_panics<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let probe = Probe::panicking(Event::Clone);
    let good = Probe::new();
    {
        let mut recv = Box::pin(rx.recv());
        catch(|| poll_once(recv.as_mut(), &probe.waker())).expect_err("the clone panics");
        // Try again with a better one; and, parked well, with the bad one again.
        assert_pending(recv.as_mut(), &good.waker());
        let _ = catch(|| poll_once(recv.as_mut(), &probe.waker()));
        assert_pending(recv.as_mut(), &good.waker());
    }
    assert_eq!(good.refs(), 0);
    let mut closed = Box::pin(tx.closed());
    catch(|| poll_once(closed.as_mut(), &probe.waker())).expect_err("the clone panics");
    drop(closed);
    if F::CAPACITY.is_some() {
        fill::<F>(lend!(tx), &ledger);
        let mut send = Box::pin(tx.send(ledger.make(100)));
        catch(|| poll_once(send.as_mut(), &probe.waker())).expect_err("the clone panics");
        drop(send);
        assert_eq!(ledger.drops_of(100), 1);
        let mut again = Box::pin(tx.send(ledger.make(101)));
        let _ = catch(|| poll_once(again.as_mut(), &probe.waker()));
        assert_pending(again.as_mut(), &good.waker());
        let got = take_all(&mut rx);
        assert_eq!(got.last(), Some(&101));
        assert_eq!(good.wakes(), 1);
    }
    assert_usable::<F>(lend!(tx), &mut rx, &ledger);
    assert_eq!((probe.refs(), good.refs()), (0, 0));
}

fn a_waker_drop_panics<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let probe = Probe::panicking(Event::Drop);
    let waker = ManuallyDrop::new(probe.waker());
    let good = Probe::new();
    {
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &waker);
        let _ = catch(|| poll_once(recv.as_mut(), &good.waker()));
        assert_pending(recv.as_mut(), &good.waker());
        assert_pending(recv.as_mut(), &waker);
        let _ = catch(move || drop(recv));
    }
    let mut closed = Box::pin(tx.closed());
    assert_pending(closed.as_mut(), &waker);
    let _ = catch(move || drop(closed));
    if F::CAPACITY.is_some() {
        fill::<F>(lend!(tx), &ledger);
        let mut send = Box::pin(tx.send(ledger.make(100)));
        assert_pending(send.as_mut(), &waker);
        let _ = catch(move || drop(send));
        assert_eq!(ledger.drops_of(100), 1, "the message goes all the same");
    }
    assert_usable::<F>(lend!(tx), &mut rx, &ledger);
    assert_eq!(probe.refs(), 1, "the test's own");
}

fn a_waker_drop_panics_as_the_receiver_goes<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut poller = poller(rx);
    let probe = Probe::panicking(Event::Drop);
    let waker = ManuallyDrop::new(probe.waker());
    assert!(
        poller
            .poll_recv(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let ends = Probe::new();
    let mut closed = Box::pin(tx.closed());
    assert_pending(closed.as_mut(), &ends.waker());
    catch(|| drop(poller)).expect_err("its waker is dropped");
    assert!(tx.is_closed());
    assert_eq!(ends.wakes(), 1);
    assert_ready(closed.as_mut(), Waker::noop());
    drop(closed);
    let refused = tx.try_send(ledger.make(1));
    assert!(matches!(refused, Err(TrySendError::Closed(_))));
    assert_eq!(probe.refs(), 1, "the test's own");
}

threaded! {
    numbered! {
        on_every_form!(a_hand_is_taken_back_when_a_waker_drop_panics);
    }

    numbered! {
        /// A thread's hand is not out when it does not wait any more.
        fn a_hand_is_taken_back_when_a_waker_drop_panics<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let probe = Probe::panicking(Event::Drop);
            let waker = ManuallyDrop::new(probe.waker());
            let mut recv = Box::pin(rx.recv());
            assert_pending(recv.as_mut(), &waker);
            // The thread leaves its own waker in the place of the other when it goes to sleep.
            let late = Duration::from_secs(30);
            catch(|| recv.as_mut().wait_timeout(late)).expect_err("the other is dropped");
            std::mem::forget(recv);
            probe.unhook();
            let sent = tx.try_send(ledger.make(1));
            if F::BUFFERS {
                sent.expect("there is room");
                assert_eq!(rx.try_recv().expect("it was sent"), 1);
            } else {
                assert!(matches!(sent, Err(TrySendError::Full(_))));
            }
            // Several receivers wait in a list: the forgotten one may have a wake-up yet.
            let mut send = Box::pin(tx.send(ledger.make(2)));
            let _ = poll_noop(send.as_mut());
            assert_eq!(take_all(&mut rx), [2]);
            drop(send);
            assert_usable::<F>(lend!(tx), &mut rx, &ledger);
        }
    }
}

crowded! {
    numbered! {
        on_bounded_forms!(a_wake_panics_before_a_flush_is_told);
    }

    numbered! {
        /// A flush is told by the receive that was the last, though that also wakes one who panics.
        fn a_wake_panics_before_a_flush_is_told<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let n = fill::<F>(lend!(tx), &ledger);
            let (flushed, wild) = (Probe::new(), Probe::panicking(Event::Wake));
            let mut flush = Box::pin(tx.flush());
            assert_pending(flush.as_mut(), &flushed.waker());
            let mut all = Box::pin(tx.reserve_many(n as usize));
            assert_pending(all.as_mut(), &wild.waker());
            for _ in 1..n {
                rx.try_recv().expect("it is there");
            }
            assert_eq!((flushed.wakes(), wild.wakes()), (0, 0));
            catch(|| rx.try_recv()).expect_err("who waits for permits is told");
            assert_eq!((flushed.wakes(), wild.wakes()), (1, 1));
            assert_ready(flush.as_mut(), Waker::noop()).expect("all was received");
            drop(all);
            assert_usable::<F>(lend!(tx), &mut rx, &ledger);
        }
    }
}

/// A message that panics when it dies.
struct Bomb(Tracked, bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.1 && !std::thread::panicking() {
            panic!("bomb {}", self.0.id());
        }
    }
}

owning! {
    on_buffered_forms!(destructors_panic_with_the_receiver);

    fn destructors_panic_with_the_receiver<F: Form>() {
        let n = room::<F>() as u64;
        for bad in [0, n / 2, n - 1] {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            for id in 0..n {
                tx.try_send(Bomb(ledger.make(id), id == bad))
                    .unwrap_or_else(|_| panic!("room"));
            }
            let sends = Probe::new();
            let mut parked = Box::pin(tx.send(Bomb(ledger.make(100), false)));
            let is_parked = F::CAPACITY.is_some();
            if is_parked {
                assert_pending(parked.as_mut(), &sends.waker());
            }
            crowded! {
                let ends = Probe::new();
                let mut closed = Box::pin(tx.closed());
                assert_pending(closed.as_mut(), &ends.waker());
            }
            let _ = catch(move || drop(rx));
            assert_eq!(
                ledger.live(),
                [100],
                "all the others, with bomb {bad} of {n}"
            );
            crowded! {
                assert_eq!(ends.wakes(), 1);
                assert_ready(closed.as_mut(), Waker::noop());
                drop(closed);
            }
            assert_eq!(sends.wakes(), usize::from(is_parked));
            assert!(assert_ready(parked.as_mut(), Waker::noop()).is_err());
            drop(parked);
            assert!(tx.is_closed());
            assert_eq!(tx.len(), 0);
            drop(tx);
            ledger.assert_all_dropped();
        }
    }
}

gathering! {
    fn destructors_panic_in_a_drain<F: Form>() {
        let n = room::<F>() as u64;
        for bad in [0, n / 2, n - 1] {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            for id in 0..n {
                tx.try_send(Bomb(ledger.make(id), id == bad))
                    .unwrap_or_else(|_| panic!("room"));
            }
            let _ = catch(|| rx.drain().for_each(drop));
            let _ = catch(|| drop(rx.drain()));
            while rx.try_recv().is_ok() {}
            ledger.assert_all_dropped();
            tx.try_send(Bomb(ledger.make(7), false))
                .unwrap_or_else(|_| panic!("room"));
            assert_eq!(rx.try_recv().map(|b| b.0.id()), Ok(7));
            assert!(matches!(rx.try_recv().map(drop), Err(TryRecvError::Empty)));
        }
    }
}

numbered! {
    fn destructors_panic_in_a_parked_batch<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        for id in 0..F::CAPACITY.expect("bounded") as u64 {
            tx.try_send(Bomb(ledger.make(id), false))
                .unwrap_or_else(|_| panic!("room"));
        }
        let batch = (100..104).map(|id| Bomb(ledger.make(id), id == 101));
        let mut send = Box::pin(tx.send_many(batch));
        assert_pending(send.as_mut(), Waker::noop());
        catch(|| drop(send)).expect_err("the bomb goes off");
        assert!(
            ledger.live().iter().all(|&id| id < 100),
            "the others went too"
        );
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

numbered! {
    fn an_iterator_panics<F: Form>() {
        for bad in [0, 1, 5] {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let mut batch = Box::pin(tx.send_many((0..9).map(|id| match id == bad {
                true => panic!("the iterator breaks"),
                false => ledger.make(id),
            })));
            let mut got = Vec::new();
            let broke = (0..40).any(|_| {
                let broke = catch(|| poll_noop(batch.as_mut())).is_err();
                if !broke {
                    got.extend(take_all(&mut rx));
                }
                broke
            });
            assert!(broke);
            got.extend(take_all(&mut rx));
            drop(batch);
            // What it gave before it broke was sent, in order, or dropped; nothing else arrives.
            assert_eq!(got, (0..got.len() as u64).collect::<Vec<_>>());
            assert!(got.len() as u64 <= bad);
            got.clear();
            assert_usable::<F>(lend!(tx), &mut rx, &ledger);
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// A buffer that breaks while it is filled.
struct Fragile(Vec<Tracked>, usize);

impl Extend<Tracked> for Fragile {
    fn extend<I: IntoIterator<Item = Tracked>>(&mut self, messages: I) {
        for message in messages {
            assert!(self.0.len() < self.1, "the buffer breaks");
            self.0.push(message);
        }
    }
}

gathering! {
    fn a_buffer_panics<F: Form>() {
        let n = room::<F>();
        for holds in 0..n {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let mut parked = match F::CAPACITY {
                Some(_) => park_as_many(lend!(tx), &ledger, 100, 2),
                None => Vec::new(),
            };
            let mut buffer = Fragile(Vec::new(), holds);
            catch(|| finish!(rx.recv_many(&mut buffer, n))).expect_err("the buffer breaks");
            let kept: Vec<u64> = buffer.0.iter().map(Tracked::id).collect();
            assert_eq!(kept, (0..holds as u64).collect::<Vec<_>>());
            // The one that broke it is gone; the rest may be gone with the batch or still be there,
            // but in order, and the senders go on.
            let rest = take_all(&mut rx);
            assert!(rest.is_sorted());
            for (op, probe) in &mut parked {
                assert_eq!(probe.wakes(), 1, "its slot is free");
                assert_eq!(assert_ready(op.as_mut(), &probe.waker()), Ok(()));
            }
            drop((buffer, parked));
            assert_usable::<F>(lend!(tx), &mut rx, &ledger);
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}
