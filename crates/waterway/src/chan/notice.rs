//! The notice: one byte that says who has to be told of what.
//!
//! It lies on a cache line that is seldom written, and whoever publishes a message, moves the head
//! or frees a slot looks at it afterwards:
//!
//! | bit | set by | seen by |
//! |---|---|---|
//! | `RECEIVER_WAITS` | a receiver whose waker is in the lists | publish: wakes it |
//! | `ROOM_WANTED` | a sender that enters the list | whoever frees a slot: refills |
//! | `ABANDONED` | the drop of the last receiver, if it found a claim without a message | publish: the message may still be the publisher's, see [`end`](super::end) |
//! | `FLUSH` | a waiting flush | receive: compares its head with the lowest target |
//! | `DISPLACING` | a displacement | receive: waits for its end and clears it, see [`recv`](super::recv) |
//! | `HAND` | a thread that waits at a small ring, with its hand out | publish: has the oldest message put into it |
//! | `FENCED` | an announcement; at the start | publish and free: their half of the barrier is a full one |
//! | `LOSSY` | the first displacement | receive: its half after it moved the head is a full one, while `FENCED` is set |
//!
//! All bits are changed under the lists' lock.
//!
//! # Announcing
//!
//! ```text
//! waiter    set a bit -> barrier -> look at the stamp (or the head) -> sleep
//! notifier  write the stamp (or the head) -> barrier -> look at the notice
//! ```
//!
//! Either the waiter sees the stamp or the notifier sees the bit, if both barriers are full ones,
//! or if they are the light half and the [heavy](barrier::heavy) half of an asymmetric one.
//! A heavy barrier is dear, so that it is used only where announcements are rare:
//!
//! - A notifier writes and looks, with no more than the light half between. If it sees `FENCED` it
//!   passes a full barrier and looks again.
//! - A waiter that finds `FENCED` set passes a full barrier. One that does not sets it and passes a
//!   heavy one, still under the lock, before it looks at the stamp.
//! - A sender that has seen `FENCED` clears it when so many messages have gone by since the last
//!   announcement that they would have paid for a heavy barrier. What one costs is measured: from
//!   half a microsecond, when no other thread of the process runs, to ten, when one does.
//!
//! `FENCED` is looked at together with the other bits, *after* the write. A notifier that does not
//! see it looked, and therefore wrote, before the heavy barrier of the waiter that set it (or it is
//! not set), and that waiter and all later ones see the stamp. So a notifier that is stopped between
//! write and look, for however long, misses nobody.
//!
//! Few channels displace. Therefore a receiver that has moved the head passes no full barrier, `FENCED`
//! or not, before `LOSSY` is set: the first displacement sets it and passes a heavy barrier in any
//! case. Where there is none `LOSSY` is set from the start.

use super::Chan;
use crate::kind::Kind;
use crate::store::words;
use crate::sync::{AtomicU8, AtomicU32, Ordering, barrier};

/// A receiver's waker is in the lists.
pub(super) const RECEIVER_WAITS: u8 = 1;
/// A sender is in the list.
pub(super) const ROOM_WANTED: u8 = 1 << 1;
/// The last receiver is gone, and claims without a message were found.
pub(super) const ABANDONED: u8 = 1 << 2;
/// A flush waits.
pub(super) const FLUSH: u8 = 1 << 3;
/// Somebody who is not the receiver takes from the head, or has taken since the receiver looked.
pub(super) const DISPLACING: u8 = 1 << 4;
/// A waiting thread has its hand out at a ring.
pub(super) const HAND: u8 = 1 << 5;
/// Notifiers pass a full barrier.
const FENCED: u8 = 1 << 6;
/// So does a receiver that has moved the head.
const LOSSY: u8 = 1 << 7;

#[derive(Debug)]
pub(super) struct Notice {
    bits: AtomicU8,
    /// So many messages without an announcement make it likely that the next is far: two to this.
    patience: AtomicU8,
    /// The tail at the last announcement, see [`words::ticks`].
    last: AtomicU32,
}

impl Notice {
    /// What a message saves without `FENCED`, in nanoseconds, about.
    const GAIN: u64 = 8;
    const LEAST: u32 = 6;
    const MOST: u32 = 13;
    const START: u8 = 8;

    pub(super) fn new(tail: u64) -> Self {
        let start = if cfg!(waterway_loom) {
            0
        } else if barrier::is_asymmetric() {
            FENCED
        } else {
            FENCED | LOSSY
        };
        Self {
            bits: AtomicU8::new(start),
            patience: AtomicU8::new(Self::START),
            last: AtomicU32::new(words::ticks(tail)),
        }
    }

    /// The bits that concern somebody who has written a stamp, or the head.
    #[inline(always)]
    pub(super) fn look(&self) -> u8 {
        self.look_unless(FENCED)
    }

    /// The bits that concern the receiver that has moved the head of a ring.
    #[inline(always)]
    pub(super) fn look_claimed(&self) -> u8 {
        self.look_unless(LOSSY | FENCED)
    }

    /// A look behind the light half of a barrier, and behind a full one if all these bits are set.
    #[inline(always)]
    fn look_unless(&self, dear: u8) -> u8 {
        barrier::light();
        // ORDERING: Acquire, for what was stored before a bit was set.
        let seen = self.bits.load(Ordering::Acquire);
        // Nothing at all is what most see.
        if seen != 0 && seen & dear == dear {
            return self.look_fenced();
        }
        seen
    }

    /// The same where a full barrier is called for.
    #[inline(never)]
    fn look_fenced(&self) -> u8 {
        barrier::full();
        // ORDERING: Acquire, as in `look_unless`.
        self.bits.load(Ordering::Acquire)
    }

    /// The bits, by the way.
    #[inline]
    pub(super) fn hint(&self) -> u8 {
        // ORDERING: Relaxed: the lists, under their lock, decide.
        self.bits.load(Ordering::Relaxed)
    }

    /// The lock is held.
    fn update(&self, change: impl FnOnce(u8) -> u8) {
        // ORDERING: Relaxed: it changes under the lock only. Release hands on what was stored
        // before, to `look`.
        let bits = self.bits.load(Ordering::Relaxed);
        let new = change(bits);
        if new != bits {
            self.bits.store(new, Ordering::Release);
        }
    }

    /// Sets a bit that nobody looks for without the lock; it is held.
    pub(super) fn mark(&self, bit: u8) {
        self.update(|now| now | bit);
    }

    /// Takes bits back; the lock is held.
    pub(super) fn clear(&self, bits: u8) {
        self.update(|now| now & !bits);
    }

    /// Sets a bit and passes the waiter's barrier; the lock is held.
    pub(super) fn announce(&self, bit: u8, tail: u64) {
        // ORDERING: Relaxed: for a guess about timing.
        self.last.store(words::ticks(tail), Ordering::Relaxed);
        let before = self.hint();
        if before & bit != 0 {
            // Who passed the barrier then saw every stamp whose writer did not see the bit.
            return;
        }
        let lossy = if bit == DISPLACING { LOSSY } else { 0 };
        self.update(|now| now | bit | lossy | FENCED);
        if before & FENCED != 0 && before & lossy == lossy {
            barrier::full();
        } else {
            self.learn(barrier::heavy());
        }
    }

    /// A heavy barrier took so long, in nanoseconds.
    #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
    fn learn(&self, cost: u64) {
        let patience = (cost / Self::GAIN + 1).ilog2().clamp(Self::LEAST, Self::MOST);
        // ORDERING: Relaxed: for a guess about timing.
        self.patience.store(patience as u8, Ordering::Relaxed);
    }

    /// Whether it is long enough that nobody announced anything.
    fn is_calm(&self, tail: u64) -> bool {
        // ORDERING: Relaxed, as in `announce`.
        let since = words::ticks(tail).wrapping_sub(self.last.load(Ordering::Relaxed));
        let patience = 1 << self.patience.load(Ordering::Relaxed);
        since >= if cfg!(waterway_loom) { 1 } else { patience } && barrier::is_asymmetric()
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// From time to time, when a message was published at `word`: perhaps the barriers can go.
    #[inline(always)]
    pub(super) fn consider_calm(&self, seen: u8, word: u64) {
        if seen & FENCED != 0 && words::is_time(word) {
            self.calm_down(word);
        }
    }

    #[cold]
    fn calm_down(&self, word: u64) {
        let core = self.core();
        if core.notice.is_calm(word) {
            if let Some(_lists) = core.lists.try_lock() {
                core.notice.clear(FENCED);
            }
        }
    }
}
