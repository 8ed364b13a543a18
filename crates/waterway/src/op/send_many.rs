//! Sending many messages, in batches that are filled before any room is claimed.

use core::fmt;
use core::iter::{Fuse, FusedIterator};
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit, align_of, size_of};
use core::pin::Pin;
use core::ptr;
use core::task::Poll;

use super::{Action, Hold};
use crate::chan::Chan;
use crate::chan::park::Went;
use crate::error::{SendError, SendTimeoutError};
use crate::kind::{Kind, sealed::Sealed};
use crate::sync::UnsafeCell;
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{How, Node, State};

/// Room for a few messages: as many as fit into 512 bytes, at least one.
#[repr(C)]
union Room<T> {
    one: ManuallyDrop<MaybeUninit<T>>,
    many: [MaybeUninit<u128>; 32],
}

impl<T> Room<T> {
    const CAPACITY: usize = if size_of::<T>() == 0 {
        32
    } else if align_of::<T>() > align_of::<u128>() || size_of::<T>() > 512 {
        1
    } else {
        512 / size_of::<T>()
    };
}

/// Messages `first..count` of a batch.
struct Filled<T> {
    room: UnsafeCell<Room<T>>,
    first: usize,
    count: usize,
}

impl<T> Filled<T> {
    fn new() -> Self {
        Self {
            room: UnsafeCell::new(Room {
                many: [const { MaybeUninit::uninit() }; 32],
            }),
            first: 0,
            count: 0,
        }
    }

    fn at(&self, index: usize) -> *mut T {
        // SAFETY: `index` is below CAPACITY, and so many fit.
        self.room
            .with_mut(|room| unsafe { room.cast::<T>().add(index) })
    }

    fn left(&self) -> usize {
        self.count - self.first
    }

    fn fill(&mut self, from: &mut impl Iterator<Item = T>) {
        debug_assert_eq!(self.left(), 0);
        (self.first, self.count) = (0, 0);
        while self.count < Room::<T>::CAPACITY {
            let Some(message) = from.next() else { break };
            // SAFETY: within the room, and empty. Counted right away: should the iterator panic,
            // what is there is dropped.
            unsafe { self.at(self.count).write(message) };
            self.count += 1;
        }
    }

    fn pop(&mut self) -> Option<T> {
        (self.first < self.count).then(|| {
            self.first += 1;
            // SAFETY: filled, and not read again.
            unsafe { self.at(self.first - 1).read() }
        })
    }

    /// Moves the messages that are left into another place.
    fn take(&mut self) -> Self {
        let mut other = Self::new();
        while let Some(message) = self.pop() {
            // SAFETY: there is as much room in the other.
            unsafe { other.at(other.count).write(message) };
            other.count += 1;
        }
        other
    }
}

impl<T> Drop for Filled<T> {
    fn drop(&mut self) {
        let left = ptr::slice_from_raw_parts_mut(self.at(self.first), self.left());
        // SAFETY: they are there, and this is their end.
        unsafe { left.drop_in_place() };
    }
}

/// The messages that a `send_many` did not send, in order.
pub struct Rest<I: Iterator> {
    filled: Filled<I::Item>,
    iterator: Fuse<I>,
}

// SAFETY: it owns its messages and the iterator; nobody points at them.
unsafe impl<I: Iterator + Send> Send for Rest<I> where I::Item: Send {}
// SAFETY: nothing can be done with a shared one.
unsafe impl<I: Iterator + Sync> Sync for Rest<I> where I::Item: Sync {}
impl<I: Iterator + Unpin> Unpin for Rest<I> {}

impl<I: Iterator> Iterator for Rest<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.filled.pop().or_else(|| self.iterator.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.filled.left();
        let (least, most) = self.iterator.size_hint();
        (
            least.saturating_add(left),
            most.and_then(|most| most.checked_add(left)),
        )
    }
}

impl<I: Iterator> FusedIterator for Rest<I> {}

impl<I: Iterator> fmt::Debug for Rest<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

/// What became of a `send_many` that did not send everything.
pub struct Unsent<I: Iterator> {
    /// How many messages were sent.
    pub sent: usize,
    /// The others, in order.
    pub rest: Rest<I>,
}

impl<I: Iterator> fmt::Debug for Unsent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// The action of `send_many`.
#[doc(hidden)]
pub struct SendingMany<H, I: Iterator, K: Kind> {
    chan: Chan<I::Item, K>,
    /// It keeps the channel.
    _sender: H,
    /// `None` when spent.
    iterator: Option<Fuse<I>>,
    node: Node,
    filled: Filled<I::Item>,
    sent: usize,
    _of: PhantomData<fn(I::Item) -> I::Item>,
}

// SAFETY: it owns its messages, and the node is touched by others under a lock only.
unsafe impl<H: Send, I: Iterator + Send, K: Kind> Send for SendingMany<H, I, K>
where
    I::Item: Send,
    K::Lock: Send + Sync,
{
}
// SAFETY: nothing can be done with a shared action.
unsafe impl<H: Sync, I: Iterator + Sync, K: Kind> Sync for SendingMany<H, I, K>
where
    I::Item: Send,
    K::Lock: Send + Sync,
{
}

impl<H, I: Iterator, K: Kind> fmt::Debug for SendingMany<H, I, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendingMany")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

impl<H: Hold<I::Item, K>, I: Iterator, K: Kind> SendingMany<H, I, K> {
    pub(crate) fn new(sender: H, iterator: I) -> Self {
        Self {
            chan: sender.chan(),
            _sender: sender,
            iterator: Some(iterator.fuse()),
            node: Node::new(),
            filled: Filled::new(),
            sent: 0,
            _of: PhantomData,
        }
    }
}

impl<H, I: Iterator, K: Kind> SendingMany<H, I, K> {
    /// Counts what was taken of the parked messages; the node was parked and is in no list.
    fn settle(&mut self) {
        let left = self.chan.left_of(&self.node);
        self.sent += self.filled.left() - left;
        self.filled.first = self.filled.count - left;
        self.node.set_state(State::Idle);
    }

    fn withdraw(&mut self) {
        if self.node.state() == State::Idle {
            return;
        }
        let chan = self.chan;
        let this = ptr::from_mut(self);
        // SAFETY: the pointer is that of `self`, which nobody else uses while a panic unwinds
        // through the call below.
        let _settled = Defer::new(|| unsafe { (*this).settle() });
        // SAFETY: as above; the node is touched by others under the lock only.
        chan.withdraw(unsafe { &(*this).node });
    }

    /// The channel is closed.
    #[inline(never)]
    fn fail(&mut self) -> Poll<Result<usize, SendError<Unsent<I>>>> {
        Poll::Ready(Err(SendError(self.unsent())))
    }

    fn unsent(&mut self) -> Unsent<I> {
        let iterator = self.iterator.take();
        Unsent {
            sent: self.sent,
            rest: Rest {
                filled: self.filled.take(),
                iterator: iterator.expect("an operation is polled until it is ready"),
            },
        }
    }
}

/// How far a `send_many` came.
enum Progress {
    Pending,
    Sent,
    Closed,
}

impl<H, I: Iterator, K: Kind> SendingMany<H, I, K> {
    /// Sends as much as `how` allows. The caller keeps `self` pinned.
    fn advance(&mut self, how: How<'_>) -> Progress {
        let chan = self.chan;
        loop {
            match self.node.state() {
                State::Idle => {}
                State::Queued | State::Woken => {
                    if let Some(waker) = how.waker() {
                        chan.renew(&self.node, waker);
                    }
                    if self.node.is_linked() {
                        return Progress::Pending;
                    }
                    continue;
                }
                State::Done => self.settle(),
                State::Closed => {
                    self.settle();
                    return Progress::Closed;
                }
            }
            if self.filled.left() == 0 {
                let iterator = self.iterator.as_mut();
                self.filled
                    .fill(iterator.expect("an operation is polled until it is ready"));
                if self.filled.left() == 0 {
                    let refused = self.sent == 0 && chan.is_closed();
                    return if refused {
                        Progress::Closed
                    } else {
                        Progress::Sent
                    };
                }
            }
            let (first, left) = (self.filled.at(self.filled.first), self.filled.left());
            let mut wanted = None;
            let note = |claim| wanted = Some(claim);
            // SAFETY: the messages lie in this pinned action, whose drop withdraws the node.
            match unsafe { chan.send_or_park(&self.node, first, left, how, note) } {
                Went::Out(count) => {
                    self.filled.first += count;
                    self.sent += count;
                    if let Some(claim) = wanted {
                        chan.wake_receiver(claim);
                    }
                }
                Went::In(State::Idle) => return Progress::Pending,
                // It never was in a list: nothing of the batch was taken.
                Went::In(State::Closed) if self.node.state() == State::Idle => {
                    return Progress::Closed;
                }
                Went::In(_) => {}
            }
        }
    }
}

impl<H, I: Iterator, K: Kind> Sealed for SendingMany<H, I, K> {}

impl<H, I: Iterator, K: Kind> Action for SendingMany<H, I, K> {
    type Kind = K;
    type Output = Result<usize, SendError<Unsent<I>>>;
    type Timed = Result<usize, SendTimeoutError<Unsent<I>>>;
    type Cancelled = Unsent<I>;

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        // SAFETY: node and messages stay where they are; the rest is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        match this.advance(how) {
            Progress::Pending => Poll::Pending,
            Progress::Sent => {
                this.iterator = None;
                Poll::Ready(Ok(this.sent))
            }
            Progress::Closed => this.fail(),
        }
    }

    fn cancel(self: Pin<&mut Self>) -> Unsent<I> {
        // SAFETY: the node leaves its list before the messages are moved.
        let this = unsafe { self.get_unchecked_mut() };
        this.withdraw();
        this.unsent()
    }

    fn timed_out(unsent: Unsent<I>) -> Self::Timed {
        Err(SendTimeoutError::Timeout(unsent))
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(SendTimeoutError::from)
    }

    fn is_spent(&self) -> bool {
        self.iterator.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // SAFETY: the channel lives at least as long as the sender that is borrowed.
        Some(unsafe { &*core::ptr::from_ref(self.chan.send_pace()) })
    }
}

impl<H, I: Iterator, K: Kind> Drop for SendingMany<H, I, K> {
    fn drop(&mut self) {
        self.withdraw();
    }
}
