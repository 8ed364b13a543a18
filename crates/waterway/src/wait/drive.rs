//! How a thread waits: spin a little, yield a little, then announce and park.
//!
//! A thread that still spins or yields asks for no wake-up: a busy other side does not pay for waking
//! it. Nor has it announced itself, so that it is served in batches as room comes and goes, with two
//! exceptions: at a rendezvous it has to be found from the start; and at a channel of few slots a
//! sender that yields parks its message, and a receiver that yields offers its hand, because each
//! then finds one message more per turn of the processor. How long to stay awake is learnt per channel end.

use super::How;
use crate::sync::{
    AtomicU8, Deadline, Moment, Ordering, constant, park, spin_loop, thread_waker, wakes, yield_now,
};

/// How long the threads of one end of a channel stay awake before they park.
///
/// ```text
/// MSB | yields (4 bits) | spins (4 bits) | LSB
/// ```
///
/// Both are exponents: up to `2^spins` spins in all, doubling from look to look, then up to
/// `2^yields` yields of the processor. What was worth while grows, what was in vain shrinks; a park
/// that turned out short means that staying awake a little longer would have been worth while.
#[derive(Debug)]
pub struct Pace(AtomicU8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Levels {
    spins: u8,
    yields: u8,
}

impl Levels {
    const MOST: Self = if cfg!(waterway_loom) {
        Self {
            spins: 0,
            yields: 0,
        }
    } else {
        Self {
            spins: 7,
            yields: 8,
        }
    };
    const START: Self = if cfg!(waterway_loom) {
        Self::MOST
    } else {
        Self {
            spins: 5,
            yields: 6,
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
}

impl Pace {
    constant! {
        pub(crate) fn new() -> Self {
            Self(AtomicU8::new(Levels::START.yields << 4 | Levels::START.spins))
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
        Levels {
            spins: levels & 15,
            yields: levels >> 4,
        }
    }

    #[inline]
    fn learn(&self, before: Levels, after: Levels) {
        if before != after {
            // ORDERING: Relaxed, as above; an update that is lost is learnt again.
            self.0
                .store(after.yields << 4 | after.spins, Ordering::Relaxed);
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

/// Drives `step` from this thread until it says that it is done, or the deadline passed: says
/// whether it is done. When the alarm goes off there is something to do, though nobody wakes. What it comes to is the closure's to keep, so that a large message is not
/// moved through here.
#[inline(always)]
pub(crate) fn block(
    pace: Option<&Pace>,
    deadline: Deadline,
    alarm: Deadline,
    mut step: impl FnMut(How<'_>) -> bool,
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
        if step(how) {
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
fn stay_awake(pace: &Pace, deadline: Deadline, step: &mut impl FnMut(How<'_>) -> bool) -> bool {
    let levels = pace.levels();
    for round in 0..levels.spins {
        for _ in 0..1u32 << round {
            spin_loop();
        }
        if step(How::Spin) {
            pace.learn(levels, levels.more_spins());
            return true;
        }
    }
    wariness::settle_doubt();
    if !wariness::may_yield() {
        return false;
    }
    if step(How::Yield) {
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
        if step(How::Yield) {
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
