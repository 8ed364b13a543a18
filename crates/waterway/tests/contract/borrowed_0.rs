//! The channels of `mpmc` that are borrowed, without a slot.

/// Code about messages that lie in the channel: here none does.
macro_rules! buffering {
    ($($code:tt)*) => {};
}

borrowed!(
    mpmc, Mpmc, 0: help, announce, batch, baton, close, close_races, extremes, force, forgotten, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, timed, truth,
    crowd, frozen, many, many_program, sharing, told
);
