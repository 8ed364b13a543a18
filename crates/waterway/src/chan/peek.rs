//! A message moved aside.
//!
//! In a ring a peeked message is moved to the side cell, behind the slots, out of reach
//! of a displacement: the head is claimed and the slot freed, while `PEEKED` in the tail word
//! keeps one slot from being claimed, set before the slot is free. It comes first at the next
//! receive, which ends the peek; so does the end of the receiving side. At a rendezvous the message is
//! pulled from its sender, whose send is complete then. In segments and lanes, where nothing displaces,
//! it stays where it is.
//!
//! A lease is a look that may change what it sees, and take it. Nothing has to be undone when it ends: the
//! message is the next until it is received, by this receiver or, if a manager lives, by one after it.

use super::notice::{FLUSH, ROOM_WANTED};
use super::recv::After;
use super::{Chan, Form, WakeBatch};
use crate::kind::Kind;
use crate::store::words::{self, PARKED, PEEKED};
use crate::sync::{Modify, Ordering};

impl<T, K: Kind> Chan<T, K> {
    /// Whether a message lies in the side cell.
    pub(super) fn lies_aside(&self) -> bool {
        matches!(Self::form(self.core().shape), Form::Ring | Form::Direct) && self.holds_aside()
    }

    /// Where the next message lies, if it is there. It stays there until it is taken.
    pub(crate) fn peek_now(&self) -> Option<*mut T> {
        let core = self.core();
        let shape = core.shape;
        if self.lies_aside() {
            return Some(self.side());
        }
        let after = match Self::form(shape) {
            Form::Segments => {
                // ORDERING: Relaxed: only the receiver moves the head of segments.
                let (segment, index) = self.segment_at(core.recv.head.load(Ordering::Relaxed))?;
                return segment.is_full(index).then(|| segment.value(index));
            }
            Form::Lane | Form::Chain => {
                let (head, known) = self.known_in_lane(shape);
                return (known > 0).then(|| self.place_at(shape, head));
            }
            Form::Ring => self.move_aside(),
            Form::Direct => self.pull_aside(),
        }?;
        self.follow_up(after);
        Some(self.side())
    }

    fn move_aside(&self) -> Option<After> {
        let core = self.core();
        let shape = core.shape;
        // A look that saves the trouble if nothing is there.
        loop {
            // ORDERING: Relaxed: the receiver's own word; a displacement that moved it has changed
            // the stamp as well.
            let head = core.recv.head.load(Ordering::Relaxed);
            if self.ring(shape).is_full(head) {
                break;
            }
            // ORDERING: Relaxed, as above.
            if core.recv.head.load(Ordering::Relaxed) == head {
                return None;
            }
        }
        // The lock keeps displacements away.
        let lists = core.lists();
        // ORDERING: AcqRel as every move of the tail. It comes before the slot is freed.
        core.send.tail.or_as::<K::Access>(PEEKED, Ordering::AcqRel);
        // ORDERING: Relaxed: the receiver's own word, and displacements hold the lock.
        let head = core.recv.head.load(Ordering::Relaxed);
        if !self.ring(shape).is_full(head) {
            // Displaced just before.
            // ORDERING: AcqRel: see who waits, as in `return_permits`.
            let tail = core
                .send
                .tail
                .and_as::<K::Access>(!PEEKED, Ordering::AcqRel);
            drop(lists);
            if tail & PARKED != 0 {
                self.refill();
            }
            return None;
        }
        // ORDERING: Release, as every move of the head.
        core.recv.head.store(shape.next(head), Ordering::Release);
        // ORDERING: Release pairs with the Acquire in `is_received`. Until it is stored a flush
        // compares with the position of an earlier peek, and waits for the end of this one, which
        // tells it.
        core.send
            .limit
            .store(words::position(head), Ordering::Release);
        // SAFETY: claimed after it was seen full; the side cell is free.
        let seen = unsafe { self.take_claimed(shape, head, self.side()) };
        let after = self.after_slot(seen, head);
        self.set_aside(true);
        drop(lists);
        Some(after)
    }

    fn pull_aside(&self) -> Option<After> {
        let core = self.core();
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        // SAFETY: the lock is held; the side cell is free.
        let taken = unsafe { self.pull(&mut lists, &mut batch, self.side()) };
        if taken {
            // ORDERING: as in `move_aside`.
            core.send.tail.or_as::<K::Access>(PEEKED, Ordering::AcqRel);
            self.set_aside(true);
        }
        drop(lists);
        batch.fire();
        taken.then_some(After::NOTHING)
    }

    /// Takes the message in the side cell.
    ///
    /// # Safety
    /// A message lies aside, and `message` points at room for one.
    #[cold]
    pub(super) unsafe fn take_aside(&self, message: *mut T) -> Option<After> {
        let core = self.core();
        // SAFETY: by the caller's promise.
        unsafe { core::ptr::copy_nonoverlapping(self.side(), message, 1) };
        self.set_aside(false);
        // ORDERING: AcqRel: see who waits, as in `return_permits`.
        let tail = core
            .send
            .tail
            .and_as::<K::Access>(!PEEKED, Ordering::AcqRel);
        let refill = tail & PARKED != 0 && Self::form(core.shape) == Form::Ring;
        Some(After(if refill { FLUSH | ROOM_WANTED } else { FLUSH }))
    }
}
