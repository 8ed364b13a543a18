//! The kind `inbox`. Of verbs of several messages it has `recv_many` and `drain`.

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

pub(crate) use waterway::inbox as kind;

slab!();

/// Whether several messages are received at once.
pub(crate) const GATHERS: bool = true;

/// The largest capacity.
pub(crate) const MOST: usize = kind::MAX_CAP;

fn on_the_heap<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    kind::bounded(capacity)
}

fn in_a_static<T, const N: usize>() -> kind::Static<T, N> {
    kind::Static::new()
}

pub(crate) struct Managed<const N: usize>;

impl<const N: usize> Form for Managed<N> {
    const NAME: &'static str = "managed";
    const CAPACITY: Option<usize> = Some(N);
    fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
        crate::managed::second_life(kind::managed(N))
    }
}

concerns!(
    help,
    announce,
    baton,
    close,
    close_races,
    extremes,
    forgotten,
    handles,
    memory,
    model,
    order,
    panics,
    poll,
    program,
    reentry,
    repoll,
    timed,
    truth
);
