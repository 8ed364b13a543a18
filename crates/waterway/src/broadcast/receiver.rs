//! The receiving handles.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use alloc::boxed::Box;
use futures_core::{FusedStream, Stream};

use super::hub::Link;
use super::op::{Batch, Next, Reference, Value, View};
use super::sender::Sender;
use super::{RecvManyOp, RecvOp, RecvOwnedOp, RecvRefOp};
use crate::error::{Lagged, TryRecvError};
use crate::id::ChannelId;
use crate::op::{Op, Place, Told};
use crate::store::counted::Counted;
use crate::sync::DefaultLock;
use crate::unwind::Defer;
use crate::wait::{Crowd, How};

/// The receiving handle of a broadcast: it gets every message that is sent from where it stands.
///
/// A clone stands where this one does, and goes on by itself. It is a [`Stream`], too.
pub struct Receiver<T> {
    pub(super) link: Link<T>,
    /// The position of the next message.
    cursor: u64,
    /// Where the receiver itself waits, when it is polled; made then.
    place: Option<Pin<Box<Place<Crowd<DefaultLock>>>>>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: messages come from any thread, and others clone them at the same time; the place is touched by others
// under a lock only.
unsafe impl<T: Send + Sync> Send for Receiver<T> {}
// SAFETY: by a shared one a message is not to be had, but another receiver is.
unsafe impl<T: Send + Sync> Sync for Receiver<T> {}
impl<T> Unpin for Receiver<T> {}
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    /// Takes over one count of a receiver that stands there.
    pub(super) fn new(link: Link<T>, cursor: u64) -> Self {
        Self {
            link,
            cursor,
            place: None,
            _of: PhantomData,
        }
    }

    /// One more receiver. The caller keeps the channel meanwhile.
    pub(super) fn subscribe_to(link: Link<T>, from_oldest: bool) -> Self {
        Self::new(link, link.subscribe(from_oldest))
    }

    /// Takes what is there.
    pub(super) fn take(&mut self) -> Result<Result<Ref<T>, Lagged>, TryRecvError> {
        self.link.take(&mut self.cursor)
    }

    /// Receives the next message, waiting for one.
    ///
    /// Empty: waits. Closed, or without senders: everything that was sent, then `None`. The message is moved if this is the
    /// last receiver that wanted it, and cloned otherwise: `clone` runs outside every lock, perhaps beside
    /// that of others. A receiver that was overtaken by more messages than are kept gets
    /// `Some(Err(Lagged(n)))` once, where `n` is exactly how many it lost, and goes on at the oldest that is
    /// kept.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Panics
    /// If `clone` does: then this receiver has had the message.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Lagged, broadcast};
    ///
    /// let (sender, mut receiver) = broadcast::channel(2);
    /// for number in 1..=5 {
    ///     sender.try_send(number).unwrap();
    /// }
    /// drop(sender);
    /// assert_eq!(receiver.recv().wait(), Some(Err(Lagged(3))));
    /// assert_eq!(receiver.recv().wait(), Some(Ok(4)));
    /// assert_eq!(receiver.recv().wait(), Some(Ok(5)));
    /// assert_eq!(receiver.recv().wait(), None);
    /// ```
    pub fn recv(&mut self) -> RecvOp<'_, T>
    where
        T: Clone,
    {
        Op::new(Told::new(Next::new(self)))
    }

    /// [`recv`](Self::recv) by an operation that borrows nothing and gives the receiver back.
    pub fn recv_owned(self) -> RecvOwnedOp<T>
    where
        T: Clone,
    {
        Op::new(Told::new(Next::new(self)))
    }

    /// [`recv`](Self::recv) of a reference to the message: nothing is cloned.
    ///
    /// The reference keeps the message, and not its room in the channel.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Examples
    /// ```
    /// struct Large([u64; 100]);
    ///
    /// let (sender, mut receiver) = waterway::broadcast::channel(2);
    /// let mut other = receiver.clone();
    /// sender.try_send(Large([7; 100])).ok().unwrap();
    /// let here = receiver.recv_ref().wait().unwrap().unwrap();
    /// let there = other.recv_ref().wait().unwrap().unwrap();
    /// assert_eq!(here.0[0], 7);
    /// assert!(std::ptr::eq(&*here, &*there));
    /// ```
    pub fn recv_ref(&mut self) -> RecvRefOp<'_, T> {
        Op::new(Told::new(Next::new(self)))
    }

    /// Receives what is there, up to `limit` messages, into `buffer`; waits if there is nothing. How many they were: at
    /// least 1, or 0 for a limit of 0; `None` at the end, as [`recv`](Self::recv).
    ///
    /// What was lost counts as one of them, and stands where it was lost. What comes while it receives is taken as well: with a
    /// limit that is never reached it may go on as long as senders keep up.
    ///
    /// # Cancel safety
    /// A receive that is dropped has taken nothing.
    ///
    /// # Panics
    /// If `clone` or the buffer does: what was received before is in the buffer.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Lagged, broadcast};
    ///
    /// let (sender, mut receiver) = broadcast::channel(2);
    /// for number in 1..=3 {
    ///     sender.try_send(number).unwrap();
    /// }
    /// let mut buffer = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut buffer, 10).wait(), Some(3));
    /// assert_eq!(buffer, [Err(Lagged(1)), Ok(2), Ok(3)]);
    /// ```
    pub fn recv_many<'a, B>(&'a mut self, buffer: &'a mut B, limit: usize) -> RecvManyOp<'a, T, B>
    where
        T: Clone,
        B: Extend<Result<T, Lagged>>,
    {
        Op::new(Told::new(Batch {
            receiver: self,
            buffer,
            limit,
        }))
    }

    /// Takes what is there, up to a limit.
    pub(super) fn take_many<B>(&mut self, buffer: &mut B, limit: usize) -> Poll<Option<usize>>
    where
        T: Clone,
        B: Extend<Result<T, Lagged>>,
    {
        for count in 0..limit {
            match self.try_recv() {
                Ok(found) => buffer.extend(Some(found)),
                Err(TryRecvError::Empty) if count == 0 => return Poll::Pending,
                Err(TryRecvError::Closed) if count == 0 => return Poll::Ready(None),
                Err(_) => return Poll::Ready(Some(count)),
            }
        }
        Poll::Ready(Some(limit))
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`], or [`TryRecvError::Closed`] after the last message. That this receiver lost
    /// messages is no error here but what it received: `Ok(Err(Lagged(n)))`.
    ///
    /// # Panics
    /// If `clone` does, see [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Result<T, Lagged>, TryRecvError>
    where
        T: Clone,
    {
        self.try_view::<Value>()
    }

    /// Receives a reference to the next message, if there is one now. See [`recv_ref`](Self::recv_ref).
    ///
    /// # Errors
    /// As for [`try_recv`](Self::try_recv).
    pub fn try_recv_ref(&mut self) -> Result<Result<Ref<T>, Lagged>, TryRecvError> {
        self.try_view::<Reference>()
    }

    fn try_view<V: View<T>>(&mut self) -> Result<Result<V::Seen, Lagged>, TryRecvError> {
        let found = self.take()?;
        Ok(found.map(|message| V::see(&self.link, message)))
    }

    /// Polls for the next message: `None` at the end, as [`recv`](Self::recv).
    ///
    /// The waker of the latest call is woken; it is kept until then, or until the receiver goes. The first call
    /// that finds nothing allocates the place to keep it in.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Lagged>>>
    where
        T: Clone,
    {
        let (link, cursor) = (self.link, &mut self.cursor);
        let hub = &*link;
        let place = self
            .place
            .get_or_insert_with(|| Box::pin(Place::new(&hub.readers)));
        let found = crate::coop::poll(context, || {
            let look = || match hub.take(cursor) {
                Ok(found) => Poll::Ready(Some(found)),
                Err(TryRecvError::Closed) => Poll::Ready(None),
                Err(TryRecvError::Empty) => Poll::Pending,
            };
            // SAFETY: the place is pinned in its box, and leaves before the receiver gives its hold back.
            unsafe { place.step(How::Task(context.waker()), look) }
        });
        found.map(|found| found.map(|found| found.map(|message| Value::see(hub, message))))
    }

    /// A blocking iterator over all messages, until the end.
    #[cfg(feature = "std")]
    pub fn iter(&mut self) -> super::Iter<'_, T>
    where
        T: Clone,
    {
        super::iter::Iter(self)
    }

    /// An iterator over the messages that are there.
    pub fn try_iter(&mut self) -> super::TryIter<'_, T>
    where
        T: Clone,
    {
        super::iter::TryIter(self)
    }

    /// Another receiver, of what is sent from now on.
    #[must_use = "a lossless channel waits for every receiver"]
    #[doc(alias = "resubscribe")]
    pub fn subscribe(&self) -> Self {
        Self::subscribe_to(self.link, false)
    }

    /// Another receiver, which begins with the oldest message that is kept. See
    /// [`Sender::subscribe_from_oldest`].
    #[must_use = "a lossless channel waits for every receiver"]
    pub fn subscribe_from_oldest(&self) -> Self {
        Self::subscribe_to(self.link, true)
    }

    /// Gives up what was not received, and receives nothing any more; but can subscribe again.
    ///
    /// Nobody waits for an inactive receiver, and nothing is kept for it.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = waterway::broadcast::lossless(1);
    /// let pause = receiver.deactivate();
    /// sender.try_send(1).unwrap();
    /// sender.try_send(2).unwrap();
    /// let mut receiver = pause.subscribe();
    /// sender.try_send(3).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(Ok(3)));
    /// ```
    pub fn deactivate(self) -> InactiveReceiver<T> {
        self.link.life().hold();
        InactiveReceiver {
            link: self.link,
            _of: PhantomData,
        }
    }

    /// A new sender, also when there is none any more: then the channel is open again, unless it was closed.
    #[must_use = "the channel stays open as long as there is a sender"]
    pub fn new_sender(&self) -> Sender<T> {
        self.link.life().revive_sender();
        Sender::new(self.link)
    }

    /// Closes the channel and says whether this call did. See [`Sender::close`].
    pub fn close(&self) -> bool {
        self.link.close()
    }

    /// Whether the channel was closed, or all senders are gone.
    #[doc(alias = "is_disconnected")]
    pub fn is_closed(&self) -> bool {
        self.link.has_ended()
    }

    /// How many messages are kept at most.
    pub fn capacity(&self) -> usize {
        self.link.capacity()
    }

    /// Whether senders wait for the slowest receiver.
    pub fn is_lossless(&self) -> bool {
        self.link.is_lossless()
    }

    /// How many messages this receiver can take. Those that it lost are not counted.
    pub fn len(&self) -> usize {
        self.link.ahead(self.cursor)
    }

    /// How many messages this receiver has lost and was not told of yet: its next receive tells.
    ///
    /// # Examples
    /// ```
    /// use waterway::{Lagged, broadcast};
    ///
    /// let (sender, mut receiver) = broadcast::channel(2);
    /// for number in 1..=5 {
    ///     sender.try_send(number).unwrap();
    /// }
    /// assert_eq!((receiver.lost(), receiver.len()), (3, 2));
    /// assert_eq!(receiver.try_recv(), Ok(Err(Lagged(3))));
    /// assert_eq!((receiver.lost(), receiver.len()), (0, 2));
    /// ```
    pub fn lost(&self) -> u64 {
        self.link.lost(self.cursor)
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many senders there are.
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

    /// Whether both receive from one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.link == other.link
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        self.link.id()
    }
}

/// A receiver that stands where this one does.
impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.link.join(self.cursor);
        Self::new(self.link, self.cursor)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let (link, cursor) = (self.link, self.cursor);
        let _left = Defer::new(|| link.drop_receiver(cursor));
        if let Some(place) = &self.place {
            // SAFETY: the receiver has its hold still.
            unsafe { place.leave() };
        }
    }
}

impl<T: Clone> Stream for Receiver<T> {
    type Item = Result<T, Lagged>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(context)
    }
}

impl<T: Clone> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.link.is_over(self.cursor)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}

/// A handle that receives nothing, and can become a receiver at any time: made by
/// [`Receiver::deactivate`].
///
/// It keeps the channel's memory; it keeps no message, and is waited for by nobody.
pub struct InactiveReceiver<T> {
    link: Link<T>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: as for Receiver, which it may become.
unsafe impl<T: Send + Sync> Send for InactiveReceiver<T> {}
// SAFETY: as for Receiver.
unsafe impl<T: Send + Sync> Sync for InactiveReceiver<T> {}
impl<T> UnwindSafe for InactiveReceiver<T> {}
impl<T> RefUnwindSafe for InactiveReceiver<T> {}

impl<T> InactiveReceiver<T> {
    /// A receiver of what is sent from now on. In a closed channel, or one without senders: the end at once.
    #[must_use = "a lossless channel waits for every receiver"]
    #[doc(alias = "activate")]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::subscribe_to(self.link, false)
    }

    /// A receiver that begins with the oldest message that is kept. See [`Sender::subscribe_from_oldest`].
    #[must_use = "a lossless channel waits for every receiver"]
    pub fn subscribe_from_oldest(&self) -> Receiver<T> {
        Receiver::subscribe_to(self.link, true)
    }
}

impl<T> Clone for InactiveReceiver<T> {
    fn clone(&self) -> Self {
        self.link.life().hold();
        Self {
            link: self.link,
            _of: PhantomData,
        }
    }
}

impl<T> Drop for InactiveReceiver<T> {
    fn drop(&mut self) {
        self.link.release();
    }
}

impl<T> fmt::Debug for InactiveReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InactiveReceiver").finish_non_exhaustive()
    }
}

/// A received message by reference: several may share it. Made by [`Receiver::recv_ref`].
///
/// The message is dropped with the last one. It is no longer in the channel.
pub struct Ref<T>(pub(super) Counted<T>);

impl<T> Ref<T> {
    /// The message itself, if nobody else refers to it.
    ///
    /// # Errors
    /// The reference, if somebody does.
    pub fn into_inner(self) -> Result<T, Self> {
        self.0.take().map(|(message, _)| message).map_err(Self)
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
