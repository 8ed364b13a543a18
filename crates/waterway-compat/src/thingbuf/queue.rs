//! The queue on the heap.

use core::fmt;

use super::ends::{Reader, Writer, allocate, show, value};
use super::guard::{Entry, Guard, RecvRef, SendRef};
use super::recycling::{DefaultRecycle, Recycle};
use super::{Full, Ref};

/// A queue of slots on the heap, for many at both ends: what pushes and pops does not wait.
///
/// # Examples
/// ```
/// use waterway_compat::thingbuf::ThingBuf;
///
/// let queue = ThingBuf::new(2);
/// queue.push(1).unwrap();
/// *queue.push_ref().unwrap() = 2;
/// assert!(queue.push(3).is_err(), "it is full");
/// assert_eq!(queue.pop(), Some(1));
/// assert_eq!(queue.pop_ref().as_deref(), Some(&2));
/// ```
pub struct ThingBuf<T, R = DefaultRecycle> {
    writer: Writer<T>,
    reader: Reader<T>,
    recycle: R,
}

impl<T: Default + Clone> ThingBuf<T> {
    /// A queue of exactly `capacity` slots, whose elements are made and recycled by their default value.
    ///
    /// # Panics
    /// If `capacity` is 0 or more than [`MAX_CAPACITY`](super::MAX_CAPACITY).
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Self::with_recycle(capacity, DefaultRecycle::new())
    }
}

impl<T, R: Recycle<T>> ThingBuf<T, R> {
    /// The same with a policy of how elements are made and recycled.
    ///
    /// # Panics
    /// As for [`new`](ThingBuf::new).
    #[must_use]
    #[track_caller]
    pub fn with_recycle(capacity: usize, recycle: R) -> Self {
        let (writer, reader) = allocate(capacity);
        Self {
            writer,
            reader,
            recycle,
        }
    }

    /// A slot to write in place. When it is dropped it is in the queue, behind what was pushed before that.
    ///
    /// # Errors
    /// [`Full`] if there is no free slot.
    pub fn push_ref(&self) -> Result<Ref<'_, T>, Full> {
        let slot = self.writer.try_send_ref(&self.recycle);
        slot.map(pushed).map_err(|_| Full(()))
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// [`Full`], with the value, if there is no free slot.
    pub fn push(&self, val: T) -> Result<(), Full<T>> {
        let pushed = self.writer.try_send(val);
        pushed.map_err(|error| Full(error.into_inner()))
    }

    /// Pushes what a function makes of a free slot's element.
    ///
    /// # Errors
    /// [`Full`] if there is no free slot.
    pub fn push_with<U>(&self, f: impl FnOnce(&mut T) -> U) -> Result<U, Full> {
        self.push_ref().map(|mut slot| f(&mut slot))
    }

    /// Pops the next element, in its slot, which is free when that is dropped.
    pub fn pop_ref(&self) -> Option<Ref<'_, T>> {
        self.reader.try_recv_ref().ok().map(popped)
    }

    /// Pops the next element by value.
    pub fn pop(&self) -> Option<T> {
        self.reader.try_recv_ref().ok().map(value)
    }

    /// Pops the next element into a function.
    pub fn pop_with<U>(&self, f: impl FnOnce(&mut T) -> U) -> Option<U> {
        self.pop_ref().map(|mut slot| f(&mut slot))
    }
}

impl<T, R> ThingBuf<T, R> {
    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        self.writer.capacity()
    }

    /// The capacity without the [length](Self::len).
    pub fn remaining(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many elements are in the queue, with those that are being written.
    pub fn len(&self) -> usize {
        self.writer.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, R: fmt::Debug> fmt::Debug for ThingBuf<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        show(f, "ThingBuf", format_args!("[...]"), numbers, &self.recycle)
    }
}

fn pushed<T>(slot: SendRef<'_, T>) -> Ref<'_, T> {
    Guard::new(Entry::from(slot.into_seat()))
}

fn popped<T>(slot: RecvRef<'_, T>) -> Ref<'_, T> {
    Guard::new(Entry::from(slot.into_seat()))
}
