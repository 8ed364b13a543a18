//! The two words and the links. See the module's docs.

use core::fmt;

use crate::kind::sealed::Sealed;
use crate::sync::{AtomicU8, AtomicU32, Modify, Ordering, Threads};

const FIRST_BITS: u32 = 24;
const FIRST_SHIFT: u32 = 2;
const COUNT_SHIFT: u32 = FIRST_SHIFT + FIRST_BITS;
const FIRST: u64 = ((1 << FIRST_BITS) - 1) << FIRST_SHIFT;
const FLAGS: u64 = 0b11;
/// One claim, or one that was settled.
const ONE: u64 = 1 << COUNT_SHIFT;

/// The low bits of a count.
#[allow(clippy::cast_possible_truncation, reason = "that is asked for")]
pub(super) fn low(count: u64) -> u32 {
    count as u32
}

fn first(word: u64) -> u32 {
    low((word & FIRST) >> FIRST_SHIFT)
}

fn with_first(word: u64, first: u32) -> u64 {
    word & !FIRST | u64::from(first) << FIRST_SHIFT
}

/// The word of the free slots.
#[derive(Clone, Copy)]
pub(super) struct Free(pub(super) u64);

impl Free {
    /// Somebody is in the list of those who wait for a slot.
    pub(super) const WAITED: u64 = 1;
    /// No more claims.
    pub(super) const SHUT: u64 = 2;

    /// After so many claims: the first slot is the first.
    pub(super) fn initial(claims: u64) -> u64 {
        claims << COUNT_SHIFT
    }

    #[inline(always)]
    pub(super) fn first(self) -> u32 {
        first(self.0)
    }

    #[inline(always)]
    pub(super) fn is_waited(self) -> bool {
        self.0 & Self::WAITED != 0
    }

    #[inline(always)]
    pub(super) fn is_shut(self) -> bool {
        self.0 & Self::SHUT != 0
    }

    /// How many claims there were.
    pub(super) fn claims(self) -> u64 {
        self.0 >> COUNT_SHIFT
    }

    /// The same after a claim, behind which this one comes.
    #[inline(always)]
    pub(super) fn claimed(self, next: u32) -> u64 {
        with_first(self.0, next).wrapping_add(ONE)
    }

    /// The same with another first.
    #[inline(always)]
    pub(super) fn released(self, first: u32) -> u64 {
        with_first(self.0, first)
    }
}

/// The word of the published slots.
#[derive(Clone, Copy)]
pub(super) struct Ready(pub(super) u64);

impl Ready {
    /// The receiver's waker is in the cell.
    pub(super) const ANNOUNCED: u64 = 1;
    /// The receiving side is gone.
    pub(super) const GONE: u64 = 2;

    /// None is published.
    pub(super) fn initial(settled: u64, none: u32) -> u64 {
        with_first(settled << COUNT_SHIFT, none)
    }

    #[inline(always)]
    pub(super) fn first(self) -> u32 {
        first(self.0)
    }

    #[inline(always)]
    pub(super) fn is_announced(self) -> bool {
        self.0 & Self::ANNOUNCED != 0
    }

    #[inline(always)]
    pub(super) fn is_gone(self) -> bool {
        self.0 & Self::GONE != 0
    }

    /// How many claims came to their end: published or given up.
    pub(super) fn settled(self) -> u64 {
        self.0 >> COUNT_SHIFT
    }

    /// The same with this slot before all others; nobody is announced any more.
    #[inline(always)]
    pub(super) fn published(self, first: u32) -> u64 {
        with_first(self.0 & !Self::ANNOUNCED, first).wrapping_add(ONE)
    }

    /// The same with one claim less on its way.
    pub(super) fn settled_one(self) -> u64 {
        self.0.wrapping_add(ONE)
    }

    /// The same with none published.
    #[inline(always)]
    pub(super) fn taken(self, none: u32) -> u64 {
        with_first(self.0, none)
    }
}

const _: () =
    assert!(FLAGS == Free::WAITED | Free::SHUT && FLAGS == Ready::ANNOUNCED | Ready::GONE);

/// A slot's link: a number up to [`MOST`](Self::MOST), and whether an element lies in the slot. Sealed.
///
/// The number is read by others than the slot's holder as well: see the module's docs for why that does no harm.
#[doc(hidden)]
pub trait Link: Sealed + fmt::Debug + Send + Sync + 'static {
    /// The most slots.
    const MOST: u32;

    /// A number; nothing is built.
    fn new(number: u32) -> Self;
    /// The number.
    fn get(&self) -> u32;
    /// Whether an element lies there.
    fn is_built(&self) -> bool;
    /// Both.
    fn set(&self, number: u32, built: bool);
}

/// A link in one byte.
#[doc(hidden)]
#[derive(Debug)]
pub struct Narrow(AtomicU8);

/// A link in four bytes.
#[doc(hidden)]
#[derive(Debug)]
pub struct Wide(AtomicU32);

impl Sealed for Narrow {}
impl Sealed for Wide {}

// ORDERING: throughout: Relaxed. What a slot's holder writes is handed on with the slot, by the words; what others
// read in between they do not use.
macro_rules! link {
    ($link:ident, $atomic:ident, $word:ty, $built:literal) => {
        impl Link for $link {
            // The number of slots is a number of its own.
            const MOST: u32 = ($built - 1) as u32;

            #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
            fn new(number: u32) -> Self {
                Self($atomic::new(number as $word))
            }

            #[inline(always)]
            fn get(&self) -> u32 {
                u32::from(self.0.load(Ordering::Relaxed) & !$built)
            }

            #[inline(always)]
            fn is_built(&self) -> bool {
                self.0.load(Ordering::Relaxed) & $built != 0
            }

            #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
            #[inline(always)]
            fn set(&self, number: u32, built: bool) {
                let built = if built { $built } else { 0 };
                self.0.store(number as $word | built, Ordering::Relaxed);
            }
        }
    };
}

link!(Narrow, AtomicU8, u8, 0x80);
// More would not fit into the words.
link!(Wide, AtomicU32, u32, 0x0100_0000);

const _: () = assert!(Wide::MOST < 1 << FIRST_BITS);

/// A number of events, where there are such. Sealed.
#[doc(hidden)]
pub trait Tally: Sealed + fmt::Debug + Send + Sync + 'static {
    /// None.
    fn new() -> Self;
    /// One more.
    fn add(&self);
    /// How many, modulo 2^32.
    fn get(&self) -> u32;
}

/// Never any.
#[doc(hidden)]
#[derive(Debug)]
pub struct Never;

/// Counted.
#[doc(hidden)]
#[derive(Debug)]
pub struct Counter(AtomicU32);

impl Sealed for Never {}
impl Sealed for Counter {}

impl Tally for Never {
    fn new() -> Self {
        Self
    }

    fn add(&self) {
        unreachable!("a claim of this kind is not given up");
    }

    fn get(&self) -> u32 {
        0
    }
}

impl Tally for Counter {
    fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    fn add(&self) {
        // ORDERING: Relaxed: a number for people; the end is told by the words.
        self.0.add_as::<Threads>(1, Ordering::Relaxed);
    }

    fn get(&self) -> u32 {
        // ORDERING: Relaxed, as above.
        self.0.load(Ordering::Relaxed)
    }
}
