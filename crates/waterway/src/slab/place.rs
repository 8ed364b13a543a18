//! Where a channel lies: on the heap, in a static, or where a queue is that is used by reference.
//!
//! The core, the slots, the links, in one allocation. A static has a word before these that says whether it is split,
//! and all zeros is the initial state of the whole: the core and the links are written by the split.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{self, NonNull};

use super::words::Link;
use super::{Core, Loose, Slab, Slot};
use crate::store::memory;
use crate::sync::{AtomicU32, Exchange, Ordering, Threads, constant};
use crate::unwind::Defer;

impl<T, K: Loose> Slab<T, K> {
    /// # Safety
    /// A channel lies there, and outlives this.
    unsafe fn at(core: NonNull<Core<K>>) -> Self {
        Self {
            core,
            _of: PhantomData,
        }
    }

    /// Where the slots begin.
    const SLOTS: usize = size_of::<Core<K>>().next_multiple_of(align_of::<Slot<T>>());

    /// Where the links do.
    #[inline(always)]
    fn links_at(capacity: usize) -> usize {
        (Self::SLOTS + capacity * size_of::<Slot<T>>()).next_multiple_of(align_of::<K::Link>())
    }

    #[inline(always)]
    pub(super) fn slots(&self) -> *const Slot<T> {
        // SAFETY: that is where they are, in the allocation or the place that the pointer is of.
        unsafe { self.core.as_ptr().cast::<u8>().add(Self::SLOTS).cast() }
    }

    #[inline(always)]
    pub(super) fn links(&self) -> *const K::Link {
        let at = Self::links_at(self.capacity());
        // SAFETY: as for the slots.
        unsafe { self.core.as_ptr().cast::<u8>().add(at).cast() }
    }

    fn layout(capacity: usize) -> Option<Layout> {
        let (slots, _) = Layout::new::<Core<K>>()
            .extend(Layout::array::<Slot<T>>(capacity).ok()?)
            .ok()?;
        let (layout, _) = slots
            .extend(Layout::array::<K::Link>(capacity).ok()?)
            .ok()?;
        Some(layout)
    }

    /// A new channel on the heap, with one sender and one receiver, whose two handles the caller makes now; `start`
    /// claims are behind it.
    #[cfg(feature = "alloc")]
    pub(crate) fn allocate(capacity: usize, start: u64) -> Self
    where
        K: Loose<Extra = ()>,
    {
        Self::allocate_with(capacity, start, ())
    }

    /// The same for a kind that has something with its channel.
    #[cfg(feature = "alloc")]
    pub(crate) fn allocate_with(capacity: usize, start: u64, extra: K::Extra) -> Self {
        debug_assert!((1..=K::Link::MOST as usize).contains(&capacity));
        let Some(layout) = Self::layout(capacity) else {
            panic!("the channel's slots do not fit into memory")
        };
        // SAFETY: the layout holds at least a core. Freshly allocated for it, the slots and the links.
        unsafe {
            let core = memory::allocate(layout).cast::<Core<K>>();
            #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
            core.write(Core::new(capacity as u32, start, false, extra));
            Self::prepare(core)
        }
    }

    /// Makes the links of a channel, and has all slots free.
    ///
    /// # Safety
    /// A core lies there, before room for its slots and links, and nobody uses any of it.
    unsafe fn prepare(core: NonNull<Core<K>>) -> Self {
        // SAFETY: it is there, and outlives its handles.
        let slab = unsafe { Self::at(core) };
        let (slots, links) = (slab.slots().cast_mut(), slab.links().cast_mut());
        for index in 0..slab.none() {
            // SAFETY: in bounds.
            unsafe {
                links.add(index as usize).write(K::Link::new(index + 1));
                if cfg!(waterway_loom) {
                    let empty = Slot::new(MaybeUninit::uninit());
                    slots.add(index as usize).write(empty);
                }
            }
        }
        slab
    }

    /// Gives a hold back. The last one drops all elements that are left, and frees the channel; or ends the generation of one
    /// in a static.
    pub(crate) fn release_hold(self) {
        if !self.life().release_anywhere() {
            return;
        }
        let _ended = Defer::new(|| {
            if self.life().is_fixed() {
                // SAFETY: a fixed channel lies in a `Home`, of the whole of which the pointer is; the alignment of an
                // array does not depend on its length.
                let is_split = unsafe {
                    let offset = offset_of!(Home<T, 0, K>, place);
                    self.core.byte_sub(offset).cast::<AtomicU32>().as_ref()
                };
                // ORDERING: Release pairs with the Acquire in `split`: the next generation comes after this one.
                is_split.store(0, Ordering::Release);
                return;
            }
            let layout = Self::layout(self.capacity()).expect("it was allocated with this layout");
            #[cfg(waterway_loom)]
            for index in 0..self.capacity() {
                // SAFETY: nobody has a hold any more.
                unsafe {
                    self.slots().cast_mut().add(index).drop_in_place();
                    self.links().cast_mut().add(index).drop_in_place();
                }
            }
            // What the kind has with it may be of the user's.
            // SAFETY: as above.
            let _freed = Defer::new(|| unsafe { memory::free(self.core.cast(), layout) });
            // SAFETY: as above.
            unsafe { self.core.drop_in_place() };
        });
        self.clear(0);
    }
}

/// A channel of `N` slots as it lies in memory.
#[repr(C)]
struct Place<T, const N: usize, K: Loose> {
    core: Core<K>,
    slots: [Slot<T>; N],
    links: [K::Link; N],
}

/// The place of a channel in a static, or of one that is used by reference.
#[repr(C)]
pub(crate) struct Home<T, const N: usize, K: Loose> {
    /// Whether it is split. First, so that it is found from the core.
    is_split: AtomicU32,
    /// All zeros before the first split.
    place: UnsafeCell<MaybeUninit<Place<T, N, K>>>,
}

// SAFETY: what lies in the place is used by handles alone, which cross threads under the same conditions; the word is
// atomic.
unsafe impl<T: Send, const N: usize, K: Loose> Sync for Home<T, N, K> where K::Lock: Send + Sync {}
// SAFETY: one that can be moved was never split, or is used by nobody at the time.
unsafe impl<T: Send, const N: usize, K: Loose> Send for Home<T, N, K> where K::Lock: Send + Sync {}

impl<T, const N: usize, K: Loose> Home<T, N, K> {
    const CAPACITY: u32 = {
        assert!(N >= 1, "the capacity is at least 1");
        assert!(
            N <= K::Link::MOST as usize,
            "the capacity is more than MAX_CAPACITY"
        );
        N as u32
    };

    constant! {
        pub(crate) fn new() -> Self {
            // A wrong number of slots is found where the static is.
            let _ = Self::CAPACITY;
            Self {
                is_split: AtomicU32::new(0),
                place: UnsafeCell::new(MaybeUninit::zeroed()),
            }
        }
    }

    /// Begins a generation: a channel with one sender and one receiver, whose two handles the caller makes now; unless
    /// the last has not ended.
    pub(crate) fn split(&'static self) -> Option<Slab<T, K>>
    where
        K: Loose<Extra = ()>,
    {
        self.split_with(())
    }

    /// The same for a kind that has something with its channel: it is never dropped.
    pub(crate) fn split_with(&'static self, extra: K::Extra) -> Option<Slab<T, K>> {
        // ORDERING: Acquire pairs with the Release in `release_hold`.
        self.is_split
            .exchange::<Threads>(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // SAFETY: between two generations nobody uses the place.
        unsafe {
            self.core().write(Core::new(Self::CAPACITY, 0, true, extra));
            Some(Slab::prepare(self.core()))
        }
    }

    /// Where the core lies, by a pointer of the whole, so that the word is found from it.
    fn core(&self) -> NonNull<Core<K>> {
        let home = ptr::from_ref(self).cast_mut();
        // SAFETY: in bounds, and not null.
        unsafe { NonNull::new_unchecked((&raw mut (*home).place).cast()) }
    }

    /// The channel of a place that is never split, but used by reference, once it was [begun](Self::begin): then it is
    /// there until it is [ended](Self::end), wherever the place is moved.
    #[inline]
    pub(crate) fn channel(&self) -> Option<Slab<T, K>> {
        // ORDERING: Acquire pairs with the Release in `begin`.
        let is_there = self.is_split.load(Ordering::Acquire) != 0;
        // SAFETY: it lies there, and goes with the place: whoever uses it borrows that.
        is_there.then(|| unsafe { Slab::at(self.core()) })
    }

    /// Makes the channel of a place that is used by reference. No handle of it is made, nor does anybody take or give back a
    /// hold: it ends with the place.
    ///
    /// # Safety
    /// It is not there yet, and one caller at a time does this. The place is never split.
    pub(crate) unsafe fn begin(&self, extra: K::Extra) -> Slab<T, K> {
        // SAFETY: nobody uses the place before the word says so.
        let slab = unsafe {
            self.core().write(Core::new(Self::CAPACITY, 0, true, extra));
            Slab::prepare(self.core())
        };
        // ORDERING: Release pairs with the Acquire in `channel`.
        self.is_split.store(1, Ordering::Release);
        slab
    }

    /// Ends what was begun: drops all elements, and what the kind has with its channel. Says whether there was one.
    pub(crate) fn end(&mut self) -> bool {
        let Some(slab) = self.channel() else {
            return false;
        };
        // ORDERING: Relaxed: nobody else has the place.
        self.is_split.store(0, Ordering::Relaxed);
        // SAFETY: as it was begun it is there, for the last time.
        let _dropped = Defer::new(|| unsafe { slab.core.drop_in_place() });
        slab.clear(0);
        true
    }
}

impl<T, const N: usize, K: Loose> core::fmt::Debug for Home<T, N, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Home").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use crate::kind::{Inbox, Pool};

    #[repr(align(128))]
    struct Wide(#[allow(dead_code, reason = "it has a size")] u8);

    fn is_in_order<T, const N: usize, K: Loose>() {
        type Of<T, const N: usize, K> = Place<T, N, K>;
        let name = core::any::type_name::<Of<T, N, K>>();
        assert_eq!(
            offset_of!(Of<T, N, K>, slots),
            Slab::<T, K>::SLOTS,
            "{name}"
        );
        assert_eq!(
            offset_of!(Of<T, N, K>, links),
            Slab::<T, K>::links_at(N),
            "{name}"
        );
        let layout = Slab::<T, K>::layout(N).expect("small");
        assert!(layout.size() <= size_of::<Of<T, N, K>>(), "{name}");
        let place = offset_of!(Home<T, N, K>, place);
        assert_eq!(place, offset_of!(Home<T, 0, K>, place), "{name}");
        assert_eq!(offset_of!(Home<T, N, K>, is_split), 0, "{name}");
    }

    fn of_kind<K: Loose>() {
        fn of_message<T, K: Loose>() {
            is_in_order::<T, 1, K>();
            is_in_order::<T, 2, K>();
            is_in_order::<T, 7, K>();
        }
        of_message::<(), K>();
        of_message::<[Wide; 0], K>();
        of_message::<u8, K>();
        of_message::<[u16; 3], K>();
        of_message::<u64, K>();
        of_message::<u128, K>();
        of_message::<Wide, K>();
        of_message::<[u8; 16 << 10], K>();
    }

    #[test]
    fn a_place_is_laid_out_as_a_channel_on_the_heap() {
        of_kind::<Inbox>();
        of_kind::<Pool<()>>();
        of_kind::<Pool<Wide>>();
    }

    /// Less than the 120 bytes, and two bits a slot, of others: for each capacity that they have.
    #[test]
    #[cfg(all(target_pointer_width = "64", feature = "std"))]
    fn an_inbox_is_small() {
        assert!(
            size_of::<Core<Inbox>>() <= 80,
            "{}",
            size_of::<Core<Inbox>>()
        );
        for capacity in 1..30 {
            let size = Slab::<u64, Inbox>::layout(capacity).expect("small").size();
            assert!(size < 120 + capacity * 8, "{capacity}: {size}");
        }
    }
}
