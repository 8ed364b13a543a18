//! Slots that are claimed, filled, published, taken and let go one by one: the meeting point of `inbox` and
//! `pool`.
//!
//! In a ring a slot that somebody holds is in the way of all that come behind it. Here each slot goes its own
//! way, and whoever holds one, for however long, holds up nobody else: the capacity shrinks by one.
//!
//! # State words
//!
//! Each slot has a *link*: the number of another slot, or [`none`](Slab::none). Two lists are made of links, both
//! added to at the front:
//!
//! ```text
//! free   MSB | claims (38)  | first (24) | SHUT | WAITED    | LSB    free slots
//! ready  MSB | settled (38) | first (24) | GONE | ANNOUNCED | LSB    published slots, the latest first
//! ```
//!
//! and the receiver has a third, `outgoing`, that nobody else touches: what it took from `ready`, turned round, so
//! that the oldest comes first.
//!
//! | step | by | what |
//! |---|---|---|
//! | claim | a sender, without `SHUT` and `WAITED` | the first of `free` leaves it; claims + 1 |
//! | publish | the slot's holder, without `GONE` | the slot goes before the first of `ready`; settled + 1; `ANNOUNCED` goes, and the receiver is woken if it was set |
//! | give up | the slot's holder | settled + 1, and then as release |
//! | take | the receiver | the first of `outgoing`; if there is none all of `ready` becomes that |
//! | release | the slot's holder | the slot goes before the first of `free`; with `WAITED`: [settle](Slab::settle) |
//! | wait | a sender, under the lock | enters the list of those who wait; sets `WAITED`; settles |
//! | settle | under the lock | while somebody waits and a slot is free: claims it for the one who came first; `WAITED` goes with the last |
//! | announce | the receiver | leaves its waker in the cell, then sets `ANNOUNCED`, and looks again |
//! | shut | close, under the lock | sets `SHUT`; those who wait get the news |
//! | go | the last of the receiving side | sets `SHUT`, under the lock, so that nobody is served any more; then `GONE`; drops what is there |
//!
//! Published slots are taken in the order in which they were published: that is one compare-and-swap, so that there is
//! no moment at which one that is ready stands behind one that is not.
//!
//! # Why it is right
//!
//! - *A claim takes what it saw.* It reads the first's link, which may be another's by then: but each claim counts
//!   `claims` on, so that the word is another one, and the compare-and-swap fails. The count wraps around after 2^38
//!   claims within one.
//! - *No slot is passed by.* `WAITED` and the free slots are one word: a release that comes before it is set is found by
//!   the settle that follows, and one that comes after that sees it. While it is set nobody claims but in a settle, so
//!   that who waits is not overtaken.
//! - *No message is passed by.* `ANNOUNCED` and the published slots are one word, likewise. Whoever ends something
//!   (close, the last sender) changes its own word first, and then passes the `ready` word by a read-modify-write:
//!   either it finds `ANNOUNCED`, or the receiver's own, which comes after, makes it see what was ended.
//! - *The end is seen once all is there.* After `SHUT` no more is claimed: `claims` stands still, and when `settled` has
//!   come to it, and `ready` is empty, nothing is on its way. Without senders nothing is, either, but slots that were
//!   forgotten; who waits then is forgotten as well, and is served no more.
//! - *Nothing is published to nobody.* `GONE` is in the word of the list that it ends: a publish that fails leaves the
//!   slot to its holder, and what was published before is dropped by who sets it.
//! - *A slot's contents* are handed on by the words: a publish or release is a Release, a claim or take an Acquire; all
//!   changes of both words are read-modify-writes, so that each is part of the release sequence of those before it.
//!
//! # Contents
//!
//! A link has one bit beside the number, `BUILT`: an element lies in the slot. Its holder alone changes that. An inbox
//! moves messages in and out, so that a free slot is never built; in a pool it stays built. A parked message that is put
//! into a built slot changes places with what is there: so no user code runs under the lock.
//!
//! # Life
//!
//! [`Life`] counts senders, receivers, and reasons to keep the memory; a slot that is held without a handle has one of
//! its own. Elements that are left are dropped with the memory, or, in a static, with its generation. What else a kind
//! has with its channel (`extra`) is dropped after them; a static drops nothing but elements, so that there it owns nothing.

mod claim;
mod end;
mod op;
mod park;
mod place;
mod receive;
mod words;

pub(crate) use claim::Refused;
pub use op::{
    Catch, Coming, Ending, Entering, Furnish, Goods, Grant, Moored, Readers, Value, Watchers,
};
pub(crate) use park::Parcel;
pub(crate) use place::Home;
pub use receive::{Batch, Sight};
pub use words::{Counter, Link, Narrow, Never, Tally, Wide};

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use lock_api::RawMutex;

use crate::kind::sealed::Sealed;
use crate::kind::{Awaited, ManyThreads};
use crate::life::Life;
use crate::sync::{AtomicU32, AtomicU64, Ordering, Threads, UnsafeCell};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{List, WakerCell};
use words::{Free, Ready};

/// A kind of channel whose slots go their own ways. Sealed.
pub trait Loose: Awaited + ManyThreads + Sealed {
    /// The lock of the waiting lists.
    type Lock: RawMutex;
    /// What a link lies in.
    #[doc(hidden)]
    type Link: Link;
    /// How many claims were given up, where they can be.
    #[doc(hidden)]
    type Tally: Tally;
    /// What else lies with the channel, and goes with it.
    #[doc(hidden)]
    type Extra;
}

/// Who waits.
#[derive(Debug)]
struct Lists {
    /// Those who wait for a slot, in order.
    senders: List,
    /// Those who wait for the end of the receiving side.
    watchers: List,
}

/// Everything of a channel but its slots and links. See the module's docs.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Core<K: Loose> {
    free: AtomicU64,
    ready: AtomicU64,
    receiver: WakerCell,
    lists: lock_api::Mutex<K::Lock, Lists>,
    life: Life<Threads>,
    /// How many were taken, modulo 2^32: the receiver's.
    received: AtomicU32,
    given_up: K::Tally,
    /// It never changes.
    capacity: K::Link,
    /// The receiver's list.
    outgoing: K::Link,
    #[cfg(feature = "std")]
    send_pace: Pace,
    #[cfg(feature = "std")]
    recv_pace: Pace,
    extra: K::Extra,
}

impl<K: Loose> Core<K> {
    /// That of a channel with one sender and one receiver, `start` claims behind it. `fixed` in a static.
    fn new(capacity: u32, start: u64, fixed: bool, extra: K::Extra) -> Self {
        Self {
            free: AtomicU64::new(Free::initial(start)),
            ready: AtomicU64::new(Ready::initial(start, capacity)),
            receiver: WakerCell::new(),
            lists: lock_api::Mutex::const_new(
                RawMutex::INIT,
                Lists {
                    senders: List::new(),
                    watchers: List::new(),
                },
            ),
            life: Life::new(fixed),
            received: AtomicU32::new(words::low(start)),
            given_up: K::Tally::new(),
            capacity: K::Link::new(capacity),
            outgoing: K::Link::new(capacity),
            #[cfg(feature = "std")]
            send_pace: Pace::new(),
            #[cfg(feature = "std")]
            recv_pace: Pace::new(),
            extra,
        }
    }
}

/// What a slot is to its channel: room that may hold an element.
type Slot<T> = UnsafeCell<MaybeUninit<T>>;

/// A channel, by pointer to the whole of where it lies.
pub struct Slab<T, K: Loose> {
    core: NonNull<Core<K>>,
    _of: PhantomData<*mut T>,
}

impl<T, K: Loose> Clone for Slab<T, K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, K: Loose> Copy for Slab<T, K> {}

impl<T, K: Loose> fmt::Debug for Slab<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slab").field(&self.core).finish()
    }
}

impl<T, K: Loose> PartialEq for Slab<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core
    }
}

/// A slot's number, to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Index(u32);

impl Index {
    fn number(self) -> u32 {
        self.0
    }
}

impl<T, K: Loose> Slab<T, K> {
    #[inline(always)]
    fn core(&self) -> &Core<K> {
        // SAFETY: a channel is freed by the last that has a hold on it, after its last access; who has a `Slab`
        // has a handle with a hold, or borrows one.
        unsafe { self.core.as_ref() }
    }

    pub(crate) fn life(&self) -> &Life<Threads> {
        &self.core().life
    }

    pub(crate) fn extra(&self) -> &K::Extra {
        &self.core().extra
    }

    #[cfg(feature = "std")]
    pub(crate) fn send_pace(&self) -> &Pace {
        &self.core().send_pace
    }

    #[cfg(feature = "std")]
    pub(crate) fn recv_pace(&self) -> &Pace {
        &self.core().recv_pace
    }

    /// What tells this channel from all others that are alive.
    pub(crate) fn address(&self) -> usize {
        self.core.as_ptr().addr()
    }

    /// How many slots there are.
    pub(crate) fn capacity(&self) -> usize {
        self.none() as usize
    }

    /// What stands in a link behind the last of a list: the number of slots.
    #[inline(always)]
    fn none(&self) -> u32 {
        self.core().capacity.get()
    }

    /// How many slots are published and not taken.
    pub(crate) fn len(&self) -> usize {
        let core = self.core();
        // ORDERING: Acquire: what happened before is seen as far as the caller may expect it. The two numbers need not
        // be of one moment: what comes out is bounded.
        let received = core.received.load(Ordering::Acquire);
        let given_up = core.given_up.get();
        let settled = words::low(Ready(core.ready.load(Ordering::Acquire)).settled());
        let published = settled.wrapping_sub(given_up).wrapping_sub(received);
        // More than there are slots: taken since the first look.
        if published > u32::MAX / 2 {
            return 0;
        }
        (published as usize).min(self.capacity())
    }

    /// How many slots are claimed, and neither published nor given up.
    pub(crate) fn claimed(&self) -> usize {
        let core = self.core();
        // ORDERING: Acquire, as in `len`. First what came to its end, so that it is not more than was begun.
        let settled = Ready(core.ready.load(Ordering::Acquire)).settled();
        let claims = Free(core.free.load(Ordering::Acquire)).claims();
        (words::low(claims.wrapping_sub(settled)) as usize).min(self.capacity())
    }

    /// Whether a claim would find no slot now.
    pub(crate) fn is_full(&self) -> bool {
        // ORDERING: Acquire, as in `len`.
        let free = Free(self.core().free.load(Ordering::Acquire));
        free.first() == self.none() || free.is_waited()
    }

    /// Whether nothing more is claimed.
    pub(crate) fn is_shut(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `shut`.
        Free(self.core().free.load(Ordering::Acquire)).is_shut()
    }

    /// Where a slot's element lies, or may lie.
    ///
    /// # Safety
    /// The caller holds the slot.
    #[inline(always)]
    pub(crate) unsafe fn element(&self, slot: Index) -> *mut T {
        // SAFETY: in bounds: an index is below the capacity.
        unsafe { &*self.slots().add(slot.0 as usize) }.with_mut(|element| element.cast())
    }

    /// Whether an element lies there.
    ///
    /// # Safety
    /// The caller holds the slot.
    #[inline(always)]
    pub(crate) unsafe fn is_built(&self, slot: Index) -> bool {
        self.link(slot.0).is_built()
    }

    /// An element lies there from now on, or none.
    ///
    /// # Safety
    /// The caller holds the slot, and it is so.
    #[inline(always)]
    pub(crate) unsafe fn set_built(&self, slot: Index, built: bool) {
        let link = self.link(slot.0);
        link.set(link.get(), built);
    }

    #[inline(always)]
    fn link(&self, index: u32) -> &K::Link {
        debug_assert!(index < self.none(), "{index} is the number of a slot");
        // SAFETY: in bounds: whoever names a slot has its number from a word or a link.
        unsafe { &*self.links().add(index as usize) }
    }

    /// Puts a slot before another, in a list; what lies in it stays.
    #[inline(always)]
    fn lead(&self, index: u32, next: u32) {
        let link = self.link(index);
        link.set(next, link.is_built());
    }
}
