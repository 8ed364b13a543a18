//! `futures_intrusive`: every row of its table, by its number, here and (`--features original`) in the original.
//!
//! What is left out of the original is a bug there (⚠) or a difference that `docs/compat.md` names.

#![cfg(all(feature = "futures-intrusive", feature = "std"))]
#![cfg_attr(
    feature = "original",
    allow(unused_imports, reason = "for what is left out")
)]

#[cfg(feature = "original")]
use futures_intrusive as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::futures_intrusive as sut;

#[path = "../../waterway/tests/support/mod.rs"]
mod support;

/// It does not compile if the type has the trait.
macro_rules! assert_not {
    ($type:ty: $($bound:tt)+) => {
        const _: fn() = || {
            trait Ambiguous<A> {
                fn of() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Second;
            impl<T: ?Sized + $($bound)+> Ambiguous<Second> for T {}
            let _ = <$type as Ambiguous<_>>::of;
        };
    };
}

#[path = "futures_intrusive/buffer.rs"]
mod buffer;
#[path = "futures_intrusive/channel.rs"]
mod channel;
#[path = "futures_intrusive/error.rs"]
mod error;
#[path = "futures_intrusive/future.rs"]
mod future;
#[path = "futures_intrusive/lock.rs"]
mod lock;
#[path = "futures_intrusive/oneshot.rs"]
mod oneshot;
#[path = "futures_intrusive/shared.rs"]
mod shared;
#[path = "futures_intrusive/state.rs"]
mod state;
#[path = "futures_intrusive/truth.rs"]
mod truth;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
