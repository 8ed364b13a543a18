//! Replace `use tokio::sync::oneshot` by `use waterway_compat::tokio::sync::oneshot`.
//!
//! One value, once; the receiver is a future.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::tokio::sync::oneshot;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let (ask, answer) = oneshot::channel();
//!     tokio::spawn(async move {
//!         // Who asked may have gone away meanwhile.
//!         let _ = ask.send(6 * 7);
//!     });
//!     assert_eq!(answer.await, Ok(42));
//!
//!     let (ask, answer) = oneshot::channel::<u8>();
//!     drop(ask);
//!     assert!(answer.await.is_err());
//! }
//! ```

pub mod error;

use ::std::future::Future;
use ::std::pin::Pin;
use ::std::task::{Context, Poll, ready};

use self::error::{RecvError, TryRecvError};
use super::blocking;

/// A channel for one value.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = waterway::oneshot::channel();
    (Sender { inner: sender }, Receiver { inner: receiver })
}

/// The sending handle, which is used up by the send.
#[derive(Debug)]
pub struct Sender<T> {
    inner: waterway::oneshot::Sender<T>,
}

impl<T> Sender<T> {
    /// Sends the value. That it was sent does not mean that it is received.
    ///
    /// # Errors
    /// The value, if the receiver is gone or has closed the channel.
    pub fn send(self, t: T) -> Result<(), T> {
        self.inner.send(t).map_err(|unsent| unsent.0)
    }

    /// Waits until the receiver is gone or has closed the channel.
    pub async fn closed(&mut self) {
        self.inner.closed().await;
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Polls as [`closed`](Self::closed) waits. The latest waker is kept.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.inner.poll_closed(cx)
    }
}

/// The receiving handle: a future of the value.
///
/// As `&mut Receiver` it can be given up and awaited again.
///
/// # Panics
/// If it is polled after it was ready, or after [`try_recv`](Self::try_recv) gave the value or the end.
#[derive(Debug)]
pub struct Receiver<T> {
    inner: waterway::oneshot::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Closes the channel: nothing can be sent from now on. A value that was sent is still received.
    pub fn close(&mut self) {
        self.inner.close();
    }

    /// Whether this receiver has given the value, or the end: then it must not be polled.
    pub fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }

    /// Whether there is no value to be received now.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    /// `Empty`, or `Closed` if there will be none, or it was received.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.inner.try_recv().map_err(|error| match error {
            waterway::TryRecvError::Empty => TryRecvError::Empty,
            waterway::TryRecvError::Closed => TryRecvError::Closed,
        })
    }

    /// Receives the value in a thread.
    ///
    /// # Errors
    /// If there will be none.
    ///
    /// # Panics
    /// In a thread that drives a runtime.
    #[track_caller]
    #[doc(alias = "recv_blocking")]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        blocking::assert_allowed();
        self.assert_not_terminated();
        self.inner.wait().map_err(|_| RecvError(()))
    }

    #[track_caller]
    fn assert_not_terminated(&self) {
        assert!(!self.is_terminated(), "called after complete");
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.assert_not_terminated();
        let received = ready!(Pin::new(&mut self.inner).poll(cx));
        Poll::Ready(received.map_err(|_| RecvError(())))
    }
}
