//! The sending handles.

use core::fmt;

use waterway::mpsc;

use super::{SendError, TrySendError};

/// The sending handle of [`channel`](super::channel).
///
/// There can be 2^30 clones of it; one more ends the process.
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(inner: mpsc::Sender<T>) -> Self {
        Self { inner }
    }

    /// Sends a message; never waits.
    ///
    /// # Errors
    /// [`SendError`] with the message if the receiver is gone. `Ok` does not mean that it will be received.
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        send(&self.inner, t)
    }
}

/// The sending handle of [`sync_channel`](super::sync_channel).
///
/// There can be 2^30 clones of it; one more ends the process.
pub struct SyncSender<T> {
    inner: mpsc::Sender<T>,
}

impl<T> SyncSender<T> {
    pub(super) fn new(inner: mpsc::Sender<T>) -> Self {
        Self { inner }
    }

    /// Sends a message, waiting for room; without any room, for the receiver to take it.
    ///
    /// Those who wait are served in order, and are not overtaken.
    ///
    /// # Errors
    /// [`SendError`] with the message if the receiver is gone, or goes while it waits.
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        send(&self.inner, t)
    }

    /// Sends a message if there is room now; without any room, if the receiver waits in a `recv`.
    ///
    /// # Errors
    /// [`TrySendError`] with the message. It is `Full` as well while others wait for room.
    pub fn try_send(&self, t: T) -> Result<(), TrySendError<T>> {
        self.inner.try_send(t).map_err(|error| match error {
            waterway::TrySendError::Full(t) => TrySendError::Full(t),
            waterway::TrySendError::Closed(t) => TrySendError::Disconnected(t),
        })
    }
}

fn send<T>(sender: &mpsc::Sender<T>, t: T) -> Result<(), SendError<T>> {
    sender
        .send(t)
        .wait()
        .map_err(|waterway::SendError(t)| SendError(t))
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}
