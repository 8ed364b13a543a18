//! The sending handles.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::hub::Link;
use super::op::{End, Sending};
use super::receiver::Receiver;
use super::{ClosedOp, SendOp, SendOwnedOp};
use crate::error::TrySendError;
use crate::id::ChannelId;
use crate::op::{Op, Told};

/// The sending handle of a broadcast.
///
/// Clone it for each sender. When the last one is dropped the receivers still get all that was sent, and then
/// the end.
pub struct Sender<T> {
    pub(super) link: Link<T>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: a message goes to any thread that has a receiver, and several clone it at a time; everything else
// is atomic or under the lock.
unsafe impl<T: Send + Sync> Send for Sender<T> {}
// SAFETY: as for Send: every method may be called by several threads.
unsafe impl<T: Send + Sync> Sync for Sender<T> {}
impl<T> Unpin for Sender<T> {}
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    /// Takes over one count of a sender.
    pub(super) fn new(link: Link<T>) -> Self {
        Self {
            link,
            _of: PhantomData,
        }
    }

    /// Sends a message to all receivers.
    ///
    /// Full: if the channel lets receivers [lag](super::channel) it never waits, and the oldest message is
    /// dropped, or stays with those who have just taken it; if it is [lossless](super::lossless) it waits until the slowest receiver has
    /// taken the oldest, or is gone. Those who wait are served in order. Closed: fails. Without receivers it
    /// does not wait either, and the message is kept for
    /// [one that subscribes from the oldest](Self::subscribe_from_oldest), until newer ones displace it.
    ///
    /// `let _ = sender.send(message);` sends nothing: an operation has to be `.await`ed or
    /// `.wait()`ed for. To send without waiting use [`try_send`](Self::try_send).
    ///
    /// # Cancel safety
    /// A send that is dropped while it waits drops its message; it is not delivered, unless it was taken
    /// already. [`cancel`](crate::Op::cancel) gives the message back or says that it was taken.
    ///
    /// # Errors
    /// [`SendError`](crate::SendError) with the message if the channel is closed, now or while it waits.
    ///
    /// # Examples
    /// ```
    /// use waterway::broadcast;
    ///
    /// let (sender, mut first) = broadcast::lossless(2);
    /// let mut second = first.clone();
    /// sender.send("to all").wait()?;
    /// assert_eq!(first.recv().wait(), Some(Ok("to all")));
    /// assert_eq!(second.recv().wait(), Some(Ok("to all")));
    /// # Ok::<(), waterway::SendError<&str>>(())
    /// ```
    pub fn send(&self, message: T) -> SendOp<'_, T> {
        Op::new(Sending::new(self, message))
    }

    /// [`send`](Self::send) by an operation that borrows nothing and gives the sender back.
    pub fn send_owned(self, message: T) -> SendOwnedOp<T> {
        Op::new(Sending::new(self, message))
    }

    /// Sends a message to all receivers, if there is room now; says how many receivers there are.
    ///
    /// Never waits. A channel that lets receivers [lag](super::channel) always has room. If there are no receivers the
    /// message is kept all the same, see [`send`](Self::send).
    ///
    /// # Errors
    /// [`TrySendError`] with the message: `Full` if the slowest receiver of a lossless channel has not taken
    /// the oldest message, or others wait for room already; `Closed`.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TrySendError, broadcast};
    ///
    /// let (sender, receiver) = broadcast::lossless(1);
    /// assert_eq!(sender.try_send(1), Ok(1));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Ok(0), "there is nobody to wait for");
    /// ```
    pub fn try_send(&self, message: T) -> Result<usize, TrySendError<T>> {
        let hub = &*self.link;
        let back = |message| {
            let message = hub.unwrap(message);
            message.unwrap_or_else(|_| unreachable!("it was never in the channel"))
        };
        hub.send(hub.wrap(message)).map_err(|error| match error {
            TrySendError::Full(message) => TrySendError::Full(back(message)),
            TrySendError::Closed(message) => TrySendError::Closed(back(message)),
        })
    }

    /// A receiver of what is sent from now on. In a closed channel: the end at once.
    ///
    /// # Examples
    /// ```
    /// use waterway::{TryRecvError, broadcast};
    ///
    /// let (sender, _first) = broadcast::channel(4);
    /// sender.try_send(1).unwrap();
    /// let mut late = sender.subscribe();
    /// assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
    /// sender.try_send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(Ok(2)));
    /// ```
    #[must_use = "a lossless channel waits for every receiver"]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::subscribe_to(self.link, false)
    }

    /// A receiver of what is kept in the channel, and of what is sent from now on.
    ///
    /// Kept is what some receiver has not taken yet, and what was sent while there was none.
    ///
    /// # Examples
    /// ```
    /// use waterway::broadcast;
    ///
    /// let (sender, receiver) = broadcast::channel(2);
    /// drop(receiver);
    /// for number in 1..=3 {
    ///     assert_eq!(sender.try_send(number), Ok(0));
    /// }
    /// let mut late = sender.subscribe_from_oldest();
    /// assert_eq!(late.try_recv(), Ok(Ok(2)), "two are kept");
    /// assert_eq!(late.try_recv(), Ok(Ok(3)));
    /// ```
    #[must_use = "a lossless channel waits for every receiver"]
    pub fn subscribe_from_oldest(&self) -> Receiver<T> {
        Receiver::subscribe_to(self.link, true)
    }

    /// Waits until the channel is closed. That receivers go does not close it.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub fn closed(&self) -> ClosedOp<'_, T> {
        Op::new(Told::new(End::new(self)))
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on, by no sender; parked senders get their messages back. What is in
    /// the channel is still received.
    pub fn close(&self) -> bool {
        self.link.close()
    }

    /// Whether the channel was closed.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// How many messages are kept at most.
    pub fn capacity(&self) -> usize {
        self.link.capacity()
    }

    /// Whether senders wait for the slowest receiver.
    pub fn is_lossless(&self) -> bool {
        self.link.is_lossless()
    }

    /// How many messages are kept. Never more than the capacity.
    pub fn len(&self) -> usize {
        self.link.len()
    }

    /// Whether no message is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a send would have to wait for a receiver.
    pub fn is_full(&self) -> bool {
        self.link.is_full()
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.link.life().senders() as usize
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.link.receivers()
    }

    /// How many weak senders and inactive receivers there are.
    pub fn weak_count(&self) -> usize {
        self.link.weak()
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.link == other.link
    }

    /// Whether this sends to that receiver.
    pub fn sends_to(&self, receiver: &Receiver<T>) -> bool {
        self.link == receiver.link
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        self.link.id()
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        self.link.life().hold();
        WeakSender {
            link: self.link,
            _of: PhantomData,
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.link.life().add_sender();
        Self::new(self.link)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.link.drop_sender();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// A sending handle that does not keep the channel open.
pub struct WeakSender<T> {
    link: Link<T>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: as for Sender, which it may become.
unsafe impl<T: Send + Sync> Send for WeakSender<T> {}
// SAFETY: as for Sender.
unsafe impl<T: Send + Sync> Sync for WeakSender<T> {}
impl<T> UnwindSafe for WeakSender<T> {}
impl<T> RefUnwindSafe for WeakSender<T> {}

impl<T> WeakSender<T> {
    /// A sender, if there is one still.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = waterway::broadcast::channel::<u8>(1);
    /// let weak = sender.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let upgraded = self.link.life().upgrade_sender();
        upgraded.then(|| Sender::new(self.link))
    }

    /// How many senders there are.
    #[doc(alias = "strong_count")]
    pub fn sender_count(&self) -> usize {
        self.link.life().senders() as usize
    }

    /// How many weak senders and inactive receivers there are, this one included.
    pub fn weak_count(&self) -> usize {
        self.link.weak()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        self.link.life().hold();
        Self {
            link: self.link,
            _of: PhantomData,
        }
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.link.release();
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
