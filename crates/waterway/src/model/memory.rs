//! Follows the memory of channels and segments: freed exactly once, and not touched afterwards.
//!
//! [`Message`](super::Message) has an alignment that nothing else has, so that a channel or a
//! segment of messages has it too. New blocks are filled with a pattern: who reads what was never
//! written finds no message of an earlier execution there. Freed blocks are kept, filled with
//! another, until the execution is over: who uses one still finds no object of the model in it, and
//! who writes to one is found out.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

const ALIGN: usize = align_of::<super::Message>();
const NEW: u8 = 0xA7;
const FREED: u8 = 0xDB;
const KEPT: usize = 32;

struct Watch;

#[global_allocator]
static WATCH: Watch = Watch;

struct Block {
    start: *mut u8,
    layout: Layout,
}

thread_local! {
    /// A model runs in this thread: all its threads do.
    static ON: Cell<bool> = const { Cell::new(false) };
    /// Blocks allocated less blocks freed.
    static ALIVE: Cell<isize> = const { Cell::new(0) };
    /// Blocks that were freed.
    static GRAVES: RefCell<([Option<Block>; KEPT], usize)> =
        const { RefCell::new(([const { None }; KEPT], 0)) };
}

fn is_watched(layout: Layout) -> bool {
    layout.align() == ALIGN && ON.get()
}

// SAFETY: everything is passed on to the system, some of it later.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let start = unsafe { System.alloc(layout) };
        if is_watched(layout) && !start.is_null() {
            ALIVE.set(ALIVE.get() + 1);
            // SAFETY: allocated just now, with this size.
            unsafe { start.write_bytes(NEW, layout.size()) };
        }
        start
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        if is_watched(layout) {
            ALIVE.set(ALIVE.get() - 1);
            // SAFETY: the block is ours now.
            unsafe { start.write_bytes(FREED, layout.size()) };
            let kept = GRAVES.with_borrow_mut(|(graves, count)| {
                let Some(grave) = graves.get_mut(*count) else {
                    return false;
                };
                *grave = Some(Block { start, layout });
                *count += 1;
                true
            });
            if kept {
                return;
            }
        }
        // SAFETY: passed on.
        unsafe { System.dealloc(start, layout) }
    }
}

/// Starts to watch this thread.
pub(super) fn start() {
    ON.set(true);
}

/// Between two executions: everything has been freed, and what was freed has been left alone.
pub(super) fn settle() {
    GRAVES.with_borrow_mut(|(graves, count)| {
        for grave in &mut graves[..*count] {
            let Block { start, layout } = grave.take().expect("so many are kept");
            // SAFETY: the block was kept from the system.
            let bytes = unsafe { std::slice::from_raw_parts(start, layout.size()) };
            let untouched = bytes.iter().all(|byte| *byte == FREED);
            // SAFETY: allocated with this layout, and freed by nobody else.
            unsafe { System.dealloc(start, layout) };
            assert!(untouched, "freed memory was written to");
        }
        *count = 0;
    });
    let alive = ALIVE.replace(0);
    assert_eq!(alive, 0, "channels or segments that were not freed");
}
