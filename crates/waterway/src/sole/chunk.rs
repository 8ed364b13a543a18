//! Runs of slots, written and read where they lie.

use core::fmt;
use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};
use core::slice;

use super::{Receiver, Sender};
use crate::chan::Chan;
use crate::error::SendError;
use crate::kind::Kind;

/// Free slots of a bounded channel, to be written in place: made by [`Sender::write_chunk`].
///
/// They may wrap around the end of the channel's slots: so there are two runs, the second of which is
/// often empty.
///
/// What is not committed was never sent. If messages were written all the same they are forgotten, not
/// dropped: their slots count as free, and are written over. [`fill`](Self::fill) leaves nothing behind.
#[must_use = "what is not committed is not sent"]
pub struct WriteChunk<'a, T, K: Kind> {
    chan: Chan<T, K>,
    place: u64,
    len: usize,
    _sender: PhantomData<&'a mut Sender<T, K>>,
}

// SAFETY: it stands for the borrowed sender.
unsafe impl<T: Send, K: Kind> Send for WriteChunk<'_, T, K> where K::Lock: Send + Sync {}
// SAFETY: a shared one can only be asked for its length.
unsafe impl<T: Send, K: Kind> Sync for WriteChunk<'_, T, K> where K::Lock: Send + Sync {}

impl<'a, T, K: Kind> WriteChunk<'a, T, K> {
    /// So many slots from `place` on are the sender's.
    pub(super) fn new(_: &'a mut Sender<T, K>, chan: Chan<T, K>, place: u64, len: usize) -> Self {
        Self {
            chan,
            place,
            len,
            _sender: PhantomData,
        }
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slots, in order.
    pub fn as_mut_slices(&mut self) -> (&mut [MaybeUninit<T>], &mut [MaybeUninit<T>]) {
        let [first, rest] = self.chan.chunk(self.place, self.len);
        // SAFETY: the slots are free and the sender's, which is borrowed; the runs do not overlap.
        unsafe {
            (
                slice::from_raw_parts_mut(first.0.cast(), first.1),
                slice::from_raw_parts_mut(rest.0.cast(), rest.1),
            )
        }
    }

    /// Sends the messages in the first `count` slots, all at once.
    ///
    /// What was written behind them is forgotten, not dropped.
    ///
    /// # Safety
    /// The first `count` slots, through both runs, have been written.
    ///
    /// # Errors
    /// `SendError(())` if the channel was closed meanwhile: the messages are dropped.
    ///
    /// # Panics
    /// If there are not so many slots.
    pub unsafe fn commit(self, count: usize) -> Result<(), SendError<()>> {
        assert!(count <= self.len, "{count} of {} slots", self.len);
        // SAFETY: passed on.
        let sent = unsafe { self.chan.commit_chunk(self.place, count) };
        sent.map_err(|_| SendError(()))
    }

    /// Writes messages of an iterator into the slots as far as they go, and sends them all at once: how
    /// many there were.
    ///
    /// Should the iterator panic, what it gave is sent nevertheless.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = waterway::spsc::bounded(4);
    /// let chunk = sender.write_chunk(3).unwrap();
    /// assert_eq!(chunk.fill([1, 2]), Ok(2));
    /// assert_eq!(receiver.drain().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn fill(mut self, messages: impl IntoIterator<Item = T>) -> Result<usize, SendError<()>> {
        struct Filling<T, K: Kind>(Chan<T, K>, u64, usize);

        impl<T, K: Kind> Filling<T, K> {
            fn finish(&mut self) -> Result<usize, SendError<()>> {
                let count = mem::take(&mut self.2);
                // SAFETY: so many were written.
                let sent = unsafe { self.0.commit_chunk(self.1, count) };
                sent.map(|()| count).map_err(|_| SendError(()))
            }
        }

        impl<T, K: Kind> Drop for Filling<T, K> {
            fn drop(&mut self) {
                // After a panic; who has nothing to send does nothing.
                let _ = self.finish();
            }
        }

        let mut filling = Filling(self.chan, self.place, 0);
        let (first, rest) = self.as_mut_slices();
        for (slot, message) in first.iter_mut().chain(rest).zip(messages) {
            slot.write(message);
            filling.2 += 1;
        }
        filling.finish()
    }
}

impl<T, K: Kind> fmt::Debug for WriteChunk<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteChunk")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// Messages of a bounded channel, to be read in place: made by [`Receiver::read_chunk`].
///
/// They may wrap around the end of the channel's slots: so there are two runs, the second of which is
/// often empty. What is not committed stays in the channel.
#[must_use = "what is not committed stays in the channel"]
pub struct ReadChunk<'a, T, K: Kind> {
    chan: Chan<T, K>,
    head: u64,
    len: usize,
    _receiver: PhantomData<&'a mut Receiver<T, K>>,
}

// SAFETY: it stands for the borrowed receiver.
unsafe impl<T: Send, K: Kind> Send for ReadChunk<'_, T, K> where K::Lock: Send + Sync {}
// SAFETY: a shared one lets messages be looked at.
unsafe impl<T: Send + Sync, K: Kind> Sync for ReadChunk<'_, T, K> where K::Lock: Send + Sync {}

impl<'a, T, K: Kind> ReadChunk<'a, T, K> {
    /// So many messages from `head` on are there.
    pub(super) fn new(_: &'a mut Receiver<T, K>, chan: Chan<T, K>, head: u64, len: usize) -> Self {
        Self {
            chan,
            head,
            len,
            _receiver: PhantomData,
        }
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The messages, in order.
    pub fn as_slices(&self) -> (&[T], &[T]) {
        let [first, rest] = self.chan.chunk(self.head, self.len);
        // SAFETY: the messages are there, and stay there as long as the receiver is borrowed.
        unsafe {
            (
                slice::from_raw_parts(first.0, first.1),
                slice::from_raw_parts(rest.0, rest.1),
            )
        }
    }

    /// Receives the first `count` messages, all at once, and drops them where they are.
    ///
    /// # Panics
    /// If there are not so many.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = waterway::spsc::bounded(4);
    /// sender.send_many(1..=4).wait().unwrap();
    /// let chunk = receiver.read_chunk(3).unwrap();
    /// assert_eq!(chunk.as_slices().0, [1, 2, 3]);
    /// chunk.commit(2);
    /// assert_eq!(receiver.try_recv(), Ok(3));
    /// ```
    pub fn commit(self, count: usize) {
        assert!(count <= self.len, "{count} of {} messages", self.len);
        // They are the caller's from here on; their slots are not free before they have been dropped.
        let _left = crate::unwind::Defer::new(|| self.chan.leave_chunk(self.head, count));
        // SAFETY: they are there, and dropped once.
        unsafe { self.chan.drop_chunk(self.head, count) };
    }
}

impl<T: fmt::Debug, K: Kind> fmt::Debug for ReadChunk<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = self.as_slices();
        f.debug_list().entries(first).entries(rest).finish()
    }
}
