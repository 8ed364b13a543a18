//! What goes wrong: the errors of `oneshot`.

use ::std::error::Error;
use ::std::fmt;

/// The sender went without sending, or the channel was closed.
#[derive(Debug, Eq, PartialEq, Clone)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl Error for RecvError {}

const CLOSED: &str = "channel closed";

/// There was no value at once.
#[derive(Debug, Eq, PartialEq, Clone)]
pub enum TryRecvError {
    /// It was not sent yet.
    Empty,
    /// It was received, or never will be.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "channel empty",
            Self::Closed => CLOSED,
        })
    }
}

impl Error for TryRecvError {}
