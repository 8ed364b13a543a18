//! What fails, and who closed.

use lock_api::RawMutex;
use waterway::{SendError, TryRecvError, TrySendError as Refused};

use super::guarded::Guarded;

/// A send failed, because the channel is closed: with its message.
#[derive(PartialEq, Debug)]
pub struct ChannelSendError<T>(pub T);

impl<T> From<SendError<T>> for ChannelSendError<T> {
    fn from(error: SendError<T>) -> Self {
        Self(error.0)
    }
}

impl<T> ChannelSendError<T> {
    pub(super) fn unguarded<MutexType: RawMutex>(error: SendError<Guarded<MutexType, T>>) -> Self {
        Self(error.0.into_inner())
    }
}

/// Why a receive that does not wait came to nothing.
#[derive(PartialEq, Debug, Copy, Clone)]
pub enum TryReceiveError {
    /// There is no message now.
    Empty,
    /// There is none, and will be none.
    Closed,
}

impl TryReceiveError {
    /// Whether there is no message now.
    pub fn is_empty(self) -> bool {
        self == Self::Empty
    }

    /// Whether the channel is closed.
    pub fn is_closed(self) -> bool {
        self == Self::Closed
    }
}

impl From<TryRecvError> for TryReceiveError {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Self::Empty,
            TryRecvError::Closed => Self::Closed,
        }
    }
}

/// Why a send that does not wait failed, with its message.
#[derive(PartialEq, Debug)]
pub enum TrySendError<T> {
    /// There is no room, or others wait for it.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> TrySendError<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// Whether there is no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the channel is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> From<Refused<T>> for TrySendError<T> {
    fn from(refused: Refused<T>) -> Self {
        match refused {
            Refused::Full(message) => Self::Full(message),
            Refused::Closed(message) => Self::Closed(message),
        }
    }
}

/// What a `close` has done.
#[derive(Debug, Clone, Copy, Eq, PartialEq, Hash)]
pub enum CloseStatus {
    /// It has closed the channel.
    NewlyClosed,
    /// The channel was closed already.
    AlreadyClosed,
}

impl CloseStatus {
    /// Whether this one has closed the channel.
    pub fn is_newly_closed(self) -> bool {
        self == Self::NewlyClosed
    }

    /// Whether the channel was closed already.
    pub fn is_already_closed(self) -> bool {
        self == Self::AlreadyClosed
    }

    pub(super) fn of(closed: bool) -> Self {
        if closed {
            Self::NewlyClosed
        } else {
            Self::AlreadyClosed
        }
    }
}
