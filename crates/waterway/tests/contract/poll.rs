//! The poll-shaped ways in of a receiver: `poll_recv`, `Stream`.

use super::Form;
use super::help::fill;
use super::{handle, poller};
use crate::support::{Ledger, Probe, Tracked, poll_noop};
use futures_core::stream::{FusedStream, Stream};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

on_every_form!(
    a_receiver_is_a_stream,
    a_stream_ends_fused,

);
gathering!(on_every_form!(poll_recv_many_appends););

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

gathering! {
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
}
