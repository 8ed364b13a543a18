//! How a thread waits: spin a little, yield a little, then announce and park.
//!
//! A thread that still spins or yields asks for no wake-up: a busy other side does not pay for waking
//! it. Nor has it announced itself, so that it is served in batches as room comes and goes, with two
//! exceptions: at a rendezvous it has to be found from the start; and at a channel of few slots a
//! sender that yields parks its message, and a receiver that yields offers its hand, because each
//! then finds one message more per turn of the processor. How long to stay awake is learnt per channel end.

use core::task::Poll;

use super::How;
use crate::sync::{
    AtomicU16, Deadline, Moment, Ordering, constant, park, spin_loop, thread_waker, wakes,
    yield_now,
};

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
/// does not spin counts: above 7 `spins` is the count. The last value but one is a try, after which the thread
/// parks, so that a processor is chosen for it anew when it is woken; the last is another try.
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
struct Levels(u16);

/// One of the levels: where it lies in the word, and the most that it comes to.
#[derive(Clone, Copy)]
struct Level {
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

const SPINS: Level = Level::new(0, 15, 0);
const YIELDS: Level = Level::new(4, 8, 1);
const HOLD: Level = Level::new(8, 5, 0);
const HANDS: Level = Level::new(12, 15, 12);

impl Levels {
    const START: Self = {
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
    const TRY: u16 = 5;
    /// Tries, and parks.
    const MOVE: u16 = 14;
    const LAST_TRY: u16 = 15;
    /// One wait in so many is counted.
    const COUNTED: u8 = 64;

    #[inline]
    const fn of(self, level: Level) -> u16 {
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
    const fn less(self, level: Level, least: u16) -> Self {
        if self.of(level) > least {
            Self(self.0 - level.word(1))
        } else {
            self
        }
    }

    /// What the exponent of this wait is.
    #[inline]
    const fn spins(self) -> u16 {
        match self.of(SPINS) {
            spins @ ..=Self::MOST_SPINS => spins,
            Self::MOVE | Self::LAST_TRY => Self::TRY,
            _ => 0,
        }
    }

    /// After something came while it span.
    const fn more_spins(self) -> Self {
        match self.of(SPINS) {
            ..Self::MOST_SPINS => self.more(SPINS),
            Self::MOST_SPINS => self,
            _ => self.with_spins(Self::TRY),
        }
    }

    /// After it span in vain, or did not: that is counted where it may be worth while again.
    const fn fewer_spins(self, counts: bool) -> Self {
        const FIRST_REST: u16 = Levels::MOST_SPINS + 1;
        match self.of(SPINS) {
            _ if SPINS.most == 0 => self,
            0 | 1 | Self::LAST_TRY => self.with_spins(FIRST_REST),
            ..=Self::MOST_SPINS => self.less(SPINS, 0),
            Self::MOVE => self.more(SPINS),
            _ if counts => self.more(SPINS),
            _ => self,
        }
    }

    const fn with_spins(self, spins: u16) -> Self {
        Self(self.0 & !SPINS.word(15) | SPINS.word(spins))
    }

    /// After something came in this round of spins, with so much behind it; `None` where it comes one by one.
    fn after_spins(self, round: u16, backlog: Option<usize>) -> Self {
        const AT_ONCE: u16 = 2;
        const BATCH: usize = 4;
        let hold = self.of(HOLD);
        let levels = match backlog {
            Some(count) if round <= hold && (hold < AT_ONCE || count >= BATCH) => self.more(HOLD),
            _ => self.less(HOLD, 0),
        };
        levels.more_spins()
    }

    /// After something came while it yielded, in a wait that counts or in another one.
    #[inline]
    const fn after_yields(self, counts: bool) -> Self {
        self.fewer_spins(counts).more(YIELDS).after_wait()
    }

    /// After a park, which was short or was not.
    const fn after_park(self, was_short: bool) -> Self {
        let levels = if !was_short {
            self.fewer_spins(false).less(YIELDS, Self::FEWEST_YIELDS)
        } else if self.of(SPINS) > Self::MOST_SPINS && self.of(SPINS) < Self::MOVE {
            self.fewer_spins(true).more(YIELDS)
        } else {
            self.more(YIELDS)
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
    fn levels(&self) -> Levels {
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
    fn learn(&self, before: Levels, after: Levels) {
        if before != after {
            // ORDERING: Relaxed, as above; an update that is lost is learnt again.
            self.0.store(after.0, Ordering::Relaxed);
        }
    }
}

/// Whether it is wise to yield the processor: not on a machine where others keep it for a whole
/// slice of milliseconds when they get it. That is a matter of the machine, not of a channel.
///
/// ```text
/// MSB | doubt (1 bit) | exponent (7 bits) | waits without a yield to come (24 bits) | LSB
/// ```
///
/// Each yield that took long doubles the number of waits until the next try, up to `2^14`; each
/// spell without one halves it. One after which the thread was busy for long was wise all the same:
/// then it was the other side that had the processor, and made good use of it. Until the thread waits again
/// that is in doubt.
#[cfg(not(waterway_loom))]
mod wariness {
    pub(super) use crate::sync::time;
    use crate::sync::{AtomicU8, AtomicU32, Moment, Ordering, leave_moment};

    const COUNT_BITS: u32 = 24;
    const COUNT: u32 = (1 << COUNT_BITS) - 1;
    /// Some thread is in doubt, or was.
    const DOUBT: u32 = 1 << 31;
    const LEAST: u32 = 6;
    const MOST: u32 = 14;

    static WARY: AtomicU32 = AtomicU32::new(0);

    /// Below it the waits since threads spun on in vain; from here on, how sure it is that this pays.
    const RESTS: u8 = 200;
    const SURE: u8 = RESTS + 4;
    static SPINS_ON: AtomicU8 = AtomicU8::new(RESTS);

    // ORDERING: Relaxed throughout: guesses about timing; updates that are lost do no harm.

    /// A wait comes to its yields: says whether it may.
    #[inline]
    pub(super) fn may_yield() -> bool {
        match WARY.load(Ordering::Relaxed) {
            0 => true,
            wary => count_wait(wary),
        }
    }

    #[cold]
    fn count_wait(mut wary: u32) -> bool {
        if wary & DOUBT != 0 && settle_doubt() {
            wary = WARY.load(Ordering::Relaxed);
        }
        if wary & COUNT == 0 {
            return true;
        }
        WARY.store(wary - 1, Ordering::Relaxed);
        false
    }

    /// Whether a thread that had better not yield does well to spin on; counts the waits in which it does not.
    pub(super) fn may_spin_on() -> bool {
        let sure = SPINS_ON.load(Ordering::Relaxed);
        if sure < RESTS {
            SPINS_ON.store(sure + 1, Ordering::Relaxed);
        }
        sure >= RESTS
    }

    /// Somebody did: says whether something came.
    pub(super) fn learn_of_spins(found: bool) {
        let sure = SPINS_ON.load(Ordering::Relaxed);
        SPINS_ON.store(learnt(sure, found), Ordering::Relaxed);
    }

    fn learnt(sure: u8, found: bool) -> u8 {
        match sure {
            SURE if found => SURE,
            _ if found => sure + 1,
            RESTS => 0,
            _ => sure.saturating_sub(1),
        }
    }

    /// Whether the yields of the wait are timed: those of one in a few, as long as none took long lately.
    #[inline]
    pub(super) fn wants_to_know(time: u8) -> bool {
        const EVERY: u8 = 16;
        WARY.load(Ordering::Relaxed) != 0 || time % EVERY == 0
    }

    /// A yield took long.
    pub(super) fn raise() {
        let wary = WARY.load(Ordering::Relaxed);
        let exponent = ((wary & !DOUBT) >> COUNT_BITS) + 1;
        let exponent = exponent.clamp(LEAST, MOST);
        WARY.store(
            wary & DOUBT | exponent << COUNT_BITS | 1 << exponent,
            Ordering::Relaxed,
        );
    }

    /// A yield took long, but something was there then.
    pub(super) fn doubt(now: Moment) {
        leave_moment(Some(now));
        WARY.store(WARY.load(Ordering::Relaxed) | DOUBT, Ordering::Relaxed);
    }

    /// The thread waits again: was it busy since? Says whether it was in doubt.
    fn settle_doubt() -> bool {
        let Some(since) = leave_moment(None) else {
            return false;
        };
        // Others' doubts are found when the next one is.
        WARY.store(WARY.load(Ordering::Relaxed) & !DOUBT, Ordering::Relaxed);
        if !Moment::now().is_long_after(since) {
            raise();
        }
        true
    }

    /// Yields were worth while.
    #[inline]
    pub(super) fn lower() {
        let wary = WARY.load(Ordering::Relaxed);
        if wary & !DOUBT != 0 {
            let exponent = ((wary & !DOUBT) >> COUNT_BITS) / 2;
            WARY.store(wary & DOUBT | exponent << COUNT_BITS, Ordering::Relaxed);
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn who_spins_on_in_vain_rests() {
            assert_eq!(learnt(RESTS, false), 0);
            let sure = (0..9).fold(RESTS, |sure, _| learnt(sure, true));
            assert_eq!(sure, SURE);
            let tries = (1..).scan(sure, |sure, tries| {
                *sure = learnt(*sure, false);
                Some((tries, *sure))
            });
            let rest = tries.into_iter().find(|&(_, sure)| sure < RESTS);
            assert_eq!(rest, Some((5, 0)), "one in vain is nothing");
        }
    }
}

#[cfg(waterway_loom)]
mod wariness {
    pub(super) use crate::sync::may_yield;

    pub(super) fn may_spin_on() -> bool {
        false
    }

    pub(super) fn learn_of_spins(_: bool) {}

    pub(super) fn time() -> u8 {
        0
    }

    pub(super) fn wants_to_know(_: u8) -> bool {
        true
    }

    pub(super) fn raise() {}

    pub(super) fn doubt(_: crate::sync::Moment) {}

    pub(super) fn lower() {}
}

/// Drives `step` from this thread until it says that it is done, and how much there is behind that (`None` where
/// nothing comes in batches), or the deadline passed: says whether it is done. Whose turn to be `found` comes
/// with the first yield, it steps before that once more. When the alarm goes off there is something to do,
/// though nobody wakes. What it comes to is the closure's to keep, so that a large message is not moved through here.
#[inline(always)]
pub(crate) fn block(
    pace: Option<&Pace>,
    found: bool,
    deadline: Deadline,
    alarm: Deadline,
    mut step: impl FnMut(How<'_>) -> Poll<Option<usize>>,
) -> bool {
    if deadline.passed() {
        return false;
    }
    if pace.is_some_and(|pace| stay_awake(pace, found, deadline, &mut step)) {
        return true;
    }
    let waker = thread_waker();
    let how = How::Thread(&waker);
    let since = Moment::now();
    loop {
        let woken = wakes();
        if step(how).is_ready() {
            if let Some(pace) = pace {
                let levels = pace.levels();
                pace.learn(levels, levels.after_park(since.is_recent()));
            }
            return true;
        }
        if deadline.passed() {
            return false;
        }
        // A step may run code that parks as well, and takes the token of a wake-up that was meant for this.
        if wakes() == woken {
            park(deadline.earlier(alarm));
        }
    }
}

/// A thread that had better not yield spins for longer, about as long as it takes to park and to be woken: else
/// two threads, one of which has slept once, take turns to sleep, because each wakes when the other has just
/// given up. Where nothing comes of that, as on one processor, it becomes rare.
#[cold]
fn spin_on(step: &mut impl FnMut(How<'_>) -> Poll<Option<usize>>) -> bool {
    const LOOKS: u32 = 32;
    const TURNS: u32 = 64;
    let found = wariness::may_spin_on().then(|| {
        (0..LOOKS).any(|_| {
            for _ in 0..TURNS {
                spin_loop();
            }
            step(How::Spin).is_ready()
        })
    });
    if let Some(found) = found {
        wariness::learn_of_spins(found);
    }
    found.unwrap_or(false)
}

/// Spins, then yields.
#[inline(always)]
fn stay_awake(
    pace: &Pace,
    found: bool,
    deadline: Deadline,
    step: &mut impl FnMut(How<'_>) -> Poll<Option<usize>>,
) -> bool {
    let levels = pace.levels();
    let spins = levels.spins();
    for round in levels.of(HOLD).min(spins.saturating_sub(1))..spins {
        for _ in 0..1u32 << round {
            spin_loop();
        }
        if let Poll::Ready(backlog) = step(How::Spin) {
            pace.learn(levels, levels.after_spins(round, backlog));
            return true;
        }
    }
    let yields = (1u32 << levels.of(YIELDS)) - 1;
    if yields == 0 {
        return false;
    }
    if levels.of(SPINS) == Levels::MOVE {
        // One of several that wait is enough.
        pace.learn(levels, levels.fewer_spins(true));
        return false;
    }
    if !wariness::may_yield() {
        let is_ready = spin_on(step);
        if is_ready {
            pace.learn(levels, levels.more_spins());
        }
        return is_ready;
    }
    if found && step(How::Yield).is_ready() {
        return true;
    }
    let time = wariness::time();
    let mut since = wariness::wants_to_know(time).then(Moment::now);
    for _ in 0..yields {
        yield_now();
        let mut long = None;
        if let Some(before) = since {
            let now = Moment::now();
            long = now.is_long_after(before).then_some(now);
            since = Some(now);
        }
        if step(How::Yield).is_ready() {
            match long {
                Some(now) => wariness::doubt(now),
                None => wariness::lower(),
            }
            pace.learn(levels, levels.after_yields(time % Levels::COUNTED == 0));
            return true;
        }
        if long.is_some() {
            wariness::raise();
            break;
        }
        if deadline.passed() {
            break;
        }
    }
    false
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    /// A receiver that keeps up looks later and later, as long as it finds more by that.
    #[test]
    fn who_finds_something_at_once_looks_later() {
        let hold = |levels: Levels, backlog| levels.after_spins(levels.of(HOLD), backlog);
        let mut levels = Levels::START;
        for more in [1, 2] {
            levels = hold(levels, Some(0));
            assert_eq!(levels.of(HOLD), more, "nothing can be there for longer");
        }
        assert_eq!(hold(levels, Some(0)).of(HOLD), 1, "it was alone");
        for more in [3, 4, 5, 5] {
            levels = hold(levels, Some(9));
            assert_eq!(levels.of(HOLD), more);
        }
        assert_eq!(levels.after_spins(6, Some(9)).of(HOLD), 4, "it was late");
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
        let tries = (0..6).fold(levels, |levels, _| yielded(levels));
        assert_eq!(tries.of(SPINS), Levels::MOVE);
        let moved = tries.fewer_spins(true);
        assert_eq!(moved.after_park(true).spins(), Levels::TRY);
        assert_eq!(moved.after_park(false).spins(), 0, "it was idle");
        assert_eq!(moved.spins(), Levels::TRY, "one more");
        assert_eq!(yielded(moved).of(SPINS), levels.of(SPINS));
        let lucky = moved.after_spins(0, None);
        assert_eq!(lucky.spins(), Levels::TRY);
        assert_eq!(yielded(lucky).spins(), Levels::TRY - 1);
    }
}
