//! What goes wrong in a channel. None of the errors asks anything of the message.

use core::fmt;

/// Why [`Sender::try_send`](super::Sender::try_send), [`Sender::try_send_ref`](super::Sender::try_send_ref) and their
/// likes failed.
#[non_exhaustive]
#[derive(PartialEq, Eq)]
pub enum TrySendError<T = ()> {
    /// There is no free slot.
    Full(T),
    /// The receiver is gone.
    Closed(T),
}

/// Why a send with a timeout failed.
#[cfg(feature = "std")]
#[non_exhaustive]
#[derive(PartialEq, Eq)]
pub enum SendTimeoutError<T = ()> {
    /// There was no free slot in time.
    Timeout(T),
    /// The receiver is gone.
    Closed(T),
}

/// A send failed because the receiver is gone.
#[derive(PartialEq, Eq)]
pub struct Closed<T = ()>(pub(in super::super) T);

/// Why [`Receiver::try_recv`](super::Receiver::try_recv), [`Receiver::try_recv_ref`](super::Receiver::try_recv_ref) and
/// their likes failed.
#[non_exhaustive]
#[derive(Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// No message is there.
    Empty,
    /// Nor will one come: all senders are gone.
    Closed,
}

/// Why a receive with a timeout failed.
#[cfg(feature = "std")]
#[non_exhaustive]
#[derive(Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// No message came in time.
    Timeout,
    /// Nor will one come: all senders are gone.
    Closed,
}

impl<T> Closed<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T> core::error::Error for Closed<T> {}

impl<T> TrySendError<T> {
    pub(in super::super) fn of(error: waterway::TrySendError<T>) -> Self {
        match error {
            waterway::TrySendError::Full(message) => Self::Full(message),
            waterway::TrySendError::Closed(message) => Self::Closed(message),
        }
    }

    pub(in super::super) fn map<U>(self, f: impl FnOnce(T) -> U) -> TrySendError<U> {
        match self {
            Self::Full(message) => TrySendError::Full(f(message)),
            Self::Closed(message) => TrySendError::Closed(f(message)),
        }
    }

    /// Whether there was no free slot.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "TrySendError::Full(..)",
            Self::Closed(_) => "TrySendError::Closed(..)",
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "no available capacity",
            Self::Closed(_) => "channel closed",
        })
    }
}

impl<T> core::error::Error for TrySendError<T> {}

#[cfg(feature = "std")]
impl<T> SendTimeoutError<T> {
    pub(in super::super) fn of(error: waterway::SendTimeoutError<T>) -> Self {
        match error {
            waterway::SendTimeoutError::Timeout(message) => Self::Timeout(message),
            waterway::SendTimeoutError::Closed(message) => Self::Closed(message),
        }
    }

    pub(in super::super) fn map<U>(self, f: impl FnOnce(T) -> U) -> SendTimeoutError<U> {
        match self {
            Self::Timeout(message) => SendTimeoutError::Timeout(f(message)),
            Self::Closed(message) => SendTimeoutError::Closed(f(message)),
        }
    }

    /// Whether there was no free slot in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }
}

#[cfg(feature = "std")]
impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "SendTimeoutError::Timeout(..)",
            Self::Closed(_) => "SendTimeoutError::Closed(..)",
        })
    }
}

#[cfg(feature = "std")]
impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "timed out waiting for channel capacity",
            Self::Closed(_) => "channel closed",
        })
    }
}

#[cfg(feature = "std")]
impl<T> core::error::Error for SendTimeoutError<T> {}

impl TryRecvError {
    pub(in super::super) fn of(error: waterway::TryRecvError) -> Self {
        match error {
            waterway::TryRecvError::Empty => Self::Empty,
            waterway::TryRecvError::Closed => Self::Closed,
        }
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "channel is empty",
            Self::Closed => "channel closed",
        })
    }
}

impl core::error::Error for TryRecvError {}

#[cfg(feature = "std")]
impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "timed out waiting on channel",
            Self::Closed => "channel closed",
        })
    }
}

#[cfg(feature = "std")]
impl core::error::Error for RecvTimeoutError {}
