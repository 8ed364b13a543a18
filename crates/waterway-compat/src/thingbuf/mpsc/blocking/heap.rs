//! Channels on the heap, for threads.

use ::std::time::Duration;
use alloc::sync::Arc;
use core::fmt;

use super::{RecvRef, SendRef};
use crate::thingbuf::ends::{Reader, Writer, allocate, show, value};
use crate::thingbuf::mpsc::errors::{
    Closed, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::thingbuf::recycling::{DefaultRecycle, Recycle};

/// A channel of exactly `capacity` slots, whose elements are made and recycled by their default value.
///
/// # Panics
/// If `capacity` is 0 or more than [`MAX_CAPACITY`](crate::thingbuf::MAX_CAPACITY).
#[must_use]
#[track_caller]
pub fn channel<T: Default + Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    with_recycle(capacity, DefaultRecycle::new())
}

/// A channel of exactly `capacity` slots with a policy of how elements are made and recycled.
///
/// # Panics
/// As for [`channel`].
#[must_use]
#[track_caller]
pub fn with_recycle<T, R: Recycle<T>>(
    capacity: usize,
    recycle: R,
) -> (Sender<T, R>, Receiver<T, R>) {
    let (writer, reader) = allocate(capacity);
    let recycle = Arc::new(recycle);
    let sender = Sender {
        writer,
        recycle: Arc::clone(&recycle),
    };
    (sender, Receiver { reader, recycle })
}

/// The sending handle of a [`channel`](). Clone it for each sender.
pub struct Sender<T, R = DefaultRecycle> {
    writer: Writer<T>,
    recycle: Arc<R>,
}

/// The receiving handle of a [`channel`]().
///
/// Several may wait by one: each gets what the others leave.
pub struct Receiver<T, R = DefaultRecycle> {
    reader: Reader<T>,
    recycle: Arc<R>,
}

impl<T, R: Recycle<T>> Sender<T, R> {
    /// Waits for a free slot, to write a message in place.
    ///
    /// Those who wait are served in order, and nobody overtakes them.
    ///
    /// # Errors
    /// [`Closed`] if the receiver is gone.
    pub fn send_ref(&self) -> Result<SendRef<'_, T>, Closed> {
        self.writer.wait_ref(&*self.recycle)
    }

    /// Sends a message by value, waiting for a free slot. No element is made for it.
    ///
    /// # Errors
    /// [`Closed`], with the message, if the receiver is gone.
    pub fn send(&self, val: T) -> Result<(), Closed<T>> {
        self.writer.wait(val)
    }

    /// [`send_ref`](Self::send_ref) for no longer than this, however often the thread is woken.
    ///
    /// # Errors
    /// [`SendTimeoutError`]: what happened first.
    pub fn send_ref_timeout(&self, timeout: Duration) -> Result<SendRef<'_, T>, SendTimeoutError> {
        self.writer.wait_ref_timeout(&*self.recycle, timeout)
    }

    /// [`send`](Self::send) for no longer than this.
    ///
    /// # Errors
    /// [`SendTimeoutError`], with the message: what happened first.
    pub fn send_timeout(&self, val: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.writer.wait_timeout(val, timeout)
    }

    /// A slot to write a message in place, if one is free.
    ///
    /// # Errors
    /// [`TrySendError`]: `Full` if all slots are in use, or others wait for one; `Closed` if the receiver is gone.
    pub fn try_send_ref(&self) -> Result<SendRef<'_, T>, TrySendError> {
        self.writer.try_send_ref(&*self.recycle)
    }

    /// Sends a message by value, if a slot is free.
    ///
    /// # Errors
    /// [`TrySendError`], with the message, as for [`try_send_ref`](Self::try_send_ref).
    pub fn try_send(&self, val: T) -> Result<(), TrySendError<T>> {
        self.writer.try_send(val)
    }
}

impl<T, R> Sender<T, R> {
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

impl<T, R> Clone for Sender<T, R> {
    fn clone(&self) -> Self {
        Self {
            writer: self.writer.clone(),
            recycle: Arc::clone(&self.recycle),
        }
    }
}

impl<T, R: fmt::Debug> fmt::Debug for Sender<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        show(
            f,
            "Sender",
            format_args!("Box<[..]>"),
            numbers,
            &self.recycle,
        )
    }
}

impl<T, R> Receiver<T, R> {
    /// Waits for the next message, in its slot: `None` if all senders are gone and everything was received.
    pub fn recv_ref(&self) -> Option<RecvRef<'_, T>> {
        self.reader.wait_ref()
    }

    /// Waits for the next message by value: `None` as for [`recv_ref`](Self::recv_ref).
    pub fn recv(&self) -> Option<T> {
        self.recv_ref().map(value)
    }

    /// [`recv_ref`](Self::recv_ref) for no longer than this, however often the thread is woken. A message that is there wins.
    ///
    /// # Errors
    /// [`RecvTimeoutError`]: what happened first.
    pub fn recv_ref_timeout(&self, timeout: Duration) -> Result<RecvRef<'_, T>, RecvTimeoutError> {
        self.reader.wait_ref_timeout(timeout)
    }

    /// [`recv`](Self::recv) for no longer than this.
    ///
    /// # Errors
    /// [`RecvTimeoutError`]: what happened first.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_ref_timeout(timeout).map(value)
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

/// Waits for each message; ends when all senders are gone.
impl<'a, T, R> Iterator for &'a Receiver<T, R> {
    type Item = RecvRef<'a, T>;

    fn next(&mut self) -> Option<RecvRef<'a, T>> {
        self.recv_ref()
    }
}

impl<T, R: fmt::Debug> fmt::Debug for Receiver<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (self.capacity(), self.len());
        show(
            f,
            "Receiver",
            format_args!("Box<[..]>"),
            numbers,
            &self.recycle,
        )
    }
}
