//! One value.

use core::fmt;

use lock_api::RawMutex;
#[cfg(feature = "std")]
use waterway::DefaultLock;
use waterway::mpmc::{self, Mpmc};

use super::super::ChannelSendError;
use super::super::oneshot::send_once;
use super::{ChannelReceiveFuture, Last};

/// The sending handle. When it goes without a send the channel is closed.
pub struct GenericOneshotSender<MutexType: RawMutex + 'static, T: 'static> {
    side: Last<mpmc::Sender<T, Mpmc<MutexType>>>,
}

/// The receiving handle. When it goes the channel is closed, and a value that nobody took is dropped.
pub struct GenericOneshotReceiver<MutexType: RawMutex + 'static, T: 'static> {
    side: Last<mpmc::Receiver<T, Mpmc<MutexType>>>,
}

/// A channel for one value.
pub fn generic_oneshot_channel<MutexType, T>() -> (
    GenericOneshotSender<MutexType, T>,
    GenericOneshotReceiver<MutexType, T>,
)
where
    MutexType: RawMutex + 'static,
    T: Send,
{
    let (sender, receiver) = mpmc::bounded_in(1);
    let sender = GenericOneshotSender { side: Last(sender) };
    let receiver = GenericOneshotReceiver {
        side: Last(receiver),
    };
    (sender, receiver)
}

impl<MutexType: RawMutex, T> GenericOneshotSender<MutexType, T> {
    /// Sends the value, if none was sent and the receiver is there. Never waits.
    ///
    /// # Errors
    /// [`ChannelSendError`] with this value.
    pub fn send(&self, value: T) -> Result<(), ChannelSendError<T>> {
        send_once(self.side.0.by_ref(), value)
    }
}

impl<MutexType: RawMutex, T> GenericOneshotReceiver<MutexType, T> {
    /// A future that receives the value, waiting for it; `None` if there will be none, or another has it.
    pub fn receive(&self) -> ChannelReceiveFuture<MutexType, T> {
        ChannelReceiveFuture::new(self.side.0.clone())
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for GenericOneshotSender<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotSender").finish()
    }
}

impl<MutexType: RawMutex, T> fmt::Debug for GenericOneshotReceiver<MutexType, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotReceiver").finish()
    }
}

/// The sending handle of [`oneshot_channel`].
#[cfg(feature = "std")]
pub type OneshotSender<T> = GenericOneshotSender<DefaultLock, T>;
/// The receiving handle of [`oneshot_channel`].
#[cfg(feature = "std")]
pub type OneshotReceiver<T> = GenericOneshotReceiver<DefaultLock, T>;

/// A channel for one value.
#[cfg(feature = "std")]
pub fn oneshot_channel<T: Send>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    generic_oneshot_channel()
}
