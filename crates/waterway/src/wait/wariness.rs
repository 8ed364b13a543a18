//! Whether it is wise to yield the processor: not on a machine where others keep it for a whole
//! slice of milliseconds when they get it. That is a matter of the machine, not of a channel.
//!
//! ```text
//! MSB | doubt (1 bit) | exponent (7 bits) | waits without a yield to come (24 bits) | LSB
//! ```
//!
//! Each yield that took long doubles the number of waits until the next try, up to `2^14`; each
//! spell without one halves it. One after which the thread was busy for long was wise all the same:
//! then it was the other side that had the processor, and made good use of it. Until the thread waits again
//! that is in doubt.

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

/// Whether the yields of the thread's `count`th wait are timed: those of one in a few, as long as none took
/// long lately.
#[inline]
pub(super) fn wants_to_know(count: u32) -> bool {
    const EVERY: u32 = 17;
    WARY.load(Ordering::Relaxed) != 0 || count % EVERY == 0
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

/// As in a new process.
#[cfg(test)]
pub(super) fn forget() {
    WARY.store(0, Ordering::Relaxed);
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
