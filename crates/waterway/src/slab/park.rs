//! Those who wait for a slot, and how they are served.

use core::mem::MaybeUninit;
use core::ptr;
use core::task::Waker;

use super::words::{Free, Link};
use super::{Core, Index, Lists, Loose, Slab};
use crate::sync::{Modify, Ordering, Threads};
use crate::unwind::Defer;
use crate::wait::{self, Arm, Demand, Node, State, WakeBatch};

/// What a parked send has with it: its message, until it is served. Then it may hold what lay in the slot.
pub(crate) struct Parcel<T> {
    value: MaybeUninit<T>,
    inside: Inside,
}

/// What is in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Nothing,
    Message,
    /// What lay in the slot that the message went to.
    Other,
}

impl<T> Parcel<T> {
    pub(crate) fn new(message: T) -> Self {
        Self {
            value: MaybeUninit::new(message),
            inside: Inside::Message,
        }
    }

    /// The message, if it is here.
    pub(crate) fn take(&mut self) -> Option<T> {
        (self.inside == Inside::Message).then(|| self.take_value())
    }

    /// What is here: something is.
    fn take_value(&mut self) -> T {
        debug_assert!(self.inside != Inside::Nothing);
        self.inside = Inside::Nothing;
        // SAFETY: it is here, and is not any more.
        unsafe { self.value.assume_init_read() }
    }
}

impl<T> Drop for Parcel<T> {
    fn drop(&mut self) {
        if self.inside != Inside::Nothing {
            drop(self.take_value());
        }
    }
}

impl<T> core::fmt::Debug for Parcel<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Parcel")
    }
}

impl<T, K: Loose> Slab<T, K> {
    /// Puts a parcel's message into a slot. What lay there is in the parcel then. No user code runs.
    ///
    /// # Safety
    /// The caller holds the slot, and the parcel, which holds a message, is its own.
    pub(super) unsafe fn load(&self, slot: Index, parcel: *mut Parcel<T>) {
        // SAFETY: both are the caller's.
        unsafe {
            debug_assert_eq!((*parcel).inside, Inside::Message);
            let (element, value) = (self.element(slot), (&raw mut (*parcel).value).cast::<T>());
            if self.is_built(slot) {
                ptr::swap(element, value);
                (*parcel).inside = Inside::Other;
            } else {
                ptr::copy_nonoverlapping(value, element, 1);
                self.set_built(slot, true);
                (*parcel).inside = Inside::Nothing;
            }
        }
    }

    /// Takes back what was loaded into a slot that nobody wants.
    ///
    /// # Safety
    /// As for `load`, which came before.
    pub(super) unsafe fn unload(&self, slot: Index, parcel: *mut Parcel<T>) {
        // SAFETY: both are the caller's.
        unsafe {
            let (element, value) = (self.element(slot), (&raw mut (*parcel).value).cast::<T>());
            if (*parcel).inside == Inside::Other {
                ptr::swap(element, value);
            } else {
                ptr::copy_nonoverlapping(element, value, 1);
                self.set_built(slot, false);
            }
            (*parcel).inside = Inside::Message;
        }
    }

    /// Parks a node: for `Demand::Send` its data is a [`Parcel`] with a message, for `Demand::Permits` a number to
    /// which that of a slot is written. It may be served, or refused, before this comes back.
    ///
    /// # Safety
    /// Both are the caller's, pinned, the node is in no list, and it is [withdrawn](Self::withdraw) before they go.
    pub(super) unsafe fn park(
        &self,
        node: &Node,
        demand: Demand,
        data: *mut (),
        waker: &Waker,
        arm: Option<Arm<'_>>,
    ) -> State {
        let waker = waker.clone();
        let mut batch = WakeBatch::new();
        let core = self.core();
        let mut lists = core.lists.lock();
        if self.is_shut() {
            drop(lists);
            drop(waker);
            return State::Closed;
        }
        // SAFETY: the lock is held; both are as promised.
        let none = unsafe {
            node.prepare(demand, data, arm);
            lists.senders.push(node);
            node.replace_waker(Some(waker))
        };
        debug_assert!(none.is_none(), "it was prepared just now");
        // ORDERING: AcqRel: a slot that was released before this is seen below; who releases one after it sees it.
        core.free.or_as::<Threads>(Free::WAITED, Ordering::AcqRel);
        let more = self.settle_locked(&mut lists, &mut batch);
        drop(lists);
        self.finish(&mut batch, more);
        node.state()
    }

    /// Has another waker woken for a node that may be parked.
    pub(super) fn renew(&self, node: &Node, waker: &Waker) {
        wait::renew(|| self.core().lists.lock(), node, waker);
    }

    /// A parked node is this arm of a wait over several operations, whose owner looks.
    pub(super) fn join_group(&self, node: &Node, arm: Arm<'_>) {
        wait::join(|| self.core().lists.lock(), node, Some(arm));
    }

    /// Takes a node out of the list, if it is there still: nobody touches it or its data any more.
    pub(super) fn withdraw(&self, node: &Node) {
        let lock = || self.core().lists.lock();
        wait::withdraw(lock, node, |lists| {
            // SAFETY: the lock is held, and the node is in the list.
            let waker = unsafe { lists.senders.remove(node) };
            self.rest(lists);
            waker
        });
    }

    /// `WAITED` goes with the last who waited. The lock is held.
    pub(super) fn rest(&self, lists: &Lists) {
        if lists.senders.is_empty() {
            self.nobody_waits();
        }
    }

    /// Who is in the list lost a wait over several operations: it is in nobody's way until it is by itself again. The lock
    /// is held.
    fn nobody_waits(&self) {
        // ORDERING: Release: a part of the word's release sequences; nobody waits who could miss anything.
        self.core()
            .free
            .and_as::<Threads>(!Free::WAITED, Ordering::Release);
    }

    /// A parked node is no arm any more, if it was one, and waits by itself.
    pub(super) fn leave_group(&self, node: &Node) {
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists.lock();
            if node.is_linked() {
                // SAFETY: the lock is held, and a node in a list is prepared.
                if unsafe { node.is_single() } {
                    return false;
                }
                // SAFETY: the lock is held.
                unsafe { node.join(None) };
                // ORDERING: AcqRel, as in `park`.
                self.core()
                    .free
                    .or_as::<Threads>(Free::WAITED, Ordering::AcqRel);
            }
            self.settle_locked(&mut lists, batch)
        });
    }

    /// Serves those who wait for a slot, as long as there are slots.
    #[cold]
    pub(super) fn settle(&self) {
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists.lock();
            self.settle_locked(&mut lists, batch)
        });
    }

    /// Wakes who was served, and serves on.
    fn finish(&self, batch: &mut WakeBatch, more: bool) {
        let rest = Defer::new(|| {
            if more {
                self.settle();
            }
        });
        batch.fire();
        drop(rest);
    }

    /// Serves as many as the batch has room for; says whether there is more to do. The lock is held.
    pub(super) fn settle_locked(&self, lists: &mut Lists, batch: &mut WakeBatch) -> bool {
        let core = self.core();
        while !lists.senders.is_empty() {
            // ORDERING: Acquire: `SHUT` comes under this lock only; a free slot is claimed below. As long as somebody
            // waits nobody else claims, so that it is still there then.
            let free = Free(core.free.load(Ordering::Acquire));
            // Without senders whoever waits was forgotten.
            if free.is_shut() || free.first() == self.none() || core.life.senders() == 0 {
                return false;
            }
            if !batch.has_room() {
                return true;
            }
            let mut next = lists.senders.first();
            let served = loop {
                let Some(node) = next else {
                    if lists.senders.is_lost() {
                        self.nobody_waits();
                    }
                    return false;
                };
                // SAFETY: the lock is held, and a node in the list is alive. One that does not let itself be claimed
                // is an arm of a wait that another arm has ended, or whose owner looks just now.
                unsafe {
                    if (*node).claim() {
                        break node;
                    }
                    next = lists.senders.after(node);
                }
            };
            let slot = self.claim_past(Free::SHUT);
            let slot = slot.expect("nobody else claims while somebody waits");
            // SAFETY: the lock is held, the node is alive, and its data is as `park` asks; to set the state is the last
            // access to both.
            unsafe {
                let (demand, data) = (*served).demand();
                batch.add(lists.senders.remove(served));
                match demand {
                    Demand::Send { .. } => {
                        self.load(slot, data.cast());
                        let published = self.publish_silently(slot);
                        if published
                            .expect("the receiving side shuts under the lock, and goes after that")
                        {
                            batch.add(core.receiver.take());
                        }
                    }
                    _ => *data.cast::<u32>() = slot.0,
                }
                (*served).set_state(State::Done);
            }
        }
        self.rest(lists);
        false
    }

    /// A slot that was written down.
    ///
    /// # Safety
    /// The caller holds it.
    pub(super) unsafe fn slot(number: u32) -> Index {
        debug_assert!(number <= K::Link::MOST);
        Index(number)
    }
}

impl<K: Loose> Core<K> {
    /// Has a waker woken when the receiving side ends. The caller looks again after this.
    ///
    /// # Safety
    /// The node is the caller's, pinned, and [goes](Self::ignore) before it does.
    pub(super) unsafe fn watch(&self, node: &Node, waker: &Waker) {
        if wait::renew(|| self.lists.lock(), node, waker) {
            return;
        }
        let waker = waker.clone();
        let mut lists = self.lists.lock();
        // SAFETY: the lock is held; the node is the caller's, and in no list.
        unsafe {
            node.prepare(Demand::End, ptr::null_mut(), None);
            lists.watchers.push(node);
            let none = node.replace_waker(Some(waker));
            debug_assert!(none.is_none(), "it was prepared just now");
        }
        drop(lists);
    }

    /// Takes a watcher's node out, if it is there still.
    pub(super) fn ignore(&self, node: &Node) {
        wait::withdraw(
            || self.lists.lock(),
            node,
            |lists| {
                // SAFETY: the lock is held, and the node is in the list.
                unsafe { lists.watchers.remove(node) }
            },
        );
    }
}
