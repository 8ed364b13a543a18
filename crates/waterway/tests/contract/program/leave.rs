//! Leave to send: permits, one by one, in batches, or with their sender.

use super::super::kind::{OwnedPermit, Permit, PermitIterator, Sender};
use super::book::Book;
use crate::support::Tracked;
use waterway::SendError;

pub(super) enum Leave {
    One(Permit<'static, Tracked>),
    Many(PermitIterator<'static, Tracked>),
    Owned(OwnedPermit<Tracked>),
}

impl Leave {
    /// Sends by it; gives what is left of it, and the sender that it owned.
    pub(super) fn use_once(self, book: &mut Book) -> (Option<Leave>, Option<Sender<Tracked>>) {
        let message = book.make(false);
        let id = message.id();
        let (mut left, mut owned) = (None, None);
        let result = match self {
            Leave::One(permit) => permit.send(message),
            Leave::Owned(permit) => {
                let (sent, tx) = permit.send(message);
                owned = Some(tx);
                sent
            }
            Leave::Many(mut permits) => match permits.next() {
                Some(permit) => {
                    let sent = permit.send(message);
                    left = Some(Leave::Many(permits));
                    sent
                }
                None => Err(SendError(message)),
            },
        };
        match result {
            Ok(()) => book.sent(&[id]),
            Err(SendError(back)) => book.not_sent(&back),
        }
        (left, owned)
    }

    /// Gives it back unused, and the sender that it owned.
    pub(super) fn release(self) -> Option<Sender<Tracked>> {
        match self {
            Leave::Owned(permit) => Some(permit.release()),
            _ => None,
        }
    }
}
