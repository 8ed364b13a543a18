//! Sets of receivers.

use core::fmt;

use super::Key;
use crate::op::Op;
use crate::op::set::{Gathering, Members, Source};

/// The next message of any member: made by [`Set::recv`].
pub type SetRecvOp<'a, T, H> = Op<Gathering<'a, T, H>>;

/// Receivers that are waited for together, again and again: those of channels, inboxes and pools.
///
/// A wait looks only at members to which something came, so that thousands of idle ones cost nothing. It
/// allocates nothing; a member allocates when it is inserted. Members take their turns: who had a message
/// is looked at behind all others that have one.
///
/// A member whose channel was closed, and said so, is not looked at any more: should the receiver open it again by a
/// new sender, remove it and insert it anew.
///
/// A member that was told of a message holds up nobody: where several receive from a channel another is told
/// as well.
///
/// # Examples
/// ```
/// use waterway::mpsc;
/// use waterway::select::Set;
///
/// let mut set = Set::new();
/// let mut senders = Vec::new();
/// for _ in 0..1000 {
///     let (sender, receiver) = mpsc::bounded(1);
///     senders.push(sender);
///     set.insert(receiver);
/// }
/// senders[700].try_send("hello").unwrap();
/// let (key, message) = set.recv().wait().unwrap();
/// assert_eq!(message, Some("hello"));
/// drop(senders.remove(700));
/// assert_eq!(set.recv().wait(), Some((key, None)), "this one is closed");
/// set.remove(key);
/// ```
pub struct Set<T, H: Source<T>> {
    members: Members<T, H>,
}

impl<T, H: Source<T>> Set<T, H> {
    /// An empty set. It allocates once.
    pub fn new() -> Self {
        Self {
            members: Members::new(),
        }
    }

    /// Adds a receiver, owned or borrowed. It allocates.
    ///
    /// # Panics
    /// If there are 2^32 members.
    pub fn insert(&mut self, receiver: H) -> Key {
        self.members.insert(receiver)
    }

    /// Drops a member's receiver; says whether it was there.
    pub fn remove(&mut self, key: Key) -> bool {
        self.members.remove(key)
    }

    /// A member's receiver.
    pub fn get(&self, key: Key) -> Option<&H> {
        self.members.receiver(key)
    }

    /// All members, also those that are closed.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.members.keys()
    }

    /// Receives the next message of any member, and says whose it is; without a message, that this member's
    /// channel is closed, which is said once. `None` if there is no member that is open.
    ///
    /// # Cancel safety
    /// It may be dropped at any time; then it has taken nothing.
    pub fn recv(&mut self) -> SetRecvOp<'_, T, H> {
        Op::new(Gathering::new(&mut self.members))
    }
}

impl<T, H: Source<T>> Default for Set<T, H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, H: Source<T>> fmt::Debug for Set<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set")
            .field("members", &self.keys().count())
            .finish_non_exhaustive()
    }
}
