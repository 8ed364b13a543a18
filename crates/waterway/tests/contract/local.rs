//! The kind `local`.

/// Code about peeking: what one receiver looks at another may take, so none can.
macro_rules! peeking {
    ($($code:tt)*) => {};
}

/// A peek, or what is done in its place where nobody can.
macro_rules! peek_or {
    ($peek:expr, $other:expr $(,)?) => {
        $other
    };
}

/// Code about a receiver that there is only one of.
macro_rules! sole {
    ($($code:tt)*) => {};
}

/// Code about senders that share a channel: clones, several sends at a time, weak senders, `force_send`.
macro_rules! crowded {
    ($($code:tt)*) => { $($code)* };
}

/// What several senders do, or what is done in its place where there is one.
macro_rules! crowded_or {
    ($crowd:expr, $other:expr $(,)?) => {
        $crowd
    };
}

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

/// A sender as what sends asks for it.
macro_rules! lend {
    ($tx:expr) => {
        &$tx
    };
}

/// Whether a receive that is frozen may have the wake-up that another needs: one each.
pub(crate) const SHARES_WAKES: bool = true;

/// Whether there may be several senders.
pub(crate) const CROWDED: bool = true;

/// What [`lend!`] gives.
pub(crate) type SenderRef<'a, T> = &'a Sender<T>;

/// So many senders, or the one that there is.
pub(crate) fn senders<T>(tx: Sender<T>, wanted: usize) -> Vec<Sender<T>> {
    vec![tx; wanted]
}

/// Polled by hand, and a stream: a receiver and its place to wait in.
pub(crate) type Poller<T> = kind::RecvStream<Receiver<T>, T>;
/// The same, of a receiver that is borrowed.
pub(crate) type Lent<'a, T> = kind::RecvStream<&'a Receiver<T>, T>;

pub(crate) fn poller<T>(rx: Receiver<T>) -> Poller<T> {
    rx.into_stream()
}

pub(crate) fn lent<T>(rx: &mut Receiver<T>) -> Lent<'_, T> {
    rx.stream()
}

/// The receiver in a poller.
pub(crate) fn handle<T>(poller: &mut Poller<T>) -> &Receiver<T> {
    poller.get_ref()
}

kind!(
    local: help, announce, batch, baton, close, extremes, force, forgotten, handles, memory, model, order, panics, permits, poll, program, reentry, rendezvous, repoll, timed, truth,
    crowd, frozen, many, many_program, sharing, told,
    alone
);
