//! The handle that is told of states.

#![forbid(unsafe_code)]

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::Poll;

use lock_api::RawMutex;

use super::ops::{
    After, Changed, ChangedOp, ChangedOwnedOp, RecvAfterOp, RecvAfterOwnedOp, WaitFor, WaitForOp,
};
use super::state::Channel;
use super::{Sender, Snapshot, StateId, StateStream};
use crate::error::{Closed, TryRecvError};
use crate::id::ChannelId;
use crate::op::{Op, Told};
use crate::sync::DefaultLock;

/// The receiving handle of a channel of states: it remembers the last state that it has seen.
///
/// Clone it for each receiver, or [subscribe](Sender::subscribe): a new one has seen the state that is there
/// when it is made, whatever the one that it is cloned from has seen. Each receiver sees the last state for
/// sure; states before it may be skipped. What is not told by [`seen`](Self::seen) goes by `&self`, so that
/// several may look by one handle.
///
/// The state stays when the last receiver goes, for who [subscribes](Sender::subscribe) later.
pub struct Receiver<T, L: RawMutex = DefaultLock> {
    channel: Channel<T, L>,
    seen: StateId,
    /// Invariant in the state.
    _of: PhantomData<fn(T) -> T>,
}

impl<T, L: RawMutex> Unpin for Receiver<T, L> {}
impl<T, L: RawMutex> UnwindSafe for Receiver<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for Receiver<T, L> {}

impl<T, L: RawMutex> Receiver<T, L> {
    /// Takes over one count of a receiver.
    pub(super) fn new(channel: Channel<T, L>) -> Self {
        Self {
            channel,
            seen: channel.latest_id(),
            _of: PhantomData,
        }
    }

    pub(super) fn channel(&self) -> &Channel<T, L> {
        &self.channel
    }

    /// What [`changed`](Self::changed) looks for.
    pub(super) fn next(&mut self) -> Poll<Option<Snapshot<T>>> {
        let found = core::task::ready!(self.channel.after(self.seen)).ok();
        if let Some(state) = &found {
            self.see(state.id());
        }
        Poll::Ready(found)
    }

    pub(super) fn see(&mut self, id: StateId) {
        self.seen = id;
    }

    /// Waits for a state that this receiver has not seen: the latest, which it has seen then.
    ///
    /// `None` once the channel is closed or all senders are gone, and the last state was seen; then for ever,
    /// unless [`new_sender`](Self::new_sender) opens it again.
    ///
    /// # Cancel safety
    /// One that is dropped has seen nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::watch::channel(1);
    /// sender.send(2).unwrap();
    /// sender.send(3).unwrap();
    /// drop(sender);
    /// assert_eq!(*receiver.changed().wait().unwrap(), 3);
    /// assert!(receiver.changed().wait().is_none());
    /// ```
    pub fn changed(&mut self) -> ChangedOp<'_, T, L> {
        Op::new(Told::new(Changed(self)))
    }

    /// [`changed`](Self::changed) by an operation that borrows nothing and gives the receiver back.
    pub fn changed_owned(self) -> ChangedOwnedOp<T, L> {
        Op::new(Told::new(Changed(self)))
    }

    /// Whether there is a state that this receiver has not seen.
    ///
    /// # Errors
    /// [`Closed`] where [`changed`](Self::changed) gives `None`: there is none, and never will be.
    ///
    /// # Examples
    /// ```
    /// use waterway::Closed;
    ///
    /// let (sender, mut receiver) = waterway::watch::channel(1);
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// sender.send(2).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.has_changed(), Ok(true));
    /// receiver.mark_seen();
    /// assert_eq!(receiver.has_changed(), Err(Closed));
    /// ```
    pub fn has_changed(&self) -> Result<bool, Closed> {
        match self.channel.is_after(self.seen) {
            Poll::Ready(changed) => changed.map(|_| true),
            Poll::Pending => Ok(false),
        }
    }

    /// The latest state, whether this receiver has seen it or not, which does not change that. `None` before
    /// the first.
    #[must_use]
    #[doc(alias = "borrow")]
    pub fn latest(&self) -> Option<Snapshot<T>> {
        self.channel.latest()
    }

    /// Waits for a state of which `is_it` is true; that which is there now is looked at first, also if it was
    /// seen. It has seen that state then.
    ///
    /// `None` if the channel comes to its end without one. States may be skipped, as everywhere, but not the
    /// last. The closure runs outside every lock; if it panics nothing has happened.
    ///
    /// # Cancel safety
    /// One that is dropped has seen nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::watch::channel(0);
    /// let counter = std::thread::spawn(move || (1..=100).for_each(|n| drop(sender.send(n))));
    /// assert!(*receiver.wait_for(|n| *n >= 50).wait().unwrap() >= 50);
    /// assert!(receiver.wait_for(|n| *n > 100).wait().is_none());
    /// counter.join().unwrap();
    /// ```
    pub fn wait_for<F: FnMut(&T) -> bool>(&mut self, is_it: F) -> WaitForOp<'_, T, F, L> {
        Op::new(Told::new(WaitFor {
            receiver: self,
            is_it,
            refused: StateId::new(),
            is_behind: false,
        }))
    }

    /// Waits for a state that is newer than that of this id: a copy of the latest, and its id. What this
    /// receiver has seen plays no part in it and is not changed.
    ///
    /// `None` once the channel is closed or all senders are gone, and there is no newer state. The state is
    /// cloned outside every lock.
    ///
    /// # Cancel safety
    /// It takes nothing.
    ///
    /// # Examples
    /// ```
    /// use waterway::watch::{self, StateId};
    ///
    /// let (sender, receiver) = watch::channel("old");
    /// let (id, state) = receiver.recv_after(StateId::new()).wait().unwrap();
    /// assert_eq!(state, "old");
    /// sender.send("new").unwrap();
    /// drop(sender);
    /// let (id, state) = receiver.recv_after(id).wait().unwrap();
    /// assert_eq!(state, "new");
    /// assert_eq!(receiver.recv_after(id).wait(), None);
    /// ```
    pub fn recv_after(&self, id: StateId) -> RecvAfterOp<'_, T, L>
    where
        T: Clone,
    {
        Op::new(Told::new(After { receiver: self, id }))
    }

    /// [`recv_after`](Self::recv_after) by an operation that borrows nothing and gives the receiver back.
    ///
    /// # Examples
    /// ```
    /// use waterway::watch::{self, StateId};
    ///
    /// let (_sender, receiver) = watch::channel('a');
    /// let (found, receiver) = receiver.recv_after_owned(StateId::new()).wait();
    /// let (id, state) = found.unwrap();
    /// assert_eq!(state, 'a');
    /// assert!(receiver.try_recv_after(id).is_err());
    /// ```
    pub fn recv_after_owned(self, id: StateId) -> RecvAfterOwnedOp<T, L>
    where
        T: Clone,
    {
        Op::new(Told::new(After { receiver: self, id }))
    }

    /// [`recv_after`](Self::recv_after) if there is a newer state now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none, [`TryRecvError::Closed`] if there never will be.
    pub fn try_recv_after(&self, id: StateId) -> Result<(StateId, T), TryRecvError>
    where
        T: Clone,
    {
        match self.channel.after(id) {
            Poll::Ready(Ok(state)) => Ok((state.id(), T::clone(&state))),
            Poll::Ready(Err(Closed)) => Err(TryRecvError::Closed),
            Poll::Pending => Err(TryRecvError::Empty),
        }
    }

    /// The id of the last state that this receiver has seen; [`StateId::new`] if none.
    #[must_use]
    pub fn seen(&self) -> StateId {
        self.seen
    }

    /// Counts the state that is there now as seen.
    ///
    /// That may be a newer one than [`latest`](Self::latest) gave: [`changed`](Self::changed) counts just the
    /// state that it gives.
    #[doc(alias = "mark_unchanged")]
    pub fn mark_seen(&mut self) {
        self.seen = self.channel.latest_id();
    }

    /// Counts the state that is there now as not seen: [`changed`](Self::changed) gives it at once.
    ///
    /// # Examples
    /// ```
    /// let (_sender, mut receiver) = waterway::watch::channel(1);
    /// receiver.mark_unseen();
    /// assert_eq!(*receiver.changed().wait().unwrap(), 1);
    /// ```
    #[doc(alias = "mark_changed")]
    pub fn mark_unseen(&mut self) {
        self.seen = StateId::new();
    }

    /// A stream of the states that this receiver has not seen, each as [`changed`](Self::changed) gives it. It
    /// allocates a place to wait in.
    pub fn stream(&mut self) -> StateStream<&mut Self, L> {
        StateStream::new(self)
    }

    /// A [`stream`](Self::stream) that borrows nothing and gives the receiver back.
    pub fn into_stream(self) -> StateStream<Self, L> {
        StateStream::new(self)
    }

    /// Ends the channel, and says whether this call did. Nothing is put from now on; the last state stays, and
    /// is seen by who has not seen it.
    pub fn close(&self) -> bool {
        self.channel.close()
    }

    /// Another sender. A channel whose senders were all dropped is open again with it; one that was
    /// [closed](Self::close) stays closed.
    #[must_use]
    pub fn new_sender(&self) -> Sender<T, L> {
        self.channel.life().revive_sender();
        Sender::new(self.channel)
    }

    /// Whether the channel was closed, or all senders are gone. There may be a state that was not seen.
    #[must_use]
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed() || self.sender_count() == 0
    }

    /// How many senders there are.
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.channel.life().senders() as usize
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.channel.life().receivers() as usize
    }

    /// Whether both are of one channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.channel == other.channel
    }

    /// What tells this channel from all others that are alive.
    #[must_use]
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.channel.address())
    }
}

/// The clone has seen the state that is there when it is made, as every new receiver has.
impl<T, L: RawMutex> Clone for Receiver<T, L> {
    fn clone(&self) -> Self {
        self.channel.life().add_receiver();
        Self::new(self.channel)
    }
}

impl<T, L: RawMutex> Drop for Receiver<T, L> {
    fn drop(&mut self) {
        self.channel.drop_receiver();
    }
}

impl<T, L: RawMutex> fmt::Debug for Receiver<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("seen", &self.seen.0)
            .field("latest", &self.channel.latest_id().0)
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}
