//! What is compared: the cells, each one shape in one world at one capacity, between channels of one
//! class.

use std::fmt;

/// How many messages a channel may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// Exactly so many; 0 hands over.
    Bounded(usize),
    Unbounded,
}

impl Capacity {
    /// The bound of a bounded channel.
    pub(crate) fn bound(self) -> Option<usize> {
        match self {
            Capacity::Bounded(n) => Some(n),
            Capacity::Unbounded => None,
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Capacity::Bounded(n) => write!(f, "{n}"),
            Capacity::Unbounded => f.write_str("unbounded"),
        }
    }
}

/// Which channels meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Those that any number of handles share.
    Shared,
    /// Those with one sender and one receiver, neither of which is cloned.
    Spsc,
    /// Those that one thread has to itself.
    Local,
    /// Those that carry one message.
    Oneshot,
    /// The same, in memory that was used before where the crate can do that.
    Pooled,
    /// Those that hold the latest state.
    Watch,
    /// Those that tell each message to all receivers, and overtake the slow ones.
    Broadcast,
    /// Those that tell each message to all receivers, and wait for the slow ones.
    Lossless,
    /// Those of which one end waits for several.
    Select,
    /// Those that actors have, one each; ours is the inbox.
    Actors,
    /// Those that carry large messages: in place where the crate can do that, else by value.
    InPlace,
}

impl Class {
    /// What the names of its cells begin with.
    fn prefix(self) -> &'static str {
        match self {
            Class::Shared => "",
            Class::Spsc => "spsc/",
            Class::Local => "local/",
            Class::Oneshot => "oneshot/",
            Class::Pooled => "oneshot/pooled/",
            Class::Watch => "watch/",
            Class::Broadcast => "broadcast/",
            Class::Lossless => "broadcast/lossless/",
            Class::Select => "select/",
            Class::Actors => "actors/",
            Class::InPlace => "in-place/",
        }
    }

    /// How many send and how many receive in its streams.
    fn ends(self) -> &'static [(usize, usize)] {
        match self {
            Class::Shared => &[(1, 1), (4, 1), (2, 2), (4, 4)],
            Class::Spsc => &[(1, 1)],
            _ => &[],
        }
    }
}

/// Who runs the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    /// Threads that block.
    Threads,
    /// Tasks on a tokio runtime with two workers.
    TokioMulti,
    /// Tasks on a tokio current-thread runtime.
    TokioCurrent,
    /// One thread that holds both ends and never waits.
    OneThread,
}

impl World {
    pub(crate) fn name(self) -> &'static str {
        match self {
            World::Threads => "threads",
            World::TokioMulti => "tokio-mt",
            World::TokioCurrent => "tokio-ct",
            World::OneThread => "one-thread",
        }
    }
}

/// What large messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// 256 bytes, formatted.
    Text,
    /// 4 KiB, filled.
    Block,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Content::Text => "text",
            Content::Block => "block",
        }
    }
}

/// What the two ends do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// So many senders send, so many receivers share what comes, all as fast as they can.
    Stream { senders: usize, receivers: usize },
    /// A request over one channel, its reply over another, one at a time.
    PingPong,
    /// Fill with `try_send`, then empty with `try_recv`.
    Burst,
    /// Create a channel, pass one message through it, drop it.
    CreateUse,
    /// Create a channel, drop it.
    CreateDrop,
    /// Heap bytes of a new channel.
    HeapNew,
    /// Heap bytes of each of so many channels that were never used.
    HeapIdle { channels: usize },
    /// Heap bytes per message beyond the 1024th of 1,000,000 queued ones.
    HeapQueued,
    /// CPU time per message when one comes every millisecond.
    Idle,
    /// Create a channel for one message, pass the message through it.
    Once,
    /// A request over a stream, with a channel for its one reply, one at a time.
    Request,
    /// One tells, and so many hear everything.
    Tell { readers: usize },
    /// One sends to so many channels in turn, one receives from whichever has something.
    Select { channels: usize },
    /// A few messages go round between so many tasks, each of which has a channel.
    Ring { actors: usize },
    /// A message is filled, sent and read.
    Fill { content: Content },
}

impl Shape {
    pub(crate) fn senders(self) -> usize {
        match self {
            Shape::Stream { senders, .. } => senders,
            _ => 1,
        }
    }

    pub(crate) fn receivers(self) -> usize {
        match self {
            Shape::Stream { receivers, .. } => receivers,
            _ => 1,
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Shape::Stream { .. }
            | Shape::Burst
            | Shape::Tell { .. }
            | Shape::Select { .. }
            | Shape::Ring { .. }
            | Shape::Fill { .. } => "ns/message",
            Shape::PingPong | Shape::Request => "ns/round trip",
            Shape::CreateUse | Shape::CreateDrop | Shape::Once => "ns/channel",
            Shape::HeapNew => "bytes",
            Shape::HeapIdle { .. } => "bytes/channel",
            Shape::HeapQueued => "bytes/message",
            Shape::Idle => "ns CPU/message",
        }
    }

    /// Whether every run gives the same number.
    pub(crate) fn is_exact(self) -> bool {
        matches!(
            self,
            Shape::HeapNew | Shape::HeapIdle { .. } | Shape::HeapQueued
        )
    }
}

/// What the machine does beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nothing.
    Quiet,
    /// All threads of the cell share one CPU.
    Pinned,
    /// Two other processes compute all the time.
    Loaded,
}

impl Condition {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Condition::Quiet => "quiet",
            Condition::Pinned => "pinned",
            Condition::Loaded => "loaded",
        }
    }
}

/// One row of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) class: Class,
    pub(crate) shape: Shape,
    pub(crate) world: World,
    pub(crate) capacity: Capacity,
    pub(crate) condition: Condition,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell {
            world, capacity, ..
        } = self;
        let (world, condition) = (world.name(), self.condition.name());
        f.write_str(self.class.prefix())?;
        match self.shape {
            Shape::Stream { senders, receivers } => {
                write!(
                    f,
                    "stream/{world}/{senders}x{receivers}/{capacity}/{condition}"
                )
            }
            Shape::PingPong => write!(f, "ping-pong/{world}/{capacity}/{condition}"),
            Shape::Burst => write!(f, "burst/{capacity}"),
            Shape::CreateUse => write!(f, "create-use/{capacity}"),
            Shape::CreateDrop => write!(f, "create-drop/{capacity}"),
            Shape::HeapNew => write!(f, "heap-new/{capacity}"),
            Shape::HeapIdle { channels } => write!(f, "heap-idle/{channels}/{capacity}"),
            Shape::HeapQueued => write!(f, "heap-queued/{capacity}"),
            Shape::Idle => write!(f, "idle/{world}/{capacity}"),
            Shape::Once => f.write_str("create"),
            Shape::Request => f.write_str(world),
            Shape::Tell { readers } => write!(f, "{readers}/{world}"),
            Shape::Select { channels } => write!(f, "{channels}/{world}/{capacity}"),
            Shape::Ring { actors } => write!(f, "{actors}/{world}/{capacity}"),
            Shape::Fill { content } => write!(f, "{}/{world}/{capacity}", content.name()),
        }
    }
}

const CAPACITIES: [Capacity; 6] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(8),
    Capacity::Bounded(64),
    Capacity::Bounded(1024),
    Capacity::Unbounded,
];

/// Where both ends run at once.
const WORLDS: [World; 3] = [World::Threads, World::TokioMulti, World::TokioCurrent];

/// Every cell, the quiet ones first (the load is started once, for the last).
pub(crate) fn all() -> Vec<Cell> {
    let mut cells = quiet(Class::Shared);
    cells.extend(still());
    cells.extend(quiet(Class::Spsc));
    cells.extend(ping_pongs(Class::Local, World::OneThread, Condition::Quiet));
    cells.extend(bursts(Class::Local));
    cells.extend(oneshots(Class::Oneshot));
    cells.extend(oneshots(Class::Pooled));
    cells.extend(tellings());
    cells.extend(selects());
    cells.extend(actors());
    cells.extend(fillings());
    cells.extend(moving(Class::Shared, World::Threads, Condition::Pinned));
    cells.extend(moving(Class::Shared, World::Threads, Condition::Loaded));
    cells
}

/// What messages cost in every world, while nothing else runs.
fn quiet(class: Class) -> Vec<Cell> {
    let moving = WORLDS
        .into_iter()
        .flat_map(|world| moving(class, world, Condition::Quiet));
    moving.chain(bursts(class)).collect()
}

/// Streams and ping-pong of one world.
fn moving(class: Class, world: World, condition: Condition) -> Vec<Cell> {
    let streams = class.ends().iter().flat_map(|&(senders, receivers)| {
        CAPACITIES.map(|capacity| Cell {
            class,
            shape: Shape::Stream { senders, receivers },
            world,
            capacity,
            condition,
        })
    });
    streams.chain(ping_pongs(class, world, condition)).collect()
}

fn ping_pongs(class: Class, world: World, condition: Condition) -> [Cell; 2] {
    [Capacity::Bounded(1), Capacity::Unbounded].map(|capacity| Cell {
        class,
        shape: Shape::PingPong,
        world,
        capacity,
        condition,
    })
}

/// What one thread sends and receives alone.
fn bursts(class: Class) -> [Cell; 3] {
    use Capacity::{Bounded, Unbounded};
    [Bounded(64), Bounded(1024), Unbounded].map(|capacity| Cell {
        class,
        shape: Shape::Burst,
        world: World::OneThread,
        capacity,
        condition: Condition::Quiet,
    })
}

/// What a channel costs that nothing moves through, and what waiting costs.
fn still() -> Vec<Cell> {
    use Capacity::{Bounded, Unbounded};
    let alone = [
        (Shape::CreateUse, Bounded(1)),
        (Shape::CreateUse, Bounded(2)),
        (Shape::CreateUse, Unbounded),
        (Shape::CreateDrop, Bounded(2)),
        (Shape::CreateDrop, Unbounded),
        (Shape::HeapNew, Bounded(2)),
        (Shape::HeapNew, Unbounded),
        (Shape::HeapQueued, Unbounded),
    ]
    .map(|(shape, capacity)| (shape, World::OneThread, capacity));
    let idle = [World::Threads, World::TokioCurrent].map(|world| (Shape::Idle, world, Bounded(8)));
    alone
        .into_iter()
        .chain(idle)
        .map(|(shape, world, capacity)| Cell {
            class: Class::Shared,
            shape,
            world,
            capacity,
            condition: Condition::Quiet,
        })
        .collect()
}

fn quiet_cell(class: Class, shape: Shape, world: World, capacity: usize) -> Cell {
    Cell {
        class,
        shape,
        world,
        capacity: Capacity::Bounded(capacity),
        condition: Condition::Quiet,
    }
}

/// One message per channel.
fn oneshots(class: Class) -> Vec<Cell> {
    let create = quiet_cell(class, Shape::Once, World::OneThread, 1);
    let requests = WORLDS.map(|world| quiet_cell(class, Shape::Request, world, 1));
    [create].into_iter().chain(requests).collect()
}

/// Every message to everybody. No peer has a state that threads wait for.
fn tellings() -> Vec<Cell> {
    let tasks = [World::TokioMulti, World::TokioCurrent];
    let to = |class, readers, capacity| {
        tasks.map(|world| quiet_cell(class, Shape::Tell { readers }, world, capacity))
    };
    let mut cells = Vec::new();
    cells.extend(to(Class::Watch, 4, 1));
    cells.extend(to(Class::Watch, 64, 1));
    cells.extend(to(Class::Broadcast, 4, 64));
    cells.extend(to(Class::Lossless, 4, 64));
    let shape = Shape::Tell { readers: 4 };
    cells.push(quiet_cell(Class::Lossless, shape, World::Threads, 64));
    cells
}

/// A wait over a few, of which each is full soon or has room, and over very many.
fn selects() -> Vec<Cell> {
    let of = |channels, capacity| {
        WORLDS.map(|world| quiet_cell(Class::Select, Shape::Select { channels }, world, capacity))
    };
    [of(4, 1), of(4, 64), of(1000, 1)].concat()
}

/// What many small inboxes cost: to pass messages on, and to be there.
fn actors() -> [Cell; 4] {
    let channels = 10_000;
    [
        (Shape::Ring { actors: 1000 }, World::TokioMulti),
        (Shape::Ring { actors: 1000 }, World::TokioCurrent),
        (Shape::HeapNew, World::OneThread),
        (Shape::HeapIdle { channels }, World::OneThread),
    ]
    .map(|(shape, world)| quiet_cell(Class::Actors, shape, world, 8))
}

/// Messages that one would rather not move.
fn fillings() -> Vec<Cell> {
    let of = |content| {
        WORLDS.map(|world| quiet_cell(Class::InPlace, Shape::Fill { content }, world, 64))
    };
    [Content::Text, Content::Block].map(of).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_cells_apart() {
        let mut names: Vec<String> = all().iter().map(Cell::to_string).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in [
            "stream/threads/4x1/64/loaded",
            "stream/tokio-mt/2x2/0/quiet",
            "spsc/stream/tokio-mt/1x1/0/quiet",
            "spsc/burst/64",
            "local/ping-pong/one-thread/1/quiet",
            "oneshot/create",
            "oneshot/pooled/threads",
            "watch/64/tokio-mt",
            "broadcast/4/tokio-ct",
            "broadcast/lossless/4/threads",
            "select/1000/tokio-ct/1",
            "actors/1000/tokio-mt/8",
            "actors/heap-new/8",
            "actors/heap-idle/10000/8",
            "in-place/text/threads/64",
            "in-place/block/tokio-ct/64",
        ] {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
    }

    #[test]
    fn every_kind_of_cell_is_there() {
        let of = |class| all().into_iter().filter(move |cell| cell.class == class);
        let streams = |class| of(class).filter(|c| matches!(c.shape, Shape::Stream { .. }));
        let ping_pongs = |class| of(class).filter(|c| c.shape == Shape::PingPong);
        assert_eq!(streams(Class::Shared).count(), 4 * 6 * (3 + 2));
        assert_eq!(ping_pongs(Class::Shared).count(), 2 * (3 + 2));
        assert_eq!(of(Class::Shared).count(), 24 * 5 + 2 * 5 + 13);
        assert_eq!(streams(Class::Spsc).count(), 6 * 3);
        assert_eq!(ping_pongs(Class::Spsc).count(), 2 * 3);
        assert_eq!(of(Class::Spsc).count(), 6 * 3 + 2 * 3 + 3);
        assert_eq!(ping_pongs(Class::Local).count(), 2);
        assert_eq!(of(Class::Local).count(), 2 + 3);
        assert_eq!(of(Class::Oneshot).count(), 1 + 3);
        assert_eq!(of(Class::Pooled).count(), 1 + 3);
        assert_eq!(of(Class::Watch).count(), 2 * 2);
        assert_eq!(of(Class::Broadcast).count(), 2);
        assert_eq!(of(Class::Lossless).count(), 3);
        assert_eq!(of(Class::Select).count(), 3 * 3);
        assert_eq!(of(Class::Actors).count(), 2 + 2);
        assert_eq!(of(Class::InPlace).count(), 2 * 3);
    }
}
