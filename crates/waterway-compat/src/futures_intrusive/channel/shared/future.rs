//! What waits, and borrows nothing.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
use waterway::mpmc::{self, Mpmc, RecvOwnedOp, SendOwnedOp};

use super::super::ChannelSendError;
use super::super::future::{Receiving, poll_unless_over};
use super::oneshot_broadcast::ValueFuture;

pin_project! {
    /// An operation that was given its handle: the result without that.
    pub(super) struct Given<O> {
        #[pin]
        pub(super) op: O,
    }
}

impl<O: Future<Output = (R, H)>, R, H> Future for Given<O> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        self.project().op.poll(context).map(|(result, _)| result)
    }
}

impl<O: FusedFuture<Output = (R, H)>, R, H> FusedFuture for Given<O> {
    fn is_terminated(&self) -> bool {
        self.op.is_terminated()
    }
}

pin_project! {
    /// The future of [`GenericSender::send`](super::GenericSender::send).
    ///
    /// # Panics
    /// If it is polled after it was ready, or cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelSendFuture<MutexType, T>
    where
        MutexType: RawMutex,
        MutexType: 'static,
    {
        #[pin]
        sending: Given<SendOwnedOp<T, Mpmc<MutexType>>>,
    }
}

impl<MutexType: RawMutex, T> ChannelSendFuture<MutexType, T> {
    pub(super) fn new(sender: mpmc::Sender<T, Mpmc<MutexType>>, value: T) -> Self {
        let op = sender.send_owned(value);
        Self {
            sending: Given { op },
        }
    }

    /// Ends the send and gives the message back, unless that was delivered. It is over then.
    ///
    /// Who has it pinned ends it by [`cancel_pinned`](Self::cancel_pinned).
    pub fn cancel(&mut self) -> Option<T> {
        if self.is_terminated() {
            return None;
        }
        self.sending.op.cancel_unpinned().0.ok()
    }

    /// [`cancel`](Self::cancel) of one that is pinned, which the original has not.
    pub fn cancel_pinned(self: Pin<&mut Self>) -> Option<T> {
        if self.is_terminated() {
            return None;
        }
        self.project().sending.project().op.cancel().0.ok()
    }
}

impl<MutexType: RawMutex, T> Future for ChannelSendFuture<MutexType, T> {
    type Output = Result<(), ChannelSendError<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let sent = poll_unless_over(self.project().sending, context, "ChannelSendFuture");
        sent.map_err(ChannelSendError::from)
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ChannelSendFuture<MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.sending.is_terminated()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for ChannelSendFuture<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSendFuture").finish()
    }
}

pin_project! {
    /// The future of [`GenericReceiver::receive`](super::GenericReceiver::receive), and of the `receive` of oneshots.
    ///
    /// # Panics
    /// If it is polled after it was ready.
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelReceiveFuture<MutexType, T>
    where
        MutexType: RawMutex,
        MutexType: 'static,
    {
        #[pin]
        from: Receiving<Given<RecvOwnedOp<T, Mpmc<MutexType>>>, ValueFuture<MutexType, T>>,
    }
}

impl<MutexType: RawMutex, T> ChannelReceiveFuture<MutexType, T> {
    pub(super) fn new(receiver: mpmc::Receiver<T, Mpmc<MutexType>>) -> Self {
        let op = receiver.recv_owned();
        let from = Receiving::Message {
            future: Given { op },
        };
        Self { from }
    }

    pub(super) fn of_value(future: ValueFuture<MutexType, T>) -> Self {
        let from = Receiving::Value { future };
        Self { from }
    }
}

impl<MutexType: RawMutex, T> Future for ChannelReceiveFuture<MutexType, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        poll_unless_over(self.project().from, context, "ChannelReceiveFuture")
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ChannelReceiveFuture<MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.from.is_terminated()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for ChannelReceiveFuture<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelReceiveFuture").finish()
    }
}
