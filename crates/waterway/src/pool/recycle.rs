//! How elements are made, and made fit to be used again.

use core::ptr::NonNull;

/// How the elements of a pool are made, and made fit to be used again.
///
/// Both run outside every lock. They may use the channel, and may panic: then the slot is free and its next user has a
/// new element made.
///
/// - [`new_element`](Self::new_element): by whoever takes a slot in which no element lies. That is so for each slot when it
///   is used first, and again after its element was moved out, or was not recycled for a panic.
/// - [`recycle`](Self::recycle): by whoever lets go of an element that stays in its slot: a [`SlotRef`](super::SlotRef) or
///   an [`OwnedSlotRef`](super::OwnedSlotRef) that is dropped, once; and a [`Slot`](super::Slot) or an
///   [`OwnedSlot`](super::OwnedSlot) that is dropped unsent.
///
/// Several pools share a policy by `Arc`, which is one as well.
///
/// # Examples
/// ```
/// use waterway::pool::{self, Recycle};
///
/// #[derive(Debug)]
/// struct Frame {
///     samples: Box<[i16; 480]>,
///     used: usize,
/// }
///
/// struct Frames;
///
/// impl Recycle<Frame> for Frames {
///     fn new_element(&self) -> Frame {
///         let samples = Box::new([0; 480]);
///         Frame { samples, used: 0 }
///     }
///
///     fn recycle(&self, frame: &mut Frame) {
///         frame.used = 0;
///     }
/// }
///
/// let (sender, mut receiver) = pool::with_recycle(2, Frames);
/// let mut slot = sender.try_slot().unwrap();
/// slot.samples[0] = 7;
/// slot.used = 1;
/// slot.send().unwrap();
/// let frame = receiver.try_recv_ref().unwrap();
/// assert_eq!(frame.samples[..frame.used], [7]);
/// ```
pub trait Recycle<T> {
    /// An element for a slot in which there is none.
    fn new_element(&self) -> T;

    /// Makes an element fit for its next use.
    fn recycle(&self, element: &mut T);
}

/// The policy of [`bounded`](super::bounded): by the default value.
///
/// A new element is `T::default()`, and a used one becomes that by `clone_from`: which is why it asks for `Clone`. A
/// `Vec` or a `String` keeps its memory so. Types that merely derive `Clone` don't: write a [policy](Recycle) for those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefaultRecycle(());

impl DefaultRecycle {
    /// The policy.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl<T: Default + Clone> Recycle<T> for DefaultRecycle {
    fn new_element(&self) -> T {
        T::default()
    }

    fn recycle(&self, element: &mut T) {
        element.clone_from(&T::default());
    }
}

/// A policy that leaves elements as they are: for buffers that are written anew each time.
///
/// # Examples
/// ```
/// use waterway::pool::{self, Keep};
///
/// static SECTORS: pool::Static<[u8; 4096], 2, Keep<fn() -> [u8; 4096]>> =
///     pool::Static::with_recycle(Keep::new(|| [0; 4096]));
///
/// let (sender, mut receiver) = SECTORS.split();
/// let mut slot = sender.try_slot().unwrap();
/// slot.fill(7);
/// slot.send().unwrap();
/// assert_eq!(receiver.try_recv_ref().unwrap()[4095], 7);
/// // What is there before it is written is what the last one left.
/// assert_eq!(sender.try_slot().unwrap()[0], 7);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep<F>(F);

impl<F> Keep<F> {
    /// A policy whose new elements are made by a function.
    pub const fn new(make: F) -> Self {
        Self(make)
    }
}

impl<T, F: Fn() -> T> Recycle<T> for Keep<F> {
    fn new_element(&self) -> T {
        (self.0)()
    }

    fn recycle(&self, _: &mut T) {}
}

/// A policy for collections: they are emptied, and keep memory within bounds.
///
/// A new one has room for [`min_capacity`](Self::min_capacity) items; a used one is cleared, and its memory is shrunk to
/// [`max_capacity`](Self::max_capacity) if it is more. It holds for the collections of the standard library that
/// have a capacity: with `alloc` `Vec`, `String`, `VecDeque` and `BinaryHeap`, with `std` also `HashMap` and `HashSet`.
/// For one of your own, wrap it and ask for the two numbers.
///
/// # Examples
/// ```
/// use waterway::pool::{self, WithCapacity};
///
/// let policy = WithCapacity::new().with_min_capacity(64).with_max_capacity(1024);
/// let (sender, mut receiver) = pool::with_recycle::<Vec<u8>, _>(4, policy);
/// let mut slot = sender.try_slot().unwrap();
/// assert!(slot.capacity() >= 64);
/// slot.extend_from_slice(b"hello");
/// slot.send().unwrap();
/// assert_eq!(*receiver.try_recv_ref().unwrap(), b"hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithCapacity {
    min: usize,
    max: usize,
}

impl WithCapacity {
    /// No memory for a new one, and none is given back.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            min: 0,
            max: usize::MAX,
        }
    }

    /// The same with room for that many items in a new one.
    #[must_use]
    pub const fn with_min_capacity(mut self, min: usize) -> Self {
        self.min = min;
        self
    }

    /// The same with memory for more items than these given back.
    #[must_use]
    pub const fn with_max_capacity(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// For how many items a new collection has room.
    #[must_use]
    pub const fn min_capacity(&self) -> usize {
        self.min
    }

    /// Memory for more items than these is given back.
    #[must_use]
    pub const fn max_capacity(&self) -> usize {
        self.max
    }
}

impl Default for WithCapacity {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "alloc")]
mod collections {
    use alloc::collections::{BinaryHeap, VecDeque};
    use alloc::string::String;
    use alloc::vec::Vec;
    #[cfg(feature = "std")]
    use core::hash::{BuildHasher, Hash};
    #[cfg(feature = "std")]
    use std::collections::{HashMap, HashSet};

    use super::{Recycle, WithCapacity};

    /// A collection, what it asks for, and how one with a capacity is made.
    macro_rules! collections {
        ($($(#[$cfg:meta])* [$($of:tt)*] $collection:ty: $new:expr;)*) => {$(
            $(#[$cfg])*
            impl<$($of)*> Recycle<$collection> for WithCapacity {
                fn new_element(&self) -> $collection {
                    $new(self.min_capacity())
                }

                fn recycle(&self, element: &mut $collection) {
                    element.clear();
                    element.shrink_to(self.max_capacity());
                }
            }
        )*};
    }

    collections! {
        [] String: String::with_capacity;
        [T] Vec<T>: Vec::with_capacity;
        [T] VecDeque<T>: VecDeque::with_capacity;
        [T: Ord] BinaryHeap<T>: BinaryHeap::with_capacity;
        #[cfg(feature = "std")]
        [T: Eq + Hash, S: BuildHasher + Default] HashSet<T, S>:
            |capacity| HashSet::with_capacity_and_hasher(capacity, S::default());
        #[cfg(feature = "std")]
        [T: Eq + Hash, V, S: BuildHasher + Default] HashMap<T, V, S>:
            |capacity| HashMap::with_capacity_and_hasher(capacity, S::default());
    }
}

/// A shared policy.
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
impl<T, R: Recycle<T> + ?Sized> Recycle<T> for alloc::sync::Arc<R> {
    fn new_element(&self) -> T {
        (**self).new_element()
    }

    fn recycle(&self, element: &mut T) {
        (**self).recycle(element);
    }
}

/// Where a pool's policy lies: with it, or, of a channel in a static, beside it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Seat<R>(Place<R>);

#[derive(Debug)]
enum Place<R> {
    Here(R),
    Beside(NonNull<R>),
}

// SAFETY: it is a policy, or a shared reference to one.
unsafe impl<R: Send + Sync> Send for Seat<R> {}
// SAFETY: as above.
unsafe impl<R: Send + Sync> Sync for Seat<R> {}

impl<R> Seat<R> {
    pub(crate) fn here(policy: R) -> Self {
        Self(Place::Here(policy))
    }

    pub(super) fn beside(policy: &'static R) -> Self {
        Self(Place::Beside(NonNull::from(policy)))
    }

    #[inline(always)]
    pub(super) fn policy(&self) -> &R {
        match &self.0 {
            Place::Here(policy) => policy,
            // SAFETY: it is in a static.
            Place::Beside(policy) => unsafe { policy.as_ref() },
        }
    }
}
