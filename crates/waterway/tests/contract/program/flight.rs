//! Operations of the sending side in flight, and permits.

use super::super::kind::{
    ClosedOp, FlushOp, OwnedPermit, Permit, PermitIterator, ReserveManyOp, ReserveOp,
    ReserveOwnedOp, SendManyOp, SendOp, SendOwnedOp, Sender,
};
use super::Kind;
use super::book::Book;
use crate::support::{Probe, Tracked, poll_once};
use std::pin::Pin;
use std::task::Poll;
use waterway::{Delivered, SendError};

type Batch = std::vec::IntoIter<Tracked>;
type Boxed<Op> = Pin<Box<Op>>;

enum Op {
    Send(Boxed<SendOp<'static, Tracked>>),
    SendOwned(Boxed<SendOwnedOp<Tracked>>),
    SendMany(Boxed<SendManyOp<'static, Batch>>),
    Reserve(Boxed<ReserveOp<'static, Tracked>>),
    ReserveMany(Boxed<ReserveManyOp<'static, Tracked>>),
    ReserveOwned(Boxed<ReserveOwnedOp<Tracked>>),
    Flush(Boxed<FlushOp<'static, Tracked>>),
    Closed(Boxed<ClosedOp<'static, Tracked>>),
}

pub(super) struct Flight {
    op: Op,
    /// The sender it borrows.
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
    pub(super) fn start(
        kind: Kind,
        tx: &'static Sender<Tracked>,
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
            Kind::Send => Op::Send(Box::pin(tx.send(make(true)))),
            Kind::SendOwned => Op::SendOwned(Box::pin(tx.clone().send_owned(make(true)))),
            Kind::SendMany(n) => {
                let batch: Vec<Tracked> = (0..n).map(|_| make(false)).collect();
                Op::SendMany(Box::pin(tx.send_many(batch)))
            }
            Kind::Reserve => Op::Reserve(Box::pin(tx.reserve())),
            Kind::ReserveMany(n) => Op::ReserveMany(Box::pin(tx.reserve_many(n.into()))),
            Kind::ReserveOwned => Op::ReserveOwned(Box::pin(tx.clone().reserve_owned())),
            Kind::Flush => Op::Flush(Box::pin(tx.flush())),
            Kind::Closed => Op::Closed(Box::pin(tx.closed())),
        };
        Flight {
            op,
            sender,
            ids,
            probe: None,
        }
    }

    /// Owns its sender, as opposed to borrowing it.
    pub(super) fn is_owned(&self) -> bool {
        matches!(self.op, Op::SendOwned(_) | Op::ReserveOwned(_))
    }

    pub(super) fn waits_for_the_close(&self) -> bool {
        matches!(self.op, Op::Closed(_))
    }

    /// Never polled, or woken since its last poll.
    pub(super) fn is_due(&self) -> bool {
        self.probe.as_ref().is_none_or(Probe::is_woken)
    }

    pub(super) fn poll(&mut self, new_waker: bool, book: &mut Book) -> Landing {
        book.offered(&self.ids);
        let probe = self.probe.take().filter(|_| !new_waker).unwrap_or_default();
        probe.take_woken();
        let waker = probe.waker();
        self.probe = Some(probe);
        let permitted = |leave: Option<Leave>| leave.map_or(Landing::Done, Landing::Permitted);
        let mut told = |result: Result<(), SendError<Tracked>>| match result {
            Ok(()) => book.sent(&self.ids),
            Err(SendError(back)) => book.not_sent(&back),
        };
        let landing = match &mut self.op {
            Op::Send(op) => poll_once(op.as_mut(), &waker).map(|result| {
                told(result);
                Landing::Done
            }),
            Op::SendOwned(op) => poll_once(op.as_mut(), &waker).map(|(result, _)| {
                told(result);
                Landing::Done
            }),
            Op::SendMany(op) => poll_once(op.as_mut(), &waker).map(|result| {
                match result {
                    Ok(n) => {
                        assert_eq!(n, self.ids.len());
                        book.sent(&self.ids);
                    }
                    Err(SendError(unsent)) => book.batch_back(&self.ids, unsent.sent, unsent.rest),
                }
                Landing::Done
            }),
            Op::Reserve(op) => {
                poll_once(op.as_mut(), &waker).map(|result| permitted(result.ok().map(Leave::One)))
            }
            Op::ReserveMany(op) => {
                poll_once(op.as_mut(), &waker).map(|result| permitted(result.ok().map(Leave::Many)))
            }
            Op::ReserveOwned(op) => poll_once(op.as_mut(), &waker)
                .map(|result| permitted(result.ok().map(Leave::Owned))),
            Op::Flush(op) => poll_once(op.as_mut(), &waker).map(|_| Landing::Done),
            Op::Closed(op) => poll_once(op.as_mut(), &waker).map(|()| Landing::Done),
        };
        match landing {
            Poll::Ready(landing) => landing,
            Poll::Pending => Landing::Pending,
        }
    }

    pub(super) fn cancel(self, book: &mut Book) {
        let verdict = match self.op {
            Op::Send(mut op) => op.as_mut().cancel(),
            Op::SendOwned(mut op) => op.as_mut().cancel().0,
            Op::SendMany(mut op) => {
                let unsent = op.as_mut().cancel();
                return book.batch_back(&self.ids, unsent.sent, unsent.rest);
            }
            Op::Reserve(mut op) => return op.as_mut().cancel(),
            Op::ReserveMany(mut op) => return op.as_mut().cancel(),
            Op::ReserveOwned(mut op) => return drop(op.as_mut().cancel()),
            Op::Flush(mut op) => return op.as_mut().cancel(),
            Op::Closed(mut op) => return op.as_mut().cancel(),
        };
        match verdict {
            Ok(back) => book.not_sent(&back),
            Err(Delivered) => book.sent(&self.ids),
        }
    }
}

/// Leave to send.
pub(super) enum Leave {
    One(Permit<'static, Tracked>),
    Many(PermitIterator<'static, Tracked>),
    Owned(OwnedPermit<Tracked>),
}

impl Leave {
    pub(super) fn try_get(tx: &'static Sender<Tracked>, way: u8) -> Option<Leave> {
        match way % 3 {
            0 => tx.try_reserve().ok().map(Leave::One),
            1 => tx.try_reserve_many(2).ok().map(Leave::Many),
            _ => tx.clone().try_reserve_owned().ok().map(Leave::Owned),
        }
    }

    /// Sends by it; gives back what is left of it.
    pub(super) fn use_once(self, book: &mut Book) -> Option<Leave> {
        let message = book.make(false);
        let id = message.id();
        let mut left = None;
        let result = match self {
            Leave::One(permit) => permit.send(message),
            Leave::Owned(permit) => permit.send(message).0,
            Leave::Many(mut permits) => match permits.next() {
                Some(permit) => {
                    left = Some(Leave::Many(permits));
                    permit.send(message)
                }
                None => Err(SendError(message)),
            },
        };
        match result {
            Ok(()) => book.sent(&[id]),
            Err(SendError(back)) => book.not_sent(&back),
        }
        left
    }
}
