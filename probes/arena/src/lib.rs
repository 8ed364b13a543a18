//! An allocator that hands out one piece of memory from its front to its end, and begins again when
//! everything has come back. For programs of one thread: it keeps its counts in cells, so that no atomic
//! instruction of a program is its.

#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr;

const SIZE: usize = 1 << 20;

#[repr(align(4096))]
struct Arena {
    memory: UnsafeCell<[u8; SIZE]>,
    next: Cell<usize>,
    blocks: Cell<usize>,
}

#[global_allocator]
static ARENA: Arena = Arena {
    memory: UnsafeCell::new([0; SIZE]),
    next: Cell::new(0),
    blocks: Cell::new(0),
};

// SAFETY: the program has one thread.
unsafe impl Sync for Arena {}

// SAFETY: pieces do not overlap, are aligned as asked for, and stay until all have come back.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next.get().next_multiple_of(layout.align());
        let end = start + layout.size();
        if end > SIZE || layout.align() > align_of::<Self>() {
            return ptr::null_mut();
        }
        self.next.set(end);
        self.blocks.set(self.blocks.get() + 1);
        // SAFETY: within the memory, as was just checked.
        unsafe { self.memory.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        self.blocks.set(self.blocks.get() - 1);
        if self.blocks.get() == 0 {
            self.next.set(0);
        }
    }
}

/// How many blocks have not come back.
pub fn in_use() -> usize {
    ARENA.blocks.get()
}
