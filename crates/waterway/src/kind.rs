//! The kinds of channels, as type parameters of the handles.

use core::fmt;
use core::marker::PhantomData;

use lock_api::RawMutex;

use crate::sync::DefaultLock;

pub(crate) mod sealed {
    #[allow(unnameable_types, reason = "that is what seals the traits")]
    pub trait Sealed {}
}

/// What handles and operations are to the message and the kind: invariant in the message, and
/// without regard to the auto traits of the kind.
pub(crate) type Invariant<T, K> = PhantomData<(fn(T) -> T, fn() -> K)>;

/// A kind of channel: what tells `mpsc::Sender` from the senders of other modules. Sealed.
pub trait Kind: sealed::Sealed + 'static {
    /// The lock of the waiting lists.
    type Lock: RawMutex;
}

/// Many senders, one receiver: the kind of [`mpsc`](crate::mpsc).
pub struct Mpsc<L = DefaultLock>(PhantomData<L>);

impl<L> sealed::Sealed for Mpsc<L> {}

impl<L: RawMutex + 'static> Kind for Mpsc<L> {
    type Lock = L;
}

impl<L> fmt::Debug for Mpsc<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mpsc")
    }
}
