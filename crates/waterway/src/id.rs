//! Channel identity.

/// What tells a channel from all others that are alive.
///
/// Only for comparing: when the channel is gone another may get the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(usize);

impl ChannelId {
    pub(crate) fn new(address: usize) -> Self {
        Self(address)
    }
}
