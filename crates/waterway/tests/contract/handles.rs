//! Handles: owned operations, weak handles, reopening, and what can be asked of them.

use super::Form;
use super::help::{fill, room, take_all};
use super::kind;
use super::lent;
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop, together};
use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::task::{Poll, Waker};
use waterway::{TryRecvError, TrySendError};

on_every_form!(
    owned_operations_give_the_handle_back,
    a_dropped_owned_recv_is_a_dropped_receiver,
    channels_know_one_another,
    numbers_about_an_empty_channel,
    debug_needs_nothing_of_the_message,
);
numbered!(on_buffered_forms!(flush_waits_for_what_was_sent_before););

fn owned_operations_give_the_handle_back<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let (result, rx) = at_once!(rx.recv_owned());
    assert!(result.is_err_and(|e| e.is_timeout()));
    let mut recv = Box::pin(rx.recv_owned());
    assert_pending(recv.as_mut(), Waker::noop());
    let mut send = Box::pin(tx.send_owned(ledger.make(1)));
    let sent = poll_noop(send.as_mut());
    let (got, rx) = assert_ready(recv.as_mut(), Waker::noop());
    assert_eq!(got.expect("open"), 1);
    let (result, tx) = match sent {
        Poll::Ready(done) => done,
        Poll::Pending => assert_ready(send.as_mut(), Waker::noop()),
    };
    assert_eq!(result, Ok(()));
    assert!(tx.sends_to(&rx));
    // Cancelled, in both states.
    let (back, tx) = Box::pin(tx.send_owned(ledger.make(2))).as_mut().cancel();
    assert_eq!(back.expect("never sent"), 2);
    let rx = Box::pin(rx.recv_owned()).as_mut().cancel();
    // And closed.
    let mut tx = tx;
    tx.close();
    let (result, tx) = finish!(tx.send_owned(ledger.make(3)));
    assert!(result.is_err_and(|e| e.0 == 3));
    let (got, _rx) = block_on(rx.recv_owned());
    assert!(got.is_none());
    assert_eq!(tx.sender_count(), 1);
    ledger.assert_all_dropped();
}

threaded! {
    on_every_form!(owned_operations_fit_a_static_box);

    fn owned_operations_fit_a_static_box<F: Form>() {
        type Step<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'static>>;
        let (mut tx, rx) = F::make::<u8>();
        let mut recv: Step<(Option<u8>, kind::Receiver<u8>)> = Box::pin(rx.recv_owned());
        let send: Step<_> = Box::pin(tx.send_owned(5));
        assert!(poll_noop(recv.as_mut()).is_pending());
        let sender = std::thread::spawn(move || block_on(send));
        let (got, rx) = block_on(recv);
        assert_eq!(got, Some(5));
        let (sent, tx) = sender.join().expect("no panic");
        assert_eq!(sent, Ok(()));
        numbered! {
            if F::BUFFERS {
                let reserve: Step<_> = Box::pin(tx.reserve_owned());
                let permit = block_on(reserve).expect("room");
                assert_eq!(permit.send(6).0, Ok(()));
            }
        }
        drop(rx);
    }
}

fn a_dropped_owned_recv_is_a_dropped_receiver<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut recv = Box::pin(rx.recv_owned());
    assert_pending(recv.as_mut(), Waker::noop());
    let mut send = Box::pin(tx.send(ledger.make(1)));
    let sent = poll_noop(send.as_mut()).is_ready();
    drop(recv);
    if !sent {
        assert!(assert_ready(send.as_mut(), Waker::noop()).is_err());
    }
    drop(send);
    assert!(tx.is_closed());
    assert!(matches!(
        tx.try_send(ledger.make(2)),
        Err(TrySendError::Closed(_))
    ));
    ledger.assert_all_dropped();
}

crowded! {
    on_every_form!(handles_are_counted);

    fn handles_are_counted<F: Form>() {
        let (mut tx, rx) = F::make::<u8>();
        assert_eq!(
            (tx.sender_count(), tx.receiver_count(), tx.weak_count()),
            (1, 1, 0)
        );
        let clones: Vec<_> = (0..5).map(|_| tx.clone()).collect();
        let weaks: Vec<_> = (0..3).map(|_| tx.downgrade()).collect();
        assert_eq!((rx.sender_count(), rx.receiver_count()), (6, 1));
        assert_eq!((tx.weak_count(), weaks[0].sender_count()), (3, 6));
        let more = weaks[0].clone();
        assert_eq!(tx.weak_count(), 4);
        let upgraded = more.upgrade().expect("alive");
        assert_eq!((upgraded.sender_count(), upgraded.weak_count()), (7, 4));
        drop((upgraded, more));
        drop(clones);
        assert_eq!((tx.sender_count(), tx.weak_count()), (1, 3));
        let minted = rx.new_sender();
        assert_eq!(rx.sender_count(), 2);
        drop(rx);
        assert_eq!((tx.sender_count(), tx.receiver_count()), (2, 0));
        drop((tx, minted));
        assert_eq!(weaks[0].sender_count(), 0);
    }
}

crowded! {
    on_every_form!(weak_handles_upgrade_while_a_sender_lives);

    fn weak_handles_upgrade_while_a_sender_lives<F: Form>() {
        let (mut tx, mut rx) = F::make::<u8>();
        let weak = tx.downgrade();
        assert_eq!(weak.id(), tx.id());
        let again = weak.upgrade().expect("a sender lives");
        assert!(again.same_channel(&tx));
        drop(tx);
        let again = weak
            .upgrade()
            .map(|second| (again, second))
            .expect("a sender lives")
            .1;
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop(again);
        assert!(weak.upgrade().is_none());
        assert!(
            matches!(rx.try_recv(), Err(TryRecvError::Closed)),
            "a weak handle does not count"
        );
        let clone = weak.clone();
        drop(rx);
        assert!(weak.upgrade().is_none());
        assert!(clone.upgrade().is_none());
    }
}

crowded! {
    on_every_form!(weak_handles_count_one_another);

    /// Also when nobody else is left.
    fn weak_handles_count_one_another<F: Form>() {
        let (mut tx, rx) = F::make::<u8>();
        let weak = tx.downgrade();
        let counts = |senders, weaks| {
            assert_eq!((weak.sender_count(), weak.weak_count()), (senders, weaks));
        };
        counts(1, 1);
        let clone = weak.clone();
        let another = tx.downgrade();
        counts(1, 3);
        let again = weak.upgrade().expect("a sender lives");
        counts(2, 3);
        drop((tx, another));
        counts(1, 2);
        drop(again);
        counts(0, 2);
        drop(rx);
        counts(0, 2);
        drop(clone);
        counts(0, 1);
    }
}

crowded! {
    threaded! {
        on_every_form!(weak_upgrades_race_the_last_drop);

        /// A handle that an upgrade gave is a sender: the receiver must not have seen the end before.
        fn weak_upgrades_race_the_last_drop<F: Form>() {
            for round in 0..200u8 {
                let (mut tx, rx) = F::make::<u8>();
                let weak = tx.downgrade();
                let ends = Mutex::new((Some(tx), Some(rx)));
                let outcome = together(3, |i| match i {
                    0 => {
                        drop(ends.lock().unwrap().0.take());
                        None
                    }
                    1 => {
                        let tx = weak.upgrade()?;
                        tx.send(round).wait().ok().map(|()| round)
                    }
                    _ => {
                        let mut rx = ends.lock().unwrap().1.take().unwrap();
                        let got = rx.recv().wait();
                        assert_eq!(got.and(rx.recv().wait()), None);
                        got
                    }
                });
                assert_eq!(outcome[1], outcome[2], "round {round}: sent and received");
                assert!(weak.upgrade().is_none());
            }
        }
    }
}

crowded! {
    on_every_form!(a_new_sender_reopens);

    fn a_new_sender_reopens<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let weak = tx.downgrade();
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        assert!(block_on(rx.recv()).is_none());
        for round in 0..3 {
            let tx = rx.new_sender();
            assert!(!tx.is_closed() && !rx.is_closed());
            assert!(tx.sends_to(&rx));
            assert!(
                matches!(rx.try_recv(), Err(TryRecvError::Empty)),
                "open again"
            );
            let probe = Probe::new();
            let mut recv = Box::pin(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            let mut send = Box::pin(tx.clone().send_owned(ledger.make(round)));
            let _ = poll_noop(send.as_mut());
            assert!(probe.take_woken());
            assert_eq!(
                assert_ready(recv.as_mut(), &probe.waker()).expect("open"),
                round
            );
            drop((recv, send));
            drop(weak.upgrade());
            drop(tx);
            assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        }
        // While senders live it is just one more.
        let tx = rx.new_sender();
        let more = rx.new_sender();
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop(more);
        ledger.assert_all_dropped();
    }
}

crowded! {
    on_every_form!(a_new_sender_does_not_undo_a_close);

    fn a_new_sender_does_not_undo_a_close<F: Form>() {
        for by_receiver in [false, true] {
            let (mut tx, mut rx) = F::make::<u8>();
            if by_receiver {
                rx.close();
            } else {
                tx.close();
            }
            drop(tx);
            let tx = rx.new_sender();
            assert!(tx.is_closed());
            assert_eq!(tx.try_send(1), Err(TrySendError::Closed(1)));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            block_on(tx.closed());
        }
    }
}

fn channels_know_one_another<F: Form>() {
    let (mut tx, rx) = F::make::<u8>();
    let (other, other_rx) = F::make::<u8>();
    crowded! {
        let clone = tx.clone();
        assert!(tx.same_channel(&clone) && clone.same_channel(&tx));
        assert!(!tx.same_channel(&other));
    }
    assert!(tx.sends_to(&rx) && !tx.sends_to(&other_rx) && !other.sends_to(&rx));
    let mut ids = vec![tx.id(), rx.id()];
    crowded!(ids.extend([clone.id(), tx.downgrade().id()]););
    assert!(ids.iter().all(|id| *id == tx.id()));
    assert_ne!(tx.id(), other.id());
    assert_eq!(ids.into_iter().collect::<HashSet<_>>().len(), 1);
    assert_eq!(
        [tx.id(), other.id()]
            .into_iter()
            .collect::<BTreeSet<_>>()
            .len(),
        2
    );
    assert!(!format!("{:?}", tx.id()).is_empty());
}

fn numbers_about_an_empty_channel<F: Form>() {
    let (mut tx, rx) = F::make::<u8>();
    assert_eq!((bound!(tx), bound!(rx)), (F::CAPACITY, F::CAPACITY));
    assert_eq!((tx.len(), rx.len()), (0, 0));
    assert!(tx.is_empty() && rx.is_empty());
    assert_eq!((tx.is_full(), rx.is_full()), (!F::BUFFERS, !F::BUFFERS));
    numbered!(assert_eq!((tx.room(), rx.room()), (F::CAPACITY, F::CAPACITY)););
    assert!(!tx.is_closed() && !rx.is_closed());
}

/// Neither handle nor operation nor error asks anything of the message.
fn debug_needs_nothing_of_the_message<F: Form>() {
    struct Mute(#[allow(dead_code, reason = "some bytes")] u64);
    let (mut tx, mut rx) = F::make::<Mute>();
    let show = |what: &dyn std::fmt::Debug| assert!(!format!("{what:?} {what:#?}").is_empty());
    show(&tx);
    show(&rx);
    crowded! {
        show(&tx.downgrade());
    }
    show(&tx.send(Mute(1)));
    let (other, _rx) = F::make();
    show(&other.send_owned(Mute(1)));
    show(&tx.closed());
    numbered! {
        show(&tx.send_many([Mute(1)]));
        show(&tx.reserve());
        show(&tx.reserve_many(1));
        let (other, _rx) = F::make::<Mute>();
        show(&other.reserve_owned());
        show(&tx.flush());
    }
    show(&rx.recv());
    gathering! {
        let mut buffer = Vec::new();
        show(&rx.recv_many(&mut buffer, 1));
        show(&rx.drain());
    }
    peeking!(show(&rx.peek()););
    show(&lent(&mut rx));
    show(&rx.try_iter());
    threaded!(show(&rx.iter()););
    numbered! {
        if F::BUFFERS {
            show(&tx.try_reserve().expect("room"));
            let (other, _rx) = F::make::<Mute>();
            show(&other.try_reserve_owned().map_err(drop).expect("room"));
            show(&tx.try_reserve_many(1).expect("room"));
        }
        let (other, _rx) = F::make::<Mute>();
        show(&other.into_sink());
    }
    rx.close();
    show(&tx.try_send(Mute(2)).map_err(|e| format!("{e:?}")));
    show(&tx);
    show(&rx);
}

threaded! {
    on_every_form!(handles_move_between_threads);

    fn handles_move_between_threads<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        for id in 0..8 {
            let sender = std::thread::spawn(move || {
                let (result, tx) = block_on(tx.send_owned(ledger.make(id)));
                result.expect("open");
                tx
            });
            let receiver = std::thread::spawn(move || (rx.recv().wait().expect("open").id(), rx));
            let (got, back) = receiver.join().expect("no panic");
            assert_eq!(got, id);
            (tx, rx) = (sender.join().expect("no panic"), back);
        }
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

crowded! {
    on_every_form!(two_generations_of_senders);

    /// Waits of an earlier set of senders have nothing to do with a later one.
    fn two_generations_of_senders<F: Form>() {
        let (mut tx, mut rx) = F::make::<u8>();
        let probe = Probe::new();
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        drop(tx);
        assert_eq!(probe.wakes(), 1);
        drop(recv);
        let tx = rx.new_sender();
        let mut recv = Box::pin(rx.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        drop(tx);
        assert_eq!(probe.wakes(), 2);
        assert_eq!(assert_ready(recv.as_mut(), &probe.waker()), None);
    }
}

numbered! {
    fn flush_waits_for_what_was_sent_before<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        assert_eq!(finish!(tx.flush()), Ok(()), "nothing to wait for");
        crowded! {
            let n = fill::<F>(lend!(tx), &ledger);
            let probe = Probe::new();
            let mut flush = Box::pin(tx.flush());
            assert_pending(flush.as_mut(), &probe.waker());
            let mut later = Box::pin(tx.send(ledger.make(n)));
            let _ = poll_noop(later.as_mut());
            for id in 0..n {
                assert_eq!(probe.wakes(), 0, "{id} is still there");
                assert_pending(flush.as_mut(), &probe.waker());
                assert_eq!(rx.try_recv().expect("a message"), id);
            }
            // What was sent after does not count.
            assert!(probe.take_woken());
            assert_eq!(assert_ready(flush.as_mut(), &probe.waker()), Ok(()));
            assert_eq!(tx.len(), 1);
            // The order of the flushes' targets, whatever the order of their waiting.
            let mut early = Box::pin(tx.flush());
            assert_pending(early.as_mut(), &probe.waker());
            let mut more = Vec::new();
            for id in 0..room::<F>() as u64 - 1 {
                more.push(tx.try_send(ledger.make(n + 1 + id)));
            }
            let late_probe = Probe::new();
            let mut late = Box::pin(tx.flush());
            assert_pending(late.as_mut(), &late_probe.waker());
            probe.take_woken();
            assert_eq!(rx.try_recv().expect("a message"), n);
            assert!(probe.take_woken());
            assert_eq!(assert_ready(early.as_mut(), &probe.waker()), Ok(()));
            assert_eq!(late_probe.is_woken(), more.is_empty());
            take_all(&mut rx);
            assert!(late_probe.take_woken());
            assert_eq!(assert_ready(late.as_mut(), &late_probe.waker()), Ok(()));
            // A closed channel that is read to its end was flushed.
            tx.try_send(ledger.make(50)).expect("room");
            let mut last = Box::pin(tx.flush());
            assert_pending(last.as_mut(), &probe.waker());
            take_all(&mut rx);
            assert_eq!(assert_ready(last.as_mut(), &probe.waker()), Ok(()));
            drop((flush, early, late, last, later));
        }
        take_all(&mut rx);
        threaded! {
            // By a thread.
            tx.try_send(ledger.make(60)).expect("room");
            let flusher = crate::support::spawn_sleeper(move || tx.flush().wait());
            flusher.wait_asleep();
            assert_eq!(take_all(&mut rx), [60]);
            assert_eq!(flusher.join(), Ok(()));
        }
    }
}
