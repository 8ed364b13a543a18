//! Many senders, many receivers.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::mpmc::{self, Mpmc};

#[cfg(feature = "std")]
use super::super::super::buffer::GrowingHeapBuf;
use super::super::super::buffer::RingBuf;
use super::super::super::store::{OnHeap, Place};
use super::super::future::Messages;
use super::super::mpmc::try_send;
use super::super::{CloseStatus, TryReceiveError, TrySendError};
use super::{ChannelReceiveFuture, ChannelSendFuture, Last, Side};

/// The sending handle. The last one that goes closes the channel.
pub struct GenericSender<MutexType: RawMutex + 'static, T: 'static, A: RingBuf<Item = T>> {
    side: Side<mpmc::Sender<T, Mpmc<MutexType>>>,
    _of: PhantomData<fn() -> A>,
}

/// The receiving handle. The last one that goes closes the channel, and drops what is in it.
pub struct GenericReceiver<MutexType: RawMutex + 'static, T: 'static, A: RingBuf<Item = T>> {
    side: Side<mpmc::Receiver<T, Mpmc<MutexType>>>,
    _of: PhantomData<fn() -> A>,
}

/// A channel of that capacity, where the buffer lets it be chosen.
///
/// All slots are allocated now; what is more than [`MAX_CAPACITY`](mpmc::MAX_CAPACITY) is no bound.
pub fn generic_channel<MutexType, T, A>(
    capacity: usize,
) -> (
    GenericSender<MutexType, T, A>,
    GenericReceiver<MutexType, T, A>,
)
where
    MutexType: RawMutex + 'static,
    A: RingBuf<Item = T>,
    T: Send,
{
    let OnHeap { sender, receiver } = Place::new(A::room(Some(capacity)));
    let sender = GenericSender {
        side: Arc::new(Last(sender)),
        _of: PhantomData,
    };
    let receiver = GenericReceiver {
        side: Arc::new(Last(receiver)),
        _of: PhantomData,
    };
    (sender, receiver)
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> GenericSender<MutexType, T, A> {
    /// A future that sends a message, waiting for room. It fails if the channel is closed.
    pub fn send(&self, value: T) -> ChannelSendFuture<MutexType, T> {
        ChannelSendFuture::new(self.side.0.clone(), value)
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
        try_send(self.side.0.by_ref(), value)
    }

    /// Closes the channel: what is in it is still received, who waits to send gets the message back.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.side.0.close())
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> GenericReceiver<MutexType, T, A> {
    /// A future that receives the next message, waiting for one; `None` once the channel is closed and everything was received.
    pub fn receive(&self) -> ChannelReceiveFuture<MutexType, T> {
        ChannelReceiveFuture::new(self.side.0.clone())
    }

    /// Receives the next message if there is one now: without room, from a sender that waits.
    ///
    /// # Errors
    /// [`TryReceiveError`].
    pub fn try_receive(&self) -> Result<T, TryReceiveError> {
        self.side.0.try_recv().map_err(TryReceiveError::from)
    }

    /// Closes the channel, as a sender does.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.side.0.close())
    }

    /// The messages as a stream, which ends when the channel is closed.
    pub fn into_stream(self) -> SharedStream<MutexType, T, A> {
        SharedStream {
            receiver: self,
            messages: Messages::new(),
        }
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> Clone for GenericSender<MutexType, T, A> {
    fn clone(&self) -> Self {
        Self {
            side: self.side.clone(),
            _of: PhantomData,
        }
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> Clone for GenericReceiver<MutexType, T, A> {
    fn clone(&self) -> Self {
        Self {
            side: self.side.clone(),
            _of: PhantomData,
        }
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> fmt::Debug for GenericSender<MutexType, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish()
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> fmt::Debug for GenericReceiver<MutexType, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish()
    }
}

pin_project! {
    /// A receiver as a stream: made by [`GenericReceiver::into_stream`].
    pub struct SharedStream<MutexType, T, A>
    where
        MutexType: RawMutex,
        MutexType: 'static,
        T: 'static,
        A: RingBuf<Item = T>,
    {
        receiver: GenericReceiver<MutexType, T, A>,
        #[pin]
        messages: Messages<ChannelReceiveFuture<MutexType, T>>,
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> SharedStream<MutexType, T, A> {
    /// Closes the channel: what is in it is still received.
    pub fn close(&self) -> CloseStatus {
        self.receiver.close()
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> Stream for SharedStream<MutexType, T, A> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let receiver = &*this.receiver;
        this.messages.poll_next_by(context, || receiver.receive())
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> FusedStream for SharedStream<MutexType, T, A> {
    fn is_terminated(&self) -> bool {
        self.messages.is_ended()
    }
}

impl<MutexType: RawMutex, T, A: RingBuf<Item = T>> fmt::Debug for SharedStream<MutexType, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStream").finish()
    }
}

/// The sending handle of [`channel`].
#[cfg(feature = "std")]
pub type Sender<T> = GenericSender<DefaultLock, T, GrowingHeapBuf<T>>;
/// The receiving handle of [`channel`].
#[cfg(feature = "std")]
pub type Receiver<T> = GenericReceiver<DefaultLock, T, GrowingHeapBuf<T>>;
/// The sending handle of [`unbuffered_channel`].
#[cfg(feature = "std")]
pub type UnbufferedSender<T> = Sender<T>;
/// The receiving handle of [`unbuffered_channel`].
#[cfg(feature = "std")]
pub type UnbufferedReceiver<T> = Receiver<T>;

/// A channel with room for `capacity` messages; a rendezvous if that is 0.
#[cfg(feature = "std")]
pub fn channel<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    generic_channel(capacity)
}

/// A rendezvous: a send is done when its message was received.
#[cfg(feature = "std")]
pub fn unbuffered_channel<T: Send>() -> (Sender<T>, Receiver<T>) {
    generic_channel(0)
}
