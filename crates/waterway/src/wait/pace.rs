//! How long threads stay awake: what is learnt about that, per end of a channel.

use crate::sync::{AtomicU16, Ordering, constant};

/// How long the threads of one end of a channel stay awake before they park.
///
/// ```text
/// MSB | hands (4 bits) | hold (4 bits) | yields (4 bits) | spins (4 bits) | LSB
/// ```
///
/// The lower three are exponents: up to `2^spins` spins in all, doubling from look to look, then up to
/// `2^yields - 1` yields of the processor. What was worth while grows, what was in vain shrinks; a park
/// that turned out short means that staying awake a little longer would have been worth while.
///
/// Two threads that shared a processor, and do not any more, have unlearnt to spin, and would yield in vain
/// from then on; and as long as they yield to each other they go on sharing one, though another be idle. So who
/// does not spin counts some of its waits: above 7 `spins` is the count. The last value but one is a try; if that is
/// in vain the thread parks, so that a processor is chosen for it anew when it is woken. The last is another try.
///
/// A receiver that keeps up with its senders finds one message each time that it looks, and each look takes
/// the cache line away from who writes the next. So `2^hold` spins come before the first look: more, if
/// something was there at the first, at once or with a batch behind it; else fewer.
///
/// A hand pays if the sender goes further because of it, so that more is there when the hand is full. From
/// `RESTS` on `hands` says how sure that is, and hands are offered; below it counts the waits without one. Where
/// messages come one by one it is offered in one wait of 13.
#[derive(Debug)]
pub struct Pace(AtomicU16);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Levels(u16);

/// One of the levels: where it lies in the word, and the most that it comes to.
#[derive(Clone, Copy)]
pub(super) struct Level {
    shift: u16,
    most: u16,
}

impl Level {
    const fn new(shift: u16, most: u16, in_a_model: u16) -> Self {
        let most = if cfg!(waterway_loom) {
            in_a_model
        } else {
            most
        };
        Self { shift, most }
    }

    const fn word(self, level: u16) -> u16 {
        level << self.shift
    }
}

pub(super) const SPINS: Level = Level::new(0, 15, 0);
pub(super) const YIELDS: Level = Level::new(4, 8, 1);
pub(super) const HOLD: Level = Level::new(8, 5, 0);
const HANDS: Level = Level::new(12, 15, 12);

impl Levels {
    pub(super) const START: Self = {
        let (spins, yields) = if cfg!(waterway_loom) {
            (0, 1)
        } else {
            (Self::TRY, 6)
        };
        Self(SPINS.word(spins) | YIELDS.word(yields) | HANDS.word(HANDS.most))
    };
    /// A model has no time: it yields once in each wait.
    const FEWEST_YIELDS: u16 = if cfg!(waterway_loom) { 1 } else { 0 };
    /// From here on hands are offered.
    const RESTS: u16 = 12;
    const MOST_SPINS: u16 = 7;
    /// The spins of a first wait, and of a try.
    pub(super) const TRY: u16 = 5;
    /// From here on it does not spin, but counts.
    pub(super) const FIRST_REST: u16 = Self::MOST_SPINS + 1;
    pub(super) const MOVE: u16 = 14;
    pub(super) const LAST_TRY: u16 = 15;

    #[inline]
    pub(super) const fn of(self, level: Level) -> u16 {
        self.0 >> level.shift & 15
    }

    #[inline]
    const fn more(self, level: Level) -> Self {
        if self.of(level) < level.most {
            Self(self.0 + level.word(1))
        } else {
            self
        }
    }

    #[inline]
    pub(super) const fn less(self, level: Level, least: u16) -> Self {
        if self.of(level) > least {
            Self(self.0 - level.word(1))
        } else {
            self
        }
    }

    /// What the exponent of this wait is.
    #[inline]
    pub(super) const fn spins(self) -> u16 {
        match self.of(SPINS) {
            spins @ ..=Self::MOST_SPINS => spins,
            Self::MOVE | Self::LAST_TRY => Self::TRY,
            _ => 0,
        }
    }

    /// Whether it does not spin, not even for a try, but yields.
    #[inline]
    pub(super) const fn only_yields(self) -> bool {
        matches!(self.of(SPINS), Self::FIRST_REST..Self::MOVE) && self.of(YIELDS) > 0
    }

    /// After something came while it span.
    pub(super) const fn more_spins(self) -> Self {
        match self.of(SPINS) {
            ..Self::MOST_SPINS => self.more(SPINS),
            Self::MOST_SPINS => self,
            _ => self.with_spins(Self::TRY),
        }
    }

    /// After it span in vain, or did not.
    const fn fewer_spins(self) -> Self {
        match self.of(SPINS) {
            Self::FIRST_REST..=Self::MOVE => self,
            2..=Self::MOST_SPINS => self.less(SPINS, 0),
            _ if SPINS.most == 0 => self,
            _ => self.with_spins(Self::FIRST_REST),
        }
    }

    /// After a wait that counts: one nearer to the next try, if it does not spin.
    const fn one_more_rest(self) -> Self {
        match self.of(SPINS) {
            Self::FIRST_REST..Self::MOVE => self.more(SPINS),
            _ => self,
        }
    }

    /// After a try to spin that was in vain, if it was one: the next wait is none, or the last one.
    pub(super) const fn after_try(self) -> Option<Self> {
        match self.of(SPINS) {
            Self::MOVE => Some(self.with_spins(Self::LAST_TRY)),
            Self::LAST_TRY => Some(self.with_spins(Self::FIRST_REST)),
            _ => None,
        }
    }

    /// Whether who tries in vain parks, to be placed anew.
    pub(super) const fn moves(self) -> bool {
        self.of(SPINS) == Self::MOVE
    }

    pub(super) const fn with_spins(self, spins: u16) -> Self {
        Self(self.0 & !SPINS.word(15) | SPINS.word(spins))
    }

    /// After something came in this round of spins, with a batch behind it or not; `None` where it comes one by one.
    pub(super) fn after_spins(self, round: u16, has_batch: Option<bool>) -> Self {
        const AT_ONCE: u16 = 2;
        let hold = self.of(HOLD);
        let levels = match has_batch {
            Some(has_batch) if round <= hold && (hold < AT_ONCE || has_batch) => self.more(HOLD),
            _ => self.less(HOLD, 0),
        };
        levels.more_spins()
    }

    /// After something came while it yielded, in a wait that counts or in another one.
    #[inline]
    pub(super) const fn after_yields(self, counts: bool) -> Self {
        let levels = self.fewer_spins().more(YIELDS).after_wait();
        if counts {
            levels.one_more_rest()
        } else {
            levels
        }
    }

    /// After a park, which was short or was not.
    pub(super) const fn after_park(self, was_short: bool) -> Self {
        let levels = if was_short {
            self.one_more_rest().more(YIELDS)
        } else {
            self.fewer_spins().less(YIELDS, Self::FEWEST_YIELDS)
        };
        levels.after_wait()
    }

    /// After a wait that was not over soon.
    #[inline]
    const fn after_wait(self) -> Self {
        if self.offers_hand() {
            self
        } else {
            self.more(HANDS)
        }
    }

    #[inline]
    const fn offers_hand(self) -> bool {
        self.of(HANDS) >= Self::RESTS
    }

    /// After a hand was filled.
    const fn after_hand(self, has_paid: bool) -> Self {
        if has_paid {
            self.more(HANDS)
        } else if self.of(HANDS) > Self::RESTS || cfg!(waterway_loom) {
            self.less(HANDS, Self::RESTS)
        } else {
            Self(self.0 & !HANDS.word(15))
        }
    }
}

impl Pace {
    constant! {
        pub(crate) fn new() -> Self {
            Self(AtomicU16::new(Levels::START.0))
        }
    }

    /// That of waits over several operations. All share one: what an arm knows goes with its channel, which
    /// an arm may hold alone.
    #[cfg(not(waterway_loom))]
    #[allow(clippy::unnecessary_wraps, reason = "a model has none")]
    pub(crate) fn of_many() -> Option<&'static Self> {
        static OF_MANY: Pace = Pace::new();
        Some(&OF_MANY)
    }

    /// A model has no statics; threads that wait for several operations park at once there.
    #[cfg(waterway_loom)]
    pub(crate) fn of_many() -> Option<&'static Self> {
        None
    }

    #[inline]
    pub(super) fn levels(&self) -> Levels {
        // ORDERING: Relaxed: a guess about timing; nothing depends on it.
        Levels(self.0.load(Ordering::Relaxed))
    }

    /// Whether a receiver that waits does well to offer its hand.
    #[inline]
    pub(crate) fn offers_hand(&self) -> bool {
        self.levels().offers_hand()
    }

    /// A hand was filled: says whether there is more.
    #[inline]
    pub(crate) fn learn_of_hand(&self, has_paid: bool) {
        let levels = self.levels();
        self.learn(levels, levels.after_hand(has_paid));
    }

    #[inline]
    pub(super) fn learn(&self, before: Levels, after: Levels) {
        if before != after {
            // ORDERING: Relaxed, as above; an update that is lost is learnt again.
            self.0.store(after.0, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    /// A receiver that keeps up looks later and later, as long as it finds more by that.
    #[test]
    fn who_finds_something_at_once_looks_later() {
        let hold = |levels: Levels, has_batch| levels.after_spins(levels.of(HOLD), has_batch);
        let mut levels = Levels::START;
        for more in [1, 2] {
            levels = hold(levels, Some(false));
            assert_eq!(levels.of(HOLD), more, "nothing can be there for longer");
        }
        assert_eq!(hold(levels, Some(false)).of(HOLD), 1, "it was alone");
        for more in [3, 4, 5, 5] {
            levels = hold(levels, Some(true));
            assert_eq!(levels.of(HOLD), more);
        }
        assert_eq!(levels.after_spins(6, Some(true)).of(HOLD), 4, "it was late");
        assert_eq!(hold(levels, None).of(HOLD), 4);
        assert_eq!(hold(Levels::START, None).of(HOLD), 0);
    }

    /// Where the sender goes no further because of a hand, few are offered.
    #[test]
    fn a_hand_that_does_not_pay_is_seldom_offered() {
        let hand = |levels: Levels, has_paid| levels.after_hand(has_paid);
        let start = Levels::START;
        assert_eq!(start.after_wait(), start);
        let mut levels = start;
        for _ in 0..4 {
            assert!(levels.offers_hand());
            levels = hand(levels, false);
        }
        for waits in 0..Levels::RESTS {
            assert_eq!(levels.of(HANDS), waits, "so many without a hand");
            levels = levels.after_wait();
        }
        assert_eq!(hand(levels, false).of(HANDS), 0, "it knows after one");
        for _ in 0..9 {
            levels = hand(levels, true);
        }
        assert!(hand(levels, false).offers_hand(), "one is nothing");
    }

    #[test]
    fn levels_are_kept() {
        let pace = Pace::new();
        assert_eq!(pace.levels(), Levels::START);
        let learnt = Levels::START.after_yields(false);
        pace.learn(Levels::START, learnt);
        assert_eq!(pace.levels(), learnt);
        assert_eq!(learnt.spins(), Levels::START.spins() - 1);
        assert_eq!(learnt.of(YIELDS), Levels::START.of(YIELDS) + 1);
        // In vain again and again: it parks at once.
        let mut levels = learnt;
        for _ in 0..9 {
            levels = levels.after_park(false);
        }
        assert_eq!((levels.spins(), levels.of(YIELDS)), (0, 0));
        assert_eq!(levels.after_park(true).of(YIELDS), 1);
    }

    /// Two threads that shared a processor, and do not any more, find out that they may spin.
    #[test]
    fn who_does_not_spin_tries_it_again() {
        let waits = |mut levels: Levels, wait: fn(Levels) -> Levels| {
            (0..99).find(|_| {
                levels = wait(levels);
                levels.spins() != 0
            })
        };
        let yielded = |levels: Levels| levels.after_yields(true);
        let mut levels = Levels::START;
        while levels.spins() != 0 {
            levels = levels.after_yields(false);
        }
        assert_eq!(waits(levels, |levels| levels.after_yields(false)), None);
        assert_eq!(waits(levels, |levels| levels.after_park(false)), None);
        assert_eq!(waits(levels, yielded), Some(5));
        assert_eq!(waits(levels, |levels| levels.after_park(true)), Some(5));
        let mut tries = (0..6).fold(levels, |levels, _| yielded(levels));
        assert_eq!(tries.after_park(true).spins(), Levels::TRY);
        let lucky = tries.after_spins(0, None);
        assert_eq!(lucky.spins(), Levels::TRY);
        assert_eq!(yielded(lucky).spins(), Levels::TRY - 1);
        assert!(tries.moves());
        tries = tries.after_try().unwrap();
        assert_eq!(tries.after_park(true).spins(), Levels::TRY, "one more");
        assert_eq!(tries.after_park(false).spins(), 0, "it was idle");
        tries = tries.after_try().unwrap();
        assert_eq!((tries.of(SPINS), tries.moves()), (levels.of(SPINS), false));
        assert_eq!(tries.after_try(), None);
    }
}
