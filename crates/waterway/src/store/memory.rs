//! The only room that names the allocator. Without the feature `alloc` there is none, and nobody asks for it.

use core::alloc::Layout;
use core::ptr::NonNull;

/// Memory of this layout, whose size is not zero. Ends the process if there is none.
///
/// # Safety
/// The size is not zero.
pub(crate) unsafe fn allocate(layout: Layout) -> NonNull<u8> {
    #[cfg(feature = "alloc")]
    {
        // SAFETY: by the caller's promise.
        NonNull::new(unsafe { alloc::alloc::alloc(layout) })
            .unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
    }
    #[cfg(not(feature = "alloc"))]
    unreachable!("{} bytes without an allocator", layout.size())
}

/// [`allocate`] of memory that is all zeros. Much of it is the system's until it is used.
///
/// # Safety
/// The size is not zero.
#[cfg(feature = "alloc")]
pub(crate) unsafe fn allocate_zeroed(layout: Layout) -> NonNull<u8> {
    // SAFETY: by the caller's promise.
    NonNull::new(unsafe { alloc::alloc::alloc_zeroed(layout) })
        .unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
}

/// # Safety
/// Allocated with this layout, and nobody uses it any more.
pub(crate) unsafe fn free(memory: NonNull<u8>, layout: Layout) {
    #[cfg(feature = "alloc")]
    // SAFETY: by the caller's promise.
    unsafe {
        alloc::alloc::dealloc(memory.as_ptr(), layout);
    }
    #[cfg(not(feature = "alloc"))]
    unreachable!("{memory:?}, {} bytes, without an allocator", layout.size())
}
