//! One value, for all who ask, by reference.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::broadcast::{Once, OnceRecvRefOp};

use super::super::NoopLock;
use super::guarded::Guarded;
use super::{ChannelReceiveFuture, ChannelSendError, CloseStatus};

/// A channel for one value, which is kept: a clone of it goes to every receiver, as often as it asks, and after a close too.
pub struct GenericOneshotBroadcastChannel<MutexType: RawMutex, T> {
    once: Once<Guarded<MutexType, T>, MutexType>,
}

impl<MutexType: RawMutex, T: Clone> GenericOneshotBroadcastChannel<MutexType, T> {
    /// A channel without a value.
    #[allow(clippy::new_without_default, reason = "as in the original")]
    pub fn new() -> Self {
        Self {
            once: Once::new_in(),
        }
    }

    /// Sets the value, if there is none and the channel is not closed. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with this value.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        self.once
            .send(Guarded::new(value))
            .map_err(ChannelSendError::unguarded)
    }

    /// Ends the wait of the receivers without a value. Already closed is also a channel that has its value.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.once.close())
    }

    /// A future that gets a clone of the value, waiting for it; `None` if there will be none.
    pub fn receive(&self) -> ChannelReceiveFuture<'_, MutexType, T> {
        ChannelReceiveFuture::of_value(ValueFuture {
            op: self.once.recv_ref(),
            cloned: Guarded::cloned,
        })
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for GenericOneshotBroadcastChannel<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericOneshotBroadcastChannel").finish()
    }
}

pin_project! {
    /// Waits for the value, and clones it. Its type does not say that it can be cloned: that was seen to when it was made.
    pub(super) struct ValueFuture<'a, MutexType: RawMutex, T> {
        #[pin]
        op: OnceRecvRefOp<'a, Guarded<MutexType, T>, MutexType>,
        cloned: fn(&Guarded<MutexType, T>) -> T,
    }
}

impl<MutexType: RawMutex, T> Future for ValueFuture<'_, MutexType, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let value = ready!(this.op.poll(context));
        Poll::Ready(value.map(this.cloned))
    }
}

impl<MutexType: RawMutex, T> FusedFuture for ValueFuture<'_, MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.op.is_terminated()
    }
}

/// One value for all, for one thread.
pub type LocalOneshotBroadcastChannel<T> = GenericOneshotBroadcastChannel<NoopLock, T>;

/// One value for all.
#[cfg(feature = "std")]
pub type OneshotBroadcastChannel<T> = GenericOneshotBroadcastChannel<DefaultLock, T>;
