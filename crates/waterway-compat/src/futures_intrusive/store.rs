//! Where a channel's messages lie: named by its buffer.

use lock_api::RawMutex;
use waterway::mpmc::{self, Mpmc};
use waterway::shared::{ReceiverRef, SenderRef};

/// Where the messages of a channel lie. Sealed: it is [`Inline`] or [`Heap`](super::buffer::Heap).
pub trait Store: sealed::Sealed {
    /// A channel of that sort.
    #[doc(hidden)]
    type Place<MutexType: RawMutex + 'static, T>: Place<MutexType, T>;
}

/// A channel, wherever it lies.
#[doc(hidden)]
pub trait Place<MutexType: RawMutex + 'static, T> {
    /// An empty one, of that capacity where it can be chosen.
    fn new(capacity: usize) -> Self;

    /// Its sending side.
    fn sender(&self) -> SenderRef<'_, T, Mpmc<MutexType>>;

    /// Its receiving side.
    fn receiver(&self) -> ReceiverRef<'_, T, Mpmc<MutexType>>;
}

mod sealed {
    pub trait Sealed {}
}

/// In the channel itself, which has room for `N`.
#[derive(Debug)]
pub struct Inline<const N: usize>(());

impl<const N: usize> sealed::Sealed for Inline<N> {}

impl<const N: usize> Store for Inline<N> {
    type Place<MutexType: RawMutex + 'static, T> = mpmc::Channel<T, N, Mpmc<MutexType>>;
}

impl<MutexType: RawMutex + 'static, T, const N: usize> Place<MutexType, T>
    for mpmc::Channel<T, N, Mpmc<MutexType>>
{
    fn new(_: usize) -> Self {
        Self::new_in()
    }

    fn sender(&self) -> SenderRef<'_, T, Mpmc<MutexType>> {
        self.sender()
    }

    fn receiver(&self) -> ReceiverRef<'_, T, Mpmc<MutexType>> {
        self.receiver()
    }
}

#[cfg(feature = "alloc")]
pub use heap::Heap;
#[cfg(feature = "alloc")]
pub(super) use heap::OnHeap;

#[cfg(feature = "alloc")]
mod heap {
    use super::{Mpmc, Place, RawMutex, ReceiverRef, SenderRef, Store, mpmc, sealed};

    /// On the heap, with the capacity of the buffer.
    #[derive(Debug)]
    pub struct Heap(());

    impl sealed::Sealed for Heap {}

    impl Store for Heap {
        type Place<MutexType: RawMutex + 'static, T> = OnHeap<MutexType, T>;
    }

    /// A channel on the heap, by its two handles.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct OnHeap<MutexType: RawMutex + 'static, T> {
        pub(in super::super) sender: mpmc::Sender<T, Mpmc<MutexType>>,
        pub(in super::super) receiver: mpmc::Receiver<T, Mpmc<MutexType>>,
    }

    impl<MutexType: RawMutex + 'static, T> Place<MutexType, T> for OnHeap<MutexType, T> {
        /// A bound that memory does not reach is none.
        fn new(capacity: usize) -> Self {
            let (sender, receiver) = if capacity > mpmc::MAX_CAPACITY {
                mpmc::unbounded_in()
            } else {
                mpmc::bounded_in(capacity)
            };
            Self { sender, receiver }
        }

        fn sender(&self) -> SenderRef<'_, T, Mpmc<MutexType>> {
            self.sender.by_ref()
        }

        fn receiver(&self) -> ReceiverRef<'_, T, Mpmc<MutexType>> {
            self.receiver.by_ref()
        }
    }
}
