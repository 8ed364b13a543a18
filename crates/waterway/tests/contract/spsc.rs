//! The kind `spsc`. There is one sender, which does one thing at a time: no tests with several parked sends, and
//! no `force`, which it has not; no concern of several receivers.

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

/// Code about a receiver that there is only one of.
macro_rules! sole {
    ($($code:tt)*) => { $($code)* };
}

/// Code about senders that share a channel: here there is one, it does one thing at a time, and none
/// can be made.
macro_rules! crowded {
    ($($code:tt)*) => {};
}

/// What several senders do, or what is done in its place where there is one.
macro_rules! crowded_or {
    ($crowd:expr, $other:expr $(,)?) => {
        $other
    };
}

/// A sender as what sends asks for it.
macro_rules! lend {
    ($tx:expr) => {
        &mut $tx
    };
}

/// Whether there may be several senders.
pub(crate) const CROWDED: bool = false;

/// What [`lend!`] gives.
pub(crate) type SenderRef<'a, T> = &'a mut Sender<T>;

/// So many senders, or the one that there is.
pub(crate) fn senders<T>(tx: Sender<T>, _wanted: usize) -> Vec<Sender<T>> {
    vec![tx]
}

one_receiver!();

kind!(
    spsc: help, announce, batch, baton, close, close_races, extremes, forgotten, handles, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, sink, timed, truth, lane
);
