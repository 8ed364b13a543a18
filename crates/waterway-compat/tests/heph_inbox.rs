//! `heph_inbox`: every row of its table, by its number, here and (`--features original`) in the original.
//!
//! What is left out of the original is a bug there (⚠) or a difference that `docs/compat.md` names.

#![cfg(feature = "heph-inbox")]
#![cfg_attr(
    feature = "original",
    allow(unused_imports, reason = "for what is left out")
)]

#[cfg(feature = "original")]
use heph_inbox as sut;
#[cfg(not(feature = "original"))]
use waterway_compat::heph_inbox as sut;

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

#[path = "heph_inbox/hazards.rs"]
mod hazards;
#[path = "heph_inbox/manager.rs"]
mod manager;
#[path = "heph_inbox/oneshot.rs"]
mod oneshot;
#[path = "heph_inbox/receiver.rs"]
mod receiver;
#[path = "heph_inbox/sender.rs"]
mod sender;
#[path = "heph_inbox/truth.rs"]
mod truth;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
