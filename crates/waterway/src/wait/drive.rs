//! How a thread waits: spin a little, yield a little, then announce and park.
//!
//! A thread that still spins or yields asks for no wake-up: a busy other side does not pay for waking
//! it. Nor has it announced itself, so that it is served in batches as room comes and goes, with two
//! exceptions: at a rendezvous it has to be found from the start; and at a channel of few slots a
//! sender that yields parks its message, and a receiver that yields offers its hand, because each
//! then finds one message more per turn of the processor. How long to stay awake is learnt per channel end.

use core::task::Poll;

use super::How;
use super::pace::{HOLD, Levels, Pace, SPINS, YIELDS};
#[cfg(not(waterway_loom))]
use super::wariness;
use crate::sync::{Deadline, Moment, park, spin_loop, thread_waker, time, wakes, yield_now};

/// A model has no time.
#[cfg(waterway_loom)]
mod wariness {
    pub(super) use crate::sync::may_yield;

    pub(super) fn may_spin_on() -> bool {
        false
    }

    pub(super) fn learn_of_spins(_: bool) {}

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
    let time = time();
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
