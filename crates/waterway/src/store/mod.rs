//! The bytes of messages. Knows nothing of wakers and handles.
//!
//! - [`words`]: the state words of a channel's two ends and the arithmetic of positions.
//! - [`ring`]: stamped slots for a bounded channel.
//! - [`lane`]: bare slots for a bounded channel with one sender and one receiver.
//! - [`segments`]: linked segments for an unbounded one.
//! - `counted`: one value with a count of who refers to it.

#[cfg(feature = "alloc")]
pub(crate) mod counted;
pub(crate) mod lane;
pub(crate) mod memory;
pub(crate) mod ring;
pub(crate) mod segments;
pub(crate) mod words;
