//! Handles in operations: borrowed, or given away and given back.

use crate::chan::Chan;
use crate::kind::{Kind, sealed::Sealed};
use crate::{shared, sole};

/// Anything that is a handle of a channel. Sealed.
#[doc(hidden)]
pub trait Handle<T, K: Kind>: Sealed {
    /// The channel that it is one of.
    fn chan(&self) -> Chan<T, K>;
}

/// What comes back with the result: nothing of a handle that is borrowed; one that was given away. Sealed.
#[doc(hidden)]
pub trait Lent: Sealed {
    /// The result, with the handle if it was given away.
    type With<R>;
    /// No result, and the handle if it was given away.
    type Alone;

    /// The result, with the handle if it was given away.
    fn with<R>(self, result: R) -> Self::With<R>;

    /// No result, and the handle if it was given away.
    fn alone(self) -> Self::Alone;

    /// A result for what came without one.
    fn with_alone<R>(alone: Self::Alone, result: R) -> Self::With<R>;

    /// The same with another result.
    fn map<R, S>(with: Self::With<R>, f: impl FnOnce(R) -> S) -> Self::With<S>;
}

/// Who a handle is, borrowed or owned. Sealed.
#[doc(hidden)]
pub trait Hold<T, K: Kind>: Lent {
    /// The channel that the handle is one of.
    fn chan(&self) -> Chan<T, K>;
}

/// A handle that is given away and comes back. Sealed.
#[cfg(feature = "alloc")]
#[doc(hidden)]
pub trait Owner<T, K: Kind>: Hold<T, K> + Sized {
    /// The result and the handle.
    fn part<R>(with: Self::With<R>) -> (R, Self);
}

macro_rules! borrowed {
    ($($handle:ty),*) => {$(
        impl<H: Handle<T, K>, T, K: Kind> Hold<T, K> for $handle {
            #[inline(always)]
            fn chan(&self) -> Chan<T, K> {
                Handle::chan(&**self)
            }
        }

        impl<H: Sealed> Lent for $handle {
            type With<R> = R;
            type Alone = ();

            #[inline(always)]
            fn with<R>(self, result: R) -> R {
                result
            }

            fn alone(self) {}

            fn with_alone<R>((): (), result: R) -> R {
                result
            }

            fn map<R, S>(with: R, f: impl FnOnce(R) -> S) -> S {
                f(with)
            }
        }
    )*};
}

borrowed!(&H, &mut H);

macro_rules! given_away {
    ($($handle:ty: $($of:tt)*);*) => {$(
        impl<$($of)*> Sealed for $handle {}

        impl<$($of)*> Lent for $handle {
            type With<R> = (R, Self);
            type Alone = Self;

            #[inline(always)]
            fn with<R>(self, result: R) -> (R, Self) {
                (result, self)
            }

            fn alone(self) -> Self {
                self
            }

            fn with_alone<R>(alone: Self, result: R) -> (R, Self) {
                (result, alone)
            }

            fn map<R, S>((result, handle): (R, Self), f: impl FnOnce(R) -> S) -> (S, Self) {
                (f(result), handle)
            }
        }
    )*};
}

macro_rules! owned {
    ($($handle:ty),*) => {$(
        given_away!($handle: T, K: Kind);

        impl<T, K: Kind> Handle<T, K> for $handle {
            #[inline(always)]
            fn chan(&self) -> Chan<T, K> {
                Self::chan(self)
            }
        }

        impl<T, K: Kind> Hold<T, K> for $handle {
            #[inline(always)]
            fn chan(&self) -> Chan<T, K> {
                Self::chan(self)
            }
        }

        #[cfg(feature = "alloc")]
        impl<T, K: Kind> Owner<T, K> for $handle {
            fn part<R>(with: (R, Self)) -> (R, Self) {
                with
            }
        }
    )*};
}

owned!(
    shared::Sender<T, K>,
    shared::Receiver<T, K>,
    sole::Sender<T, K>,
    sole::Receiver<T, K>
);

#[cfg(feature = "alloc")]
given_away!(crate::watch::Receiver<T, L>: T, L: lock_api::RawMutex);
#[cfg(feature = "alloc")]
given_away!(crate::broadcast::Sender<T>: T);
#[cfg(feature = "alloc")]
given_away!(crate::broadcast::Receiver<T>: T);
#[cfg(feature = "alloc")]
given_away!(crate::broadcast::OnceReceiver<T, L>: T, L: lock_api::RawMutex);
given_away!(crate::pool::Sender<T, P, L>: T, P, L: lock_api::RawMutex);
given_away!(crate::pool::Receiver<T, P, L>: T, P, L: lock_api::RawMutex);

given_away!(crate::inbox::Sender<T, L>: T, L: lock_api::RawMutex + 'static);
given_away!(crate::inbox::Receiver<T, L>: T, L: lock_api::RawMutex + 'static);

/// The channel itself, where something else keeps it.
impl<T, K: Kind> Handle<T, K> for Chan<T, K> {
    fn chan(&self) -> Self {
        *self
    }
}

impl<T, K: Kind> Sealed for Chan<T, K> {}
impl<H: Sealed + ?Sized> Sealed for &H {}
