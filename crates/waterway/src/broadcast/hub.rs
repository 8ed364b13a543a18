//! The meeting point: the ring and the parked senders under one lock, and two crowds.
//!
//! # The lock
//!
//! What becomes of messages is decided under one short lock: pointers and counts move there, and nodes of
//! parked senders. No message is cloned or dropped under it, and no waker is touched but moved. What
//! a hold finds to do for others (messages that nobody will take, parked senders for whom there is room) it
//! does to a bounded amount, in [`settle`](Inner::settle); if there is more the lock is taken again, after what was taken out has
//! been dropped and woken.
//!
//! # Waiting
//!
//! | who | waits in | until | is told by |
//! |---|---|---|---|
//! | receiver | the crowd `readers` | the tail is past its position, or the end | who pushes, closes, or is the last sender to go |
//! | `closed` | the crowd `watchers` | the channel is closed | who closes |
//! | sender of a lossless channel, with its message | the list under the lock | its message was pulled | who lets go of the oldest message; who closes |
//!
//! A crowd has a lock of its own, and is told when the ring's lock was released: see [`Crowd`] for why nobody is
//! missed. What a receiver looks at has to be written before that, and is: `published`, `closed`, the count of senders. A
//! receiver's message is its own, so that one that was told and goes away owes nothing to the others.
//!
//! A sender is pulled, as everywhere in this crate: its message leaves its node under the lock, in order, and nobody
//! overtakes a parked sender. Room is given to no one beforehand. It looks and enters its list in one hold of the
//! lock under which room comes to be, so that it is not missed either.
//!
//! # Words beside the lock
//!
//! | word | written | read without the lock |
//! |---|---|---|
//! | `published`: the tail | after each push, under the lock: Release | by a receiver that stands there: nothing new; Acquire |
//! | `closed` | by the close, under the lock: Release | by everybody; Acquire |
//! | the senders' count | by [`Life`] | by receivers; zero is the end only if it is so under the lock, with nothing ahead |
//!
//! A receiver that stands where `published` is, and sees no sign of the end, leaves the lock alone: to look in vain costs it
//! three loads. The end is that the channel is closed, or has no senders, *and* nothing is ahead of the
//! receiver: both are looked at in one hold. A sender pushes under the lock before it is counted out; so who
//! holds the lock and sees no sender sees all messages.
//!
//! # Life
//!
//! [`Life`] counts senders, and reasons to keep the memory: all senders together one, each receiver one, each weak
//! or inactive handle one. How many receivers there are is the ring's to know. Without receivers the channel is
//! not closed: others may subscribe.

use core::ops::Deref;
use core::ptr::NonNull;
use core::task::Waker;

use alloc::boxed::Box;
use lock_api::{Mutex, MutexGuard};

use super::receiver::Ref;
use super::ring::{Found, Litter, Ring};
use crate::error::{Lagged, TryRecvError, TrySendError};
use crate::id::ChannelId;
use crate::life::Life;
use crate::store::counted::{Counted, Shelf};
use crate::store::words;
use crate::sync::{AtomicU8, AtomicU64, DefaultLock, Ordering, Threads, Word};
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{self, Arm, Crowd, Demand, List, Node, State, WakeBatch};

/// A message that waits for room; nothing once it is in.
pub(super) type Parcel<T> = Option<Counted<T>>;

/// What lies under the lock.
struct Inner<T> {
    ring: Ring<T>,
    senders: List,
}

type Guard<'a, T> = MutexGuard<'a, DefaultLock, Inner<T>>;

/// See the module's docs.
pub(super) struct Hub<T> {
    published: AtomicU64,
    closed: AtomicU8,
    life: Life<Threads>,
    pub(super) readers: Crowd<DefaultLock>,
    pub(super) watchers: Crowd<DefaultLock>,
    #[cfg(feature = "std")]
    pub(super) send_pace: Pace,
    #[cfg(feature = "std")]
    pub(super) recv_pace: Pace,
    /// The memory of a message that was moved out.
    shelf: Shelf<T>,
    capacity: usize,
    lossless: bool,
    inner: Mutex<DefaultLock, Inner<T>>,
}

/// A pointer to a hub, which whoever has it keeps by a hold.
pub(super) struct Link<T>(NonNull<Hub<T>>);

impl<T> Clone for Link<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Link<T> {}

impl<T> PartialEq for Link<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> core::fmt::Debug for Link<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Link")
    }
}

impl<T> Deref for Link<T> {
    type Target = Hub<T>;

    #[inline(always)]
    fn deref(&self) -> &Hub<T> {
        // SAFETY: who has a link has a hold, or borrows from who has.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Link<T> {
    /// A hub with one sender and one receiver, which stands at position 0.
    #[track_caller]
    pub(super) fn new(capacity: usize, lossless: bool) -> Self {
        assert!(
            (1..=words::MAX_CAPACITY).contains(&capacity),
            "the capacity is from 1 to MAX_CAPACITY"
        );
        let hub = Hub {
            published: AtomicU64::new(0),
            closed: AtomicU8::new(0),
            life: Life::new(false),
            readers: Crowd::new(),
            watchers: Crowd::new(),
            #[cfg(feature = "std")]
            send_pace: Pace::new(),
            #[cfg(feature = "std")]
            recv_pace: Pace::new(),
            shelf: Shelf::new(),
            capacity,
            lossless,
            inner: Mutex::new(Inner {
                ring: Ring::new(capacity, lossless),
                senders: List::new(),
            }),
        };
        Self(NonNull::from(Box::leak(Box::new(hub))))
    }

    /// Gives a hold back; the last one frees the hub, and drops what is kept in it.
    pub(super) fn release(self) {
        if self.life.release() {
            // SAFETY: made of a box, and nobody has a hold any more.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }

    pub(super) fn id(self) -> ChannelId {
        ChannelId::new(self.0.as_ptr().addr())
    }

    /// A sender goes.
    pub(super) fn drop_sender(self) {
        if self.life.remove_sender() {
            let _released = Defer::new(|| self.release());
            self.readers.tell();
        }
    }

    /// A receiver goes, from where it stands.
    pub(super) fn drop_receiver(self, cursor: u64) {
        let _released = Defer::new(|| self.release());
        let mut inner = self.inner.lock();
        inner.ring.leave(cursor);
        self.finish(inner);
    }
}

impl<T> Hub<T> {
    pub(super) fn life(&self) -> &Life<Threads> {
        &self.life
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn is_lossless(&self) -> bool {
        self.lossless
    }

    pub(super) fn len(&self) -> usize {
        self.inner.lock().ring.len()
    }

    pub(super) fn is_full(&self) -> bool {
        !self.inner.lock().ring.has_room()
    }

    pub(super) fn receivers(&self) -> usize {
        self.inner.lock().ring.receivers() as usize
    }

    /// How many messages a receiver that stands there can take.
    pub(super) fn ahead(&self, cursor: u64) -> usize {
        self.inner.lock().ring.ahead(cursor)
    }

    /// How many messages a receiver that stands there lost.
    pub(super) fn lost(&self, cursor: u64) -> u64 {
        self.inner.lock().ring.lost(cursor)
    }

    /// How many handles there are that keep the memory alone: weak and inactive ones.
    pub(super) fn weak(&self) -> usize {
        let inner = self.inner.lock();
        // Each receiver has a hold, of which the life knows nothing.
        self.life
            .holds_but_senders()
            .saturating_sub(inner.ring.receivers()) as usize
    }

    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `close`: what was done before that is seen.
        self.closed.load(Ordering::Acquire) != 0
    }

    /// Whether nothing more will be sent, for now.
    pub(super) fn has_ended(&self) -> bool {
        self.is_closed() || self.life.senders() == 0
    }

    /// Whether nothing is ahead of a receiver that stands there, or will be.
    pub(super) fn is_over(&self, cursor: u64) -> bool {
        let inner = self.inner.lock();
        inner.ring.tail() == cursor && self.has_ended()
    }

    /// Closes the channel and says whether this call did.
    pub(super) fn close(&self) -> bool {
        let inner = self.inner.lock();
        if self.is_closed() {
            return false;
        }
        self.closed.put(1);
        let _watchers = Defer::new(|| self.watchers.tell());
        let _readers = Defer::new(|| self.readers.tell());
        self.finish(inner);
        true
    }

    /// One more receiver, which stands where this says.
    pub(super) fn subscribe(&self, from_oldest: bool) -> u64 {
        self.life.hold();
        self.inner.lock().ring.subscribe(from_oldest)
    }

    /// One more receiver beside one.
    pub(super) fn join(&self, cursor: u64) {
        self.life.hold();
        self.inner.lock().ring.join(cursor);
    }

    /// A message in memory of its own.
    pub(super) fn wrap(&self, message: T) -> Counted<T> {
        Counted::new(message, self.shelf.take())
    }

    /// The message, if nobody else refers to it; its memory is for the next.
    pub(super) fn unwrap(&self, message: Counted<T>) -> Result<T, Counted<T>> {
        let (message, spare) = message.take()?;
        self.shelf.put(spare);
        Ok(message)
    }

    /// Drops a message; its memory is for the next.
    fn discard(&self, message: Option<Counted<T>>) {
        if let Some(spare) = message.and_then(Counted::clear) {
            self.shelf.put(spare);
        }
    }

    /// Sends a message if there is room; how many receivers there are.
    pub(super) fn send(&self, message: Counted<T>) -> Result<usize, TrySendError<Counted<T>>> {
        let mut inner = self.inner.lock();
        if self.is_closed() {
            return Err(TrySendError::Closed(message));
        }
        // Who lost a wait over several operations, and has not looked, is in nobody's way.
        if !inner.senders.is_lost() || !inner.ring.has_room() {
            return Err(TrySendError::Full(message));
        }
        let heard = inner.ring.receivers() as usize;
        let displaced = self.push(&mut inner, message);
        drop(inner);
        self.readers.tell();
        self.discard(displaced);
        Ok(heard)
    }

    /// Puts a message in, for which there is room; what it displaced. The readers are to be told.
    fn push(&self, inner: &mut Inner<T>, message: Counted<T>) -> Option<Counted<T>> {
        let displaced = inner.ring.push(message);
        self.published.put(inner.ring.tail());
        displaced
    }

    /// Parks a parcel's message. It may be sent, or refused, before this comes back.
    ///
    /// # Safety
    /// Both are the caller's, pinned, the node is in no list, and it is [withdrawn](Self::withdraw) before
    /// they go.
    pub(super) unsafe fn park(
        &self,
        node: &Node,
        parcel: *mut Parcel<T>,
        waker: &Waker,
        arm: Option<Arm<'_>>,
    ) -> State {
        let waker = waker.clone();
        let mut inner = self.inner.lock();
        // SAFETY: the lock is held; both are as promised.
        let none = unsafe {
            node.prepare(Demand::Send { left: 1 }, parcel.cast(), arm);
            inner.senders.push(node);
            node.replace_waker(Some(waker))
        };
        debug_assert!(none.is_none(), "it was prepared just now");
        self.finish(inner);
        node.state()
    }

    /// Has another waker woken for a node that may be parked.
    pub(super) fn renew(&self, node: &Node, waker: &Waker) {
        wait::renew(|| self.inner.lock(), node, waker);
    }

    /// A parked send is this arm of a wait over several operations, whose owner looks; or none any more.
    pub(super) fn join_group(&self, node: &Node, arm: Option<Arm<'_>>) {
        wait::join(|| self.inner.lock(), node, arm);
    }

    /// A parked send may have been passed by: it is offered again.
    pub(super) fn offer_again(&self) {
        self.finish(self.inner.lock());
    }

    /// Takes a node out of the list, if it is there still: nobody touches it or its parcel any more.
    pub(super) fn withdraw(&self, node: &Node) {
        wait::withdraw(
            || self.inner.lock(),
            node,
            |inner| {
                // SAFETY: the lock is held, and the node is in the list.
                unsafe { inner.senders.remove(node) }
            },
        );
    }

    /// Takes what is there for a receiver, and moves its cursor on.
    pub(super) fn take(&self, cursor: &mut u64) -> Result<Result<Ref<T>, Lagged>, TryRecvError> {
        // ORDERING: Acquire pairs with the Release in `push`. For the message the lock is enough; a side of the
        // announce protocol of a crowd, too.
        if self.published.load(Ordering::Acquire) == *cursor && !self.has_ended() {
            return Err(TryRecvError::Empty);
        }
        let mut inner = self.inner.lock();
        match inner.ring.take(cursor) {
            Found::Nothing if self.has_ended() => Err(TryRecvError::Closed),
            Found::Nothing => Err(TryRecvError::Empty),
            Found::Lag(lagged) => Ok(Err(lagged)),
            Found::Shared(message) => Ok(Ok(Ref(message))),
            Found::Last(message) => {
                self.finish(inner);
                Ok(Ok(Ref(message)))
            }
        }
    }

    /// Ends a hold of the lock after which there may be something to do for others, and does it.
    #[inline]
    fn finish(&self, mut inner: Guard<'_, T>) {
        if !inner.senders.is_empty() || inner.ring.is_littered() {
            self.settle(inner);
        }
    }

    #[cold]
    fn settle<'a>(&'a self, mut inner: Guard<'a, T>) {
        loop {
            let mut litter = Litter::new();
            let mut batch = WakeBatch::new();
            let tail = inner.ring.tail();
            let more = inner.settle(self, &mut batch, &mut litter);
            let pushed = inner.ring.tail() != tail;
            drop(inner);
            let rest = Defer::new(|| {
                if more {
                    self.settle(self.inner.lock());
                }
            });
            let told = Defer::new(|| {
                if pushed {
                    self.readers.tell();
                }
            });
            batch.fire();
            drop(told);
            drop(litter);
            rest.defuse();
            if !more {
                return;
            }
            inner = self.inner.lock();
        }
    }
}

impl<T> Inner<T> {
    /// Sweeps, and serves parked senders: in this order, because what is swept makes room. As far as there is
    /// room in the batch and among the litter; says whether there is more, perhaps.
    fn settle(&mut self, hub: &Hub<T>, batch: &mut WakeBatch, litter: &mut Litter<T>) -> bool {
        let closed = hub.is_closed();
        let more = self.ring.sweep(litter);
        let mut next = self.senders.first();
        while let Some(node) = next {
            if !closed && !self.ring.has_room() {
                break;
            }
            if !batch.has_room() || !litter.has_room() {
                return true;
            }
            // SAFETY: the lock is held, and a node in the list is alive; its data points at a parcel that is
            // the lock holder's until it leaves the list. To set the state is the last access to both.
            unsafe {
                next = self.senders.after(node);
                if !closed {
                    if !(*node).claim() {
                        // Another arm happens, or its owner looks just now.
                        continue;
                    }
                    let parcel = (*node).demand().1.cast::<Parcel<T>>();
                    let message = (*parcel).take().expect("it waits to be sent");
                    litter.add(hub.push(self, message));
                }
                batch.add(self.senders.remove(node));
                (*node).set_state(if closed { State::Closed } else { State::Done });
            }
        }
        more
    }
}
