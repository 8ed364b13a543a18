//! What fails.

use ::std::error::Error;
use ::std::fmt;

use waterway::{TryRecvError, TrySendError};

/// Why [`Sender::try_send`](super::Sender::try_send) failed, with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError<T> {
    /// There is no room, or others wait for it.
    Full(T),
    /// The receiver is gone, and the manager if there was one.
    Disconnected(T),
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Full(_) => "channel is full",
            Self::Disconnected(_) => "receiver is disconnected",
        })
    }
}

impl<T: fmt::Debug> Error for SendError<T> {}

impl<T> From<TrySendError<T>> for SendError<T> {
    fn from(error: TrySendError<T>) -> Self {
        match error {
            TrySendError::Full(value) => Self::Full(value),
            TrySendError::Closed(value) => Self::Disconnected(value),
        }
    }
}

/// Why [`Receiver::try_recv`](super::Receiver::try_recv) or [`try_peek`](super::Receiver::try_peek) came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// There is no message now.
    Empty,
    /// There is none, and all senders are gone.
    Disconnected,
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Empty => "channel is empty",
            Self::Disconnected => "all senders are disconnected",
        })
    }
}

impl Error for RecvError {}

impl From<TryRecvError> for RecvError {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Self::Empty,
            TryRecvError::Closed => Self::Disconnected,
        }
    }
}

/// A manager makes no receiver while there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverConnected;

impl fmt::Display for ReceiverConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("receiver already connected")
    }
}

impl Error for ReceiverConnected {}

impl From<waterway::ReceiverConnected> for ReceiverConnected {
    fn from(_: waterway::ReceiverConnected) -> Self {
        Self
    }
}
