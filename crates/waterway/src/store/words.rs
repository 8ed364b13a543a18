//! The state words of a channel's two ends.
//!
//! ```text
//! tail  MSB | position (lap, index) | permits | AWAITED PEEKED PARKED GONE CLOSED | LSB
//! tail  MSB | 0, or once it is closed the seal | permits |    the same flags      | LSB  of a lane
//! head  MSB | position (lap, index) |                     0                       | LSB
//! head  MSB | position              |           leases             EPOCH CROSSING | LSB  of segments that receivers share
//! head  MSB | position              |          messages that are known            | LSB  of a chain
//! ```
//!
//! | bit | set by | licenses |
//! |---|---|---|
//! | `CLOSED` | close, once, never cleared | no new claim; permits are still honoured. In a lane: the position is the seal |
//! | `GONE` | drop of the last receiver | nothing at all may be claimed, permits fail |
//! | `PARKED` | a sender that enters the waiting list, under its lock; cleared under it when the list is empty, or with the claim for the last message of it | room goes to the list: nobody else may claim |
//! | `PEEKED` | a receiver that moves a message aside | one slot less to claim |
//! | `AWAITED` | a receiver that waits; cleared by the next claim, or who wakes it for another reason | who claims wakes it when the message is there |
//!
//! `position` counts claimed messages at the tail and taken ones at the head. For a ring it is
//! {lap, index} with `index < capacity`, so that no division is needed and any capacity is exact;
//! for segments it is a plain count. Positions wrap; they are compared for equality or by
//! wrapping difference, never by size.
//!
//! In a lane ([`Form::Lane`], [`Form::Chain`]) nothing is claimed: where its sender stands is told by a
//! word of its own, and the tail has a position only once the lane is sealed, that behind its last
//! message. Nor is `AWAITED` cleared by a claim there: who waits is told by the notice. See
//! [`lane`](crate::chan::lane).
//!
//! `permits` counts reserved room. The slots at `tail .. tail + permits` are free and stay free
//! for the permits: who claims looks at the slot at `tail + permits` (one further while `PEEKED`),
//! which keeps that true by induction.
//!
//! Where there is one receiver the head is its own: it stores it. How a displacement, or who fills the
//! receiver's hand, moves it all the same is told in [`recv`](crate::chan::recv). Several receivers
//! move it by compare-and-swap; what the low bits are for in segments, see
//! [`lease`](crate::chan::lease). The tail moves by one
//! compare-and-swap that sees all of this at once. The widths are the same for every channel, so that no shift depends on a variable: 5 bits of flags, 26 of permits, 33 of
//! position. For a ring whose capacity needs `b` bits the position is `b` bits of index, 2 to 26, and
//! the rest, at least 7, of lap. A claim that was stopped between its look and its swap is
//! fooled only if meanwhile a multiple of 2^33 messages pass. The words have 64 bits on every
//! target, so that these limits are the same on 32-bit ones; a target without 64-bit atomics
//! needs the feature `portable-atomic`.

/// Set once, when the channel is closed.
pub(crate) const CLOSED: u64 = 1;
/// Set once, when the last receiver goes.
pub(crate) const GONE: u64 = 1 << 1;
/// Somebody waits in the list of senders.
pub(crate) const PARKED: u64 = 1 << 2;
/// A message was moved aside and still counts.
pub(crate) const PEEKED: u64 = 1 << 3;
/// The receiver waits for the next message to be claimed.
pub(crate) const AWAITED: u64 = 1 << 4;
/// One permit.
pub(crate) const PERMIT: u64 = 1 << 5;

/// In the head of segments: it goes over to the next segment; nobody else changes it meanwhile.
pub(crate) const CROSSING: u64 = 1;
/// In the head of segments: turns whenever it has gone over to another one.
pub(crate) const EPOCH: u64 = 1 << 1;
/// In the head of segments: one receiver that looks at the segment.
pub(crate) const LEASE: u64 = 1 << 2;

const FLAG_BITS: u32 = 5;
const PERMIT_BITS: u32 = 26;
/// Where the position begins.
const SHIFT: u32 = FLAG_BITS + PERMIT_BITS;
/// One position.
const UNIT: u64 = 1 << SHIFT;

/// The greatest capacity of a bounded channel: all of it can be permitted.
pub(crate) const MAX_CAPACITY: usize = (1 << PERMIT_BITS) - 1;

/// Whether nothing in a word has a say in a claim: no permit, and no flag but `AWAITED`.
#[inline(always)]
pub(crate) const fn is_plain(word: u64) -> bool {
    word & (UNIT - 1) & !AWAITED == 0
}

/// The position in a word, where it stands, without what is below it.
#[inline(always)]
pub(crate) const fn position(word: u64) -> u64 {
    word & !(UNIT - 1)
}

#[inline(always)]
pub(crate) const fn permits(tail: u64) -> u64 {
    (tail & (UNIT - 1)) >> FLAG_BITS
}

/// How many receivers look at the segment of a head.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "at most 29 bits")]
pub(crate) const fn leases(head: u64) -> u32 {
    ((head & (UNIT - 1)) / LEASE) as u32
}

/// How many messages behind a head the receiver of a chain knows of.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "31 bits")]
pub(crate) const fn known(head: u64) -> usize {
    (head & (UNIT - 1)) as usize
}

/// A head that knows of so many messages, or of as many as it has room for.
#[inline(always)]
pub(crate) const fn knowing(head: u64, count: usize) -> u64 {
    let most = UNIT - 1;
    position(head)
        | if (count as u64) < most {
            count as u64
        } else {
            most
        }
}

/// Whether a position has come to `target` or past it.
#[inline]
#[allow(
    clippy::cast_possible_wrap,
    reason = "a wrapping difference has a sign"
)]
pub(crate) const fn reached(word: u64, target: u64) -> bool {
    position(word).wrapping_sub(position(target)) as i64 >= 0
}

/// The position of segments `by` further on. What is below stays.
#[inline(always)]
pub(crate) const fn ahead(word: u64, by: usize) -> u64 {
    word.wrapping_add((by as u64) << SHIFT)
}

/// The position before one, where there are no laps.
#[inline]
pub(crate) const fn behind(word: u64) -> u64 {
    word.wrapping_sub(UNIT)
}

/// How many places lie between two positions of segments; nothing is below the first.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "fits in memory")]
pub(crate) const fn places(from: u64, to: u64) -> usize {
    (to.wrapping_sub(from) >> SHIFT) as usize
}

/// A count of messages for guesses about time: exact where laps have no gaps.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "only differences count")]
const fn ticks(word: u64) -> u32 {
    (word >> SHIFT) as u32
}

/// Whether this position is one of the few at which things are done from time to time. Any ring has
/// such: the first of its places in some laps, or the one in the middle of 64. The first message of a
/// channel is none.
#[inline(always)]
pub(crate) const fn is_time(word: u64) -> bool {
    ticks(word) % EVERY == EVERY / 2
}

/// So many messages make a spell.
const EVERY: u32 = if cfg!(waterway_loom) { 1 } else { 64 };

/// A count of spells for guesses about time.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "only differences count")]
pub(crate) const fn spells(word: u64) -> u16 {
    (ticks(word) / EVERY) as u16
}

/// How messages are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Not at all: they go from hand to hand.
    Direct,
    /// In stamped slots.
    Ring,
    /// In bare slots between one sender and one receiver.
    Lane,
    /// In linked segments.
    Segments,
    /// In linked segments between one sender and one receiver.
    Chain,
}

impl Form {
    /// Whether nothing is claimed at the tail: the one sender tells its place by a word of its own.
    #[inline(always)]
    pub(crate) const fn is_lane(self) -> bool {
        matches!(self, Self::Lane | Self::Chain)
    }
}

/// The form of a channel, and how the positions of a ring are laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The last index of a ring.
    last: u32,
    /// The bits of an index of a ring; the other forms are marked by `NO_RING`.
    mask: u32,
}

/// No ring has so many slots.
const NO_RING: u32 = 1 << 31;

impl Shape {
    pub(crate) const DIRECT: Self = Self {
        last: 0,
        mask: NO_RING,
    };

    #[cfg(feature = "alloc")]
    pub(crate) const SEGMENTS: Self = Self {
        last: 0,
        mask: NO_RING | 1,
    };

    /// The low bits of a stamp, which are not the lap's: so many bits an index has at least.
    pub(crate) const STAMP: u32 = 3;

    /// A ring of `1..=MAX_CAPACITY` slots.
    #[allow(clippy::cast_possible_truncation, reason = "at most MAX_CAPACITY")]
    pub(crate) const fn ring(capacity: usize) -> Self {
        assert!(capacity > 0 && capacity <= MAX_CAPACITY);
        Self {
            last: capacity as u32 - 1,
            mask: (capacity.next_power_of_two() as u32 - 1) | Self::STAMP,
        }
    }

    /// A ring, or nothing where there is no capacity.
    pub(crate) const fn bounded(capacity: usize) -> Self {
        if capacity == 0 {
            Self::DIRECT
        } else {
            Self::ring(capacity)
        }
    }

    #[inline(always)]
    pub(crate) const fn form(self) -> Form {
        if self.mask < NO_RING {
            Form::Ring
        } else if self.mask == NO_RING {
            Form::Direct
        } else {
            Form::Segments
        }
    }

    /// The bound; `None` if there is none.
    #[inline]
    pub(crate) const fn capacity(self) -> Option<usize> {
        match self.form() {
            Form::Direct => Some(0),
            Form::Ring | Form::Lane => Some(self.last as usize + 1),
            Form::Segments | Form::Chain => None,
        }
    }

    /// How many permits there can be at most.
    #[inline]
    pub(crate) const fn most_permits(self) -> usize {
        match self.capacity() {
            Some(capacity) => capacity,
            None => MAX_CAPACITY,
        }
    }

    /// The slot's index in a ring.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "at most 26 bits")]
    pub(crate) const fn index(self, word: u64) -> usize {
        ((word >> SHIFT) as u32 & self.mask) as usize
    }

    /// As much of the lap as fits into a stamp, in its place there: above the index.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "laps wrap")]
    pub(crate) const fn lap(self, word: u64) -> u32 {
        let position = (word >> SHIFT) as u32;
        position ^ position & self.mask
    }

    /// The lap after one, as a stamp has them.
    #[inline(always)]
    pub(crate) const fn next_lap(self, lap: u32) -> u32 {
        lap.wrapping_add(self.mask + 1)
    }

    /// The position of the same index one lap earlier.
    #[inline]
    pub(crate) const fn lap_behind(self, word: u64) -> u64 {
        word.wrapping_sub((self.mask as u64 + 1) << SHIFT)
    }

    /// The next position of a ring. What is below stays.
    #[inline(always)]
    pub(crate) const fn next(self, word: u64) -> u64 {
        // A branch that is foreseen, where a choice without one would keep the next claim waiting.
        if self.index(word) == self.last as usize {
            self.next_lap_of(word)
        } else {
            word.wrapping_add(UNIT)
        }
    }

    /// The first position of the lap after that of the last index.
    #[cold]
    #[inline(always)]
    const fn next_lap_of(self, word: u64) -> u64 {
        word.wrapping_add((self.mask as u64 + 1 - self.last as u64) << SHIFT)
    }

    /// The position `by` slots of a ring further on, at most its capacity. What is below stays.
    #[inline]
    pub(crate) const fn forward(self, word: u64, by: u64) -> u64 {
        let step = if self.index(word) as u64 + by > self.last as u64 {
            by + self.mask as u64 - self.last as u64
        } else {
            by
        };
        word.wrapping_add(step << SHIFT)
    }

    /// How many messages lie between two positions, the later one second.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "fits in memory")]
    pub(crate) const fn distance(self, from: u64, to: u64) -> usize {
        match self.form() {
            Form::Ring | Form::Lane => {
                let shift = SHIFT + self.mask.count_ones();
                let laps = (to >> shift).wrapping_sub(from >> shift) & (u64::MAX >> shift);
                (laps as usize * (self.last as usize + 1) + self.index(to))
                    .wrapping_sub(self.index(from))
            }
            Form::Direct | Form::Segments | Form::Chain => places(position(from), to),
        }
    }

    /// The first position of a channel in a test of the wrap: a little before it.
    #[cfg(feature = "alloc")]
    pub(crate) const fn near_wrap(self) -> u64 {
        match self.form() {
            // The last three laps.
            Form::Ring | Form::Lane => 0u64.wrapping_sub((3 * (self.mask as u64 + 1)) << SHIFT),
            Form::Direct | Form::Segments | Form::Chain => 0u64.wrapping_sub(40 << SHIFT),
        }
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn positions_walk_through_every_index_and_wrap() {
        for capacity in [1, 2, 3, 5, 8, 1000, 1024] {
            let shape = Shape::ring(capacity);
            let start = shape.near_wrap() | PARKED;
            let mut word = start;
            for step in 0..4 * capacity {
                assert_eq!(shape.index(word), step % capacity, "capacity {capacity}");
                assert_eq!(shape.distance(start, word), step);
                assert_eq!(word & PARKED, PARKED);
                assert!(reached(word, start));
                assert!(step == 0 || !reached(start, word));
                if step <= capacity {
                    assert_eq!(shape.forward(start, step as u64), word);
                }
                let next = shape.next(word);
                let lap = if (step + 1) % capacity == 0 {
                    shape.next_lap(shape.lap(word))
                } else {
                    shape.lap(word)
                };
                assert_eq!(shape.lap(next), lap);
                assert_eq!(shape.lap_behind(shape.forward(word, capacity as u64)), word);
                word = next;
            }
        }
    }

    #[test]
    fn now_and_then_it_is_time_at_any_capacity() {
        for capacity in 1..=130 {
            let shape = Shape::ring(capacity);
            let walk = |word: &u64| Some(shape.next(*word));
            let times = core::iter::successors(Some(0), walk)
                .take(1024)
                .filter(|&word| is_time(word))
                .count();
            assert!((4..=64).contains(&times), "{times} at capacity {capacity}");
        }
    }

    #[test]
    fn permits_do_not_touch_the_position() {
        for shape in [Shape::ring(1), Shape::ring(1000), Shape::SEGMENTS] {
            let most = shape.most_permits() as u64;
            let word = shape.next(0) + most * PERMIT;
            assert_eq!(permits(word), most);
            assert_eq!(position(word), shape.next(0));
            assert!(is_plain(position(word)) && !is_plain(word));
        }
    }

    #[test]
    fn the_greatest_ring_tells_laps_apart() {
        let shape = Shape::ring(MAX_CAPACITY);
        let mut laps = vec![shape.lap(0)];
        for _ in 0..63 {
            laps.push(shape.next_lap(laps[laps.len() - 1]));
        }
        assert_eq!(shape.next_lap(laps[63]), laps[0]);
        laps.sort_unstable();
        laps.dedup();
        assert_eq!(laps.len(), 64);
    }
}
