//! The notices: two bytes that say who has to be told of what.
//!
//! They lie on a cache line that is seldom written. Whoever publishes a message looks at one of them
//! afterwards, whoever receives one at the other:
//!
//! | notice | bit | set by | whoever sees it |
//! |---|---|---|---|
//! | publish | `RECEIVER_WAITS` | a receiver that waits although something is claimed, not at a lane | wakes it |
//! | publish | `HAND` | a thread that waits at a small ring, with its hand out | has the oldest message put into it |
//! | publish | `ABANDONED` | the drop of the last receiver, if it found a claim without a message; the close of a lane, which seals it | settles whose its message is, see [`end`](super::end) and [`lane`](super::lane) |
//! | receive | `ROOM_WANTED` | a sender that enters the list | refills, when it has freed a slot |
//! | receive | `FLUSH` | a waiting flush | compares the head with the lowest target |
//! | receive | `DISPLACING` | a displacement | waits for its end and clears it, see [`recv`](super::recv) |
//! | receive | `LOSSY` | the first displacement | passes a full barrier after it moved the head, too, while `FENCED` is set |
//! | publish | `PACED` | a sender that waits for room, for speed's sake | passes a full barrier |
//! | both | `FENCED` | an announcement; at the start, but for the receiver's of an unbounded channel | passes a full barrier and looks again |
//!
//! All bits are changed under the lists' lock.
//!
//! # Announcing in the tail
//!
//! A receiver that waits puts its waker into the [cell](crate::wait::WakerCell) and sets `AWAITED`
//! in the tail:
//!
//! ```text
//! receiver  waker into the cell -> set AWAITED in the tail -> nothing is claimed? -> sleep
//! sender    claim: clears AWAITED -> publish -> it was set? take the waker, wake
//! ```
//!
//! Both change one word by read-modify-writes. If nothing is claimed in the tail that the receiver
//! found, the next claim comes after its own change, sees `AWAITED` and with it the waker, and is
//! just the one whose message the receiver waits for. So neither side passes a barrier. Who wakes
//! the receiver for another reason than a message (the end, the last permit, a hand that was filled,
//! at a rendezvous a sender) has changed the tail after that, and before it looks for the waker: the
//! receiver saw that change, or its waker is seen.
//!
//! If something *is* claimed, its sender has passed by `AWAITED`, and may have published since the
//! receiver looked, or not yet. Then the receiver announces itself in the notice as well.
//!
//! In a lane nothing is claimed: the sender writes its message, stores its place, and then looks at the
//! tail as it looks at a notice, with the same barriers. There the flag in the tail is all that the
//! receiver announces, without the lock:
//!
//! ```text
//! receiver  waker into the cell -> set AWAITED in the tail -> barrier -> FENCED? look at the place -> sleep
//! sender    store the place -> barrier -> AWAITED? clear it, take the waker, wake
//! ```
//!
//! A receiver that does not find `FENCED` takes the lock, sets it, and passes the heavy half. One that does may
//! find it in the moment before the sender clears it. Therefore whoever clears it passes a full barrier, and
//! looks once more: either the receiver saw it cleared, or that look sees the receiver. Modelled in miniature by
//! `announce::calm_at_a_lane`.
//!
//! # Announcing in a notice
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
//! - A notifier that has seen `FENCED` clears it when so many messages have gone by since the last
//!   announcement in this notice that they would have paid for a heavy barrier. What one costs is
//!   measured: from half a microsecond, when no other thread of the process runs, to ten, when one
//!   does.
//!
//! A sender that waits for room in the thread of the receiver announces itself without `FENCED`, see
//! [`near`](super::near).
//!
//! A sender that waits for room has publishers pass full barriers as well, if both sides run at a
//! time ([`keep_pace`](Notice::keep_pace)). That is for their speed, and a bit of its own, `PACED`: a
//! waiter that took it for `FENCED` would miss who looked before it was set.
//!
//! `FENCED` is looked at together with the other bits, *after* the write. A notifier that does not
//! see it looked, and therefore wrote, before the heavy barrier of the waiter that set it (or it is
//! not set), and that waiter and all later ones see the stamp. So a notifier that is stopped between
//! write and look, for however long, misses nobody.
//!
//! Few channels displace. Therefore a receiver that has moved the head passes no full barrier, `FENCED`
//! or not, before `LOSSY` is set: the first displacement sets it and passes a heavy barrier in any
//! case. Where there is none `LOSSY` is set from the start.

use core::marker::PhantomData;

use super::Chan;
use crate::kind::Kind;
use crate::store::words;
use crate::sync::{Access, AtomicU8, AtomicU16, Ordering, barrier, constant};

/// The receiver waits, and was not seen by who has claimed last.
pub(super) const RECEIVER_WAITS: u8 = 1;
/// A sender is in the list.
pub(super) const ROOM_WANTED: u8 = 1 << 1;
/// The last receiver is gone, and claims without a message were found; or a lane is being sealed, or is.
pub(super) const ABANDONED: u8 = 1 << 2;
/// A flush waits.
pub(super) const FLUSH: u8 = 1 << 3;
/// Somebody who is not the receiver takes from the head, or has taken since the receiver looked.
pub(super) const DISPLACING: u8 = 1 << 4;
/// A waiting thread has its hand out at a ring.
pub(super) const HAND: u8 = 1 << 5;
/// Notifiers pass a full barrier.
pub(super) const FENCED: u8 = 1 << 6;
/// In the receiver's notice: so does a receiver that has moved the head.
const LOSSY: u8 = 1 << 7;
/// In the publishers' notice: they pass full barriers for their speed alone, and no waiter counts on
/// that.
pub(super) const PACED: u8 = 1 << 7;

/// All of it on one cache line.
#[derive(Debug)]
#[repr(C, align(4))]
pub(super) struct Notice<A> {
    bits: AtomicU8,
    /// So many spells without an announcement make it likely that the next is far: two to this.
    patience: AtomicU8,
    /// The position at the last announcement, see [`words::spells`].
    last: AtomicU16,
    _of: PhantomData<A>,
}

impl<A: Access> Notice<A> {
    /// What a message saves without `FENCED`, in nanoseconds, about, and what a spell saves.
    const GAIN: u64 = 8;
    const GAIN_OF_SPELL: u64 = 64 * Self::GAIN;
    const MOST: u32 = 7;
    /// From a patience like this on other threads run: two microseconds for a heavy barrier.
    const PARALLEL: u8 = 2;
    const START: u8 = 1;

    constant! {
        /// `lossy` where there may be no asymmetric barrier, `calm` where hardly anybody ever announces
        /// anything.
        pub(super) fn new(start: u64, lossy: bool, calm: bool) -> Self {
            let bits = if A::ALONE || cfg!(waterway_loom) {
                0
            } else if lossy {
                FENCED | LOSSY
            } else if calm {
                0
            } else {
                FENCED
            };
            Self {
                bits: AtomicU8::new(bits),
                patience: AtomicU8::new(Self::START),
                last: AtomicU16::new(words::spells(start)),
                _of: PhantomData,
            }
        }
    }

    /// The bits that concern who has published.
    #[inline(always)]
    pub(super) fn look_published(&self) -> u8 {
        self.look_behind(|seen| seen & (FENCED | PACED) != 0)
    }

    /// The bits that concern the receiver that has freed a slot, or moved the head of segments.
    #[inline(always)]
    pub(super) fn look_received(&self) -> u8 {
        self.look_behind(|seen| seen & FENCED != 0)
    }

    /// The bits that concern the receiver that has moved the head of a ring.
    #[inline(always)]
    pub(super) fn look_claimed(&self) -> u8 {
        self.look_behind(|seen| seen & (LOSSY | FENCED) == LOSSY | FENCED)
    }

    /// A look behind the light half of a barrier, and behind a full one if that is called for.
    #[inline(always)]
    fn look_behind(&self, is_dear: impl Fn(u8) -> bool) -> u8 {
        barrier::light();
        // ORDERING: Acquire, for what was stored before a bit was set.
        let seen = self.bits.load(Ordering::Acquire);
        // Nothing at all is what most see.
        if seen != 0 && is_dear(seen) {
            return self.look_fenced();
        }
        seen
    }

    /// The same where a full barrier is called for.
    #[inline(always)]
    pub(super) fn look_fenced(&self) -> u8 {
        barrier::full::<A>();
        // ORDERING: Acquire, as in `look_behind`.
        self.bits.load(Ordering::Acquire)
    }

    /// The bits, by the way.
    #[inline]
    pub(super) fn hint(&self) -> u8 {
        // ORDERING: Relaxed: the lists, under their lock, decide.
        self.bits.load(Ordering::Relaxed)
    }

    /// For a waiter that has announced itself elsewhere, in a word at which notifiers look as they do at
    /// the notice: whether they pass a full barrier before that. Passes the waiter's own.
    #[inline]
    pub(super) fn is_fenced(&self, word: u64) -> bool {
        // ORDERING: Relaxed: for a guess about timing.
        self.last.store(words::spells(word), Ordering::Relaxed);
        barrier::full::<A>();
        self.hint() & FENCED != 0
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

    /// Sets a bit and passes the waiter's barrier; the lock is held. `word` says where those who look
    /// at this notice are.
    pub(super) fn announce(&self, bit: u8, word: u64) {
        self.announce_from(bit, word, || false);
    }

    /// The same of a waiter that may be [in the thread](super::near) in which those look at this notice who pass no
    /// full barrier; asked again behind a barrier.
    pub(super) fn announce_from(&self, bit: u8, word: u64, is_near: impl Fn() -> bool) {
        let near = is_near();
        if !near {
            // ORDERING: Relaxed: for a guess about timing.
            self.last.store(words::spells(word), Ordering::Relaxed);
        }
        let before = self.hint();
        if before & bit != 0 {
            // Who passed the barrier then saw every stamp whose writer did not see the bit.
            return;
        }
        if A::ALONE {
            self.mark(bit);
            return;
        }
        if near && before & FENCED == 0 {
            self.mark(bit);
            barrier::full::<A>();
            if is_near() {
                return;
            }
        }
        let lossy = if bit == DISPLACING { LOSSY } else { 0 };
        self.update(|now| now | bit | lossy | FENCED);
        if before & FENCED != 0 && before & lossy == lossy {
            barrier::full::<A>();
        } else {
            self.learn(barrier::heavy());
        }
    }

    /// A publisher that has just announced itself at `other` has outrun the receiver, which passes
    /// barriers because of that. If both run at a time, as the cost of a heavy barrier tells, both
    /// pass them from now on: else a full ring would stay full, and each message have somebody wait.
    /// The lock is held. It is not `FENCED` that is set: no heavy barrier came before.
    pub(super) fn keep_pace(&self, other: &Self, word: u64) {
        // ORDERING: Relaxed: for a guess about timing.
        let patience = other.patience.load(Ordering::Relaxed);
        if patience >= Self::PARALLEL {
            self.patience.store(patience, Ordering::Relaxed);
            self.last.store(words::spells(word), Ordering::Relaxed);
            self.mark(PACED);
        }
    }

    /// A heavy barrier took so long, in nanoseconds. One that was interrupted teaches little: with too much
    /// patience there would be no other for long.
    #[allow(clippy::cast_possible_truncation, reason = "at most MOST")]
    fn learn(&self, cost: u64) {
        let measured = (cost / Self::GAIN_OF_SPELL + 1).ilog2().min(Self::MOST) as u8;
        // ORDERING: Relaxed: for a guess about timing.
        let patience = self.patience.load(Ordering::Relaxed);
        self.patience
            .store(measured.min(patience + 1), Ordering::Relaxed);
    }

    /// Whether it is long enough that nobody announced anything.
    fn is_calm(&self, word: u64) -> bool {
        // ORDERING: Relaxed, as in `announce`.
        let since = words::spells(word).wrapping_sub(self.last.load(Ordering::Relaxed));
        let patience = 1 << self.patience.load(Ordering::Relaxed);
        // The first and the last spell may have been short.
        since > if cfg!(waterway_loom) { 0 } else { patience } && barrier::is_asymmetric()
    }
}

impl<T, K: Kind> Chan<T, K> {
    /// From time to time, when a message has come to the position of `word`, or gone from it: perhaps
    /// these barriers of the notice can go.
    #[inline(always)]
    pub(super) fn consider_calm(
        &self,
        notice: &Notice<K::Access>,
        barriers: u8,
        seen: u8,
        word: u64,
    ) {
        if seen & barriers != 0 && words::is_time(word) {
            self.calm_down(notice, barriers, word);
        }
    }

    #[cold]
    fn calm_down(&self, notice: &Notice<K::Access>, barriers: u8, word: u64) {
        if notice.is_calm(word) {
            if let Some(_lists) = self.core().try_lists() {
                notice.clear(barriers);
                // Pairs with the one in `is_fenced`: who has seen `FENCED` is seen by the look that follows.
                barrier::full::<K::Access>();
            }
        }
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use crate::sync::{Alone, Threads};

    /// Who looked before publishers were slowed down has passed no barrier: the next waiter has to
    /// pass the heavy one for it.
    #[test]
    fn barriers_for_speed_are_none_to_count_on() {
        let (publish, receive) = (
            Notice::<Threads>::new(0, false, false),
            Notice::<Threads>::new(0, false, false),
        );
        publish.clear(FENCED);
        receive.learn(Notice::<Threads>::GAIN_OF_SPELL << Notice::<Threads>::PARALLEL);
        publish.keep_pace(&receive, 0);
        assert_eq!(publish.look_published() & (FENCED | PACED), PACED);
        publish.announce(RECEIVER_WAITS, 0);
        let all = FENCED | PACED | RECEIVER_WAITS;
        assert_eq!(publish.look_published() & all, all);
        // Where none run beside each other nobody is slowed down.
        let (publish, receive) = (
            Notice::<Threads>::new(0, false, false),
            Notice::<Threads>::new(0, false, false),
        );
        publish.clear(PACED);
        receive.learn(0);
        publish.keep_pace(&receive, 0);
        assert_eq!(publish.look_published() & PACED, 0);
    }

    /// Most heavy barriers are as dear as the last; one that was interrupted says nothing of the next.
    #[test]
    fn one_interrupted_barrier_teaches_little() {
        const INTERRUPTED: u64 = 1_000_000;
        let notice = Notice::<Threads>::new(0, false, false);
        // ORDERING: Relaxed: one thread.
        let patience = || notice.patience.load(Ordering::Relaxed);
        notice.learn(0);
        assert_eq!(patience(), 0);
        notice.learn(INTERRUPTED);
        assert_eq!(patience(), 1);
        notice.learn(0);
        assert_eq!(patience(), 0, "it is cheap again");
        // Where all are dear that is learnt.
        for known in 1..=9 {
            notice.learn(INTERRUPTED);
            assert_eq!(u32::from(patience()), known.min(Notice::<Threads>::MOST));
        }
    }

    /// Where hardly anybody announces anything nobody passes full barriers from the start, but where that is all that
    /// orders them.
    #[test]
    fn barriers_are_passed_from_the_start_where_announcements_are_likely() {
        let at_start = |lossy, calm| Notice::<Threads>::new(0, lossy, calm).hint();
        assert_eq!(at_start(false, false), FENCED);
        assert_eq!(at_start(false, true), 0);
        assert_eq!(at_start(true, false), FENCED | LOSSY);
        assert_eq!(at_start(true, true), FENCED | LOSSY);
        assert_eq!(Notice::<Alone>::new(0, true, false).hint(), 0);
    }
}
