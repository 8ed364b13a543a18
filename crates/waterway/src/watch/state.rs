//! How states are kept, put and read.
//!
//! # The words
//!
//! ```text
//! version  MSB | id of the latest state (63 bits) | CLOSED | LSB     what everybody looks at
//! latest   the cell of that state, the last update that counted on the one before   under a lock
//! shelf    memory for one state                                       for whoever puts the next
//! news     a crowd: who waits for a newer state
//! ends     a crowd: who waits for the receivers to go
//! ```
//!
//! | who | does | under the lock |
//! |---|---|---|
//! | a receiver that asks | compares the version's id with its own | no |
//! | who wants the state | copies the reference to its cell | the copy |
//! | a sender | makes a cell, exchanges it, stores the version; tells the crowd; drops the old state | the exchange, and the version |
//! | close | sets `CLOSED`; tells both crowds | the version |
//!
//! The lock is held for a few words, whatever a state is, however many receivers there are and however many
//! of them wait: these stand in a crowd, whose lock is another one, and who has put a state takes that only
//! if somebody waits. No user code runs under either: states are made, copied, changed and dropped outside.
//!
//! # Order
//!
//! Ids are given under the lock, one after the other: their order is that of the states. The version is
//! stored before the lock is released, so that who finds a newer id there finds that state, or a newer one,
//! in the cell. A receiver that sleeps has looked at the version after it was found in the crowd; a sender
//! tells the crowd after it has stored the version: that is the announce protocol, see
//! [`crowd`](crate::wait::Crowd), and so nobody sleeps over the last state.
//!
//! # The end
//!
//! A newer state is decided before the end, always: `CLOSED` lies in the word of the id, and nothing is put
//! after it. That all senders are gone is seen in their count; then the version is read again, because the
//! last one may have put a state just before it went.
//!
//! # Updates
//!
//! To change a state is to make the next one of it, by user code, which runs for as long as it likes and
//! holds up nobody. When it is through others may have put states meanwhile:
//!
//! | since the update began | it | because |
//! |---|---|---|
//! | nothing was put | is put | |
//! | only states that were made of nothing (`send`) | counts, but is not put | it came just before the first of them, which replaced it before anybody saw it |
//! | a state that was made of the one before, or given back with it (`send_modify`, `send_if_modified`, `send_replace`), by another thread | is made again, of the latest | else what that one did would be lost, or done twice |
//! | the same, by this thread: from within the update | is given up | it would meet itself again and again |
//!
//! For that the last state of the second sort is noted, with its id and its thread. So senders that only
//! send are never held up and hold up nobody, and of updates that meet one succeeds.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;
use core::task::Poll;

use lock_api::{Mutex, RawMutex};

use super::{Snapshot, StateId};
use crate::error::{Closed, SendError};
use crate::life::Life;
use crate::store::counted::{Counted, Shelf};
use crate::store::memory;
use crate::sync::{AtomicU64, Ordering, Threads, Word, current_thread};
use crate::unwind::Defer;
use crate::wait::Crowd;
#[cfg(feature = "std")]
use crate::wait::Pace;

const CLOSED: u64 = 1;
pub(super) const LAST_ID: u64 = u64::MAX >> 1;

/// A channel as it lies in memory.
pub(super) struct Core<T, L: RawMutex> {
    version: AtomicU64,
    latest: Mutex<L, Latest<T>>,
    shelf: Shelf<T>,
    life: Life<Threads>,
    /// Those who wait for a newer state, or for the end.
    pub(super) news: Crowd<L>,
    /// Those who wait for the receivers to go.
    pub(super) ends: Crowd<L>,
    #[cfg(feature = "std")]
    pub(super) pace: Pace,
}

/// What the lock guards.
struct Latest<T> {
    /// `None` before the first state.
    cell: Option<Counted<T>>,
    /// The id of the last state that was made of the one before, or given back with it.
    chained: u64,
    /// The thread that put it.
    by: usize,
}

/// What a state that is to be put was made of.
#[derive(Clone, Copy)]
enum Origin {
    /// Of nothing.
    Nothing,
    /// Of nothing, but the one before is given back with it.
    Exchange,
    /// Of the state of this id.
    State(u64),
}

/// A state that was put.
struct Put<T> {
    id: StateId,
    /// The one before.
    old: Option<Snapshot<T>>,
}

/// Why a state was not put.
enum Refused<T> {
    /// The channel is closed; or there are no ids left.
    Closed(Counted<T>),
    /// It counts, and was replaced before it was put.
    Overtaken(Counted<T>),
    /// What it was made of was replaced, by another update.
    Outrun(Counted<T>),
    /// The same, by this thread.
    OutrunByItself(Counted<T>),
}

impl<T> Refused<T> {
    /// Gives the state back.
    fn into_error(self) -> SendError<T> {
        let (Self::Closed(cell)
        | Self::Overtaken(cell)
        | Self::Outrun(cell)
        | Self::OutrunByItself(cell)) = self;
        match cell.take() {
            Ok((state, _)) => SendError(state),
            Err(_) => unreachable!("nobody else has seen it"),
        }
    }
}

/// A pointer to a channel. Who has it has a hold on the channel, or knows somebody who has.
pub(super) struct Channel<T, L: RawMutex>(NonNull<Core<T, L>>);

// SAFETY: states are put, read and dropped by whichever thread, several at a time; everything else is atomic
// or under a lock.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Send for Channel<T, L> {}
// SAFETY: as for Send.
unsafe impl<T: Send + Sync, L: RawMutex + Send + Sync> Sync for Channel<T, L> {}

impl<T, L: RawMutex> Clone for Channel<T, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L: RawMutex> Copy for Channel<T, L> {}

impl<T, L: RawMutex> PartialEq for Channel<T, L> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T, L: RawMutex> fmt::Debug for Channel<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

impl<T, L: RawMutex> Channel<T, L> {
    const LAYOUT: Layout = Layout::new::<Core<T, L>>();

    /// A channel with one sender and one receiver. The id of its first state, if there is one, is `first`,
    /// and otherwise that of the one before.
    pub(super) fn new(initial: Option<T>, first: u64) -> Self {
        let core = Core {
            version: AtomicU64::new(first << 1),
            latest: Mutex::const_new(
                L::INIT,
                Latest {
                    cell: initial.map(|initial| Counted::new(initial, None)),
                    chained: 0,
                    by: 0,
                },
            ),
            shelf: Shelf::new(),
            life: Life::new(false),
            news: Crowd::new(),
            ends: Crowd::new(),
            #[cfg(feature = "std")]
            pace: Pace::new(),
        };
        // SAFETY: the layout holds a core at least, and what is allocated for it is nobody else's.
        unsafe {
            let place = memory::allocate(Self::LAYOUT).cast::<Core<T, L>>();
            place.write(core);
            Self(place)
        }
    }

    pub(super) fn core(&self) -> &Core<T, L> {
        // SAFETY: there is a hold on it, by what it means to have a pointer.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn life(&self) -> &Life<Threads> {
        &self.core().life
    }

    pub(super) fn address(&self) -> usize {
        self.0.addr().get()
    }

    /// Drops a hold on the channel, and frees it if that was the last.
    pub(super) fn release(self) {
        if self.life().release() {
            let place = self.0;
            // SAFETY: nobody has a hold any more, and it was allocated with this layout.
            let _freed = Defer::new(|| unsafe { memory::free(place.cast(), Self::LAYOUT) });
            // SAFETY: the same. The last state's drop may panic.
            unsafe { place.drop_in_place() };
        }
    }

    /// A sender goes. With the last of them comes the end, as long as there is none again.
    pub(super) fn drop_sender(self) {
        if self.life().remove_sender() {
            let _released = Defer::new(|| self.release());
            self.core().news.tell();
        }
    }

    /// A receiver goes.
    pub(super) fn drop_receiver(self) {
        if self.life().remove_receiver() {
            let _released = Defer::new(|| self.release());
            self.core().ends.tell();
        }
    }

    fn version(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `put`, `close`: who waited for a state sees what its
        // sender did before it.
        self.core().version.load(Ordering::Acquire)
    }

    /// The id of the latest state.
    pub(super) fn latest_id(&self) -> StateId {
        StateId(self.version() >> 1)
    }

    /// Whether it was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.version() & CLOSED != 0
    }

    /// The latest state, if there is one.
    pub(super) fn latest(&self) -> Option<Snapshot<T>> {
        let latest = self.core().latest.lock();
        let cell = latest.cell.clone();
        // ORDERING: Relaxed: it changes under the lock only.
        let version = self.core().version.load(Ordering::Relaxed);
        drop(latest);
        cell.map(|cell| Snapshot::new(StateId(version >> 1), cell))
    }

    /// Whether there is a newer state than this one: its id. The end, once there never will be.
    pub(super) fn is_after(&self, seen: StateId) -> Poll<Result<StateId, Closed>> {
        let version = self.version();
        if version >> 1 > seen.0 {
            return Poll::Ready(Ok(StateId(version >> 1)));
        }
        if version & CLOSED != 0 {
            return Poll::Ready(Err(Closed));
        }
        if self.life().senders() > 0 {
            return Poll::Pending;
        }
        // The last sender may have put one since.
        let latest = self.latest_id();
        Poll::Ready(if latest > seen {
            Ok(latest)
        } else {
            Err(Closed)
        })
    }

    /// The newer state itself.
    pub(super) fn after(&self, seen: StateId) -> Poll<Result<Snapshot<T>, Closed>> {
        match self.is_after(seen) {
            Poll::Ready(Ok(_)) => {
                let latest = self.latest().expect("there is a state: it has an id");
                Poll::Ready(Ok(latest))
            }
            Poll::Ready(Err(Closed)) => Poll::Ready(Err(Closed)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Puts a state; the one before comes back.
    fn put(&self, cell: Counted<T>, origin: Origin) -> Result<Put<T>, Refused<T>> {
        let core = self.core();
        let mut latest = core.latest.lock();
        // ORDERING: Relaxed: it changes under the lock only.
        let version = core.version.load(Ordering::Relaxed);
        let id = version >> 1;
        if version & CLOSED != 0 || id == LAST_ID {
            return Err(Refused::Closed(cell));
        }
        if let Origin::State(origin) = origin {
            if origin != id {
                let by_itself = latest.by != 0 && latest.by == current_thread();
                let is_chained = latest.chained > origin;
                drop(latest);
                return Err(match (is_chained, by_itself) {
                    (false, _) => Refused::Overtaken(cell),
                    (true, false) => Refused::Outrun(cell),
                    (true, true) => Refused::OutrunByItself(cell),
                });
            }
        }
        if !matches!(origin, Origin::Nothing) {
            (latest.chained, latest.by) = (id + 1, current_thread());
        }
        let old = latest.cell.replace(cell);
        core.version.put((id + 1) << 1);
        drop(latest);
        let old = old.map(|old| Snapshot::new(StateId(id), old));
        core.news.tell();
        Ok(Put {
            id: StateId(id + 1),
            old,
        })
    }

    /// A cell for this state, in memory that lay about if some did.
    fn cell(&self, state: T) -> Counted<T> {
        Counted::new(state, self.core().shelf.take())
    }

    /// Drops a state that nobody gets. Its memory is kept, if nobody else refers to it.
    fn discard(&self, cell: Counted<T>) {
        if let Some(spare) = cell.clear() {
            self.core().shelf.put(spare);
        }
    }

    /// A state was put: its id. The one before goes.
    fn note(&self, put: Put<T>) -> StateId {
        if let Some(old) = put.old {
            self.discard(old.cell);
        }
        put.id
    }

    /// Puts a state that is made of nothing.
    pub(super) fn send(&self, state: T) -> Result<StateId, SendError<T>> {
        match self.put(self.cell(state), Origin::Nothing) {
            Ok(put) => Ok(self.note(put)),
            Err(refused) => Err(refused.into_error()),
        }
    }

    /// The same, and the one before comes back.
    pub(super) fn replace(&self, state: T) -> Result<Option<Snapshot<T>>, SendError<T>> {
        match self.put(self.cell(state), Origin::Exchange) {
            Ok(put) => Ok(put.old),
            Err(refused) => Err(refused.into_error()),
        }
    }

    /// Puts what `next` makes of the latest state, if it makes something. `None` if it does not, if there is
    /// no state, and if what it made was overtaken.
    pub(super) fn update(
        &self,
        mut next: impl FnMut(&T) -> Option<T>,
    ) -> Result<Option<StateId>, Closed> {
        loop {
            if self.is_closed() {
                return Err(Closed);
            }
            let Some(before) = self.latest() else {
                return Ok(None);
            };
            let Some(state) = next(&before) else {
                return Ok(None);
            };
            let origin = Origin::State(before.id().0);
            drop(before);
            match self.put(self.cell(state), origin) {
                Ok(put) => return Ok(Some(self.note(put))),
                Err(Refused::Closed(_)) => return Err(Closed),
                Err(Refused::Overtaken(_) | Refused::OutrunByItself(_)) => return Ok(None),
                Err(Refused::Outrun(cell)) => self.discard(cell),
            }
        }
    }

    /// Ends the channel; says whether this call did.
    pub(super) fn close(&self) -> bool {
        let core = self.core();
        let latest = core.latest.lock();
        // ORDERING: Relaxed: it changes under the lock only.
        let version = core.version.load(Ordering::Relaxed);
        core.version.put(version | CLOSED);
        drop(latest);
        if version & CLOSED == 0 {
            let _told = Defer::new(|| core.ends.tell());
            core.news.tell();
        }
        version & CLOSED == 0
    }

    /// Whether nobody would be told of a state.
    pub(super) fn is_deserted(&self) -> bool {
        self.is_closed() || self.life().receivers() == 0
    }
}
