//! Buffers of a fixed size, in place.

use core::fmt;
use core::marker::PhantomData;

use waterway::DefaultLock;

use super::super::store::{Inline, Place, Store};
use super::RingBuf;

/// An array, by its length.
///
/// It holds for arrays of every length. One of one's own takes both from an array; other than in the original, it
/// is not `unsafe` to say so: no memory is touched by it.
pub trait RealArray<T> {
    /// How much fits in.
    const LEN: usize;
    /// Where a channel of such a buffer has its messages. The original asks for no such type.
    type Store: Store;
}

impl<T, const N: usize> RealArray<T> for [T; N] {
    const LEN: usize = N;
    type Store = Inline<N>;
}

/// A buffer in place, with room for as much as the array `A`.
///
/// It is a [channel](waterway::mpmc::Channel) that nobody else uses.
pub struct ArrayBuf<T, A>
where
    A: AsMut<[T]> + AsRef<[T]> + RealArray<T>,
{
    items: <A::Store as Store>::Place<DefaultLock, T>,
    _of: PhantomData<fn() -> A>,
}

impl<T, A> RingBuf for ArrayBuf<T, A>
where
    A: AsMut<[T]> + AsRef<[T]> + RealArray<T>,
{
    type Item = T;
    type Store = A::Store;

    fn new() -> Self {
        Self {
            items: Place::new(A::LEN),
            _of: PhantomData,
        }
    }

    fn with_capacity(_cap: usize) -> Self {
        Self::new()
    }

    fn capacity(&self) -> usize {
        A::LEN
    }

    fn len(&self) -> usize {
        self.items.receiver().len()
    }

    fn can_push(&self) -> bool {
        self.len() != self.capacity()
    }

    #[track_caller]
    fn push(&mut self, item: T) {
        let pushed = self.items.sender().try_send(item);
        assert!(pushed.is_ok(), "there is no room");
    }

    #[track_caller]
    fn pop(&mut self) -> T {
        let popped = self.items.receiver().try_recv();
        popped.expect("there is an item")
    }

    fn room(_: Option<usize>) -> usize {
        A::LEN
    }
}

impl<T, A> fmt::Debug for ArrayBuf<T, A>
where
    A: AsMut<[T]> + AsRef<[T]> + RealArray<T>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayBuf")
            .field("size", &self.len())
            .field("cap", &self.capacity())
            .finish()
    }
}
