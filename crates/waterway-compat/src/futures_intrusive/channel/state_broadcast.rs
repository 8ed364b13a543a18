//! The latest state, by its id, by reference.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use lock_api::RawMutex;
use pin_project_lite::pin_project;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::watch::{self, RecvAfterOp};

use super::super::NoopLock;
use super::future::poll_unless_over;
use super::guarded::Guarded;
use super::{ChannelSendError, CloseStatus};

/// What tells a state from those before it: those that were sent later have greater ones.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Ord, PartialOrd)]
pub struct StateId(watch::StateId);

impl StateId {
    /// The id that is less than that of any state.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn inner(self) -> watch::StateId {
        self.0
    }

    /// A state with its id, as it is found.
    pub(super) fn with<MutexType: RawMutex, T>(
        (id, state): (watch::StateId, Guarded<MutexType, T>),
    ) -> (Self, T) {
        (Self(id), state.into_inner())
    }
}

/// A channel of the latest state. It begins without one.
///
/// It is allocated when it is made, and so is each state.
pub struct GenericStateBroadcastChannel<MutexType: RawMutex, T> {
    sender: watch::Sender<Guarded<MutexType, T>, MutexType>,
    receiver: watch::Receiver<Guarded<MutexType, T>, MutexType>,
}

impl<MutexType: RawMutex, T: Clone> GenericStateBroadcastChannel<MutexType, T> {
    /// A channel without a state.
    #[allow(clippy::new_without_default, reason = "as in the original")]
    pub fn new() -> Self {
        let (sender, receiver) = watch::empty_in();
        Self { sender, receiver }
    }

    /// Puts a state, in place of the one before. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with the state if the channel is closed, or there are no more ids.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        send(&self.sender, value)
    }

    /// Closes the channel. Its last state is still received by who has not seen it.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.sender.close())
    }

    /// A future that gets a clone of the latest state and its id, waiting for one that is newer than `state_id`; `None` if
    /// there will be none.
    pub fn receive(&self, state_id: StateId) -> StateReceiveFuture<'_, MutexType, T> {
        StateReceiveFuture {
            op: self.receiver.recv_after(state_id.inner()),
        }
    }

    /// The same, if there is a newer state now.
    pub fn try_receive(&self, state_id: StateId) -> Option<(StateId, T)> {
        try_receive(&self.receiver, state_id)
    }
}

pub(super) fn send<MutexType: RawMutex, T>(
    to: &watch::Sender<Guarded<MutexType, T>, MutexType>,
    state: T,
) -> Result<(), ChannelSendError<T>> {
    let sent = to.send(Guarded::new(state));
    sent.map(drop).map_err(ChannelSendError::unguarded)
}

pub(super) fn try_receive<MutexType: RawMutex, T: Clone>(
    from: &watch::Receiver<Guarded<MutexType, T>, MutexType>,
    id: StateId,
) -> Option<(StateId, T)> {
    from.try_recv_after(id.inner()).ok().map(StateId::with)
}

impl<MutexType: RawMutex, T> fmt::Debug for GenericStateBroadcastChannel<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericStateBroadcastChannel").finish()
    }
}

pin_project! {
    /// The future of [`GenericStateBroadcastChannel::receive`].
    ///
    /// # Panics
    /// If it is polled after it was ready.
    #[must_use = "futures do nothing unless polled"]
    pub struct StateReceiveFuture<'a, MutexType, T>
    where
        MutexType: RawMutex,
        T: Clone,
    {
        #[pin]
        op: RecvAfterOp<'a, Guarded<MutexType, T>, MutexType>,
    }
}

impl<MutexType: RawMutex, T: Clone> Future for StateReceiveFuture<'_, MutexType, T> {
    type Output = Option<(StateId, T)>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let found = poll_unless_over(self.project().op, context, "StateReceiveFuture");
        found.map(|found| found.map(StateId::with))
    }
}

impl<MutexType: RawMutex, T: Clone> FusedFuture for StateReceiveFuture<'_, MutexType, T> {
    fn is_terminated(&self) -> bool {
        self.op.is_terminated()
    }
}

impl<MutexType: RawMutex, T: Clone> fmt::Debug for StateReceiveFuture<'_, MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateReceiveFuture").finish()
    }
}

/// States for one thread.
pub type LocalStateBroadcastChannel<T> = GenericStateBroadcastChannel<NoopLock, T>;

/// States.
#[cfg(feature = "std")]
pub type StateBroadcastChannel<T> = GenericStateBroadcastChannel<DefaultLock, T>;
