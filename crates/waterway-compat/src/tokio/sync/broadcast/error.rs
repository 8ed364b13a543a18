//! What goes wrong: the errors of `broadcast`.

use ::std::error::Error;
use ::std::fmt;

/// There is no receiver; the message is in it.
#[derive(Debug)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T: fmt::Debug> Error for SendError<T> {}

const CLOSED: &str = "channel closed";

/// There is no message, but that.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum RecvError {
    /// All senders are gone, and everything was received.
    Closed,
    /// So many messages were lost: the receiver was too slow for them. It goes on with the oldest that is kept.
    Lagged(u64),
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str(CLOSED),
            Self::Lagged(lost) => write_lag(f, *lost),
        }
    }
}

impl Error for RecvError {}

/// There is no message at once, but that.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum TryRecvError {
    /// There is none now.
    Empty,
    /// All senders are gone, and everything was received.
    Closed,
    /// So many messages were lost: the receiver was too slow for them. It goes on with the oldest that is kept.
    Lagged(u64),
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("channel empty"),
            Self::Closed => f.write_str(CLOSED),
            Self::Lagged(lost) => write_lag(f, *lost),
        }
    }
}

impl Error for TryRecvError {}

fn write_lag(f: &mut fmt::Formatter<'_>, lost: u64) -> fmt::Result {
    write!(f, "channel lagged by {lost}")
}
