//! Bare contiguous slots: the store of a bounded channel with one sender and one receiver.
//!
//! Nothing is written but messages. What is in which slot is said by two positions, that of the sender
//! and that of the receiver, each written by one side: see [`lane`](crate::chan::lane). The positions
//! are those of a ring, {lap, index}, so that any capacity is exact.

use core::mem::MaybeUninit;
use core::ptr;

use super::words::Shape;
use crate::sync::UnsafeCell;

/// One place for a message, and nothing else.
pub type LaneSlot<T> = UnsafeCell<MaybeUninit<T>>;

/// The slots of one channel, and how its words point into them.
#[derive(Debug)]
pub(crate) struct Lane<T> {
    slots: *const LaneSlot<T>,
    shape: Shape,
}

impl<T> Clone for Lane<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lane<T> {}

impl<T> Lane<T> {
    /// # Safety
    /// `slots` points at as many slots as the shape has, and they outlive the lane and everything
    /// that it is asked to do.
    #[inline(always)]
    pub(crate) unsafe fn new(slots: *const LaneSlot<T>, shape: Shape) -> Self {
        Self { slots, shape }
    }

    #[inline(always)]
    fn slot(&self, word: u64) -> &LaneSlot<T> {
        // SAFETY: the index of a word is below the capacity (Shape), and the slots are alive (new).
        unsafe { &*self.slots.add(self.shape.index(word)) }
    }

    /// The place of a position.
    #[inline]
    pub(crate) fn place(&self, word: u64) -> *mut T {
        self.slot(word).with_mut(|value| value.cast())
    }

    /// Moves a message in.
    ///
    /// # Safety
    /// The caller is the sender, or stands for it; the place is free, and `message` points at a
    /// message that is its own.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, word: u64, message: *mut T) {
        // SAFETY: the receiver does not look there before the sender's position has passed it.
        self.slot(word)
            .with_mut(|value| unsafe { ptr::copy_nonoverlapping(message, value.cast(), 1) });
    }

    /// Moves a message out.
    ///
    /// # Safety
    /// The caller is the receiver, or it is the sender that takes back what the receiver will never
    /// see; the message is there, and `message` points at room for one.
    #[inline(always)]
    pub(crate) unsafe fn read(&self, word: u64, message: *mut T) {
        // SAFETY: the sender does not write there before the receiver's position has passed it.
        self.slot(word)
            .with(|value| unsafe { ptr::copy_nonoverlapping(value.cast(), message, 1) });
    }
}
