//! Receivers that wait, and how they are told.
//!
//! # One receiver
//!
//! A sole receiver leaves its waker in a [cell](crate::wait::WakerCell) of the channel, and announces
//! itself as the [`notice`](super::notice) says. Whoever has something for it takes the waker. A thread
//! may hold its hand out as well: a node in the list of receivers, alone there.
//!
//! # Several receivers
//!
//! Those that share a channel wait in the list, in order. Each message that is published while
//! somebody waits tells one more, the first: it leaves the list, looks, and takes the oldest message.
//! So the k-th message reaches past k receivers that were told and never come.
//!
//! As long as somebody is in the list the channel is *armed* whenever the lock is released:
//!
//! - `AWAITED` is set in the tail, or a claim took it whose publisher is on its way to the lock, to
//!   answer for its message, and to arm the channel again if somebody is left; and
//! - `RECEIVER_WAITS` is set in the notice if a message may have been claimed that nobody answers for:
//!   because it was claimed before `AWAITED` was set, or between a claim that took it and the moment when
//!   that armed the channel again. Its publisher finds the bit, or its stamp is seen by a look that
//!   follows the barrier: that of the receiver that enters the list, or that of who arms the channel.
//!
//! An *observer* in the list, a member of a [set](crate::select::Set) or who asks if a receiver is
//! [ready](crate::shared::Receiver::ready), is told on the way to the first that is
//! none. It takes the message only if it comes first; nobody waits for it to look.
//!
//! Messages may be published out of order. Who was told of one that lies behind another that is still
//! missing finds nothing and waits again; and the one that was missing then makes several receivable at
//! once. So whoever tells receivers while `RECEIVER_WAITS` is set counts what can be received, and tells
//! as many ([`call`](Chan::call)). The bit goes when nothing that was claimed is missing.
//!
//! The messages of receivers that never come may fill the channel, so that the next one stays with its
//! sender. So a sender that finds no room, while somebody is in the list, tells one more as well.
//!
//! Who was told answers for a message until it has looked. If it goes without a look, or comes
//! away from a look that began before it was told, with a message, it tells the next one in its place.
//!
//! Where the end comes, or may have come, all are told; so also by each message that comes to a closed
//! channel, with a permit, because with its receive the end may have come for the others.

use core::cell::Cell;
use core::ptr;
use core::task::Waker;

#[cfg(feature = "std")]
use super::Segment;
use super::notice::{FENCED, FLUSH, HAND, RECEIVER_WAITS};
use super::{Chan, Form, Lists, WakeBatch};
use crate::kind::Kind;
use crate::store::words::{self, AWAITED, CLOSED, PARKED};
use crate::sync::{Modify, Ordering};
use crate::wait::{Demand, Node, State};

impl<T, K: Kind> Chan<T, K> {
    /// Has the waker woken when there is something to receive, and announces that. Says whether
    /// nothing has come, for sure, and something may; else the caller looks again after this.
    ///
    /// # Safety
    /// `node` is the caller's, pinned, and unregistered before it goes.
    #[inline]
    pub(crate) unsafe fn register(&self, node: &Node, waker: &Waker) -> bool {
        if K::MANY_RECEIVERS {
            // SAFETY: passed on.
            unsafe { self.enlist(node, waker, Demand::Message) }
        } else {
            self.leave_waker(waker)
        }
    }

    /// The same for one who looks when it pleases: who is told beside it answers for the message.
    ///
    /// # Safety
    /// As for `register`.
    pub(crate) unsafe fn observe(&self, node: &Node, waker: &Waker) -> bool {
        if K::MANY_RECEIVERS {
            // SAFETY: passed on.
            unsafe { self.enlist(node, waker, Demand::Sight) }
        } else {
            self.leave_waker(waker)
        }
    }

    /// The same for a sole receiver, which needs no node.
    #[inline]
    pub(crate) fn leave_waker(&self, waker: &Waker) -> bool {
        let core = self.core();
        self.note_receiver();
        core.receiver.set(waker);
        // ORDERING: AcqRel: who changes the tail after this sees the waker; of who changed it before
        // the caller sees what it did until then.
        let tail = core.send.tail.or_as::<K::Access>(AWAITED, Ordering::AcqRel);
        // ORDERING: Relaxed: the receiver's own word. Who moved it on, unseen, has something to
        // receive, or to look for, further on.
        let head = core.recv.head.load(Ordering::Relaxed);
        let form = Self::form(core.shape);
        if form.is_lane() {
            // Nothing is claimed there: a message comes by a store, and the sender looks at the tail.
            if !core.on_publish.is_fenced(head) {
                self.fence_publisher(head);
            }
            if tail & PARKED != 0 {
                self.refill_eagerly();
            }
            return false;
        }
        let claimed = words::position(tail) != head;
        if !claimed && tail & (PARKED | CLOSED) == 0 {
            return core.life.senders() > 0;
        }
        if form != Form::Direct {
            self.announce_again(tail, claimed);
        }
        false
    }

    /// The sender of a lane passes a barrier between each message and its look.
    #[cold]
    fn fence_publisher(&self, head: u64) {
        let core = self.core();
        let _lists = core.lists();
        core.on_publish.announce(FENCED, head);
    }

    /// The same where something is claimed, or somebody waits for room.
    #[inline(never)]
    fn announce_again(&self, tail: u64, claimed: bool) {
        let core = self.core();
        if claimed && !self.has_next() {
            let _lists = core.lists();
            core.on_publish.announce(RECEIVER_WAITS, tail);
        }
        if tail & PARKED != 0 {
            self.refill_eagerly();
        }
    }

    /// Enters the list, or stays in it, with this waker.
    ///
    /// # Safety
    /// As for `register`.
    #[inline(never)]
    unsafe fn enlist(&self, node: &Node, waker: &Waker, demand: Demand) -> bool {
        let core = self.core();
        self.note_receiver();
        let waker = waker.clone();
        let mut lists = core.lists();
        let told = node.state() == State::Woken;
        match node.state() {
            // SAFETY: the lock is held, the node is as promised. One that was told just now, perhaps by
            // another waker, enters again, without a hand: the look that follows is its answer.
            State::Idle | State::Woken => unsafe {
                node.prepare(demand, ptr::null_mut(), None);
                lists.receivers.push(node);
            },
            State::Queued => {}
            // Its hand was filled.
            State::Done | State::Closed => return false,
        }
        // SAFETY: the lock is held.
        let unused = unsafe { node.replace_waker(Some(waker)) };
        // ORDERING: AcqRel: who changes the tail after this finds the node; of who changed it before
        // the caller sees what it did until then.
        let tail = core.send.tail.or_as::<K::Access>(AWAITED, Ordering::AcqRel);
        // ORDERING: Acquire, after the tail: if the head has come to it all of that was received, and
        // later claims find somebody waiting.
        let head = core.recv.head.load(Ordering::Acquire);
        let quiet = words::reached(head, tail);
        if !quiet && !self.is_direct() {
            // Even if a message is there: another receiver may be faster.
            core.on_publish.announce(RECEIVER_WAITS, tail);
        }
        drop(lists);
        drop(unused);
        if quiet && !told && tail & (PARKED | CLOSED) == 0 {
            return core.life.senders() > 0;
        }
        if tail & PARKED != 0 && !self.is_direct() {
            self.refill_eagerly();
        }
        false
    }

    /// The operation does not wait any more: takes its waker back, if it is still there.
    #[inline]
    pub(crate) fn unregister(&self, node: &Node) {
        if K::MANY_RECEIVERS {
            if node.state() != State::Idle {
                self.delist(node);
            }
        } else {
            self.take_waker_back();
        }
    }

    /// The same for a sole receiver.
    #[inline]
    pub(crate) fn take_waker_back(&self) {
        let core = self.core();
        drop(core.receiver.take());
        // The receiver set it itself; that `AWAITED` is still set although the waker is gone only
        // costs a look for it.
        if core.on_publish.hint() & RECEIVER_WAITS != 0 {
            let _lists = core.lists();
            core.on_publish.clear(RECEIVER_WAITS);
        }
    }

    /// Leaves the list; if it was told meanwhile it tells another.
    #[inline(never)]
    fn delist(&self, node: &Node) {
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        let told = node.state() == State::Woken;
        let waker = match node.state() {
            // SAFETY: the lock is held and the node in the list.
            State::Queued => unsafe { lists.receivers.remove(node) },
            _ => None,
        };
        node.set_state(State::Idle);
        let more = if told {
            self.call(&mut lists, &mut batch, 1, None)
        } else {
            self.settle_receivers(&lists);
            false
        };
        drop(lists);
        drop(waker);
        self.finish(&mut batch, more);
    }

    /// A receiver that was told looks: from now on it is not found any more. Says whether it was.
    #[inline]
    pub(crate) fn answers(&self, node: &Node) -> bool {
        let told = K::MANY_RECEIVERS && node.state() == State::Woken;
        if told {
            node.set_state(State::Idle);
        }
        told
    }

    /// Nobody is in the list any more: nobody waits for what is missing.
    fn settle_receivers(&self, lists: &Lists) {
        if lists.receivers.is_empty() {
            self.core().on_publish.clear(RECEIVER_WAITS);
        }
    }

    /// Tells so many receivers, and more if more may have been missed, as far as the batch has room;
    /// arms the channel again for those who are left. `claim` is the tail that the caller claimed, if it
    /// did. Says whether there is more to do. The lock is held.
    pub(super) fn call(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        least: usize,
        claim: Option<u64>,
    ) -> bool {
        let core = self.core();
        // Of an abandoned channel nothing is looked at, and nobody is told: it is being drained, by one who does
        // not hold the lock.
        if !K::MANY_RECEIVERS || lists.receivers.is_empty() || self.is_gone() {
            return false;
        }
        let mut least = least;
        if self.is_direct() && core.on_publish.hint() & RECEIVER_WAITS != 0 {
            // Observers filled the batch of who was to tell somebody of a send.
            core.on_publish.clear(RECEIVER_WAITS);
            least = least.max(Self::count_parked(lists));
        }
        let mut told = 0;
        while told < least && self.tell_first(lists, batch) {
            told += 1;
        }
        if lists.receivers.is_empty() {
            self.settle_receivers(lists);
            return false;
        }
        if told < least && !batch.has_room() {
            // Observers fill it: whoever goes on with this finds the bit.
            // ORDERING: Acquire, as for every look at the tail.
            let tail = core.send.tail.load(Ordering::Acquire);
            core.on_publish.announce(RECEIVER_WAITS, tail);
            return true;
        }
        // ORDERING: AcqRel, as in `enlist`.
        let tail = core.send.tail.or_as::<K::Access>(AWAITED, Ordering::AcqRel);
        // If the flag was there whoever set it has seen to the claims before that. If the caller's claim
        // took it, and is the last, there was none between.
        let answered = tail & AWAITED != 0
            || claim.is_some_and(|claim| {
                claim & AWAITED != 0 && self.position_after(claim) == words::position(tail)
            });
        if self.is_direct() || answered && core.on_publish.hint() & RECEIVER_WAITS == 0 {
            return false;
        }
        core.on_publish.announce(RECEIVER_WAITS, tail);
        let most = told + Self::MOST_CALLED;
        let (ready, end) = self.run(most);
        while told < ready && self.tell_first(lists, batch) {
            told += 1;
        }
        let left = !lists.receivers.is_empty();
        let more = left && (told < ready || ready == most);
        if !left || !more && words::reached(end, tail) {
            core.on_publish.clear(RECEIVER_WAITS);
        }
        more
    }

    /// Somebody finds no room. If there is something to receive, and a receiver waits all the same, those
    /// who were told have not come: tells one more.
    #[inline]
    pub(super) fn call_for_room(&self) {
        // ORDERING: Relaxed: if it is not set nobody waits, or who has claimed last is about to tell somebody.
        let awaited = self.core().send.tail.load(Ordering::Relaxed) & AWAITED != 0;
        if K::MANY_RECEIVERS && awaited && !self.is_direct() {
            self.call_again();
        }
    }

    #[cold]
    fn call_again(&self) {
        WakeBatch::fire_all(&|batch| {
            let mut lists = self.core().lists();
            // Of an abandoned channel nothing is looked at: it is being drained.
            !lists.receivers.is_empty()
                && !self.is_gone()
                && self.run(1).0 > 0
                && self.call(&mut lists, batch, 1, None)
        });
    }

    /// How many receivers are told for what others have missed, in one hold of the lock.
    const MOST_CALLED: usize = 8;

    /// At a rendezvous: tells a receiver that another wakes than this parked send's waker. Says whether there
    /// is more to do.
    ///
    /// # Safety
    /// The lock is held, and the node is in the list of senders.
    pub(super) unsafe fn serve_other(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        send: &Node,
    ) -> bool {
        if !K::MANY_RECEIVERS {
            let receiver = &self.core().receiver;
            // SAFETY: the lock is held.
            let own = unsafe { send.has_waker(|waker| receiver.holds(waker)) };
            return !own && self.serve_receiver(lists, batch, None);
        }
        let mut next = lists.receivers.first();
        while let Some(node) = next {
            // SAFETY: the lock is held, and a node in the list is alive.
            unsafe {
                if !send.has_waker(|waker| (*node).will_wake(waker)) {
                    return !self.tell(lists, batch, node);
                }
                next = lists.receivers.after(node);
            }
        }
        false
    }

    /// Tells the first receiver in the list to look, and the observers before it, as far as the batch has
    /// room for them. Says whether a receiver was told.
    fn tell_first(&self, lists: &mut Lists, batch: &mut WakeBatch) -> bool {
        while let Some(first) = lists.receivers.first() {
            // SAFETY: the lock is held, and a node in the list is alive.
            let observes = unsafe { (*first).demand() }.0 == Demand::Sight;
            // SAFETY: as above.
            let told = unsafe { self.tell(lists, batch, first) };
            if !told || !observes {
                return told;
            }
        }
        false
    }

    /// Tells this receiver to look, if the batch has room for it.
    ///
    /// # Safety
    /// The lock is held, and the node is in the list of receivers.
    unsafe fn tell(&self, lists: &mut Lists, batch: &mut WakeBatch, node: *const Node) -> bool {
        let has_room = batch.has_room();
        if has_room {
            // SAFETY: passed on; setting the state is the last access to the node.
            unsafe {
                batch.add(lists.receivers.remove(node));
                (*node).set_state(State::Woken);
            }
        }
        has_room
    }

    fn position_after(&self, claim: u64) -> u64 {
        let shape = self.core().shape;
        words::position(match Self::form(shape) {
            Form::Ring | Form::Lane => shape.next(claim),
            Form::Segments | Form::Chain | Form::Direct => words::ahead(claim, 1),
        })
    }

    /// How many messages can be received one after the other, at most so many, and the position where
    /// that ends. Receivers share the channel, and the lock is held.
    fn run(&self, most: usize) -> (usize, u64) {
        let core = self.core();
        let shape = core.shape;
        if Self::form(shape) == Form::Segments {
            return self.run_in_segments(most);
        }
        loop {
            // ORDERING: Acquire: what was done before the head was moved is seen.
            let mut end = core.recv.head.load(Ordering::Acquire);
            let mut count = 0;
            while count < most && self.ring(shape).is_full(end) {
                (count, end) = (count + 1, shape.next(end));
            }
            // ORDERING: Acquire, as above. If the head has passed the place that was not full, its message
            // was received meanwhile.
            if words::reached(end, core.recv.head.load(Ordering::Acquire)) {
                return (count, end);
            }
        }
    }

    /// Whether there is something that can be received now. Receivers share the channel.
    pub(crate) fn is_there(&self) -> bool {
        if self.is_direct() {
            return Self::count_parked(&self.core().lists()) > 0;
        }
        if self.len() == 0 {
            return false;
        }
        let _lists = self.core().lists();
        self.run(1).0 > 0
    }

    /// Takes a sole receiver's waker, on behalf of somebody who has something for it that it does not
    /// find by what is claimed.
    fn rouse(&self) -> Option<Waker> {
        let core = self.core();
        // ORDERING: AcqRel: the receiver's change of the tail comes before this, and its waker is
        // seen; or it sees what the caller did.
        core.send
            .tail
            .and_as::<K::Access>(!AWAITED, Ordering::AcqRel);
        core.receiver.take()
    }

    /// Somebody has published a message, or made one receivable: has a receiver told, or puts it into
    /// its hand. `claim` is as for `call`. Says whether there is more to do. The lock is held.
    pub(super) fn serve_receiver(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        claim: Option<u64>,
    ) -> bool {
        if K::MANY_RECEIVERS {
            return self.call(lists, batch, 1, claim);
        }
        let core = self.core();
        core.on_publish.clear(RECEIVER_WAITS);
        batch.add(if self.fill_hand(lists) {
            self.rouse()
        } else {
            core.receiver.take()
        });
        false
    }

    /// Whether somebody waits for a message; the lock is held.
    pub(super) fn has_waiting_receiver(&self, lists: &Lists) -> bool {
        if K::MANY_RECEIVERS {
            !lists.receivers.is_empty()
        } else {
            self.core().receiver.is_set()
        }
    }

    /// Has a receiver told, if one waits. The caller has published what it claimed, at this tail.
    #[inline]
    pub(crate) fn wake_receiver(&self, claim: u64) {
        let core = self.core();
        self.note_sender();
        if K::MANY_RECEIVERS || core.on_publish.hint() & (RECEIVER_WAITS | HAND) != 0 {
            self.wake_under_lock(claim);
        } else if let Some(waker) = core.receiver.take() {
            waker.wake();
        }
    }

    #[cold]
    fn wake_under_lock(&self, claim: u64) {
        if K::MANY_RECEIVERS && self.is_closed() {
            // With this message, a permit's, the end may have come for the others.
            return self.tell_receivers();
        }
        let mut batch = WakeBatch::new();
        let mut lists = self.core().lists();
        let mut more = self.serve_receiver(&mut lists, &mut batch, Some(claim));
        // Where a hand was filled a slot may have become free.
        more |= !K::MANY_RECEIVERS && !lists.senders.is_empty();
        drop(lists);
        self.finish(&mut batch, more);
    }

    /// Has every receiver look that waits: nothing may come any more.
    pub(super) fn tell_receivers(&self) {
        if K::MANY_RECEIVERS {
            // As many as there are at first: who looks, and waits again, comes in behind them.
            let left = Cell::new(None);
            WakeBatch::fire_all(&|batch| {
                let mut lists = self.core().lists();
                let mut count = left.get().unwrap_or_else(|| lists.receivers.len());
                while count > 0 && self.tell_first(&mut lists, batch) {
                    count -= 1;
                }
                left.set(Some(count));
                self.settle_receivers(&lists);
                count > 0 && !lists.receivers.is_empty()
            });
        } else if let Some(waker) = self.rouse() {
            waker.wake();
        }
    }

    /// Whether a thread that waits may offer its hand: where messages go from hand to hand; to a sole
    /// receiver also where a ring has few slots, because it saves a turn of the processor. A lane's sender
    /// stores its place and moves no message on.
    pub(crate) fn takes_hands(&self) -> bool {
        let shape = self.core().shape;
        match Self::form(shape) {
            Form::Direct => true,
            Form::Ring => {
                !K::MANY_RECEIVERS && shape.most_permits() <= Self::FEW && self.hands_pay()
            }
            Form::Lane | Form::Segments | Form::Chain => false,
        }
    }

    /// Whether senders have gone further lately where a hand was out.
    fn hands_pay(&self) -> bool {
        #[cfg(feature = "std")]
        return self.recv_pace().offers_hand();
        #[cfg(not(feature = "std"))]
        true
    }

    /// A message was in a sole receiver's hand that was taken back just now.
    pub(crate) fn learn_of_hand(&self) {
        #[cfg(feature = "std")]
        if !K::MANY_RECEIVERS && !self.is_direct() {
            self.recv_pace().learn_of_hand(self.has_next());
        }
    }

    /// Whether there is a batch of messages, where a thread that waits for one may find many; `None` where
    /// [hands](Self::takes_hands) are of use. The tail is left to the senders, if there is another sign.
    #[cfg(feature = "std")]
    pub(crate) fn has_batch(&self) -> Option<bool> {
        const BATCH: usize = 4;
        let core = self.core();
        let shape = core.shape;
        if shape.capacity().is_some_and(|slots| slots <= Self::FEW) {
            return None;
        }
        // ORDERING: Relaxed: a guess about timing.
        let head = core.recv.head.load(Ordering::Relaxed);
        let has_some = || shape.distance(head, self.tail()) >= BATCH;
        Some(match Self::form(shape) {
            Form::Ring => self
                .ring(shape)
                .is_full(shape.forward(head, BATCH as u64 - 1)),
            Form::Segments if !K::MANY_RECEIVERS => {
                // ORDERING: Acquire pairs with the Release in `append`: at the end of a channel in which nothing was
                // ever received this may be the first look at a segment.
                let segment = core.recv.segment.load(Ordering::Acquire);
                Segment::<T>::from_ptr(segment).is_some_and(|segment| {
                    let last = words::places(segment.base(), head) + BATCH - 1;
                    if last < segment.len() {
                        segment.is_full(last)
                    } else {
                        has_some()
                    }
                })
            }
            _ => has_some(),
        })
    }

    /// A thread offers its hand: a sender may put a message there. At a rendezvous the sender's own,
    /// at a ring the oldest; then the head is whose the lock is until the hand is taken back. The
    /// caller looks again after this. Says whether the hand is out.
    ///
    /// # Safety
    /// `hand` is the caller's and pinned, `room` points at room for a message, and both stay until
    /// `withdraw_hand`. The caller's frame does not vanish while the hand is out.
    pub(crate) unsafe fn offer_hand(&self, hand: &Node, room: *mut T) -> bool {
        let core = self.core();
        let mut lists = core.lists();
        // Who may be served is; arms of waits that are over are nobody.
        if !lists.senders.is_lost() {
            return false;
        }
        match hand.state() {
            // SAFETY: the lock is held.
            State::Idle => unsafe {
                hand.prepare(Demand::Message, room.cast(), None);
                lists.receivers.push_front(hand);
            },
            // SAFETY: as above.
            State::Queued => unsafe {
                let waker = lists.receivers.remove(hand);
                hand.update(Demand::Message, room.cast());
                lists.receivers.push_front(hand);
                let _none = hand.replace_waker(waker);
            },
            State::Woken | State::Done | State::Closed => return false,
        }
        if !self.is_direct() {
            // ORDERING: Acquire, as for every look at the tail.
            let tail = core.send.tail.load(Ordering::Acquire);
            core.on_publish.announce(HAND, tail);
        }
        true
    }

    /// Whether the oldest message is there, where there are places for it. For a sole receiver.
    pub(crate) fn has_next(&self) -> bool {
        let core = self.core();
        let shape = core.shape;
        // ORDERING: Acquire: who filled the hand has moved it.
        let head = core.recv.head.load(Ordering::Acquire);
        match Self::form(shape) {
            Form::Direct => false,
            Form::Ring => self.ring(shape).is_full(head),
            Form::Lane | Form::Chain => words::position(self.tail()) != words::position(head),
            Form::Segments => {
                let place = self.segment_at(head);
                place.is_some_and(|(segment, index)| segment.is_full(index))
            }
        }
    }

    /// Puts the oldest message of a ring into the hand that is out, if there are both; says
    /// whether there is room now.
    fn fill_hand(&self, lists: &mut Lists) -> bool {
        let core = self.core();
        let shape = core.shape;
        let Some(hand) = lists.receivers.first() else {
            return false;
        };
        // A flush is told by receives; one that waits keeps the message in its slot.
        if Self::form(shape) != Form::Ring
            || core.on_receive.hint() & FLUSH != 0
            || self.holds_aside()
        {
            return false;
        }
        let head = self.settled_head(shape);
        if !self.ring(shape).is_full(head) {
            return false;
        }
        // ORDERING: Release, as every move of the head. While its hand is out the receiver claims
        // nothing.
        core.recv.head.store(shape.next(head), Ordering::Release);
        // SAFETY: the lock is held, and a hand in the list is alive: its operation withdraws it under
        // the lock. The message is claimed, and the hand has room for it; its state is the last
        // access.
        unsafe {
            let (_, room) = (*hand).demand();
            self.ring(shape).take(head, room.cast());
            self.remove_hand(lists, hand);
            (*hand).set_state(State::Done);
        }
        true
    }

    /// Takes a hand out of the list; the waker that was with it.
    ///
    /// # Safety
    /// The lock is held, and the hand is in the list.
    unsafe fn remove_hand(&self, lists: &mut Lists, hand: *const Node) -> Option<Waker> {
        self.core().on_publish.clear(HAND);
        // SAFETY: by the caller's promise.
        unsafe { lists.receivers.remove(hand) }
    }

    /// At a rendezvous: puts a message into the first hand that is out, if there is one, and has its
    /// thread woken.
    ///
    /// # Safety
    /// The lists are this channel's and locked; `message` is the caller's and is moved out on success.
    pub(super) unsafe fn hand_over_locked(
        &self,
        lists: &mut Lists,
        batch: &mut WakeBatch,
        message: *mut T,
    ) -> bool {
        let Some((hand, room)) = self.first_hand(lists) else {
            return false;
        };
        // SAFETY: the lock is held, and a node in the list is alive; there is room for a message, in the
        // frame of a thread that waits until the state tells it, which is the last access.
        unsafe {
            ptr::copy_nonoverlapping(message, room, 1);
            batch.add(self.remove_hand(lists, hand));
            (*hand).set_state(State::Done);
        }
        if !K::MANY_RECEIVERS {
            batch.add(self.rouse());
        }
        true
    }

    /// The first hand that is out, and the room in it: hands come before all others in the list. The lock
    /// is held.
    fn first_hand(&self, lists: &Lists) -> Option<(*const Node, *mut T)> {
        let first = lists.receivers.first()?;
        // SAFETY: the lock is held, and a node in the list is alive and prepared.
        let (_, room) = unsafe { (*first).demand() };
        (!room.is_null()).then_some((first, room.cast()))
    }

    /// Whether somebody in the list has its hand out; the lock is held.
    pub(super) fn has_hand(&self, lists: &Lists) -> bool {
        self.first_hand(lists).is_some()
    }

    /// Whether the hand is still out, or was filled: one that was told has entered the list again
    /// without it.
    pub(crate) fn keeps_hand(&self, hand: &Node) -> bool {
        if !K::MANY_RECEIVERS {
            return true;
        }
        let _lists = self.core().lists();
        match hand.state() {
            // SAFETY: the lock is held, and the node is prepared.
            State::Queued => !unsafe { hand.demand() }.1.is_null(),
            state => state == State::Done,
        }
    }

    /// Takes the hand back; says whether a message lies in it. Who shares the channel stays in the
    /// list, without a hand.
    pub(crate) fn withdraw_hand(&self, hand: &Node) -> bool {
        if hand.state() == State::Queued {
            let mut lists = self.core().lists();
            if hand.state() == State::Queued {
                if K::MANY_RECEIVERS {
                    // It goes to the end.
                    // SAFETY: the lock is held, and the node is prepared and in the list.
                    unsafe {
                        let waker = lists.receivers.remove(hand);
                        hand.update(Demand::Message, ptr::null_mut());
                        lists.receivers.push(hand);
                        let _none = hand.replace_waker(waker);
                    }
                    return false;
                }
                // SAFETY: the lock is held, and the hand is in the list. A sole receiver's waker is
                // not with it.
                let _none = unsafe { self.remove_hand(&mut lists, hand) };
                hand.set_state(State::Idle);
            }
        }
        let filled = hand.state() == State::Done;
        if filled {
            hand.set_state(State::Idle);
        }
        filled
    }
}
