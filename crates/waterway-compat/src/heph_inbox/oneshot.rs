//! One value, once; and the memory again for the next, by [`Receiver::try_reset`].
//!
//! Replace `use heph_inbox::oneshot` by `use waterway_compat::heph_inbox::oneshot`: it is [`waterway::oneshot`].
//!
//! # Examples
//!
//! ```
//! use waterway_compat::heph_inbox::oneshot::{RecvError, new_oneshot};
//!
//! let (sender, mut receiver) = new_oneshot();
//! assert_eq!(receiver.try_recv(), Err(RecvError::NoValue));
//! sender.try_send("an answer").unwrap();
//! assert_eq!(receiver.try_recv(), Ok("an answer"));
//!
//! // The next question, in the same memory.
//! let sender = receiver.try_reset().expect("it has sent");
//! drop(sender);
//! assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
//! ```

use ::std::fmt;
use ::std::future::Future;
use ::std::pin::Pin;
use ::std::task::{Context, Poll, Waker};

use waterway::{TryRecvError, oneshot};

/// A channel for one value, in one allocation.
pub fn new_oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    (Sender(sender), Receiver(receiver))
}

/// The sending handle: it sends once.
pub struct Sender<T>(oneshot::Sender<T>);

impl<T> Sender<T> {
    /// Sends the value. Never waits; that it was sent does not mean that it will be received.
    ///
    /// # Errors
    /// The value, if the receiver is gone.
    pub fn try_send(self, value: T) -> Result<(), T> {
        self.0.send(value).map_err(|error| error.0)
    }

    /// Whether the receiver is there.
    pub fn is_connected(&self) -> bool {
        !self.0.is_closed()
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &Receiver<T>) -> bool {
        self.0.sends_to(&receiver.0)
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// Why [`Receiver::try_recv`] came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum RecvError {
    /// There is no value, but there is a sender.
    NoValue,
    /// There is no value, and will be none.
    Disconnected,
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoValue => "no value available",
            Self::Disconnected => "sender disconnected",
        })
    }
}

/// The receiving handle.
pub struct Receiver<T>(oneshot::Receiver<T>);

impl<T> Receiver<T> {
    /// Receives the value if it is there.
    ///
    /// # Errors
    /// [`RecvError`]: disconnected also once the value was received.
    pub fn try_recv(&mut self) -> Result<T, RecvError> {
        self.0.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvError::NoValue,
            TryRecvError::Closed => RecvError::Disconnected,
        })
    }

    /// A future that receives the value, waiting for it; `None` if the sender went without sending.
    pub fn recv(&mut self) -> RecvValue<'_, T> {
        RecvValue { receiver: self }
    }

    /// [`recv`](Self::recv) by a future that owns the receiver.
    pub fn recv_once(self) -> RecvOnce<T> {
        RecvOnce { receiver: self }
    }

    /// A new sender for this receiver, in the same memory; `None` while the last one is there. A value that was not received
    /// is dropped.
    pub fn try_reset(&mut self) -> Option<Sender<T>> {
        self.0.try_reset().map(Sender)
    }

    /// Whether the sender is there.
    pub fn is_connected(&self) -> bool {
        !self.0.is_closed()
    }

    /// Has this waker woken once, by the value or the end, without a look at what is there. Says whether it is a change: not
    /// if that waker was to be woken already, nor if the sender is gone, who would wake it.
    pub fn register_waker(&mut self, waker: &Waker) -> bool {
        self.0.register_waker(waker)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(context).map(Result::ok)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

/// The future of [`Receiver::recv`]: `None` if it is polled after it was ready.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvValue<'r, T> {
    receiver: &'r mut Receiver<T>,
}

impl<T> Future for RecvValue<'_, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().receiver.poll(context)
    }
}

/// The future of [`Receiver::recv_once`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvOnce<T> {
    receiver: Receiver<T>,
}

impl<T> Future for RecvOnce<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().receiver.poll(context)
    }
}
