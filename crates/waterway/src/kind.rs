//! The kinds of channels, as type parameters of the handles.

use core::fmt;
use core::marker::PhantomData;

use lock_api::RawMutex;

use crate::chan::Fresh;
use crate::pool::Seat;
use crate::slab::{Counter, Loose, Narrow, Never, Wide};
use crate::store::lane::LaneSlot;
use crate::store::ring::Slot;
use crate::sync::{Access, Alone, DefaultLock, NoLock, Threads};

pub(crate) mod sealed {
    #[allow(unnameable_types, reason = "that is what seals the traits")]
    pub trait Sealed {}
}

/// What handles and operations are to the message and the kind: invariant in the message, and
/// without regard to the auto traits of the kind.
pub(crate) type Invariant<T, K> = PhantomData<(fn(T) -> T, fn() -> K)>;

/// A kind of channel: what tells `mpsc::Sender` from the senders of other modules. Sealed.
pub trait Kind: Awaited + sealed::Sealed + 'static {
    /// The lock of the waiting lists.
    type Lock: RawMutex;

    /// Which threads may use a channel's handles at a time.
    #[doc(hidden)]
    type Access: Access;

    /// What a message lies in, in a bounded channel.
    #[doc(hidden)]
    type Slot<T>;

    /// Whether there may be several receivers, that claim at the head together.
    #[doc(hidden)]
    const MANY_RECEIVERS: bool;

    /// Whether there may be several senders.
    #[doc(hidden)]
    const MANY_SENDERS: bool;
}

/// A kind that may have several senders. Sealed.
#[doc(hidden)]
pub trait ManySenders: Kind {}

/// A kind whose handles may be in several threads, so that a thread can wait for another: all but
/// [`local`](crate::local). Sealed.
pub trait ManyThreads: sealed::Sealed {}

/// What tasks can wait for: all but the timers of threads. Sealed.
pub trait Awaited: sealed::Sealed {}

/// A kind: its name, its slots, and whether there are many senders, and many receivers.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $slot:ident, $many_senders:literal, $many_receivers:literal;)*) => {$(
        $(#[$doc])*
        pub struct $kind<L = DefaultLock>(PhantomData<L>);

        impl<L> sealed::Sealed for $kind<L> {}

        impl<L: RawMutex + 'static> Kind for $kind<L> {
            type Lock = L;
            type Access = Threads;
            type Slot<T> = $slot<T>;
            const MANY_SENDERS: bool = $many_senders;
            const MANY_RECEIVERS: bool = $many_receivers;
        }

        impl<L: RawMutex + 'static> ManyThreads for $kind<L> {}
        impl<L: RawMutex + 'static> Awaited for $kind<L> {}

        impl<L> fmt::Debug for $kind<L> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($kind))
            }
        }
    )*};
}

kinds! {
    /// Many senders, one receiver: the kind of [`mpsc`](crate::mpsc).
    Mpsc: Slot, true, false;
    /// Many senders, many receivers: the kind of [`mpmc`](crate::mpmc).
    Mpmc: Slot, true, true;
    /// One sender, one receiver: the kind of [`spsc`](crate::spsc).
    Spsc: LaneSlot, false, false;
}

/// A kind whose slots go their own ways: its name, its links, whether claims are given up, and what else lies with the
/// channel.
macro_rules! loose {
    ($($(#[$doc:meta])* $kind:ident[$($of:ident)?]: $link:ident, $tally:ident, $extra:ty;)*) => {$(
        $(#[$doc])*
        pub struct $kind<$($of,)? L = DefaultLock>(PhantomData<($($of,)? L,)>);

        impl<$($of,)? L> sealed::Sealed for $kind<$($of,)? L> {}

        impl<$($of,)? L: RawMutex> Loose for $kind<$($of,)? L> {
            type Lock = L;
            type Link = $link;
            type Tally = $tally;
            type Extra = $extra;
        }

        impl<$($of,)? L: RawMutex> ManyThreads for $kind<$($of,)? L> {}
        impl<$($of,)? L: RawMutex> Awaited for $kind<$($of,)? L> {}

        impl<$($of,)? L> fmt::Debug for $kind<$($of,)? L> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($kind))
            }
        }
    )*};
}

loose! {
    /// The kind of [`inbox`](crate::inbox).
    Inbox[]: Narrow, Never, ();
    /// The kind of [`pool`](crate::pool): its policy, and its lock.
    Pool[R]: Wide, Counter, Seat<R>;
}

/// A kind with the lock that it has if nobody chooses another. Sealed.
#[doc(hidden)]
pub trait Usual: Kind {}

impl Usual for Mpsc {}
impl Usual for Mpmc {}
impl Usual for Spsc {}
impl Usual for Local {}

/// A kind whose senders and receivers are all cloned. Sealed.
#[doc(hidden)]
pub trait Shared: Kind {}

impl<L: RawMutex + 'static> Shared for Mpmc<L> {}
impl Shared for Local {}

/// A kind with its handles, for code that is generic over kinds. Sealed.
pub trait Ends: Kind {
    /// The sending handle.
    type Sender<T>;
    /// The receiving handle.
    type Receiver<T>;

    /// The first two handles of a channel.
    #[doc(hidden)]
    fn ends<T>(chan: Fresh<T, Self>) -> (Self::Sender<T>, Self::Receiver<T>)
    where
        Self: Sized;
}

impl<L: RawMutex + 'static> ManySenders for Mpsc<L> {}
impl<L: RawMutex + 'static> ManySenders for Mpmc<L> {}
impl ManySenders for Local {}

/// Many senders, many receivers, all in one thread: the kind of [`local`](crate::local).
#[derive(Debug)]
pub struct Local(());

impl sealed::Sealed for Local {}
impl Awaited for Local {}

impl Kind for Local {
    type Lock = NoLock;
    type Access = Alone;
    type Slot<T> = Slot<T>;
    const MANY_SENDERS: bool = true;
    const MANY_RECEIVERS: bool = true;
}
