//! Where one end of a channel was seen last, and how a task stays awake for a moment because of that.
//!
//! Two tasks that run in two threads of a runtime at a time, on a channel with little room, meet at its edge
//! again and again: one puts a message into the slot that has just become free, and sleeps; the other wakes it
//! for the next one. Each message is a trip through the runtime then, and each word of the channel moves from
//! processor to processor. So a task that would have to sleep, while the other end was seen last in another
//! thread, *lingers*: it stays awake until there is something worth waking up for (half of the room, a message),
//! and no longer than a few hundred turns of the processor. Who does that is not announced, holds no place, and
//! costs the other side nothing.
//!
//! If both ends are in one thread nothing will come of it, and nobody lingers. If it comes to nothing for another
//! reason (the other task waits for its turn, or there is one processor only) that is learnt, for each end: the
//! next try is shorter, in the end there is none but for a short one in 32 waits.

#[cfg(all(feature = "std", not(waterway_loom)))]
pub(crate) use real::Presence;
#[cfg(not(all(feature = "std", not(waterway_loom))))]
pub(crate) use without::Presence;

#[cfg(all(feature = "std", not(waterway_loom)))]
mod real {
    use crate::sync::{AtomicU8, Ordering, constant, current_thread, spin_loop};

    #[derive(Debug)]
    pub(crate) struct Presence {
        /// What tells the thread from most others; 0 before the first note.
        thread: AtomicU8,
        /// Below `RESTS` the waits since the last try; from there on the rounds of the next, less the fewest.
        patience: AtomicU8,
    }

    // ORDERING: Relaxed throughout: guesses about timing; nothing depends on them.

    /// Without hope a task lingers in one wait of so many.
    const RESTS: u8 = 32;
    /// Each round is twice as long as the one before, and then the task looks.
    const FIRST_ROUND: u32 = 4;
    const FEWEST_ROUNDS: u8 = 2;
    const MOST_ROUNDS: u8 = 5;
    const MOST: u8 = RESTS + MOST_ROUNDS - FEWEST_ROUNDS;

    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "enough to tell threads apart"
    )]
    fn here() -> u8 {
        // What each thread has for itself lies on pages of its own.
        (current_thread() >> 12) as u8
    }

    /// Stays awake for so many rounds, or until `look` comes to something: says whether it did.
    fn stay_awake(rounds: u8, mut look: impl FnMut() -> bool) -> bool {
        (0..rounds).any(|round| {
            for _ in 0..FIRST_ROUND << round {
                spin_loop();
            }
            look()
        })
    }

    impl Presence {
        constant! {
            pub(crate) fn new() -> Self {
                Self {
                    thread: AtomicU8::new(0),
                    patience: AtomicU8::new(MOST - 1),
                }
            }
        }

        /// This end is in the current thread. For those who sleep or wake, not for each message.
        #[inline]
        pub(crate) fn note(&self) {
            let here = here();
            if self.thread.load(Ordering::Relaxed) != here {
                self.thread.store(here, Ordering::Relaxed);
            }
        }

        /// Whether this end was seen last in another thread than the current one.
        #[inline]
        pub(crate) fn is_elsewhere(&self) -> bool {
            let thread = self.thread.load(Ordering::Relaxed);
            thread != 0 && thread != here()
        }

        /// Stays awake for a moment; says whether `look` came to something.
        #[cold]
        pub(crate) fn linger(&self, look: impl FnMut() -> bool) -> bool {
            let patience = self.patience.load(Ordering::Relaxed);
            let found = patience >= RESTS && stay_awake(patience - RESTS + FEWEST_ROUNDS, look);
            let learnt = match patience {
                MOST if found => MOST,
                RESTS if !found => 0,
                _ if found || patience < RESTS => patience + 1,
                _ => patience - 1,
            };
            if learnt != patience {
                self.patience.store(learnt, Ordering::Relaxed);
            }
            found
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// How many looks a wait takes that comes to this at the first look, or never.
        fn looks(presence: &Presence, lucky: bool) -> u32 {
            let mut looks = 0;
            let found = presence.linger(|| {
                looks += 1;
                lucky
            });
            assert_eq!(found, lucky && looks > 0);
            looks
        }

        #[test]
        fn who_lingers_in_vain_lingers_less() {
            let presence = Presence::new();
            let tries: Vec<u32> = (0..5).map(|_| looks(&presence, false)).collect();
            assert_eq!(tries, [4, 3, 2, 0, 0]);
            // Now and then it tries again; luck makes it try for longer.
            let rests = (0..).take_while(|_| looks(&presence, true) == 0);
            assert_eq!(rests.count(), usize::from(RESTS) - 2);
            assert_eq!(looks(&presence, false), 3);
            for _ in 0..9 {
                assert_eq!(looks(&presence, true), 1);
            }
            assert_eq!(looks(&presence, false), u32::from(MOST_ROUNDS));
        }

        #[test]
        fn an_end_is_elsewhere_for_other_threads_only() {
            let presence = Presence::new();
            assert!(!presence.is_elsewhere(), "it was not seen yet");
            presence.note();
            assert!(!presence.is_elsewhere());
            presence.thread.store(here() ^ 1, Ordering::Relaxed);
            assert!(presence.is_elsewhere());
        }
    }
}

/// Where nothing tells threads apart, and in models, nobody lingers.
#[cfg(not(all(feature = "std", not(waterway_loom))))]
mod without {
    #[derive(Debug)]
    pub(crate) struct Presence;

    impl Presence {
        pub(crate) const fn new() -> Self {
            Self
        }

        #[allow(clippy::unused_self, reason = "there is nothing to note")]
        pub(crate) fn note(&self) {}

        #[allow(clippy::unused_self, reason = "nobody knows")]
        pub(crate) fn is_elsewhere(&self) -> bool {
            false
        }

        #[allow(clippy::unused_self, reason = "nobody lingers")]
        pub(crate) fn linger(&self, _: impl FnMut() -> bool) -> bool {
            false
        }
    }
}
