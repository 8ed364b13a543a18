//! One value, for one of those who wait, by reference.

use core::fmt;

use lock_api::RawMutex;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::mpmc::{self, Mpmc};
use waterway::shared::SenderRef;

use super::super::NoopLock;
use super::{ChannelReceiveFuture, ChannelSendError, CloseStatus};

/// A channel for one value, used by reference: of several that wait for it one gets it, the others nothing.
///
/// It is a channel with room for one message, which the send closes.
pub struct GenericOneshotChannel<MutexType: RawMutex + 'static, T> {
    channel: mpmc::Channel<T, 1, Mpmc<MutexType>>,
}

impl<MutexType: RawMutex, T> GenericOneshotChannel<MutexType, T> {
    /// A channel without a value.
    #[allow(clippy::new_without_default, reason = "as in the original")]
    pub fn new() -> Self {
        Self {
            channel: mpmc::Channel::new_in(),
        }
    }

    /// Sends the value, if none was sent and the channel is not closed. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with this value.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        send_once(self.channel.sender(), value)
    }

    /// Ends the wait of the receivers without a value. Already closed is also a channel to which the value was sent; that may
    /// still be received.
    pub fn close(&self) -> CloseStatus {
        CloseStatus::of(self.channel.close())
    }

    /// A future that receives the value, waiting for it; `None` if there will be none, or another has it.
    pub fn receive(&self) -> ChannelReceiveFuture<'_, MutexType, T> {
        ChannelReceiveFuture::new(self.channel.receiver().recv())
    }
}

/// Sends the one message that there is room for, and closes: whose close is the first has sent, or nobody has.
pub(super) fn send_once<MutexType: RawMutex + 'static, T>(
    to: SenderRef<'_, T, Mpmc<MutexType>>,
    value: T,
) -> Result<(), ChannelSendError<T>> {
    match to.try_reserve() {
        Ok(permit) if to.close() => permit.send(value).map_err(ChannelSendError::from),
        _ => Err(ChannelSendError(value)),
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for GenericOneshotChannel<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericOneshotChannel").finish()
    }
}

/// A oneshot for one thread.
pub type LocalOneshotChannel<T> = GenericOneshotChannel<NoopLock, T>;

/// A oneshot.
#[cfg(feature = "std")]
pub type OneshotChannel<T> = GenericOneshotChannel<DefaultLock, T>;
