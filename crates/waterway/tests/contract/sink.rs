//! The poll-shaped way in of a sender: `Sink`, which owns it.

use super::Form;
use super::help::{fill, room, take_all};
use crate::support::{Ledger, Probe, Tracked, block_on, catch, poll_noop};
use futures_sink::Sink;
use std::task::{Context, Poll, Waker};
use waterway::Closed;

on_every_form!(
    a_sink_delivers_in_order,
    a_closed_sink_fails,
    a_dropped_sink_drops_its_message,
);
on_buffered_forms!(a_sink_flushes_into_the_channel);
on_parking_forms!(a_busy_sink_panics, a_sink_keeps_the_latest_waker);

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn a_sink_delivers_in_order<F: Form>() {
    const COUNT: u64 = 200;
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make::<Tracked>();
    let mut sink = Box::pin(tx.into_sink());
    let sends = async move {
        for id in 0..COUNT {
            std::future::poll_fn(|cx| sink.as_mut().poll_ready(cx))
                .await
                .expect("open");
            sink.as_mut().start_send(ledger.make(id)).expect("ready");
            if id % 7 == 0 {
                std::future::poll_fn(|cx| sink.as_mut().poll_flush(cx))
                    .await
                    .expect("open");
            }
        }
        std::future::poll_fn(|cx| sink.as_mut().poll_close(cx))
            .await
            .expect("open");
    };
    let got: Vec<u64> = threaded_or!(
        {
            let receiver = std::thread::spawn(move || rx.iter().map(|m| m.id()).collect());
            block_on(sends);
            receiver.join().expect("no panic")
        },
        {
            let (mut sends, probe) = (Box::pin(sends), Probe::new());
            let mut got = Vec::new();
            while crate::support::poll_once(sends.as_mut(), &probe.waker()).is_pending() {
                got.extend(take_all(&mut rx));
                assert!(probe.take_woken(), "stranded after {got:?}");
            }
            got.extend(take_all(&mut rx));
            got
        }
    );
    assert_eq!(got, (0..COUNT).collect::<Vec<_>>());
    ledger.assert_all_dropped();
}

/// A flushed sink has nothing of its own any more: it is all in the channel.
fn a_sink_flushes_into_the_channel<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let mut sink = Box::pin(tx.into_sink());
    for id in 0..room::<F>() as u64 {
        assert!(
            matches!(sink.as_mut().poll_ready(&mut noop()), Poll::Ready(Ok(()))),
            "room for {id}"
        );
        sink.as_mut().start_send(ledger.make(id)).expect("ready");
    }
    assert!(matches!(
        sink.as_mut().poll_flush(&mut noop()),
        Poll::Ready(Ok(()))
    ));
    assert_eq!(rx.len(), room::<F>());
    assert_eq!(take_all(&mut rx).len(), room::<F>());
    drop(sink);
    assert!(finish!(rx.recv()).is_none(), "the sink was the last sender");
}

fn a_closed_sink_fails<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make::<Tracked>();
    let mut sink = Box::pin(tx.into_sink());
    drop(rx);
    let ready = sink.as_mut().poll_ready(&mut noop());
    assert!(matches!(ready, Poll::Ready(Err(_))));
    assert!(sink.as_mut().start_send(ledger.make(1)).is_err());
    // Closed by itself: the sender is gone, and it takes nothing more.
    let (mut tx, mut rx) = F::make::<Tracked>();
    let mut sink = Box::pin(tx.into_sink());
    assert_eq!(sink.as_mut().poll_close(&mut noop()), Poll::Ready(Ok(())));
    assert_eq!(rx.sender_count(), 0);
    assert!(finish!(rx.recv()).is_none());
    let ready = sink.as_mut().poll_ready(&mut noop());
    assert_eq!(ready, Poll::Ready(Err(Closed)));
    assert_eq!(sink.as_mut().start_send(ledger.make(2)), Err(Closed));
    // Parked when the end comes.
    let (mut tx, rx) = F::make();
    fill::<F>(lend!(tx), &ledger);
    let mut sink = Box::pin(tx.into_sink());
    let probe = Probe::new();
    let waker = probe.waker();
    let mut cx = Context::from_waker(&waker);
    let mut outcome = sink.as_mut().poll_ready(&mut cx);
    if matches!(outcome, Poll::Ready(Ok(()))) {
        sink.as_mut().start_send(ledger.make(100)).expect("ready");
        outcome = sink.as_mut().poll_flush(&mut cx);
    }
    let parked = outcome.is_pending();
    assert!(parked || F::CAPACITY.is_none());
    drop(rx);
    if parked {
        assert_eq!(probe.wakes(), 1);
        assert!(matches!(
            sink.as_mut().poll_flush(&mut cx),
            Poll::Ready(Err(Closed))
        ));
        assert!(matches!(
            sink.as_mut().poll_ready(&mut cx),
            Poll::Ready(Err(_))
        ));
    }
    drop(sink);
    assert_eq!(probe.refs(), 1);
    ledger.assert_all_dropped();
}

/// To send while a message waits for room is a bug of the caller; the message that waits is kept.
fn a_busy_sink_panics<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    fill::<F>(lend!(tx), &ledger);
    let mut sink = Box::pin(tx.into_sink());
    sink.as_mut().start_send(ledger.make(100)).expect("open");
    assert!(sink.as_mut().poll_flush(&mut noop()).is_pending());
    let busy = catch(|| sink.as_mut().start_send(ledger.make(101)));
    assert!(busy.expect_err("it is busy").contains("poll_ready"));
    assert_eq!(take_all(&mut rx).last(), Some(&100));
    assert_eq!(sink.as_mut().poll_flush(&mut noop()), Poll::Ready(Ok(())));
    drop((sink, rx));
    ledger.assert_all_dropped();
}

fn a_dropped_sink_drops_its_message<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    fill::<F>(lend!(tx), &ledger);
    crowded!(let mut after = tx.clone(););
    let mut sink = Box::pin(tx.into_sink());
    let probe = Probe::new();
    let waker = probe.waker();
    let mut cx = Context::from_waker(&waker);
    if let Poll::Ready(Ok(())) = sink.as_mut().poll_ready(&mut cx) {
        sink.as_mut().start_send(ledger.make(100)).expect("ready");
        let _ = sink.as_mut().poll_flush(&mut cx);
    }
    drop(sink);
    assert_eq!(probe.refs(), 1);
    take_all(&mut rx);
    ledger.assert_all_dropped();
    // It is not in anybody's way.
    crowded! {
        let mut send = Box::pin(after.send(ledger.make(1)));
        let _ = poll_noop(send.as_mut());
        assert_eq!(take_all(&mut rx), [1]);
    }
}

fn a_sink_keeps_the_latest_waker<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    fill::<F>(lend!(tx), &ledger);
    let mut sink = Box::pin(tx.into_sink());
    let (old, new) = (Probe::new(), Probe::new());
    let ready = sink
        .as_mut()
        .poll_ready(&mut Context::from_waker(Waker::noop()));
    // Whether the sink's own place counts is its affair; fill it.
    if ready.is_ready() {
        sink.as_mut().start_send(ledger.make(100)).expect("ready");
    }
    for _ in 0..1000 {
        let pending = sink
            .as_mut()
            .poll_ready(&mut Context::from_waker(&old.waker()));
        assert!(matches!(pending, Poll::Pending));
        assert_eq!((old.refs(), new.refs()), (1, 0));
        let pending = sink
            .as_mut()
            .poll_ready(&mut Context::from_waker(&new.waker()));
        assert!(matches!(pending, Poll::Pending));
        assert_eq!((old.refs(), new.refs()), (0, 1));
    }
    drop(rx.try_recv().expect("a message"));
    assert_eq!(old.wakes(), 0);
    assert_eq!(new.wakes(), 1);
    let ready = sink
        .as_mut()
        .poll_ready(&mut Context::from_waker(&new.waker()));
    assert!(matches!(ready, Poll::Ready(Ok(()))));
    drop(sink);
    assert_eq!((old.refs(), new.refs()), (0, 0));
    drop(rx);
    ledger.assert_all_dropped();
}
