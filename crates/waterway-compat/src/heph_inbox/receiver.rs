//! The receiving handle, and what waits by it.

use ::std::fmt;
use ::std::future::Future;
use ::std::pin::Pin;
use ::std::task::{Context, Poll, Waker};

use waterway::inbox;

use super::{Id, RecvError, Sender, Standing};

/// The receiving handle.
///
/// When it is dropped every message in the channel is dropped at once and all who wait are told; with a
/// [`Manager`](super::Manager) all of that stays for the next receiver.
pub struct Receiver<T>(pub(super) inbox::Receiver<T>);

impl<T> Receiver<T> {
    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`RecvError`]: disconnected only after the last message.
    pub fn try_recv(&mut self) -> Result<T, RecvError> {
        self.0.try_recv().map_err(RecvError::from)
    }

    /// A future that receives the next message, waiting for one; `None` when all senders are gone.
    ///
    /// Dropped before it was ready it has taken nothing.
    pub fn recv(&mut self) -> RecvValue<'_, T> {
        RecvValue { receiver: self }
    }

    /// Looks at the next message if there is one now. The next receive gets it, whatever is sent meanwhile.
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_peek(&mut self) -> Result<&T, RecvError> {
        self.0.try_peek().map_err(RecvError::from)
    }

    /// A future that looks at the next message, waiting for one; `None` when all senders are gone.
    pub fn peek(&mut self) -> PeekValue<'_, T> {
        PeekValue {
            receiver: Some(self),
        }
    }

    /// Another sender; a channel whose senders were all dropped is connected again by it.
    pub fn new_sender(&self) -> Sender<T> {
        Sender(self.0.new_sender())
    }

    /// The bound of the channel.
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Whether there is a sender: there may be one again later.
    pub fn is_connected(&self) -> bool {
        self.0.sender_count() > 0
    }

    /// Whether the manager is there.
    pub fn has_manager(&self) -> bool {
        self.0.has_manager()
    }

    /// Has this waker woken once, by the next message or the end, without a look at what is there. Says whether it is a
    /// change: whether that waker was not to be woken already.
    pub fn register_waker(&mut self, waker: &Waker) -> bool {
        self.0.register_waker(waker)
    }

    /// What tells the channel from others.
    pub fn id(&self) -> Id {
        Id(self.0.id())
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = Standing {
            senders: self.0.sender_count(),
            receiver: true,
            manager: self.0.has_manager(),
            capacity: self.0.capacity(),
            len: self.0.len(),
        };
        standing.of("Receiver", f)
    }
}

/// The future of [`Receiver::recv`]: polled again when it was ready it receives the next message.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvValue<'r, T> {
    receiver: &'r mut Receiver<T>,
}

impl<T> Future for RecvValue<'_, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().receiver.0.poll_recv(context)
    }
}

/// The future of [`Receiver::peek`].
///
/// # Panics
/// If it is polled after it gave a message: it lent its receiver to that.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct PeekValue<'r, T> {
    /// Given away with what is seen.
    receiver: Option<&'r mut Receiver<T>>,
}

impl<'r, T> Future for PeekValue<'r, T> {
    type Output = Option<&'r T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<&'r T>> {
        let lent = &mut self.get_mut().receiver;
        let receiver = lent.as_mut().expect("PeekValue polled after completion");
        let mut seen = receiver.try_peek().map(drop);
        if seen == Err(RecvError::Empty) {
            receiver.register_waker(context.waker());
            // What came meanwhile has not woken it.
            seen = receiver.try_peek().map(drop);
        }
        match seen {
            Ok(()) => Poll::Ready(lent.take().and_then(|receiver| receiver.try_peek().ok())),
            Err(RecvError::Empty) => Poll::Pending,
            Err(RecvError::Disconnected) => Poll::Ready(None),
        }
    }
}
