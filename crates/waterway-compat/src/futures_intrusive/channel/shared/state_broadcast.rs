//! The latest state, by its id.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::watch::{self, RecvAfterOwnedOp};

use super::super::future::poll_unless_over;
use super::super::guarded::Guarded;
use super::super::state_broadcast::{send, try_receive};
use super::super::{ChannelSendError, StateId};
use super::future::Given;
use super::{Last, Side};

/// The sending handle. The last one that goes closes the channel.
pub struct GenericStateSender<MutexType: RawMutex, T: Clone + 'static> {
    side: Side<watch::Sender<Guarded<MutexType, T>, MutexType>>,
}

/// The receiving handle. The last one that goes closes the channel.
pub struct GenericStateReceiver<MutexType: RawMutex, T: Clone + 'static> {
    side: Side<watch::Receiver<Guarded<MutexType, T>, MutexType>>,
}

/// A channel without a state.
pub fn generic_state_broadcast_channel<MutexType, T>() -> (
    GenericStateSender<MutexType, T>,
    GenericStateReceiver<MutexType, T>,
)
where
    MutexType: RawMutex,
    T: Clone + Send,
{
    let (sender, receiver) = watch::empty_in();
    let sender = GenericStateSender {
        side: Arc::new(Last(sender)),
    };
    let receiver = GenericStateReceiver {
        side: Arc::new(Last(receiver)),
    };
    (sender, receiver)
}

impl<MutexType: RawMutex, T: Clone> GenericStateSender<MutexType, T> {
    /// Puts a state, in place of the one before. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with the state if no receiver is left, or there are no more ids.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        send(&self.side.0, value)
    }
}

impl<MutexType: RawMutex, T: Clone> GenericStateReceiver<MutexType, T> {
    /// A future that gets a clone of the latest state and its id, waiting for one that is newer than `state_id`; `None` if
    /// there will be none.
    pub fn receive(&self, state_id: StateId) -> StateReceiveFuture<MutexType, T> {
        let op = self.side.0.clone().recv_after_owned(state_id.inner());
        StateReceiveFuture {
            receiving: Given { op },
        }
    }

    /// The same, if there is a newer state now.
    pub fn try_receive(&self, state_id: StateId) -> Option<(StateId, T)> {
        try_receive(&self.side.0, state_id)
    }
}

impl<MutexType: RawMutex, T: Clone> Clone for GenericStateSender<MutexType, T> {
    fn clone(&self) -> Self {
        Self {
            side: self.side.clone(),
        }
    }
}

impl<MutexType: RawMutex, T: Clone> Clone for GenericStateReceiver<MutexType, T> {
    fn clone(&self) -> Self {
        Self {
            side: self.side.clone(),
        }
    }
}

impl<MutexType: RawMutex, T: Clone> fmt::Debug for GenericStateSender<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateSender").finish()
    }
}

impl<MutexType: RawMutex, T: Clone> fmt::Debug for GenericStateReceiver<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateReceiver").finish()
    }
}

pin_project! {
    /// The future of [`GenericStateReceiver::receive`].
    ///
    /// # Panics
    /// If it is polled after it was ready.
    #[must_use = "futures do nothing unless polled"]
    pub struct StateReceiveFuture<MutexType: RawMutex, T> {
        #[pin]
        receiving: Given<RecvAfterOwnedOp<Guarded<MutexType, T>, MutexType>>,
    }
}

impl<MutexType: RawMutex, T: Clone> Future for StateReceiveFuture<MutexType, T> {
    type Output = Option<(StateId, T)>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let found = poll_unless_over(self.project().receiving, context, "StateReceiveFuture");
        found.map(|found| found.map(StateId::with))
    }
}

impl<MutexType: RawMutex, T: Clone> FusedFuture for StateReceiveFuture<MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.receiving.is_terminated()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for StateReceiveFuture<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateReceiveFuture").finish()
    }
}

/// The sending handle of [`state_broadcast_channel`].
#[cfg(feature = "std")]
pub type StateSender<T> = GenericStateSender<DefaultLock, T>;
/// The receiving handle of [`state_broadcast_channel`].
#[cfg(feature = "std")]
pub type StateReceiver<T> = GenericStateReceiver<DefaultLock, T>;

/// A channel without a state.
#[cfg(feature = "std")]
pub fn state_broadcast_channel<T: Clone + Send>() -> (StateSender<T>, StateReceiver<T>) {
    generic_state_broadcast_channel()
}
