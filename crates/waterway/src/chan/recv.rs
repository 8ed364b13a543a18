//! The receiving side: claims at the head, and the end.

use core::mem::MaybeUninit;
use core::task::Waker;

use super::notice::{RECEIVER_WAITS, ROOM_WANTED};
use super::{Chan, Form, Lists, Segment, Shape, WakeBatch};
use crate::error::TryRecvError;
use crate::kind::Kind;
use crate::store::words::{self, CLOSED, FLUSH, PARKED};
use crate::sync::Ordering;
use crate::wait::{Demand, Node, State};

/// What a receive has to do when its message is in safe hands.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct After {
    /// A sender waits for the room.
    pub(super) refill: bool,
    /// Somebody waits for the head to come this far.
    pub(super) flush: bool,
}

impl<T, K: Kind> Chan<T, K> {
    /// Takes the next message if it is there.
    #[inline(always)]
    pub(crate) fn recv_now(&self) -> Option<T> {
        let mut message = MaybeUninit::uninit();
        // SAFETY: room for a message.
        let after = unsafe { self.take(message.as_mut_ptr()) }?;
        // SAFETY: taken.
        let message = unsafe { message.assume_init() };
        self.follow_up(after);
        Some(message)
    }

    #[inline(always)]
    pub(super) fn follow_up(&self, after: After) {
        if after.refill | after.flush {
            self.follow_up_slow(after);
        }
    }

    #[cold]
    fn follow_up_slow(&self, after: After) {
        if after.refill {
            self.refill();
        }
        if after.flush && self.flush_is_due() {
            self.tell_flushed();
        }
    }

    /// Moves the next message to `message`, if it is there.
    ///
    /// # Safety
    /// `message` points at room for a message.
    #[inline(always)]
    unsafe fn take(&self, message: *mut T) -> Option<After> {
        let recv = &self.core().recv;
        if self.lies_aside() {
            // SAFETY: passed on.
            return Some(unsafe { self.take_aside(message) });
        }
        match recv.shape.form() {
            // SAFETY: passed on.
            Form::Ring => unsafe { self.take_from_ring(recv.shape, message) },
            // SAFETY: passed on.
            Form::Segments => unsafe { self.take_from_segment(message) },
            // SAFETY: passed on.
            Form::Direct => unsafe { self.take_from_sender(message) },
        }
    }

    /// # Safety
    /// `message` points at room for a message.
    #[inline(always)]
    unsafe fn take_from_ring(&self, shape: Shape, message: *mut T) -> Option<After> {
        let head = self.claim_head(shape)?;
        // SAFETY: claimed just now, after its message was seen there.
        Some(unsafe { self.take_claimed(shape, head, message) })
    }

    /// Moves a message of the ring out, frees its slot, and looks who waits for that.
    ///
    /// # Safety
    /// The caller has claimed this position at the head after its message was seen there, and
    /// `message` points at room for a message.
    #[inline(always)]
    pub(super) unsafe fn take_claimed(&self, shape: Shape, head: u64, message: *mut T) -> After {
        let notice = &self.core().notice;
        let write = notice.write();
        // SAFETY: passed on.
        unsafe { self.ring(shape).take(head, message, write) };
        After {
            refill: notice.look(write) & ROOM_WANTED != 0,
            flush: head & FLUSH != 0,
        }
    }

    /// Takes the oldest message of the ring if the head is still just this and the message is there.
    ///
    /// # Safety
    /// `message` points at room for a message.
    pub(super) unsafe fn take_just(
        &self,
        shape: Shape,
        head: u64,
        message: *mut T,
    ) -> Option<After> {
        let (ring, word) = (self.ring(shape), &self.core().recv.head);
        if !ring.is_full(head) {
            return None;
        }
        // ORDERING: AcqRel, as in `claim_head`.
        word.compare_exchange(head, shape.next(head), Ordering::AcqRel, Ordering::Relaxed)
            .ok()?;
        // SAFETY: claimed just now, after its message was seen there.
        Some(unsafe { self.take_claimed(shape, head, message) })
    }

    /// Claims the oldest message of the ring if it is there: the head word before it.
    #[inline(always)]
    pub(super) fn claim_head(&self, shape: Shape) -> Option<u64> {
        let (ring, word) = (self.ring(shape), &self.core().recv.head);
        // ORDERING: Relaxed: the stamp synchronises (`is_full`); a stale head fails the swap.
        let mut head = word.load(Ordering::Relaxed);
        loop {
            if !ring.is_full(head) {
                // ORDERING: Relaxed, as above.
                let now = word.load(Ordering::Relaxed);
                if now == head {
                    return None;
                }
                head = now;
                continue;
            }
            // ORDERING: AcqRel: the announce protocol with a flush on the head.
            match word.compare_exchange_weak(
                head,
                shape.next(head),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(head),
                Err(now) => head = now,
            }
        }
    }

    /// # Safety
    /// `message` points at room for a message.
    #[inline(always)]
    unsafe fn take_from_segment(&self, message: *mut T) -> Option<After> {
        let (segment, index) = self.oldest_segment()?;
        if !segment.is_full(index) {
            return None;
        }
        // SAFETY: it is there, and nobody but the one receiver takes from segments.
        unsafe { segment.read(index, message) };
        // ORDERING: AcqRel: the announce protocol with a flush on the head.
        let head = self
            .core()
            .recv
            .head
            .fetch_add(words::ahead(0, 1), Ordering::AcqRel);
        Some(After {
            refill: false,
            flush: head & FLUSH != 0,
        })
    }

    /// The segment that the head stands in, and its index there. Segments that the head has left
    /// are let go.
    #[inline(always)]
    pub(super) fn oldest_segment(&self) -> Option<(Segment<T>, usize)> {
        let recv = &self.core().recv;
        // ORDERING: Acquire pairs with the Release in `install`; later ones are stored here.
        let segment = Segment::<T>::from_ptr(recv.segment.load(Ordering::Acquire))?;
        // ORDERING: Relaxed: only the receiver moves the head of segments.
        let index = words::places(segment.base(), recv.head.load(Ordering::Relaxed));
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
        // finds the receiver in the lists, if it waits.
        if core.send.tail.load(Ordering::Acquire) & PARKED == 0 {
            return None;
        }
        let mut batch = WakeBatch::new();
        let mut lists = core.lists.lock();
        // SAFETY: the lock is held, the room passed on.
        let taken = unsafe { self.pull(&mut lists, &mut batch, message) };
        drop(lists);
        // The message is not in safe hands yet: a panicking waker must not make it leak.
        let loss = crate::unwind::OnUnwind::new(|| {
            if taken {
                // SAFETY: it was taken, and nobody will read it.
                unsafe { message.drop_in_place() };
            }
        });
        batch.fire();
        loss.defuse();
        taken.then_some(After {
            refill: false,
            flush: false,
        })
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
            return true;
        }
        false
    }

    /// Puts the receiver's waker into the lists and announces it. The caller looks again after
    /// this.
    pub(crate) fn register(&self, waker: &Waker) {
        let core = self.core();
        let waker = waker.clone();
        let mut batch = WakeBatch::new();
        let mut more = false;
        let mut lists = core.lists.lock();
        let old = lists.receiver.replace(waker);
        if core.recv.shape.form() != Form::Direct {
            // ORDERING: Acquire, as for every look at the tail.
            let tail = core.send.tail.load(Ordering::Acquire);
            core.notice.announce(RECEIVER_WAITS, tail);
            if tail & PARKED != 0 {
                more = self.refill_locked(&mut lists, &mut batch, true);
            }
        }
        drop(lists);
        drop(old);
        batch.fire();
        if more {
            self.refill();
        }
    }

    /// Takes the receiver's waker out of the lists again, if it is still there.
    #[inline]
    pub(crate) fn unregister(&self) {
        // The receiver set it itself; that it is still set although the waker is gone only costs
        // the lock.
        if self.is_direct() || self.core().notice.hint() & RECEIVER_WAITS != 0 {
            let waker = self.take_receiver(&mut self.core().lists.lock());
            drop(waker);
        }
    }

    pub(super) fn take_receiver(&self, lists: &mut Lists) -> Option<Waker> {
        self.core().notice.clear(RECEIVER_WAITS);
        lists.receiver.take()
    }

    /// Wakes the receiver if it waits.
    #[cold]
    pub(crate) fn wake_receiver(&self) {
        let waker = self.take_receiver(&mut self.core().lists.lock());
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A thread at a rendezvous offers its hand: a sender may put its message there.
    ///
    /// # Safety
    /// `hand` is the caller's and pinned, `room` points at room for a message, and both stay until
    /// `withdraw_hand`. The caller's frame does not vanish while the hand is out.
    pub(crate) unsafe fn offer_hand(&self, hand: &Node, room: *mut T) {
        let mut lists = self.core().lists.lock();
        if lists.senders.is_empty() && hand.state() == State::Idle {
            // SAFETY: the lock is held.
            unsafe { hand.prepare(Demand::Message, room.cast(), None) };
            hand.set_state(State::Queued);
            lists.hand = hand;
        }
    }

    /// Takes the hand back; says whether a message lies in it.
    pub(crate) fn withdraw_hand(&self, hand: &Node) -> bool {
        let mut lists = self.core().lists.lock();
        if core::ptr::eq(lists.hand, hand) {
            lists.hand = core::ptr::null();
        }
        drop(lists);
        let filled = hand.state() == State::Done;
        hand.set_state(State::Idle);
        filled
    }

    /// Whether messages go from hand to hand.
    pub(crate) fn is_direct(&self) -> bool {
        self.core().recv.shape.form() == Form::Direct
    }

    /// Receives what is there, up to a limit.
    pub(crate) fn try_recv_many(
        &self,
        buffer: &mut impl Extend<T>,
        limit: usize,
    ) -> Result<usize, TryRecvError> {
        let mut count = 0;
        while count < limit {
            let message = match self.recv_now() {
                Some(message) => message,
                None if count > 0 => break,
                None => self.recv_at_last()?,
            };
            buffer.extend(Some(message));
            count += 1;
        }
        Ok(count)
    }

    /// Where the next message lies. Closed is decided before empty.
    pub(crate) fn try_peek(&self) -> Result<*const T, TryRecvError> {
        self.look_twice(|| self.peek_now())
    }

    /// Receives without waiting. Closed is decided before empty.
    #[inline]
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.look_twice(|| self.recv_now())
    }

    /// Nothing was found: is that the end?
    fn recv_at_last(&self) -> Result<T, TryRecvError> {
        self.look_again(|| self.recv_now())
    }

    #[inline(always)]
    fn look_twice<R>(&self, mut look: impl FnMut() -> Option<R>) -> Result<R, TryRecvError> {
        match look() {
            Some(found) => Ok(found),
            None => self.look_again(look),
        }
    }

    /// Looks again after the flags were read that could say that this is the end, so that no last
    /// message is missed.
    #[inline(never)]
    fn look_again<R>(&self, mut look: impl FnMut() -> Option<R>) -> Result<R, TryRecvError> {
        let core = self.core();
        // ORDERING: Acquire: what the last sender sent is seen by the look below.
        let orphaned = core.life.senders() == 0;
        let tail = core.send.tail.load(Ordering::Acquire);
        if tail & PARKED != 0 && core.recv.shape.form() == Form::Ring {
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
        // ORDERING: Relaxed: the receiver's own word; a displacement only moves it on.
        let head = core.recv.head.load(Ordering::Relaxed);
        let unused = tail & CLOSED != 0 && words::permits(tail) == 0;
        (unused || orphaned) && words::reached(head, tail)
    }

    /// Whether a receive would say that the channel is closed.
    pub(crate) fn is_terminated(&self) -> bool {
        let core = self.core();
        let orphaned = core.life.senders() == 0;
        // ORDERING: Acquire, as in `look_again`.
        let tail = core.send.tail.load(Ordering::Acquire);
        !self.lies_aside()
            && tail & PARKED == 0
            && self.is_end(tail, orphaned)
    }
}
