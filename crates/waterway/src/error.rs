//! The error family, one for all kinds of channels.
//!
//! - Every error of a send carries the message: nothing is lost by failing.
//! - None needs the message to be `Debug`, to be printed or to be an [`Error`].
//! - The end of a channel has one name everywhere: *closed*. (Other crates call it disconnected.)
//! - [`Closed`], [`Timeout`] and [`Lagged`] carry no message, for callers that want to pass an
//!   error on without the payload: every send error converts into [`Closed`].

use core::error::Error;
use core::fmt;

/// The channel is closed: nothing can be sent any more, or nothing will ever arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Closed;

/// The time was up, or the future that was to end the wait completed, before the operation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timeout;

/// A send was cancelled too late: its message had been taken already and is (or was) delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Delivered;

/// A receiver was too slow and lost this many messages; it goes on at the oldest that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lagged(pub u64);

/// A manager makes no receiver while there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiverConnected;

/// A send failed because the channel is closed; here is the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SendError<T>(pub T);

/// A send that does not wait failed; here is the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrySendError<T> {
    /// There is no room now, or others wait for it already.
    Full(T),
    /// The channel is closed.
    #[doc(alias = "Disconnected")]
    Closed(T),
}

/// A send that waits for a limited time failed; here is the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SendTimeoutError<T> {
    /// The wait was ended before there was room.
    Timeout(T),
    /// The channel is closed.
    #[doc(alias = "Disconnected")]
    Closed(T),
}

/// A receive that does not wait found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TryRecvError {
    /// No message is there now.
    Empty,
    /// No message will ever come.
    #[doc(alias = "Disconnected")]
    Closed,
}

/// A receive that waits for a limited time found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecvTimeoutError {
    /// The wait was ended before a message came.
    Timeout,
    /// No message will ever come.
    #[doc(alias = "Disconnected")]
    Closed,
}

impl<T> SendError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The same error with another message, such as the one for which there was no permit.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> SendError<U> {
        SendError(f(self.0))
    }
}

impl<T> TrySendError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// The same error with another message, such as the one for which there was no permit.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> TrySendError<U> {
        match self {
            Self::Full(message) => TrySendError::Full(f(message)),
            Self::Closed(message) => TrySendError::Closed(f(message)),
        }
    }

    /// Whether there was no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the channel is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }

    /// The same error with another message, such as the one for which there was no permit.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> SendTimeoutError<U> {
        match self {
            Self::Timeout(message) => SendTimeoutError::Timeout(f(message)),
            Self::Closed(message) => SendTimeoutError::Closed(f(message)),
        }
    }

    /// Whether the wait was ended before there was room.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// Whether the channel is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl TryRecvError {
    /// Whether nothing was there, but something may still come.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether nothing will ever come.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl RecvTimeoutError {
    /// Whether the wait was ended before a message came.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Whether nothing will ever come.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(SendError(message): SendError<T>) -> Self {
        Self::Closed(message)
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(SendError(message): SendError<T>) -> Self {
        Self::Closed(message)
    }
}

impl<T> From<SendError<T>> for Closed {
    fn from(_: SendError<T>) -> Self {
        Self
    }
}

impl From<Closed> for TryRecvError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Closed> for RecvTimeoutError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Timeout> for RecvTimeoutError {
    fn from(_: Timeout) -> Self {
        Self::Timeout
    }
}

const CLOSED: &str = "the channel is closed";
const FULL: &str = "the channel is full";
const EMPTY: &str = "the channel is empty";
const TIMEOUT: &str = "timed out waiting on the channel";

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CLOSED)
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(TIMEOUT)
    }
}

impl fmt::Display for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("the message was delivered before the send was cancelled")
    }
}

impl fmt::Display for ReceiverConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("the channel has a receiver already")
    }
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the receiver lagged and lost {} messages", self.0)
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CLOSED)
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_full() { FULL } else { CLOSED })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_timeout() { TIMEOUT } else { CLOSED })
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_empty() { EMPTY } else { CLOSED })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_timeout() { TIMEOUT } else { CLOSED })
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() {
            "Full(..)"
        } else {
            "Closed(..)"
        })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() {
            "Timeout(..)"
        } else {
            "Closed(..)"
        })
    }
}

impl Error for Closed {}
impl Error for Timeout {}
impl Error for Delivered {}
impl Error for Lagged {}
impl Error for ReceiverConnected {}
impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
