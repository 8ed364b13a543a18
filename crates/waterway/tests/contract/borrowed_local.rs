//! The channels of `local` that are borrowed, with two slots.

/// Code about threads that share a channel, or wait for it: here all is in one, which cannot wait for itself.
macro_rules! threaded {
    ($($code:tt)*) => {};
}

/// What threads do, or what is done in its place where there is one.
macro_rules! threaded_or {
    ($threads:expr, $other:expr $(,)?) => {
        $other
    };
}

borrowed!(
    local, Local, 2: help, announce, batch, baton, close, extremes, force, forgotten, memory, model, order, panics, permits, poll, program, reentry, repoll, timed, truth,
    crowd, frozen, many, many_program, sharing, told,
    alone
);
