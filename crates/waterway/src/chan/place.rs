//! Where a channel lies: in an allocation of its own, in a static, or in a value that is borrowed.
//!
//! Everywhere the core comes first and its slots behind it, so that whoever has a pointer to the core
//! need not know. On the heap there are as many slots as the channel was asked for; a [`Place`] says
//! so by its type. Nothing in a place points into it: one that nobody uses may be moved.
//!
//! # Generations
//!
//! A channel in a static ([`Home`]) lives as often as it is split:
//!
//! ```text
//! FREE (no halves) -> split -> LIVE (two halves: the senders, the receivers) -> DRAINING (one) -> FREE
//! ```
//!
//! The last receiver drops what is in the channel before it gives its half back, though a drop panics;
//! the last sender has published before it does. So when both are back nobody touches the channel any
//! more, and the next split makes all of it anew but the counts.
//!
//! The counts are what a weak handle looks at, which may be older: it knows the number of the
//! generation that it was made in. An upgrade counts one up if there is one, and *then* compares the
//! number (before that as well, for the sake of those who split the channel: that one which comes too late for
//! sure is no handle for a moment). A split changes the number before it sets the counts, so that who is fooled by a count of the
//! next generation sees that generation's number, and goes away as any handle does that is dropped.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{self, NonNull};

use super::{Chan, Core, Form, Fresh};
use crate::kind::Kind;
use crate::store::lane::{Lane, LaneSlot};
use crate::store::memory;
use crate::store::ring::{Ring, Slot};
use crate::store::words::{self, Shape};
use crate::sync::{
    self, Access, AtomicU32, AtomicU64, Exchange, Modify, Ordering, barrier, constant,
};

/// The side cell, behind the slots.
pub(super) type Side<T> = sync::UnsafeCell<MaybeUninit<T>>;

/// A channel of `N` slots as it lies in memory.
#[repr(C)]
pub(crate) struct Place<T, const N: usize, K: Kind> {
    core: Core<K>,
    /// All zeros is empty.
    slots: [MaybeUninit<K::Slot<T>>; N],
    /// A lane has none.
    side: MaybeUninit<Side<T>>,
}

impl<T, const N: usize, K: Kind> Place<T, N, K> {
    const SHAPE: Shape = {
        assert!(
            N <= words::MAX_CAPACITY,
            "the capacity is more than MAX_CAPACITY"
        );
        Shape::bounded(N)
    };

    constant! {
        /// An empty channel that nobody has handles of.
        pub(crate) fn new() -> Self {
            let place = Self {
                core: Core::new(Self::SHAPE, 0, true, false),
                slots: [const { MaybeUninit::zeroed() }; N],
                side: MaybeUninit::zeroed(),
            };
            #[cfg(waterway_loom)]
            let place = place.prepared();
            place
        }
    }

    /// Makes what a model looks at.
    #[cfg(waterway_loom)]
    fn prepared(mut self) -> Self {
        // SAFETY: the slots of this shape lie there, and nobody knows of them.
        unsafe { Chan::<T, K>::prepare((&raw mut self).cast(), Self::SHAPE, 0) };
        self
    }

    /// The channel in a place.
    ///
    /// # Safety
    /// The place is used by nothing but channels, and outlives them.
    pub(crate) unsafe fn chan(place: *mut Self) -> Chan<T, K> {
        // SAFETY: the core is the first that lies there, and it is not null.
        unsafe { Chan::at(NonNull::new_unchecked(place.cast())) }
    }
}

/// How often a channel has been split, and whether it is now.
#[derive(Debug)]
pub(crate) struct Generations {
    /// How many of its two halves are out.
    halves: AtomicU32,
    /// That of the last split; 0 before the first.
    number: AtomicU64,
}

impl Generations {
    constant! {
        fn new() -> Self {
            Self {
                halves: AtomicU32::new(0),
                number: AtomicU64::new(0),
            }
        }
    }

    /// Takes both halves, if both are there.
    fn begin<A: Access>(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `end_half`: everything of the generation before
        // comes before this one.
        self.halves
            .exchange::<A>(0, 2, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    fn number(&self) -> u64 {
        // ORDERING: Relaxed: who believes that it is the right one has counted itself in before, see
        // `Life::restart`; one that is not is past for ever.
        self.number.load(Ordering::Relaxed)
    }

    /// One half more; the caller is of one.
    fn add_half<A: Access>(&self) {
        // ORDERING: Relaxed: the caller's half keeps the generation.
        self.halves.add_as::<A>(1, Ordering::Relaxed);
    }

    /// One half less: its last access to the channel.
    fn end_half<A: Access>(&self) {
        // ORDERING: AcqRel, as Release pairs with the Acquire in `begin`.
        self.halves.sub_as::<A>(1, Ordering::AcqRel);
    }
}

/// The place of a channel in a static.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Home<T, const N: usize, K: Kind> {
    /// First, so that it is found from the core.
    generations: Generations,
    /// All zeros before the first split.
    place: UnsafeCell<MaybeUninit<Place<T, N, K>>>,
}

// SAFETY: what lies in the place is used by handles alone, which cross threads under the same
// conditions; the generations are atomic.
unsafe impl<T: Send, const N: usize, K: Kind> Sync for Home<T, N, K> where K::Lock: Send + Sync {}
// SAFETY: one that can be moved was never split.
unsafe impl<T: Send, const N: usize, K: Kind> Send for Home<T, N, K> where K::Lock: Send + Sync {}

impl<T, const N: usize, K: Kind> Home<T, N, K> {
    constant! {
        pub(crate) fn new() -> Self {
            // Too many slots are found where the static is.
            let _ = Place::<T, N, K>::SHAPE;
            Self {
                generations: Generations::new(),
                place: UnsafeCell::new(MaybeUninit::zeroed()),
            }
        }
    }

    /// Begins a generation: a channel with one sender and one receiver, unless the last has not ended.
    pub(crate) fn split(&'static self) -> Option<Fresh<T, K>> {
        if !self.generations.begin::<K::Access>() {
            return None;
        }
        let shape = Place::<T, N, K>::SHAPE;
        // Of the whole, so that the generations are found from it.
        let home = ptr::from_ref(self).cast_mut();
        // SAFETY: in bounds, and not null.
        let core = unsafe { NonNull::new_unchecked((&raw mut (*home).place).cast::<Core<K>>()) };
        let fresh = Core::new(shape, 0, !barrier::is_asymmetric(), true);
        let number = self.generations.number();
        // SAFETY: between two generations nobody uses the place but weak handles, which look at the
        // counts; before the first there are none.
        unsafe {
            Chan::<T, K>::prepare(core.as_ptr().cast(), shape, 0);
            if number == 0 {
                core.write(fresh);
            } else {
                Core::renew(core.as_ptr(), fresh);
            }
            // ORDERING: Relaxed: `restart` hands it on; before the first split nobody compares it.
            self.generations.number.store(number + 1, Ordering::Relaxed);
            if number > 0 {
                core.as_ref().life.restart();
            }
            Some(Fresh(Chan::at(core)))
        }
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// A new channel on the heap, with one sender and one receiver, its positions starting at `start`.
    #[cfg(feature = "alloc")]
    pub(super) fn allocate(shape: Shape, start: u64) -> Fresh<T, K> {
        let Some(layout) = Self::layout(shape) else {
            panic!("the channel's slots do not fit into memory")
        };
        // Zeros are free slots of lap 0: a large channel takes its memory as it is used.
        let zeroed = start == 0 && layout.size() >= Self::LARGE && !cfg!(waterway_loom);
        // SAFETY: the layout holds at least a core. Freshly allocated for it, and for the slots.
        unsafe {
            let place = if zeroed {
                memory::allocate_zeroed(layout)
            } else {
                memory::allocate(layout)
            };
            let core = place.cast::<Core<K>>();
            core.write(Core::new(shape, start, !barrier::is_asymmetric(), false));
            if !zeroed {
                Self::prepare(core.as_ptr().cast(), shape, start);
            }
            Fresh(Self::at(core))
        }
    }

    /// As much as allocators ask the system for, which gives zeros, when they are asked for it.
    #[cfg(feature = "alloc")]
    const LARGE: usize = 128 * 1024;

    /// Makes the slots of a channel, each free.
    ///
    /// # Safety
    /// At `place` is room for a channel of this shape, and nobody looks at its slots.
    unsafe fn prepare(place: *mut u8, shape: Shape, start: u64) {
        let form = Self::form(shape);
        if cfg!(waterway_loom) && matches!(form, Form::Ring | Form::Direct) {
            // SAFETY: in bounds.
            unsafe {
                let side = place.add(Self::side_offset(shape)).cast::<Side<T>>();
                side.write(Side::new(MaybeUninit::uninit()));
            }
        }
        for index in 0..Self::slot_count(shape) {
            // SAFETY: in bounds: there are so many slots.
            unsafe {
                if form != Form::Lane {
                    let slots = place.add(Self::SLOTS).cast::<Slot<T>>();
                    Slot::initialize(slots.add(index), shape, start);
                } else if cfg!(waterway_loom) {
                    let slots = place.add(Self::LANE).cast::<LaneSlot<T>>();
                    let slot = LaneSlot::new(MaybeUninit::uninit());
                    slots.add(index).write(slot);
                }
            }
        }
    }

    /// The slots of the ring, or of the lane.
    fn slot_count(shape: Shape) -> usize {
        match Self::form(shape) {
            Form::Ring | Form::Lane => shape.most_permits(),
            Form::Direct | Form::Segments | Form::Chain => 0,
        }
    }

    /// Where the side cell of a ring, or of a rendezvous, is: a slot is aligned as a message is, or better.
    fn side_offset(shape: Shape) -> usize {
        Self::SLOTS + Self::slot_count(shape) * size_of::<Slot<T>>()
    }

    /// Where the slots of a ring, or the side cell alone, begin.
    const SLOTS: usize = size_of::<Core<K>>().next_multiple_of(align_of::<Slot<T>>());
    /// Where those of a lane do.
    const LANE: usize = size_of::<Core<K>>().next_multiple_of(align_of::<LaneSlot<T>>());

    /// The layout of a channel on the heap.
    pub(super) fn layout(shape: Shape) -> Option<Layout> {
        let count = Self::slot_count(shape);
        let core = Layout::new::<Core<K>>();
        let (layout, _) = match Self::form(shape) {
            Form::Lane => core
                .extend(Layout::array::<LaneSlot<T>>(count).ok()?)
                .ok()?,
            Form::Ring | Form::Direct => {
                let (slots, _) = core.extend(Layout::array::<Slot<T>>(count).ok()?).ok()?;
                slots.extend(Layout::new::<Side<T>>()).ok()?
            }
            Form::Segments | Form::Chain => (core, 0),
        };
        Some(layout)
    }

    /// Where a message lies that was moved aside.
    pub(super) fn side(&self) -> *mut T {
        let offset = Self::side_offset(self.core().shape);
        // SAFETY: that is where the side cell of a channel is that has one, and only such a one is asked.
        unsafe {
            let side = self.core.as_ptr().cast::<u8>().add(offset);
            (*side.cast::<Side<T>>()).with_mut(|message| message.cast())
        }
    }

    /// The slots of the ring.
    #[inline(always)]
    fn slots(&self) -> *const Slot<T> {
        // SAFETY: that is where they are, in the allocation or the place that the pointer is of.
        unsafe { self.core.as_ptr().cast::<u8>().add(Self::SLOTS).cast() }
    }

    #[inline(always)]
    pub(super) fn ring(&self, shape: Shape) -> Ring<T> {
        // SAFETY: the slots live as long as the channel does.
        unsafe { Ring::new(self.slots(), shape) }
    }

    #[inline(always)]
    pub(super) fn lane(&self, shape: Shape) -> Lane<T> {
        // SAFETY: as for `slots`; they live as long as the channel does.
        unsafe {
            let slots = self.core.as_ptr().cast::<u8>().add(Self::LANE);
            Lane::new(slots.cast(), shape)
        }
    }

    /// Those of a channel in a static.
    #[inline]
    fn generations(&self) -> Option<&Generations> {
        self.life().is_fixed().then(|| {
            // SAFETY: a fixed channel lies in a `Home`, of the whole of which the pointer is; the
            // alignment of an array does not depend on its length.
            unsafe {
                self.core
                    .byte_sub(offset_of!(Home<T, 0, K>, place))
                    .cast()
                    .as_ref()
            }
        })
    }

    /// What tells this life of the channel from its others.
    pub(crate) fn generation(&self) -> u64 {
        self.generations().map_or(0, Generations::number)
    }

    /// Whether this life of the channel is over for sure. Then one that asks for it must not even count itself
    /// in: it would hold up those who split the channel again.
    fn is_past(&self, generation: u64) -> bool {
        self.generation() != generation
    }

    /// Another sender, made from a receiver.
    pub(crate) fn revive_sender(&self) {
        // Counted in advance, so that the generation outlives the new sender whoever goes first.
        let generations = self.generations();
        generations.inspect(|generations| generations.add_half::<K::Access>());
        if !self.life().revive_sender() {
            generations.inspect(|generations| generations.end_half::<K::Access>());
        }
    }

    /// One more sender if there is one, in this generation.
    pub(crate) fn upgrade_sender(self, generation: u64) -> bool {
        if self.is_past(generation) || !self.life().upgrade_sender() {
            return false;
        }
        let is_right = self.generation() == generation;
        if !is_right {
            self.drop_sender();
        }
        is_right
    }

    /// One more receiver if there is one, in this generation.
    pub(crate) fn upgrade_receiver(self, generation: u64) -> bool {
        if self.is_past(generation) || !self.life().upgrade_receiver() {
            return false;
        }
        let is_right = self.generation() == generation;
        if !is_right {
            self.drop_receiver();
        }
        is_right
    }

    /// Drops what all handles of one side held together.
    pub(super) fn release_half(self) {
        if let Some(generations) = self.generations() {
            self.life().release();
            generations.end_half::<K::Access>();
        } else {
            self.release();
        }
    }

    /// Drops a hold on the channel, and frees it if that was the last. One in a static is never freed.
    pub(crate) fn release(self) {
        if !self.life().release() {
            return;
        }
        let shape = self.core().shape;
        let layout = Self::layout(shape).expect("it was allocated with this layout");
        // SAFETY: nobody has a hold any more. What was in the channel has been dropped with the
        // last receiver, who had a hold.
        unsafe {
            if shape.capacity().is_none() {
                self.free_all_segments();
            }
            self.core.drop_in_place();
            memory::free(self.core.cast(), layout);
        }
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use crate::kind::{Local, Mpmc, Mpsc, Spsc};

    #[repr(align(128))]
    struct Wide(#[allow(dead_code, reason = "it has a size")] u8);

    /// All is where a channel looks for it, whatever the messages are and however many.
    fn is_in_order<T, const N: usize, K: Kind>() {
        type Of<T, const N: usize, K> = Place<T, N, K>;
        let name = core::any::type_name::<Of<T, N, K>>();
        let slots = offset_of!(Of<T, N, K>, slots);
        let side = offset_of!(Of<T, N, K>, side);
        if Chan::<T, K>::form(Shape::bounded(N)) == Form::Lane {
            assert_eq!(slots, Chan::<T, K>::LANE, "{name}");
        } else {
            let end = Chan::<T, K>::SLOTS + N * size_of::<Slot<T>>();
            assert_eq!(side, end, "{name}");
            assert!(N == 0 || slots == Chan::<T, K>::SLOTS, "{name}");
            let layout = Chan::<T, K>::layout(Shape::bounded(N)).expect("small");
            assert!(layout.size() <= size_of::<Of<T, N, K>>(), "{name}");
            assert!(layout.align() <= align_of::<Of<T, N, K>>(), "{name}");
        }
        assert_eq!(offset_of!(Of<T, N, K>, core), 0, "{name}");
        let place = offset_of!(Home<T, N, K>, place);
        assert_eq!(place, offset_of!(Home<T, 0, K>, place), "{name}");
        assert_eq!(offset_of!(Home<T, N, K>, generations), 0, "{name}");
    }

    fn of_kind<K: Kind>() {
        fn of_message<T, K: Kind>() {
            is_in_order::<T, 0, K>();
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
        of_kind::<Mpsc>();
        of_kind::<Mpmc>();
        of_kind::<Spsc>();
        of_kind::<Local>();
    }
}
