//! A task that would have to sleep stays awake for a moment, while the other end may be busy in another thread.
//!
//! That is for speed alone: see [`presence`](crate::wait::Presence). Each end notes where it is when it sleeps
//! or wakes somebody. A sender lingers until half of the room is free, so that what it does next is worth a
//! while; not behind others who are parked, and not at a rendezvous, where it has to be found. A receiver
//! lingers until there is a message.

use super::{Chan, Form};
use crate::kind::Kind;
use crate::store::words::{self, CLOSED, PARKED};
use crate::sync::{Access, Ordering};
use crate::wait::How;

impl<T, K: Kind> Chan<T, K> {
    /// With fewer slots than this a moment brings too little.
    const LEAST: usize = 4;

    /// A sender is in this thread, and sleeps or wakes a receiver.
    #[inline]
    pub(super) fn note_sender(&self) {
        if !K::Access::ALONE {
            self.core().sender_seen.note();
        }
    }

    /// The same of a receiver.
    #[inline]
    pub(super) fn note_receiver(&self) {
        if !K::Access::ALONE {
            self.core().receiver_seen.note();
        }
    }

    /// Somebody who sends, or reserves, finds no room. Says whether it is worth while to look again.
    #[inline]
    pub(crate) fn linger_for_room(&self, how: How<'_>) -> bool {
        matches!(how, How::Task(_))
            && !K::Access::ALONE
            && self.core().receiver_seen.is_elsewhere()
            && self.linger_for_half()
    }

    #[cold]
    fn linger_for_half(&self) -> bool {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: Relaxed: a guess about timing; so are the looks below.
        let is_worth_while = shape
            .capacity()
            .is_some_and(|capacity| capacity >= Self::LEAST)
            && core.send.tail.load(Ordering::Relaxed) & (PARKED | CLOSED) == 0;
        is_worth_while
            && core.sender_seen.linger(|| {
                let head = core.recv.head.load(Ordering::Relaxed);
                let tail = self.tail();
                let permits = usize::try_from(words::permits(tail)).unwrap_or(usize::MAX);
                let used = shape.distance(head, tail).saturating_add(permits);
                tail & (PARKED | CLOSED) != 0 || used <= shape.most_permits() / 2
            })
    }

    /// A receiver finds nothing. Says whether it is worth while to look again.
    #[inline]
    pub(crate) fn linger_for_message(&self, how: How<'_>) -> bool {
        matches!(how, How::Task(_))
            && !K::Access::ALONE
            && self.core().sender_seen.is_elsewhere()
            && self.linger_for_one()
    }

    #[cold]
    fn linger_for_one(&self) -> bool {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: Relaxed: a guess about timing.
        let head = || core.recv.head.load(Ordering::Relaxed);
        match Self::form(shape) {
            _ if self.may_be_over() => false,
            Form::Direct => false,
            Form::Ring | Form::Lane if shape.most_permits() < Self::LEAST => false,
            // Stamps are where messages are: the tail is left to the senders.
            Form::Ring => core
                .receiver_seen
                .linger(|| self.ring(shape).is_full(head())),
            Form::Lane | Form::Segments | Form::Chain => {
                let is_there = || words::position(self.tail()) != words::position(head());
                core.receiver_seen.linger(is_there)
            }
        }
    }
}
