//! One value in memory of its own, with a count of who refers to it.
//!
//! ```text
//! count (64 bits) | value
//! ```
//!
//! The count is that of the [`Counted`]s of this memory. Who has one reads the value; who has the only one
//! may also take it out, and keep the memory as a [`Spare`] for the next. Nobody comes to a reference but
//! by a copy of one, so that who sees a count of 1, and has that one, is alone for as long as it keeps it
//! to itself. The count has 64 bits, and does not wrap around however many references are leaked.
//!
//! The last to go drops the value: user code. Therefore a reference that was replaced under a lock is handed
//! out of there, and goes afterwards.

use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use super::memory;
use crate::sync::{
    AtomicPtr, AtomicU64, Exchange, Modify, Ordering, Threads, UnsafeCell, constant,
};

/// What lies in the memory.
struct Cell<T> {
    count: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// A reference to a value that lives as long as there is one.
pub(crate) struct Counted<T> {
    cell: NonNull<Cell<T>>,
    _of: PhantomData<T>,
}

// SAFETY: who has a reference reads the value beside others, in whatever thread, and the last drops it.
unsafe impl<T: Send + Sync> Send for Counted<T> {}
// SAFETY: as for Send: by a shared one another is made.
unsafe impl<T: Send + Sync> Sync for Counted<T> {}

// A panic of others leaves the value as it is.
impl<T: RefUnwindSafe> UnwindSafe for Counted<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Counted<T> {}

impl<T> Counted<T> {
    /// Puts a value into this memory, or into new memory.
    pub(crate) fn new(value: T, spare: Option<Spare<T>>) -> Self {
        let cell = ManuallyDrop::new(spare.unwrap_or_else(Spare::new)).0;
        // SAFETY: memory of this layout, and nobody else's; under loom the cell has something to initialise.
        unsafe {
            (&raw mut (*cell.as_ptr()).count).write(AtomicU64::new(1));
            let place = &raw mut (*cell.as_ptr()).value;
            if cfg!(waterway_loom) {
                place.write(UnsafeCell::new(MaybeUninit::uninit()));
            }
            // At once, without a copy in between: values may be large.
            (*place).with_mut(<*mut _>::cast::<T>).write(value);
        }
        Self {
            cell,
            _of: PhantomData,
        }
    }

    fn cell(&self) -> &Cell<T> {
        // SAFETY: it lives as long as there is a reference.
        unsafe { self.cell.as_ref() }
    }

    /// Whether this is the only reference, and stays so until it is copied.
    fn is_alone(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `drop`: what others did to the value comes before
        // what is done to it now.
        self.cell().count.load(Ordering::Acquire) == 1
    }

    /// Takes the value out, and keeps the memory, if nobody else refers to it.
    pub(crate) fn take(self) -> Result<(T, Spare<T>), Self> {
        if !self.is_alone() {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: a value lies there, and is read once: the only reference is forgotten.
        let value = this
            .cell()
            .value
            .with_mut(|value| unsafe { (*value).assume_init_read() });
        // SAFETY: as above.
        Ok((value, unsafe { Spare::emptied(this.cell) }))
    }

    /// Drops the value and keeps the memory, if nobody else refers to it.
    pub(crate) fn clear(self) -> Option<Spare<T>> {
        if !self.is_alone() {
            return None;
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: the only reference is forgotten. Should the value's drop panic the memory is still freed.
        let spare = unsafe { Spare::emptied(this.cell) };
        // SAFETY: a value lies there, and is dropped once.
        unsafe { spare.drop_value() };
        Some(spare)
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a value lies there as long as there is a reference, and nobody writes to it meanwhile.
        self.cell()
            .value
            .with(|value| unsafe { (*value).assume_init_ref() })
    }
}

impl<T> Clone for Counted<T> {
    #[inline]
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: the caller's reference keeps the value meanwhile.
        self.cell().count.add_as::<Threads>(1, Ordering::Relaxed);
        Self {
            cell: self.cell,
            _of: PhantomData,
        }
    }
}

impl<T> Drop for Counted<T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: AcqRel: what each did to the value comes before the last drops it.
        if self.cell().count.sub_as::<Threads>(1, Ordering::AcqRel) == 1 {
            // SAFETY: the last reference has gone.
            let spare = unsafe { Spare::emptied(self.cell) };
            // SAFETY: a value lies there, and is dropped once. Should that panic the memory is still freed.
            unsafe { spare.drop_value() };
        }
    }
}

impl<T> fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}

/// Memory for one value, without one. It is freed when it is dropped.
pub(crate) struct Spare<T>(NonNull<Cell<T>>);

// SAFETY: it is memory and nothing else.
unsafe impl<T> Send for Spare<T> {}
// SAFETY: as for Send.
unsafe impl<T> Sync for Spare<T> {}

impl<T> Spare<T> {
    const LAYOUT: Layout = Layout::new::<Cell<T>>();

    fn new() -> Self {
        // SAFETY: it holds a count at least.
        Self(unsafe { memory::allocate(Self::LAYOUT) }.cast())
    }

    /// # Safety
    /// Nobody else uses the cell, and its value is moved out or dropped by the caller.
    unsafe fn emptied(cell: NonNull<Cell<T>>) -> Self {
        // SAFETY: the count is written again before it is read.
        unsafe { (&raw mut (*cell.as_ptr()).count).drop_in_place() };
        Self(cell)
    }

    /// # Safety
    /// A value lies here still, and is dropped by nobody else.
    unsafe fn drop_value(&self) {
        // SAFETY: by the caller's promise.
        let value = unsafe { &(*self.0.as_ptr()).value };
        // SAFETY: the same.
        value.with_mut(|value| unsafe { (*value).assume_init_drop() });
    }
}

impl<T> Drop for Spare<T> {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nobody else's.
        unsafe { memory::free(self.0.cast(), Self::LAYOUT) };
    }
}

impl<T> fmt::Debug for Spare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spare")
    }
}

/// A place for one [`Spare`], for whoever comes.
pub(crate) struct Shelf<T> {
    /// Null where there is none.
    spare: AtomicPtr<Cell<T>>,
}

impl<T> Shelf<T> {
    constant! {
        pub(crate) fn new() -> Self {
            Self { spare: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// Takes what lies here.
    pub(crate) fn take(&self) -> Option<Spare<T>> {
        self.exchange(ptr::null_mut())
    }

    /// Leaves this here. What lay here before is freed.
    pub(crate) fn put(&self, spare: Spare<T>) {
        let spare = ManuallyDrop::new(spare);
        drop(self.exchange(spare.0.as_ptr()));
    }

    fn exchange(&self, new: *mut Cell<T>) -> Option<Spare<T>> {
        // ORDERING: AcqRel: what was done with the memory before it was left here comes before what its
        // next owner does.
        let old = self.spare.replace::<Threads>(new, Ordering::AcqRel);
        NonNull::new(old).map(Spare)
    }
}

impl<T> Drop for Shelf<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    #[test]
    fn the_last_reference_drops_the_value() {
        let value = Arc::new(());
        let first = Counted::new(Arc::clone(&value), None);
        let second = first.clone();
        assert_eq!(Arc::strong_count(&value), 2);
        drop(first);
        assert!(Arc::ptr_eq(&second, &value));
        drop(second);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn memory_is_reused_only_if_nobody_refers_to_it() {
        let first = Counted::new(String::from("first"), None);
        let address = first.cell;
        let second = first.clone();
        let first = first.take().expect_err("it is shared");
        drop(second);
        let (value, spare) = first.take().expect("it is not");
        assert_eq!(value, "first");
        let shelf = Shelf::new();
        shelf.put(spare);
        let third = Counted::new(String::from("third"), shelf.take());
        assert_eq!((third.cell, third.as_str()), (address, "third"));
        assert!(third.clone().clear().is_none(), "it is shared");
        shelf.put(third.clear().expect("it is not"));
        assert!(shelf.take().is_some());
        assert!(shelf.take().is_none());
        shelf.put(Spare::new());
        shelf.put(Spare::new());
    }

    #[test]
    fn a_drop_that_panics_is_no_leak() {
        struct Wild(#[allow(dead_code, reason = "it is counted")] Arc<()>);
        impl Drop for Wild {
            fn drop(&mut self) {
                panic!("a drop panics");
            }
        }
        let value = Arc::new(());
        let wild = || Counted::new(Wild(Arc::clone(&value)), None);
        let (first, second) = (wild(), wild());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| second.clear())).is_err());
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
