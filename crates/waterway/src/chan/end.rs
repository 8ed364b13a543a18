//! Close, drain.

use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::notice::ABANDONED;
use super::{Chan, Form, Header, Lists, Segment, Shape, WakeBatch};
use crate::kind::Kind;
use crate::store::words::{self, CLOSED, GONE};
use crate::sync::{Modify, Ordering};
use crate::unwind::Defer;
use crate::wait::{Demand, State};

/// How far a drain has come.
#[derive(Default)]
struct Draining {
    /// A claim without a message was found: publishers may look at their slots once more.
    abandoned: Cell<bool>,
    /// The segment that was reached.
    segment: Cell<Option<NonNull<Header>>>,
}

impl<T, K: Kind> Chan<T, K> {
    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Acquire: what was done before the close is seen.
        self.core().send.tail.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Whether the last receiver is gone.
    pub(crate) fn is_gone(&self) -> bool {
        // ORDERING: Acquire, as above.
        self.core().send.tail.load(Ordering::Acquire) & GONE != 0
    }

    /// Closes the channel and says whether this call did.
    pub(crate) fn close(&self) -> bool {
        let tail = if Self::form(self.core().shape).is_lane() {
            let lists = self.core().lists();
            self.shut(&lists, CLOSED)
        } else {
            // ORDERING: AcqRel, the announce protocol on the tail: who parks after this sees it, who
            // parked before is in the lists.
            self.core()
                .send
                .tail
                .or_as::<K::Access>(CLOSED, Ordering::AcqRel)
        };
        let _woken = Defer::new(|| self.tell_receivers());
        self.tell_closed();
        tail & CLOSED == 0
    }

    /// Sets flags after which nothing is claimed; the tail before. The lists are locked.
    pub(super) fn shut(&self, _lists: &Lists, flags: u64) -> u64 {
        if Self::form(self.core().shape).is_lane() {
            self.seal(flags)
        } else {
            // ORDERING: AcqRel, as in `close`; with `GONE` the tail's position stands still.
            self.core()
                .send
                .tail
                .or_as::<K::Access>(flags, Ordering::AcqRel)
        }
    }

    /// Gives every parked sender its message back and wakes all who wait for the end.
    fn tell_closed(&self) {
        WakeBatch::fire_all(&|batch| self.pick_closed(batch));
    }

    /// Takes some out of the lists who are to be told that the channel is closed; says whether
    /// there were any.
    fn pick_closed(&self, batch: &mut WakeBatch) -> bool {
        let core = self.core();
        let mut lists = core.lists();
        let gone = self.is_gone();
        let senders = lists.senders.pick(batch, |_| Some(State::Closed));
        self.settle(&lists);
        let watchers = lists.watchers.pick(batch, |demand| match demand {
            Demand::Received(target) if self.is_received(target) => Some(State::Done),
            Demand::Received(_) => gone.then_some(State::Closed),
            _ => Some(State::Done),
        });
        senders + watchers > 0
    }

    /// The last receiver goes: closes, and drops everything that was sent to it.
    fn abandon(&self) {
        let _drained = Defer::new(|| self.drain());
        if self.note_gone() {
            self.tell_closed();
        }
    }

    /// Whether nobody else has a handle, and nobody waits: an operation that was leaked may. For the last
    /// receiver, of several when they have been counted out, and for the last of receiver and manager.
    fn is_deserted(&self) -> bool {
        let (life, lists) = (&self.core().life, self.core().lists.get());
        // The manager first: it shares the receiver's hold, and may make a sender before it goes.
        // SAFETY: who is alone has the lists to itself.
        !life.has_manager() && life.is_alone() && unsafe { (*lists).are_empty() }
    }

    /// Drops every message that is in the channel, though one's drop panics. Nothing is sent any
    /// more, or just by those who have claimed already.
    pub(crate) fn drain(&self) {
        let progress = Draining::default();
        let rest = || {
            while self.drop_last(&progress) {}
            if !progress.abandoned.get() {
                self.free_segments();
            }
        };
        let unwind = Defer::new(rest);
        rest();
        unwind.defuse();
    }

    /// Drops a message of a channel whose last receiver is gone, if there is one.
    fn drop_last(&self, progress: &Draining) -> bool {
        let core = self.core();
        let shape = core.shape;
        let mut message = MaybeUninit::<T>::uninit();
        let room = message.as_mut_ptr();
        let taken = if self.lies_aside() {
            // SAFETY: one lies aside. Nobody waits for room any more.
            let _ = unsafe { self.take_aside(room) };
            true
        } else {
            match Self::form(shape) {
                Form::Direct => false,
                // SAFETY: room for a message; the drainer has the receiver's part. What is there is before
                // the seal, or the sender is gone.
                Form::Lane | Form::Chain => unsafe { self.take_from_lane(shape, room) }.is_some(),
                // SAFETY: as above.
                Form::Ring => unsafe { self.take_last_slot(shape, room, progress) },
                // SAFETY: as above.
                Form::Segments => unsafe { self.take_last_in_segment(room, progress) },
            }
        };
        if taken {
            // SAFETY: taken.
            unsafe { room.drop_in_place() };
        }
        taken
    }

    /// # Safety
    /// `room` points at room for a message; the receiver is gone.
    unsafe fn take_last_slot(&self, shape: Shape, room: *mut T, progress: &Draining) -> bool {
        let (core, ring) = (self.core(), self.ring(shape));
        loop {
            // ORDERING: Relaxed: nobody claims any more, since `note_gone` or because nobody else is
            // there, and the head is the drainer's: a displacement holds the lock and finds the
            // channel closed.
            let head = core.recv.head.load(Ordering::Relaxed);
            let tail = core.send.tail.load(Ordering::Relaxed);
            if words::position(head) == words::position(tail) {
                return false;
            }
            if !ring.is_full(head) {
                self.leave_to_publishers(head, progress);
            }
            // ORDERING: Release, as every move of the head.
            core.recv.head.store(shape.next(head), Ordering::Release);
            if !progress.abandoned.get() || ring.abandon::<K::Access>(head) {
                // SAFETY: there, and the drainer's.
                unsafe { ring.take(head, room) };
                return true;
            }
        }
    }

    /// A claim of a drained channel has no message yet: its publisher is to look once more after
    /// it has published, and so are those after it. What was taken before stays the drainer's; from
    /// now on each message is settled on its stamp.
    fn leave_to_publishers(&self, head: u64, progress: &Draining) {
        if progress.abandoned.replace(true) {
            return;
        }
        let core = self.core();
        // ORDERING: Release pairs with the Acquire in `is_left_behind`. With the receiver gone the
        // word is needed for nothing else.
        core.send
            .limit
            .store(words::position(head), Ordering::Release);
        let _lists = core.lists();
        core.on_publish.announce(ABANDONED, head);
    }

    /// # Safety
    /// `room` points at room for a message; the receiver is gone.
    unsafe fn take_last_in_segment(&self, room: *mut T, progress: &Draining) -> bool {
        let core = self.core();
        loop {
            // ORDERING: Relaxed: nobody claims any more, since `note_gone` or because nobody else is
            // there, and the head is the drainer's.
            let head = core.recv.head.load(Ordering::Relaxed);
            let tail = core.send.tail.load(Ordering::Relaxed);
            if words::position(head) == words::position(tail) {
                return false;
            }
            let Some((segment, index)) = self.segment_to_drain(head, progress) else {
                return false;
            };
            if !segment.is_full(index) {
                self.leave_to_publishers(head, progress);
            }
            // ORDERING: Release pairs with the Acquire in `install`.
            core.recv
                .head
                .store(words::ahead(head, 1), Ordering::Release);
            if !progress.abandoned.get() || segment.abandon::<K::Access>(index) {
                // SAFETY: there, and the drainer's.
                unsafe { segment.read(index, room) };
                return true;
            }
        }
    }

    /// The segment of a position. Those before it stay linked, see `free_segments`.
    fn segment_to_drain(&self, head: u64, progress: &Draining) -> Option<(Segment<T>, usize)> {
        let mut segment = match progress.segment.get() {
            // ORDERING: Acquire, as in `segment_at`.
            None => Segment::from_ptr(self.core().recv.segment.load(Ordering::Acquire))?,
            Some(reached) => Segment::<T>::from_ptr(reached.as_ptr())?,
        };
        loop {
            progress.segment.set(NonNull::new(segment.as_ptr()));
            let index = words::places(segment.base(), head);
            if index < segment.len() {
                return Some((segment, index));
            }
            segment = segment.next()?;
        }
    }

    /// Frees the segments of a drained channel that no publisher needs any more, unless they go with the channel
    /// right away. The sender of a chain may be about to write into the newest: that stays until the channel goes.
    fn free_segments(&self) {
        let core = self.core();
        if Self::form(core.shape) != Form::Segments || core.life.is_alone() {
            return;
        }
        // An appending sender is either before its lock, and will see that the receiver is gone,
        // or done with the list.
        drop(core.lists());
        // SAFETY: nothing is claimed any more, and all that was has been published and taken.
        unsafe { self.free_all_segments() };
    }

    /// # Safety
    /// Nobody uses any segment.
    pub(super) unsafe fn free_all_segments(&self) {
        let core = self.core();
        let null = core::ptr::null_mut();
        // ORDERING: Relaxed: by the caller's promise nobody else looks; who frees the channel
        // synchronised with everybody by its counts.
        core.send.segment.store(null, Ordering::Relaxed);
        let first = core.recv.segment.load(Ordering::Relaxed);
        core.recv.segment.store(null, Ordering::Relaxed);
        let mut next = Segment::<T>::from_ptr(first);
        while let Some(segment) = next {
            next = segment.next();
            // SAFETY: by the caller's promise.
            unsafe { segment.free() };
        }
        if let Some(spare) = self.take_spare() {
            // SAFETY: taken from the channel: nobody else knows it.
            unsafe { spare.free() };
        }
    }

    /// A sender goes.
    pub(crate) fn drop_sender(self) {
        if self.core().life.remove_sender() {
            let _released = Defer::new(|| self.release_half());
            // Without a receiving side there is nobody to wake. Where a manager may make a receiver just now,
            // only the tail tells who comes first.
            if self.core().life.has_receiving_side() {
                self.tell_receivers();
            }
        }
    }

    /// A receiver goes. With a manager nothing else happens: what is in the channel, and what lies aside, is
    /// for the next one.
    pub(crate) fn drop_receiver(self) {
        let _gone = Defer::new(|| {
            // A sole receiver need not be counted out where nobody looks. Of several each might make a
            // sender and go while this one looks: there the count comes first.
            let alone = !K::MANY_RECEIVERS && self.is_deserted();
            if alone || self.core().life.remove_receiver() {
                self.end_receiving(alone);
            }
        });
        if !K::MANY_RECEIVERS {
            self.take_waker_back();
        }
    }

    /// The manager goes.
    pub(crate) fn drop_manager(self) {
        if self.core().life.remove_manager() {
            self.end_receiving(false);
        }
    }

    /// The last of the receiving side is gone; `alone` if that is known to be the last of all.
    fn end_receiving(self, alone: bool) {
        let _released = Defer::new(|| self.release_half());
        if alone || self.is_deserted() {
            self.drain();
        } else {
            self.abandon();
        }
    }
}
