//! Buffers: by their type they say where a channel's messages lie, and how many there may be.
//!
//! They are buffers of their own as well. A channel has none of them in it: its messages lie where its buffer's
//! [`Store`](RingBuf::Store) says. So a [`RingBuf`] of one's own gives a channel its capacity, and not its order.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::futures_intrusive::buffer::{ArrayBuf, RingBuf};
//!
//! let mut buffer = ArrayBuf::<u32, [u32; 2]>::new();
//! buffer.push(1);
//! buffer.push(2);
//! assert!(!buffer.can_push());
//! assert_eq!(buffer.pop(), 1);
//! ```

mod array;
#[cfg(feature = "alloc")]
mod heap;

pub use array::{ArrayBuf, RealArray};
#[cfg(feature = "alloc")]
pub use heap::{FixedHeapBuf, GrowingHeapBuf};

#[cfg(feature = "alloc")]
pub use super::store::Heap;
pub use super::store::{Inline, Store};

/// A queue of a limited length.
///
/// One of one's own names where a channel's messages lie: [`Heap`], with the
/// [`capacity`](Self::capacity) of the buffer, or [`Inline<N>`](Inline). The original asks for no such type.
///
/// # Examples
/// ```
/// use std::collections::VecDeque;
/// use waterway_compat::futures_intrusive::buffer::{Heap, RingBuf};
/// use waterway_compat::futures_intrusive::channel::shared;
///
/// /// Room for ten, whoever asks.
/// struct Ten(VecDeque<u32>);
///
/// impl RingBuf for Ten {
///     type Item = u32;
///     type Store = Heap;
///
///     fn new() -> Self {
///         Ten(VecDeque::with_capacity(10))
///     }
///     fn with_capacity(_: usize) -> Self {
///         Self::new()
///     }
///     fn capacity(&self) -> usize {
///         10
///     }
///     fn len(&self) -> usize {
///         self.0.len()
///     }
///     fn can_push(&self) -> bool {
///         self.len() < 10
///     }
///     fn push(&mut self, item: u32) {
///         self.0.push_back(item);
///     }
///     fn pop(&mut self) -> u32 {
///         self.0.pop_front().unwrap()
///     }
/// }
///
/// type Lock = waterway::DefaultLock;
/// let (sender, receiver) = shared::generic_channel::<Lock, u32, Ten>(0);
/// for number in 0..10 {
///     sender.try_send(number).unwrap();
/// }
/// assert!(sender.try_send(10).is_err());
/// # drop(receiver);
/// ```
pub trait RingBuf {
    /// What is in it.
    type Item;
    /// Where a channel of this buffer has its messages.
    type Store: Store;

    /// An empty one, of the usual capacity.
    fn new() -> Self;

    /// An empty one of that capacity, where it can be chosen.
    fn with_capacity(cap: usize) -> Self;

    /// How much fits in.
    fn capacity(&self) -> usize;

    /// How much is in it.
    fn len(&self) -> usize;

    /// Whether nothing is in it.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is room for one more.
    fn can_push(&self) -> bool;

    /// Puts an item at the end.
    ///
    /// # Panics
    /// If there is no room.
    fn push(&mut self, item: Self::Item);

    /// Takes the first item.
    ///
    /// # Panics
    /// If there is none.
    fn pop(&mut self) -> Self::Item;

    /// How much fits into a new one.
    #[doc(hidden)]
    fn room(cap: Option<usize>) -> usize
    where
        Self: Sized,
    {
        match cap {
            Some(cap) => Self::with_capacity(cap).capacity(),
            None => Self::new().capacity(),
        }
    }
}
