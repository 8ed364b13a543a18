//! The bytes of a oneshot: the word, the receiver's waker, and the place of the value. What may be
//! touched when is told in [`word`](super::word).

#[cfg(feature = "alloc")]
use core::alloc::Layout;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;
use core::task::Waker;

use super::half::{RecvHalf, SendHalf};
#[cfg(feature = "alloc")]
use super::word::START;
use super::word::Word;
#[cfg(feature = "alloc")]
use crate::store::memory;
use crate::sync::{UnsafeCell, constant};
use crate::wait::BareWaker;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// Where a cell lies, and so what becomes of it when both sides are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In something that lives on: a static, or a value that is borrowed.
    Fixed,
    /// In an allocation of its own.
    #[cfg(feature = "alloc")]
    Heap,
    /// In one of a [`Pool`](super::Pool).
    #[cfg(feature = "alloc")]
    Pool,
}

/// What lies in the place.
#[repr(C)]
union Place<T> {
    _value: ManuallyDrop<T>,
    _waker: BareWaker,
    _nothing: (),
}

pub(super) struct Cell<T> {
    word: Word,
    home: Home,
    /// How long the receiver's thread stays awake.
    #[cfg(feature = "std")]
    pace: Pace,
    /// The receiver was told the end, or has the value: nothing comes any more. The receiver's own.
    told: UnsafeCell<bool>,
    /// The receiver's waker.
    waker: UnsafeCell<MaybeUninit<BareWaker>>,
    /// The value, or the sender's waker.
    place: UnsafeCell<Place<T>>,
}

impl<T> Cell<T> {
    constant! {
        /// A cell in this state.
        pub(super) fn new(home: Home, state: u8) -> Self {
            Self {
                word: Word::new(state),
                home,
                #[cfg(feature = "std")]
                pace: Pace::new(),
                told: UnsafeCell::new(false),
                waker: UnsafeCell::new(MaybeUninit::uninit()),
                place: UnsafeCell::new(Place { _nothing: () }),
            }
        }
    }
}

impl<T> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("word", &self.word)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// Where a cell is. The half that has it keeps the cell until its last access.
pub(super) struct At<T>(NonNull<Cell<T>>);

impl<T> Clone for At<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for At<T> {}

impl<T> fmt::Debug for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> At<T> {
    /// # Safety
    /// The cell outlives the last access of whoever gets this.
    pub(super) unsafe fn new(cell: NonNull<Cell<T>>) -> Self {
        Self(cell)
    }

    /// A new cell on the heap.
    #[cfg(feature = "alloc")]
    pub(super) fn allocate() -> Self {
        // SAFETY: a cell has a size. It is freshly allocated for one.
        unsafe {
            let cell = memory::allocate(Layout::new::<Cell<T>>()).cast();
            Self::prepare(cell, Home::Heap);
            Self(cell)
        }
    }

    /// Makes a cell that is at its start, field by field: a large place is not built on the stack first.
    ///
    /// # Safety
    /// There is room for one, which nobody uses.
    #[cfg(feature = "alloc")]
    pub(super) unsafe fn prepare(cell: NonNull<Cell<T>>, home: Home) {
        let cell = cell.as_ptr();
        // SAFETY: by the caller's promise. Each field is written; what lies in the place is nothing yet.
        unsafe {
            (&raw mut (*cell).word).write(Word::new(START));
            (&raw mut (*cell).home).write(home);
            #[cfg(feature = "std")]
            (&raw mut (*cell).pace).write(Pace::new());
            (&raw mut (*cell).told).write(UnsafeCell::new(false));
            (&raw mut (*cell).waker).write(UnsafeCell::new(MaybeUninit::uninit()));
            #[cfg(waterway_loom)]
            (&raw mut (*cell).place).write(UnsafeCell::new(Place { _nothing: () }));
        }
    }

    /// The two halves of a cell that is at its start.
    ///
    /// # Safety
    /// It is, nobody else makes halves of it, and it lives as long as `P`.
    pub(super) unsafe fn halves<P>(self) -> (SendHalf<T, P>, RecvHalf<T, P>) {
        // SAFETY: by the caller's promise.
        unsafe {
            self.told().with_mut(|told| *told = false);
            (SendHalf::new(self), RecvHalf::new(self))
        }
    }

    pub(super) fn address(self) -> usize {
        self.0.addr().get()
    }

    #[inline(always)]
    pub(super) fn word(&self) -> &Word {
        // SAFETY: the half that has this keeps the cell. A reference to the word alone: the rest may be
        // another's just now.
        unsafe { &(*self.0.as_ptr()).word }
    }

    #[cfg(feature = "std")]
    pub(super) fn pace(&self) -> &Pace {
        // SAFETY: as for the word.
        unsafe { &(*self.0.as_ptr()).pace }
    }

    fn home(self) -> Home {
        // SAFETY: as for the word; it never changes.
        unsafe { (*self.0.as_ptr()).home }
    }

    #[inline(always)]
    fn told(&self) -> &UnsafeCell<bool> {
        // SAFETY: as for the word.
        unsafe { &(*self.0.as_ptr()).told }
    }

    #[inline(always)]
    fn waker(&self) -> &UnsafeCell<MaybeUninit<BareWaker>> {
        // SAFETY: as for the word.
        unsafe { &(*self.0.as_ptr()).waker }
    }

    #[inline(always)]
    fn place(&self) -> &UnsafeCell<Place<T>> {
        // SAFETY: as for the word.
        unsafe { &(*self.0.as_ptr()).place }
    }

    /// Whether nothing comes any more.
    ///
    /// # Safety
    /// The caller is the receiver.
    #[inline(always)]
    pub(super) unsafe fn is_told(self) -> bool {
        // SAFETY: by the caller's promise.
        self.told().with(|told| unsafe { *told })
    }

    /// # Safety
    /// The caller is the receiver.
    #[inline(always)]
    pub(super) unsafe fn set_told(self, now: bool) {
        // SAFETY: by the caller's promise.
        self.told().with_mut(|told| unsafe { *told = now });
    }

    /// # Safety
    /// The caller is the sender; `SENDER_WAITS` does not stand, and nothing was sent.
    #[inline(always)]
    pub(super) unsafe fn write(self, value: T) {
        // SAFETY: by the caller's promise nobody else goes to the place.
        self.place()
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
    }

    /// # Safety
    /// The value was written, and is the caller's: it is not read again.
    #[inline(always)]
    pub(super) unsafe fn read(self) -> T {
        // SAFETY: by the caller's promise. A write to those who check: a value is taken once.
        self.place()
            .with_mut(|place| unsafe { place.cast::<T>().read() })
    }

    /// Drops the value where it lies.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    pub(super) unsafe fn drop_value(self) {
        let value = self.place().with_mut(|place| place.cast::<T>());
        // SAFETY: by the caller's promise.
        unsafe { value.drop_in_place() };
    }

    /// Puts the sender's waker into the place.
    ///
    /// # Safety
    /// As for [`write`](Self::write), and `RECEIVER_ENDED` does not stand or is not seen.
    pub(super) unsafe fn put_sender(self, waker: Waker) {
        let waker = BareWaker::of(waker);
        // SAFETY: by the caller's promise nobody else goes to the place.
        self.place()
            .with_mut(|place| unsafe { place.cast::<BareWaker>().write(waker) });
    }

    /// Whether the waker in the place is this one.
    ///
    /// # Safety
    /// The caller is the sender, which has put a waker there.
    pub(super) unsafe fn sender_is(self, waker: &Waker) -> bool {
        // SAFETY: the sender alone writes there.
        let there = self
            .place()
            .with(|place| unsafe { *place.cast::<BareWaker>() });
        there.is_of(waker)
    }

    /// Takes the sender's waker out of the place.
    ///
    /// # Safety
    /// The caller has cleared `SENDER_WAITS`, or has put the waker there and not set it.
    pub(super) unsafe fn take_sender(self) -> Waker {
        // SAFETY: by the caller's promise it is there, and the caller's.
        unsafe {
            let there = self.place().with(|place| *place.cast::<BareWaker>());
            there.whole()
        }
    }

    /// # Safety
    /// The caller is the receiver; neither `RECEIVER_WAITS` nor `SENDER_ENDED` stands.
    pub(super) unsafe fn put_receiver(self, waker: Waker) {
        let waker = BareWaker::of(waker);
        // SAFETY: by the caller's promise nobody else goes there.
        self.waker().with_mut(|slot| unsafe {
            (*slot).write(waker);
        });
    }

    /// Whether the receiver's waker is this one.
    ///
    /// # Safety
    /// The caller is the receiver, which has put a waker there.
    pub(super) unsafe fn receiver_is(self, waker: &Waker) -> bool {
        // SAFETY: the receiver alone writes there.
        let there = self.waker().with(|slot| unsafe { (*slot).assume_init() });
        there.is_of(waker)
    }

    /// Takes the receiver's waker out.
    ///
    /// # Safety
    /// The caller has cleared `RECEIVER_WAITS`, or has put the waker there and not set it.
    pub(super) unsafe fn take_receiver(self) -> Waker {
        // SAFETY: by the caller's promise it is there, and the caller's.
        unsafe {
            let there = self.waker().with(|slot| (*slot).assume_init());
            there.whole()
        }
    }

    /// The last access of a side: clears its bit, and frees the cell if the other is gone.
    ///
    /// # Safety
    /// It is the last; nothing is left in the cell that is this side's.
    #[inline]
    pub(super) unsafe fn leave(self, here: u8) {
        if self.word().leave(here) {
            // SAFETY: the other side has made its last access, too.
            unsafe { self.free() };
        }
    }

    /// The last access of a side that has seen that the other is gone.
    ///
    /// # Safety
    /// As for [`leave`](Self::leave), and it has.
    #[inline]
    pub(super) unsafe fn leave_alone(self) {
        if self.home() == Home::Fixed {
            self.word().rest();
            return;
        }
        // SAFETY: by the caller's promise.
        unsafe { self.free() };
    }

    /// # Safety
    /// Both sides have made their last access. One in a [`Home::Fixed`] may be in use again.
    #[inline]
    unsafe fn free(self) {
        match self.home() {
            Home::Fixed => {}
            #[cfg(feature = "alloc")]
            Home::Heap => {
                // SAFETY: allocated with this layout, by `allocate`.
                unsafe {
                    self.0.drop_in_place();
                    memory::free(self.0.cast(), Layout::new::<Cell<T>>());
                }
            }
            #[cfg(feature = "alloc")]
            // SAFETY: by the caller's promise, and it is one of a pool.
            Home::Pool => unsafe { super::pool::put_back(self.0) },
        }
    }
}

#[cfg(all(test, not(waterway_loom), target_pointer_width = "64"))]
mod tests {
    use super::*;

    /// The bytes of a oneshot on the heap.
    #[test]
    fn a_small_value_takes_forty_bytes() {
        assert_eq!(size_of::<Cell<u64>>(), 40);
        assert_eq!(size_of::<Cell<()>>(), 40);
        assert_eq!(size_of::<Cell<[usize; 2]>>(), 40);
        assert_eq!(size_of::<Cell<[usize; 4]>>(), 56);
    }
}
