//! The kind `mpsc`.

/// Code about peeking: here there is one receiver, and it can.
macro_rules! peeking {
    ($($code:tt)*) => { $($code)* };
}

/// A peek, or what is done in its place where nobody can.
macro_rules! peek_or {
    ($peek:expr, $other:expr $(,)?) => {
        $peek
    };
}

/// Code about channels that may have a manager.
macro_rules! managing {
    ($($code:tt)*) => { $($code)* };
}

/// Code about a receiver that there is only one of.
macro_rules! sole {
    ($($code:tt)*) => { $($code)* };
}

several_senders!();
one_receiver!();

kind!(
    mpsc: help, announce, batch, baton, close, close_races, extremes, force, forgotten, handles, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, sink, timed, truth
);
