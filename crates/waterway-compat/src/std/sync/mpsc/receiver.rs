//! The receiving handle.

use core::cell::RefCell;
use core::fmt;
use core::panic::RefUnwindSafe;
use core::time::Duration;

use waterway::mpsc;

use super::{Iter, RecvError, RecvTimeoutError, TryIter, TryRecvError};

/// The receiving handle of both kinds of channel. It is not cloned, and not shared by threads.
///
/// When it is dropped every message in the channel is dropped at once, and senders that wait get theirs back.
pub struct Receiver<T> {
    /// It is used by `&self`, by one thread; nothing of a caller's runs while it is borrowed.
    inner: RefCell<mpsc::Receiver<T>>,
}

impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn new(inner: mpsc::Receiver<T>) -> Self {
        Self {
            inner: RefCell::new(inner),
        }
    }

    /// Receives a message if there is one now; from a sender that waits if the channel has no room.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`]; [`TryRecvError::Disconnected`] once all senders are gone and everything was received.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let message = self.inner.borrow_mut().try_recv();
        message.map_err(|error| match error {
            waterway::TryRecvError::Empty => TryRecvError::Empty,
            waterway::TryRecvError::Closed => TryRecvError::Disconnected,
        })
    }

    /// Receives the next message, waiting for one.
    ///
    /// # Errors
    /// [`RecvError`] once all senders are gone and everything was received.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.inner.borrow_mut().recv().wait().ok_or(RecvError)
    }

    /// Receives the next message, waiting for one so long. A duration too long to be a point in time is for ever.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`], or `Disconnected` as for [`recv`](Self::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let message = self.inner.borrow_mut().recv().wait_timeout(timeout);
        message.map_err(|error| match error {
            waterway::RecvTimeoutError::Timeout => RecvTimeoutError::Timeout,
            waterway::RecvTimeoutError::Closed => RecvTimeoutError::Disconnected,
        })
    }

    /// An iterator that waits for each message and ends with the channel.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on later.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
