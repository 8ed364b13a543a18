//! Stamped slots: the store of a bounded channel.
//!
//! The queue is Vyukov's bounded queue
//! (<https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue>). A slot's
//! stamp says whose turn it is:
//!
//! ```text
//! MSB | lap (6 to 30 bits) | 0 | ABANDONED | FULL | LSB
//! ```
//!
//! | stamp | state | next |
//! |---|---|---|
//! | `lap` | free for the message of this lap, or claimed for it | publish stores `lap + FULL` |
//! | `lap + FULL` | the message is there, or being taken | free stores `lap + 1` |
//!
//! All zeros is "free for lap 0", so that zeroed memory is an empty ring, at any capacity from 1.
//!
//! Once the last receiver is gone and the channel is `ABANDONED`, publisher and drainer settle by
//! read-modify-writes whose the message is: the drainer sets `ABANDONED` and takes what is `FULL`;
//! the publisher swaps in `lap`, and the message is its own again if it replaced just
//! `lap + FULL`. See [`end`](crate::chan::end).
//!
//! Which slot is claimed is decided by the words of the two ends, see [`words`](super::words);
//! who is told of a stamp's change, by the [`notice`](crate::chan::notice).

use core::mem::MaybeUninit;
use core::ptr;

use super::words::Shape;
use crate::sync::{Access, AtomicU32, Exchange, Modify, Ordering, UnsafeCell, Word};

const FULL: u32 = 1;
const ABANDONED: u32 = 1 << 1;
const _: () = assert!((FULL | ABANDONED) & !Shape::STAMP == 0);

/// One place for a message.
#[derive(Debug)]
pub struct Slot<T> {
    stamp: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    /// Makes a slot that is free for the lap of `word`, in place: messages may be large.
    ///
    /// # Safety
    /// `slot` points at room for a slot, of which nobody knows.
    pub(crate) unsafe fn initialize(slot: *mut Self, shape: Shape, word: u64) {
        // SAFETY: in bounds; under loom the cell has something to initialise, elsewhere it is
        // nothing but room.
        unsafe {
            (&raw mut (*slot).stamp).write(AtomicU32::new(free_stamp(shape, word)));
            if cfg!(waterway_loom) {
                (&raw mut (*slot).value).write(UnsafeCell::new(MaybeUninit::uninit()));
            }
        }
    }
}

#[inline(always)]
fn free_stamp(shape: Shape, word: u64) -> u32 {
    shape.lap(word)
}

/// The slots of one channel, and how its words point into them.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    slots: *const Slot<T>,
    shape: Shape,
}

impl<T> Clone for Ring<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ring<T> {}

impl<T> Ring<T> {
    /// # Safety
    /// `slots` points at as many slots as the shape has, and they outlive the ring and everything
    /// that it is asked to do.
    #[inline(always)]
    pub(crate) unsafe fn new(slots: *const Slot<T>, shape: Shape) -> Self {
        Self { slots, shape }
    }

    #[inline(always)]
    fn slot(&self, word: u64) -> &Slot<T> {
        // SAFETY: the index of a word is below the capacity (Shape), and the slots are alive (new).
        unsafe { &*self.slots.add(self.shape.index(word)) }
    }

    /// Whether the slot is free for the message of this position.
    #[inline(always)]
    pub(crate) fn is_free(&self, word: u64) -> bool {
        // ORDERING: Acquire pairs with the Release of the write in `take`: the last message has
        // been read out before another is written.
        let stamp = self.slot(word).stamp.load(Ordering::Acquire);
        stamp == free_stamp(self.shape, word)
    }

    /// Whether the message of this position is there.
    #[inline(always)]
    pub(crate) fn is_full(&self, word: u64) -> bool {
        // ORDERING: Acquire pairs with the Release of the write in `publish`: the message is seen
        // written.
        let stamp = self.slot(word).stamp.load(Ordering::Acquire);
        stamp == free_stamp(self.shape, word) | FULL
    }

    /// Whether the message of this position has been taken, by a receive or a displacement. Only
    /// for positions not more than a lap old.
    pub(crate) fn is_past(&self, word: u64) -> bool {
        // ORDERING: Acquire pairs with the Release of the write in `take`.
        let stamp = self.slot(word).stamp.load(Ordering::Acquire);
        stamp & !FULL == self.shape.next_lap(free_stamp(self.shape, word))
    }

    /// Moves a message into a claimed slot.
    ///
    /// # Safety
    /// The caller has claimed this position at the tail and has not published it yet, and
    /// `message` points at a message that is its own; it is moved out.
    #[inline(always)]
    pub(crate) unsafe fn publish(&self, word: u64, message: *mut T) {
        let slot = self.slot(word);
        // SAFETY: the slot is free and claimed: nobody reads or writes it until the stamp changes.
        slot.value
            .with_mut(|value| unsafe { ptr::copy_nonoverlapping(message, value.cast(), 1) });
        // The Release in it pairs with the Acquire in `is_full`.
        slot.stamp.put(free_stamp(self.shape, word) | FULL);
    }

    /// Takes a published message of an abandoned channel back, if it was left to its publisher.
    ///
    /// # Safety
    /// The caller has published this position and it was not received; `message` points at room
    /// for a message.
    #[cold]
    pub(crate) unsafe fn reclaim<A: Access>(&self, word: u64, message: *mut T) -> bool {
        let slot = self.slot(word);
        let free = free_stamp(self.shape, word);
        // ORDERING: AcqRel, against the read-modify-write in `abandon`: one sees the other.
        let left = slot.stamp.replace::<A>(free, Ordering::AcqRel) == free | FULL;
        if left {
            // SAFETY: the drainer will not find it, so that it is the caller's.
            slot.value
                .with(|value| unsafe { ptr::copy_nonoverlapping(value.cast(), message, 1) });
        }
        left
    }

    /// Moves the message of a position out and frees the slot.
    ///
    /// # Safety
    /// The caller has claimed this position at the head, `is_full` was true for it, and `message`
    /// points at room for a message.
    #[inline(always)]
    pub(crate) unsafe fn take(&self, word: u64, message: *mut T) {
        let slot = self.slot(word);
        // SAFETY: the slot holds a message that nobody else takes, by the caller's promise.
        slot.value
            .with(|value| unsafe { ptr::copy_nonoverlapping(value.cast(), message, 1) });
        let free = self.shape.next_lap(free_stamp(self.shape, word));
        // The Release in it pairs with the Acquire in `is_free`.
        slot.stamp.put(free);
    }

    /// Gives up a position that was claimed at both ends, in an abandoned channel. If its message
    /// is there already, that is said and the caller takes it; else it is left to its publisher.
    pub(crate) fn abandon<A: Access>(&self, word: u64) -> bool {
        // ORDERING: AcqRel, against the swap in `reclaim`: one of the two sees the other.
        let stamp = self
            .slot(word)
            .stamp
            .or_as::<A>(ABANDONED, Ordering::AcqRel);
        stamp & FULL != 0
    }
}
