//! A wait over many receivers that is used again and again.
//!
//! Each member leaves in its channel a waker of its own, which puts the member into the set's *queue of those
//! to look at*, once, and wakes whoever waits for the set. So a wait looks only at members that were told, or
//! that had a message at the last look; those that have nothing are left alone however many they are.
//!
//! ```text
//! waker   queued: 0 -> 1? key into the queue (under its lock), take the owner's waker, wake
//! owner   waker into the cell -> key out of the queue (under its lock) -> queued: 0 -> look -> empty: observe
//! ```
//!
//! The owner's waker is in the cell before the queue is found empty, under a lock that the key passes later: so
//! who puts a key in after that finds the waker. `queued` is 0 before the look, so that what comes after the
//! look puts the key in again.
//!
//! Members *observe*: where receivers share a channel, a member that was told does not answer for a message.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Poll, Waker};

use lock_api::{Mutex, RawMutex};

use super::{Action, Choice, Handle};
use crate::chan::Chan;
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::fixed::Channel;
use crate::kind::{Awaited, Inbox, Kind, Pool, Shared, sealed::Sealed};
use crate::slab::{Loose, Moored, Slab};
use crate::sync::{AtomicU8, DefaultLock, Exchange, Ordering, Threads};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Gather, How, Node, WakerCell};
use crate::{inbox, pool, shared, sole};

/// Names a member of a [`Set`](crate::select::Set). It is not given to another one when its member is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    index: u32,
    turn: u32,
}

/// Who is to be looked at, and who waits for that.
#[derive(Debug)]
struct Ready {
    /// It has room for all members.
    queue: Mutex<DefaultLock, VecDeque<u32>>,
    owner: WakerCell,
}

/// What wakes when a member's channel does.
#[derive(Debug)]
struct Bell {
    index: u32,
    /// 1 while the index is in the queue.
    queued: AtomicU8,
    ready: Arc<Ready>,
}

impl Bell {
    /// Puts the member into the queue; says whether it was not there.
    fn queue(&self) -> bool {
        // ORDERING: AcqRel, a row of read-modify-writes with that in `Members::look`: what came before this is seen
        // by the look that follows one of the two.
        let new = self.queued.replace::<Threads>(1, Ordering::AcqRel) == 0;
        if new {
            self.ready.queue.lock().push_back(self.index);
        }
        new
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queue() {
            if let Some(waker) = self.ready.owner.take() {
                waker.wake();
            }
        }
    }
}

/// A receiver of messages `T` that a [`Set`](crate::select::Set) may have: of any kind, owned or, of a borrowed
/// channel, by reference. Sealed.
pub trait Source<T>: Sealed {
    /// The kind of channel.
    type Kind: Awaited;
    #[doc(hidden)]
    type Channel: Observed<T>;

    #[doc(hidden)]
    fn channel(&self) -> Self::Channel;
}

/// A channel whose receiver is told that something came. Sealed.
#[doc(hidden)]
#[allow(private_interfaces, reason = "the trait is sealed")]
pub trait Observed<T>: Sealed {
    /// The next message, if there is one.
    ///
    /// # Safety
    /// The caller has the receiver for itself.
    unsafe fn look(&self) -> Result<T, TryRecvError>;
    /// Has a waker woken when a message comes. Says whether there is none for sure; else the caller looks again.
    ///
    /// # Safety
    /// The node is pinned, and [left](Self::leave) before it or the receiver goes.
    unsafe fn observe(&self, node: &Node, waker: &Waker) -> bool;
    /// Before a look: if it was told, the look is the answer to that.
    fn answer(&self, _: &Node) {}
    /// Nobody is to be woken any more.
    fn leave(&self, node: &Node);
}

#[allow(private_interfaces, reason = "the trait is sealed")]
impl<T, K: Kind> Observed<T> for Chan<T, K> {
    unsafe fn look(&self) -> Result<T, TryRecvError> {
        self.try_recv()
    }

    unsafe fn observe(&self, node: &Node, waker: &Waker) -> bool {
        // SAFETY: passed on.
        unsafe { self.observe(node, waker) }
    }

    fn answer(&self, node: &Node) {
        self.answers(node);
    }

    fn leave(&self, node: &Node) {
        self.unregister(node);
    }
}

impl<T, K: Loose> Sealed for Slab<T, K> {}

#[allow(private_interfaces, reason = "the trait is sealed")]
impl<T, K: Loose> Observed<T> for Slab<T, K> {
    unsafe fn look(&self) -> Result<T, TryRecvError> {
        // SAFETY: passed on.
        unsafe { self.try_recv() }
    }

    unsafe fn observe(&self, node: &Node, waker: &Waker) -> bool {
        // SAFETY: passed on.
        unsafe { self.readers().register(node, waker) };
        false
    }

    fn leave(&self, node: &Node) {
        self.readers().withdraw(node);
    }
}

impl<T, K: Kind> Source<T> for sole::Receiver<T, K> {
    type Kind = K;
    type Channel = Chan<T, K>;

    fn channel(&self) -> Chan<T, K> {
        self.chan()
    }
}

impl<T, K: Kind> Source<T> for shared::Receiver<T, K> {
    type Kind = K;
    type Channel = Chan<T, K>;

    fn channel(&self) -> Chan<T, K> {
        self.chan()
    }
}

impl<T, const N: usize, K: Shared> Source<T> for &Channel<T, N, K> {
    type Kind = K;
    type Channel = Chan<T, K>;

    fn channel(&self) -> Chan<T, K> {
        Handle::chan(self)
    }
}

impl<T, L: RawMutex> Source<T> for inbox::Receiver<T, L> {
    type Kind = Inbox<L>;
    type Channel = Slab<T, Inbox<L>>;

    fn channel(&self) -> Self::Channel {
        *self.slab()
    }
}

/// It gives messages by value.
impl<T, R, L: RawMutex> Source<T> for pool::Receiver<T, R, L> {
    type Kind = Pool<R, L>;
    type Channel = Slab<T, Pool<R, L>>;

    fn channel(&self) -> Self::Channel {
        *self.slab()
    }
}

/// A receiver in a set.
struct Member<T, H: Source<T>> {
    channel: H::Channel,
    node: Node,
    bell: Arc<Bell>,
    waker: Waker,
    /// It keeps the channel.
    receiver: H,
    turn: u32,
    open: bool,
}

// SAFETY: the node is touched by others under a lock only; it holds no message.
unsafe impl<T, H: Source<T> + Send> Send for Member<T, H> {}
// SAFETY: a shared member gives no more than its receiver, by reference.
unsafe impl<T, H: Source<T> + Sync> Sync for Member<T, H> {}

/// What a look at a member comes to.
enum Sight<T> {
    Nothing,
    Message(T),
    End,
}

impl<T, H: Source<T>> Member<T, H> {
    fn look(self: Pin<&mut Self>) -> Sight<T> {
        // SAFETY: nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        let mut registered = false;
        loop {
            this.channel.answer(&this.node);
            // SAFETY: the member has its receiver for itself.
            match unsafe { this.channel.look() } {
                Ok(message) => {
                    // There may be more.
                    this.bell.queue();
                    return Sight::Message(message);
                }
                Err(TryRecvError::Closed) => {
                    this.open = false;
                    return Sight::End;
                }
                Err(TryRecvError::Empty) if registered => return Sight::Nothing,
                Err(TryRecvError::Empty) => {}
            }
            registered = true;
            // SAFETY: the node is pinned with the member, whose drop unregisters it.
            if unsafe { this.channel.observe(&this.node, &this.waker) } {
                return Sight::Nothing;
            }
        }
    }
}

impl<T, H: Source<T>> Drop for Member<T, H> {
    fn drop(&mut self) {
        self.channel.leave(&self.node);
    }
}

type Pinned<T, H> = Pin<Box<Member<T, H>>>;

/// The members of a set.
pub(crate) struct Members<T, H: Source<T>> {
    places: Vec<Option<Pinned<T, H>>>,
    free: Vec<u32>,
    /// How many places were filled so far.
    turns: u32,
    /// Those that are not closed.
    open: usize,
    ready: Arc<Ready>,
}

impl<T, H: Source<T>> Members<T, H> {
    pub(crate) fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            turns: 0,
            open: 0,
            ready: Arc::new(Ready {
                queue: Mutex::new(VecDeque::new()),
                owner: WakerCell::new(),
            }),
        }
    }

    pub(crate) fn insert(&mut self, receiver: H) -> Key {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            u32::try_from(self.places.len() - 1).expect("fewer than 2^32 members")
        });
        self.turns = self.turns.wrapping_add(1);
        let turn = self.turns;
        let bell = Arc::new(Bell {
            index,
            queued: AtomicU8::new(0),
            ready: Arc::clone(&self.ready),
        });
        self.places[index as usize] = Some(Box::pin(Member {
            channel: receiver.channel(),
            node: Node::new(),
            waker: Arc::clone(&bell).into(),
            bell: Arc::clone(&bell),
            receiver,
            turn,
            open: true,
        }));
        self.open += 1;
        // A waker of a member that is gone may be on its way still.
        let most = 2 * self.places.len();
        {
            let mut queue = self.ready.queue.lock();
            let missing = most.saturating_sub(queue.len());
            queue.reserve(missing);
        }
        // The first look registers it.
        bell.queue();
        Key { index, turn }
    }

    fn get(&self, key: Key) -> Option<&Pinned<T, H>> {
        let member = self.places.get(key.index as usize)?.as_ref();
        member.filter(|member| member.turn == key.turn)
    }

    pub(crate) fn receiver(&self, key: Key) -> Option<&H> {
        self.get(key).map(|member| &member.receiver)
    }

    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let Some(member) = self.get(key) else {
            return false;
        };
        self.open -= usize::from(member.open);
        let member = self.places[key.index as usize].take();
        self.free.push(key.index);
        drop(member);
        self.ready.queue.lock().retain(|&index| index != key.index);
        true
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        (0u32..).zip(&self.places).filter_map(|(index, member)| {
            let turn = member.as_ref()?.turn;
            Some(Key { index, turn })
        })
    }

    /// The next member to look at.
    fn next_index(&self) -> Option<usize> {
        Some(self.ready.queue.lock().pop_front()? as usize)
    }

    /// Looks at those who are to be looked at, until something is found.
    fn look(&mut self) -> Option<(Key, Option<T>)> {
        while let Some(index) = self.next_index() {
            let Some(member) = self.places[index].as_mut() else {
                continue;
            };
            // ORDERING: AcqRel, as in `queue`.
            member.bell.queued.replace::<Threads>(0, Ordering::AcqRel);
            if !member.open {
                continue;
            }
            let turn = member.turn;
            let found = match member.as_mut().look() {
                Sight::Nothing => continue,
                Sight::Message(message) => Some(message),
                Sight::End => {
                    self.open -= 1;
                    None
                }
            };
            #[allow(clippy::cast_possible_truncation, reason = "it was one")]
            let index = index as u32;
            return Some((Key { index, turn }, found));
        }
        None
    }
}

/// The action of `Set::recv`.
#[doc(hidden)]
pub struct Gathering<'a, T, H: Source<T>> {
    members: &'a mut Members<T, H>,
    waits: bool,
    spent: bool,
}

impl<'a, T, H: Source<T>> Gathering<'a, T, H> {
    pub(crate) fn new(members: &'a mut Members<T, H>) -> Self {
        Self {
            members,
            waits: false,
            spent: false,
        }
    }

    /// Nobody is to be woken any more.
    fn leave(&mut self) {
        if core::mem::take(&mut self.waits) {
            drop(self.members.ready.owner.take());
        }
    }
}

impl<T, H: Source<T>> Sealed for Gathering<'_, T, H> {}

impl<T, H: Source<T>> Action for Gathering<'_, T, H> {
    type Kind = H::Kind;
    type Output = Option<(Key, Option<T>)>;
    type Timed = Result<(Key, Option<T>), RecvTimeoutError>;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.spent, "an operation is polled until it is ready");
        if let Some(waker) = how.waker() {
            this.waits = true;
            this.members.ready.owner.set(waker);
        }
        let found = this.members.look();
        if found.is_none() && this.members.open > 0 {
            return Poll::Pending;
        }
        this.spent = true;
        this.leave();
        Poll::Ready(found)
    }

    fn cancel(self: Pin<&mut Self>) {
        let this = self.get_mut();
        this.spent = true;
        this.leave();
    }

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn is_spent(&self) -> bool {
        self.spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // Members announce themselves whether or not anybody waits: to park at once was faster.
        None
    }
}

impl<T, H: Source<T>> core::fmt::Debug for Gathering<'_, T, H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Gathering").finish_non_exhaustive()
    }
}

impl<T, H: Source<T>> Choice for Gathering<'_, T, H> {}

impl<T, H: Source<T>> Drop for Gathering<'_, T, H> {
    fn drop(&mut self) {
        self.leave();
    }
}
