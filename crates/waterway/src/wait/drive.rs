//! How a thread waits: spin a little, yield a little, then announce and park.
//!
//! A thread that still spins has not announced itself (at a rendezvous it has to be found, so that
//! it is in the list, but asks for no wake-up): a busy other side does not pay for waking it. How
//! long that is worth while is learnt per channel end, see [`Pace`].

use core::task::Poll;

use super::How;
use crate::sync::{AtomicU8, Deadline, Ordering, park, spin_loop, thread_waker, yield_now};

/// How long the threads of one end of a channel spin before they park.
///
/// The level goes up when a spin was worth while and down when it ended in a park; a level of 0
/// tries again now and then.
#[derive(Debug)]
pub struct Pace(AtomicU8);

impl Pace {
    const HIGHEST: u8 = 7;
    const START: u8 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(Self::START))
    }

    fn level(&self) -> u8 {
        // ORDERING: Relaxed: a guess about timing; nothing depends on it.
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, level: u8) {
        // ORDERING: Relaxed, as above; an update that is lost is learnt again.
        self.0.store(level, Ordering::Relaxed);
    }

    fn paid_off(&self) {
        let level = self.level();
        if level < Self::HIGHEST {
            self.set(level + 1);
        }
    }

    fn was_in_vain(&self) {
        let level = self.level();
        if level > 1 {
            self.set(level - 1);
        }
    }
}

/// Drives `step` from this thread until it is ready or the deadline passed.
pub(crate) fn block<R>(
    pace: Option<&Pace>,
    deadline: Deadline,
    mut step: impl FnMut(How<'_>) -> Poll<R>,
) -> Option<R> {
    if let Poll::Ready(ready) = step(How::Offer) {
        return Some(ready);
    }
    if let Some(pace) = pace {
        let level = pace.level();
        for round in 0..level {
            for _ in 0..1u32 << round {
                spin_loop();
            }
            if let Poll::Ready(ready) = step(How::Offer) {
                pace.paid_off();
                return Some(ready);
            }
        }
        for _ in 0..level / 2 {
            yield_now();
            if let Poll::Ready(ready) = step(How::Offer) {
                pace.paid_off();
                return Some(ready);
            }
        }
        pace.was_in_vain();
    }
    let waker = thread_waker();
    let how = How::Park {
        waker: &waker,
        thread: true,
    };
    loop {
        if let Poll::Ready(ready) = step(how) {
            return Some(ready);
        }
        if deadline.passed() {
            return None;
        }
        park(deadline);
    }
}
