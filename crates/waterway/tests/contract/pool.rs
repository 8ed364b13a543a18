//! The kind `pool`, by value: what lies in its slots is in `tests/pool`. It is bounded, receives one by one, and has no
//! permits: no concerns of these, nor those of numbers that it has not (`handles`, `memory`, `extremes`, `truth`), nor `poll`, whose stream is of values.

/// Code about peeking: nobody can.
macro_rules! peeking {
    ($($code:tt)*) => {};
}

/// A peek, or what is done in its place where nobody can.
macro_rules! peek_or {
    ($peek:expr, $other:expr $(,)?) => {
        $other
    };
}

/// Code that receives several messages at once: nothing does.
macro_rules! gathering {
    ($($code:tt)*) => {};
}

/// What receives several at once, or what is done in its place.
macro_rules! gathering_or {
    ($gathering:expr, $other:expr $(,)?) => {
        $other
    };
}

/// The messages of an iterator of a receiver's, by value: its own gives them in their slots.
macro_rules! values {
    ($rx:ident, iter) => {
        std::iter::from_fn(|| $rx.recv().wait())
    };
    ($rx:ident, try_iter) => {
        std::iter::from_fn(|| $rx.try_recv().ok())
    };
}

slab!();

/// Whether several messages are received at once.
pub(crate) const GATHERS: bool = false;

/// Elements are moved in and out, never made.
#[derive(Debug)]
pub(crate) struct Moved;

impl<T> waterway::pool::Recycle<T> for Moved {
    fn new_element(&self) -> T {
        unreachable!("it is sent by value")
    }

    fn recycle(&self, _: &mut T) {}
}

/// Pools whose elements are moved.
pub(crate) mod kind {
    use super::Moved;
    use waterway::pool;

    pub(crate) type Sender<T> = pool::Sender<T, Moved>;
    pub(crate) type Receiver<T> = pool::Receiver<T, Moved>;
    pub(crate) type SendOp<'a, T> = pool::SendOp<'a, T, Moved>;
    pub(crate) type SendOwnedOp<T> = pool::SendOwnedOp<T, Moved>;
    pub(crate) type RecvOp<'a, T> = pool::RecvOp<'a, T, Moved>;
    pub(crate) type Static<T, const N: usize> = pool::Static<T, N, Moved>;
}

fn on_the_heap<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    waterway::pool::with_recycle(capacity, Moved)
}

fn in_a_static<T, const N: usize>() -> kind::Static<T, N> {
    kind::Static::with_recycle(Moved)
}

concerns!(
    help,
    announce,
    baton,
    close,
    close_races,
    forgotten,
    model,
    order,
    panics,
    program,
    reentry,
    repoll,
    timed
);
