//! The poll-shaped ways in: `poll_recv`, `Stream`, `Sink`.

use super::Form;
use super::help::{fill, room, take_all};
use super::{handle, poller};
use crate::support::{Ledger, Probe, Tracked, block_on, catch, poll_noop};
use futures_core::stream::{FusedStream, Stream};
use futures_sink::Sink;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use waterway::Closed;

on_every_form!(
    a_receiver_is_a_stream,
    a_stream_ends_fused,
    poll_recv_many_appends,
    a_sink_delivers_in_order,
    a_closed_sink_fails,
    a_dropped_sink_drops_its_message,
);
on_parking_forms!(a_busy_sink_panics);
on_buffered_forms!(a_sink_flushes_into_the_channel);

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn next<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut noop())
}

/// Fewer messages than that are never waited for; more need not be told.
fn assert_hint_holds(stream: &impl Stream, left: usize) {
    let (at_least, at_most) = stream.size_hint();
    assert!(at_least <= left, "{at_least} promised, {left} there");
    assert!(at_most.is_none_or(|most| most >= left));
}

fn a_receiver_is_a_stream<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut poller = poller(rx);
    assert!(next(&mut poller).is_pending());
    let n = fill::<F>(lend!(tx), &ledger);
    assert_hint_holds(&poller, n as usize);
    for id in 0..n {
        assert!(matches!(next(&mut poller), Poll::Ready(Some(m)) if m == id));
    }
    let probe = Probe::new();
    let pending = Pin::new(&mut poller).poll_next(&mut Context::from_waker(&probe.waker()));
    assert!(pending.is_pending());
    let mut send = Box::pin(tx.send(ledger.make(9)));
    let _ = poll_noop(send.as_mut());
    assert_eq!(probe.wakes(), 1);
    assert!(matches!(next(&mut poller), Poll::Ready(Some(m)) if m == 9));
    drop(send);
    // Everything the receiver can do otherwise it can do in between.
    assert!(next(&mut poller).is_pending());
    assert!(handle(&mut poller).try_recv().is_err());
    assert!(poller.poll_recv(&mut noop()).is_pending());
    drop(tx);
    assert_hint_holds(&poller, 0);
    assert!(matches!(next(&mut poller), Poll::Ready(None)));
}

fn a_stream_ends_fused<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut poller = poller(rx);
    let n = fill::<F>(lend!(tx), &ledger);
    assert!(!poller.is_terminated());
    drop(tx);
    for _ in 0..n {
        assert!(!poller.is_terminated(), "messages are left");
        assert!(matches!(next(&mut poller), Poll::Ready(Some(_))));
    }
    for _ in 0..3 {
        assert!(matches!(next(&mut poller), Poll::Ready(None)));
        assert!(poller.is_terminated());
    }
}

fn poll_recv_many_appends<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, rx) = F::make();
    let mut poller = poller(rx);
    let mut buffer: Vec<Tracked> = vec![ledger.make(77)];
    assert!(poller.poll_recv_many(&mut noop(), &mut buffer, 4).is_pending());
    assert_eq!(
        poller.poll_recv_many(&mut noop(), &mut buffer, 0),
        Poll::Ready(Some(0))
    );
    let n = fill::<F>(lend!(tx), &ledger) as usize;
    let mut total = 0;
    while total < n {
        match poller.poll_recv_many(&mut noop(), &mut buffer, 3) {
            Poll::Ready(Some(got)) => total += got,
            other => panic!("{other:?} with {} left", n - total),
        }
    }
    assert_eq!((total, buffer.len()), (n, n + 1));
    tx.close();
    assert_eq!(
        poller.poll_recv_many(&mut noop(), &mut buffer, 3),
        Poll::Ready(None)
    );
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
