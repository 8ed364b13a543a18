//! The sending side: claims at the tail.

use core::mem::{ManuallyDrop, MaybeUninit};

use super::notice::{ABANDONED, DISPLACING, FENCED, FLUSH, HAND, PACED, RECEIVER_WAITS};
use super::{Chan, Form, PERMIT, Segment, Shape, WakeBatch};
use crate::error::TrySendError;
use crate::kind::Kind;
use crate::store::words::{self, AWAITED, CLOSED, GONE, PARKED, PEEKED};
use crate::sync::{Exchange, Modify, Ordering, back_off, give_way};
use crate::unwind::Defer;
use crate::wait::{Node, State};

/// How many messages can wait in an unbounded channel: positions are told apart by half their
/// range.
const MOST_MESSAGES: usize = 1 << 31;

/// Why nothing was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No room, or others wait for it.
    Full,
    /// The channel is closed to this claim.
    Closed,
}

impl Refused {
    /// The error of who had no message yet.
    pub(crate) fn bare(self) -> TrySendError<()> {
        match self {
            Self::Full => TrySendError::Full(()),
            Self::Closed => TrySendError::Closed(()),
        }
    }

    /// The error that gives the message back.
    ///
    /// # Safety
    /// The message is there, and not used again.
    unsafe fn with<T>(self, message: &mut ManuallyDrop<T>) -> TrySendError<T> {
        match self {
            // SAFETY: passed on.
            Self::Full => TrySendError::Full(unsafe { ManuallyDrop::take(message) }),
            // SAFETY: passed on.
            Self::Closed => TrySendError::Closed(unsafe { ManuallyDrop::take(message) }),
        }
    }
}

/// On whose behalf a position is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Somebody new: not past those who wait.
    Fresh,
    /// Under the lists' lock: the first of those who wait, one who displaces, or one who passes
    /// those who do not come.
    Parked,
    /// The same for the last message of those who wait: with it `PARKED` goes.
    LastParked,
    /// The holder of a permit, whose room is reserved.
    Permit,
}

impl Claim {
    /// Whether the flags of the tail allow it.
    #[inline(always)]
    pub(super) fn check(self, tail: u64) -> Result<(), Refused> {
        let (barred, closed) = match self {
            Self::Fresh => (CLOSED | PARKED, CLOSED),
            Self::Parked | Self::LastParked => (CLOSED, CLOSED),
            Self::Permit => (GONE, GONE),
        };
        if tail & barred == 0 {
            Ok(())
        } else if tail & closed != 0 {
            Err(Refused::Closed)
        } else {
            Err(Refused::Full)
        }
    }

    /// Whether the lists' lock is held.
    #[inline(always)]
    pub(super) fn is_locked(self) -> bool {
        matches!(self, Self::Parked | Self::LastParked)
    }

    /// The tail after the position was moved on. Who claims answers for the receiver that waited.
    #[inline(always)]
    fn moved(self, next: u64) -> u64 {
        let next = next & !AWAITED;
        match self {
            Self::Fresh | Self::Parked => next,
            Self::LastParked => next & !PARKED,
            Self::Permit => next - PERMIT,
        }
    }

    /// The tail after one position of a ring was claimed.
    #[inline(always)]
    fn advance(self, shape: Shape, tail: u64) -> u64 {
        self.moved(shape.next(tail))
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// Moves a message in if that can be done now; calls `wanted` with the claim then if the receiver
    /// announced that it waits for it. At a rendezvous the receiver that it went to is woken here.
    ///
    /// # Safety
    /// `message` points at a message that is the caller's; on success it is moved out.
    #[inline(always)]
    pub(super) unsafe fn push(
        &self,
        claim: Claim,
        message: *mut T,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let shape = self.core().shape;
        match Self::form(shape) {
            // SAFETY: passed on.
            Form::Ring => unsafe { self.push_to_ring(shape, claim, message, wanted) },
            // SAFETY: passed on.
            Form::Lane | Form::Chain => unsafe { self.push_to_lane(shape, claim, message, wanted) },
            // SAFETY: passed on.
            Form::Segments => unsafe { self.push_to_segment(shape, claim, message, wanted) },
            // SAFETY: passed on.
            Form::Direct => unsafe { self.hand_over(claim, message) },
        }
    }

    /// [`push`](Self::push) of somebody new, of as many of `left` messages as can be moved in one go: at
    /// least one. Says how many.
    ///
    /// # Safety
    /// As for `push`, for each of the messages.
    #[inline(always)]
    pub(super) unsafe fn push_some(
        &self,
        messages: *mut T,
        left: usize,
        wanted: impl FnOnce(u64),
    ) -> Result<usize, Refused> {
        let shape = self.core().shape;
        if left > 1 && Self::form(shape).is_lane() {
            // SAFETY: passed on.
            return unsafe { self.push_run(shape, messages, left, wanted) };
        }
        // SAFETY: passed on.
        unsafe { self.push(Claim::Fresh, messages, wanted).map(|()| 1) }
    }

    /// # Safety
    /// As for `push`.
    #[inline(always)]
    unsafe fn push_to_ring(
        &self,
        shape: Shape,
        claim: Claim,
        message: *mut T,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let core = self.core();
        let (word, ring) = (&core.send.tail, self.ring(shape));
        // ORDERING: as in `claim_slot`, of which this is the way without flags and permits.
        let tail = word.load(Ordering::Acquire);
        let claimed = if claim == Claim::Fresh
            && words::is_plain(tail)
            && ring.is_free(tail)
            && word
                .exchange::<K::Access>(
                    tail,
                    shape.next(words::position(tail)),
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                )
                .is_ok()
        {
            tail
        } else {
            self.claim_slot(shape, claim)?
        };
        // SAFETY: claimed just now; the message is the caller's.
        unsafe { ring.publish(claimed, message) };
        // SAFETY: published just now and not received; its place at the caller is free.
        let reclaim = move || unsafe { ring.reclaim::<K::Access>(claimed, message) };
        self.after_publish(claim, claimed, reclaim, wanted)
    }

    /// Looks who waits for a message that was published; `word` is the tail that was claimed.
    #[inline(always)]
    pub(super) fn after_publish(
        &self,
        claim: Claim,
        word: u64,
        reclaim: impl FnOnce() -> bool,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let (send, notice) = (&self.core().send, &self.core().on_publish);
        let lane = Self::form(self.core().shape).is_lane();
        let seen = if claim.is_locked() && !lane {
            // Under the lock the notice stands still, and who announces itself in it later takes the
            // lock and looks then.
            notice.hint()
        } else {
            notice.look_published()
        };
        // ORDERING: Acquire: the waker of who waits at a lane is seen. Behind the barrier of that look.
        let awaited = |word| if lane { send.tail.load(Ordering::Acquire) } else { word } & AWAITED;
        if u64::from(seen) | awaited(word) == 0 {
            return Ok(());
        }
        // From time to time the barriers go.
        self.consider_calm(notice, FENCED | PACED, seen, word);
        if seen & ABANDONED != 0 && self.is_reclaimable(word) && reclaim() {
            return Err(Refused::Closed);
        }
        let awaited = awaited(word) != 0;
        if awaited && lane {
            // ORDERING: AcqRel: the next time that it is set comes after this, and so does its waker.
            send.tail.and_as::<K::Access>(!AWAITED, Ordering::AcqRel);
        }
        if awaited || seen & (RECEIVER_WAITS | HAND) != 0 {
            wanted(word);
        }
        Ok(())
    }

    /// Whether this message may have been left in an abandoned channel.
    #[cold]
    fn is_reclaimable(&self, word: u64) -> bool {
        let core = self.core();
        // ORDERING: Acquire pairs with the Release in `leave_to_publishers`.
        Self::form(core.shape).is_lane()
            || words::reached(word, core.send.limit.load(Ordering::Acquire))
    }

    /// # Safety
    /// As for `push`.
    #[inline(always)]
    unsafe fn push_to_segment(
        &self,
        shape: Shape,
        claim: Claim,
        message: *mut T,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let (segment, tail) = self.claim_in_segment(shape, claim)?;
        let index = words::places(segment.base(), tail);
        // SAFETY: claimed just now, in the segment that it lies in.
        unsafe { segment.publish(index, message) };
        // SAFETY: published just now and not received: then the segment is kept as long as the
        // channel. The message's place at the caller is free.
        let reclaim = move || unsafe { segment.reclaim::<K::Access>(index, message) };
        self.after_publish(claim, tail, reclaim, wanted)
    }

    /// Claims a position of the ring: the tail word before it.
    #[inline(never)]
    fn claim_slot(&self, shape: Shape, claim: Claim) -> Result<u64, Refused> {
        let word = &self.core().send.tail;
        // ORDERING: Acquire pairs with the Release of every move of the tail: room that somebody
        // else found free, and reserved, is free for us as well.
        let mut tail = word.load(Ordering::Acquire);
        loop {
            claim.check(tail)?;
            if claim != Claim::Permit && !self.has_room(shape, tail, 1) {
                // ORDERING: Acquire, as above.
                let now = word.load(Ordering::Acquire);
                if now == tail {
                    return Err(Refused::Full);
                }
                tail = now;
                continue;
            }
            // ORDERING: AcqRel: Release hands on what was seen about free slots; Acquire as above.
            match word.exchange_weak::<K::Access>(
                tail,
                claim.advance(shape, tail),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(tail),
                Err(now) => tail = now,
            }
        }
    }

    /// Claims a position in a segment: the segment and the tail word before it.
    #[inline(always)]
    fn claim_in_segment(&self, shape: Shape, claim: Claim) -> Result<(Segment<T>, u64), Refused> {
        let send = &self.core().send;
        // ORDERING: Acquire, then in this order: the limit that is read belongs to a segment at
        // least as old as the one that is read after it (`install` stores them the other way
        // round), and a newer one exists only after the tail has come to that limit, so that the
        // compare-and-swap fails then.
        let mut tail = send.tail.load(Ordering::Acquire);
        loop {
            claim.check(tail)?;
            // ORDERING: Acquire pairs with the Release in `install`.
            let limit = send.limit.load(Ordering::Acquire);
            if words::position(tail) == limit {
                self.install(shape, claim, tail);
                // ORDERING: Acquire, as above.
                tail = send.tail.load(Ordering::Acquire);
                continue;
            }
            // ORDERING: Acquire pairs with the Release in `install`.
            let segment = send.segment.load(Ordering::Acquire);
            // ORDERING: AcqRel as in `claim_slot`.
            match send.tail.exchange_weak::<K::Access>(
                tail,
                claim.moved(words::ahead(tail, 1)),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => {
                    // The claimed position is not received before it is published: the segment
                    // stays.
                    let segment = Segment::from_ptr(segment);
                    return Ok((segment.expect("a limit comes with a segment"), tail));
                }
                Err(now) => {
                    back_off();
                    tail = now;
                }
            }
        }
    }

    /// Appends a segment, if the tail still stands at the end of the newest.
    #[cold]
    fn install(&self, shape: Shape, claim: Claim, tail: u64) {
        let core = self.core();
        // ORDERING: Relaxed: only to choose a length; the lock below decides.
        let last = Segment::<T>::from_ptr(core.send.segment.load(Ordering::Relaxed));
        // ORDERING: Acquire pairs with the Release of every move of the head: a head past the tail
        // that we know shows that the tail has moved, and the next look at it sees that.
        let head = core.recv.head.load(Ordering::Acquire);
        if words::reached(head, tail) && words::position(head) != words::position(tail) {
            // The tail is out of date: others have sent on, and it was received.
            return;
        }
        let base = words::position(tail);
        let made = self.make_segment(base, shape.distance(head, tail), last.is_none());
        // Who claims for somebody parked holds the lock already.
        let lists = (!claim.is_locked()).then(|| core.lists());
        // ORDERING: Acquire and Relaxed: the limit and the segment move under this lock only, and
        // while the tail stands at the limit it moves no further.
        let now = core.send.tail.load(Ordering::Acquire);
        let limit = core.send.limit.load(Ordering::Relaxed);
        if now & GONE != 0 || limit != base || words::position(now) != base {
            drop(lists);
            self.discard(made);
            return;
        }
        self.append(made);
        let end = words::ahead(base, made.len());
        // ORDERING: Release, the segment before the limit; pairs with `claim_in_segment`.
        core.send.limit.store(end, Ordering::Release);
    }

    /// A segment for the messages from `base` on, so many of which wait in others.
    pub(super) fn make_segment(&self, base: u64, waiting: usize, is_first: bool) -> Segment<T> {
        assert!(waiting < MOST_MESSAGES, "more than 2^31 messages wait");
        if let Some(spare) = self.take_spare() {
            // SAFETY: taken from the channel: nobody else knows it.
            unsafe { spare.recycle(base) };
            return spare;
        }
        // The newest segment is full and may be received and freed at any time: its length
        // is known from its limit no more. What is in the channel tells as much.
        let len = if is_first {
            Segment::<T>::FIRST
        } else {
            Segment::<T>::next_len(waiting)
        };
        Segment::allocate(len, base)
    }

    /// Makes a segment the newest. The caller has the lock, or is the only sender.
    pub(super) fn append(&self, made: Segment<T>) {
        let core = self.core();
        // The newest segment is alive: the receiver does not pass its end before it has a next.
        // ORDERING: Relaxed, under the lock or the caller's own.
        match Segment::<T>::from_ptr(core.send.segment.load(Ordering::Relaxed)) {
            Some(last) => last.link(made),
            // ORDERING: Release pairs with the Acquire in `segment_at`.
            None => core.recv.segment.store(made.as_ptr(), Ordering::Release),
        }
        // ORDERING: Release pairs with the Acquire in `claim_in_segment`.
        core.send.segment.store(made.as_ptr(), Ordering::Release);
    }

    /// The segment that was kept for later, if there is one.
    #[inline]
    pub(super) fn take_spare(&self) -> Option<Segment<T>> {
        let spare = &self.core().spare;
        // ORDERING: Relaxed: a look that saves the swap.
        if spare.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // ORDERING: AcqRel: takes it alone, and sees it emptied.
        Segment::from_ptr(spare.replace::<K::Access>(core::ptr::null_mut(), Ordering::AcqRel))
    }

    /// Keeps an emptied segment for later, or frees it if there is one already.
    pub(super) fn discard(&self, segment: Segment<T>) {
        let spare = &self.core().spare;
        // ORDERING: AcqRel: hands the segment over, emptied, and takes the other.
        let other = spare.replace::<K::Access>(segment.as_ptr(), Ordering::AcqRel);
        if let Some(other) = Segment::<T>::from_ptr(other) {
            // SAFETY: taken from the channel: nobody else knows it, and it is empty.
            unsafe { other.free() };
        }
    }

    /// Whether `count` more may be claimed or reserved on top of what the tail says.
    #[inline(always)]
    pub(super) fn has_room(&self, shape: Shape, tail: u64, count: u64) -> bool {
        let permits = words::permits(tail);
        match Self::form(shape) {
            Form::Direct => false,
            Form::Segments | Form::Chain => permits + count <= shape.most_permits() as u64,
            Form::Lane => permits + count <= self.free_in_lane(shape) as u64,
            Form::Ring => {
                let needed = permits + count + u64::from(tail & PEEKED != 0);
                needed <= shape.most_permits() as u64
                    && (permits..needed)
                        .all(|ahead| self.ring(shape).is_free(shape.forward(tail, ahead)))
            }
        }
    }

    /// Sends without waiting.
    #[inline]
    pub(crate) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut message = ManuallyDrop::new(message);
        // SAFETY: the message is ours, and forgotten on success.
        let mut sent = unsafe { self.push_and_wake(Claim::Fresh, &raw mut *message) };
        if sent == Err(Refused::Full) && self.only_idle_waiters() {
            // SAFETY: as above; it was not taken.
            sent = unsafe { self.send_past_waiters(&raw mut *message) };
        }
        // SAFETY: it was not taken.
        let sent = sent.map_err(|refused| unsafe { refused.with(&mut message) });
        if matches!(sent, Err(TrySendError::Full(_))) {
            self.call_for_room();
        }
        sent
    }

    /// The same on behalf of somebody who would wait.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn send_unless_full(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut message = ManuallyDrop::new(message);
        // SAFETY: as in `try_send`.
        let sent = unsafe { self.push_and_wake(Claim::Fresh, &raw mut *message) };
        // SAFETY: as in `try_send`.
        sent.map_err(|refused| unsafe { refused.with(&mut message) })
    }

    /// [`push`](Self::push), and wakes the receiver if it waits.
    ///
    /// # Safety
    /// As for `push`.
    #[inline(always)]
    unsafe fn push_and_wake(&self, claim: Claim, message: *mut T) -> Result<(), Refused> {
        let chan = *self;
        // SAFETY: passed on.
        unsafe { self.push(claim, message, move |claim| chan.wake_receiver(claim)) }
    }

    /// Whether somebody waits for room although the receiver waits, or there is room: then those were told of it and
    /// have not come, or are arms of waits that are over. Or they have gone just now, and there is room.
    #[cold]
    fn only_idle_waiters(&self) -> bool {
        let core = self.core();
        // ORDERING: Relaxed: hints; `send_past_waiters` decides under the lock.
        let tail = core.send.tail.load(Ordering::Relaxed);
        let room = || self.sees_room(core.shape, 1);
        let hands = Self::form(core.shape) == Form::Direct;
        if tail & PARKED == 0 {
            !hands && room()
        } else {
            hands || tail & AWAITED != 0 || room()
        }
    }

    /// Sends past those who wait, if everybody was served who can be, and all others are arms of waits that are
    /// over; or, if the receiver waits as well, were told that there is room and have not come for it.
    ///
    /// # Safety
    /// As for `push`; if a waker panics the message is gone.
    #[cold]
    unsafe fn send_past_waiters(&self, message: *mut T) -> Result<(), Refused> {
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        // ORDERING: Relaxed: a hint. While the receiver is busy, room is left to those who were told of it.
        let eager = self.core().send.tail.load(Ordering::Relaxed) & AWAITED != 0;
        let mut more = self.refill_locked(&mut lists, &mut batch, eager);
        let told = |node: &Node| {
            // SAFETY: the lock is held, and the node is in the list.
            node.state() == State::Woken || unsafe { node.is_lost() }
        };
        let passable =
            lists.senders.is_lost() || self.has_waiting_receiver(&lists) && lists.senders.all(told);
        let sent = if !passable || !batch.has_room() {
            Err(Refused::Full)
        } else if self.is_direct() {
            // SAFETY: the lock is held, the message passed on.
            let handed = unsafe { self.hand_over_locked(&mut lists, &mut batch, message) };
            handed.then_some(()).ok_or(Refused::Full)
        } else {
            let wanted = |claim| more |= self.serve_receiver(&mut lists, &mut batch, Some(claim));
            // SAFETY: passed on.
            unsafe { self.push(Claim::Parked, message, wanted) }
        };
        more |= sent.is_ok() && self.refill_locked(&mut lists, &mut batch, false);
        drop(lists);
        // SAFETY: passed on.
        unsafe { self.finish_send(&mut batch, more, sent.is_ok(), message) };
        sent
    }

    /// [`finish`](Self::finish), on behalf of a sender: should a waker panic, its message, if it was
    /// not sent, has nobody any more.
    ///
    /// # Safety
    /// The message was moved out, or is the caller's, and is not used again after a panic.
    unsafe fn finish_send(&self, batch: &mut WakeBatch, more: bool, sent: bool, message: *mut T) {
        let loss = Defer::new(|| {
            if !sent {
                // SAFETY: it was not taken, and nobody will read it.
                unsafe { message.drop_in_place() };
            }
        });
        self.finish(batch, more);
        loss.defuse();
    }

    /// At a rendezvous: gives the message to a receiver that can be handed one.
    ///
    /// # Safety
    /// As for `push`.
    #[inline(never)]
    unsafe fn hand_over(&self, claim: Claim, message: *mut T) -> Result<(), Refused> {
        let core = self.core();
        // ORDERING: Acquire: a closed channel takes nothing.
        claim.check(core.send.tail.load(Ordering::Acquire))?;
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        // SAFETY: the lock is held, the message passed on.
        let handed = unsafe { self.hand_over_locked(&mut lists, &mut batch, message) };
        drop(lists);
        batch.fire();
        if handed { Ok(()) } else { Err(Refused::Full) }
    }

    /// Reserves room for `count` messages.
    pub(crate) fn try_reserve(&self, count: usize) -> Result<(), Refused> {
        let reserved = self.reserve_now(count);
        if reserved == Err(Refused::Full) && self.only_idle_waiters() && self.reserve_past(count) {
            return Ok(());
        }
        reserved
    }

    /// Past arms of waits that are over.
    #[cold]
    fn reserve_past(&self, count: usize) -> bool {
        let lists = self.core().lists();
        lists.senders.is_lost() && !self.is_direct() && self.claim_permits(count)
    }

    fn reserve_now(&self, count: usize) -> Result<(), Refused> {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: as in `claim_slot`.
        let mut tail = core.send.tail.load(Ordering::Acquire);
        loop {
            match Claim::Fresh.check(tail) {
                Err(Refused::Full) if count == 0 => return Ok(()),
                checked => checked?,
            }
            match self.reserve_at(shape, tail, count) {
                Ok(()) => return Ok(()),
                Err(now) if now == tail => {
                    self.call_for_room();
                    return Err(Refused::Full);
                }
                Err(now) => tail = now,
            }
        }
    }

    /// One try to reserve; the present tail if it failed, the same if for want of room.
    pub(super) fn reserve_at(&self, shape: Shape, tail: u64, count: usize) -> Result<(), u64> {
        let word = &self.core().send.tail;
        if count == 0 {
            return Ok(());
        }
        if count > shape.most_permits() || !self.has_room(shape, tail, count as u64) {
            // ORDERING: Acquire, as in `claim_slot`.
            return Err(word.load(Ordering::Acquire));
        }
        // ORDERING: as in `claim_slot`.
        let reserved = tail + count as u64 * PERMIT;
        match word.exchange::<K::Access>(tail, reserved, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            // Another change than the room's: say that it is not the same.
            Err(now) => Err(now),
        }
    }

    /// Sends by a permit; fails only if the receiver is gone.
    pub(crate) fn send_permitted(&self, message: T) -> Result<(), T> {
        let mut message = ManuallyDrop::new(message);
        let send = &self.core().send;
        let _refilled = Defer::new(|| {
            // In segments there can be a permit more now, and no slot that becomes free tells that.
            // ORDERING: Relaxed: who parks after this looks at the tail as this claim left it.
            if matches!(Self::form(self.core().shape), Form::Segments | Form::Chain)
                && send.tail.load(Ordering::Relaxed) & PARKED != 0
            {
                self.refill();
            }
        });
        // SAFETY: the message is ours, and forgotten on success.
        let sent = unsafe { self.push_and_wake(Claim::Permit, &raw mut *message) };
        sent.map_err(|_| ManuallyDrop::into_inner(message))
    }

    /// Gives reserved room back.
    pub(crate) fn return_permits(&self, count: usize) {
        let core = self.core();
        // ORDERING: AcqRel, the announce protocol on the tail: Release hands on what was seen of
        // the free slots, Acquire sees who waits.
        let tail = core
            .send
            .tail
            .sub_as::<K::Access>(count as u64 * PERMIT, Ordering::AcqRel);
        let _told = Defer::new(|| {
            if tail & CLOSED != 0 && words::permits(tail) == count as u64 {
                self.tell_receivers();
            }
        });
        if tail & PARKED != 0 {
            self.refill();
        }
    }

    /// Sends; if there is no room, displaces the oldest message and returns it.
    pub(crate) fn force_send(&self, message: T) -> Result<Option<T>, TrySendError<T>> {
        let message = match self.try_send(message) {
            Ok(()) => return Ok(None),
            Err(TrySendError::Full(message)) if Self::form(self.core().shape) == Form::Ring => {
                message
            }
            Err(error) => return Err(error),
        };
        let mut message = ManuallyDrop::new(message);
        let mut refused = Refused::Full;
        for _ in 0..Self::PATIENCE {
            // SAFETY: the message is ours, and forgotten on success.
            match unsafe { self.displace(&raw mut *message) } {
                Some(Ok(oldest)) => return Ok(oldest),
                Some(Err(why)) => {
                    refused = why;
                    break;
                }
                None => give_way(),
            }
        }
        // SAFETY: it was not taken.
        Err(unsafe { refused.with(&mut message) })
    }

    /// How often a displacement makes way for a receive that is under way.
    const PATIENCE: u32 = 100;

    /// Puts a message into a full ring in place of the oldest. `PARKED` is set meanwhile, so that
    /// nobody else claims the slot that becomes free, and the lock keeps a peek away. `None` if the
    /// slot that is needed is the one of a receive under way, which may wait for the lock.
    ///
    /// # Safety
    /// As for `push`; if a waker panics the message is gone.
    #[cold]
    unsafe fn displace(&self, message: *mut T) -> Option<Result<Option<T>, Refused>> {
        let core = self.core();
        let shape = core.shape;
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        // ORDERING: AcqRel as for every announcement on the tail.
        core.send.tail.or_as::<K::Access>(PARKED, Ordering::AcqRel);
        if !K::MANY_RECEIVERS {
            // ORDERING: Relaxed: for a guess about timing.
            let head = core.recv.head.load(Ordering::Relaxed);
            core.on_receive.announce(DISPLACING, head);
        }
        let (mut oldest, mut wanted, mut ended) = (None, None, false);
        let sent = loop {
            // SAFETY: passed on; the lock is held.
            match unsafe { self.push(Claim::Parked, message, |claim| wanted = Some(claim)) } {
                Err(Refused::Full) => {}
                result => break Some(result),
            }
            match self.reach() {
                Reach::Oldest { tail, head } => {
                    if !self.reserve_ahead(tail) {
                        continue;
                    }
                    // SAFETY: the lock is held and the displacement announced; a message is there.
                    oldest = unsafe { self.take_displaced(shape, head) };
                    if oldest.is_none() {
                        // A receiver has it. Nobody else reserves while `PARKED` is set.
                        // ORDERING: AcqRel, as every change of the tail.
                        let tail = core.send.tail.sub_as::<K::Access>(PERMIT, Ordering::AcqRel);
                        ended |= tail & CLOSED != 0;
                        continue;
                    }
                    // SAFETY: passed on. The permit was reserved above and is backed by the slot
                    // that was freed just now.
                    break Some(unsafe {
                        self.push(Claim::Permit, message, |claim| wanted = Some(claim))
                    });
                }
                Reach::UnderWay => break None,
                Reach::Nothing => break Some(Err(Refused::Full)),
            }
        };
        let mut more = false;
        if matches!(sent, Some(Ok(_))) && wanted.is_some() {
            more = self.serve_receiver(&mut lists, &mut batch, wanted);
        }
        more |= self.refill_locked(&mut lists, &mut batch, false);
        drop(lists);
        let told = Defer::new(|| {
            // Who was told of the end may have seen the permit.
            let _ended = Defer::new(|| {
                if ended {
                    self.tell_receivers();
                }
            });
            if oldest.is_some() && core.on_receive.hint() & FLUSH != 0 {
                self.tell_flushed();
            }
        });
        let is_sent = matches!(sent, Some(Ok(())));
        // SAFETY: passed on.
        unsafe { self.finish_send(&mut batch, more, is_sent, message) };
        drop(told);
        Some(sent?.map(|()| oldest))
    }

    /// Takes the oldest message away from a sole receiver, or if none of several was faster.
    ///
    /// # Safety
    /// The lock is held, `DISPLACING` is announced to a sole receiver, and the message of this settled
    /// head is there.
    unsafe fn take_displaced(&self, shape: Shape, head: u64) -> Option<T> {
        let mut message = MaybeUninit::<T>::uninit();
        let (word, next) = (&self.core().recv.head, shape.next(head));
        if K::MANY_RECEIVERS {
            // ORDERING: AcqRel, as in `claim_shared`.
            word.exchange::<K::Access>(head, next, Ordering::AcqRel, Ordering::Relaxed)
                .ok()?;
        } else {
            // ORDERING: Release, as every move of the head. Before the stamp is written: who finds
            // that changed finds the head moved as well.
            word.store(next, Ordering::Release);
        }
        // SAFETY: the message was claimed; or the one receiver that claims it sees that it is being
        // displaced, or that it is gone.
        unsafe {
            self.ring(shape).take(head, message.as_mut_ptr());
            Some(message.assume_init())
        }
    }

    /// Reserves the slot that the displacement is about to free, if the tail is still this; not in
    /// a closed channel.
    fn reserve_ahead(&self, tail: u64) -> bool {
        // ORDERING: AcqRel, as in `claim_slot`.
        tail & CLOSED == 0
            && self
                .core()
                .send
                .tail
                .exchange::<K::Access>(tail, tail + PERMIT, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// What a displacement finds in a ring without room. The lock is held.
    fn reach(&self) -> Reach {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: Acquire: what is done next fails if the tail has moved; of the head the receiver
        // may put another value there at any time, so that it is read once.
        let tail = core.send.tail.load(Ordering::Acquire);
        let head = self.settled_head(shape);
        let needed = words::permits(tail) + u64::from(tail & PEEKED != 0);
        if tail & CLOSED != 0 || needed >= shape.most_permits() as u64 {
            return Reach::Nothing;
        }
        if shape.distance(head, tail) as u64 + needed != shape.most_permits() as u64 {
            return Reach::UnderWay;
        }
        let ring = self.ring(shape);
        if ring.is_full(head) {
            return Reach::Oldest { tail, head };
        }
        if ring.is_past(head) {
            Reach::UnderWay
        } else {
            Reach::Nothing
        }
    }
}

/// See [`reach`](Chan::reach).
enum Reach {
    /// The slot that a claim needs is that of the oldest message, which is there.
    Oldest {
        /// The tail as it was read.
        tail: u64,
        /// The settled head.
        head: u64,
    },
    /// A message was claimed at the head whose slot is not free yet, or just was.
    UnderWay,
    /// Permits hold all room, or the oldest message is not published yet.
    Nothing,
}
