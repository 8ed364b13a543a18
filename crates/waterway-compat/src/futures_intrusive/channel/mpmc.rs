//! Many senders, many receivers, by reference.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::mpmc::Mpmc;
use waterway::shared::SenderRef;

use super::super::NoopLock;
use super::super::buffer::{ArrayBuf, RingBuf};
use super::super::store::{Place, Store};
use super::future::Messages;
use super::{ChannelReceiveFuture, ChannelSendFuture, CloseStatus, TryReceiveError, TrySendError};

/// A channel that is used by reference, at both ends. It ends when it is [closed](Self::close).
///
/// Those who wait to send are served in order, and not overtaken.
pub struct GenericChannel<MutexType: RawMutex + 'static, T, A>
where
    A: RingBuf<Item = T>,
{
    place: <A::Store as Store>::Place<MutexType, T>,
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> GenericChannel<MutexType, T, A> {
    /// A channel of the buffer's usual capacity: of one on the heap that is 0, a rendezvous.
    #[allow(clippy::new_without_default, reason = "as in the original")]
    pub fn new() -> Self {
        Self {
            place: Place::new(A::room(None)),
        }
    }

    /// A channel of that capacity, where the buffer lets it be chosen.
    ///
    /// Of one on the heap all slots are allocated now; what is more than [`MAX_CAPACITY`](waterway::mpmc::MAX_CAPACITY) is no
    /// bound.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            place: Place::new(A::room(Some(capacity))),
        }
    }

    /// A future that sends a message, waiting for room; without room at all, until it is received. It fails if the channel
    /// is closed.
    ///
    /// A message that was taken out of a waiting send is delivered, also if that is dropped before it learns of it;
    /// [`cancel`](ChannelSendFuture::cancel) tells.
    pub fn send(&self, value: T) -> ChannelSendFuture<'_, MutexType, T> {
        ChannelSendFuture::new(self.place.sender().send(value))
    }

    /// Sends a message if there is room now, and nobody waits for it.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    ///
    /// # Panics
    /// If the channel has no room at all.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        try_send(self.place.sender(), value)
    }

    /// A future that receives the next message, waiting for one; `None` once the channel is closed and everything was received.
    pub fn receive(&self) -> ChannelReceiveFuture<'_, MutexType, T> {
        ChannelReceiveFuture::new(self.place.receiver().recv())
    }

    /// Receives the next message if there is one now: without room, from a sender that waits.
    ///
    /// # Errors
    /// [`TryReceiveError`].
    pub fn try_receive(&self) -> Result<T, TryReceiveError> {
        let received = self.place.receiver().try_recv();
        received.map_err(TryReceiveError::from)
    }

    /// The messages as a stream, which ends when the channel is closed. There may be several.
    pub fn stream(&self) -> ChannelStream<'_, MutexType, T, A> {
        ChannelStream {
            channel: self,
            messages: Messages::new(),
        }
    }

    /// Closes the channel: what is in it is still received, who waits to send gets the message back.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.place.sender().close())
    }
}

/// Sends without waiting, where there can be room.
#[track_caller]
pub(super) fn try_send<MutexType: RawMutex + 'static, T>(
    to: SenderRef<'_, T, Mpmc<MutexType>>,
    value: T,
) -> Result<(), TrySendError<T>> {
    assert!(
        to.capacity() != Some(0),
        "try_send is not supported for unbuffered channels"
    );
    to.try_send(value).map_err(TrySendError::from)
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> fmt::Debug for GenericChannel<MutexType, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish()
    }
}

pin_project! {
    /// The stream of [`GenericChannel::stream`].
    ///
    /// Dropped, it has taken nothing that it did not yield; if it was woken another receiver is woken in its place.
    pub struct ChannelStream<'a, MutexType, T, A>
    where
        MutexType: RawMutex,
        MutexType: 'static,
        A: RingBuf<Item = T>,
    {
        channel: &'a GenericChannel<MutexType, T, A>,
        #[pin]
        messages: Messages<ChannelReceiveFuture<'a, MutexType, T>>,
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> Stream for ChannelStream<'_, MutexType, T, A> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let channel = *this.channel;
        this.messages.poll_next_by(context, || channel.receive())
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> FusedStream
    for ChannelStream<'_, MutexType, T, A>
{
    fn is_terminated(&self) -> bool {
        self.messages.is_ended()
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> fmt::Debug
    for ChannelStream<'_, MutexType, T, A>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelStream").finish()
    }
}

/// A channel with its messages in place, for one thread.
pub type LocalChannel<T, A> = GenericChannel<NoopLock, T, ArrayBuf<T, A>>;

/// A rendezvous, for one thread.
pub type LocalUnbufferedChannel<T> = LocalChannel<T, [T; 0]>;

/// A channel with its messages in place.
#[cfg(feature = "std")]
pub type Channel<T, A> = GenericChannel<DefaultLock, T, ArrayBuf<T, A>>;

/// A rendezvous.
#[cfg(feature = "std")]
pub type UnbufferedChannel<T> = Channel<T, [T; 0]>;
