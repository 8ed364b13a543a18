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
/// MSB | hold (4 bits) | yields (4 bits) | spins (4 bits) | LSB
/// ```
///
/// All are exponents: up to `2^spins` spins in all, doubling from look to look, then up to
/// `2^yields` yields of the processor. What was worth while grows, what was in vain shrinks; a park
/// that turned out short means that staying awake a little longer would have been worth while.
///
/// A receiver that keeps up with its senders finds one message each time that it looks, and each look takes
/// the cache line away from who writes the next. So `2^hold` spins come before the first look: more, if
/// something was there at the first, at once or with a batch behind it; else fewer.
#[derive(Debug)]
pub struct Pace(AtomicU16);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Levels {
    spins: u8,
    yields: u8,
    hold: u8,
}

impl Levels {
    const MOST: Self = if cfg!(waterway_loom) {
        Self {
            spins: 0,
            yields: 0,
            hold: 0,
        }
    } else {
        Self {
            spins: 7,
            yields: 8,
            hold: 5,
        }
    };
    const START: Self = if cfg!(waterway_loom) {
        Self::MOST
    } else {
        Self {
            spins: 5,
            yields: 6,
            hold: 0,
        }
    };

    fn more_spins(self) -> Self {
        let spins = (self.spins + 1).min(Self::MOST.spins);
        Self { spins, ..self }
    }

    #[inline]
    fn less_spins(self) -> Self {
        let spins = self.spins.saturating_sub(1);
        Self { spins, ..self }
    }

    #[inline]
    fn more_yields(self) -> Self {
        let yields = (self.yields + 1).min(Self::MOST.yields);
        Self { yields, ..self }
    }

    fn less_yields(self) -> Self {
        let yields = self.yields.saturating_sub(1);
        Self { yields, ..self }
    }

    /// After something came in this round of spins, with so much behind it; `None` where it comes one by one.
    fn after_spins(self, round: u8, backlog: Option<usize>) -> Self {
        const AT_ONCE: u8 = 2;
        const BATCH: usize = 4;
        let is_first = round <= self.hold;
        let hold = match backlog {
            Some(count) if is_first && (self.hold < AT_ONCE || count >= BATCH) => {
                (self.hold + 1).min(Self::MOST.hold)
            }
            _ => self.hold.saturating_sub(1),
        };
        Self { hold, ..self }.more_spins()
    }

    const fn word(self) -> u16 {
        (self.hold as u16) << 8 | (self.yields as u16) << 4 | self.spins as u16
    }
}

impl Pace {
    constant! {
        pub(crate) fn new() -> Self {
            Self(AtomicU16::new(Levels::START.word()))
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
        let levels = self.0.load(Ordering::Relaxed);
        let level = |shift: u32| (levels >> shift & 15) as u8;
        Levels {
            spins: level(0),
            yields: level(4),
            hold: level(8),
        }
    }

    #[inline]
    fn learn(&self, before: Levels, after: Levels) {
        if before != after {
            // ORDERING: Relaxed, as above; an update that is lost is learnt again.
            self.0.store(after.word(), Ordering::Relaxed);
        }
    }
}

/// Whether it is wise to yield the processor: not on a machine where others keep it for a whole
/// slice of milliseconds when they get it. That is a matter of the machine, not of a channel.
///
/// ```text
/// MSB | exponent (8 bits) | waits without a yield to come (24 bits) | LSB
/// ```
///
/// Each yield that took long doubles the number of waits until the next try, up to `2^14`; each
/// spell without one halves it. One after which the thread was busy for long was wise all the same:
/// then it was the other side that had the processor, and made good use of it.
#[cfg(not(waterway_loom))]
mod wariness {
    use crate::sync::{AtomicU32, Moment, Ordering, leave_moment, now_and_then};

    const COUNT_BITS: u32 = 24;
    const LEAST: u32 = 6;
    const MOST: u32 = 14;

    static WARY: AtomicU32 = AtomicU32::new(0);

    // ORDERING: Relaxed throughout: guesses about timing; updates that are lost do no harm.

    /// Counts a wait; says whether it may yield.
    #[inline]
    pub(super) fn may_yield() -> bool {
        let wary = WARY.load(Ordering::Relaxed);
        if wary & ((1 << COUNT_BITS) - 1) == 0 {
            return true;
        }
        WARY.store(wary - 1, Ordering::Relaxed);
        false
    }

    /// Whether the next yield is to be timed: one in a few, as long as none took long lately.
    #[inline]
    pub(super) fn wants_to_know() -> bool {
        WARY.load(Ordering::Relaxed) != 0 || now_and_then()
    }

    /// A yield took long.
    pub(super) fn raise() {
        let exponent = WARY.load(Ordering::Relaxed) >> COUNT_BITS;
        let exponent = (exponent + 1).clamp(LEAST, MOST);
        WARY.store(exponent << COUNT_BITS | 1 << exponent, Ordering::Relaxed);
    }

    /// A yield took long, but something was there then.
    pub(super) fn doubt(now: Moment) {
        leave_moment(Some(now));
    }

    /// The thread waits again: was it busy since?
    #[inline]
    pub(super) fn settle_doubt() {
        if leave_moment(None).is_some_and(|since| !Moment::now().is_long_after(since)) {
            raise();
        }
    }

    /// Yields were worth while.
    pub(super) fn lower() {
        let wary = WARY.load(Ordering::Relaxed);
        if wary != 0 {
            let exponent = (wary >> COUNT_BITS) / 2;
            WARY.store(exponent << COUNT_BITS, Ordering::Relaxed);
        }
    }
}

#[cfg(waterway_loom)]
mod wariness {
    pub(super) use crate::sync::may_yield;

    pub(super) fn wants_to_know() -> bool {
        true
    }

    pub(super) fn raise() {}

    pub(super) fn doubt(_: crate::sync::Moment) {}

    pub(super) fn settle_doubt() {}

    pub(super) fn lower() {}
}

/// Drives `step` from this thread until it says that it is done, and how much there is behind that (`None` where
/// nothing comes in batches), or the deadline passed: says whether it is done. When the alarm goes off there is something to do, though nobody wakes. What it comes to is the closure's to keep, so that a large message is not
/// moved through here.
#[inline(always)]
pub(crate) fn block(
    pace: Option<&Pace>,
    deadline: Deadline,
    alarm: Deadline,
    mut step: impl FnMut(How<'_>) -> Poll<Option<usize>>,
) -> bool {
    if deadline.passed() {
        return false;
    }
    if pace.is_some_and(|pace| stay_awake(pace, deadline, &mut step)) {
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
                let learnt = if since.is_recent() {
                    levels.more_yields()
                } else {
                    levels.less_spins().less_yields()
                };
                pace.learn(levels, learnt);
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

/// Spins, then yields.
#[inline(always)]
fn stay_awake(
    pace: &Pace,
    deadline: Deadline,
    step: &mut impl FnMut(How<'_>) -> Poll<Option<usize>>,
) -> bool {
    let levels = pace.levels();
    for round in levels.hold.min(levels.spins.saturating_sub(1))..levels.spins {
        for _ in 0..1u32 << round {
            spin_loop();
        }
        if let Poll::Ready(backlog) = step(How::Spin) {
            pace.learn(levels, levels.after_spins(round, backlog));
            return true;
        }
    }
    wariness::settle_doubt();
    if !wariness::may_yield() {
        return false;
    }
    if step(How::Yield).is_ready() {
        return true;
    }
    let mut since = wariness::wants_to_know().then(Moment::now);
    for _ in 0..1u32 << levels.yields {
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
            pace.learn(levels, levels.less_spins().more_yields());
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
        let hold = |levels: Levels, backlog| levels.after_spins(levels.hold, backlog);
        let mut levels = Levels::START;
        for more in [1, 2] {
            levels = hold(levels, Some(0));
            assert_eq!(levels.hold, more, "nothing can be there for longer");
        }
        assert_eq!(hold(levels, Some(0)).hold, 1, "it was alone");
        for more in [3, 4, 5, 5] {
            levels = hold(levels, Some(9));
            assert_eq!(levels.hold, more);
        }
        assert_eq!(levels.after_spins(6, Some(9)).hold, 4, "it was late");
        assert_eq!(hold(levels, None).hold, 4);
        assert_eq!(hold(Levels::START, None).hold, 0);
    }

    #[test]
    fn levels_are_kept() {
        let pace = Pace::new();
        assert_eq!(pace.levels(), Levels::START);
        pace.learn(Levels::START, Levels::MOST);
        assert_eq!(pace.levels(), Levels::MOST);
    }
}
