//! An allocator that hands out one piece of memory from its front to its end, and begins again when
//! everything has come back.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const SIZE: usize = 1 << 20;

#[repr(align(4096))]
struct Arena {
    memory: UnsafeCell<[u8; SIZE]>,
    next: AtomicUsize,
    blocks: AtomicUsize,
}

#[global_allocator]
static ARENA: Arena = Arena {
    memory: UnsafeCell::new([0; SIZE]),
    next: AtomicUsize::new(0),
    blocks: AtomicUsize::new(0),
};

// SAFETY: the program has one thread, and the memory is only ever handed out in pieces.
unsafe impl Sync for Arena {}

// SAFETY: pieces do not overlap, are aligned as asked for, and stay until all have come back.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next.load(SeqCst).next_multiple_of(layout.align());
        let end = start + layout.size();
        if end > SIZE || layout.align() > align_of::<Self>() {
            return ptr::null_mut();
        }
        self.next.store(end, SeqCst);
        self.blocks.fetch_add(1, SeqCst);
        // SAFETY: within the memory, as was just checked.
        unsafe { self.memory.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        if self.blocks.fetch_sub(1, SeqCst) == 1 {
            self.next.store(0, SeqCst);
        }
    }
}

/// How many blocks have not come back.
pub fn in_use() -> usize {
    ARENA.blocks.load(SeqCst)
}
