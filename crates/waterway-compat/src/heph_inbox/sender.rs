//! The sending handle, and what waits by it.

use ::std::fmt;
use ::std::future::Future;
use ::std::pin::Pin;
use ::std::task::{Context, Poll, ready};

use waterway::inbox;

use super::{Id, Receiver, SendError, Standing};

/// The sending handle: clone it for each sender.
///
/// When the last one is dropped the receiver still gets all that was sent, and then the end.
pub struct Sender<T>(pub(super) inbox::Sender<T>);

impl<T> Sender<T> {
    /// Sends a message if there is room now.
    ///
    /// Full also while others wait for room: they are not overtaken.
    ///
    /// # Errors
    /// [`SendError`] with the message.
    pub fn try_send(&self, value: T) -> Result<(), SendError<T>> {
        self.0.try_send(value).map_err(SendError::from)
    }

    /// A future that sends a message, waiting for room; the message comes back as the error if nobody can receive it any more.
    pub fn send(&self, value: T) -> SendValue<'_, T> {
        SendValue {
            sender: self,
            value: Some(value),
            waiting: None,
        }
    }

    /// A future that waits until the receiver is gone, and the manager if there was one.
    pub fn join(&self) -> Join<'_, T> {
        Join {
            sender: self,
            waiting: None,
        }
    }

    /// The bound of the channel.
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Whether the receiver or the manager is there.
    pub fn is_connected(&self) -> bool {
        !self.0.is_closed()
    }

    /// Whether the manager is there.
    pub fn has_manager(&self) -> bool {
        self.0.has_manager()
    }

    /// Whether both send to one channel.
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.0.same_channel(&other.0)
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &Receiver<T>) -> bool {
        self.0.sends_to(&receiver.0)
    }

    /// What tells the channel from others.
    pub fn id(&self) -> Id {
        Id(self.0.id())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = Standing {
            senders: self.0.sender_count(),
            receiver: self.0.receiver_count() > 0,
            manager: self.0.has_manager(),
            capacity: self.0.capacity(),
            len: self.0.len(),
        };
        standing.of("Sender", f)
    }
}

/// The future of [`Sender::send`].
///
/// It allocates if it has to wait, not before: a waiting operation has a place of its own in memory, and this may be moved.
///
/// # Panics
/// If it is polled after it was ready.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendValue<'s, T> {
    sender: &'s Sender<T>,
    /// The message, until it is sent or waits.
    value: Option<T>,
    waiting: Option<Pin<Box<inbox::SendOp<'s, T>>>>,
}

/// The message in it is never pinned.
impl<T> Unpin for SendValue<'_, T> {}

impl<T> Future for SendValue<'_, T> {
    type Output = Result<(), T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(value) = this.value.take() {
            match this.sender.try_send(value) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(SendError::Disconnected(value)) => return Poll::Ready(Err(value)),
                Err(SendError::Full(value)) => {
                    this.waiting = Some(Box::pin(this.sender.0.send(value)));
                }
            }
        }
        let waiting = this.waiting.as_mut();
        let waiting = waiting.expect("SendValue polled after completion");
        let sent = ready!(waiting.as_mut().poll(context));
        this.waiting = None;
        Poll::Ready(sent.map_err(|error| error.0))
    }
}

/// The future of [`Sender::join`].
///
/// It allocates if it has to wait, as [`SendValue`] does, and may be polled again when it was ready.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Join<'s, T> {
    sender: &'s Sender<T>,
    waiting: Option<Pin<Box<inbox::ClosedOp<'s, T>>>>,
}

impl<T> Future for Join<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.sender.is_connected() {
            let sender = &this.sender.0;
            let waiting = this
                .waiting
                .get_or_insert_with(|| Box::pin(sender.closed()));
            ready!(waiting.as_mut().poll(context));
        }
        this.waiting = None;
        Poll::Ready(())
    }
}
