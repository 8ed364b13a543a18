//! One value, for all who ask.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::broadcast::{self, OnceReceiver, OnceSender, OnceSettledOwnedOp};

use super::super::ChannelSendError;
use super::super::guarded::Guarded;
use super::{ChannelReceiveFuture, Last, Side};

/// The sending handle. When it goes without a send the channel is closed.
pub struct GenericOneshotBroadcastSender<MutexType: RawMutex, T: Clone + 'static> {
    sender: OnceSender<Guarded<MutexType, T>, MutexType>,
}

/// The receiving handle. The last one that goes closes the channel: one of several does not, other than in the original.
pub struct GenericOneshotBroadcastReceiver<MutexType: RawMutex, T: Clone + 'static> {
    side: Side<OnceReceiver<Guarded<MutexType, T>, MutexType>>,
}

/// A channel for one value, which is kept.
pub fn generic_oneshot_broadcast_channel<MutexType, T>() -> (
    GenericOneshotBroadcastSender<MutexType, T>,
    GenericOneshotBroadcastReceiver<MutexType, T>,
)
where
    MutexType: RawMutex,
    T: Send + Clone,
{
    let (sender, receiver) = broadcast::once_in();
    let sender = GenericOneshotBroadcastSender { sender };
    let receiver = GenericOneshotBroadcastReceiver {
        side: Arc::new(Last(receiver)),
    };
    (sender, receiver)
}

impl<MutexType: RawMutex, T: Clone> GenericOneshotBroadcastSender<MutexType, T> {
    /// Sets the value, if there is none and the channel is not closed. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with this value.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        self.sender
            .send(Guarded::new(value))
            .map_err(ChannelSendError::unguarded)
    }
}

impl<MutexType: RawMutex + 'static, T: Clone> GenericOneshotBroadcastReceiver<MutexType, T> {
    /// A future that gets a clone of the value, waiting for it; `None` if there will be none.
    pub fn receive(&self) -> ChannelReceiveFuture<MutexType, T> {
        ChannelReceiveFuture::of_value(ValueFuture {
            op: self.side.0.clone().settled_owned(),
            cloned: Guarded::cloned,
        })
    }
}

impl<MutexType: RawMutex, T: Clone> Clone for GenericOneshotBroadcastReceiver<MutexType, T> {
    fn clone(&self) -> Self {
        Self {
            side: self.side.clone(),
        }
    }
}

impl<MutexType: RawMutex, T: Clone> fmt::Debug for GenericOneshotBroadcastSender<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotBroadcastSender").finish()
    }
}

impl<MutexType: RawMutex, T: Clone> fmt::Debug for GenericOneshotBroadcastReceiver<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotBroadcastReceiver").finish()
    }
}

pin_project! {
    /// Waits for the value, and clones it. Its type does not say that it can be cloned: that was seen to when it was made.
    pub(super) struct ValueFuture<MutexType: RawMutex, T> {
        #[pin]
        op: OnceSettledOwnedOp<Guarded<MutexType, T>, MutexType>,
        cloned: fn(&Guarded<MutexType, T>) -> T,
    }
}

impl<MutexType: RawMutex, T> Future for ValueFuture<MutexType, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let (_, receiver) = ready!(this.op.poll(context));
        Poll::Ready(receiver.get().map(this.cloned))
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ValueFuture<MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.op.is_terminated()
    }
}

/// The sending handle of [`oneshot_broadcast_channel`].
#[cfg(feature = "std")]
pub type OneshotBroadcastSender<T> = GenericOneshotBroadcastSender<DefaultLock, T>;
/// The receiving handle of [`oneshot_broadcast_channel`].
#[cfg(feature = "std")]
pub type OneshotBroadcastReceiver<T> = GenericOneshotBroadcastReceiver<DefaultLock, T>;

/// A channel for one value, which is kept.
#[cfg(feature = "std")]
pub fn oneshot_broadcast_channel<T: Send + Clone>()
-> (OneshotBroadcastSender<T>, OneshotBroadcastReceiver<T>) {
    generic_oneshot_broadcast_channel()
}
