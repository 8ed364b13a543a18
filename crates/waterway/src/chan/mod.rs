//! The one meeting point: a channel is a store, two wait ends and a life.
//!
//! # Layout
//!
//! One allocation. The handle is a pointer to the [`Core`]; a bounded channel's slots lie behind
//! it, and behind those the [side cell](peek). What senders write lies at the front of the core, what
//! the receiver writes at its end, what both seldom touch between them (more than a cache line): neither
//! end's progress slows the other's.
//!
//! # Rooms
//!
//! | file | what |
//! |---|---|
//! | [`send`] | claims at the tail: a message, a permit, a displacement |
//! | [`recv`] | claims at the head: a message, a batch, the end |
//! | [`lane`] | both where there is one sender and one receiver |
//! | [`lease`] | the same in segments that several receivers share |
//! | [`linger`] | tasks that stay awake for a moment before they wait |
//! | [`waiting`] | receivers that wait: how they are found, and told |
//! | [`peek`] | a message moved aside |
//! | [`near`] | a sender that waits for room in the receiver's thread |
//! | [`notice`] | who has to be told of what: the announce protocol |
//! | [`lists`] | who waits, and the lock of that |
//! | [`park`] | the waiting lists: refill, withdraw, watch |
//! | [`end`] | close, drain |
//! | [`place`] | where a channel lies, on the heap or not; who frees it, or splits it again |
//!
//! # Pull
//!
//! A parked send holds its message in its own node. Whoever makes room (a receive, a permit's
//! drop, the end of a peek, a withdrawal) runs [`refill`](Chan::refill): under the lists' lock it
//! moves messages of parked sends in, in order, then wakes who was served, outside the lock. So
//! parked sends that are never polled again hold up nobody, and a message is never written into
//! the node of a task that may be dropped.

pub(crate) mod end;
pub(crate) mod lane;
pub(crate) mod lease;
pub(crate) mod linger;
pub(crate) mod lists;
pub(crate) mod near;
pub(crate) mod notice;
pub(crate) mod park;
pub(crate) mod peek;
pub(crate) mod place;
pub(crate) mod recv;
pub(crate) mod send;
pub(crate) mod waiting;

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use lists::Lists;
use lock_api::RawMutex;
use notice::Notice;

use crate::kind::Kind;
use crate::life::Life;
use crate::store::segments::{Header, Segment};
use crate::store::words::{self, Form, PARKED, PERMIT, Shape};
use crate::sync::{AtomicPtr, AtomicU64, Ordering, constant};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Presence, WakeBatch, WakerCell};

/// What senders write.
#[derive(Debug)]
#[repr(C)]
struct SendSide {
    /// See [`words`].
    tail: AtomicU64,
    /// Lane, chain: the sender's place, the position of its next message. Else, without a receiver: the
    /// position from which on messages were left to their publishers, if some were. With one,
    /// segments: the position at which the newest ends; ring: that of the message that lies aside,
    /// while one does.
    limit: AtomicU64,
    /// Segments: the newest one. Lane: no pointer, but how many free slots the sender knows of.
    segment: AtomicPtr<Header>,
}

/// What the receiving side writes.
#[derive(Debug)]
#[repr(C)]
struct RecvSide {
    /// Segments: the oldest one. Lane: no pointer, but how many messages the receiver knows of.
    /// Ring, direct: see [`near`].
    segment: AtomicPtr<Header>,
    /// See [`words`].
    head: AtomicU64,
}

/// Everything of a channel but its slots.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Core<K: Kind> {
    send: SendSide,
    /// The lowest position that a flush waits for, while `FLUSH` is set; how far the last receiver
    /// came, when it is gone.
    flush_target: AtomicU64,
    /// An emptied segment.
    spare: AtomicPtr<Header>,
    life: Life<K::Access>,
    #[cfg(feature = "std")]
    send_pace: Pace,
    #[cfg(feature = "std")]
    recv_pace: Pace,
    /// Where the ends were seen last, and how long their tasks linger.
    sender_seen: Presence,
    receiver_seen: Presence,
    /// That of the lists.
    lock: K::Lock,
    /// What publishers look at.
    on_publish: Notice<K::Access>,
    /// Between the two words at which the ends look for each message: it is on a cache line that they have.
    shape: Shape,
    /// What the receiver looks at.
    on_receive: Notice<K::Access>,
    /// Whom to wake when there is something to receive, if there is one receiver.
    receiver: WakerCell,
    /// Under the lock.
    lists: UnsafeCell<Lists>,
    recv: RecvSide,
}

impl<K: Kind> Core<K> {
    constant! {
        /// That of a channel with one sender and one receiver, its positions starting at `start`. `lossy`
        /// where there may be no asymmetric barrier, `fixed` in a static.
        fn new(shape: Shape, start: u64, lossy: bool, fixed: bool) -> Self {
            let lane = Chan::<(), K>::form(shape).is_lane();
            Self {
                send: SendSide {
                    tail: AtomicU64::new(if lane { 0 } else { start }),
                    limit: AtomicU64::new(start),
                    segment: AtomicPtr::new(core::ptr::null_mut()),
                },
                flush_target: AtomicU64::new(0),
                spare: AtomicPtr::new(core::ptr::null_mut()),
                life: Life::new(fixed),
                #[cfg(feature = "std")]
                send_pace: Pace::new(),
                #[cfg(feature = "std")]
                recv_pace: Pace::new(),
                sender_seen: Presence::new(),
                receiver_seen: Presence::new(),
                lock: K::Lock::INIT,
                on_publish: Notice::new(start, lossy, false),
                shape,
                // Nobody waits for room, and few for a flush.
                on_receive: Notice::new(start, lossy, shape.capacity().is_none()),
                receiver: WakerCell::new(),
                lists: UnsafeCell::new(Lists::new()),
                recv: RecvSide {
                    segment: AtomicPtr::new(core::ptr::null_mut()),
                    head: AtomicU64::new(start),
                },
            }
        }
    }

    /// Makes all of it anew but its life. What was there is forgotten.
    ///
    /// # Safety
    /// A core lies there, of which nobody uses anything but its life.
    unsafe fn renew(old: *mut Self, new: Self) {
        let Self {
            send,
            flush_target,
            spare,
            life: _,
            #[cfg(feature = "std")]
            send_pace,
            #[cfg(feature = "std")]
            recv_pace,
            sender_seen,
            receiver_seen,
            lock,
            on_publish,
            shape,
            on_receive,
            receiver,
            lists,
            recv,
        } = new;
        // SAFETY: in bounds, and nobody else's by the caller's promise.
        unsafe {
            (&raw mut (*old).send).write(send);
            (&raw mut (*old).flush_target).write(flush_target);
            (&raw mut (*old).spare).write(spare);
            #[cfg(feature = "std")]
            {
                (&raw mut (*old).send_pace).write(send_pace);
                (&raw mut (*old).recv_pace).write(recv_pace);
            }
            (&raw mut (*old).sender_seen).write(sender_seen);
            (&raw mut (*old).receiver_seen).write(receiver_seen);
            (&raw mut (*old).lock).write(lock);
            (&raw mut (*old).on_publish).write(on_publish);
            (&raw mut (*old).shape).write(shape);
            (&raw mut (*old).on_receive).write(on_receive);
            (&raw mut (*old).receiver).write(receiver);
            (&raw mut (*old).lists).write(lists);
            (&raw mut (*old).recv).write(recv);
        }
    }
}

/// A channel, by pointer to the whole of where it lies.
pub struct Chan<T, K: Kind> {
    core: NonNull<Core<K>>,
    _of: PhantomData<*mut T>,
}

impl<T, K: Kind> Clone for Chan<T, K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, K: Kind> Copy for Chan<T, K> {}

impl<T, K: Kind> fmt::Debug for Chan<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chan").field(&self.core).finish()
    }
}

impl<T, K: Kind> PartialEq for Chan<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core
    }
}

/// A channel of whose one sender and one receiver neither is made yet.
///
/// Where first handles are made of a channel this is asked for. A [`Chan`] would not do: everybody gets one
/// of a handle, who names a trait that rests on a sealed one, and two first pairs would be freed twice.
pub struct Fresh<T, K: Kind>(Chan<T, K>);

impl<T, K: Kind> Fresh<T, K> {
    /// A new channel with room for exactly `capacity` messages, or none at all.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub(crate) fn bounded(capacity: usize) -> Self {
        assert!(
            capacity <= words::MAX_CAPACITY,
            "a capacity of {capacity} is more than MAX_CAPACITY ({})",
            words::MAX_CAPACITY
        );
        Chan::allocate(Shape::bounded(capacity), 0)
    }

    /// A new channel without a bound.
    #[cfg(feature = "alloc")]
    pub(crate) fn unbounded() -> Self {
        Chan::allocate(Shape::SEGMENTS, 0)
    }

    /// A new channel whose positions are about to wrap around, for tests.
    #[cfg(feature = "alloc")]
    pub(crate) fn near_wrap(capacity: Option<usize>) -> Self {
        let shape = capacity.map_or(Shape::SEGMENTS, Shape::bounded);
        Chan::allocate(shape, shape.near_wrap())
    }

    /// The channel, whose two handles the caller makes now.
    pub(crate) fn begin(self) -> Chan<T, K> {
        self.0
    }
}

impl<T, K: Kind> fmt::Debug for Fresh<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fresh").field(&self.0).finish()
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// # Safety
    /// A channel lies there, and outlives this.
    unsafe fn at(core: NonNull<Core<K>>) -> Self {
        Self {
            core,
            _of: PhantomData,
        }
    }

    #[inline(always)]
    fn core(&self) -> &Core<K> {
        // SAFETY: a channel is freed by the last that has a hold on it, after its last access; who
        // has a `Chan` has a handle with a hold, or borrows one.
        unsafe { self.core.as_ref() }
    }

    #[inline(always)]
    pub(crate) fn life(&self) -> &Life<K::Access> {
        // SAFETY: as for `core`. No reference to the whole is made: while a weak handle looks at the counts
        // a split may write everything else.
        unsafe { &(*self.core.as_ptr()).life }
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

    /// The bound; `None` if there is none.
    pub(crate) fn capacity(&self) -> Option<usize> {
        self.core().shape.capacity()
    }

    /// Messages claimed and not yet received, and the permits beside them.
    fn fill(&self) -> (usize, usize) {
        let core = self.core();
        let shape = core.shape;
        loop {
            // ORDERING: Acquire: the head is read between two equal tails, so that both belong
            // together; what happened before is seen as far as the caller may expect it.
            let tail = self.tail();
            let head = core.recv.head.load(Ordering::Acquire);
            // A flag about the same moment; `min` below bounds a stale one.
            let aside = usize::from(self.lies_aside());
            if self.tail() == tail {
                let bound = shape.capacity().unwrap_or(usize::MAX);
                let count = shape.distance(head, tail).saturating_add(aside).min(bound);
                let permits = usize::try_from(words::permits(tail)).unwrap_or(usize::MAX);
                return (count, permits);
            }
        }
    }

    /// How many messages are in the channel.
    pub(crate) fn len(&self) -> usize {
        self.fill().0
    }

    /// Whether there is no room for a message that is not permitted yet.
    pub(crate) fn is_full(&self) -> bool {
        let (count, permits) = self.fill();
        self.capacity()
            .is_some_and(|capacity| count + permits >= capacity)
    }

    /// How much room there is for somebody new; `None` if there is no bound.
    pub(crate) fn room(&self) -> Option<usize> {
        let capacity = self.capacity()?;
        if self.tail() & PARKED != 0 {
            return Some(0);
        }
        let (count, permits) = self.fill();
        Some(capacity.saturating_sub(count + permits))
    }
}

#[cfg(all(test, target_pointer_width = "64", not(waterway_loom)))]
mod tests {
    use super::notice::FENCED;
    use super::*;
    use crate::kind::Mpsc;

    #[test]
    fn the_core_is_small_and_keeps_its_ends_apart() {
        assert!(
            size_of::<Core<Mpsc>>() <= 136,
            "{}",
            size_of::<Core<Mpsc>>()
        );
        // The words that each message changes, and the one that both ends look at.
        assert_eq!(core::mem::offset_of!(SendSide, tail), 0);
        let notice = core::mem::offset_of!(Core<Mpsc>, on_publish);
        assert!(notice >= 64, "{notice}");
        let head = core::mem::offset_of!(Core<Mpsc>, recv) + core::mem::offset_of!(RecvSide, head);
        let last = core::mem::offset_of!(Core<Mpsc>, on_receive);
        assert!(last >= 64 && head - notice >= 64, "{head} {notice}");
        let layout = Chan::<u64, Mpsc>::layout(Shape::ring(2)).unwrap();
        assert!(layout.size() <= 176, "{}", layout.size());
    }

    /// Nobody waits for room in it: the receiver need not look for who does.
    #[test]
    fn the_receiver_of_an_unbounded_channel_passes_no_barriers_at_first() {
        let fenced = |shape| {
            let core = Core::<Mpsc>::new(shape, 0, false, false);
            [&core.on_publish, &core.on_receive].map(|notice| notice.hint() & FENCED != 0)
        };
        assert_eq!(fenced(Shape::ring(2)), [true, true]);
        assert_eq!(fenced(Shape::SEGMENTS), [true, false]);
    }
}
