//! The bytes of messages. Knows nothing of wakers and handles.
//!
//! - [`words`]: the state words of a channel's two ends and the arithmetic of positions.
//! - [`ring`]: stamped slots for a bounded channel.
//! - [`segments`]: linked segments for an unbounded one.

pub(crate) mod ring;
pub(crate) mod segments;
pub(crate) mod words;

/// How a stamp is written: with what barrier between it and the look at who waits that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// By a store.
    Plain,
    /// By a SeqCst swap.
    Fenced,
}
