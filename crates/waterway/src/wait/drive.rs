//! How a thread waits: spin a little, yield a little, then announce and park.
//!
//! A thread that still spins or yields asks for no wake-up: a busy other side does not pay for waking
//! it. Nor has it announced itself, so that it is served in batches as room comes and goes, with two
//! exceptions: at a rendezvous it has to be found from the start; and at a channel of few slots a
//! sender that yields parks its message, and a receiver that yields offers its hand, because each
//! then finds one message more per turn of the processor. How long to stay awake is learnt per channel end.

use core::task::Poll;

use super::How;
use super::pace::{HOLD, Pace, YIELDS};
#[cfg(not(waterway_loom))]
use super::wariness;
use crate::sync::{
    Deadline, Moment, count, count_up, park, spin_loop, thread_waker, wakes, yield_now,
};

/// A model has no time.
#[cfg(waterway_loom)]
mod wariness {
    pub(super) use crate::sync::may_yield;

    pub(super) fn may_spin_on() -> bool {
        false
    }

    pub(super) fn learn_of_spins(_: bool) {}

    pub(super) fn wants_to_know(_: u32) -> bool {
        true
    }

    pub(super) fn raise() {}

    pub(super) fn doubt(_: crate::sync::Moment) {}

    pub(super) fn lower() {}
}

/// One wait of so many counts. A prime, so that no pace is always passed over in a thread that waits at several ends in
/// turn.
const COUNTED: u32 = 61;

/// Drives `step` from this thread until it says that it is done, and whether there is a batch behind that (`None`
/// where nothing comes in batches), or the deadline passed: says whether it is done. When the alarm goes off there is
/// something to do, though nobody wakes. What it comes to is the closure's to keep, so that a large message is not
/// moved through here.
#[inline(always)]
pub(crate) fn block(
    pace: Option<&Pace>,
    deadline: Deadline,
    alarm: Deadline,
    mut step: impl FnMut(How<'_>) -> Poll<Option<bool>>,
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
fn spin_on(step: &mut impl FnMut(How<'_>) -> Poll<Option<bool>>) -> bool {
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

/// The commonest wait of threads that share a processor: they do not spin, and after one yield it is there. So much can
/// be done before the wait has a place where it may be found. `None` if it is not there, or more is to be done.
#[inline(always)]
pub(crate) fn yield_once<R>(pace: &Pace, look: impl FnOnce() -> Option<R>) -> Option<R> {
    let levels = pace.levels();
    let count = count();
    if !levels.only_yields() || wariness::wants_to_know(count) {
        return None;
    }
    yield_now();
    let found = look()?;
    count_up();
    pace.learn(levels, levels.after_yields(count % COUNTED == 0));
    Some(found)
}

/// Spins, then yields.
#[inline(always)]
fn stay_awake(
    pace: &Pace,
    deadline: Deadline,
    step: &mut impl FnMut(How<'_>) -> Poll<Option<bool>>,
) -> bool {
    let mut levels = pace.levels();
    let spins = levels.spins();
    for round in levels.of(HOLD).min(spins.saturating_sub(1))..spins {
        for _ in 0..1u32 << round {
            spin_loop();
        }
        if let Poll::Ready(has_batch) = step(How::Spin) {
            pace.learn(levels, levels.after_spins(round, has_batch));
            return true;
        }
    }
    if let Some(tried) = levels.after_try() {
        // At once: one of several that wait is enough.
        pace.learn(levels, tried);
        if levels.moves() {
            return false;
        }
        levels = tried;
    }
    let yields = (1u32 << levels.of(YIELDS)) - 1;
    if yields == 0 {
        return false;
    }
    if !wariness::may_yield() {
        let is_ready = spin_on(step);
        if is_ready {
            pace.learn(levels, levels.more_spins());
        }
        return is_ready;
    }
    // It sees whether this is the end, and those who can be found without a waker are found from here on.
    if step(How::Yield).is_ready() {
        return true;
    }
    let count = count_up();
    let mut since = wariness::wants_to_know(count).then(Moment::now);
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
            pace.learn(levels, levels.after_yields(count % COUNTED == 0));
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
    use crate::wait::pace::Levels;

    /// The looks of a wait, by how it waited.
    #[derive(Debug, PartialEq, Eq)]
    struct Looks {
        spins: u16,
        yields: u16,
        parks: u16,
    }

    /// A wait that is over when it has looked so often.
    fn wait_until(pace: &Pace, over: fn(&Looks) -> bool) -> Looks {
        let mut looks = Looks {
            spins: 0,
            yields: 0,
            parks: 0,
        };
        let step = |how: How<'_>| {
            match how {
                How::Spin => looks.spins += 1,
                How::Yield => looks.yields += 1,
                _ => looks.parks += 1,
            }
            if over(&looks) {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        };
        let never = Deadline::NEVER;
        assert!(block(Some(pace), never, never, step));
        looks
    }

    fn parks(looks: &Looks) -> bool {
        looks.parks > 0
    }

    fn of(levels: Levels) -> Pace {
        let pace = Pace::new();
        pace.learn(pace.levels(), levels);
        pace
    }

    /// Nobody loses a slice of time on a machine that is busy to learn that this is the end.
    #[test]
    fn who_has_spun_in_vain_looks_for_the_end_before_it_yields() {
        let ends_at_once = |_: u32| {
            let pace = Pace::new();
            let looks = wait_until(&pace, |looks| looks.yields + looks.parks > 0);
            // It learns from yields alone.
            looks.yields == 1 && pace.levels() == Levels::START
        };
        // After a long yield in another test it parks at once.
        assert!((0..50_000).any(ends_at_once));
    }

    #[test]
    fn who_tries_in_vain_is_placed_anew() {
        let pace = of(Levels::START.with_spins(Levels::MOVE));
        let looks = wait_until(&pace, parks);
        let expected = Looks {
            spins: Levels::TRY,
            yields: 0,
            parks: 1,
        };
        assert_eq!(looks, expected);
    }

    /// A try is one try, also where threads do not yield any more.
    #[test]
    fn the_last_try_is_the_last() {
        let mut levels = Levels::START.with_spins(Levels::LAST_TRY);
        for _ in 0..9 {
            levels = levels.less(YIELDS, 0);
        }
        let pace = of(levels);
        let looks = wait_until(&pace, parks);
        assert_eq!((looks.spins, looks.yields), (Levels::TRY, 0));
        assert_eq!(pace.levels().spins(), 0);
    }

    /// Its yields are counted at both, though it be always the same one of the two at which an even wait is.
    #[test]
    fn who_waits_at_two_ends_in_turn_tries_it_again_at_both() {
        let rests = Levels::START.with_spins(Levels::MOVE - 1);
        let paces = [(); 2].map(|()| of(rests));
        let mut tried = [false; 2];
        for _ in 0..50_000 {
            for (pace, tried) in paces.iter().zip(&mut tried) {
                let before = pace.levels();
                // Beside a busy process each yield is long.
                wariness::forget();
                let looks = wait_until(pace, |looks| looks.yields > 1 || looks.parks > 0);
                if looks.parks > 0 {
                    // After a long yield in another test: that is no wait of this one.
                    pace.learn(pace.levels(), before);
                }
                if pace.levels().spins() != 0 {
                    *tried = true;
                    // The try itself would be no turn.
                    pace.learn(pace.levels(), rests);
                }
            }
            if tried == [true; 2] {
                return;
            }
        }
        panic!("{tried:?}");
    }

    /// It is learnt from as from every yield. In vain it teaches nothing: what comes of the wait does.
    #[test]
    fn who_only_yields_finds_it_before_it_has_a_place() {
        let levels = Levels::START.with_spins(Levels::FIRST_REST);
        let looked = |found: Option<u8>| {
            let pace = of(levels);
            // One wait of a few is timed, and so are all after a long yield in another test.
            let look = |_: u32| {
                count_up();
                wariness::forget();
                let mut looks = 0;
                let got = yield_once(&pace, || {
                    looks += 1;
                    found
                });
                (looks == 1).then_some(got)
            };
            let got = (0..50_000).find_map(look).expect("it is let to look");
            assert_eq!(got, found);
            pace.levels()
        };
        let learnt = [false, true].map(|counts| levels.after_yields(counts));
        assert!(learnt.contains(&looked(Some(7))));
        assert_eq!(looked(None), levels);
    }

    #[test]
    fn who_spins_or_does_not_yield_does_not_look_before_it_has_a_place() {
        let spins = [0, Levels::TRY, Levels::MOVE, Levels::LAST_TRY];
        let mut parks = Levels::START.with_spins(Levels::FIRST_REST);
        for _ in 0..9 {
            parks = parks.less(YIELDS, 0);
        }
        for levels in spins
            .map(|spins| Levels::START.with_spins(spins))
            .into_iter()
            .chain([parks])
        {
            for _ in 0..99 {
                count_up();
                wariness::forget();
                assert_eq!(
                    yield_once(&of(levels), || -> Option<()> { unreachable!() }),
                    None
                );
            }
        }
    }

    /// Where yields are not wise, what comes while it spins on says that spinning is.
    #[test]
    fn who_spins_on_and_finds_something_spins_the_next_time() {
        let finds = |_: u32| {
            let pace = of(Levels::START.with_spins(Levels::FIRST_REST));
            wariness::raise();
            wait_until(&pace, |_| true);
            pace.levels().spins() == Levels::TRY
        };
        // Other tests wait, too: what they learn lets this one yield, or park at once.
        assert!((0..1000).any(finds));
    }
}
