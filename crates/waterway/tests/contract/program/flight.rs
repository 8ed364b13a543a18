//! Operations of the sending side in flight.

use super::super::SenderRef;
use super::super::kind::Sender;
use super::book::Book;
use super::{Kind, Leave};
use crate::support::{Probe, Tracked, poll_once};
use std::pin::Pin;
use std::task::{Poll, Waker};
use waterway::{Delivered, SendError, Unsent};

type Batch = std::vec::IntoIter<Tracked>;

/// What an operation came to, by itself or by a cancel.
enum End {
    Sent(Result<(), SendError<Tracked>>),
    SentBatch(Result<usize, Box<Unsent<Batch>>>),
    Permitted(Option<Leave>),
    Done,
}

/// And the sender that it owned.
type Ended = (End, Option<Sender<Tracked>>);

fn done() -> Ended {
    (End::Done, None)
}

fn cancelled(message: Result<Tracked, Delivered>) -> End {
    End::Sent(match message {
        Ok(back) => Err(SendError(back)),
        Err(Delivered) => Ok(()),
    })
}

/// An operation of whatever type.
trait AnyOp {
    fn poll(&mut self, waker: &Waker) -> Poll<Ended>;
    fn cancel(&mut self) -> Ended;
}

/// What its output and its cancel come to is said by functions.
struct Known<Op, Output, Cancel> {
    op: Pin<Box<Op>>,
    output: Output,
    cancel: Cancel,
}

impl<Op, Output, Cancel> AnyOp for Known<Op, Output, Cancel>
where
    Op: Future,
    Output: Fn(Op::Output) -> Ended,
    Cancel: Fn(Pin<&mut Op>) -> Ended,
{
    fn poll(&mut self, waker: &Waker) -> Poll<Ended> {
        poll_once(self.op.as_mut(), waker).map(&self.output)
    }

    fn cancel(&mut self) -> Ended {
        (self.cancel)(self.op.as_mut())
    }
}

fn any<Op: Future + 'static>(
    op: Op,
    output: impl Fn(Op::Output) -> Ended + 'static,
    cancel: impl Fn(Pin<&mut Op>) -> Ended + 'static,
) -> Box<dyn AnyOp> {
    let op = Box::pin(op);
    Box::new(Known { op, output, cancel })
}

pub(super) struct Flight {
    op: Box<dyn AnyOp>,
    kind: Kind,
    /// The sender it borrows, or has.
    pub(super) sender: usize,
    /// Its messages.
    pub(super) ids: Vec<u64>,
    /// The waker of its last poll; `None` before the first.
    probe: Option<Probe>,
}

/// What a poll of a flight came to.
pub(super) enum Landing {
    Pending,
    Done,
    Permitted(Leave),
}

impl Flight {
    /// One that borrows its sender.
    pub(super) fn start(
        kind: Kind,
        tx: SenderRef<'static, Tracked>,
        sender: usize,
        book: &mut Book,
    ) -> Flight {
        let mut ids = Vec::new();
        let mut make = |plain| {
            let message = book.make(plain);
            ids.push(message.id());
            message
        };
        let op = match kind {
            Kind::Send => any(
                tx.send(make(true)),
                |sent| (End::Sent(sent), None),
                |op| (cancelled(op.cancel()), None),
            ),
            Kind::SendMany(n) => {
                let batch: Vec<Tracked> = (0..n).map(|_| make(false)).collect();
                numbered_or!(
                    any(
                        tx.send_many(batch),
                        |sent| (End::SentBatch(sent.map_err(|e| Box::new(e.0))), None),
                        |op| (End::SentBatch(Err(Box::new(op.cancel()))), None),
                    ),
                    unreachable!("{batch:?}")
                )
            }
            Kind::Reserve => numbered_or!(
                any(
                    tx.reserve(),
                    |permit| (End::Permitted(permit.ok().map(Leave::One)), None),
                    |op| {
                        op.cancel();
                        done()
                    },
                ),
                unreachable!()
            ),
            Kind::ReserveMany(n) => numbered_or!(
                any(
                    tx.reserve_many(n.into()),
                    |permits| (End::Permitted(permits.ok().map(Leave::Many)), None),
                    |op| {
                        op.cancel();
                        done()
                    },
                ),
                unreachable!("{n}")
            ),
            Kind::Flush => numbered_or!(
                any(
                    tx.flush(),
                    |_| done(),
                    |op| {
                        op.cancel();
                        done()
                    },
                ),
                unreachable!()
            ),
            Kind::Closed => any(
                tx.closed(),
                |()| done(),
                |op| {
                    op.cancel();
                    done()
                },
            ),
            Kind::SendOwned | Kind::ReserveOwned => unreachable!("it owns its sender: {kind:?}"),
        };
        Flight {
            op,
            kind,
            sender,
            ids,
            probe: None,
        }
    }

    /// One that owns its sender.
    pub(super) fn start_owned(
        kind: Kind,
        tx: Sender<Tracked>,
        sender: usize,
        book: &mut Book,
    ) -> Flight {
        let mut ids = Vec::new();
        let op = if matches!(kind, Kind::SendOwned) {
            let message = book.make(true);
            ids.push(message.id());
            any(
                tx.send_owned(message),
                |(sent, tx)| (End::Sent(sent), Some(tx)),
                |op| {
                    let (back, tx) = op.cancel();
                    (cancelled(back), Some(tx))
                },
            )
        } else {
            numbered_or!(
                any(
                    tx.reserve_owned(),
                    |permit| match permit {
                        Ok(permit) => (End::Permitted(Some(Leave::Owned(permit))), None),
                        Err(SendError(tx)) => (End::Permitted(None), Some(tx)),
                    },
                    |op| (End::Done, Some(op.cancel())),
                ),
                unreachable!("{tx:?}")
            )
        };
        Flight {
            op,
            kind,
            sender,
            ids,
            probe: None,
        }
    }

    pub(super) fn is_owned(&self) -> bool {
        self.kind.is_owned()
    }

    pub(super) fn waits_for_the_close(&self) -> bool {
        matches!(self.kind, Kind::Closed)
    }

    /// Never polled, or woken since its last poll.
    pub(super) fn is_due(&self) -> bool {
        self.probe.as_ref().is_none_or(Probe::is_woken)
    }

    /// What came of it, and the sender that it owned.
    pub(super) fn poll(
        &mut self,
        new_waker: bool,
        book: &mut Book,
    ) -> (Landing, Option<Sender<Tracked>>) {
        book.offered(&self.ids);
        let probe = self.probe.take().filter(|_| !new_waker).unwrap_or_default();
        probe.take_woken();
        let waker = probe.waker();
        self.probe = Some(probe);
        match self.op.poll(&waker) {
            Poll::Pending => (Landing::Pending, None),
            Poll::Ready((end, tx)) => (self.note(end, book), tx),
        }
    }

    /// Gives the sender that it owned.
    pub(super) fn cancel(mut self, book: &mut Book) -> Option<Sender<Tracked>> {
        let (end, tx) = self.op.cancel();
        self.note(end, book);
        tx
    }

    fn note(&self, end: End, book: &mut Book) -> Landing {
        match end {
            End::Sent(Ok(())) => book.sent(&self.ids),
            End::Sent(Err(SendError(back))) => book.not_sent(&back),
            End::SentBatch(Ok(n)) => {
                assert_eq!(n, self.ids.len());
                book.sent(&self.ids);
            }
            End::SentBatch(Err(unsent)) => {
                book.batch_back(&self.ids, unsent.sent, unsent.rest);
            }
            End::Permitted(Some(leave)) => return Landing::Permitted(leave),
            End::Permitted(None) | End::Done => {}
        }
        Landing::Done
    }
}
