//! Segments that several receivers share.
//!
//! A receiver looks at a stamp before it claims, so that none claims what is not there and has to wait
//! for it. In segments the look needs a segment that stays: while it is looked at another receiver may
//! take its last message, and free it. So whoever looks takes a *lease* first, counted in the head
//! word beside the position:
//!
//! ```text
//! head  MSB | position | leases | EPOCH | CROSSING | LSB
//! ```
//!
//! | step | by | head |
//! |---|---|---|
//! | lease | one who finds no `CROSSING`, and has read which segment is the head's | leases + 1 |
//! | claim | a leaseholder that has seen the message, and has copied it | position + 1, leases - 1 |
//! | give up | a leaseholder | leases - 1 |
//! | cross | a leaseholder that stands at the segment's end and sees the next, under the lock | sets `CROSSING`; notes the count in the old segment, makes the next one the head's; then leases 0, `EPOCH` turned |
//!
//! All but the last are compare-and-swaps that fail if anything else has changed. So two words do for a
//! message.
//!
//! - *A lease is on the segment that was read.* Which segment is the head's changes only while
//!   `CROSSING` is set, and the word is another one after that: `EPOCH` has turned, and it turns back
//!   only with another position. So a word without `CROSSING` that is still the same when the lease is
//!   taken was the same all the time between.
//! - *A segment is freed once, and after everybody has left it.* A leaseholder whose word is no longer
//!   that of its segment (another epoch, or a position behind its end) counts itself out in the segment.
//!   The count was put there before the head went on, and includes whoever crosses: it comes to zero
//!   once, by the last, who lets the segment go. This is the usual split of a reference count into an
//!   outer and an inner one (<https://www.1024cores.net/home/lock-free-algorithms/object-life-time-management/differential-reference-counting>).
//! - *What is copied before the claim is not torn.* A stamp is set once, and a segment is not used again
//!   while it is leased: the bytes of a message that is there do not change. Who loses the claim forgets
//!   its copy.
//! - *Nobody waits but for a section under the lock*, and that only once in a segment.

use super::recv::After;
use super::{Chan, Segment};
use crate::kind::Kind;
use crate::store::words::{self, CROSSING, EPOCH, LEASE};
use crate::sync::{Exchange, Modify, Ordering, back_off};

/// A hold on the segment at the head.
#[derive(Debug)]
#[must_use = "the segment is kept until the lease is given up"]
pub(super) struct Lease<T> {
    segment: Segment<T>,
    /// The head as it was seen last, of this segment.
    head: u64,
}

impl<T> Lease<T> {
    /// The head's place in the segment: its length if it is at the end.
    fn index(&self) -> usize {
        words::places(self.segment.base(), self.head)
    }

    /// Whether a head still counts the leases of this segment.
    fn is_of(&self, head: u64) -> bool {
        (head ^ self.head) & (EPOCH | CROSSING) == 0
            && words::places(self.segment.base(), head) <= self.segment.len()
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// Takes the oldest message of segments that receivers share.
    ///
    /// # Safety
    /// `message` points at room for a message.
    #[inline]
    pub(super) unsafe fn take_from_shared_segment(&self, message: *mut T) -> Option<After> {
        let core = self.core();
        // A look that saves the lease.
        // ORDERING: Acquire, the head first: at the look at the tail nothing was there then.
        let head = core.recv.head.load(Ordering::Acquire);
        let tail = core.send.tail.load(Ordering::Acquire);
        if words::position(tail) == words::position(head) {
            return None;
        }
        let mut lease = self.lease()?;
        loop {
            let index = lease.index();
            if index == lease.segment.len() {
                lease = self.cross(lease)?;
                continue;
            }
            if lease.segment.is_full(index) {
                // SAFETY: it is there, and stays as it is while the segment is leased; `message` has
                // room. Whose it is the claim decides: a copy that is not is never read.
                unsafe { lease.segment.read(index, message) };
                // ORDERING: AcqRel: Release, as every move of the head: what was read comes before
                // the segment's end. Acquire, as in `lease`.
                match core.recv.head.exchange::<K::Access>(
                    lease.head,
                    words::ahead(lease.head, 1) - LEASE,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                ) {
                    Ok(_) => return Some(self.after_segment(lease.head)),
                    Err(_) => back_off(),
                }
            }
            // ORDERING: Acquire, as in `lease`.
            let now = core.recv.head.load(Ordering::Acquire);
            let is_new = words::position(now) != words::position(lease.head);
            if lease.is_of(now) {
                lease.head = now;
                if !is_new && !lease.segment.is_full(lease.index()) {
                    self.give_up(lease);
                    return None;
                }
            } else {
                self.give_up(lease);
                lease = self.lease()?;
            }
        }
    }

    /// Takes a hold on the segment at the head, if there is one yet.
    fn lease(&self) -> Option<Lease<T>> {
        let recv = &self.core().recv;
        loop {
            // ORDERING: Acquire pairs with the Release in `cross`, so that the segment that is read
            // next is at least as new as the word.
            let head = recv.head.load(Ordering::Acquire);
            if head & CROSSING != 0 {
                self.wait_for_crossing();
                continue;
            }
            // ORDERING: Acquire pairs with the Release in `install` and `cross`.
            let segment = Segment::from_ptr(recv.segment.load(Ordering::Acquire))?;
            // ORDERING: AcqRel: Acquire, as above; Release, as every move of the head.
            let leased = recv.head.exchange::<K::Access>(
                head,
                head + LEASE,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if leased.is_ok() {
                let head = head + LEASE;
                return Some(Lease { segment, head });
            }
            back_off();
        }
    }

    /// Who crosses holds the lock.
    #[cold]
    fn wait_for_crossing(&self) {
        drop(self.core().lists());
    }

    fn give_up(&self, lease: Lease<T>) {
        let head = &self.core().recv.head;
        // ORDERING: Acquire, as in `lease`.
        let mut now = head.load(Ordering::Acquire);
        while lease.is_of(now) {
            // ORDERING: AcqRel: Release, what was read comes before the segment's end; Acquire, as
            // above.
            match head.exchange::<K::Access>(now, now - LEASE, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return,
                Err(other) => now = other,
            }
        }
        if now & CROSSING != 0 {
            self.wait_for_crossing();
        }
        if lease.segment.end_lease::<K::Access>() {
            self.discard(lease.segment);
        }
    }

    /// The head stands at the end of this segment: goes over to the next, if there is one, and takes a
    /// lease there.
    #[cold]
    fn cross(&self, lease: Lease<T>) -> Option<Lease<T>> {
        let Some(next) = lease.segment.next() else {
            self.give_up(lease);
            return None;
        };
        let recv = &self.core().recv;
        let lists = self.core().lists();
        // ORDERING: Acquire, as in `lease`.
        if lease.is_of(recv.head.load(Ordering::Acquire)) {
            // ORDERING: AcqRel: from here on nobody else changes the head. Only who holds the lock
            // goes over, so that it still stands at the end.
            let head = recv.head.or_as::<K::Access>(CROSSING, Ordering::AcqRel);
            lease.segment.set_leases(words::leases(head));
            // ORDERING: Release pairs with the Acquire in `lease`.
            recv.segment.store(next.as_ptr(), Ordering::Release);
            // ORDERING: Release: the count and the segment are seen by who sees this.
            let epoch = (head & EPOCH) ^ EPOCH;
            recv.head
                .store(words::position(head) | epoch, Ordering::Release);
        }
        drop(lists);
        self.give_up(lease);
        self.lease()
    }

    /// How many messages can be received one after the other, at most so many, and the position where
    /// that ends. The lock is held.
    pub(super) fn run_in_segments(&self, most: usize) -> (usize, u64) {
        let Some(lease) = self.lease() else {
            // ORDERING: Acquire, as in `lease`.
            return (0, self.core().recv.head.load(Ordering::Acquire));
        };
        let (mut count, mut index) = (0, lease.index());
        let mut segment = lease.segment;
        while count < most {
            if index == segment.len() {
                // While the lock is held the head does not leave the leased one, so that those after
                // it stay.
                let Some(next) = segment.next() else { break };
                (segment, index) = (next, 0);
            }
            if !segment.is_full(index) {
                break;
            }
            (count, index) = (count + 1, index + 1);
        }
        let end = words::ahead(words::position(lease.head), count);
        self.give_up(lease);
        (count, end)
    }
}
