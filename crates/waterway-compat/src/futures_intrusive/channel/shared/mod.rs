//! Channels with handles, whose futures borrow nothing.
//!
//! When the last handle of either side goes the channel is closed. A future is no handle: it keeps the channel's memory, and
//! does not keep the channel open.
//!
//! # Examples
//!
//! ```
//! use waterway_compat::futures_intrusive::channel::shared;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, receiver) = shared::channel(4);
//! tokio::spawn(async move {
//!     for number in 1..=3 {
//!         sender.send(number).await.unwrap();
//!     }
//! });
//! let mut sum = 0;
//! while let Some(number) = receiver.receive().await {
//!     sum += number;
//! }
//! assert_eq!(sum, 6);
//! # }
//! ```

mod future;
mod mpmc;
mod oneshot;
mod oneshot_broadcast;
mod state_broadcast;

use alloc::sync::Arc;

use lock_api::RawMutex;
use waterway::mpmc::Mpmc;
use waterway::{broadcast, shared, watch};

pub use future::{ChannelReceiveFuture, ChannelSendFuture};
pub use mpmc::{GenericReceiver, GenericSender, SharedStream, generic_channel};
#[cfg(feature = "std")]
pub use mpmc::{
    Receiver, Sender, UnbufferedReceiver, UnbufferedSender, channel, unbuffered_channel,
};
pub use oneshot::{GenericOneshotReceiver, GenericOneshotSender, generic_oneshot_channel};
#[cfg(feature = "std")]
pub use oneshot::{OneshotReceiver, OneshotSender, oneshot_channel};
pub use oneshot_broadcast::{
    GenericOneshotBroadcastReceiver, GenericOneshotBroadcastSender,
    generic_oneshot_broadcast_channel,
};
#[cfg(feature = "std")]
pub use oneshot_broadcast::{
    OneshotBroadcastReceiver, OneshotBroadcastSender, oneshot_broadcast_channel,
};
pub use state_broadcast::{
    GenericStateReceiver, GenericStateSender, StateReceiveFuture, generic_state_broadcast_channel,
};
#[cfg(feature = "std")]
pub use state_broadcast::{StateReceiver, StateSender, state_broadcast_channel};

/// One side of a channel, of which each handle has a share. Futures have a handle of the channel instead, so that they do not
/// count.
type Side<H> = Arc<Last<H>>;

/// What closes the channel when the last handle of its side goes.
struct Last<H: Closes>(H);

impl<H: Closes> Drop for Last<H> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A handle of one side.
trait Closes {
    /// There is no other of its side any more.
    fn end(&self);
}

impl<MutexType: RawMutex + 'static, T> Closes for shared::Sender<T, Mpmc<MutexType>> {
    fn end(&self) {
        self.close();
    }
}

impl<MutexType: RawMutex + 'static, T> Closes for shared::Receiver<T, Mpmc<MutexType>> {
    /// What is in the channel nobody wants any more.
    fn end(&self) {
        self.close();
        self.drain().for_each(drop);
    }
}

impl<MutexType: RawMutex, T> Closes for watch::Sender<T, MutexType> {
    fn end(&self) {
        self.close();
    }
}

impl<MutexType: RawMutex, T> Closes for watch::Receiver<T, MutexType> {
    fn end(&self) {
        self.close();
    }
}

impl<MutexType: RawMutex, T> Closes for broadcast::OnceReceiver<T, MutexType> {
    fn end(&self) {
        self.close();
    }
}
