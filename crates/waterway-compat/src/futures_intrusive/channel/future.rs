//! What waits.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
use waterway::mpmc::Mpmc;
use waterway::shared::{RecvRefOp, SendRefOp};

use super::ChannelSendError;
use super::oneshot_broadcast::ValueFuture;

/// Polls what is not over.
///
/// # Panics
/// If it is.
pub(super) fn poll_unless_over<F: FusedFuture>(
    future: Pin<&mut F>,
    context: &mut Context<'_>,
    name: &str,
) -> Poll<F::Output> {
    assert!(!future.is_terminated(), "polled {name} after completion");
    future.poll(context)
}

pin_project! {
    /// The future of [`GenericChannel::send`](super::GenericChannel::send).
    ///
    /// # Panics
    /// If it is polled after it was ready, or cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelSendFuture<'a, MutexType, T>
    where
        MutexType: RawMutex,
        MutexType: 'static,
    {
        #[pin]
        op: SendRefOp<'a, T, Mpmc<MutexType>>,
    }
}

impl<'a, MutexType: RawMutex, T> ChannelSendFuture<'a, MutexType, T> {
    pub(super) fn new(op: SendRefOp<'a, T, Mpmc<MutexType>>) -> Self {
        Self { op }
    }

    /// Ends the send and gives the message back, unless that was delivered. It is over then.
    ///
    /// Who has it pinned ends it by [`cancel_pinned`](Self::cancel_pinned).
    pub fn cancel(&mut self) -> Option<T> {
        if self.op.is_terminated() {
            return None;
        }
        self.op.cancel_unpinned().ok()
    }

    /// [`cancel`](Self::cancel) of one that is pinned, which the original has not.
    pub fn cancel_pinned(self: Pin<&mut Self>) -> Option<T> {
        if self.op.is_terminated() {
            return None;
        }
        self.project().op.cancel().ok()
    }
}

impl<MutexType: RawMutex, T> Future for ChannelSendFuture<'_, MutexType, T> {
    type Output = Result<(), ChannelSendError<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let sent = poll_unless_over(self.project().op, context, "ChannelSendFuture");
        sent.map_err(ChannelSendError::from)
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ChannelSendFuture<'_, MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.op.is_terminated()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for ChannelSendFuture<'_, MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSendFuture").finish()
    }
}

pin_project! {
    /// The future of [`GenericChannel::receive`](super::GenericChannel::receive), and of the `receive` of oneshots.
    ///
    /// Dropped, it has taken nothing; if it was woken another is woken in its place.
    ///
    /// # Panics
    /// If it is polled after it was ready.
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelReceiveFuture<'a, MutexType, T>
    where
        MutexType: RawMutex,
        MutexType: 'static,
    {
        #[pin]
        from: Receiving<RecvRefOp<'a, T, Mpmc<MutexType>>, ValueFuture<'a, MutexType, T>>,
    }
}

impl<'a, MutexType: RawMutex, T> ChannelReceiveFuture<'a, MutexType, T> {
    pub(super) fn new(op: RecvRefOp<'a, T, Mpmc<MutexType>>) -> Self {
        let from = Receiving::Message { future: op };
        Self { from }
    }

    pub(super) fn of_value(future: ValueFuture<'a, MutexType, T>) -> Self {
        let from = Receiving::Value { future };
        Self { from }
    }
}

impl<MutexType: RawMutex, T> Future for ChannelReceiveFuture<'_, MutexType, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        poll_unless_over(self.project().from, context, "ChannelReceiveFuture")
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ChannelReceiveFuture<'_, MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.from.is_terminated()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for ChannelReceiveFuture<'_, MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelReceiveFuture").finish()
    }
}

pin_project! {
    /// One type of future receives messages, and the value that is for all.
    #[project = ReceivingProjection]
    pub(super) enum Receiving<F, V> {
        Message { #[pin] future: F },
        Value { #[pin] future: V },
    }
}

impl<F: Future, V: Future<Output = F::Output>> Future for Receiving<F, V> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            ReceivingProjection::Message { future } => future.poll(context),
            ReceivingProjection::Value { future } => future.poll(context),
        }
    }
}

impl<F: FusedFuture, V: FusedFuture<Output = F::Output>> FusedFuture for Receiving<F, V> {
    fn is_terminated(&self) -> bool {
        match self {
            Self::Message { future } => future.is_terminated(),
            Self::Value { future } => future.is_terminated(),
        }
    }
}

pin_project! {
    /// Messages, one future after the other, until the first that says that there is none.
    pub(super) struct Messages<F> {
        #[pin]
        future: Option<F>,
        ended: bool,
    }
}

impl<F: Future<Output = Option<T>>, T> Messages<F> {
    pub(super) fn new() -> Self {
        Self {
            future: None,
            ended: false,
        }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Polls for the next, by the future that there is, or else by the one that `receive` makes.
    pub(super) fn poll_next_by(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        receive: impl FnOnce() -> F,
    ) -> Poll<Option<T>> {
        let mut this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        if this.future.is_none() {
            this.future.set(Some(receive()));
        }
        let future = this.future.as_mut().as_pin_mut();
        let polled = future.expect("it was set just now").poll(context);
        if let Poll::Ready(message) = &polled {
            *this.ended = message.is_none();
            this.future.set(None);
        }
        polled
    }
}
