//! Close, and the going of handles.

use super::words::{Free, Link, Ready};
use super::{Loose, Slab};
use crate::sync::{Modify, Ordering, Threads};
use crate::unwind::Defer;
use crate::wait::{State, WakeBatch};

impl<T, K: Loose> Slab<T, K> {
    /// Nothing more is claimed; who waits gets its message back. Says whether this call did it.
    pub(crate) fn close(&self) -> bool {
        let first = self.shut();
        let _end = Defer::new(|| self.core().tell_end());
        self.tell_shut();
        first
    }

    /// Sets `SHUT`. Under the lock, so that nobody is served after it, or parks.
    fn shut(&self) -> bool {
        let core = self.core();
        let lists = core.lists.lock();
        // ORDERING: AcqRel: Release, who sees it sees what was done before; all claims come before it or fail.
        let seen = core.free.or_as::<Threads>(Free::SHUT, Ordering::AcqRel);
        drop(lists);
        !Free(seen).is_shut()
    }

    /// Tells all who wait under the lock.
    fn tell_shut(&self) {
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists.lock();
            let senders = lists.senders.pick(batch, |_| Some(State::Closed));
            self.rest(&lists);
            let watchers = lists.watchers.pick(batch, |_| Some(State::Done));
            senders + watchers > 0
        });
    }

    /// A sender goes.
    pub(crate) fn drop_sender(self) {
        if self.life().remove_sender() {
            let _released = Defer::new(|| self.release_hold());
            let _forgotten = Defer::new(|| self.tell_forgotten());
            self.core().tell_end();
        }
    }

    /// The last sender went: who still waits for a slot was forgotten, and is not to be in the way of later senders.
    fn tell_forgotten(&self) {
        // ORDERING: Relaxed: who waits without having been forgotten has a sender.
        if !Free(self.core().free.load(Ordering::Relaxed)).is_waited() {
            return;
        }
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists.lock();
            if self.life().senders() > 0 {
                // There is a new one: they are served like anybody, also for what was released in between.
                return self.settle_locked(&mut lists, batch);
            }
            let picked = lists.senders.pick(batch, |_| Some(State::Closed));
            self.rest(&lists);
            picked > 0
        });
    }

    /// The receiver goes. With a manager nothing else happens: what it had taken from `ready` is for the next one.
    pub(crate) fn drop_receiver(self) {
        let _gone = Defer::new(|| {
            if self.life().remove_receiver() {
                self.go();
            }
        });
        self.core().withdraw_announcement();
    }

    /// The manager goes.
    pub(crate) fn drop_manager(self) {
        if self.life().remove_manager() {
            self.go();
        }
    }

    /// The last of the receiving side went: drops what was sent to it.
    fn go(self) {
        let _released = Defer::new(|| self.release_hold());
        let _drained = Defer::new(|| self.drain());
        self.shut();
        // ORDERING: AcqRel: a publish comes before this, and is found by `drain`, or fails.
        self.core()
            .ready
            .or_as::<Threads>(Ready::GONE, Ordering::AcqRel);
        self.tell_shut();
    }

    /// Drops everything that was published. Of the side that is gone.
    fn drain(&self) {
        // SAFETY: there is no receiver any more: its part is this caller's.
        while let Ok(slot) = unsafe { self.take() } {
            let rest = Defer::new(|| self.drain());
            let released = Defer::new(|| self.release(slot));
            // SAFETY: taken just now; a published slot holds an element, which is no longer there then.
            unsafe {
                let element = self.element(slot);
                self.set_built(slot, false);
                element.drop_in_place();
            }
            drop(released);
            rest.defuse();
        }
    }

    /// Drops all elements that are left. Nobody uses the channel any more.
    pub(super) fn clear(&self, from: u32) {
        for index in from..self.none() {
            if self.link(index).is_built() {
                let rest = Defer::new(|| self.clear(index + 1));
                // SAFETY: nobody else has any slot, by the caller's promise; it is looked at once.
                unsafe {
                    let slot = Self::slot(index);
                    self.set_built(slot, false);
                    self.element(slot).drop_in_place();
                }
                rest.defuse();
            }
        }
    }
}
