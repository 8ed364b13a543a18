//! The end, brought about from either side, in every state an operation can be in.

use super::{Form, SenderRef};
use super::help::{fill, park_as_many, room, take_all};
use super::kind::Receiver;
use super::{lent, senders};
use crate::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, poll_noop, together,
};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Poll, Waker};
use waterway::{SendError, TryRecvError, TrySendError};

on_every_form!(
    a_send_never_polled,
    a_send_completed,
    buffered_messages_still_arrive,
    only_one_close_counts,
    a_parked_recv_ends,
    every_parked_receive_ends,
    a_parked_recv_ends_with_the_last_sender,
    closed_resolves,
);
numbered! {
    on_every_form!(everything_says_closed);
}
on_parking_forms!(
    parked_sends_come_back_from_a_full_close,
    parked_sends_come_back,
    a_send_pulled_before_the_end,
);
numbered! {
    on_parking_forms!(a_batch_cut_off);
}
numbered! {
    on_bounded_forms!(a_parked_reserve_fails);
}
numbered! {
    on_bounded_forms!(a_woken_reserve_at_the_end);
}

/// The ways to end a channel while a sender lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    SenderCloses,
    ReceiverCloses,
    ReceiverDrops,
}

/// A channel without handles is closed: nobody's end takes it along.
pub(super) const ENDS: &[End] = owning_or!(
    &[End::SenderCloses, End::ReceiverCloses, End::ReceiverDrops],
    &[End::SenderCloses, End::ReceiverCloses],
);

/// Those that may come while a sender waits.
pub(super) const ENDS_OF_A_WAIT: &[End] =
    crowded_or!(ENDS, &[End::ReceiverCloses, End::ReceiverDrops]);

impl End {
    /// Ends the channel, with a sender that is free if there is one; the receiver is gone afterwards if that is the way.
    pub(super) fn end<T>(self, tx: Option<SenderRef<'_, T>>, rx: &mut Option<Receiver<T>>) {
        match self {
            End::SenderCloses => assert!(tx.expect("a sender is free").close()),
            End::ReceiverCloses => assert!(rx.as_mut().unwrap().close()),
            End::ReceiverDrops => *rx = None,
        }
    }
}

fn a_send_never_polled<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let mut rx = Some(rx);
        let mut op = Box::pin(tx.send(ledger.make(1)));
        crowded!(let dropped = Box::pin(tx.send(ledger.make(2))););
        end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
        crowded! {
            assert_eq!(ledger.live(), [1, 2]);
            drop(dropped);
        }
        assert_eq!(ledger.live(), [1]);
        let result = assert_ready(op.as_mut(), Waker::noop());
        assert!(matches!(result, Err(SendError(v)) if v == 1), "{end:?}");
        ledger.assert_all_dropped();
    }
}

fn a_send_completed<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let mut rx = Some(rx);
        let mut op = Box::pin(tx.send(ledger.make(1)));
        let mut taken = None;
        if poll_noop(op.as_mut()).is_pending() {
            assert!(!F::BUFFERS);
            taken = Some(rx.as_mut().unwrap().try_recv().expect("the parked send's"));
            assert_eq!(assert_ready(op.as_mut(), Waker::noop()), Ok(()));
        }
        end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
        // An operation that has ended is inert.
        drop(op);
        if F::BUFFERS {
            assert_eq!(ledger.dropped(), usize::from(end == End::ReceiverDrops));
        }
        drop((taken, rx, tx));
        ledger.assert_all_dropped();
    }
}

fn parked_sends_come_back<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        // More than one batch of wakes.
        for n in crowded_or!([1, 2, 33, 100], [1]) {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let mut rx = Some(rx);
            let full = fill::<F>(lend!(tx), &ledger);
            let mut parked = park_as_many(lend!(tx), &ledger, 100, n);
            end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
            for (i, (op, probe)) in parked.iter_mut().enumerate() {
                assert_eq!(probe.wakes(), 1, "{end:?}: send {i} of {n}");
                let result = assert_ready(op.as_mut(), &probe.waker());
                assert!(matches!(result, Err(SendError(v)) if v == 100 + i as u64));
            }
            drop(parked);
            let left = rx.as_mut().map(take_all).unwrap_or_default();
            let expected = if end == End::ReceiverDrops { 0 } else { full };
            assert_eq!(left, (0..expected).collect::<Vec<_>>());
            drop((rx, tx));
            ledger.assert_all_dropped();
        }
    }
}

/// Parked sends that nobody polls again after the end still own their messages.
fn parked_sends_come_back_from_a_full_close<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let mut rx = Some(rx);
        fill::<F>(lend!(tx), &ledger);
        let mut parked = park_as_many(lend!(tx), &ledger, 100, 3);
        end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
        drop(rx);
        assert_eq!(
            ledger.live(),
            (100..100 + parked.len() as u64).collect::<Vec<_>>(),
            "{end:?}: in their operations"
        );
        let last = 99 + parked.len() as u64;
        let back = parked.pop().unwrap().0.as_mut().cancel();
        assert_eq!(back.expect("not delivered"), last);
        drop(parked);
        ledger.assert_all_dropped();
    }
}

fn a_send_pulled_before_the_end<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let mut rx = Some(rx);
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_as_many(lend!(tx), &ledger, 100, 2);
        let first = rx.as_mut().unwrap().try_recv().expect("a message");
        end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
        let (op, probe) = &mut parked[0];
        assert_eq!(
            assert_ready(op.as_mut(), &probe.waker()),
            Ok(()),
            "{end:?}"
        );
        for (op, probe) in &mut parked[1..] {
            let result = assert_ready(op.as_mut(), &probe.waker());
            assert!(matches!(result, Err(SendError(v)) if v == 101), "{end:?}");
        }
        if let Some(rx) = &mut rx {
            let expected: Vec<u64> = (1..full).chain([100]).take(room::<F>()).collect();
            assert_eq!(take_all(rx), expected);
            assert_eq!(rx.try_recv().map_err(|e| e.is_closed()), Err(true));
        }
        drop((first, parked, rx));
        ledger.assert_all_dropped();
    }
}

numbered! {
    fn a_batch_cut_off<F: Form>() {
        for &end in ENDS_OF_A_WAIT {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let mut rx = Some(rx);
            fill::<F>(lend!(tx), &ledger);
            let batch: Vec<Tracked> = (100..140).map(|id| ledger.make(id)).collect();
            let mut op = Box::pin(tx.send_many(batch));
            let probe = Probe::new();
            assert_pending(op.as_mut(), &probe.waker());
            let mut got = Vec::new();
            for _ in 0..20 {
                let message = rx.as_mut().unwrap().try_recv();
                got.push(message.expect("the batch has more").id());
                if probe.take_woken() {
                    assert_pending(op.as_mut(), &probe.waker());
                }
            }
            end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
            assert!(probe.take_woken(), "{end:?}");
            let Err(SendError(unsent)) = assert_ready(op.as_mut(), &probe.waker()) else {
                panic!("{end:?}: a batch that was cut off")
            };
            let rest: Vec<u64> = unsent.rest.map(|m| m.id()).collect();
            assert_eq!(rest, (100 + unsent.sent as u64..140).collect::<Vec<_>>());
            if let Some(rx) = &mut rx {
                got.extend(take_all(rx));
                let of_batch = got.iter().filter(|id| **id >= 100).count();
                assert_eq!(of_batch, unsent.sent, "{end:?}: received {got:?}");
            }
            drop((op, rx));
            ledger.assert_all_dropped();
        }
    }
}

crowded! {
    numbered! {
        on_bounded_forms!(parked_reserves_fail);
    }

    numbered! {
        fn parked_reserves_fail<F: Form>() {
            for &end in ENDS {
                for n in [1, 2, 33] {
                    let ledger = Ledger::new();
                    let (mut tx, rx) = F::make();
                    let mut rx = Some(rx);
                    fill::<F>(lend!(tx), &ledger);
                    let probes: Vec<Probe> = (0..3 * n).map(|_| Probe::new()).collect();
                    let mut single: Vec<_> = (0..n).map(|_| Box::pin(tx.reserve())).collect();
                    let mut many: Vec<_> = (0..n)
                        .map(|_| Box::pin(tx.reserve_many(room::<F>())))
                        .collect();
                    let mut owned: Vec<_> = (0..n)
                        .map(|_| Box::pin(tx.clone().reserve_owned()))
                        .collect();
                    for i in 0..n {
                        assert_pending(single[i].as_mut(), &probes[3 * i].waker());
                        assert_pending(many[i].as_mut(), &probes[3 * i + 1].waker());
                        assert_pending(owned[i].as_mut(), &probes[3 * i + 2].waker());
                    }
                    end.end(Some(lend!(tx)), &mut rx);
                    for (i, probe) in probes.iter().enumerate() {
                        assert_eq!(probe.wakes(), 1, "{end:?}: reserve {i} of {}", 3 * n);
                    }
                    for i in 0..n {
                        assert!(assert_ready(single[i].as_mut(), Waker::noop()).is_err());
                        assert!(assert_ready(many[i].as_mut(), Waker::noop()).is_err());
                        let result = assert_ready(owned[i].as_mut(), Waker::noop());
                        let SendError(back) = result.expect_err("closed");
                        assert_eq!(back.id(), tx.id());
                    }
                }
            }
        }
    }
}

numbered! {
    fn a_parked_reserve_fails<F: Form>() {
        for &end in ENDS_OF_A_WAIT {
            for count in 1..=room::<F>() {
                let ledger = Ledger::new();
                let (mut tx, rx) = F::make();
                let mut rx = Some(rx);
                fill::<F>(lend!(tx), &ledger);
                let probe = Probe::new();
                let mut op = Box::pin(tx.reserve_many(count));
                assert_pending(op.as_mut(), &probe.waker());
                end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
                assert_eq!(probe.wakes(), 1, "{end:?}: reserve of {count}");
                assert!(assert_ready(op.as_mut(), Waker::noop()).is_err());
            }
        }
    }
}

numbered! {
    /// Woken and not yet polled when the end comes: either answer will do, but it must hold.
    fn a_woken_reserve_at_the_end<F: Form>() {
        for &end in ENDS_OF_A_WAIT {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let mut rx = Some(rx);
            fill::<F>(lend!(tx), &ledger);
            let probe = Probe::new();
            let mut op = Box::pin(tx.reserve());
            assert_pending(op.as_mut(), &probe.waker());
            drop(rx.as_mut().unwrap().try_recv().expect("a message"));
            assert_eq!(probe.wakes(), 1);
            end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
            let mut delivered = 0;
            if let Ok(permit) = assert_ready(op.as_mut(), &probe.waker()) {
                delivered = usize::from(permit.send(ledger.make(500)).is_ok());
                assert!(end != End::ReceiverDrops || delivered == 0);
            }
            if let Some(rx) = &mut rx {
                assert_eq!(take_all(rx).len(), room::<F>() - 1 + delivered);
                assert!(
                    matches!(rx.try_recv(), Err(TryRecvError::Closed)),
                    "{end:?}"
                );
            }
            drop((op, rx));
            ledger.assert_all_dropped();
        }
    }
}

numbered! {
    fn everything_says_closed<F: Form>() {
        for &end in ENDS {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let mut rx = Some(rx);
            assert!(!tx.is_closed());
            end.end(Some(lend!(tx)), &mut rx);
            assert!(tx.is_closed(), "{end:?}");
            assert!(rx.as_ref().is_none_or(|rx| rx.is_closed()), "{end:?}");
            assert!(matches!(tx.try_send(ledger.make(1)), Err(TrySendError::Closed(v)) if v == 1));
            crowded! {
                assert!(matches!(tx.force_send(ledger.make(2)), Err(TrySendError::Closed(v)) if v == 2));
            }
            assert!(matches!(finish!(tx.send(ledger.make(3))), Err(SendError(v)) if v == 3));
            assert!(matches!(block_on(tx.send(ledger.make(4))), Err(SendError(v)) if v == 4));
            let SendError(unsent) =
                finish!(tx.send_many([ledger.make(5), ledger.make(6)])).expect_err("closed");
            assert_eq!(unsent.sent, 0);
            assert_eq!(unsent.rest.map(|m| m.id()).collect::<Vec<_>>(), [5, 6]);
            if F::BUFFERS {
                assert!(matches!(tx.try_reserve(), Err(TrySendError::Closed(()))));
                assert!(matches!(
                    tx.try_reserve_many(0),
                    Err(TrySendError::Closed(()))
                ));
                assert!(matches!(
                    tx.try_reserve_many(1),
                    Err(TrySendError::Closed(()))
                ));
                let id = tx.id();
                let Err(TrySendError::Closed(back)) = tx.try_reserve_owned() else {
                    panic!("{end:?}: a permit")
                };
                assert_eq!(back.id(), id);
                tx = back;
            }
            assert!(finish!(tx.reserve()).is_err());
            assert!(finish!(tx.reserve_many(1)).is_err());
            finish!(tx.closed());
            if let Some(rx) = &mut rx {
                for _ in 0..3 {
                    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
                    assert!(finish!(rx.recv()).is_none());
                    assert!(block_on(rx.recv()).is_none());
                }
            }
            drop(rx);
            ledger.assert_all_dropped();
        }
    }
}

fn buffered_messages_still_arrive<F: Form>() {
    for end in [End::SenderCloses, End::ReceiverCloses] {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let mut rx = Some(rx);
        let n = fill::<F>(lend!(tx), &ledger);
        end.end(Some(lend!(tx)), &mut rx);
        let mut rx = rx.unwrap();
        for id in 0..n {
            let got = match id % 3 {
                0 => rx.try_recv().ok(),
                1 => finish!(rx.recv()),
                _ => block_on(rx.recv()),
            };
            assert_eq!(got.expect("buffered before the end"), id);
        }
        assert!(finish!(rx.recv()).is_none());
    }
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let n = fill::<F>(lend!(tx), &ledger);
    drop(tx);
    assert_eq!(
        iter_or_try!(rx).map(|m| m.id()).collect::<Vec<_>>(),
        (0..n).collect::<Vec<_>>()
    );
    assert!(finish!(rx.recv()).is_none());
}

fn only_one_close_counts<F: Form>() {
    let (mut tx, mut rx) = F::make::<u8>();
    assert!(tx.close());
    crowded!(assert!(!tx.clone().close()););
    assert!(!tx.close());
    assert!(!rx.close());
    let (mut tx, mut rx) = F::make::<u8>();
    assert!(rx.close());
    assert!(!rx.close());
    assert!(!tx.close());
    threaded! {
        let (mut tx, mut rx) = F::make::<u8>();
        let ends = Mutex::new((senders(tx, 3), Some(rx)));
        let n = ends.lock().unwrap().0.len();
        let won = together(n + 1, |i| {
            if i == 0 {
                let mut rx = ends.lock().unwrap().1.take().unwrap();
                return rx.close();
            }
            // It lives on: a sender that goes is no close.
            let mut tx = ends.lock().unwrap().0.pop().unwrap();
            tx.close()
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
    }
}

fn a_parked_recv_ends<F: Form>() {
    let (mut tx, mut rx) = F::make::<u8>();
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv());
    assert_pending(op.as_mut(), &probe.waker());
    tx.close();
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(op.as_mut(), &probe.waker()), None);
    drop(op);
    for _ in 0..3 {
        assert_eq!(poll_noop(Box::pin(rx.recv()).as_mut()), Poll::Ready(None));
    }
}

/// By the close and by the drop of the last sender, whatever it is that waits.
fn every_parked_receive_ends<F: Form>() {
    for drops in [false, true] {
        for verb in 0..5 {
            let (mut tx, mut rx) = F::make::<u8>();
            let probe = Probe::new();
            let mut buffer = Vec::new();
            let mut wait: Pin<Box<dyn Future<Output = bool>>> = match verb {
                0 => Box::pin(async { peek_or!(rx.peek().await.is_none(), rx.recv().await.is_none()) }),
                1 => Box::pin(async {
                    gathering_or!(rx.recv_many(&mut buffer, 9).await.is_none(), rx.recv().await.map(|m| buffer.push(m)).is_none())
                }),
                2 => {
                    let mut poller = lent(&mut rx);
                    Box::pin(poll_fn(move |cx| poller.poll_recv(cx).map(|got| got.is_none())))
                }
                3 => {
                    let mut poller = lent(&mut rx);
                    let buffer = &mut buffer;
                    Box::pin(poll_fn(move |cx| {
                        gathering_or!(
                            poller.poll_recv_many(cx, buffer, 9).map(|got| got.is_none()),
                            poller.poll_recv(cx).map(|got| got.map(|got| buffer.push(got)).is_none())
                        )
                    }))
                }
                _ => Box::pin(async { rx.recv_owned().await.0.is_none() }),
            };
            assert_pending(wait.as_mut(), &probe.waker());
            match drops {
                true => drop(tx),
                false => assert!(tx.close()),
            }
            assert_eq!(probe.wakes(), 1, "verb {verb}");
            assert!(assert_ready(wait.as_mut(), &probe.waker()), "verb {verb}");
        }
    }
}

fn a_parked_recv_ends_with_the_last_sender<F: Form>() {
    let (mut tx, mut rx) = F::make::<u8>();
    crowded! {
        let more: Vec<_> = (0..5).map(|_| tx.clone()).collect();
        owning!(let weak = tx.downgrade(););
    }
    let probe = Probe::new();
    let mut op = Box::pin(rx.recv());
    assert_pending(op.as_mut(), &probe.waker());
    crowded!(drop(more););
    assert_eq!(probe.wakes(), 0, "a sender lives");
    drop(tx);
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(op.as_mut(), &probe.waker()), None);
    drop(op);
    crowded!(owning!(assert!(weak.upgrade().is_none());););
}

owning! {
    on_every_form!(buffered_messages_die_with_the_receiver);

    fn buffered_messages_die_with_the_receiver<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        fill::<F>(lend!(tx), &ledger);
        drop(rx);
        // Now, not when the last sender goes.
        ledger.assert_all_dropped();
        assert_eq!(tx.len(), 0);
        assert!(matches!(
            tx.try_send(ledger.make(9)),
            Err(TrySendError::Closed(_))
        ));
    }
}

fn closed_resolves<F: Form>() {
    for &end in ENDS_OF_A_WAIT {
        let (mut tx, rx) = F::make::<u8>();
        let mut rx = Some(rx);
        let probes: Vec<Probe> = (0..33).map(|_| Probe::new()).collect();
        let mut ops: Vec<_> = probes.iter().map(|_| Box::pin(tx.closed())).collect();
        for (op, probe) in ops.iter_mut().zip(&probes) {
            assert_pending(op.as_mut(), &probe.waker());
        }
        end.end(crowded_or!(Some(lend!(tx)), None), &mut rx);
        for (op, probe) in ops.iter_mut().zip(&probes) {
            assert_eq!(probe.wakes(), 1, "{end:?}");
            assert_ready(op.as_mut(), &probe.waker());
        }
        block_on(tx.closed());
    }
}

owning! {
    numbered! {
        on_buffered_forms!(flush_at_the_end);
    }

    numbered! {
        fn flush_at_the_end<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let probes: Vec<Probe> = (0..3).map(|_| Probe::new()).collect();
            let mut ops: Vec<_> = probes.iter().map(|_| Box::pin(tx.flush())).collect();
            for (op, probe) in ops.iter_mut().zip(&probes) {
                assert_pending(op.as_mut(), &probe.waker());
            }
            drop(rx);
            for (op, probe) in ops.iter_mut().zip(&probes) {
                assert_eq!(probe.wakes(), 1);
                assert!(
                    assert_ready(op.as_mut(), &probe.waker()).is_err(),
                    "dropped, not received"
                );
            }
        }
    }
}
