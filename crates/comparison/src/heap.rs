//! An allocator that counts the bytes a thread keeps alive, while it is asked to.
//!
//! Off, it costs one load of a flag that nobody writes, the same for every contestant.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static GROWTH: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: isize) {
    // Relaxed: only a thread that turned it on itself relies on it.
    if COUNTED.load(Ordering::Relaxed) {
        GROWTH.set(GROWTH.get() + bytes);
    }
}

// SAFETY: every call goes to the system's allocator unchanged, and counting neither allocates nor
// unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promises are this call's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promises are this call's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: the caller's promises are this call's.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(new_size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are this call's.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

/// Does it, and tells how many more bytes of this thread are alive after it.
pub(crate) fn grown<T>(body: impl FnOnce() -> T) -> (T, isize) {
    COUNTED.store(true, Ordering::Relaxed);
    let before = GROWTH.get();
    let value = body();
    let bytes = GROWTH.get() - before;
    COUNTED.store(false, Ordering::Relaxed);
    (value, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_stay_are_counted_and_freed_ones_are_not() {
        let (kept, bytes) = grown(|| {
            drop(vec![0u8; 1000]);
            let mut kept = Vec::<u64>::with_capacity(4);
            kept.reserve_exact(16);
            kept
        });
        assert_eq!(kept.capacity(), 16);
        assert_eq!(bytes, 128);
    }
}
