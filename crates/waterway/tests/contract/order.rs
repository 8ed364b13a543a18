//! Each sender's messages arrive in its order; parked sends are served in order and not overtaken.

use super::{Form, SenderRef};
use super::help::{fill, take_all};
use super::senders;
use super::kind::Receiver;
use crate::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, poll_noop, together,
};
use std::collections::HashMap;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;
use waterway::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};

crowded!(use super::help::park_sends;);


threaded! {
    /// Sends `count` messages by all the ways there are, in turn.
    pub(crate) fn send_by_every_verb<F: Form>(tx: SenderRef<'_, Tracked>, ledger: &Ledger, sender: u32, count: u32) {
        let mut seq = 0;
        while seq < count {
            let message = ledger.make_from(sender, seq);
            match (seq + sender) % 7 {
                0 => tx.send(message).wait().expect("open"),
                1 => block_on(tx.send(message)).expect("open"),
                2 => match tx.try_send(message) {
                    Ok(()) => {}
                    Err(TrySendError::Full(back)) => tx.send(back).wait().expect("open"),
                    Err(TrySendError::Closed(_)) => panic!("closed early"),
                },
                3 if F::BUFFERS && super::NUMBERED => numbered_or!({
                    let permit = tx.reserve().wait().expect("open");
                    permit.send(message).expect("open");
                }, unreachable!()),
                4 if F::BUFFERS && super::NUMBERED => numbered_or!({
                    let permit = block_on(tx.reserve()).expect("open");
                    permit.send(message).expect("open");
                }, unreachable!()),
                5 if super::NUMBERED => numbered_or!({
                    let rest = (seq + 1..count.min(seq + 5)).map(|s| ledger.make_from(sender, s));
                    let batch: Vec<Tracked> = std::iter::once(message).chain(rest).collect();
                    let n = batch.len();
                    let sent = if seq % 2 == 0 {
                        tx.send_many(batch).wait()
                    } else {
                        block_on(tx.send_many(batch))
                    };
                    assert_eq!(sent.expect("open"), n);
                    seq += n as u32 - 1;
                }, unreachable!()),
                _ => {
                    let mut message = message;
                    while let Err(e) = tx.send(message).wait_timeout(Duration::from_micros(50)) {
                        let SendTimeoutError::Timeout(back) = e else {
                            panic!("closed early")
                        };
                        message = back;
                    }
                }
            }
            seq += 1;
        }
    }
}

threaded! {
    /// Receives to the end by all the ways there are, in turn.
    pub(crate) fn recv_by_every_verb(rx: &mut Receiver<Tracked>) -> Vec<Tracked> {
        let mut got = Vec::new();
        let mut turn = 0;
        loop {
            turn += 1;
            let next = match turn % 7 {
                0 => rx.recv().wait(),
                1 => block_on(rx.recv()),
                2 => match rx.try_recv() {
                    Ok(m) => Some(m),
                    Err(TryRecvError::Empty) => continue,
                    Err(TryRecvError::Closed) => None,
                },
                3 => match rx.recv().wait_timeout(Duration::from_micros(50)) {
                    Ok(m) => Some(m),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Closed) => None,
                },
                4 | 5 if super::GATHERS => gathering_or!({
                    let before = got.len();
                    let n = if turn % 7 == 4 {
                        rx.recv_many(&mut got, 3).wait()
                    } else {
                        block_on(rx.recv_many(&mut got, 3))
                    };
                    let Some(n) = n else { return got };
                    assert!((1..=3).contains(&n));
                    assert_eq!(got.len(), before + n);
                    continue;
                }, None),
                _ => peek_or!(
                    {
                        let seen = rx.peek().wait().map(Tracked::id);
                        let taken = rx.try_recv().ok();
                        assert_eq!(
                            seen,
                            taken.as_ref().map(Tracked::id),
                            "peeked, then received"
                        );
                        taken
                    },
                    values!(rx, iter).next(),
                ),
            };
            match next {
                Some(m) => got.push(m),
                None => return got,
            }
        }
    }
}

threaded! {
    /// Every message of every sender is there, once, in its sender's order.
    #[track_caller]
    fn assert_in_order(got: &[Tracked], senders: u32, count: u32) {
        let mut next: HashMap<u32, u32> = HashMap::new();
        for message in got {
            let next = next.entry(message.sender()).or_default();
            assert_eq!(message.seq(), *next, "of sender {}", message.sender());
            *next += 1;
        }
        for sender in 0..senders {
            assert_eq!(next.get(&sender), Some(&count), "sender {sender}");
        }
    }
}

threaded! {
    fn senders_use_every_verb<F: Form>(n: u32, count: u32) {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make();
        let ends = Mutex::new((senders(tx, n as usize), Some(rx)));
        let mut got = together(n as usize + 1, |i| {
            if i == 0 {
                let mut rx = ends.lock().unwrap().1.take().unwrap();
                return recv_by_every_verb(&mut rx);
            }
            let mut tx = ends.lock().unwrap().0.pop().unwrap();
            send_by_every_verb::<F>(lend!(tx), &ledger, i as u32 - 1, count);
            Vec::new()
        });
        let got = got.swap_remove(0);
        assert_in_order(&got, n, count);
        drop(got);
        ledger.assert_all_dropped();
    }
}

threaded! {
    on_every_form!(one_sender_uses_every_verb);

    fn one_sender_uses_every_verb<F: Form>() {
        senders_use_every_verb::<F>(1, 700);
    }
}

crowded! {
    threaded! {
        on_every_form!(four_senders_use_every_verb);

        fn four_senders_use_every_verb<F: Form>() {
            senders_use_every_verb::<F>(4, 210);
        }
    }
}

threaded! {
    on_every_form!(senders_and_a_task);

    /// Threads send, a task receives: no thread ever waits inside the receiver's end.
    fn senders_and_a_task<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let txs = Mutex::new(senders(tx, 4));
        let n = txs.lock().unwrap().len();
        let got = std::thread::scope(|scope| {
            scope.spawn(|| {
                together(n, |i| {
                    let mut tx = txs.lock().unwrap().pop().unwrap();
                    send_by_every_verb::<F>(lend!(tx), &ledger, i as u32, 140);
                })
            });
            block_on(async {
                let mut got = Vec::new();
                while let Some(m) = rx.recv().await {
                    got.push(m);
                }
                got
            })
        });
        assert_in_order(&got, n as u32, 140);
    }
}

crowded! {
    on_every_form!(one_thread_plays_both_sides);

    /// The order of one thread's calls, whatever mix of calls: buffered ones first, then parked ones.
    fn one_thread_plays_both_sides<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let mut sent = 0;
        let mut received = 0;
        for round in 0..20u64 {
            let mut parked = Vec::new();
            for i in 0..5 {
                let message = ledger.make(sent);
                sent += 1;
                if (round + i) % 2 == 0 {
                    match tx.try_send(message) {
                        Ok(()) => continue,
                        Err(e) => {
                            let mut op = Box::pin(tx.send(e.into_inner()));
                            assert_pending(op.as_mut(), std::task::Waker::noop());
                            parked.push(op);
                        }
                    }
                } else {
                    let mut op = Box::pin(tx.send(message));
                    match poll_noop(op.as_mut()) {
                        Poll::Ready(result) => result.expect("open"),
                        Poll::Pending => parked.push(op),
                    }
                }
            }
            for message in std::iter::from_fn(|| rx.try_recv().ok()) {
                assert_eq!(message, received);
                received += 1;
            }
            for mut op in parked {
                assert_eq!(poll_noop(op.as_mut()), Poll::Ready(Ok(())));
            }
            assert_eq!(received, sent);
        }
    }
}

crowded! {
    on_parking_forms!(parked_sends_go_in_order);

    fn parked_sends_go_in_order<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_sends(&tx, &ledger, full, 40);
        // Each receive lets exactly the oldest go.
        for id in 0..40 {
            assert_eq!(rx.try_recv().expect("a message"), id);
            let (op, probe) = &mut parked[id as usize];
            assert_eq!(probe.wakes(), 1, "send {id} was served");
            let (result, _tx) = assert_ready(op.as_mut(), &probe.waker());
            assert_eq!(result, Ok(()));
            let others = parked.iter().skip(id as usize + 1);
            assert!(
                others.clone().all(|(_, probe)| probe.wakes() == 0),
                "only send {id}"
            );
        }
        assert_eq!(take_all(&mut rx), (40..40 + full).collect::<Vec<_>>());
    }
}

crowded! {
    on_parking_forms!(try_send_does_not_overtake);

    fn try_send_does_not_overtake<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_sends(&tx, &ledger, full, 3);
        for served in 0..3 {
            let refused = tx.try_send(ledger.make(u64::MAX));
            assert!(
                matches!(refused, Err(TrySendError::Full(_))),
                "{} wait",
                3 - served
            );
            numbered! {
                if F::BUFFERS {
                    let refused = tx.try_reserve();
                    assert!(
                        matches!(refused, Err(TrySendError::Full(()))),
                        "{} wait",
                        3 - served
                    );
                }
            }
            assert_eq!(rx.try_recv().expect("a message"), served);
        }
        for (op, probe) in &mut parked {
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
        }
        assert_eq!(take_all(&mut rx), (3..3 + full).collect::<Vec<_>>());
        // Nobody waits any more: room is room again.
        if F::BUFFERS {
            tx.try_send(ledger.make(99)).expect("room");
            assert_eq!(take_all(&mut rx), [99]);
        }
    }
}

numbered! {
    crowded! {
        on_parking_forms!(a_batch_keeps_its_order_among_others);

        fn a_batch_keeps_its_order_among_others<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let full = fill::<F>(lend!(tx), &ledger);
            let before = park_sends(&tx, &ledger, 100, 1);
            let batch: Vec<Tracked> = (200..212).map(|id| ledger.make(id)).collect();
            let mut batch = Box::pin(tx.send_many(batch));
            let batch_probe = Probe::new();
            assert_pending(batch.as_mut(), &batch_probe.waker());
            let after = park_sends(&tx, &ledger, 300, 1);
            let mut ops: Vec<_> = before.into_iter().chain(after).collect();
            let mut got = Vec::new();
            let mut batch_done = false;
            // Only what was woken is polled.
            for _ in 0..200 {
                got.extend(take_all(&mut rx));
                if !batch_done && batch_probe.take_woken() {
                    if let Poll::Ready(sent) =
                        crate::support::poll_once(batch.as_mut(), &batch_probe.waker())
                    {
                        assert_eq!(sent.map_err(|_| "closed"), Ok(12));
                        batch_done = true;
                    }
                }
                ops.retain_mut(|(op, probe)| {
                    !probe.take_woken()
                        || crate::support::poll_once(op.as_mut(), &probe.waker()).is_pending()
                });
            }
            assert!(
                batch_done && ops.is_empty(),
                "somebody is stranded; received {got:?}"
            );
            let place = |id| got.iter().position(|&g| g == id).expect("received");
            let of_batch: Vec<u64> = got
                .iter()
                .copied()
                .filter(|id| (200..300).contains(id))
                .collect();
            assert_eq!(of_batch, (200..212).collect::<Vec<_>>());
            assert!(place(100) < place(200), "{got:?}");
            assert!(place(200) < place(300), "{got:?}");
            assert_eq!(got.len() as u64, full + 14);
        }
    }
}

crowded! {
    on_parking_forms!(a_cancelled_send_leaves_the_others_in_order);

    fn a_cancelled_send_leaves_the_others_in_order<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let full = fill::<F>(lend!(tx), &ledger);
        let mut parked = park_sends(&tx, &ledger, 100, 5);
        drop(parked.remove(0));
        drop(parked.remove(1));
        let (back, _tx) = parked.pop().unwrap().0.as_mut().cancel();
        assert_eq!(back.expect("still parked"), 104);
        assert_eq!(ledger.drops_of(100), 1);
        assert_eq!(ledger.drops_of(102), 1);
        let expected: Vec<u64> = (0..full).chain([101, 103]).collect();
        assert_eq!(take_all(&mut rx), expected);
        for (op, probe) in &mut parked {
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
        }
    }
}

numbered! {
    crowded! {
        on_bounded_forms!(nobody_passes_a_send_behind_a_greedy_reserve);

        /// The head of the queue wants more than there is, the receiver is idle, and there is room: still
        /// nobody passes the send that waits behind that head.
        fn nobody_passes_a_send_behind_a_greedy_reserve<F: Form>() {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = F::make();
            let room = super::help::room::<F>();
            let permit = tx.try_reserve().expect("room");
            let greedy_probe = Probe::new();
            let mut greedy = Box::pin(tx.reserve_many(room));
            assert_pending(greedy.as_mut(), &greedy_probe.waker());
            let mut behind = park_sends(&tx, &ledger, 0, 1);
            let probe = Probe::new();
            let mut recv = Box::pin(rx.recv());
            assert_pending(recv.as_mut(), &probe.waker());
            assert!(matches!(
                tx.try_send(ledger.make(1)),
                Err(TrySendError::Full(_))
            ));
            assert!(matches!(tx.try_reserve(), Err(TrySendError::Full(()))));
            permit.send(ledger.make(2)).expect("open");
            assert!(probe.take_woken());
            assert_eq!(
                assert_ready(recv.as_mut(), &probe.waker()).expect("open"),
                2
            );
            drop(recv);
            assert!(greedy_probe.take_woken());
            drop(assert_ready(greedy.as_mut(), &greedy_probe.waker()).expect("all is free"));
            assert_eq!(take_all(&mut rx), [0]);
            let (op, probe) = &mut behind[0];
            assert_eq!(assert_ready(op.as_mut(), &probe.waker()).0, Ok(()));
        }
    }
}
