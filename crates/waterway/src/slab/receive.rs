//! What a receive makes of what is there beside the message itself: a look, or many at once; and the polled receiver.

use core::cell::Cell;
use core::marker::PhantomData;
use core::task::{Context, Poll, Waker};

use super::claim::Row;
use super::op::{Catch, Moored, Readers};
use super::{Loose, Slab};
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::kind::{Invariant, sealed::Sealed};
use crate::op::{Place, Wish};
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Demand, How};

/// The message where it is.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sight<'a, T>(PhantomData<&'a T>);

impl<T> Sealed for Sight<'_, T> {}

impl<'a, T, K: Loose> Catch<T, K> for Sight<'a, T> {
    type Caught = &'a T;

    #[inline]
    unsafe fn catch(slab: Slab<T, K>) -> Result<&'a T, TryRecvError> {
        // SAFETY: passed on. What the receiver takes next is its own; a published slot holds an element, which stays
        // until it is taken.
        unsafe {
            let slot = slab.next()?;
            Ok(&*slab.element(slot))
        }
    }
}

/// As many messages as are there, up to a limit, into a collection.
#[doc(hidden)]
#[derive(Debug)]
pub struct Batch<'a, H, B, T, K> {
    receiver: &'a mut H,
    buffer: &'a mut B,
    limit: usize,
    _of: Invariant<T, K>,
}

impl<'a, H, B, T, K> Batch<'a, H, B, T, K> {
    /// # Safety
    /// The handle is a channel's receiver.
    pub(crate) unsafe fn new(receiver: &'a mut H, buffer: &'a mut B, limit: usize) -> Self {
        Self {
            receiver,
            buffer,
            limit,
            _of: PhantomData,
        }
    }
}

impl<H, B, T, K> Sealed for Batch<'_, H, B, T, K> {}

impl<H: Moored<T, K>, B: Extend<T>, T, K: Loose> Wish for Batch<'_, H, B, T, K> {
    type Kind = K;
    type Crowd = Readers<K>;
    type Found = Option<usize>;
    type Output = Option<usize>;
    type Timed = Result<usize, RecvTimeoutError>;
    type Back = ();

    fn crowd(&self) -> &Readers<K> {
        self.receiver.slab().readers()
    }

    fn look(&mut self) -> Poll<Option<usize>> {
        let slab = *self.receiver.slab();
        // SAFETY: by the promise of `new`.
        found(unsafe { slab.try_recv_many(self.buffer, self.limit) })
    }

    fn output(self, found: Option<usize>) -> Option<usize> {
        found
    }

    fn in_time(output: Option<usize>) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.receiver.slab().recv_pace())
    }
}

/// What an attempt found, to who waits for it.
fn found<R>(attempt: Result<R, TryRecvError>) -> Poll<Option<R>> {
    match attempt {
        Ok(found) => Poll::Ready(Some(found)),
        Err(TryRecvError::Closed) => Poll::Ready(None),
        Err(TryRecvError::Empty) => Poll::Pending,
    }
}

impl<T, K: Loose> Slab<T, K> {
    /// Takes what is there into a collection, up to a limit, also what comes while it does.
    ///
    /// # Safety
    /// The caller is the receiver.
    pub(crate) unsafe fn try_recv_many<B: Extend<T>>(
        &self,
        buffer: &mut B,
        limit: usize,
    ) -> Result<usize, TryRecvError> {
        let mut count = 0;
        while count < limit {
            // SAFETY: passed on.
            match unsafe { self.take_row(buffer, limit - count) } {
                // The collection wants no more.
                Ok(0) => break,
                Ok(taken) => count += taken,
                Err(_) if count > 0 => break,
                Err(end) => return Err(end),
            }
        }
        Ok(count)
    }

    /// Gives a collection what is there, up to so many. The slots are given back together, and those who wait for one are
    /// served, when it has them; what it does not take stays.
    ///
    /// # Safety
    /// The caller is the receiver.
    unsafe fn take_row<B: Extend<T>>(
        &self,
        buffer: &mut B,
        most: usize,
    ) -> Result<usize, TryRecvError> {
        // SAFETY: passed on.
        unsafe { self.next() }?;
        // Not the iterator's: that may be forgotten.
        let row = Cell::new(Row::new());
        let released = Defer::new(|| self.release_all(row.get()));
        buffer.extend(core::iter::from_fn(|| {
            let taken = row.get();
            if taken.len() == most {
                return None;
            }
            // SAFETY: passed on. A published slot holds an element, which is no longer there then.
            unsafe {
                let slot = self.take().ok()?;
                row.set(self.add_to_row(taken, slot));
                self.set_built(slot, false);
                Some(self.element(slot).read())
            }
        }));
        drop(released);
        Ok(row.get().len())
    }

    /// Polls for what an attempt finds. The waker stays in the channel until it is woken or replaced, or the receiver
    /// goes.
    ///
    /// # Safety
    /// The caller is the receiver.
    pub(crate) unsafe fn poll_with<R>(
        &self,
        context: &Context<'_>,
        mut attempt: impl FnMut() -> Result<R, TryRecvError>,
    ) -> Poll<Option<R>> {
        // It is found by its waker, and not by the place.
        let place = Place::new(self.readers());
        crate::coop::poll(context, || {
            let how = How::Task(context.waker());
            // SAFETY: nobody keeps the place, and the crowd is there as long as the receiver is.
            unsafe { place.step(how, || found(attempt())) }
        })
    }

    /// Has this waker woken by the next that comes, or the end, as it is; says whether it was not there already.
    pub(crate) fn register(&self, waker: &Waker) -> bool {
        let core = self.core();
        let is_new = !core.receiver.holds(waker);
        core.announce(waker);
        is_new
    }

    /// The same for a caller that holds a lock: no waker is cloned, dropped or woken.
    pub(crate) fn register_silently(&self, waker: Waker) -> Result<Option<Waker>, Waker> {
        self.core().announce_silently(waker)
    }

    /// How many messages the receiver could take now: those that are published, and those that parked sends hold.
    pub(crate) fn available(&self) -> usize {
        let lists = self.core().lists.lock();
        let mut count = self.len();
        let mut next = lists.senders.first();
        while let Some(node) = next {
            // SAFETY: the lock is held, and a node in the list is alive.
            unsafe {
                if let Demand::Send { left } = (*node).demand().0 {
                    count += left;
                }
                next = lists.senders.after(node);
            }
        }
        count
    }
}
