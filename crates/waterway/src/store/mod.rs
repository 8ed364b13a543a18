//! The bytes of messages. Knows nothing of wakers and handles.
//!
//! - [`words`]: the state words of a channel's two ends and the arithmetic of positions.
//! - [`ring`]: stamped slots for a bounded channel.
//! - [`segments`]: linked segments for an unbounded one.

pub(crate) mod ring;
pub(crate) mod segments;
pub(crate) mod words;

/// What the one who publishes a message finds on the stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// The message is there.
    Quietly,
    /// The message is there, and the receiving side announced that it waits for just this one.
    Wanted,
    /// The receiving side is gone and will not come for it: the message is still the publisher's.
    Abandoned,
}
