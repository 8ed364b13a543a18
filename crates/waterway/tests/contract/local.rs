//! The kind `local`.

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

several_senders!();
several_receivers!();

kind!(
    local: help, announce, batch, baton, close, extremes, force, forgotten, handles, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, sink, timed, truth,
    crowd, frozen, many, many_program, sharing, told,
    alone
);
