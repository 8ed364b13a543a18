//! The state words of a channel's two ends.
//!
//! ```text
//! tail  MSB | position (lap, index) | permits | PEEKED PARKED GONE CLOSED | LSB
//! head  MSB | position (lap, index) |               ...             FLUSH | LSB
//! ```
//!
//! | bit | set by | licenses |
//! |---|---|---|
//! | `CLOSED` | close, once, never cleared | no new claim; permits are still honoured |
//! | `GONE` | drop of the last receiver | nothing at all may be claimed, permits fail |
//! | `PARKED` | a sender that enters the waiting list, under its lock; cleared under it when the list is empty | room goes to the list: nobody else may claim |
//! | `PEEKED` | a receiver that moves a message aside | one slot less to claim |
//! | `FLUSH` | a waiting flush, under the lock | whoever moves the head compares it with the target |
//!
//! `position` counts claimed messages at the tail and taken ones at the head. For a ring it is
//! {lap, index} with `index < capacity`, so that no division is needed and any capacity is exact;
//! for segments it is a plain count. Positions wrap; they are compared for equality or by
//! wrapping difference, never by size.
//!
//! `permits` counts reserved room. The slots at `tail .. tail + permits` are free and stay free
//! for the permits: who claims looks at the slot at `tail + permits` (one further while `PEEKED`),
//! which keeps that true by induction.
//!
//! The tail moves by one compare-and-swap that sees all of this at once. Widths, for a capacity
//! that needs `b` bits: 4 flags, `b + 1` bits of permits, `b` of index, and the rest, at least 7,
//! of lap. An unbounded channel has 24 bits of permits and 36 of position. The words have 64 bits
//! on every target, so that these limits are the same on 32-bit ones; a target without 64-bit
//! atomics is not supported yet.

/// Set once, when the channel is closed.
pub(crate) const CLOSED: u64 = 1;
/// Set once, when the last receiver goes.
pub(crate) const GONE: u64 = 1 << 1;
/// Somebody waits in the list of senders.
pub(crate) const PARKED: u64 = 1 << 2;
/// A message was moved aside and still counts.
pub(crate) const PEEKED: u64 = 1 << 3;
/// One permit.
pub(crate) const PERMIT: u64 = 1 << 4;
/// In the head word: somebody waits for a position to be reached.
pub(crate) const FLUSH: u64 = 1;

const FLAG_BITS: u8 = 4;

/// The greatest capacity of a bounded channel.
pub(crate) const MAX_CAPACITY: usize = 1 << 26;

/// Bits for permits in an unbounded channel.
const UNBOUNDED_PERMIT_BITS: u8 = 24;

/// How messages are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Form {
    /// Not at all: they go from hand to hand.
    Direct,
    /// In stamped slots.
    Ring,
    /// In linked segments.
    Segments,
}

/// The form of a channel and the layout of its words. Packed into 7 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed)]
pub(crate) struct Shape {
    capacity: u32,
    index_bits: u8,
    shift: u8,
    form: Form,
}

impl Shape {
    pub(crate) const DIRECT: Self = Self {
        capacity: 0,
        index_bits: 0,
        shift: FLAG_BITS + 1,
        form: Form::Direct,
    };

    pub(crate) const SEGMENTS: Self = Self {
        capacity: u32::MAX,
        index_bits: 0,
        shift: FLAG_BITS + UNBOUNDED_PERMIT_BITS,
        form: Form::Segments,
    };

    /// A ring of `1..=MAX_CAPACITY` slots.
    #[allow(clippy::cast_possible_truncation, reason = "at most MAX_CAPACITY")]
    pub(crate) const fn ring(capacity: usize) -> Self {
        assert!(capacity > 0 && capacity <= MAX_CAPACITY);
        let index_bits = capacity.next_power_of_two().trailing_zeros() as u8;
        Self {
            capacity: capacity as u32,
            index_bits,
            shift: FLAG_BITS + index_bits + 1,
            form: Form::Ring,
        }
    }

    #[inline(always)]
    pub(crate) const fn form(self) -> Form {
        self.form
    }

    /// The bound; `None` if there is none.
    #[inline]
    pub(crate) const fn capacity(self) -> Option<usize> {
        match self.form {
            Form::Segments => None,
            Form::Direct | Form::Ring => Some(self.capacity as usize),
        }
    }

    /// How many permits there can be at most.
    #[inline]
    pub(crate) const fn most_permits(self) -> usize {
        match self.form {
            Form::Segments => (1 << UNBOUNDED_PERMIT_BITS) - 1,
            Form::Direct | Form::Ring => self.capacity as usize,
        }
    }

    #[inline(always)]
    const fn unit(self) -> u64 {
        1 << self.shift
    }

    /// Whether a word is nothing but a position: no flag, no permit.
    #[inline(always)]
    pub(crate) const fn is_plain(self, word: u64) -> bool {
        word & (self.unit() - 1) == 0
    }

    /// The next position of a ring. What is below stays.
    #[inline(always)]
    pub(crate) const fn next_slot(self, word: u64) -> u64 {
        let index = self.index(word) as u64;
        let step = if index + 1 == self.capacity as u64 {
            (1 << self.index_bits) - index
        } else {
            1
        };
        word.wrapping_add(step << self.shift)
    }

    /// The next position of segments. What is below stays.
    #[inline(always)]
    pub(crate) const fn next_place(self, word: u64) -> u64 {
        word.wrapping_add(self.unit())
    }

    /// How many places lie between two positions of segments.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "fits in memory")]
    pub(crate) const fn places(self, from: u64, to: u64) -> usize {
        (to.wrapping_sub(from) >> self.shift) as usize
    }

    /// The position in a word, where it stands, without what is below it.
    #[inline(always)]
    pub(crate) const fn position(self, word: u64) -> u64 {
        word & !(self.unit() - 1)
    }

    #[inline(always)]
    pub(crate) const fn permits(self, tail: u64) -> u64 {
        (tail & (self.unit() - 1)) >> FLAG_BITS
    }

    /// The slot's index in a ring.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "at most 26 bits")]
    pub(crate) const fn index(self, word: u64) -> usize {
        ((word >> self.shift) & ((1 << self.index_bits) - 1)) as usize
    }

    /// As much of the lap as a stamp holds.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "laps wrap")]
    pub(crate) const fn lap(self, word: u64) -> u32 {
        (word >> (self.shift + self.index_bits)) as u32
    }

    /// The word `by` positions on; `by` is at most the capacity. What is below stays.
    #[inline(always)]
    pub(crate) const fn forward(self, word: u64, by: u64) -> u64 {
        let step = match self.form {
            Form::Ring if self.index(word) as u64 + by >= self.capacity as u64 => {
                by + (1 << self.index_bits) - self.capacity as u64
            }
            _ => by,
        };
        word.wrapping_add(step << self.shift)
    }

    /// The word of the same index one lap later.
    #[inline(always)]
    pub(crate) const fn next_lap(self, word: u64) -> u64 {
        word.wrapping_add(1 << (self.shift + self.index_bits))
    }

    /// How many messages lie between two positions, the later one second.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "fits in memory")]
    pub(crate) const fn distance(self, from: u64, to: u64) -> usize {
        let (from, to) = (self.position(from), self.position(to));
        match self.form {
            Form::Ring => {
                let (from_index, to_index) = (self.index(from), self.index(to));
                let laps = (to >> (self.shift + self.index_bits))
                    .wrapping_sub(from >> (self.shift + self.index_bits))
                    & (u64::MAX >> (self.shift + self.index_bits));
                (laps as usize * self.capacity as usize + to_index).wrapping_sub(from_index)
            }
            Form::Direct | Form::Segments => self.places(from, to),
        }
    }

    /// Whether a position has come to `target` or past it.
    #[inline]
    #[allow(
        clippy::cast_possible_wrap,
        reason = "a wrapping difference has a sign"
    )]
    pub(crate) const fn reached(self, position: u64, target: u64) -> bool {
        self.position(position).wrapping_sub(self.position(target)) as i64 >= 0
    }

    /// The first position of a channel in a test of the wrap: a little before it.
    pub(crate) const fn near_wrap(self) -> u64 {
        match self.form {
            // The last three laps.
            Form::Ring => 0u64.wrapping_sub(3 << (self.shift + self.index_bits)),
            Form::Direct | Form::Segments => 0u64.wrapping_sub(40 << self.shift),
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
                assert!(shape.reached(word, start));
                assert!(step == 0 || !shape.reached(start, word));
                if step <= capacity {
                    assert_eq!(shape.forward(start, step as u64), word);
                }
                let next = shape.forward(word, 1);
                assert_eq!(
                    shape.lap(next) != shape.lap(word),
                    (step + 1) % capacity == 0
                );
                word = next;
            }
        }
    }

    #[test]
    fn permits_do_not_touch_the_position() {
        for shape in [Shape::ring(1), Shape::ring(1000), Shape::SEGMENTS] {
            let most = shape.most_permits() as u64;
            let word = shape.forward(0, 1) + most * PERMIT;
            assert_eq!(shape.permits(word), most);
            assert_eq!(shape.position(word), shape.forward(0, 1));
        }
    }

    #[test]
    fn the_greatest_ring_keeps_seven_bits_of_lap() {
        let shape = Shape::ring(MAX_CAPACITY);
        assert!(64 - shape.shift - shape.index_bits >= 7);
    }
}
