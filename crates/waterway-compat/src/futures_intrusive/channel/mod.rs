//! Channels for tasks.
//!
//! | by reference | with handles, in [`shared`] | one thread | |
//! |---|---|---|---|
//! | [`GenericChannel`] | `generic_channel` | [`LocalChannel`] | many senders, many receivers |
//! | [`GenericOneshotChannel`] | `generic_oneshot_channel` | [`LocalOneshotChannel`] | one value, for one receiver |
//! | [`GenericOneshotBroadcastChannel`] | `generic_oneshot_broadcast_channel` | [`LocalOneshotBroadcastChannel`] | one value, for all, kept |
//! | `GenericStateBroadcastChannel` | `generic_state_broadcast_channel` | `LocalStateBroadcastChannel` | the latest state, by its id |
//!
//! The last, and `shared`, are there with `alloc`. Without `Generic` and `Local` in their names they have
//! [`waterway::DefaultLock`].

mod error;
mod future;
mod guarded;
mod mpmc;
mod oneshot;
mod oneshot_broadcast;
#[cfg(feature = "alloc")]
pub mod shared;
#[cfg(feature = "alloc")]
mod state_broadcast;

pub use error::{ChannelSendError, CloseStatus, TryReceiveError, TrySendError};
pub use future::{ChannelReceiveFuture, ChannelSendFuture};
#[cfg(feature = "std")]
pub use mpmc::{Channel, UnbufferedChannel};
pub use mpmc::{ChannelStream, GenericChannel, LocalChannel, LocalUnbufferedChannel};
#[cfg(feature = "std")]
pub use oneshot::OneshotChannel;
pub use oneshot::{GenericOneshotChannel, LocalOneshotChannel};
#[cfg(feature = "std")]
pub use oneshot_broadcast::OneshotBroadcastChannel;
pub use oneshot_broadcast::{GenericOneshotBroadcastChannel, LocalOneshotBroadcastChannel};
#[cfg(feature = "std")]
pub use state_broadcast::StateBroadcastChannel;
#[cfg(feature = "alloc")]
pub use state_broadcast::{
    GenericStateBroadcastChannel, LocalStateBroadcastChannel, StateId, StateReceiveFuture,
};
