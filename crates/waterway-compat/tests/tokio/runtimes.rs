//! Order, budgets, and runtimes.

use std::pin::pin;
use std::task::{Context, Poll};

use crate::help::{BUDGET, Traits, boxed, guarded, runtime, turns_until_told_to_make_way};
#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoStream};
use crate::support::{Probe, assert_pending, assert_ready, block_on};
use crate::sut::mpsc::error::TrySendError;
use crate::sut::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};

#[test]
fn k42_senders_are_served_in_order_and_not_passed() {
    let (tx, mut rx) = channel(2);
    tx.try_send(100).expect("room");
    tx.try_send(101).expect("room");
    let mut sends: Vec<_> = (0..5)
        .map(|number| (boxed(tx.send(number)), Probe::new()))
        .collect();
    for (send, probe) in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    for first in 0..5 {
        rx.try_recv().expect("a message");
        let wakes: Vec<_> = sends.iter().map(|(_, probe)| probe.wakes()).collect();
        let expected: Vec<_> = (0..5).map(|at| usize::from(at <= first)).collect();
        assert_eq!(wakes, expected);
        // The room is theirs.
        assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)));
        assert_pending(boxed(tx.reserve()).as_mut(), &Probe::new().waker());
        let (send, probe) = &mut sends[first];
        assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    }
    drop(sends);
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(3), Ok(4)));
}

#[test]
fn k42_all_for_whom_there_is_room_are_told() {
    let (tx, mut rx) = channel(2);
    tx.try_send(100).expect("room");
    tx.try_send(101).expect("room");
    let mut sends: Vec<_> = (0..3)
        .map(|number| (boxed(tx.send(number)), Probe::new()))
        .collect();
    for (send, probe) in &mut sends {
        assert_pending(send.as_mut(), &probe.waker());
    }
    rx.try_recv().expect("a message");
    rx.try_recv().expect("a message");
    let wakes: Vec<_> = sends.iter().map(|(_, probe)| probe.wakes()).collect();
    assert_eq!(wakes, [1, 1, 0]);
    // The second need not wait for the first to come.
    for at in [1, 0] {
        let (send, probe) = &mut sends[at];
        assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    }
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(0)));
}

/// In the original the room stays with the future that does not come.
#[cfg(not(feature = "original"))]
#[test]
fn k42_who_does_not_come_is_let_past_once_the_receiver_is_idle() {
    let (tx, mut rx) = channel(1);
    tx.try_send(0).expect("room");
    let forgotten = Probe::new();
    let mut first = boxed(tx.send(1));
    assert_pending(first.as_mut(), &forgotten.waker());
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(forgotten.wakes(), 1);
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    let probe = Probe::new();
    let mut idle = boxed(rx.recv());
    assert_pending(idle.as_mut(), &probe.waker());
    assert_eq!(tx.try_send(2), Ok(()));
    assert_eq!(assert_ready(idle.as_mut(), &probe.waker()), Some(2));
    drop(idle);
    // Its turn comes all the same.
    assert_eq!(assert_ready(first.as_mut(), &forgotten.waker()), Ok(()));
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn k43_receives_spend_the_budget() {
    let (tx, mut rx) = unbounded_channel();
    (0..1000).for_each(|number| tx.send(number).expect("open"));
    let turns = turns_until_told_to_make_way(|context| pin!(rx.recv()).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
    let turns = turns_until_told_to_make_way(|context| rx.poll_recv(context).is_ready());
    assert_eq!(turns, BUDGET);
    let mut buffer = Vec::new();
    // One unit for however many.
    let turns = turns_until_told_to_make_way(|context| {
        pin!(rx.recv_many(&mut buffer, 2)).poll(context).is_ready()
    });
    assert_eq!((turns, buffer.len()), (BUDGET, 2 * BUDGET));
}

#[test]
fn k43_sends_and_reservations_spend_the_budget() {
    let (tx, _rx) = channel(1000);
    let turns = turns_until_told_to_make_way(|context| pin!(tx.send(1)).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
    let turns = turns_until_told_to_make_way(|context| pin!(tx.reserve()).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
}

#[test]
fn k43_what_does_not_wait_spends_nothing() {
    let (tx, mut rx) = channel(1000);
    let turns = turns_until_told_to_make_way(|_| tx.try_send(1).is_ok());
    assert_eq!(turns, 1000);
    let turns = turns_until_told_to_make_way(|_| rx.try_recv().is_ok());
    assert_eq!(turns, 1000);
}

#[test]
fn k43_without_a_budget_there_is_no_end_to_it() {
    let (tx, mut rx) = channel(1000);
    (0..1000).for_each(|number| tx.try_send(number).expect("room"));
    runtime().block_on(tokio::task::unconstrained(async {
        for number in 0..500 {
            let Poll::Ready(received) = poll_once(rx.recv()).await else {
                panic!("told to make way after {number}");
            };
            assert_eq!(received, Some(number));
        }
    }));
    // Nor is there one outside of tokio.
    block_on(async {
        for number in 500..1000 {
            assert_eq!(poll_once(rx.recv()).await, Poll::Ready(Some(number)));
        }
    });
}

async fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context: &mut Context<'_>| Poll::Ready(future.as_mut().poll(context)))
        .await
}

#[test]
fn k44_any_runtime_will_do() {
    guarded("k44_any_runtime_will_do", || {
        let (tx, mut rx) = channel(1);
        let (back, mut answers) = unbounded_channel();
        // One side in a runtime of tokio, the other in none.
        let there = std::thread::spawn(move || {
            runtime().block_on(async move {
                while let Some(number) = rx.recv().await {
                    back.send(number * 2).expect("open");
                }
            });
        });
        block_on(async {
            for number in 0..100 {
                tx.send(number).await.expect("open");
            }
            drop(tx);
            for number in 0..100 {
                assert_eq!(answers.recv().await, Some(number * 2));
            }
            assert_eq!(answers.recv().await, None);
        });
        there.join().expect("no panic");
    });
}

#[test]
fn k44_workers_of_a_runtime_share_a_channel() {
    const EACH: u64 = 2000;
    guarded("k44_workers_of_a_runtime_share_a_channel", || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).build().expect("a runtime");
        let (tx, mut rx) = channel(4);
        for from in 0..4 {
            let tx = tx.clone();
            runtime.spawn(async move {
                for number in 0..EACH {
                    tx.send((from, number)).await.expect("open");
                }
            });
        }
        drop(tx);
        let received = runtime.spawn(async move {
            let mut next = [0; 4];
            while let Some((from, number)) = rx.recv().await {
                assert_eq!(number, next[from], "each sender's in order");
                next[from] += 1;
            }
            next
        });
        let next = runtime.block_on(received).expect("no panic");
        assert_eq!(next, [EACH; 4]);
    });
}

#[test]
fn k45_a_receiver_is_no_stream() {
    const {
        assert!(!Traits::<Receiver<u8>>::STREAM && !Traits::<UnboundedReceiver<u8>>::STREAM);
    }
    // Others make one of it, by these.
    fn is_polled<T>(rx: &mut Receiver<T>, context: &mut Context<'_>) -> Poll<Option<T>> {
        rx.poll_recv(context)
    }
    let (tx, mut rx) = channel(1);
    tx.try_send(1).expect("room");
    let ready = is_polled(&mut rx, &mut Context::from_waker(std::task::Waker::noop()));
    assert_eq!(ready, Poll::Ready(Some(1)));
}
