//! The queue that lies where it is put.
//!
//! A pool has handles, which a queue on the stack could not lend. So this is made of two of waterway's channels by
//! reference: one of the slots that are free, one of those that are in the queue. Whoever has a slot's number has the
//! slot: its lock is always free.

use core::fmt;

use lock_api::{Mutex, MutexGuard, RawMutex};
use waterway::{DefaultLock, mpmc};

use super::ends::{furnish, show};
use super::guard::{Entry, Guard, Seat};
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
    lists: Lists<CAP>,
    slots: [Room<T>; CAP],
    recycle: R,
}

/// Where an element lies.
type Room<T> = Mutex<DefaultLock, Option<T>>;

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
        const {
            assert!(CAP >= 1, "the capacity is at least 1");
            assert!(
                CAP <= super::MAX_CAPACITY,
                "the capacity is more than MAX_CAPACITY"
            );
        }
        Self {
            lists: Lists::new(),
            slots: [const { Mutex::const_new(DefaultLock::INIT, None) }; CAP],
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
        self.lists.len()
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
        let mut slot = self.claim().ok_or(Full(()))?;
        furnish(slot.room(), &self.recycle);
        // Until here it is given back if the policy panics.
        slot.way = Way::Push;
        Ok(Guard::new(Entry::from(slot)))
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// [`Full`], with the value, if there is no free slot.
    pub fn push(&self, val: T) -> Result<(), Full<T>> {
        let Some(mut slot) = self.claim() else {
            return Err(Full(val));
        };
        // Dropped when it is pushed.
        let _last = slot.room().replace(val);
        slot.way = Way::Push;
        drop(slot);
        Ok(())
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
        self.take().map(|slot| Guard::new(Entry::from(slot)))
    }

    /// Pops the next element by value.
    pub fn pop(&self) -> Option<T> {
        self.take()?.room().take()
    }

    /// Pops the next element into a function.
    pub fn pop_with<U>(&self, f: impl FnOnce(&mut T) -> U) -> Option<U> {
        self.pop_ref().map(|mut slot| f(&mut slot))
    }

    fn claim(&self) -> Option<FixedSlot<'_, T>> {
        let index = self.lists.claim()?;
        Some(self.slot(index, Way::GiveUp))
    }

    fn take(&self) -> Option<FixedSlot<'_, T>> {
        let index = self.lists.ready.try_recv().ok()?;
        Some(self.slot(index, Way::Free))
    }

    fn slot(&self, index: usize, way: Way) -> FixedSlot<'_, T> {
        FixedSlot {
            room: Some(self.slots[index].lock()),
            index,
            way,
            desk: &self.lists,
        }
    }
}

impl<T, const CAP: usize, R: fmt::Debug> fmt::Debug for StaticThingBuf<T, CAP, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        let slots = format_args!("[...]");
        show(f, "StaticThingBuf", slots, numbers, &self.recycle)
    }
}

/// Which slots are free, and which in the queue.
struct Lists<const CAP: usize> {
    free: mpmc::Channel<usize, CAP>,
    ready: mpmc::Channel<usize, CAP>,
    counts: Mutex<DefaultLock, Counts>,
}

struct Counts {
    /// So many were claimed at some time: they are in the lists, or held.
    used: usize,
    /// So many are claimed now.
    writing: usize,
}

impl<const CAP: usize> Lists<CAP> {
    const fn new() -> Self {
        let counts = Counts {
            used: 0,
            writing: 0,
        };
        Self {
            free: mpmc::Channel::new(),
            ready: mpmc::Channel::new(),
            counts: Mutex::const_new(DefaultLock::INIT, counts),
        }
    }

    fn claim(&self) -> Option<usize> {
        let mut counts = self.counts.lock();
        let index = match self.free.try_recv() {
            Ok(index) => index,
            Err(_) if counts.used < CAP => {
                counts.used += 1;
                counts.used - 1
            }
            Err(_) => return None,
        };
        counts.writing += 1;
        Some(index)
    }

    fn len(&self) -> usize {
        let counts = self.counts.lock();
        (self.ready.len() + counts.writing).min(CAP)
    }
}

/// Where slots go.
trait Desk: Sync {
    fn put(&self, index: usize, way: Way);
}

impl<const CAP: usize> Desk for Lists<CAP> {
    fn put(&self, index: usize, way: Way) {
        let list = match way {
            Way::Push => &self.ready,
            Way::Free | Way::GiveUp => &self.free,
        };
        list.try_send(index).expect("there is room for all slots");
        if !matches!(way, Way::Free) {
            self.counts.lock().writing -= 1;
        }
    }
}

/// What becomes of a slot when it is dropped.
#[derive(Clone, Copy)]
enum Way {
    /// It was claimed, and is in the queue.
    Push,
    /// It was claimed, and is free again.
    GiveUp,
    /// It was taken, and is free again.
    Free,
}

/// A slot that somebody holds.
#[allow(missing_debug_implementations, reason = "guards show their elements")]
pub struct FixedSlot<'a, T> {
    /// `None` when it goes.
    room: Option<MutexGuard<'a, DefaultLock, Option<T>>>,
    index: usize,
    way: Way,
    desk: &'a dyn Desk,
}

const HELD: &str = "an element lies in a slot that is held";

impl<T> FixedSlot<'_, T> {
    fn room(&mut self) -> &mut Option<T> {
        self.room.as_deref_mut().expect("it is there until it goes")
    }
}

impl<T> Seat for FixedSlot<'_, T> {
    type Element = T;

    fn element(&self) -> &T {
        let room = self.room.as_deref();
        room.and_then(Option::as_ref).expect(HELD)
    }

    fn element_mut(&mut self) -> &mut T {
        self.room().as_mut().expect(HELD)
    }
}

impl<T> Drop for FixedSlot<'_, T> {
    fn drop(&mut self) {
        // The lock is free before the number is anybody's.
        self.room = None;
        self.desk.put(self.index, self.way);
    }
}
