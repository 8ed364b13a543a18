//! How a channel's words are changed: by read-modify-writes, or, where all that touch it are in one
//! thread, by a read and a write.

use super::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Who may touch a channel's words at a time.
pub trait Access: 'static {
    /// Whether all of them are in one thread: nothing comes between a read and the write after it.
    const ALONE: bool;
}

/// Any thread.
#[derive(Debug)]
pub struct Threads;

impl Access for Threads {
    const ALONE: bool = false;
}

/// One thread: the type of the handles keeps them there.
#[derive(Debug)]
pub struct Alone;

impl Access for Alone {
    const ALONE: bool = true;
}

/// A word that is read and changed in one step.
pub(crate) trait Exchange {
    type Value;

    /// Stores `new`; what was there.
    fn replace<A: Access>(&self, new: Self::Value, order: Ordering) -> Self::Value;

    /// Stores `new` if `current` is there; what was.
    fn exchange<A: Access>(
        &self,
        current: Self::Value,
        new: Self::Value,
        success: Ordering,
        failure: Ordering,
    ) -> Result<Self::Value, Self::Value>;

    /// The same, but it may fail for no reason.
    fn exchange_weak<A: Access>(
        &self,
        current: Self::Value,
        new: Self::Value,
        success: Ordering,
        failure: Ordering,
    ) -> Result<Self::Value, Self::Value>;
}

/// A number that is read and changed in one step. Each gives what was there.
pub(crate) trait Modify: Exchange {
    fn or_as<A: Access>(&self, bits: Self::Value, order: Ordering) -> Self::Value;
    fn and_as<A: Access>(&self, bits: Self::Value, order: Ordering) -> Self::Value;
    fn add_as<A: Access>(&self, more: Self::Value, order: Ordering) -> Self::Value;
    fn sub_as<A: Access>(&self, less: Self::Value, order: Ordering) -> Self::Value;
}

// ORDERING: throughout: in one thread Relaxed is enough, everything happens in its order; elsewhere it is the
// caller's.
macro_rules! exchange {
    ($atomic:ty: $value:ty $(, $of:ident)?) => {
        impl $(<$of>)? Exchange for $atomic {
            type Value = $value;

            #[inline(always)]
            fn replace<A: Access>(&self, new: $value, order: Ordering) -> $value {
                if !A::ALONE {
                    return self.swap(new, order);
                }
                let old = self.load(Ordering::Relaxed);
                self.store(new, Ordering::Relaxed);
                old
            }

            #[inline(always)]
            fn exchange<A: Access>(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if !A::ALONE {
                    return self.compare_exchange(current, new, success, failure);
                }
                let old = self.load(Ordering::Relaxed);
                if old != current {
                    return Err(old);
                }
                self.store(new, Ordering::Relaxed);
                Ok(old)
            }

            #[inline(always)]
            fn exchange_weak<A: Access>(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if !A::ALONE {
                    return self.compare_exchange_weak(current, new, success, failure);
                }
                self.exchange::<A>(current, new, success, failure)
            }
        }
    };
}

exchange!(AtomicPtr<T>: *mut T, T);
exchange!(AtomicU8: u8);
exchange!(AtomicU32: u32);
exchange!(AtomicU64: u64);

// ORDERING: throughout, as above.
macro_rules! modify {
    ($atomic:ty: $value:ty, $($name:ident $fetch:ident $change:expr),*) => {
        impl Modify for $atomic {$(
            #[inline(always)]
            fn $name<A: Access>(&self, by: $value, order: Ordering) -> $value {
                if !A::ALONE {
                    return self.$fetch(by, order);
                }
                let old = self.load(Ordering::Relaxed);
                let change: fn($value, $value) -> $value = $change;
                self.store(change(old, by), Ordering::Relaxed);
                old
            }
        )*}
    };
    ($($atomic:ty: $value:ty),*) => {$(
        modify!(
            $atomic: $value,
            or_as fetch_or |old, by| old | by,
            and_as fetch_and |old, by| old & by,
            add_as fetch_add <$value>::wrapping_add,
            sub_as fetch_sub <$value>::wrapping_sub
        );
    )*};
}

modify!(AtomicU8: u8, AtomicU32: u32, AtomicU64: u64);
