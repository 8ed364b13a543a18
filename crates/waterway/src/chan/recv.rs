//! The receiving side: claims at the head, and the end.
//!
//! # The head
//!
//! Receivers that share a channel claim a message by a compare-and-swap of the head, after they have
//! seen it there, and so does who displaces one. In a ring the stamp is seen free or full for just one
//! lap, so that the look needs no more than the slots; in segments it needs a
//! [lease](super::lease).
//!
//! # The head of a sole receiver, and who displaces
//!
//! A sole receiver claims a message by a store to the head, while a displacement takes the oldest
//! message from under its hands. Which of them has it is decided like this:
//!
//! ```text
//! receiver     stamp is full -> store head + 1 -> barrier -> look: no DISPLACING -> take
//! displacement lock -> set DISPLACING -> barrier -> read the head -> store head + 1 -> take
//! ```
//!
//! - If the receiver looked before the displacement's barrier, its store is seen: the message at
//!   the head that the displacement reads is the next one.
//! - If it looked after that it finds `DISPLACING` set: it stores the head back, waits at the lock
//!   for the outcome, and sees by the stamp whether the message is there still.
//!
//! `DISPLACING` stays set until the receiver has found it, and clears it under the lock: so a claim
//! that finds it clear comes after every displacement before it, and its look at the stamp holds.
//! A row of displacements without a receive between them passes one barrier.
//!
//! While its hand is out the receiver claims nothing, and who fills the hand moves the head under
//! the lock.
//!
//! A claim that lost may have put the head back to where it was before several displacements. The
//! stamps tell how far it really is: the next lap's mark the places that were taken
//! ([`settled_head`](Chan::settled_head)); the loser puts it right under the lock.

use core::mem::MaybeUninit;

use super::notice::{DISPLACING, FENCED, FLUSH, ROOM_WANTED};
use super::{Chan, Form, Lists, Segment, Shape, WakeBatch};
use crate::error::TryRecvError;
use crate::kind::Kind;
use crate::store::words::{self, CLOSED, PARKED};
use crate::sync::{Access, Exchange, Ordering, Word, back_off};
use crate::unwind::Defer;
use crate::wait::Demand;

/// What a receive has to do when its message is in safe hands: the notice's bits, or those of it
/// that concern it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct After(pub(super) u8);

impl After {
    pub(super) const NOTHING: Self = Self(0);
}

/// A displacement came between: what was claimed when that was seen.
struct Disturbed(Option<u64>);

impl<T, K: Kind> Chan<T, K> {
    /// Takes the next message if it is there.
    #[inline]
    pub(crate) fn recv_now(&self) -> Option<T> {
        let shape = self.core().shape;
        // Each way for itself to its end: most messages go by the first two, and fast.
        match Self::form(shape) {
            Form::Lane | Form::Chain => {
                // SAFETY: room for a message.
                self.received(|message| unsafe { self.take_from_lane(shape, message) })
            }
            // In one thread nobody else looks at a segment meanwhile.
            Form::Segments if K::MANY_RECEIVERS && !K::Access::ALONE => {
                // SAFETY: room for a message.
                self.received(|message| unsafe { self.take_from_shared_segment(message) })
            }
            Form::Segments => {
                // SAFETY: as above.
                self.received(|message| unsafe { self.take_from_segment(message) })
            }
            Form::Ring if !self.holds_aside() => self.recv_from_ring(shape),
            Form::Direct if !self.holds_aside() => {
                // SAFETY: as above.
                self.received(|message| unsafe { self.take_from_sender(message) })
            }
            Form::Ring | Form::Direct => {
                // SAFETY: as above; a message lies aside.
                self.received(|message| unsafe { self.take_aside(message) })
            }
        }
    }

    /// What `take` moves to the place that it is given.
    #[inline]
    fn received(&self, take: impl FnOnce(*mut T) -> Option<After>) -> Option<T> {
        let mut message = MaybeUninit::uninit();
        let after = take(message.as_mut_ptr())?;
        // SAFETY: taken.
        let message = unsafe { message.assume_init() };
        self.follow_up(after);
        Some(message)
    }

    #[inline(always)]
    pub(super) fn follow_up(&self, after: After) {
        if after.0 & (ROOM_WANTED | FLUSH) != 0 {
            self.follow_up_slow(after);
        }
    }

    #[cold]
    fn follow_up_slow(&self, after: After) {
        self.note_receiver();
        let _told = Defer::new(|| {
            if after.0 & FLUSH != 0 && self.flush_is_due() {
                self.tell_flushed();
            }
        });
        if after.0 & ROOM_WANTED != 0 {
            self.record_receiver();
            self.refill();
        }
    }

    /// Whatever is seldom called for is one call at each end, so that on the way of most messages little is saved for it.
    #[inline]
    fn recv_from_ring(&self, shape: Shape) -> Option<T> {
        let claimed = if K::MANY_RECEIVERS {
            Ok(self.claim_shared(shape))
        } else {
            self.claim_undisturbed(shape)
        };
        match claimed {
            Ok(claimed) => self.recv_claimed(shape, claimed?),
            Err(disturbed) => self.recv_disturbed(shape, disturbed),
        }
    }

    /// The caller has claimed this position at the head after its message was seen there.
    #[inline]
    fn recv_claimed(&self, shape: Shape, head: u64) -> Option<T> {
        let mut message = MaybeUninit::uninit();
        // SAFETY: claimed, and room for a message.
        let seen = unsafe { self.take_claimed(shape, head, message.as_mut_ptr()) };
        // SAFETY: taken.
        let message = unsafe { message.assume_init() };
        if seen & (ROOM_WANTED | FLUSH) != 0 || !self.is_usual(seen, head) {
            self.attend(seen, head);
        }
        Some(message)
    }

    /// There is more to do after the message of this position was received.
    #[cold]
    #[inline(never)]
    fn attend(&self, seen: u8, head: u64) {
        self.follow_up(self.after_slot(seen, head));
    }

    #[cold]
    #[inline(never)]
    fn recv_disturbed(&self, shape: Shape, disturbed: Disturbed) -> Option<T> {
        let head = self.claim_disturbed(shape, disturbed)?;
        self.recv_claimed(shape, head)
    }

    /// Moves a message of the ring out, frees its slot, and looks at the notice who waits for that.
    ///
    /// # Safety
    /// The caller has claimed this position at the head after its message was seen there, and
    /// `message` points at room for a message.
    #[inline(always)]
    pub(super) unsafe fn take_claimed(&self, shape: Shape, head: u64, message: *mut T) -> u8 {
        // SAFETY: passed on.
        unsafe { self.ring(shape).take(head, message) };
        self.core().on_receive.look_received()
    }

    /// Looks at the notice after the message of a position was received.
    #[inline(always)]
    pub(super) fn after_receive(&self, head: u64) -> After {
        self.after_look(self.core().on_receive.look_received(), head)
    }

    /// That look came to this.
    #[inline(always)]
    pub(super) fn after_look(&self, seen: u8, head: u64) -> After {
        self.consider_calm(&self.core().on_receive, FENCED, seen, head);
        After(seen)
    }

    /// Claims the oldest message of the ring if it is there, among several receivers: who moves the head has it. The
    /// head word before that.
    #[inline(always)]
    fn claim_shared(&self, shape: Shape) -> Option<u64> {
        let (word, ring) = (&self.core().recv.head, self.ring(shape));
        // ORDERING: Acquire: what was done before the head was moved is seen.
        let mut head = word.load(Ordering::Acquire);
        loop {
            if ring.is_full(head) {
                // ORDERING: AcqRel: Release, as every move of the head; Acquire, as above.
                match word.exchange::<K::Access>(
                    head,
                    shape.next(head),
                    Ordering::AcqRel,
                    Ordering::Acquire,
                ) {
                    Ok(_) => return Some(head),
                    Err(now) => {
                        back_off();
                        head = now;
                    }
                }
            } else {
                // ORDERING: Acquire, as above.
                let now = word.load(Ordering::Acquire);
                if now == head {
                    return None;
                }
                head = now;
            }
        }
    }

    /// Again and again, as displacements come between.
    #[cold]
    fn claim_disturbed(&self, shape: Shape, mut disturbed: Disturbed) -> Option<u64> {
        loop {
            if let Disturbed(Some(head)) = disturbed {
                if self.settle_claim(shape, head) {
                    return Some(head);
                }
            }
            match self.claim_undisturbed(shape) {
                Ok(claimed) => return claimed,
                Err(again) => disturbed = again,
            }
        }
    }

    /// The same for a sole receiver, unless a displacement comes between.
    #[inline(always)]
    fn claim_undisturbed(&self, shape: Shape) -> Result<Option<u64>, Disturbed> {
        let (core, ring) = (self.core(), self.ring(shape));
        // ORDERING: Relaxed: the receiver's own word; a displacement that moved it has changed
        // the stamp as well.
        let head = core.recv.head.load(Ordering::Relaxed);
        if ring.is_full(head) {
            core.recv.head.put(shape.next(head));
            let seen = core.on_receive.look_claimed();
            if seen & DISPLACING == 0 {
                return Ok(Some(head));
            }
            return Err(Disturbed(Some(head)));
        }
        // ORDERING: Relaxed, as above.
        if core.recv.head.load(Ordering::Relaxed) == head {
            Ok(None)
        } else {
            Err(Disturbed(None))
        }
    }

    /// A displacement came between: steps back, lets it have the message, and says whether it could
    /// be claimed after all.
    #[cold]
    fn settle_claim(&self, shape: Shape, head: u64) -> bool {
        let core = self.core();
        // Who displaces is not to wait for a receiver that waits for the lock.
        // ORDERING: Release, as every move of the head.
        core.recv.head.store(head, Ordering::Release);
        let lists = core.lists();
        core.on_receive.clear(DISPLACING);
        if self.ring(shape).is_full(head) {
            // ORDERING: Release, as above.
            core.recv.head.store(shape.next(head), Ordering::Release);
            return true;
        }
        let head = self.settled_head(shape);
        // ORDERING: Release, as above.
        core.recv.head.store(head, Ordering::Release);
        drop(lists);
        if core.on_receive.hint() & FLUSH != 0 && self.flush_is_due() {
            self.tell_flushed();
        }
        false
    }

    /// The head of a ring. The lock is held, so that nothing is being displaced but by the caller;
    /// a claim that came too late may have put the word back.
    pub(super) fn settled_head(&self, shape: Shape) -> u64 {
        // ORDERING: Acquire: what was done before they were moved is seen.
        let mut head = self.core().recv.head.load(Ordering::Acquire);
        if K::MANY_RECEIVERS {
            // It only moves on.
            return head;
        }
        let tail = self.core().send.tail.load(Ordering::Acquire);
        let least = shape.lap_behind(words::position(tail));
        if !words::reached(head, least) {
            head = least;
        }
        while self.ring(shape).is_past(head) {
            head = shape.next(head);
        }
        head
    }

    /// # Safety
    /// `message` points at room for a message.
    #[inline(always)]
    unsafe fn take_from_segment(&self, message: *mut T) -> Option<After> {
        let core = self.core();
        // ORDERING: Relaxed: only the receiver, or only this thread, moves the head of segments.
        let head = core.recv.head.load(Ordering::Relaxed);
        let (segment, index) = self.segment_at(head)?;
        if !segment.is_full(index) {
            return None;
        }
        // SAFETY: it is there, and nobody but the one receiver takes from segments.
        unsafe { segment.read(index, message) };
        core.recv.head.put(words::ahead(head, 1));
        Some(self.after_segment(head))
    }

    /// Looks at the notice after the message of this position was received from a segment, of which
    /// nobody waits for room.
    #[inline(always)]
    pub(super) fn after_segment(&self, head: u64) -> After {
        After(self.after_receive(head).0 & FLUSH)
    }

    /// The segment that the head stands in, and its index there. Segments that the head has left
    /// are let go.
    #[inline(always)]
    pub(super) fn segment_at(&self, head: u64) -> Option<(Segment<T>, usize)> {
        // ORDERING: Acquire pairs with the Release in `install`; later ones are stored here.
        let segment = self.core().recv.segment.load(Ordering::Acquire);
        let segment = Segment::<T>::from_ptr(segment)?;
        let index = words::places(segment.base(), head);
        if index < segment.len() {
            return Some((segment, index));
        }
        self.next_segment(segment)
    }

    /// Leaves a segment for the next, if there is one.
    #[cold]
    fn next_segment(&self, segment: Segment<T>) -> Option<(Segment<T>, usize)> {
        let next = segment.next()?;
        // ORDERING: Relaxed: read by the receiver only, once the first is there.
        self.core()
            .recv
            .segment
            .store(next.as_ptr(), Ordering::Relaxed);
        self.discard(segment);
        Some((next, 0))
    }

    /// At a rendezvous: takes the message of the oldest parked send.
    ///
    /// # Safety
    /// `message` points at room for a message.
    #[inline(never)]
    unsafe fn take_from_sender(&self, message: *mut T) -> Option<After> {
        let core = self.core();
        // ORDERING: Acquire: pairs with the setting in `park_send`; who parks after this look
        // finds the receiver's waker, if it waits.
        if core.send.tail.load(Ordering::Acquire) & PARKED == 0 {
            return None;
        }
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        // SAFETY: the lock is held, the room passed on.
        let taken = unsafe { self.pull(&mut lists, &mut batch, message) };
        drop(lists);
        // The message is not in safe hands yet: a panicking waker must not make it leak.
        let loss = Defer::new(|| {
            if taken {
                // SAFETY: it was taken, and nobody will read it.
                unsafe { message.drop_in_place() };
            }
        });
        batch.fire();
        loss.defuse();
        taken.then_some(After::NOTHING)
    }

    /// # Safety
    /// The lists are this channel's and locked; `message` points at room for a message.
    pub(super) unsafe fn pull(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        message: *mut T,
    ) -> bool {
        let mut next = lists.senders.first();
        while let Some(first) = next {
            // SAFETY: a node in the list is alive, and the lock is held.
            let node = unsafe { &*first };
            // SAFETY: as above.
            let (Demand::Send { left }, data) = (unsafe { node.demand() }) else {
                unreachable!("a rendezvous has no permits")
            };
            // SAFETY: as above.
            if !unsafe { node.claim() } {
                // SAFETY: as above.
                next = unsafe { lists.senders.after(first) };
                continue;
            }
            let data = data.cast::<T>();
            // SAFETY: the node's data points at its first message, which is taken once.
            unsafe {
                core::ptr::copy_nonoverlapping(data, message, 1);
                self.served(lists, batch, first, left, data);
            }
            self.settle(lists);
            return true;
        }
        false
    }

    /// Whether messages go from hand to hand.
    pub(crate) fn is_direct(&self) -> bool {
        Self::form(self.core().shape) == Form::Direct
    }

    /// Receives what is there, up to a limit; `None` if that is nothing, though something was asked for.
    pub(crate) fn recv_some(&self, buffer: &mut impl Extend<T>, limit: usize) -> Option<usize> {
        let mut count = 0;
        if Self::form(self.core().shape).is_lane() {
            // As long as what was received makes room for more.
            while count < limit {
                match self.take_run(buffer, limit - count) {
                    0 => break,
                    taken => count += taken,
                }
            }
            if count > 0 {
                return Some(count);
            }
        }
        while count < limit {
            let Some(message) = self.recv_now() else {
                break;
            };
            buffer.extend(Some(message));
            count += 1;
        }
        (count > 0 || limit == 0).then_some(count)
    }

    /// Receives what is there, up to a limit. Closed is decided before empty.
    pub(crate) fn try_recv_many(
        &self,
        buffer: &mut impl Extend<T>,
        limit: usize,
    ) -> Result<usize, TryRecvError> {
        self.attempt(|| self.recv_some(buffer, limit))
    }

    /// Where the next message lies. Closed is decided before empty.
    pub(crate) fn try_peek(&self) -> Result<*mut T, TryRecvError> {
        self.attempt(|| self.peek_now())
    }

    /// Messages to be read in place. Closed is decided before empty.
    pub(crate) fn try_chunk(&self, limit: usize) -> Result<(u64, usize), TryRecvError> {
        self.attempt(|| self.peek_chunk(limit))
    }

    /// Receives without waiting. Closed is decided before empty.
    #[inline]
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.attempt(|| self.recv_now())
    }

    /// What a glance finds; if that is nothing, whether this is the end.
    #[inline]
    pub(crate) fn attempt<R>(
        &self,
        mut glance: impl FnMut() -> Option<R>,
    ) -> Result<R, TryRecvError> {
        match glance() {
            Some(found) => Ok(found),
            None => self.look_again(glance),
        }
    }

    /// Whether somebody waits at the other end, or nobody may come any more.
    #[inline]
    pub(crate) fn needs_a_look(&self) -> bool {
        // ORDERING: Acquire, as in `look_again`.
        self.core().send.tail.load(Ordering::Acquire) & PARKED != 0 || self.may_be_over()
    }

    /// Whether nobody may come any more. Who waits at the other end does not count: that is said
    /// for a moment, and to nobody, by a send that then finds the channel closed.
    #[inline]
    pub(crate) fn may_be_over(&self) -> bool {
        let core = self.core();
        // ORDERING: Acquire, as in `look_again`.
        core.send.tail.load(Ordering::Acquire) & CLOSED != 0 || core.life.senders() == 0
    }

    /// Looks again after the flags were read that could say that this is the end, so that no last
    /// message is missed.
    #[inline(never)]
    fn look_again<R>(&self, mut look: impl FnMut() -> Option<R>) -> Result<R, TryRecvError> {
        let core = self.core();
        // ORDERING: Acquire: what the last sender sent is seen by the look below.
        let orphaned = core.life.senders() == 0;
        let tail = self.tail();
        if tail & PARKED != 0 && Self::form(core.shape) != Form::Direct {
            self.refill_eagerly();
        } else if tail & CLOSED == 0 && !orphaned {
            return Err(TryRecvError::Empty);
        }
        if let Some(found) = look() {
            return Ok(found);
        }
        Err(if self.is_end(tail, orphaned) {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }

    /// Whether nothing can come after what `tail` knew of, and all of that was received.
    fn is_end(&self, tail: u64, orphaned: bool) -> bool {
        let core = self.core();
        // ORDERING: Relaxed: the receiver's own word, or one that others only move on.
        let head = core.recv.head.load(Ordering::Relaxed);
        let unused = tail & CLOSED != 0 && words::permits(tail) == 0;
        (unused || orphaned) && words::reached(head, tail)
    }

    /// Whether a receive would say that the channel is closed.
    pub(crate) fn is_terminated(&self) -> bool {
        let core = self.core();
        let orphaned = core.life.senders() == 0;
        // ORDERING: Acquire, as in `look_again`.
        let tail = self.tail();
        !self.lies_aside() && tail & PARKED == 0 && self.is_end(tail, orphaned)
    }
}
