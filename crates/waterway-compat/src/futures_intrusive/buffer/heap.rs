//! Buffers on the heap.

use alloc::collections::VecDeque;
use core::fmt;

use super::super::store::Heap;
use super::RingBuf;

/// A queue that is kept within its limit.
struct Limited<T> {
    items: VecDeque<T>,
    limit: usize,
}

impl<T> Limited<T> {
    fn is_full(&self) -> bool {
        self.items.len() == self.limit
    }

    #[track_caller]
    fn push(&mut self, item: T) {
        assert!(!self.is_full(), "there is no room");
        self.items.push_back(item);
    }

    #[track_caller]
    fn pop(&mut self) -> T {
        self.items.pop_front().expect("there is an item")
    }
}

/// A buffer whose memory is allocated when it is made.
pub struct FixedHeapBuf<T>(Limited<T>);

/// A buffer whose memory grows, up to its limit.
///
/// A channel of it does not grow: it allocates its slots when it is made.
pub struct GrowingHeapBuf<T>(Limited<T>);

impl<T> RingBuf for FixedHeapBuf<T> {
    type Item = T;
    type Store = Heap;

    fn new() -> Self {
        Self::with_capacity(0)
    }

    fn with_capacity(cap: usize) -> Self {
        let items = VecDeque::with_capacity(cap);
        Self(Limited { items, limit: cap })
    }

    fn capacity(&self) -> usize {
        self.0.limit
    }

    fn len(&self) -> usize {
        self.0.items.len()
    }

    fn can_push(&self) -> bool {
        !self.0.is_full()
    }

    #[track_caller]
    fn push(&mut self, item: T) {
        self.0.push(item);
    }

    #[track_caller]
    fn pop(&mut self) -> T {
        self.0.pop()
    }

    fn room(cap: Option<usize>) -> usize {
        cap.unwrap_or(0)
    }
}

impl<T> RingBuf for GrowingHeapBuf<T> {
    type Item = T;
    type Store = Heap;

    fn new() -> Self {
        Self::with_capacity(0)
    }

    fn with_capacity(limit: usize) -> Self {
        let items = VecDeque::new();
        Self(Limited { items, limit })
    }

    fn capacity(&self) -> usize {
        self.0.limit
    }

    fn len(&self) -> usize {
        self.0.items.len()
    }

    fn can_push(&self) -> bool {
        !self.0.is_full()
    }

    #[track_caller]
    fn push(&mut self, item: T) {
        self.0.push(item);
    }

    #[track_caller]
    fn pop(&mut self) -> T {
        self.0.pop()
    }

    fn room(limit: Option<usize>) -> usize {
        limit.unwrap_or(0)
    }
}

impl<T> fmt::Debug for FixedHeapBuf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedHeapBuf")
            .field("size", &self.len())
            .field("cap", &self.capacity())
            .finish()
    }
}

impl<T> fmt::Debug for GrowingHeapBuf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrowingHeapBuf")
            .field("size", &self.len())
            .field("limit", &self.capacity())
            .finish()
    }
}
