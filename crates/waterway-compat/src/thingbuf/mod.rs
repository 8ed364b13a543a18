//! Replace `use thingbuf` by `use waterway_compat::thingbuf`.
//!
//! The channels and queues of [`thingbuf`](https://docs.rs/thingbuf/0.1.6) 0.1.6, over [`waterway::pool`]: slots that are
//! written and read in place, and used again.
//!
//! | | waits in tasks | waits in threads | does not wait |
//! |---|---|---|---|
//! | on the heap | [`mpsc::channel`] | [`mpsc::blocking::channel`] | [`ThingBuf`] |
//! | without an allocation | [`mpsc::StaticChannel`] | [`mpsc::blocking::StaticChannel`] | [`StaticThingBuf`] |
//!
//! The left column needs no more than `alloc`, or nothing; that for threads needs `std`.
//!
//! # What is otherwise
//!
//! A slot that somebody writes holds up nobody: messages are received in the order in which they were *finished*. The
//! slot that was let go last is used next, so that no more elements are made than are in use at a time. A channel's
//! messages go with its receiver. The rest stands in `docs/compat.md`.
//!
//! # Examples
//! ```
//! use std::fmt::Write;
//! use waterway_compat::thingbuf::mpsc::blocking::channel;
//!
//! let (sender, receiver) = channel::<String>(4);
//! let worker = std::thread::spawn(move || {
//!     for number in 1..=3 {
//!         let mut line = sender.send_ref().unwrap();
//!         write!(line, "line {number}").unwrap();
//!     }
//! });
//! let lines: Vec<String> = receiver.into_iter().map(|line| line.to_string()).collect();
//! assert_eq!(lines, ["line 1", "line 2", "line 3"]);
//! worker.join().unwrap();
//! ```

mod ends;
mod fixed;
mod guard;
pub mod mpsc;
#[cfg(feature = "alloc")]
mod queue;

use core::fmt;

pub use self::fixed::StaticThingBuf;
#[cfg(feature = "alloc")]
pub use self::queue::ThingBuf;
pub use self::recycling::Recycle;

/// How elements are made, and recycled.
pub mod recycling {
    pub use waterway::pool::{DefaultRecycle, Recycle, WithCapacity};
}

/// The greatest capacity: less than the original's, which no memory has room for.
pub const MAX_CAPACITY: usize = waterway::pool::MAX_CAPACITY;

/// An entry of a [`ThingBuf`] or a [`StaticThingBuf`], pushed or popped: the element in its slot.
///
/// When it is dropped one that was pushed is in the queue, and one that was popped leaves its slot free. It is the
/// element, by `Deref` and `DerefMut`; it is shown as that, and where that is a [`fmt::Write`] so is this.
pub type Ref<'slot, T> = guard::Guard<guard::Entry<'slot, T>>;

/// A push failed because there is no free slot.
#[derive(PartialEq, Eq)]
pub struct Full<T = ()>(T);

impl<T> Full<T> {
    /// What was not pushed.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(..)")
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("queue at capacity")
    }
}

impl<T> core::error::Error for Full<T> {}
