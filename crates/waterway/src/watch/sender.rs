//! The handle that puts states.

#![forbid(unsafe_code)]

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use super::ops::{ClosedOp, Ended};
use super::state::Channel;
use super::{Receiver, Snapshot, StateId};
use crate::error::{Closed, SendError};
use crate::id::ChannelId;
use crate::op::{Op, Told};
use crate::sync::DefaultLock;

/// The sending handle of a channel of states.
///
/// Clone it for each sender. When the last one is dropped the receivers see the last state, and then the end.
/// Nothing that a sender does waits for anybody, but [`closed`](Self::closed).
pub struct Sender<T, L: RawMutex = DefaultLock> {
    channel: Channel<T, L>,
    /// Invariant in the state.
    _of: PhantomData<fn(T) -> T>,
}

impl<T, L: RawMutex> Unpin for Sender<T, L> {}
impl<T, L: RawMutex> UnwindSafe for Sender<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for Sender<T, L> {}

impl<T, L: RawMutex> Sender<T, L> {
    /// Takes over one count of a sender.
    pub(super) fn new(channel: Channel<T, L>) -> Self {
        Self {
            channel,
            _of: PhantomData,
        }
    }

    pub(super) fn channel(&self) -> &Channel<T, L> {
        &self.channel
    }

    /// Puts a state, and tells all who wait for one. Its id comes back.
    ///
    /// It is stored whether anybody listens or not. The one before is dropped, here, if nobody keeps a
    /// [`Snapshot`] of it.
    ///
    /// # Errors
    /// The state, if the channel was [closed](Self::close); or if no ids are left, after 2^63 - 1 states.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::watch::channel(1);
    /// drop(receiver);
    /// sender.send(2).unwrap();
    /// assert_eq!(*sender.subscribe().latest().unwrap(), 2);
    /// sender.close();
    /// assert_eq!(sender.send(3).unwrap_err().into_inner(), 3);
    /// ```
    pub fn send(&self, state: T) -> Result<StateId, SendError<T>> {
        self.channel.send(state)
    }

    /// [`send`](Self::send), and gives the state before it: `None` if there was none.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn send_replace(&self, state: T) -> Result<Option<Snapshot<T>>, SendError<T>> {
        self.channel.replace(state)
    }

    /// Changes the state: a copy of it, which is put then. Its id comes back.
    ///
    /// The closure runs outside every lock. It is called again, with another copy, if meanwhile another
    /// thread changed or replaced the state (by this method, [`send_if_modified`](Self::send_if_modified) or
    /// [`send_replace`](Self::send_replace)): so no change is lost. If it panics nothing is changed.
    ///
    /// `None` if no state of this call was put: because there is none to change, in a channel that began
    /// [empty](super::empty); because a [`send`](Self::send) came meanwhile, which replaces what this call
    /// made; or because the closure itself changed or replaced the state of this channel: the inner change
    /// stays (without `std`, where threads can't be told apart, such a closure is called again and again).
    ///
    /// # Errors
    /// [`Closed`] as for [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::watch::channel(vec![1]);
    /// sender.send_modify(|list| list.push(2)).unwrap();
    /// assert_eq!(*receiver.latest().unwrap(), [1, 2]);
    /// ```
    pub fn send_modify(&self, mut change: impl FnMut(&mut T)) -> Result<Option<StateId>, Closed>
    where
        T: Clone,
    {
        self.send_if_modified(|state| {
            change(state);
            true
        })
    }

    /// [`send_modify`](Self::send_modify) that puts the copy only if the closure says so; else nothing
    /// happened, nobody is told, and `None` comes back.
    ///
    /// # Errors
    /// As for [`send_modify`](Self::send_modify).
    ///
    /// # Examples
    /// ```
    /// let (sender, mut receiver) = waterway::watch::channel(1);
    /// let raise = |to: i32| {
    ///     sender.send_if_modified(|state| {
    ///         let higher = to > *state;
    ///         *state = to.max(*state);
    ///         higher
    ///     })
    /// };
    /// assert!(raise(1).unwrap().is_none());
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// assert!(raise(2).unwrap().is_some());
    /// assert_eq!(receiver.has_changed(), Ok(true));
    /// ```
    pub fn send_if_modified(
        &self,
        mut change: impl FnMut(&mut T) -> bool,
    ) -> Result<Option<StateId>, Closed>
    where
        T: Clone,
    {
        self.channel.update(|before| {
            let mut state = before.clone();
            change(&mut state).then_some(state)
        })
    }

    /// The latest state: `None` if there is none yet.
    #[must_use]
    #[doc(alias = "borrow")]
    pub fn latest(&self) -> Option<Snapshot<T>> {
        self.channel.latest()
    }

    /// Another receiver, whether there is one or not. It has seen the state that is there.
    #[must_use]
    #[doc(alias = "new_receiver")]
    pub fn subscribe(&self) -> Receiver<T, L> {
        self.channel.life().revive_receiver();
        Receiver::new(self.channel)
    }

    /// Waits until nobody listens: the channel was closed, or there is no receiver. If there is none when it
    /// is called it is ready at once.
    ///
    /// # Cancel safety
    /// It takes nothing.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::watch::channel(1);
    /// let other = std::thread::spawn(move || drop(receiver));
    /// sender.closed().wait();
    /// assert!(sender.is_closed());
    /// other.join().unwrap();
    /// ```
    pub fn closed(&self) -> ClosedOp<'_, T, L> {
        Op::new(Told::new(Ended(self)))
    }

    /// Ends the channel, and says whether this call did. Nothing is put from now on; the last state stays,
    /// and is seen by who has not seen it.
    pub fn close(&self) -> bool {
        self.channel.close()
    }

    /// Whether nobody listens: the channel was closed, or there is no receiver. In the second case states
    /// are still stored.
    #[must_use]
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.channel.is_deserted()
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

    /// How many weak handles there are.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.channel.life().weak() as usize
    }

    /// Whether both send to one channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.channel == other.channel
    }

    /// Whether that receiver is one of this channel.
    #[must_use]
    pub fn sends_to(&self, receiver: &Receiver<T, L>) -> bool {
        self.channel == *receiver.channel()
    }

    /// What tells this channel from all others that are alive.
    #[must_use]
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.channel.address())
    }

    /// A handle that does not keep the channel open.
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T, L> {
        self.channel.life().hold();
        WeakSender {
            channel: self.channel,
            _of: PhantomData,
        }
    }
}

impl<T, L: RawMutex> Clone for Sender<T, L> {
    fn clone(&self) -> Self {
        self.channel.life().add_sender();
        Self::new(self.channel)
    }
}

impl<T, L: RawMutex> Drop for Sender<T, L> {
    fn drop(&mut self) {
        self.channel.drop_sender();
    }
}

impl<T, L: RawMutex> fmt::Debug for Sender<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("latest", &self.channel.latest_id().0)
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// A sending handle that does not keep the channel open: made by [`Sender::downgrade`].
///
/// It keeps the channel's memory, and the last state in it.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::watch::channel(1);
/// let weak = sender.downgrade();
/// weak.upgrade().unwrap().send(2).unwrap();
/// drop(sender);
/// assert!(weak.upgrade().is_none());
/// assert!(receiver.is_closed());
/// ```
pub struct WeakSender<T, L: RawMutex = DefaultLock> {
    channel: Channel<T, L>,
    _of: PhantomData<fn(T) -> T>,
}

impl<T, L: RawMutex> Unpin for WeakSender<T, L> {}
impl<T, L: RawMutex> UnwindSafe for WeakSender<T, L> {}
impl<T, L: RawMutex> RefUnwindSafe for WeakSender<T, L> {}

impl<T, L: RawMutex> WeakSender<T, L> {
    /// A sender, if the channel still has one.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T, L>> {
        let upgraded = self.channel.life().upgrade_sender();
        upgraded.then(|| Sender::new(self.channel))
    }
}

impl<T, L: RawMutex> Clone for WeakSender<T, L> {
    fn clone(&self) -> Self {
        self.channel.life().hold();
        Self {
            channel: self.channel,
            _of: PhantomData,
        }
    }
}

impl<T, L: RawMutex> Drop for WeakSender<T, L> {
    fn drop(&mut self) {
        self.channel.release();
    }
}

impl<T, L: RawMutex> fmt::Debug for WeakSender<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
