//! What a contestant must offer, and the roster of those who do.
//!
//! An adapter says what its channel can do by the traits it implements; the shapes are written
//! once, over them.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use crate::cells::{Capacity, Cell, Class, Shape, World};
use crate::keep;
use crate::peers;
use crate::shapes::fill::{self, Block};
use crate::shapes::select::Hearing;
use crate::shapes::{once, select, single, tasks, tell, threads};
use crate::watch::{Fault, Pulse};

/// A pair of ends that carry a `u64`.
pub(crate) trait Channel: 'static {
    type Tx: 'static;
    type Rx: 'static;

    const CLASS: Class = Class::Shared;
    /// How many receivers it is entered with.
    const RECEIVERS: RangeInclusive<usize> = 1..=1;

    /// Whether it can have exactly this capacity, shared by so many senders.
    fn fits(capacity: Capacity, senders: usize) -> bool;
    /// A channel for so many senders; all but the first are made by [`Channel::another`].
    fn open(capacity: Capacity, senders: usize) -> (Self::Tx, Self::Rx);
    fn another(_: &Self::Tx) -> Self::Tx {
        unreachable!("it has one sender")
    }
    /// One more that shares what comes.
    fn another_receiver(_: &Self::Rx) -> Self::Rx {
        unreachable!("it has one receiver")
    }
}

/// Ends that threads wait on.
pub(crate) trait Blocking: Channel<Tx: Send, Rx: Send> {
    /// False when the receiver is gone.
    fn send(tx: &mut Self::Tx, value: u64) -> bool;
    /// `None` when the senders are gone.
    fn recv(rx: &mut Self::Rx) -> Option<u64>;
}

/// Ends that tasks wait on.
pub(crate) trait Awaited: Channel<Tx: Send, Rx: Send> {
    /// False when the receiver is gone.
    fn send(tx: &mut Self::Tx, value: u64) -> impl Future<Output = bool> + Send;
    /// `None` when the senders are gone.
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send;
}

/// Ends that one thread polls by hand.
pub(crate) trait Polled: Channel {
    /// False when the receiver is gone.
    fn send(tx: &mut Self::Tx, value: u64) -> impl Future<Output = bool>;
    /// `None` when the senders are gone.
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<u64>>;
}

/// Ends that answer at once.
pub(crate) trait Trying: Channel {
    /// False when the channel is full (or closed).
    fn try_send(tx: &mut Self::Tx, value: u64) -> bool;
    /// `None` when the channel is empty (or closed).
    fn try_recv(rx: &mut Self::Rx) -> Option<u64>;
}

/// A channel for one `u64`.
pub(crate) trait Once: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;
    /// Where its channels come from: a pool, or nothing.
    type Source: Default + Send + Sync + 'static;

    /// Where it meets others; one without a pool does also where the others have one.
    const CLASSES: &'static [Class] = &[Class::Oneshot, Class::Pooled];
    /// Whether threads can wait for the message.
    const BLOCKS: bool = true;

    fn open(source: &Self::Source) -> (Self::Tx, Self::Rx);
    /// False when the receiver is gone.
    fn send(tx: Self::Tx, value: u64) -> bool;
    /// `None` when nothing came (or never will).
    fn try_recv(rx: &mut Self::Rx) -> Option<u64>;
    /// `None` when the sender is gone. Parks the thread.
    fn wait(_: Self::Rx) -> Option<u64> {
        unreachable!("threads cannot wait for it")
    }
    /// `None` when the sender is gone.
    fn recv(rx: Self::Rx) -> impl Future<Output = Option<u64>> + Send;
}

/// One end that tells every `u64` to all the others.
pub(crate) trait Tells: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;

    const CLASS: Class;
    /// Whether threads can wait at its ends.
    const BLOCKS: bool = false;
    /// Whether tasks can.
    const AWAITS: bool = true;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>);
    /// False when it is closed. Parks the thread while a reader is too slow.
    fn wait_to_tell(_: &mut Self::Tx, _: u64) -> bool {
        unreachable!("threads cannot wait for it")
    }
    /// `None` when something was missed or the writer is gone. Parks the thread.
    fn wait_to_hear(_: &mut Self::Rx) -> Option<u64> {
        unreachable!("threads cannot wait for it")
    }
    /// False when it is closed.
    fn tell(_: &mut Self::Tx, _: u64) -> impl Future<Output = bool> + Send {
        async { unreachable!("tasks cannot wait for it") }
    }
    /// `None` when something was missed or the writer is gone.
    fn hear(_: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send {
        async { unreachable!("tasks cannot wait for it") }
    }
}

/// A channel of which a thread waits for several.
pub(crate) trait WaitsForSeveral: Blocking {
    /// Receives from whichever has something, until it has heard enough.
    fn drain(rxs: Vec<Self::Rx>, hearing: &mut Hearing);
}

/// A channel of which a task waits for several; where the crate has nothing of its own for that,
/// by what everybody uses then.
pub(crate) trait AwaitsSeveral: Awaited + Sized {
    /// Receives from whichever has something, until it has heard enough.
    fn drain(rxs: Vec<Self::Rx>, hearing: &mut Hearing) -> impl Future<Output = ()> + Send {
        select::by_futures::<Self>(rxs, hearing)
    }
}

/// A channel of messages that are filled by who sends them and read by who receives them: in place
/// if the crate has that.
pub(crate) trait Fills<T>: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;

    /// Whether threads can wait at its ends.
    const BLOCKS: bool = true;
    /// Whether tasks can.
    const AWAITS: bool = true;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx);
    /// False when the receiver is gone. Parks the thread while there is no room.
    fn wait_to_fill(_: &mut Self::Tx, _: u64) -> bool {
        unreachable!("threads cannot wait for it")
    }
    /// `None` when the sender is gone. Parks the thread.
    fn wait_to_read(_: &mut Self::Rx) -> Option<u64> {
        unreachable!("threads cannot wait for it")
    }
    /// False when the receiver is gone.
    fn fill(_: &mut Self::Tx, _: u64) -> impl Future<Output = bool> + Send {
        async { unreachable!("tasks cannot wait for it") }
    }
    /// `None` when the sender is gone.
    fn read(_: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send {
        async { unreachable!("tasks cannot wait for it") }
    }
}

/// One run of one contestant: a cell and how much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) cell: Cell,
    /// Messages, round trips or channels.
    pub(crate) count: u64,
}

/// All ends of a stream.
pub(crate) struct Stream<C: Channel> {
    /// With what each sends.
    pub(crate) senders: Vec<(C::Tx, Range<u64>)>,
    pub(crate) receivers: Vec<C::Rx>,
    /// How many messages the senders send together.
    pub(crate) sent: u64,
}

impl<C: Channel> Stream<C> {
    pub(crate) fn open(job: &Job) -> Self {
        let shape = job.cell.shape;
        let (tx, rx) = C::open(job.cell.capacity, shape.senders());
        let senders = all_of(tx, C::another, shape.senders());
        let receivers = all_of(rx, C::another_receiver, shape.receivers());
        let each = job.count.div_ceil(senders.len() as u64);
        let sent = each * senders.len() as u64;
        let shares = (0..).map(|k| k * each..(k + 1) * each);
        Stream {
            senders: senders.into_iter().zip(shares).collect(),
            receivers,
            sent,
        }
    }
}

/// So many handles, all but one made from the first.
fn all_of<T>(first: T, another: impl Fn(&T) -> T, number: usize) -> Vec<T> {
    let mut all: Vec<T> = (1..number).map(|_| another(&first)).collect();
    all.push(first);
    all
}

/// What a run measured: an amount (of nanoseconds, of bytes) for so many units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) amount: f64,
    pub(crate) units: u64,
}

impl Sample {
    pub(crate) fn per_unit(self) -> f64 {
        self.amount / self.units.max(1) as f64
    }
}

/// Runs one contestant once.
pub(crate) type Runner = fn(&Job, &Arc<Pulse>) -> Result<Sample, Fault>;

/// On which side a contestant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Ours,
    Peer,
    /// Ours of another class than the cell's: shown, not counted.
    Beside,
    /// What the machine can do: shown, not counted, for it does not wait.
    Limit,
}

impl Role {
    pub(crate) fn counts(self) -> bool {
        matches!(self, Role::Ours | Role::Peer)
    }
}

/// How an entry waits, which decides the cells it can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Blocks,
    Awaits,
    Polls,
    Tries,
}

impl Way {
    fn serves(self, cell: &Cell) -> bool {
        let waits = cell.shape == Shape::PingPong;
        match self {
            Way::Blocks => cell.world == World::Threads,
            Way::Awaits => matches!(cell.world, World::TokioMulti | World::TokioCurrent),
            Way::Polls => cell.world == World::OneThread && waits,
            Way::Tries => cell.world == World::OneThread && !waits,
        }
    }
}

/// One flavour of one contestant's channel, in one way of waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) run: Runner,
    /// For one whose receives can be cancelled: whether that may lose a message.
    loses: Option<fn(Capacity) -> bool>,
    way: Way,
    class: Class,
    fits: fn(&Cell) -> bool,
}

impl Entry {
    /// Whether it can run the cell, exactly and natively.
    pub(crate) fn serves(&self, cell: &Cell) -> bool {
        let own = self.class == cell.class;
        let belongs = match self.role {
            Role::Ours => own,
            // Actors have what there is.
            Role::Peer => own || (cell.class, self.class) == (Class::Actors, Class::Shared),
            Role::Beside => matches!(cell.class, Class::Spsc | Class::Local | Class::Actors),
            Role::Limit => own && matches!(cell.shape, Shape::Stream { .. } | Shape::Burst),
        };
        belongs && self.way.serves(cell) && (self.fits)(cell)
    }

    /// Whether its channel of this cell can lose a message, see [`keep`].
    pub(crate) fn loses(&self, cell: &Cell) -> bool {
        self.loses.is_some_and(|loses| loses(cell.capacity))
    }
}

/// All entries of all contestants.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    entries: Vec<Entry>,
}

impl Roster {
    pub(crate) fn full() -> Self {
        let mut roster = Roster::default();
        peers::enter_all(&mut roster);
        roster
    }

    /// Who can run this cell, ours first.
    pub(crate) fn contestants(&self, cell: &Cell) -> Vec<Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.serves(cell))
            .copied()
            .collect()
    }

    pub(crate) fn blocks<C: Blocking>(&mut self, name: &'static str, role: Role) {
        self.channel::<C>(name, role, Way::Blocks, threads::run::<C>);
    }

    pub(crate) fn awaits<C: Awaited>(&mut self, name: &'static str, role: Role) {
        self.channel::<C>(name, role, Way::Awaits, tasks::run::<C>);
        let entry = self.entries.last_mut().expect("added just now");
        entry.loses = Some(keep::loses::<C>);
    }

    pub(crate) fn polls<C: Polled>(&mut self, name: &'static str, role: Role) {
        self.channel::<C>(name, role, Way::Polls, single::ping_pong::<C>);
    }

    pub(crate) fn tries<C: Trying>(&mut self, name: &'static str, role: Role) {
        self.channel::<C>(name, role, Way::Tries, single::run::<C>);
    }

    pub(crate) fn once<O: Once>(&mut self, name: &'static str, role: Role) {
        for &class in O::CLASSES {
            self.add(name, role, Way::Tries, class, once::create::<O>);
            self.add(name, role, Way::Awaits, class, once::request::<O>);
            if O::BLOCKS {
                self.add(name, role, Way::Blocks, class, once::request::<O>);
            }
        }
    }

    pub(crate) fn tells<T: Tells>(&mut self, name: &'static str, role: Role) {
        if T::AWAITS {
            self.add(name, role, Way::Awaits, T::CLASS, tell::run::<T>);
        }
        if T::BLOCKS {
            self.add(name, role, Way::Blocks, T::CLASS, tell::run::<T>);
        }
    }

    pub(crate) fn waits_for_several<C: WaitsForSeveral>(&mut self, name: &'static str, role: Role) {
        let run = select::threads::<C>;
        let entry = self.add(name, role, Way::Blocks, Class::Select, run);
        entry.fits = |cell| C::fits(cell.capacity, 1);
    }

    pub(crate) fn awaits_several<C: AwaitsSeveral>(&mut self, name: &'static str, role: Role) {
        let entry = self.add(name, role, Way::Awaits, Class::Select, select::tasks::<C>);
        entry.fits = |cell| C::fits(cell.capacity, 1);
    }

    pub(crate) fn fills<C: Fills<String> + Fills<Block>>(
        &mut self,
        name: &'static str,
        role: Role,
    ) {
        if <C as Fills<Block>>::AWAITS {
            self.add(name, role, Way::Awaits, Class::InPlace, fill::run::<C>);
        }
        if <C as Fills<Block>>::BLOCKS {
            self.add(name, role, Way::Blocks, Class::InPlace, fill::run::<C>);
        }
    }

    fn channel<C: Channel>(&mut self, name: &'static str, role: Role, way: Way, run: Runner) {
        self.add(name, role, way, C::CLASS, run).fits = |cell| {
            C::fits(cell.capacity, cell.shape.senders())
                && C::RECEIVERS.contains(&cell.shape.receivers())
        };
    }

    /// One that can run all cells of its class and way, if nothing else is said.
    fn add(
        &mut self,
        name: &'static str,
        role: Role,
        way: Way,
        class: Class,
        run: Runner,
    ) -> &mut Entry {
        self.entries.push(Entry {
            name,
            role,
            run,
            loses: None,
            way,
            class,
            fits: |_| true,
        });
        self.entries.last_mut().expect("added just now")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells;

    #[test]
    fn every_cell_has_several_contestants_each_once() {
        let roster = Roster::full();
        for cell in cells::all() {
            let mut names: Vec<_> = roster.contestants(&cell).iter().map(|e| e.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{cell}: twice in {names:?}");
            assert!(count >= 3, "{cell}: only {names:?}");
            assert!(names.contains(&"waterway"), "{cell}: not ours");
        }
    }

    #[test]
    fn a_sample_is_divided_by_its_units() {
        assert_eq!(
            Sample {
                amount: 10.0,
                units: 4
            }
            .per_unit(),
            2.5
        );
        assert_eq!(
            Sample {
                amount: 10.0,
                units: 0
            }
            .per_unit(),
            10.0
        );
    }
}
