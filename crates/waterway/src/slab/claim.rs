//! The way of a slot: claimed, published, taken, released.

use core::task::Waker;

use super::words::{Free, Link, Ready, Tally};
use super::{Core, Index, Loose, Slab};
use crate::error::TryRecvError;
use crate::sync::{Exchange, Modify, Ordering, Threads};
use crate::unwind::Defer;

/// Why there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

/// Slots with one holder, each of which leads to the next but the last: the first and the last, and how many they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    ends: Option<(Index, Index)>,
    len: usize,
}

impl Row {
    pub(super) fn new() -> Self {
        Self { ends: None, len: 0 }
    }

    pub(super) fn len(self) -> usize {
        self.len
    }
}

impl<T, K: Loose> Slab<T, K> {
    /// Claims a free slot, whose holder the caller is then.
    #[inline]
    pub(crate) fn claim(&self) -> Result<Index, Refused> {
        self.claim_past(Free::WAITED | Free::SHUT)
    }

    /// The same unless one of these flags is set.
    #[inline]
    pub(super) fn claim_past(&self, flags: u64) -> Result<Index, Refused> {
        let free = &self.core().free;
        // ORDERING: Acquire: the compare-and-swap decides, but a refusal is final, and pairs with the Release in `shut` and
        // in `release` for what the caller does then.
        let mut seen = Free(free.load(Ordering::Acquire));
        loop {
            let first = seen.first();
            if seen.0 & flags != 0 || first == self.none() {
                return Err(if seen.is_shut() {
                    Refused::Closed
                } else {
                    Refused::Full
                });
            }
            let next = self.link(first).get();
            // ORDERING: Acquire pairs with the Release in `release`: what lies in the slot is seen, and its link.
            let claimed = seen.claimed(next);
            match free.exchange_weak::<Threads>(
                seen.0,
                claimed,
                Ordering::Acquire,
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(Index(first)),
                Err(now) => seen = Free(now),
            }
        }
    }

    /// Publishes a slot, in which an element lies. If the receiving side is gone the caller holds it still.
    ///
    /// # Safety
    /// The caller claimed the slot, and holds it no more if that succeeds.
    #[inline]
    pub(crate) unsafe fn publish(&self, slot: Index) -> Result<(), Index> {
        if self.publish_silently(slot)? {
            self.wake_receiver();
        }
        Ok(())
    }

    /// Wakes the receiver, which was announced to the caller's publish.
    pub(super) fn wake_receiver(&self) {
        self.core().wake_receiver();
    }

    /// The same, but the caller wakes the receiver if that is asked for.
    #[inline]
    pub(super) fn publish_silently(&self, slot: Index) -> Result<bool, Index> {
        let ready = &self.core().ready;
        // ORDERING: Acquire: the compare-and-swap decides, but `GONE` comes with what the receiver did.
        let mut seen = Ready(ready.load(Ordering::Acquire));
        loop {
            if seen.is_gone() {
                return Err(slot);
            }
            self.lead(slot.0, seen.first());
            // ORDERING: AcqRel: Release, the element is seen by the receiver that takes it, Acquire in `take_all`;
            // Acquire, the waker of one that is announced is seen.
            let published = seen.published(slot.0);
            match ready.exchange_weak::<Threads>(
                seen.0,
                published,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(seen.is_announced()),
                Err(now) => seen = Ready(now),
            }
        }
    }

    /// Gives a claimed slot back unpublished.
    ///
    /// # Safety
    /// The caller claimed the slot, and holds it no more.
    pub(crate) unsafe fn give_up(&self, slot: Index) {
        let core = self.core();
        // ORDERING: Relaxed: the compare-and-swap decides.
        let mut seen = Ready(core.ready.load(Ordering::Relaxed));
        // ORDERING: AcqRel: Acquire pairs with the Release in `tell_end`: if the receiver was told of the close before, so
        // that it did not see this, the close is seen below. Release: the other way round.
        while let Err(now) = core.ready.exchange_weak::<Threads>(
            seen.0,
            seen.settled_one(),
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            seen = Ready(now);
        }
        // After that: `len` is too high for a moment rather than deny what was sent.
        core.given_up.add();
        // It may have been what the end waited for.
        let told = self.is_shut();
        let _released = Defer::new(|| self.release(slot));
        if told {
            core.tell_end();
        }
    }

    /// Takes the oldest that was published: its holder the caller is then. `release` is to follow.
    ///
    /// # Safety
    /// The caller is the receiver.
    #[inline]
    pub(crate) unsafe fn take(&self) -> Result<Index, TryRecvError> {
        // SAFETY: passed on.
        let slot = unsafe { self.next() }?;
        let core = self.core();
        core.outgoing.set(self.link(slot.0).get(), false);
        // ORDERING: Relaxed: the receiver's own number; for others it is one for people.
        let received = core.received.load(Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire in `len`.
        core.received
            .store(received.wrapping_add(1), Ordering::Release);
        Ok(slot)
    }

    /// The one that `take` takes next, which stays.
    ///
    /// # Safety
    /// The caller is the receiver.
    #[inline]
    pub(crate) unsafe fn next(&self) -> Result<Index, TryRecvError> {
        let first = self.core().outgoing.get();
        if first != self.none() {
            return Ok(Index(first));
        }
        if let Some(slot) = self.take_all() {
            return Ok(slot);
        }
        if !self.is_over() {
            return Err(TryRecvError::Empty);
        }
        // What was sent just before the end is there now.
        self.take_all().ok_or(TryRecvError::Closed)
    }

    /// All that was published becomes the receiver's list, the oldest first: this one.
    fn take_all(&self) -> Option<Index> {
        let (core, none) = (self.core(), self.none());
        // ORDERING: Acquire: if there is nothing, what was done before the last change of the word is seen, as whoever
        // comes from `announce` may expect.
        let mut seen = Ready(core.ready.load(Ordering::Acquire));
        loop {
            if seen.first() == none {
                return None;
            }
            // ORDERING: Acquire pairs with the Release in `publish_silently`. It is a part of its release sequences.
            match core.ready.exchange_weak::<Threads>(
                seen.0,
                seen.taken(none),
                Ordering::Acquire,
                Ordering::Acquire,
            ) {
                Ok(_) => break,
                Err(now) => seen = Ready(now),
            }
        }
        let (mut behind, mut slot) = (none, seen.first());
        loop {
            let next = self.link(slot).get();
            self.lead(slot, behind);
            if next == none {
                core.outgoing.set(slot, false);
                return Some(Index(slot));
            }
            (behind, slot) = (slot, next);
        }
    }

    /// Whether nothing will be published any more: then all that was can be seen.
    fn is_over(&self) -> bool {
        let core = self.core();
        if core.life.senders() == 0 {
            return true;
        }
        // ORDERING: Acquire pairs with the Release in `shut`.
        let free = Free(core.free.load(Ordering::Acquire));
        // ORDERING: Acquire pairs with the Release of those who settle: what they did is seen.
        free.is_shut() && Ready(core.ready.load(Ordering::Acquire)).settled() == free.claims()
    }

    /// Whether nothing is there, and nothing will be. It changes nothing, so that several threads may ask by one
    /// shared receiver.
    pub(crate) fn has_ended(&self) -> bool {
        let (core, none) = (self.core(), self.none());
        // ORDERING: Acquire: what was published before the end, which was seen before, is seen.
        self.is_over()
            && core.outgoing.get() == none
            && Ready(core.ready.load(Ordering::Acquire)).first() == none
    }

    /// Gives a slot back, and serves who waits for one.
    pub(crate) fn release(&self, slot: Index) {
        if self.release_silently(slot) {
            self.settle();
        }
    }

    /// The same, but the caller serves who waits, if that is asked for.
    #[inline]
    pub(super) fn release_silently(&self, slot: Index) -> bool {
        self.release_row(slot, slot)
    }

    /// A row with one slot more, which comes first.
    #[inline]
    pub(super) fn add_to_row(&self, row: Row, slot: Index) -> Row {
        let len = row.len + 1;
        let Some((first, last)) = row.ends else {
            let ends = Some((slot, slot));
            return Row { ends, len };
        };
        self.lead(slot.0, first.0);
        let ends = Some((slot, last));
        Row { ends, len }
    }

    /// Gives back all slots of a row, and serves who waits for one.
    pub(super) fn release_all(&self, row: Row) {
        if let Some((first, last)) = row.ends {
            if self.release_row(first, last) {
                self.settle();
            }
        }
    }

    /// Gives back several slots, each of which leads to the next but the last.
    #[inline]
    fn release_row(&self, first: Index, last: Index) -> bool {
        let free = &self.core().free;
        // ORDERING: Relaxed: the compare-and-swap decides.
        let mut seen = Free(free.load(Ordering::Relaxed));
        loop {
            self.lead(last.0, seen.first());
            // ORDERING: Release pairs with the Acquire in `claim_past`. Who sees `WAITED` takes the lock.
            match free.exchange_weak::<Threads>(
                seen.0,
                seen.released(first.0),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return seen.is_waited(),
                Err(now) => seen = Free(now),
            }
        }
    }
}

impl<K: Loose> Core<K> {
    /// Leaves the receiver's waker, to be woken when something comes; the caller looks again after this.
    pub(super) fn announce(&self, waker: &Waker) {
        self.receiver.set(waker);
        self.flag_announced();
    }

    /// The same with a waker of the channel's own, where no user code is to run: see `WakerCell::put`.
    pub(super) fn announce_silently(&self, waker: Waker) -> Result<Option<Waker>, Waker> {
        let old = self.receiver.put(waker)?;
        self.flag_announced();
        Ok(old)
    }

    /// A waker is in the cell, which somebody waits by.
    fn flag_announced(&self) {
        // ORDERING: Relaxed: the compare-and-swap decides.
        let mut seen = Ready(self.ready.load(Ordering::Relaxed));
        // ORDERING: AcqRel: Release, who finds the flag sees the waker; Acquire, of who changed the word before, and did
        // not find it, everything before that is seen: see the module's docs. Also where the flag was set already: the
        // waker may be another.
        while let Err(now) = self.ready.exchange_weak::<Threads>(
            seen.0,
            seen.0 | Ready::ANNOUNCED,
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            seen = Ready(now);
        }
    }

    /// The receiver waits no more: takes its waker back. That the flag stays costs a look for it.
    pub(super) fn withdraw_announcement(&self) {
        drop(self.receiver.take());
    }

    #[cold]
    fn wake_receiver(&self) {
        if let Some(waker) = self.receiver.take() {
            waker.wake();
        }
    }

    /// Tells the receiver of an end, which the caller has made before.
    pub(super) fn tell_end(&self) {
        // ORDERING: AcqRel: Release, a receiver that announces itself after this sees the end; Acquire, the waker of
        // one that did before is seen, and what was settled.
        let seen = Ready(
            self.ready
                .and_as::<Threads>(!Ready::ANNOUNCED, Ordering::AcqRel),
        );
        if seen.is_announced() {
            self.wake_receiver();
        }
    }
}
