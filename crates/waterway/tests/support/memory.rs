//! A counting allocator, per thread, so that tests running side by side do not see one another.
//!
//! A binary opts in with
//! `#[global_allocator] static ALLOCATOR: support::memory::Counting = support::memory::Counting;`
//! and then reads [`live`] or [`growth`] on the thread that allocates *and* frees.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static BLOCKS: Cell<isize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// The system allocator, counting per thread.
pub(crate) struct Counting;

/// Memory held, as this thread sees it: what it allocated less what it freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Held {
    pub(crate) bytes: isize,
    pub(crate) blocks: isize,
    /// Calls of the allocator that handed memory out (never goes down).
    pub(crate) calls: usize,
}

/// What this thread holds now.
pub(crate) fn live() -> Held {
    Held {
        bytes: BYTES.get(),
        blocks: BLOCKS.get(),
        calls: CALLS.get(),
    }
}

/// Runs `body` and tells how much more is held afterwards than before.
pub(crate) fn growth<R>(body: impl FnOnce() -> R) -> (R, Held) {
    let before = live();
    let result = body();
    let after = live();
    let grown = Held {
        bytes: after.bytes - before.bytes,
        blocks: after.blocks - before.blocks,
        calls: after.calls - before.calls,
    };
    (result, grown)
}

/// Fails the test when the binary forgot to install [`Counting`]: a meter that reads 0 proves nothing.
pub(crate) fn assert_installed() {
    let (kept, grown) = growth(|| vec![1u8; 4096]);
    assert!(
        grown.bytes >= 4096,
        "the counting allocator is not installed"
    );
    drop(kept);
}

fn count(bytes: isize, blocks: isize, calls: usize) {
    // A thread that is going away may have lost its counters: then nobody reads them either.
    let _ = BYTES.try_with(|c| c.set(c.get() + bytes));
    let _ = BLOCKS.try_with(|c| c.set(c.get() + blocks));
    let _ = CALLS.try_with(|c| c.set(c.get() + calls));
}

// SAFETY: every call goes to `System` unchanged; the counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, 1, 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, 1, 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(-(layout.size() as isize), -1, 0);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as isize - layout.size() as isize, 0, 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}
