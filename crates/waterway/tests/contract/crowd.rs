//! Several receives that wait side by side: what the concerns of many receivers need.

use super::help::OwnedSend;
use super::kind::{Receiver, Sender};
use crate::support::{Ledger, Probe, Tracked, poll_noop, poll_once};
use futures_core::Stream;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A way to wait for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Recv,
    RecvMany,
    Until,
    Stream,
    PollRecv,
    PollRecvMany,
    /// These two hold a receiver of their own.
    RecvOwned,
    IntoStream,
}
use Way::{IntoStream, PollRecv, PollRecvMany, Recv, RecvMany, RecvOwned, Until};

/// Those that borrow: to forget one keeps no receiver alive.
pub(crate) const BORROWED: [Way; 6] = [Recv, RecvMany, Until, Way::Stream, PollRecv, PollRecvMany];
pub(crate) const WAYS: [Way; 8] = [
    Recv,
    RecvMany,
    Until,
    Way::Stream,
    PollRecv,
    PollRecvMany,
    RecvOwned,
    IntoStream,
];

type Got<'a> = Pin<Box<dyn Future<Output = Option<Vec<u64>>> + 'a>>;

fn ids(messages: &[Tracked]) -> Vec<u64> {
    messages.iter().map(Tracked::id).collect()
}

fn only(message: Option<Tracked>) -> Option<Vec<u64>> {
    message.map(|message| vec![message.id()])
}

/// One that waits, and its waker's probe.
pub(crate) struct Waiting<'a> {
    op: Got<'a>,
    pub(crate) probe: Probe,
}

impl<'a> Waiting<'a> {
    /// Not polled yet.
    pub(crate) fn new(way: Way, rx: &'a Receiver<Tracked>) -> Self {
        let op: Got<'a> = match way {
            Recv => Box::pin(async { only(rx.recv().await) }),
            RecvMany => Box::pin(async {
                let mut buffer = Vec::new();
                let got = rx.recv_many(&mut buffer, 3).await;
                got.map(|_| ids(&buffer))
            }),
            Until => Box::pin(async { only(rx.recv().until(pending::<()>()).await.ok()) }),
            Way::Stream => {
                let mut stream = rx.stream();
                Box::pin(poll_fn(move |cx| {
                    Pin::new(&mut stream).poll_next(cx).map(only)
                }))
            }
            PollRecv => {
                let mut stream = rx.stream();
                Box::pin(poll_fn(move |cx| stream.poll_recv(cx).map(only)))
            }
            PollRecvMany => {
                let mut stream = rx.stream();
                Box::pin(poll_fn(move |cx| {
                    let mut buffer = Vec::new();
                    let got = stream.poll_recv_many(cx, &mut buffer, 3);
                    got.map(|got| got.map(|_| ids(&buffer)))
                }))
            }
            RecvOwned => {
                let rx = rx.clone();
                Box::pin(async move { only(rx.recv_owned().await.0) })
            }
            IntoStream => {
                let mut stream = rx.clone().into_stream();
                Box::pin(poll_fn(move |cx| stream.poll_recv(cx).map(only)))
            }
        };
        Waiting {
            op,
            probe: Probe::new(),
        }
    }

    /// Polled once, and it waits.
    #[track_caller]
    pub(crate) fn park(way: Way, rx: &'a Receiver<Tracked>) -> Self {
        let mut waiting = Self::new(way, rx);
        assert!(waiting.poll().is_pending(), "{way:?}: nothing is there");
        waiting
    }

    pub(crate) fn poll(&mut self) -> Poll<Option<Vec<u64>>> {
        self.probe.take_woken();
        poll_once(self.op.as_mut(), &self.probe.waker())
    }

    /// From now on another waker is to be woken; polls with that.
    pub(crate) fn poll_anew(&mut self) -> Poll<Option<Vec<u64>>> {
        self.probe = Probe::new();
        self.poll()
    }

    pub(crate) fn woken(&self) -> bool {
        self.probe.is_woken()
    }

    /// Leaks it: neither polled nor dropped again.
    pub(crate) fn forget(self) {
        std::mem::forget(self.op);
    }
}

/// So many that wait, one after the other, each in another way.
#[track_caller]
pub(crate) fn park_all(rx: &Receiver<Tracked>, n: usize) -> Vec<Waiting<'_>> {
    let ways = WAYS.iter().cycle().take(n);
    ways.map(|way| Waiting::park(*way, rx)).collect()
}

/// Which of them are woken.
pub(crate) fn woken(waiting: &[Waiting<'_>]) -> Vec<usize> {
    (0..waiting.len()).filter(|i| waiting[*i].woken()).collect()
}

/// Polls who was woken, until nobody is. Those who got something leave; gives what they got, and how many
/// saw the end.
pub(crate) fn run(waiting: &mut Vec<Waiting<'_>>) -> (Vec<u64>, usize) {
    let (mut got, mut ends) = (Vec::new(), 0);
    while let Some(i) = waiting.iter().position(Waiting::woken) {
        match waiting[i].poll() {
            Poll::Pending => continue,
            Poll::Ready(Some(ids)) => got.extend(ids),
            Poll::Ready(None) => ends += 1,
        }
        drop(waiting.remove(i));
    }
    (got, ends)
}

/// Starts to send a message: it is in the channel, or with a sender that waits.
#[must_use = "a send that waits has to be kept"]
pub(crate) fn put(tx: &Sender<Tracked>, ledger: &Ledger, id: u64) -> OwnedSend {
    let mut op = Box::pin(tx.clone().send_owned(ledger.make(id)));
    // One that is ready already is spent, and kept for nothing.
    let _ = poll_noop(op.as_mut());
    op
}
