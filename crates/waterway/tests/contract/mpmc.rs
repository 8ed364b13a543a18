//! The kind `mpmc`.

several_senders!();
several_receivers!();

kind!(
    mpmc: help, announce, batch, baton, close, close_races, extremes, force, forgotten, handles, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, sink, timed, truth,
    crowd, frozen, many, many_program, sharing, told
);
