//! The kind `spsc`.

use std::convert::identity;

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

/// Code about threads that share a channel, or wait for it.
macro_rules! threaded {
    ($($code:tt)*) => { $($code)* };
}

/// What threads do, or what is done in its place where there is one.
macro_rules! threaded_or {
    ($threads:expr, $other:expr $(,)?) => {
        $threads
    };
}

/// A sender as what sends asks for it.
macro_rules! lend {
    ($tx:expr) => {
        &mut $tx
    };
}

/// Whether a receive that is frozen may have the wake-up that another needs.
pub(crate) const SHARES_WAKES: bool = false;

/// Whether there may be several senders.
pub(crate) const CROWDED: bool = false;

/// What [`lend!`] gives.
pub(crate) type SenderRef<'a, T> = &'a mut Sender<T>;

/// So many senders, or the one that there is.
pub(crate) fn senders<T>(tx: Sender<T>, _wanted: usize) -> Vec<Sender<T>> {
    vec![tx]
}

/// Polled by hand, and a stream: the receiver itself.
pub(crate) type Poller<T> = Receiver<T>;
/// The same, borrowed.
pub(crate) type Lent<'a, T> = &'a mut Receiver<T>;

pub(crate) fn poller<T>(rx: Receiver<T>) -> Poller<T> {
    identity(rx)
}

pub(crate) fn lent<T>(rx: &mut Receiver<T>) -> Lent<'_, T> {
    identity(rx)
}

/// What is an iterator by itself, once it is borrowed.
pub(crate) fn borrowed<T>(rx: &mut Receiver<T>) -> &mut Receiver<T> {
    identity(rx)
}

/// The receiver in a poller.
pub(crate) fn handle<T>(poller: &mut Poller<T>) -> &mut Receiver<T> {
    identity(poller)
}

kind!(
    spsc: help, announce, batch, baton, close, close_races, extremes, forgotten, handles, memory, model, order, panics, permits, poll, reentry, rendezvous, repoll, timed, truth, lane
);
