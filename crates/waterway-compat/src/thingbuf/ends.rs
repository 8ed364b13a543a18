//! The two ends of a pool, as all the channels and queues here use them.
//!
//! Here the policy is asked by who takes a slot to write, and guards do not say of which policy they are: so the pool's
//! own policy does nothing, an empty slot holds `None`, and [`furnish`] asks the user's.

#[cfg(feature = "std")]
use ::std::time::Duration;
use core::fmt;
use core::mem;
use core::task::{Context, Poll, Waker};

use lock_api::{Mutex, RawMutex};
#[cfg(feature = "std")]
use waterway::select::poll_fn;
use waterway::{DefaultLock, pool};

#[cfg(feature = "alloc")]
use super::MAX_CAPACITY;
use super::guard::{Guard, Reading, RecvRef, SendRef, Writing, publish};
use super::mpsc::errors::{Closed, TryRecvError, TrySendError};
#[cfg(feature = "std")]
use super::mpsc::errors::{RecvTimeoutError, SendTimeoutError};
use super::recycling::Recycle;

/// What the pool does with elements: nothing. See the module's docs.
#[derive(Clone, Copy, Debug)]
pub struct Lazy;

impl<T> Recycle<Option<T>> for Lazy {
    fn new_element(&self) -> Option<T> {
        None
    }

    fn recycle(&self, _: &mut Option<T>) {}
}

/// Has an element lie there that is fit to be written: a new one, or the one that is there, recycled. If that panics
/// none does.
pub(super) fn furnish<T>(element: &mut Option<T>, recycle: &impl Recycle<T>) {
    struct Spoilt<'a, T>(&'a mut Option<T>);

    impl<T> Drop for Spoilt<'_, T> {
        fn drop(&mut self) {
            *self.0 = None;
        }
    }

    if element.is_none() {
        *element = Some(recycle.new_element());
        return;
    }
    let spoilt = Spoilt(element);
    if let Some(element) = spoilt.0 {
        recycle.recycle(element);
    }
    mem::forget(spoilt);
}

/// The sending end.
pub(super) struct Writer<T>(pool::Sender<Option<T>, Lazy>);

impl<T> Clone for Writer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A slot for who writes it.
pub(super) fn written<'a, T>(
    mut slot: pool::Slot<'a, Option<T>, Lazy>,
    recycle: &impl Recycle<T>,
) -> SendRef<'a, T> {
    furnish(&mut slot, recycle);
    Guard::new(Writing::new(slot))
}

/// What was sent by value and came back.
pub(super) fn unsent<T>(message: Option<T>) -> T {
    message.expect("it was sent by value")
}

impl<T> Writer<T> {
    pub(super) async fn send_ref(
        &self,
        recycle: &impl Recycle<T>,
    ) -> Result<SendRef<'_, T>, Closed> {
        match self.0.slot().await {
            Ok(slot) => Ok(written(slot, recycle)),
            Err(_) => Err(Closed(())),
        }
    }

    /// By a slot, so that a send that was cancelled was never sent.
    pub(super) async fn send(&self, message: T) -> Result<(), Closed<T>> {
        match self.0.slot().await {
            Ok(mut slot) => {
                // Dropped when it is sent.
                let _last = slot.replace(message);
                publish(slot)
            }
            Err(_) => Err(Closed(message)),
        }
    }

    pub(super) fn try_send_ref(
        &self,
        recycle: &impl Recycle<T>,
    ) -> Result<SendRef<'_, T>, TrySendError> {
        let slot = self.0.try_slot().map_err(TrySendError::of)?;
        Ok(written(slot, recycle))
    }

    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let sent = self.0.try_send(Some(message));
        sent.map_err(|error| TrySendError::of(error).map(unsent))
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    pub(super) fn len(&self) -> usize {
        (self.0.len() + self.0.claimed()).min(self.capacity())
    }
}

#[cfg(feature = "std")]
impl<T> Writer<T> {
    pub(super) fn wait_ref(&self, recycle: &impl Recycle<T>) -> Result<SendRef<'_, T>, Closed> {
        let slot = self.0.slot().wait().map_err(|_| Closed(()))?;
        Ok(written(slot, recycle))
    }

    pub(super) fn wait_ref_timeout(
        &self,
        recycle: &impl Recycle<T>,
        timeout: Duration,
    ) -> Result<SendRef<'_, T>, SendTimeoutError> {
        let slot = self.0.slot().wait_timeout(timeout);
        Ok(written(slot.map_err(SendTimeoutError::of)?, recycle))
    }

    pub(super) fn wait(&self, message: T) -> Result<(), Closed<T>> {
        let sent = self.0.send(Some(message)).wait();
        sent.map_err(|error| Closed(unsent(error.0)))
    }

    pub(super) fn wait_timeout(
        &self,
        message: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        let sent = self.0.send(Some(message)).wait_timeout(timeout);
        sent.map_err(|error| SendTimeoutError::of(error).map(unsent))
    }
}

/// The receiving end, which several may use: one at a time, for a moment in which no code of theirs runs.
pub(super) struct Reader<T>(Mutex<DefaultLock, pool::Receiver<Option<T>, Lazy>>);

/// A message in its slot, if there is one.
fn taken<'a, T>(
    receiver: &mut pool::Receiver<Option<T>, Lazy>,
) -> Result<RecvRef<'a, T>, TryRecvError> {
    match receiver.try_recv_ref() {
        Ok(slot) => Ok(Guard::new(Reading::new(slot.into_owned()))),
        Err(error) => Err(TryRecvError::of(error)),
    }
}

/// The same for who waits.
fn polled<R>(found: Result<R, TryRecvError>) -> Poll<Option<R>> {
    match found {
        Ok(found) => Poll::Ready(Some(found)),
        Err(TryRecvError::Closed) => Poll::Ready(None),
        Err(TryRecvError::Empty) => Poll::Pending,
    }
}

/// The message of a guard, taken out.
pub(super) fn value<T>(message: RecvRef<'_, T>) -> T {
    message.into_seat().into_inner()
}

impl<T> Reader<T> {
    pub(super) fn try_recv_ref(&self) -> Result<RecvRef<'_, T>, TryRecvError> {
        taken(&mut self.0.lock())
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_ref().map(value)
    }

    /// Polls for the next message. Gives the waker that was there before this one, if it was another's.
    fn poll_beside(
        &self,
        context: &mut Context<'_>,
    ) -> (Poll<Option<RecvRef<'_, T>>>, Option<Waker>) {
        let waker = context.waker();
        let found = polled(self.try_recv_ref());
        // Somebody who only looks has a waker that does nothing.
        if found.is_ready() || waker.will_wake(Waker::noop()) {
            return (found, None);
        }
        let own = waker.clone();
        let mut receiver = self.0.lock();
        let left = receiver.leave_waker(own);
        let found = polled(taken(&mut receiver));
        drop(receiver);
        match left {
            Ok(other) => (found, other.filter(|other| !other.will_wake(waker))),
            Err(own) => {
                own.wake();
                (found, None)
            }
        }
    }

    /// Polls for the next message. The latest waker alone is kept.
    pub(super) fn poll_recv_ref(&self, context: &mut Context<'_>) -> Poll<Option<RecvRef<'_, T>>> {
        self.poll_beside(context).0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.lock().is_closed()
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.lock().capacity()
    }

    pub(super) fn len(&self) -> usize {
        let receiver = self.0.lock();
        (receiver.len() + receiver.claimed()).min(receiver.capacity())
    }
}

/// A wait for a message, which may be one of several: a pool knows one waker. Whoever comes keeps the waker of the one
/// who was there, and wakes it when it goes: then that one looks again, and waits again.
pub(super) struct Waiting<'a, T> {
    reader: &'a Reader<T>,
    other: Option<Waker>,
}

impl<'a, T> Waiting<'a, T> {
    pub(super) fn new(reader: &'a Reader<T>) -> Self {
        let other = None;
        Self { reader, other }
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<RecvRef<'a, T>>> {
        let (found, other) = self.reader.poll_beside(context);
        if other.is_some() {
            // There is room for one.
            self.wake_other();
            self.other = other;
        }
        if found.is_ready() {
            self.wake_other();
        }
        found
    }

    fn wake_other(&mut self) {
        if let Some(other) = self.other.take() {
            other.wake();
        }
    }
}

impl<T> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        self.wake_other();
    }
}

#[cfg(feature = "std")]
impl<T> Reader<T> {
    pub(super) fn wait_ref(&self) -> Option<RecvRef<'_, T>> {
        let mut waiting = Waiting::new(self);
        poll_fn(|context| waiting.poll(context)).wait()
    }

    pub(super) fn wait_ref_timeout(
        &self,
        timeout: Duration,
    ) -> Result<RecvRef<'_, T>, RecvTimeoutError> {
        let mut waiting = Waiting::new(self);
        match poll_fn(|context| waiting.poll(context)).wait_timeout(timeout) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }
}

/// The ends of a pool on the heap.
#[cfg(feature = "alloc")]
#[track_caller]
pub(super) fn allocate<T>(capacity: usize) -> (Writer<T>, Reader<T>) {
    assert!(capacity > 0);
    assert!(capacity <= MAX_CAPACITY);
    ends(pool::with_recycle(capacity, Lazy))
}

/// The ends of a pool.
pub(super) fn ends<T>(
    (sender, receiver): (
        pool::Sender<Option<T>, Lazy>,
        pool::Receiver<Option<T>, Lazy>,
    ),
) -> (Writer<T>, Reader<T>) {
    (Writer(sender), Reader(Mutex::new(receiver)))
}

/// A pool in a static that is split once and never again, and its policy.
pub(super) struct Parted<T, const N: usize, R> {
    pool: pool::Static<Option<T>, N, Lazy>,
    is_split: Mutex<DefaultLock, bool>,
    recycle: R,
}

impl<T, const N: usize, R> Parted<T, N, R> {
    pub(super) const fn new(recycle: R) -> Self {
        Self {
            pool: pool::Static::with_recycle(Lazy),
            is_split: Mutex::const_new(DefaultLock::INIT, false),
            recycle,
        }
    }

    pub(super) fn part(&'static self) -> Option<(Writer<T>, Reader<T>, &'static R)> {
        if mem::replace(&mut *self.is_split.lock(), true) {
            return None;
        }
        let (writer, reader) = ends(self.pool.try_split()?);
        Some((writer, reader, &self.recycle))
    }
}

/// What all handles show of themselves.
pub(super) fn show(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    slots: fmt::Arguments<'_>,
    (capacity, len): (usize, usize),
    recycle: &dyn fmt::Debug,
) -> fmt::Result {
    f.debug_struct(name)
        .field("capacity", &capacity)
        .field("len", &len)
        .field("slots", &slots)
        .field("recycle", recycle)
        .finish()
}
