//! The messages that are kept, and how many receivers stand where. Knows no wakers; lies under the
//! channel's lock.
//!
//! Positions count messages from the first that was ever sent; they never wrap. Five of them tell how
//! things stand:
//!
//! ```text
//! head <= freed <= wanted <= tail <= head + capacity
//!
//! head .. freed      nobody will take these: to be dropped by whoever let go of them (`sweep`)
//! freed .. wanted    sent while there was no receiver: kept for one that subscribes from the oldest
//! wanted .. tail     kept because some receiver has not taken them yet
//! ```
//!
//! **Receivers are counted where they stand**: each slot knows how many receivers take its message
//! next, and `level` how many have taken all. So a message costs a send the same however many receivers
//! there are, and to clone a receiver is to count one more; what a receiver takes it pays for itself: one
//! less at its position, one more at the next. The first slot with a receiver is that of the slowest:
//! `wanted` stands there, and when the last one goes on from it nobody wants that message any more. It is
//! the last taker's own, then.
//!
//! **Displacement.** If all slots are full the oldest message makes room: always, if the channel lets
//! receivers lag; if it pushes back on senders, only where nobody wants it (`has_room`). The receivers that stood
//! there are counted at the next one, which is where they will go on. Their own cursors stay behind the
//! head, by exactly as many messages as they lost.
//!
//! | what | moves |
//! |---|---|
//! | push | `tail` +1, and `wanted` with it while there is no receiver; into a full ring `head` +1 before |
//! | take | the cursor +1; by the last at `wanted`: `wanted` and `freed` +1, and `head` if it was there |
//! | leave | by the last of all: `wanted` and `freed` to the tail |
//! | sweep | `wanted` and `freed` over slots where nobody stands any more; `head` up to `freed` |
//! | subscribe, from the oldest | `wanted` back to `freed` |
//!
//! After a leave nobody may stand at `wanted`, until a sweep has gone on from there to the next who does; whoever
//! takes further on meanwhile leaves its message to the sweep.

use alloc::boxed::Box;

use crate::error::Lagged;
use crate::store::counted::Counted;

/// A message, and the receivers that take it next.
#[derive(Debug)]
struct Slot<T> {
    message: Option<Counted<T>>,
    readers: u32,
}

/// See the module's docs.
#[derive(Debug)]
pub(super) struct Ring<T> {
    slots: Box<[Slot<T>]>,
    /// The index of the slot of `head`.
    first: usize,
    head: u64,
    freed: u64,
    wanted: u64,
    tail: u64,
    /// How many receivers have taken everything.
    level: u32,
    /// How many receivers there are.
    receivers: u32,
    lossless: bool,
}

/// What a receiver finds where it stands.
#[derive(Debug)]
pub(super) enum Found<T> {
    /// Nothing yet.
    Nothing,
    /// So many messages were displaced before it took them.
    Lag(Lagged),
    /// A message that others may still take.
    Shared(Counted<T>),
    /// A message that nobody else will take; there may be something to sweep, and room.
    Last(Counted<T>),
}

/// Messages that nobody will take, to be dropped outside the lock: as many as one hold of it may move.
#[derive(Debug)]
pub(super) struct Litter<T> {
    messages: [Option<Counted<T>>; PER_HOLD],
    count: usize,
}

/// How many messages one hold of the lock may move.
const PER_HOLD: usize = if cfg!(waterway_loom) { 2 } else { 16 };

impl<T> Litter<T> {
    pub(super) fn new() -> Self {
        Self {
            messages: [const { None }; PER_HOLD],
            count: 0,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.count < PER_HOLD
    }

    /// There is room, whether there is a message or not.
    pub(super) fn add(&mut self, message: Option<Counted<T>>) {
        self.messages[self.count] = message;
        self.count += 1;
    }
}

impl<T> Ring<T> {
    /// An empty ring, where one receiver stands.
    pub(super) fn new(capacity: usize, lossless: bool) -> Self {
        let slot = |_| Slot {
            message: None,
            readers: 0,
        };
        Self {
            slots: (0..capacity).map(slot).collect(),
            first: 0,
            head: 0,
            freed: 0,
            wanted: 0,
            tail: 0,
            level: 1,
            receivers: 1,
            lossless,
        }
    }

    pub(super) fn tail(&self) -> u64 {
        self.tail
    }

    pub(super) fn receivers(&self) -> u32 {
        self.receivers
    }

    /// How many messages are kept for anybody.
    pub(super) fn len(&self) -> usize {
        (self.tail - self.freed) as usize
    }

    /// How many messages a receiver can still take.
    pub(super) fn ahead(&self, cursor: u64) -> usize {
        (self.tail - cursor.max(self.head)) as usize
    }

    /// How many messages a receiver was too slow for since it took its last.
    pub(super) fn lost(&self, cursor: u64) -> u64 {
        self.head.saturating_sub(cursor)
    }

    /// Whether a message can be pushed now.
    pub(super) fn has_room(&self) -> bool {
        !self.lossless || !self.is_full() || self.head < self.wanted
    }

    fn is_full(&self) -> bool {
        self.tail - self.head == self.slots.len() as u64
    }

    fn slot(&mut self, position: u64) -> &mut Slot<T> {
        let mut index = self.first + (position - self.head) as usize;
        if index >= self.slots.len() {
            index -= self.slots.len();
        }
        &mut self.slots[index]
    }

    /// The receivers that stand at a position between the head and the tail.
    fn readers(&mut self, position: u64) -> &mut u32 {
        if position == self.tail {
            &mut self.level
        } else {
            &mut self.slot(position).readers
        }
    }

    /// Takes the oldest slot out, with its message, if that is still there, and its receivers.
    fn shift(&mut self) -> (Option<Counted<T>>, u32) {
        let slot = &mut self.slots[self.first];
        let out = (slot.message.take(), core::mem::take(&mut slot.readers));
        self.head += 1;
        self.first += 1;
        if self.first == self.slots.len() {
            self.first = 0;
        }
        out
    }

    /// Puts a message in, for which there [is room](Self::has_room); the one that it displaced, to be
    /// dropped outside the lock.
    pub(super) fn push(&mut self, message: Counted<T>) -> Option<Counted<T>> {
        let mut displaced = None;
        if self.is_full() {
            let lagging;
            (displaced, lagging) = self.shift();
            self.freed = self.freed.max(self.head);
            self.wanted = self.wanted.max(self.head);
            *self.readers(self.head) += lagging;
        }
        let readers = core::mem::take(&mut self.level);
        let position = self.tail;
        self.tail += 1;
        *self.slot(position) = Slot {
            message: Some(message),
            readers,
        };
        if self.receivers == 0 {
            self.wanted = self.tail;
        }
        displaced
    }

    /// Takes what a receiver finds at its cursor, and moves that on.
    pub(super) fn take(&mut self, cursor: &mut u64) -> Found<T> {
        if *cursor < self.head {
            let lost = self.head - *cursor;
            *cursor = self.head;
            return Found::Lag(Lagged(lost));
        }
        if *cursor == self.tail {
            return Found::Nothing;
        }
        let position = *cursor;
        *cursor += 1;
        *self.readers(*cursor) += 1;
        let slot = self.slot(position);
        slot.readers -= 1;
        let is_last = slot.readers == 0 && position == self.wanted;
        let slot = self.slot(position);
        let message = if is_last {
            slot.message.take()
        } else {
            slot.message.clone()
        };
        let message = message.expect("it is kept for whoever stands there");
        if !is_last {
            return Found::Shared(message);
        }
        self.wanted += 1;
        self.freed = self.wanted;
        if position == self.head {
            self.shift();
        }
        Found::Last(message)
    }

    /// Whether there is something to sweep.
    pub(super) fn is_littered(&mut self) -> bool {
        self.head < self.freed || self.is_wanted_by_nobody()
    }

    /// Whether the receivers that stood at `wanted` are gone, and left it to a sweep.
    fn is_wanted_by_nobody(&mut self) -> bool {
        self.wanted < self.tail && *self.readers(self.wanted) == 0
    }

    /// Takes messages out that nobody will take; says whether there are more, perhaps.
    pub(super) fn sweep(&mut self, litter: &mut Litter<T>) -> bool {
        loop {
            if self.head == self.freed {
                if !self.is_wanted_by_nobody() {
                    return false;
                }
                self.wanted += 1;
                self.freed = self.wanted;
            }
            if !litter.has_room() {
                return true;
            }
            litter.add(self.shift().0);
        }
    }

    /// One more receiver, at the oldest message that is kept or after the newest; where it stands.
    pub(super) fn subscribe(&mut self, from_oldest: bool) -> u64 {
        let position = if from_oldest { self.freed } else { self.tail };
        self.receivers += 1;
        *self.readers(position) += 1;
        self.wanted = self.wanted.min(position);
        position
    }

    /// One more receiver where one stands.
    pub(super) fn join(&mut self, cursor: u64) {
        let position = cursor.max(self.head);
        self.receivers += 1;
        *self.readers(position) += 1;
    }

    /// A receiver goes: what only it wanted is to be swept.
    pub(super) fn leave(&mut self, cursor: u64) {
        let position = cursor.max(self.head);
        self.receivers -= 1;
        *self.readers(position) -= 1;
        if self.receivers == 0 {
            self.wanted = self.tail;
            self.freed = self.tail;
        }
    }
}
