//! The queue that lies where it is put.

use core::fmt;

use waterway::pool::Queue;

use super::ends::{Lazy, show, unsent, written};
use super::guard::{Entry, Guard};
use super::recycling::{DefaultRecycle, Recycle};
use super::{Full, Ref};

/// A queue of `CAP` slots without an allocation, for many at both ends: what pushes and pops does not wait. It lies in a
/// static, on the stack or in a struct.
///
/// # Examples
/// ```
/// use waterway_compat::thingbuf::StaticThingBuf;
///
/// static LINES: StaticThingBuf<String, 2> = StaticThingBuf::new();
///
/// LINES.push_ref().unwrap().push_str("hello");
/// assert_eq!(LINES.pop().as_deref(), Some("hello"));
/// assert_eq!(LINES.pop(), None);
/// ```
///
/// One without slots does not compile:
///
/// ```compile_fail,E0080
/// let _queue = waterway_compat::thingbuf::StaticThingBuf::<u8, 0>::new();
/// ```
pub struct StaticThingBuf<T, const CAP: usize, R = DefaultRecycle> {
    queue: Queue<Option<T>, CAP, Lazy>,
    recycle: R,
}

impl<T, const CAP: usize> StaticThingBuf<T, CAP> {
    /// A queue whose elements are made and recycled by their default value.
    ///
    /// `CAP` is at least 1 and at most [`MAX_CAPACITY`](super::MAX_CAPACITY), or it does not compile.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "the original has none")]
    pub const fn new() -> Self {
        Self::with_recycle(DefaultRecycle::new())
    }
}

impl<T, const CAP: usize, R> StaticThingBuf<T, CAP, R> {
    /// The same with a policy of how elements are made and recycled.
    #[must_use]
    pub const fn with_recycle(recycle: R) -> Self {
        Self {
            queue: Queue::with_recycle(Lazy),
            recycle,
        }
    }

    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        CAP
    }

    /// The capacity without the [length](Self::len).
    pub fn remaining(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many elements are in the queue, with those that are being written.
    pub fn len(&self) -> usize {
        (self.queue.len() + self.queue.claimed()).min(CAP)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, const CAP: usize, R: Recycle<T>> StaticThingBuf<T, CAP, R> {
    /// A slot to write in place. When it is dropped it is in the queue, behind what was pushed before that.
    ///
    /// # Errors
    /// [`Full`] if there is no free slot.
    pub fn push_ref(&self) -> Result<Ref<'_, T>, Full> {
        let slot = self.queue.try_slot().map_err(|_| Full(()))?;
        let slot = written(slot, &self.recycle);
        Ok(Guard::new(Entry::from(slot.into_seat())))
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// [`Full`], with the value, if there is no free slot.
    pub fn push(&self, val: T) -> Result<(), Full<T>> {
        let pushed = self.queue.try_send(Some(val));
        pushed.map_err(|error| Full(unsent(error.into_inner())))
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
        let slot = self.queue.try_recv_ref().ok()?;
        Some(Guard::new(Entry::from(slot)))
    }

    /// Pops the next element by value.
    pub fn pop(&self) -> Option<T> {
        self.queue.try_recv().ok()?
    }

    /// Pops the next element into a function.
    pub fn pop_with<U>(&self, f: impl FnOnce(&mut T) -> U) -> Option<U> {
        self.pop_ref().map(|mut slot| f(&mut slot))
    }
}

impl<T, const CAP: usize, R: fmt::Debug> fmt::Debug for StaticThingBuf<T, CAP, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        let slots = format_args!("[...]");
        show(f, "StaticThingBuf", slots, numbers, &self.recycle)
    }
}
