//! The waiting lists: announce, refill, withdraw, watch.

use core::task::Waker;

use super::notice::{FLUSH, ROOM_WANTED};
use super::send::{Claim, Refused};
use super::{Chan, Form, Lists, Shape, WakeBatch};
use crate::kind::Kind;
use crate::store::words::{self, CLOSED, GONE, PARKED, PEEKED};
use crate::sync::{Modify, Ordering, barrier};
use crate::unwind::Defer;
use crate::wait::{self, Arm, Demand, How, Node, State};

/// How far a send went.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) enum Went {
    /// So many messages were moved out to the channel, from the first on, without the node.
    Out(usize),
    /// The node stands so: `Idle` if nothing was done.
    In(State),
}

impl<T, K: Kind> Chan<T, K> {
    /// So few slots that a sender parks its message as soon as it yields.
    pub(super) const FEW: usize = 8;

    /// How many messages are moved in one hold of the lock.
    const PER_HOLD: usize = 16;

    /// Moves messages of parked senders in while there is room, and wakes whom that concerns.
    #[cold]
    pub(super) fn refill(&self) {
        WakeBatch::fire_all(&|batch| self.refill_once(batch, false));
    }

    /// The same on behalf of a receiver that found nothing: past those who were told that there is
    /// room and have not come for it.
    #[cold]
    pub(super) fn refill_eagerly(&self) {
        WakeBatch::fire_all(&|batch| self.refill_once(batch, true));
    }

    fn refill_once(&self, batch: &mut WakeBatch, eager: bool) -> bool {
        let mut lists = self.core().lists();
        let more = self.refill_locked(&mut lists, batch, eager);
        self.call(&mut lists, batch, 0, None) || more
    }

    /// Wakes those who were picked under the lock; then goes on with the refill if there is more.
    pub(super) fn finish(&self, batch: &mut WakeBatch, more: bool) {
        let _refilled = Defer::new(|| {
            if more {
                self.refill();
            }
        });
        batch.fire();
    }

    /// Serves parked senders in order. Says whether it stopped only because this hold of the lock
    /// was long enough.
    ///
    /// A sender's message is moved in. Who waits for permits is told that they are there and
    /// claims them itself; until it comes, the room is left to it, unless the receiver is idle. Room
    /// beyond that is for those behind it.
    pub(super) fn refill_locked(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        eager: bool,
    ) -> bool {
        let core = self.core();
        let shape = core.shape;
        let eager = eager || self.has_waiting_receiver(lists);
        let mut more = false;
        let mut moves = Self::PER_HOLD;
        // How many were told, and have not come, and the room that is left to them.
        let (mut told, mut left_to_them) = (0, 0);
        let mut next = match Self::form(shape) {
            Form::Direct => None,
            Form::Ring | Form::Lane | Form::Segments | Form::Chain => lists.senders.first(),
        };
        while let Some(current) = next {
            // SAFETY: a node in the list is alive, and the lock is held.
            let node = unsafe { &*current };
            // SAFETY: as above.
            let (demand, data) = unsafe { node.demand() };
            if node.state() == State::Woken {
                // It was told, and has not come.
                if let (false, Demand::Permits(count)) = (eager, demand) {
                    if told == Self::PER_HOLD {
                        break;
                    }
                    told += 1;
                    left_to_them += count as u64;
                }
                // SAFETY: as above.
                next = unsafe { lists.senders.after(current) };
                continue;
            }
            if moves == 0 || !batch.has_room() {
                return true;
            }
            moves -= 1;
            match demand {
                Demand::Send { left } => {
                    // SAFETY: as above.
                    let single = unsafe { node.is_single() };
                    // An arm is claimed only when it is sure to be served.
                    if (!single || told > 0) && !self.sees_room(shape, left_to_them + 1) {
                        break;
                    }
                    // SAFETY: as above.
                    if !single && !unsafe { node.claim() } {
                        // SAFETY: as above.
                        next = unsafe { lists.senders.after(current) };
                        // Nothing was moved: who begins again comes no further.
                        moves += 1;
                        continue;
                    }
                    let data = data.cast::<T>();
                    let claim = if left == 1 && lists.senders.is_alone(current) {
                        Claim::LastParked
                    } else {
                        Claim::Parked
                    };
                    let wanted = |claim| more |= self.serve_receiver(lists, batch, Some(claim));
                    // SAFETY: a parked sender's data points at its first message.
                    match unsafe { self.push(claim, data, wanted) } {
                        Ok(()) => {
                            // SAFETY: its first message was taken just now; the lock is held.
                            unsafe { self.served(lists, batch, current, left, data) };
                            next = lists.senders.first();
                            (told, left_to_them) = (0, 0);
                        }
                        // No room, or closed: then the closer gives it back.
                        Err(_) => break,
                    }
                }
                Demand::Permits(count) => {
                    if !self.sees_room(shape, left_to_them + count as u64) {
                        break;
                    }
                    node.set_state(State::Woken);
                    // SAFETY: the lock is held.
                    batch.add(unsafe { node.replace_waker(None) });
                    // It is the next that is looked at again.
                }
                Demand::Message
                | Demand::Sight
                | Demand::Received(_)
                | Demand::End
                | Demand::News(_) => {
                    unreachable!("not in the list of senders")
                }
            }
        }
        self.settle(lists);
        more
    }

    /// Clears `PARKED` if nobody waits any more.
    pub(super) fn settle(&self, lists: &Lists) {
        if lists.senders.is_empty() {
            let core = self.core();
            core.on_receive.clear(ROOM_WANTED);
            // ORDERING: Relaxed: it is set and cleared under the lock only.
            if core.send.tail.load(Ordering::Relaxed) & PARKED != 0 {
                // ORDERING: AcqRel, as every change of the tail.
                core.send
                    .tail
                    .and_as::<K::Access>(!PARKED, Ordering::AcqRel);
            }
        }
    }

    /// The first message of a parked sender was taken: it is done, or the next one is its first.
    /// The caller settles then.
    ///
    /// # Safety
    /// The lock is held, the node is in the list of senders, and `data` is where its first message
    /// was.
    pub(super) unsafe fn served(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        node: *const Node,
        left: usize,
        data: *mut T,
    ) {
        // SAFETY: alive and ours by the caller's promise; `left` messages lie from `data` on.
        unsafe {
            if left > 1 {
                (*node).update(Demand::Send { left: left - 1 }, data.add(1).cast());
            } else {
                (*node).update(Demand::Send { left: 0 }, data.add(1).cast());
                batch.add(lists.senders.remove(node));
                (*node).set_state(State::Done);
            }
        }
    }

    /// Whether there is room for `count` more. Who makes room after this look refills.
    pub(super) fn sees_room(&self, shape: Shape, count: u64) -> bool {
        // ORDERING: Acquire, as in `claim_slot`.
        let tail = self.core().send.tail.load(Ordering::Acquire);
        self.has_room(shape, tail, count)
    }

    /// Lets the list have the room that there will be, and announces that; the lock is held. Says
    /// whether the channel is open.
    fn announce_sender(&self, lists: &Lists) -> bool {
        let core = self.core();
        self.note_sender();
        // ORDERING: Acquire: it is set and cleared under the lock only, and so is `CLOSED`.
        let mut tail = core.send.tail.load(Ordering::Acquire);
        if tail & PARKED == 0 {
            // ORDERING: AcqRel: who gives permits back sees it, or we see the permits.
            tail = core.send.tail.or_as::<K::Access>(PARKED, Ordering::AcqRel);
        }
        if tail & CLOSED != 0 {
            self.settle(lists);
            return false;
        }
        if matches!(Self::form(core.shape), Form::Ring | Form::Lane) {
            self.announce_want_of_room();
            core.on_publish.keep_pace(&core.on_receive, tail);
        }
        true
    }

    /// Sends the first of `left` messages at `data`, or several, or goes as far towards it as `how`
    /// allows.
    /// Calls `wanted` with the claim if the receiver is to be woken for it, as soon as the caller has noted that
    /// the message is no longer its own.
    ///
    /// # Safety
    /// As for [`park_send`](Self::park_send).
    #[inline(always)]
    pub(crate) unsafe fn send_or_park(
        &self,
        node: &Node,
        data: *mut T,
        left: usize,
        how: How<'_>,
        mut wanted: impl FnMut(u64),
    ) -> Went {
        let in_line = match how {
            // It has just looked, and looks again when it is in the list.
            How::Yield => self.parks_early(),
            _ => self.is_direct(),
        };
        let mut tries = if in_line { 0 } else { 2 };
        while tries > 0 {
            tries -= 1;
            // SAFETY: passed on.
            match unsafe { self.push_some(data, left, &mut wanted) } {
                Ok(count) => return Went::Out(count),
                Err(Refused::Closed) => return Went::In(State::Closed),
                Err(Refused::Full) if tries > 0 && self.linger_for_room(how) => {}
                Err(Refused::Full) => break,
            }
        }
        // SAFETY: passed on.
        Went::In(unsafe { self.park_as(node, data, left, how) })
    }

    /// Whether a send is parked as soon as its thread yields.
    #[inline]
    pub(crate) fn parks_early(&self) -> bool {
        let capacity = self.core().shape.capacity();
        capacity.is_some_and(|slots| slots <= Self::FEW)
    }

    /// # Safety
    /// As for [`park_send`](Self::park_send).
    #[inline(never)]
    unsafe fn park_as(&self, node: &Node, data: *mut T, left: usize, how: How<'_>) -> State {
        let waker = how.waker();
        match how {
            _ if waker.is_some() => {}
            How::Spin if self.is_direct() => {}
            How::Yield if self.parks_early() => {}
            // SAFETY: passed on.
            How::Arm(_) if self.is_direct() => return unsafe { self.send_to_a_hand(data) },
            _ => return State::Idle,
        }
        // SAFETY: passed on.
        unsafe { self.park_send(node, data, left, waker, how.arm()) }
    }

    /// At a rendezvous, without waiting.
    ///
    /// # Safety
    /// `data` points at a message that is the caller's; it is moved out if the answer is `Done`.
    unsafe fn send_to_a_hand(&self, data: *mut T) -> State {
        // SAFETY: passed on. Who takes it is told there.
        match unsafe { self.push(Claim::Fresh, data, |_| ()) } {
            Ok(()) => State::Done,
            Err(Refused::Full) => State::Idle,
            Err(Refused::Closed) => State::Closed,
        }
    }

    /// Parks a send of `left` messages that lie at `data`. Without a waker it is only found by a
    /// receiver that comes for it.
    ///
    /// # Safety
    /// `node` is the caller's, pinned, in no list, and withdrawn before it goes; so are the
    /// messages, which are moved out from the first on as they are taken.
    #[inline(never)]
    pub(crate) unsafe fn park_send(
        &self,
        node: &Node,
        data: *mut T,
        left: usize,
        waker: Option<&Waker>,
        arm: Option<Arm<'_>>,
    ) -> State {
        let core = self.core();
        let waker = waker.cloned();
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        if !self.announce_sender(&lists) {
            return State::Closed;
        }
        // SAFETY: the lock is held, node and messages are as promised.
        unsafe {
            node.prepare(Demand::Send { left }, data.cast(), arm);
            lists.senders.push(node);
        }
        let more = self.meet_receiver(&mut lists, &mut batch);
        let unused = if node.is_linked() {
            // SAFETY: the lock is held.
            unsafe { node.replace_waker(waker) }
        } else {
            waker
        };
        drop(lists);
        drop(unused);
        self.finish_parking(node, &mut batch, more)
    }

    /// Somebody has just parked a message: looks for room, or for who receives. Says whether there is more
    /// to do.
    fn meet_receiver(&self, lists: &mut Lists, batch: &mut WakeBatch) -> bool {
        let shape = self.core().shape;
        if Self::form(shape) == Form::Direct {
            return !self.meet_hand(lists, batch) && self.serve_receiver(lists, batch, None);
        }
        // In segments it is only those before it that a message waits for, not room.
        (shape.capacity().is_none() || self.sees_room(shape, 1))
            && self.refill_locked(lists, batch, false)
    }

    /// At a rendezvous: moves a parked message into a hand that is out, if there are both.
    fn meet_hand(&self, lists: &mut Lists, batch: &mut WakeBatch) -> bool {
        let mut message = core::mem::MaybeUninit::<T>::uninit();
        // SAFETY: the lock is held; the first in the list whose message can be had has the turn.
        unsafe {
            self.has_hand(lists)
                && self.pull(lists, batch, message.as_mut_ptr())
                && self.hand_over_locked(lists, batch, message.as_mut_ptr())
        }
    }

    /// A parked send is an arm from now on, of an owner that looks. It is the caller's.
    pub(crate) fn enter_group(&self, node: &Node, arm: Arm<'_>) {
        wait::join(|| self.core().lists(), node, Some(arm));
    }

    /// A parked send is no arm any more, if it was one, and may be taken as any other.
    pub(crate) fn leave_group(&self, node: &Node) {
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        // SAFETY: the lock is held, and a node in a list is prepared.
        if !node.is_linked() || unsafe { node.is_single() } {
            return;
        }
        // SAFETY: the lock is held.
        unsafe { node.join(None) };
        // It may have been passed by.
        let more = self.meet_receiver(&mut lists, &mut batch);
        drop(lists);
        self.finish(&mut batch, more);
    }

    /// Somebody passed by a parked send whose owner looked just then: it is offered again. A receiver that
    /// waits for the same task as the send is not who passed by, or it would have itself woken for ever.
    pub(crate) fn offer_again(&self, node: &Node) {
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        if !node.is_linked() {
            return;
        }
        let more = if !self.is_direct() {
            self.meet_receiver(&mut lists, &mut batch)
        } else {
            // SAFETY: the lock is held, under which the waker stays.
            !self.meet_hand(&mut lists, &mut batch)
                && unsafe { self.serve_other(&mut lists, &mut batch, node) }
        };
        drop(lists);
        self.finish(&mut batch, more);
    }

    /// [`finish`](Self::finish), on behalf of a sender that has entered the list: if it is still there a
    /// receiver more is told. Says how the node stood before that.
    fn finish_parking(&self, node: &Node, batch: &mut WakeBatch, more: bool) -> State {
        let _called = Defer::new(|| {
            if node.is_linked() {
                self.call_for_room();
            }
        });
        self.finish(batch, more);
        node.state()
    }

    /// Has another waker woken for a node that may be in a list.
    pub(crate) fn renew(&self, node: &Node, waker: &Waker) {
        wait::renew(|| self.core().lists(), node, waker);
    }

    /// Waits for `count` permits, or takes them if they are there and it is this node's turn:
    /// `Done`.
    ///
    /// # Safety
    /// `node` is the caller's, pinned, and withdrawn before it goes.
    pub(crate) unsafe fn park_permits(&self, node: &Node, count: usize, waker: &Waker) -> State {
        let core = self.core();
        let waker = waker.clone();
        let mut batch = WakeBatch::new();
        let mut lists = core.lists();
        let mut old = None;
        match node.state() {
            State::Queued | State::Woken => {
                // SAFETY: the lock is held.
                old = unsafe { node.replace_waker(None) };
            }
            State::Idle => {
                if !self.announce_sender(&lists) {
                    return State::Closed;
                }
                // SAFETY: the lock is held, the node is as promised.
                unsafe {
                    node.prepare(Demand::Permits(count), core::ptr::null_mut(), None);
                    lists.senders.push(node);
                }
            }
            state @ (State::Done | State::Closed) => return state,
        }
        let mut more = self.refill_locked(&mut lists, &mut batch, false);
        let mut unused = Some(waker);
        if node.state() == State::Woken {
            if self.claim_permits(count) {
                // SAFETY: the lock is held and the node in the list; it has no waker.
                let _ = unsafe { lists.senders.remove(node) };
                node.set_state(State::Done);
                more |= self.refill_locked(&mut lists, &mut batch, false);
            } else {
                node.set_state(State::Queued);
            }
        }
        if node.is_linked() {
            // SAFETY: the lock is held.
            unused = unsafe { node.replace_waker(unused) };
        }
        drop(lists);
        drop((old, unused));
        self.finish_parking(node, &mut batch, more)
    }

    /// Whether there can ever be so many permits.
    pub(crate) fn can_reserve(&self, count: usize) -> bool {
        count <= self.core().shape.most_permits()
    }

    /// Reserves for somebody who waits, whose turn it is; the lock is held.
    pub(super) fn claim_permits(&self, count: usize) -> bool {
        let core = self.core();
        // ORDERING: Acquire, as in `claim_slot`.
        let mut tail = core.send.tail.load(Ordering::Acquire);
        loop {
            if tail & CLOSED != 0 {
                return false;
            }
            match self.reserve_at(core.shape, tail, count) {
                Ok(()) => return true,
                Err(now) if now == tail => return false,
                Err(now) => tail = now,
            }
        }
    }

    /// Takes a node out of its list, if it is in one, and serves whoever is next.
    pub(crate) fn withdraw(&self, node: &Node) {
        if !node.is_linked() {
            return;
        }
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        if !node.is_linked() {
            return;
        }
        // SAFETY: the lock is held and the node is in one of the lists, as its demand says.
        let waker = unsafe {
            match node.demand().0 {
                Demand::Send { .. } | Demand::Permits(_) => lists.senders.remove(node),
                Demand::Received(_) | Demand::End => lists.watchers.remove(node),
                Demand::Message | Demand::Sight => {
                    unreachable!("a receive is taken back by `unregister`")
                }
                Demand::News(_) => unreachable!("no crowd is here"),
            }
        };
        node.set_state(State::Idle);
        let more = self.refill_locked(&mut lists, &mut batch, false);
        drop(lists);
        drop(waker);
        self.finish(&mut batch, more);
    }

    /// Where a sender's node stands: how many of its messages were not taken, and the first.
    pub(crate) fn left_of(&self, node: &Node) -> usize {
        // SAFETY: the node is in no list: it is the caller's.
        match unsafe { node.demand() }.0 {
            Demand::Send { left } => left,
            _ => 0,
        }
    }

    /// Waits for the end, or for everything before a position to be received.
    ///
    /// # Safety
    /// `node` is the caller's, pinned, in no list, and withdrawn before it goes.
    pub(crate) unsafe fn watch(&self, node: &Node, demand: Demand, waker: &Waker) -> State {
        let core = self.core();
        let waker = waker.clone();
        let mut lists = core.lists();
        // ORDERING: Acquire: close sets the flag before it takes the lock to look at the lists.
        let tail = core.send.tail.load(Ordering::Acquire);
        let verdict = match demand {
            Demand::End => (tail & CLOSED != 0).then_some(State::Done),
            Demand::Received(target) => {
                self.announce_flush(target);
                let reached = self.is_received(target).then_some(State::Done);
                reached.or((tail & GONE != 0).then_some(State::Closed))
            }
            _ => unreachable!("nothing to watch"),
        };
        if let Some(verdict) = verdict {
            if demand != Demand::End {
                self.settle_flush(&lists);
            }
            return verdict;
        }
        // SAFETY: the lock is held, the node is as promised.
        let unused = unsafe {
            node.prepare(demand, core::ptr::null_mut(), None);
            lists.watchers.push(node);
            node.replace_waker(Some(waker))
        };
        drop(lists);
        drop(unused);
        node.state()
    }

    /// Lets receives compare with `target`; the lock is held. Either a receive comes after the
    /// flag and sees the target, or it comes before and is seen by a look at the head after this.
    fn announce_flush(&self, target: u64) {
        let core = self.core();
        let pending = core.on_receive.hint() & FLUSH != 0;
        // ORDERING: Relaxed: the target changes under the lock only.
        let lowest = core.flush_target.load(Ordering::Relaxed);
        if self.is_gone() {
            return;
        }
        if !pending || words::reached(lowest, target) {
            // ORDERING: Release pairs with the Acquire in `flush_is_due`.
            core.flush_target.store(target, Ordering::Release);
        }
        // ORDERING: Relaxed: for a guess about timing.
        let head = core.recv.head.load(Ordering::Relaxed);
        core.on_receive.announce(FLUSH, head);
        // Between the target and the look at the head: pairs with the one in `flush_is_due`.
        barrier::full::<K::Access>();
    }

    /// Makes the notice's flag and the cached target those of the flushes that wait.
    fn settle_flush(&self, lists: &Lists) {
        let core = self.core();
        let mut lowest: Option<u64> = None;
        let mut next = lists.watchers.first();
        while let Some(node) = next {
            // SAFETY: the lock is held, and a node in the list is alive.
            unsafe {
                if let Demand::Received(target) = (*node).demand().0 {
                    if lowest.is_none_or(|lowest| words::reached(lowest, target)) {
                        lowest = Some(target);
                    }
                }
                next = lists.watchers.after(node);
            }
        }
        match lowest {
            // What is stored when the receiver is gone stays.
            Some(_) if self.is_gone() => {}
            // ORDERING: Release pairs with the Acquire in `flush_is_due`. Until it is stored a
            // receive compares with a lower target and looks once too often.
            Some(lowest) => core.flush_target.store(lowest, Ordering::Release),
            None => core.on_receive.clear(FLUSH),
        }
    }

    /// Whether everything before `target` was received or displaced.
    pub(crate) fn is_received(&self, target: u64) -> bool {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: Acquire: first the head; if the receiver is not gone after that, it is not a
        // head that moved because messages were dropped.
        let head = core.recv.head.load(Ordering::Acquire);
        let tail = core.send.tail.load(Ordering::Acquire);
        if tail & GONE != 0 {
            // ORDERING: Acquire: stored before GONE was set.
            return words::reached(core.flush_target.load(Ordering::Acquire), target);
        }
        if !words::reached(head, target) {
            return false;
        }
        if tail & PEEKED == 0 {
            return true;
        }
        let aside = self.aside(shape, head);
        // What stands there when the receiver is gone is something else.
        !self.is_gone() && words::reached(aside, target)
    }

    /// Where the message that lies aside came from. A rendezvous has no positions: one that nobody
    /// has come to.
    fn aside(&self, shape: Shape, head: u64) -> u64 {
        match Self::form(shape) {
            // ORDERING: Acquire pairs with the Release in `move_aside`.
            Form::Ring => self.core().send.limit.load(Ordering::Acquire),
            Form::Direct => words::behind(head),
            Form::Lane | Form::Segments | Form::Chain => head,
        }
    }

    /// The last receiver goes: notes how far it came, for good, and that it is gone. Says whether
    /// somebody has to be told.
    pub(super) fn note_gone(&self) -> bool {
        let core = self.core();
        let shape = core.shape;
        let lists = core.lists();
        // ORDERING: Acquire: the receiver's own words, but for displacements.
        let head = core.recv.head.load(Ordering::Acquire);
        let received = if self.lies_aside() {
            self.aside(shape, head)
        } else {
            head
        };
        // ORDERING: Release pairs with the Acquire in `is_received`.
        core.flush_target.store(received, Ordering::Release);
        self.shut(&lists, CLOSED | GONE);
        !lists.are_empty()
    }

    /// What a flush that starts now waits for.
    pub(crate) fn flush_target(&self) -> u64 {
        // ORDERING: Acquire: what the caller knows to be sent is claimed before this.
        words::position(self.tail())
    }

    /// Whether the lowest target of a flush has been reached.
    pub(super) fn flush_is_due(&self) -> bool {
        // Between a move of the head and the look at the target: pairs with the one in
        // `announce_flush`.
        barrier::full::<K::Access>();
        // ORDERING: Acquire pairs with the Release in `settle_flush`.
        self.is_received(self.core().flush_target.load(Ordering::Acquire))
    }

    /// Wakes the flushes whose target was reached.
    #[cold]
    pub(super) fn tell_flushed(&self) {
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists();
            let picked = lists.watchers.pick(batch, |demand| match demand {
                Demand::Received(target) if self.is_received(target) => Some(State::Done),
                _ => None,
            });
            self.settle_flush(&lists);
            picked > 0
        });
    }

    /// How many messages a receiver could take now: those in the channel, one that lies aside, and
    /// those that parked senders hold.
    pub(crate) fn available(&self) -> usize {
        let aside = self.is_direct() && self.lies_aside();
        self.len() + usize::from(aside) + self.parked_messages()
    }

    fn parked_messages(&self) -> usize {
        Self::count_parked(&self.core().lists())
    }

    /// How many messages parked senders hold that may be had. The lock is held.
    pub(super) fn count_parked(lists: &Lists) -> usize {
        let mut count = 0;
        lists.senders.all(|node| {
            // SAFETY: the lock is held, and a node in the list is alive.
            let (demand, lost) = unsafe { (node.demand().0, node.is_lost()) };
            if let (Demand::Send { left }, false) = (demand, lost) {
                count += left;
            }
            true
        });
        count
    }
}
