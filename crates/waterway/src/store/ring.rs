//! Stamped slots: the store of a bounded channel.
//!
//! The queue is Vyukov's bounded queue
//! (<https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue>) with the
//! announcements of waiters on the stamps. A slot's stamp says whose turn it is:
//!
//! ```text
//! MSB | lap (2 to 28 bits) | ABANDONED | RECEIVER_WANTS | SENDER_WANTS | FULL | LSB
//! ```
//!
//! | stamp (marks aside) | state | next |
//! |---|---|---|
//! | `lap` | free for the message of this lap, or claimed for it | publish adds `FULL` |
//! | `lap + FULL` | the message is there, or being taken | free swaps in `lap + 1` |
//!
//! All zeros is "free for lap 0", so that zeroed memory is an empty ring, at any capacity from 1.
//!
//! | mark | set by | seen by |
//! |---|---|---|
//! | `RECEIVER_WANTS` | a receiver that found the head slot without a message | publish, which keeps the marks |
//! | `SENDER_WANTS` | a sender that found the slot at `tail + permits` not free | free, which clears them |
//! | `ABANDONED` | the drop of the last receiver, on a claimed slot without a message | publish: the message stays the publisher's |
//!
//! Which slot is claimed is decided by the words of the two ends, see [`words`](super::words).

use core::mem::MaybeUninit;
use core::ptr;

use super::Published;
use super::words::Shape;
use crate::sync::{AtomicU32, Ordering, UnsafeCell};

const FULL: u32 = 1;
const SENDER_WANTS: u32 = 1 << 1;
const RECEIVER_WANTS: u32 = 1 << 2;
const ABANDONED: u32 = 1 << 3;
const MARKS: u32 = SENDER_WANTS | RECEIVER_WANTS | ABANDONED;

/// One place for a message.
#[derive(Debug)]
pub(crate) struct Slot<T> {
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

    /// The message's place.
    pub(crate) fn value(&self) -> *mut T {
        self.value.with_mut(|value| value.cast())
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
        // ORDERING: Acquire pairs with the Release half of the swap in `take`: the last message
        // has been read out before another is written.
        let stamp = self.slot(word).stamp.load(Ordering::Acquire);
        stamp & !(SENDER_WANTS | RECEIVER_WANTS) == free_stamp(self.shape, word)
    }

    /// Announces that a sender waits for this slot; says whether it is free already.
    pub(crate) fn want_free(&self, word: u64) -> bool {
        // ORDERING: AcqRel, the announce protocol on the stamp, against the swap in `take`:
        // Acquire so that a slot found free may be written, Release so that the taker who sees the
        // mark sees the node that stands behind it (it also takes the lists' lock).
        let stamp = self
            .slot(word)
            .stamp
            .fetch_or(SENDER_WANTS, Ordering::AcqRel);
        stamp & !(SENDER_WANTS | RECEIVER_WANTS) == free_stamp(self.shape, word)
    }

    /// Whether the message of this position is there.
    #[inline(always)]
    pub(crate) fn is_full(&self, word: u64) -> bool {
        // ORDERING: Acquire pairs with the Release half of the add in `publish`: the message is
        // seen written.
        let stamp = self.slot(word).stamp.load(Ordering::Acquire);
        stamp & !MARKS == free_stamp(self.shape, word) | FULL
    }

    /// Announces that a receiver waits for the message of this position; says whether it is there
    /// already.
    pub(crate) fn want_message(&self, word: u64) -> bool {
        // ORDERING: AcqRel, the announce protocol on the stamp, against the add in `publish`.
        let stamp = self
            .slot(word)
            .stamp
            .fetch_or(RECEIVER_WANTS, Ordering::AcqRel);
        stamp & !MARKS == free_stamp(self.shape, word) | FULL
    }

    /// Moves a message into a claimed slot. If it turns out abandoned the message is moved back.
    ///
    /// # Safety
    /// The caller has claimed this position at the tail and has not published it yet, and
    /// `message` points at a message that is its own. Unless abandoned, the message is moved out.
    #[inline(always)]
    pub(crate) unsafe fn publish(&self, word: u64, message: *mut T) -> Published {
        let slot = self.slot(word);
        // SAFETY: the slot is free and claimed: nobody reads or writes it until the stamp changes.
        slot.value
            .with_mut(|value| unsafe { ptr::copy_nonoverlapping(message, value.cast(), 1) });
        // ORDERING: AcqRel: Release publishes the message to the Acquire in `is_full`; Acquire is
        // for the announcements, whose setters' earlier writes are to be seen by who acts on them.
        let stamp = slot.stamp.fetch_add(FULL, Ordering::AcqRel);
        if stamp & (RECEIVER_WANTS | ABANDONED) == 0 {
            return Published::Quietly;
        }
        if stamp & ABANDONED == 0 {
            return Published::Wanted;
        }
        // SAFETY: who abandons a slot never reads it, so that the message is still the caller's.
        unsafe { self.move_out(word, message) };
        Published::Abandoned
    }

    /// Moves the message of a position out and frees the slot; says whether a sender waits for it.
    ///
    /// # Safety
    /// The caller has claimed this position at the head, `is_full` was true for it, and `message`
    /// points at room for a message.
    #[inline(always)]
    pub(crate) unsafe fn take(&self, word: u64, message: *mut T) -> bool {
        // SAFETY: by the caller's promise nobody else takes this message.
        unsafe { self.move_out(word, message) & SENDER_WANTS != 0 }
    }

    /// # Safety
    /// The slot holds a message that is the caller's alone.
    #[inline(always)]
    unsafe fn move_out(&self, word: u64, message: *mut T) -> u32 {
        let slot = self.slot(word);
        // SAFETY: the slot holds a message and `message` has room, by the caller's promise.
        slot.value
            .with(|value| unsafe { ptr::copy_nonoverlapping(value.cast(), message, 1) });
        let free = self.shape.next_lap(free_stamp(self.shape, word));
        // ORDERING: AcqRel: Release so that the next sender writes after this read (`is_free`);
        // Acquire as in `publish`, for the sender that announced itself.
        slot.stamp.swap(free, Ordering::AcqRel)
    }

    /// Gives up a position that was claimed at both ends. If its message is there already, that is
    /// said and the caller takes it; else its publisher keeps it.
    pub(crate) fn abandon(&self, word: u64) -> bool {
        // ORDERING: AcqRel, against the add in `publish`: one of the two sees the other.
        let stamp = self.slot(word).stamp.fetch_or(ABANDONED, Ordering::AcqRel);
        stamp & FULL != 0
    }
}
