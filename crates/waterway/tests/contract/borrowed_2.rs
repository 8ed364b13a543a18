//! The channels of `mpmc` that are borrowed, with two slots.

borrowed!(
    mpmc, Mpmc, 2: help, announce, batch, baton, close, close_races, extremes, force, forgotten, memory, model, order, panics, permits, poll, program, reentry, repoll, timed, truth,
    crowd, frozen, many, many_program, sharing, told
);
