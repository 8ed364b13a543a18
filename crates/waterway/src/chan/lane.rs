//! A lane: one sender, one receiver, and between them bare slots and two positions.
//!
//! ```text
//! sender    room: head read lately -> write the message -> store place + 1 -> look at the notice and the tail
//! receiver  there: place read lately -> read the message -> store head + 1 -> look at the notice
//! ```
//!
//! Each side stores its own position and reads the other's only when what it knew of it is used up: how
//! many free slots, how many messages, are known lies in a word of its own. So a message costs no
//! read-modify-write, and mostly no cache line of the other side but that of the message. Who is told of
//! what goes by the [notices](super::notice), and, where the receiver waits, by `AWAITED` in the tail: both need
//! only that the position is stored before the look.
//!
//! Without a bound the slots are those of [segments](crate::store::segments), and the lane is a *chain*: the
//! same, but that there is always room, and that what the receiver knows of lies in its head, below the
//! position.
//!
//! # Words
//!
//! | word | what | written by |
//! |---|---|---|
//! | `send.limit` | the place: the position of the next message | the sender; under the lock, who refills while its send is parked, and who has a permit of it |
//! | `send.segment` | as an address: so many free slots are known; in a chain the newest segment | the sender; who has a permit of it, under the lock |
//! | `send.tail` | flags and permits, and when the channel is closed the position behind its last message | everybody, by read-modify-writes |
//! | `recv.head` | the position of the oldest message; in a chain also how many are known | the receiver |
//! | `recv.segment` | as an address: so many messages are known; in a chain the oldest segment | the receiver; of a chain the sender, that of its first segment |
//!
//! The receiver leaves a segment of a chain, and lets it go, when it has read all of it and finds the next
//! one linked. The sender writes to the newest only, which has no next: so it is alive. For the same reason
//! the newest stays until the channel goes, though the receiver goes first.
//!
//! # The end
//!
//! A sender that has seen an open channel may write on while the channel is closed, because it claims
//! nothing. So close *seals* the lane, under the lock:
//!
//! ```text
//! close     set ABANDONED in the notice -> barrier -> read the place -> CLOSED and the place into the tail
//! sender    store place + 1 -> barrier -> look: no ABANDONED? sent. Else lock: is it before the seal?
//! ```
//!
//! Either the barrier comes after the sender's store, and the message is before the seal; or the sender
//! finds the bit, and compares. What came too late it takes back, and says that the channel is closed.
//! The receiver never reads the place of a sealed lane, only the seal. Nor does it read the place while somebody else
//! seals: who seals is the sender, or the receiver itself, by a handle that it has for itself alone (`close` takes
//! `&mut self`).
//!
//! # Permits
//!
//! There is one sender, but there may be several permits of it, and they may be used in several threads: so
//! who sends by a permit holds the lock, as who refills and who seals. The message is published before the
//! permit is given back, so that nobody sees the end between the two. In a closed lane the operation that
//! gives the permit back moves the seal on, as long as the receiver is there.

use core::mem::MaybeUninit;
use core::ptr;

use super::notice::ABANDONED;
use super::recv::After;
use super::send::{Claim, Refused};
use super::{Chan, Form, PERMIT, Segment, Shape};
use crate::kind::Kind;
use crate::store::words::{self, CLOSED};
use crate::sync::{AtomicPtr, Exchange, Ordering, Word};
use crate::unwind::Defer;

/// A count in a word that has room for a pointer.
fn count_in<T>(word: &AtomicPtr<T>) -> usize {
    // ORDERING: Relaxed: read and written by one side.
    word.load(Ordering::Relaxed).addr()
}

fn put_count<T>(word: &AtomicPtr<T>, count: usize) {
    // ORDERING: Relaxed, as above.
    word.store(ptr::without_provenance_mut(count), Ordering::Relaxed);
}

impl<T, K: Kind> Chan<T, K> {
    /// How messages are kept in a channel of this kind and shape.
    #[inline(always)]
    pub(super) const fn form(shape: Shape) -> Form {
        match shape.form() {
            Form::Ring if !K::MANY_SENDERS => Form::Lane,
            Form::Segments if cfg!(feature = "alloc") && !K::MANY_SENDERS => Form::Chain,
            Form::Segments if cfg!(not(feature = "alloc")) => panic!("there is no heap"),
            form => form,
        }
    }

    /// The tail with its position, wherever that is.
    #[inline(always)]
    pub(super) fn tail(&self) -> u64 {
        let send = &self.core().send;
        // ORDERING: Acquire: what was done before the tail was changed is seen.
        let tail = send.tail.load(Ordering::Acquire);
        if Self::form(self.core().shape).is_lane() && tail & CLOSED == 0 {
            // ORDERING: Acquire pairs with the Release of the write in `push_to_lane`: the messages
            // before it are seen.
            tail | send.limit.load(Ordering::Acquire)
        } else {
            tail
        }
    }

    /// How many slots are free. Exact for the sender; for others a bound from below.
    pub(super) fn free_in_lane(&self, shape: Shape) -> usize {
        let core = self.core();
        // ORDERING: Acquire: the place is the caller's, or its sender is parked and the lock held.
        let place = core.send.limit.load(Ordering::Acquire);
        // ORDERING: Acquire pairs with the Release of every move of the head: messages were read out
        // before others are written there.
        let head = core.recv.head.load(Ordering::Acquire);
        shape.most_permits() - shape.distance(head, place)
    }

    /// The position so many places further on. What is below stays.
    #[inline(always)]
    fn forward(shape: Shape, word: u64, by: usize) -> u64 {
        match (Self::form(shape), by) {
            (Form::Chain, _) => words::ahead(word, by),
            (_, 1) => shape.next(word),
            _ => shape.forward(word, by as u64),
        }
    }

    /// The newest segment of a chain, and the index of the sender's place there: a new segment, if the place
    /// is behind the end of the last. For the sender, or who stands for it.
    #[inline(always)]
    fn newest_segment(&self, place: u64) -> (Segment<T>, usize) {
        // ORDERING: Relaxed: the caller's own, or of who has the lock.
        let newest = self.core().send.segment.load(Ordering::Relaxed);
        if let Some(segment) = Segment::<T>::from_ptr(newest) {
            let index = words::places(segment.base(), place);
            if index < segment.len() {
                return (segment, index);
            }
        }
        (self.lengthen(place, newest.is_null()), 0)
    }

    /// A new segment at the end of a chain.
    #[cold]
    #[inline(never)]
    fn lengthen(&self, place: u64, is_first: bool) -> Segment<T> {
        // ORDERING: Acquire: what was received is counted out.
        let head = self.core().recv.head.load(Ordering::Acquire);
        let made = self.make_segment(place, words::places(words::position(head), place), is_first);
        self.append(made);
        made
    }

    /// How many messages a fresh claim may write one after the other beyond what is permitted: at least
    /// `wanted`, or all there is room for; in a chain those that fit into one segment.
    #[inline(always)]
    fn room_in_lane(&self, shape: Shape, flags: u64, wanted: usize) -> usize {
        if Self::form(shape) == Form::Chain {
            // ORDERING: Relaxed: the sender's own.
            let place = self.core().send.limit.load(Ordering::Relaxed);
            let (segment, index) = self.newest_segment(place);
            return segment.len() - index;
        }
        let known = &self.core().send.segment;
        #[allow(clippy::cast_possible_truncation, reason = "at most the capacity")]
        let permits = words::permits(flags) as usize;
        let mut free = count_in(known);
        if free < permits + wanted {
            free = self.free_in_lane(shape);
            put_count(known, free);
        }
        free.saturating_sub(permits)
    }

    /// # Safety
    /// As for `push`.
    #[inline(always)]
    pub(super) unsafe fn push_to_lane(
        &self,
        shape: Shape,
        claim: Claim,
        message: *mut T,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let send = &self.core().send;
        // ORDERING: Acquire: who was parked before sees the place as it was left.
        let flags = send.tail.load(Ordering::Acquire);
        claim.check(flags)?;
        let has_room = match claim {
            // SAFETY: passed on.
            Claim::Permit => return unsafe { self.push_permitted(shape, message, wanted) },
            _ if Self::form(shape) == Form::Chain => true,
            Claim::Fresh => self.room_in_lane(shape, flags, 1) > 0,
            Claim::Parked | Claim::LastParked => self.has_room(shape, flags, 1),
        };
        if !has_room {
            return Err(Refused::Full);
        }
        // SAFETY: there is room, and the message is the caller's: the sender's own, or that of one who
        // stands for it under the lock.
        let place = unsafe { self.write_next(shape, message) };
        if claim == Claim::Fresh {
            self.note_written(shape, 1);
        }
        // SAFETY: written just now; its place at the caller is free.
        let reclaim = || unsafe { self.retract(shape, place, message, 1) };
        self.after_publish(claim, place, reclaim, wanted)
    }

    /// Writes the next message, and publishes it: its place.
    ///
    /// # Safety
    /// The caller is the sender, or has the lock and stands for it; there is room, and `message` points at
    /// a message that is the caller's.
    #[inline(always)]
    unsafe fn write_next(&self, shape: Shape, message: *mut T) -> u64 {
        let limit = &self.core().send.limit;
        // ORDERING: Relaxed: the sender's own, or that of who has the lock.
        let place = limit.load(Ordering::Relaxed);
        // SAFETY: passed on.
        unsafe { self.write_at(shape, place, message) };
        // The Release in it pairs with the Acquire in `tail`.
        limit.put(Self::forward(shape, place, 1));
        place
    }

    /// Writes a message to a place.
    ///
    /// # Safety
    /// As for `write_next`; in a chain the place is the sender's, or one behind it in the same segment.
    #[inline(always)]
    unsafe fn write_at(&self, shape: Shape, place: u64, message: *mut T) {
        if Self::form(shape) == Form::Chain {
            let (segment, index) = self.newest_segment(place);
            // SAFETY: the receiver does not look there before the sender's place has passed it.
            unsafe { segment.write(index, message) };
        } else {
            // SAFETY: passed on.
            unsafe { self.lane(shape).write(place, message) };
        }
    }

    /// So many slots less are known to be free.
    #[inline(always)]
    fn note_written(&self, shape: Shape, count: usize) {
        if Self::form(shape) == Form::Lane {
            let known = &self.core().send.segment;
            put_count(known, count_in(known).saturating_sub(count));
        }
    }

    /// The same with a permit. Permits of one sender may be used in several threads at a time, while the
    /// sender is borrowed: the lock has them write one after the other, and nobody seals the lane
    /// meanwhile.
    ///
    /// # Safety
    /// As for `push`.
    #[inline(never)]
    unsafe fn push_permitted(
        &self,
        shape: Shape,
        message: *mut T,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let send = &self.core().send;
        let lists = self.core().lists();
        // ORDERING: Acquire, as for every look at the tail.
        let mut tail = send.tail.load(Ordering::Acquire);
        Claim::Permit.check(tail)?;
        // SAFETY: the lock is held, and the permit stands for the sender; its room is reserved.
        let place = unsafe { self.write_next(shape, message) };
        self.note_written(shape, 1);
        loop {
            let moved = if tail & CLOSED == 0 {
                tail
            } else {
                Self::forward(shape, tail, 1)
            };
            // ORDERING: AcqRel: Release, the message is seen by who finds the permit gone, or the seal behind
            // it; Acquire, as above.
            match send.tail.exchange::<K::Access>(
                tail,
                moved - PERMIT,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => break,
                Err(now) => tail = now,
            }
        }
        drop(lists);
        let _told = Defer::new(|| {
            if tail & CLOSED != 0 && words::permits(tail) == 1 {
                self.tell_receivers();
            }
        });
        self.after_publish(Claim::Permit, place, || false, wanted)
    }

    /// Moves as many messages in as there is room for, and looks at the notice once.
    ///
    /// # Safety
    /// As for `push_some`.
    pub(super) unsafe fn push_run(
        &self,
        shape: Shape,
        messages: *mut T,
        left: usize,
        wanted: impl FnOnce(u64),
    ) -> Result<usize, Refused> {
        let send = &self.core().send;
        // ORDERING: Acquire, as in `push_to_lane`.
        let flags = send.tail.load(Ordering::Acquire);
        Claim::Fresh.check(flags)?;
        let count = self.room_in_lane(shape, flags, left).min(left);
        if count == 0 {
            return Err(Refused::Full);
        }
        // ORDERING: Relaxed: the sender's own.
        let place = send.limit.load(Ordering::Relaxed);
        for index in 0..count {
            let at = Self::forward(shape, place, index);
            // SAFETY: there is room, in one segment, and the messages are the caller's.
            unsafe { self.write_at(shape, at, messages.add(index)) };
        }
        // SAFETY: written just now; their places at the caller are free.
        let reclaim = || unsafe { self.retract(shape, place, messages, count) };
        self.publish_run(shape, place, count, reclaim, wanted)
            .map(|()| count)
    }

    /// Publishes so many messages that were written from the sender's place on. Calls `wanted` as `push`
    /// does, and `reclaim` if the lane was sealed, which says whether it was before that.
    fn publish_run(
        &self,
        shape: Shape,
        place: u64,
        count: usize,
        reclaim: impl FnOnce() -> bool,
        wanted: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let limit = &self.core().send.limit;
        limit.put(Self::forward(shape, place, count));
        self.note_written(shape, count);
        self.after_publish(Claim::Fresh, place, reclaim, wanted)
    }

    /// Room for a chunk of so many messages, if there is: the place where it begins. Only a lane has
    /// slots for that.
    pub(crate) fn room_for_chunk(&self, count: usize) -> Result<u64, Refused> {
        let send = &self.core().send;
        // ORDERING: Acquire, as in `push_to_lane`.
        let flags = send.tail.load(Ordering::Acquire);
        Claim::Fresh.check(flags)?;
        let shape = self.core().shape;
        if Self::form(shape) != Form::Lane || self.room_in_lane(shape, flags, count) < count {
            return Err(Refused::Full);
        }
        // ORDERING: Relaxed: the sender's own.
        Ok(send.limit.load(Ordering::Relaxed))
    }

    /// Publishes the first messages of a chunk; in a closed channel they are dropped.
    ///
    /// # Safety
    /// The caller has the room for a chunk that begins at `place`, and has written so many messages there.
    pub(crate) unsafe fn commit_chunk(&self, place: u64, count: usize) -> Result<(), Refused> {
        let shape = self.core().shape;
        if count == 0 {
            return Ok(());
        }
        let reclaim = || {
            let late = self.is_late(shape, place);
            if late {
                // ORDERING: Release, as every move of the place.
                self.core().send.limit.store(place, Ordering::Release);
            }
            late
        };
        let chan = *self;
        let wanted = move |claim| chan.wake_receiver(claim);
        let sent = self.publish_run(shape, place, count, reclaim, wanted);
        if sent.is_err() {
            // SAFETY: written by the caller, and nobody will look at them.
            unsafe { self.drop_chunk(place, count) };
        }
        sent
    }

    /// So many messages as can be received now, up to a limit, if a lane has any: where they begin.
    pub(crate) fn peek_chunk(&self, limit: usize) -> Option<(u64, usize)> {
        let shape = self.core().shape;
        if Self::form(shape) != Form::Lane {
            return None;
        }
        let (head, known) = self.known_in_lane(shape);
        (known > 0).then(|| (head, known.min(limit)))
    }

    /// The receiver is done with the first messages of a chunk.
    pub(crate) fn leave_chunk(&self, head: u64, count: usize) {
        if count > 0 {
            let after = self.leave_in_lane(self.core().shape, head, count);
            self.follow_up(after);
        }
    }

    /// The two runs of places that a chunk lies in.
    pub(crate) fn chunk(&self, word: u64, count: usize) -> [(*mut T, usize); 2] {
        let shape = self.core().shape;
        let first = count.min(shape.most_permits() - shape.index(word));
        let lane = self.lane(shape);
        let rest = shape.forward(word, first as u64);
        [(lane.place(word), first), (lane.place(rest), count - first)]
    }

    /// Drops the messages of a chunk where they are, though one's drop panics.
    ///
    /// # Safety
    /// They are there, and the caller's.
    pub(crate) unsafe fn drop_chunk(&self, word: u64, count: usize) {
        let [first, rest] = self.chunk(word, count);
        let drop_run = |(start, len)| {
            // SAFETY: by the caller's promise.
            unsafe { ptr::slice_from_raw_parts_mut(start, len).drop_in_place() };
        };
        let _rest = Defer::new(|| drop_run(rest));
        drop_run(first);
    }

    /// A lane was sealed: takes back what came too late, all of it or nothing.
    ///
    /// # Safety
    /// So many messages from this place on were written by the caller and published at once, and
    /// `messages` points at room for them.
    #[cold]
    unsafe fn retract(&self, shape: Shape, place: u64, messages: *mut T, count: usize) -> bool {
        let late = self.is_late(shape, place);
        if late {
            // SAFETY: passed on; the receiver reads up to the seal.
            unsafe { self.take_back(shape, place, messages, count) };
        }
        late
    }

    /// Whether a sealed lane has no message of this place, which was published.
    fn is_late(&self, shape: Shape, place: u64) -> bool {
        let _lists = self.core().lists();
        // ORDERING: Acquire: the seal was set under the lock.
        let tail = self.core().send.tail.load(Ordering::Acquire);
        !words::reached(tail, Self::forward(shape, place, 1))
    }

    /// # Safety
    /// The receiver will never look at these places; else as for `retract`.
    unsafe fn take_back(&self, shape: Shape, place: u64, messages: *mut T, count: usize) {
        for index in 0..count {
            let at = Self::forward(shape, place, index);
            let message = messages.wrapping_add(index);
            if Self::form(shape) == Form::Chain {
                let (segment, index) = self.newest_segment(at);
                // SAFETY: passed on; they were written to this segment.
                unsafe { segment.read(index, message) };
            } else {
                // SAFETY: passed on.
                unsafe { self.lane(shape).read(at, message) };
            }
        }
        // ORDERING: Release, as every move of the place.
        self.core().send.limit.store(place, Ordering::Release);
    }

    /// Closes a lane with these flags; the tail before it. The lock is held.
    pub(super) fn seal(&self, flags: u64) -> u64 {
        let core = self.core();
        // ORDERING: Relaxed: for a guess about timing.
        let near = core.send.limit.load(Ordering::Relaxed);
        core.on_publish.announce(ABANDONED, near);
        // ORDERING: Acquire: behind the barrier. Who stores it after this, without the lock, sees the bit.
        let place = core.send.limit.load(Ordering::Acquire);
        // ORDERING: Acquire, as for every look at the tail.
        let mut tail = core.send.tail.load(Ordering::Acquire);
        loop {
            let seal = if tail & CLOSED == 0 { place } else { 0 };
            // ORDERING: AcqRel, as in `close`.
            match core.send.tail.exchange::<K::Access>(
                tail,
                tail | flags | seal,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return tail,
                Err(now) => tail = now,
            }
        }
    }

    /// The head, and how many messages are there: at least one if there are any.
    #[inline(always)]
    pub(super) fn known_in_lane(&self, shape: Shape) -> (u64, usize) {
        let recv = &self.core().recv;
        // ORDERING: Relaxed: only the receiver moves the head of a lane.
        let head = recv.head.load(Ordering::Relaxed);
        if Self::form(shape) == Form::Chain {
            if words::known(head) == 0 {
                let head = words::knowing(head, words::places(head, self.tail()));
                return (head, words::known(head));
            }
            return (head, words::known(head));
        }
        let mut count = count_in(&recv.segment);
        if count == 0 {
            count = shape.distance(head, self.tail());
            put_count(&recv.segment, count);
        }
        (head, count)
    }

    /// Where the message of a position lies. For the receiver.
    #[inline(always)]
    pub(super) fn place_at(&self, shape: Shape, head: u64) -> *mut T {
        if Self::form(shape) == Form::Chain {
            let (segment, index) = self.segment_at(head).expect("what is known is there");
            segment.value(index)
        } else {
            self.lane(shape).place(head)
        }
    }

    /// # Safety
    /// The caller is the receiver, a message is at this position, and `message` points at room for one.
    #[inline(always)]
    unsafe fn read_at(&self, shape: Shape, head: u64, message: *mut T) {
        if Self::form(shape) == Form::Chain {
            let (segment, index) = self.segment_at(head).expect("what is known is there");
            // SAFETY: passed on.
            unsafe { segment.read(index, message) };
        } else {
            // SAFETY: passed on.
            unsafe { self.lane(shape).read(head, message) };
        }
    }

    /// # Safety
    /// `message` points at room for a message.
    #[inline(always)]
    pub(super) unsafe fn take_from_lane(&self, shape: Shape, message: *mut T) -> Option<After> {
        let (head, known) = self.known_in_lane(shape);
        if known == 0 {
            return None;
        }
        // SAFETY: it is there; the room passed on.
        unsafe { self.read_at(shape, head, message) };
        Some(self.leave_in_lane(shape, head, 1))
    }

    /// Receives up to a limit into a collection, and tells of it once: how many there were.
    pub(super) fn take_run(&self, buffer: &mut impl Extend<T>, limit: usize) -> usize {
        let (head, known) = self.known_in_lane(self.core().shape);
        let left = known.min(limit);
        let mut run = Run {
            chan: *self,
            head,
            taken: 0,
            left,
        };
        // Nothing is lost with a collection that panics but what it had in its hands.
        buffer.extend(&mut run);
        run.taken
    }

    /// The receiver has read so many messages from the head on.
    #[inline(always)]
    pub(super) fn leave_in_lane(&self, shape: Shape, head: u64, count: usize) -> After {
        let recv = &self.core().recv;
        let next = Self::forward(shape, head, count);
        if Self::form(shape) == Form::Chain {
            recv.head.put(next - count as u64);
        } else {
            put_count(&recv.segment, count_in(&recv.segment) - count);
            recv.head.put(next);
        }
        self.after_receive(head)
    }
}

/// Messages that are read one after the other; when it goes they are gone from the lane.
struct Run<T, K: Kind> {
    chan: Chan<T, K>,
    head: u64,
    taken: usize,
    left: usize,
}

impl<T, K: Kind> Iterator for Run<T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let shape = self.chan.core().shape;
        let at = Chan::<T, K>::forward(shape, self.head, self.taken);
        let mut message = MaybeUninit::uninit();
        self.taken += 1;
        // SAFETY: it is there, and read once.
        unsafe {
            self.chan.read_at(shape, at, message.as_mut_ptr());
            Some(message.assume_init())
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T, K: Kind> Drop for Run<T, K> {
    fn drop(&mut self) {
        if self.taken > 0 {
            let shape = self.chan.core().shape;
            let after = self.chan.leave_in_lane(shape, self.head, self.taken);
            self.chan.follow_up(after);
        }
    }
}
