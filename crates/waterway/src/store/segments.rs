//! Linked segments: the store of an unbounded channel.
//!
//! A segment is one allocation: a header and groups of stamps and values. Stamps are one byte, and
//! those of a group lie before its values, so that a small message costs its size and one byte and
//! touches one or two cache lines:
//!
//! ```text
//! | next | base | len, leases | s s s s s s s s | v v v v v v v v | s s s s s s s s | v ...
//! ```
//!
//! | stamp | state |
//! |---|---|
//! | 0 | nothing yet |
//! | `FULL` | the message is there |
//!
//! Stamps are never reset while a segment is in use: a position is used once. Writing the stamp is
//! the publisher's last access to the segment, so that the receiver may free a segment once it
//! took the last message. Several receivers share a segment by [leases](crate::chan::lease). An
//! `ABANDONED` channel is the exception: there publisher and drainer settle whose the message is as in a
//! [`ring`](super::ring), and the segments are kept until the channel goes.
//!
//! Between one sender and one receiver, in a [chain](crate::chan::lane), what is there is told by the
//! sender's place, and stamps stay 0.
//!
//! No segment is allocated before the first send. The first is small; the
//! next ones are as long as what waits in the channel, up to about 8 KiB of messages; one emptied
//! segment is kept for reuse.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::{align_of, size_of};
use core::ptr::{self, NonNull};

use super::memory;
use crate::sync::{
    Access, AtomicPtr, AtomicU8, AtomicU32, Exchange, Modify, Ordering, UnsafeCell, Word,
};

const FULL: u8 = 1;
const ABANDONED: u8 = 1 << 1;

#[derive(Debug)]
pub(crate) struct Header {
    next: AtomicPtr<Header>,
    base: u64,
    len: u32,
    /// How many receivers still look at this segment, once the head has left it for the next. With
    /// one receiver there are none.
    leases: AtomicU32,
    /// Stands for the bytes of the segment, so that a model sees who uses them when they are freed or
    /// used again.
    bytes: UnsafeCell<()>,
}

/// A segment, by pointer.
#[derive(Debug)]
pub(crate) struct Segment<T> {
    header: NonNull<Header>,
    _of: PhantomData<*mut T>,
}

impl<T> Clone for Segment<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Segment<T> {}

const fn up(offset: usize, align: usize) -> usize {
    offset.div_ceil(align) * align
}

const fn greater(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

impl<T> Segment<T> {
    /// How many slots share a run of stamps.
    const WIDTH: usize = if cfg!(waterway_loom) {
        2
    } else if size_of::<T>() <= 64 {
        8
    } else {
        1
    };
    const VALUES: usize = up(Self::WIDTH * size_of::<AtomicU8>(), align_of::<T>());
    const ALIGN: usize = greater(
        align_of::<Header>(),
        greater(align_of::<T>(), align_of::<AtomicU8>()),
    );
    const STRIDE: usize = up(
        Self::VALUES + Self::WIDTH * size_of::<T>(),
        greater(align_of::<T>(), align_of::<AtomicU8>()),
    );
    const GROUPS: usize = up(
        size_of::<Header>(),
        greater(align_of::<T>(), align_of::<AtomicU8>()),
    );

    /// The length of a channel's first segment.
    pub(crate) const FIRST: usize = Self::WIDTH;
    /// The length of the others while the receiver keeps up, if messages are small.
    const BRISK: usize = 64;
    /// The greatest length of a segment.
    pub(crate) const MOST: usize = if cfg!(waterway_loom) {
        2
    } else {
        let fitting = (8 << 10) / greater(size_of::<T>(), 8);
        if fitting == 0 {
            1
        } else {
            // The greatest power of two that fits.
            1 << (usize::BITS - 1 - fitting.leading_zeros())
        }
    };

    /// The length of the next segment when so many messages wait in the others.
    pub(crate) fn next_len(waiting: usize) -> usize {
        let least = if Self::BRISK < Self::MOST {
            Self::BRISK
        } else {
            Self::MOST
        };
        waiting.next_power_of_two().clamp(least, Self::MOST)
    }

    fn layout(len: usize) -> Layout {
        let size = Self::GROUPS + len.div_ceil(Self::WIDTH) * Self::STRIDE;
        Layout::from_size_align(size, Self::ALIGN).expect("a segment is a few KiB")
    }

    /// A segment of `len` empty slots, the first of which is for position `base`.
    #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
    pub(crate) fn allocate(len: usize, base: u64) -> Self {
        let layout = Self::layout(len);
        // SAFETY: the layout holds at least a header.
        let header = unsafe { memory::allocate(layout) }.cast::<Header>();
        // SAFETY: freshly allocated for a header.
        unsafe {
            header.write(Header {
                next: AtomicPtr::new(ptr::null_mut()),
                base,
                len: len as u32,
                leases: AtomicU32::new(0),
                bytes: UnsafeCell::new(()),
            });
        }
        let segment = Self {
            header,
            _of: PhantomData,
        };
        segment.clear();
        segment
    }

    /// Makes an emptied segment ready for use at another place.
    ///
    /// # Safety
    /// Nobody else knows the segment.
    pub(crate) unsafe fn recycle(self, base: u64) {
        self.header().bytes.with_mut(|_| ());
        // SAFETY: exclusive by the caller's promise.
        let header = unsafe { &mut *self.header.as_ptr() };
        header.next = AtomicPtr::new(ptr::null_mut());
        header.base = base;
        header.leases = AtomicU32::new(0);
        self.clear();
    }

    fn clear(self) {
        for first in (0..self.len()).step_by(Self::WIDTH) {
            let stamps = self.stamp_at(first);
            if cfg!(waterway_loom) {
                for offset in 0..Self::WIDTH {
                    // SAFETY: within the group, which lies in the allocation; nobody else looks.
                    unsafe { stamps.add(offset).write(AtomicU8::new(0)) };
                }
            } else {
                // SAFETY: as above; an atomic byte of zero is zero.
                unsafe { stamps.write_bytes(0, Self::WIDTH) };
            }
        }
    }

    /// # Safety
    /// Nobody uses the segment any more, and what messages are in it are forgotten.
    pub(crate) unsafe fn free(self) {
        let layout = Self::layout(self.len());
        self.header().bytes.with_mut(|_| ());
        // SAFETY: allocated with this layout, and nobody uses it any more.
        unsafe { memory::free(self.header.cast(), layout) };
    }

    pub(crate) fn from_ptr(header: *mut Header) -> Option<Self> {
        NonNull::new(header).map(|header| Self {
            header,
            _of: PhantomData,
        })
    }

    pub(crate) fn as_ptr(self) -> *mut Header {
        self.header.as_ptr()
    }

    fn header(&self) -> &Header {
        // SAFETY: whoever holds a segment holds it for as long as it is alive.
        unsafe { self.header.as_ref() }
    }

    #[inline(always)]
    pub(crate) fn base(&self) -> u64 {
        self.header().base
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.header().len as usize
    }

    /// The head has left the segment, at which so many receivers still look: at least the caller.
    pub(crate) fn set_leases(&self, count: u32) {
        // ORDERING: Relaxed: handed on by the head, which the caller moves after this.
        self.header().leases.store(count, Ordering::Relaxed);
    }

    /// One receiver less looks at a segment that the head has left; says whether it was the last,
    /// whose the segment is then.
    pub(crate) fn end_lease<A: Access>(&self) -> bool {
        // ORDERING: AcqRel: what every receiver read comes before the segment is used again.
        self.header().leases.sub_as::<A>(1, Ordering::AcqRel) == 1
    }

    pub(crate) fn next(&self) -> Option<Self> {
        // ORDERING: Acquire pairs with the Release in `link`: the next segment is seen made.
        Self::from_ptr(self.header().next.load(Ordering::Acquire))
    }

    pub(crate) fn link(&self, next: Self) {
        // ORDERING: Release pairs with the Acquire in `next`.
        self.header().next.store(next.as_ptr(), Ordering::Release);
    }

    #[inline(always)]
    fn group(&self, index: usize) -> (*mut u8, usize) {
        let offset = Self::GROUPS + index / Self::WIDTH * Self::STRIDE;
        // SAFETY: indices are below `len`, and the layout has a group for each run of WIDTH.
        let group = unsafe { self.header.as_ptr().cast::<u8>().add(offset) };
        (group, index % Self::WIDTH)
    }

    #[inline(always)]
    fn stamp_at(&self, index: usize) -> *mut AtomicU8 {
        let (group, within) = self.group(index);
        // SAFETY: the stamps are the first WIDTH of the group.
        unsafe { group.cast::<AtomicU8>().add(within) }
    }

    #[inline(always)]
    fn stamp(&self, index: usize) -> &AtomicU8 {
        // SAFETY: every stamp was initialised by `clear`.
        unsafe { &*self.stamp_at(index) }
    }

    /// The message's place.
    #[inline(always)]
    pub(crate) fn value(&self, index: usize) -> *mut T {
        let (group, within) = self.group(index);
        // SAFETY: the values lie at this offset of the group.
        unsafe { group.add(Self::VALUES).cast::<T>().add(within) }
    }

    /// Whether the message is there.
    #[inline(always)]
    pub(crate) fn is_full(&self, index: usize) -> bool {
        self.header().bytes.with(|_| ());
        // ORDERING: Acquire pairs with the Release of the write in `publish`.
        self.stamp(index).load(Ordering::Acquire) & FULL != 0
    }

    /// Moves a message into a claimed slot.
    ///
    /// # Safety
    /// The caller has claimed this slot, publishes it once, and `message` points at a message that
    /// is its own. It is moved out, and the segment may be gone afterwards.
    #[inline(always)]
    pub(crate) unsafe fn publish(&self, index: usize, message: *mut T) {
        // SAFETY: claimed, so that nobody else reads or writes the slot until the stamp changes.
        unsafe { self.write(index, message) };
        // The Release in it publishes the message to `is_full`, and with it this last access to the
        // segment to who frees it.
        self.stamp(index).put(FULL);
    }

    /// Moves a message in, without a stamp: where one sender tells by its place what is there.
    ///
    /// # Safety
    /// Nobody else looks at this slot yet, and `message` points at a message that is the caller's. It is
    /// moved out.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, index: usize, message: *mut T) {
        self.header().bytes.with(|_| ());
        // SAFETY: by the caller's promise.
        unsafe { ptr::copy_nonoverlapping(message, self.value(index), 1) };
    }

    /// Takes a published message of an abandoned channel back, if it was left to its publisher.
    ///
    /// # Safety
    /// The caller has published this slot, it was not received, the segment is alive, and
    /// `message` points at room for a message.
    #[cold]
    pub(crate) unsafe fn reclaim<A: Access>(&self, index: usize, message: *mut T) -> bool {
        // ORDERING: AcqRel, against the read-modify-write in `abandon`: one sees the other.
        let left = self.stamp(index).replace::<A>(0, Ordering::AcqRel) == FULL;
        if left {
            // SAFETY: the drainer will not find it, so that it is the caller's.
            unsafe { self.read(index, message) };
        }
        left
    }

    /// # Safety
    /// The message is there and the caller's alone, and `message` has room for it.
    #[inline(always)]
    pub(crate) unsafe fn read(&self, index: usize, message: *mut T) {
        // SAFETY: by the caller's promise.
        unsafe { ptr::copy_nonoverlapping(self.value(index), message, 1) };
    }

    /// Gives up a claimed slot of an abandoned channel; says whether its message is there already,
    /// for the caller to take.
    pub(crate) fn abandon<A: Access>(&self, index: usize) -> bool {
        // ORDERING: AcqRel, against the swap in `reclaim`: one of the two sees the other.
        self.stamp(index).or_as::<A>(ABANDONED, Ordering::AcqRel) & FULL != 0
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    fn holds_what_is_put_in<T: PartialEq + core::fmt::Debug>(
        len: usize,
        make: impl Fn(usize) -> T,
    ) {
        let segment = Segment::<T>::allocate(len, 7);
        assert_eq!((segment.base(), segment.len()), (7, len));
        for index in 0..len {
            assert!(!segment.is_full(index));
            let mut message = core::mem::ManuallyDrop::new(make(index));
            // SAFETY: one thread, each slot once; the message is not used again.
            unsafe { segment.publish(index, &raw mut *message) };
        }
        for index in 0..len {
            assert!(segment.is_full(index));
            let mut message = core::mem::MaybeUninit::uninit();
            // SAFETY: published above, read once.
            let message = unsafe {
                segment.read(index, message.as_mut_ptr());
                message.assume_init()
            };
            assert_eq!(message, make(index));
        }
        // SAFETY: all messages were read, nobody else knows it.
        unsafe { segment.free() };
    }

    #[test]
    fn any_type_and_length() {
        holds_what_is_put_in(8, |i| i as u64);
        holds_what_is_put_in(16, |i| i as u8);
        holds_what_is_put_in(8, |_| ());
        holds_what_is_put_in(24, |i| i.to_string());
        holds_what_is_put_in(3, |i| [i as u8; 4097]);
        holds_what_is_put_in(8, |i| i as u128);
    }

    #[test]
    fn a_small_message_costs_its_size_and_a_little() {
        let per_message = Segment::<u64>::layout(Segment::<u64>::MOST).size() as f64
            / Segment::<u64>::MOST as f64;
        assert!(per_message < 9.1, "{per_message} bytes");
    }
}
