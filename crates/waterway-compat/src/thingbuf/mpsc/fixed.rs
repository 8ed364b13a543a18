//! Channels in statics, for tasks.

use core::fmt;
use core::task::{Context, Poll};

use super::errors::{Closed, TryRecvError, TrySendError};
use super::{RecvFuture, RecvRef, RecvRefFuture, SendRef};
use crate::thingbuf::ends::{Parted, Reader, Writer, show, value};
use crate::thingbuf::recycling::{DefaultRecycle, Recycle};

/// A channel of `CAPACITY` slots in a static, which is split into its two handles once.
///
/// # Examples
/// ```
/// use waterway_compat::thingbuf::mpsc::StaticChannel;
///
/// static CHANNEL: StaticChannel<String, 8> = StaticChannel::new();
///
/// let (sender, receiver) = CHANNEL.split();
/// sender.try_send_ref().unwrap().push_str("hello");
/// assert_eq!(&**receiver.try_recv_ref().unwrap(), "hello");
/// ```
///
/// One without slots does not compile:
///
/// ```compile_fail,E0080
/// use waterway_compat::thingbuf::mpsc::StaticChannel;
///
/// static CHANNEL: StaticChannel<u8, 0> = StaticChannel::new();
/// ```
pub struct StaticChannel<T, const CAPACITY: usize, R = DefaultRecycle>(Parted<T, CAPACITY, R>);

impl<T, const CAPACITY: usize> StaticChannel<T, CAPACITY> {
    /// A channel whose elements are made and recycled by their default value.
    ///
    /// `CAPACITY` is at least 1 and at most [`MAX_CAPACITY`](crate::thingbuf::MAX_CAPACITY), or it does not compile.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "the original has none")]
    pub const fn new() -> Self {
        Self(Parted::new(DefaultRecycle::new()))
    }
}

impl<T, R, const CAPACITY: usize> StaticChannel<T, CAPACITY, R> {
    /// The two handles.
    ///
    /// # Panics
    /// If it was split before.
    #[must_use]
    #[track_caller]
    pub fn split(&'static self) -> (StaticSender<T, R>, StaticReceiver<T, R>) {
        self.try_split().expect("channel already split")
    }

    /// The two handles, unless it was split before.
    #[must_use]
    pub fn try_split(&'static self) -> Option<(StaticSender<T, R>, StaticReceiver<T, R>)> {
        let (writer, reader, recycle) = self.0.part()?;
        let sender = StaticSender { writer, recycle };
        Some((sender, StaticReceiver { reader, recycle }))
    }
}

impl<T, R, const CAPACITY: usize> fmt::Debug for StaticChannel<T, CAPACITY, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticChannel").finish_non_exhaustive()
    }
}

/// The sending handle of a [`StaticChannel`]. Clone it for each sender.
pub struct StaticSender<T: 'static, R: 'static = DefaultRecycle> {
    writer: Writer<T>,
    recycle: &'static R,
}

/// The receiving handle of a [`StaticChannel`].
///
/// Several may wait by one: each gets what the others leave.
pub struct StaticReceiver<T: 'static, R: 'static = DefaultRecycle> {
    reader: Reader<T>,
    recycle: &'static R,
}

impl<T, R: Recycle<T>> StaticSender<T, R> {
    /// Waits for a free slot, to write a message in place.
    ///
    /// Those who wait are served in order, and nobody overtakes them. A future that is dropped gives up its place, or the
    /// slot that it was given.
    ///
    /// # Errors
    /// [`Closed`] if the receiver is gone.
    pub async fn send_ref(&self) -> Result<SendRef<'_, T>, Closed> {
        self.writer.send_ref(self.recycle).await
    }

    /// Sends a message by value, waiting for a free slot. No element is made for it.
    ///
    /// A future that is dropped has sent nothing.
    ///
    /// # Errors
    /// [`Closed`], with the message, if the receiver is gone.
    pub async fn send(&self, val: T) -> Result<(), Closed<T>> {
        self.writer.send(val).await
    }

    /// A slot to write a message in place, if one is free.
    ///
    /// # Errors
    /// [`TrySendError`]: `Full` if all slots are in use, or others wait for one; `Closed` if the receiver is gone.
    pub fn try_send_ref(&self) -> Result<SendRef<'_, T>, TrySendError> {
        self.writer.try_send_ref(self.recycle)
    }

    /// Sends a message by value, if a slot is free.
    ///
    /// # Errors
    /// [`TrySendError`], with the message, as for [`try_send_ref`](Self::try_send_ref).
    pub fn try_send(&self, val: T) -> Result<(), TrySendError<T>> {
        self.writer.try_send(val)
    }
}

impl<T, R> StaticSender<T, R> {
    /// How many slots there are.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.writer.capacity()
    }

    /// The capacity without the [length](Self::len).
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many messages are in the channel, with those that are being written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writer.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, R> Clone for StaticSender<T, R> {
    fn clone(&self) -> Self {
        Self {
            writer: self.writer.clone(),
            recycle: self.recycle,
        }
    }
}

impl<T, R: fmt::Debug> fmt::Debug for StaticSender<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        show(
            f,
            "StaticSender",
            format_args!("&[..]"),
            numbers,
            &self.recycle,
        )
    }
}

impl<T, R> StaticReceiver<T, R> {
    /// Waits for the next message, in its slot: `None` if all senders are gone and everything was received.
    pub fn recv_ref(&self) -> RecvRefFuture<'_, T> {
        RecvRefFuture::new(&self.reader)
    }

    /// Waits for the next message by value: `None` as for [`recv_ref`](Self::recv_ref).
    pub fn recv(&self) -> RecvFuture<'_, T, R> {
        RecvFuture::new(&self.reader)
    }

    /// The next message, in its slot, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError`]: `Empty`, or `Closed` if all senders are gone, too.
    pub fn try_recv_ref(&self) -> Result<RecvRef<'_, T>, TryRecvError> {
        self.reader.try_recv_ref()
    }

    /// The next message by value, if there is one.
    ///
    /// # Errors
    /// As for [`try_recv_ref`](Self::try_recv_ref).
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.reader.try_recv()
    }

    /// Polls for the next message, in its slot. The latest waker alone is kept.
    pub fn poll_recv_ref(&self, cx: &mut Context<'_>) -> Poll<Option<RecvRef<'_, T>>> {
        self.reader.poll_recv_ref(cx)
    }

    /// Polls for the next message by value. The latest waker alone is kept.
    pub fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv_ref(cx).map(|message| message.map(value))
    }

    /// Whether all senders are gone. There may be messages still.
    pub fn is_closed(&self) -> bool {
        self.reader.is_closed()
    }

    /// How many slots there are.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.reader.capacity()
    }

    /// The capacity without the [length](Self::len).
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many messages are in the channel, with those that are being written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.reader.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, R: fmt::Debug> fmt::Debug for StaticReceiver<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        show(
            f,
            "StaticReceiver",
            format_args!("&[..]"),
            numbers,
            &self.recycle,
        )
    }
}
