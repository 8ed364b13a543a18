//! The contestants, each behind an adapter of its own.
//!
//! A peer runs a cell only if it has exactly that capacity and an API made for that world.

#[macro_use]
mod adapter;

mod async_channel;
mod async_unsync;
mod asyncband;
mod crossbeam;
mod crossfire;
mod fibre;
mod fillers;
mod flume;
mod futures;
mod futures_intrusive;
mod heph;
mod kanal;
mod oneshots;
mod rtrb;
mod selects;
mod std;
mod tachyonix;
mod tellers;
mod thingbuf;
mod tokio;
mod vec_deque;
mod waterway;

use crate::contest::Roster;

/// Enters everyone, ours first and that of another class last; then, by what they are for, those
/// that are not streams.
pub(crate) fn enter_all(roster: &mut Roster) {
    waterway::enter(roster);
    async_channel::enter(roster);
    async_unsync::enter(roster);
    asyncband::enter(roster);
    crossbeam::enter(roster);
    crossfire::enter(roster);
    fibre::enter(roster);
    flume::enter(roster);
    futures::enter(roster);
    futures_intrusive::enter(roster);
    heph::enter(roster);
    kanal::enter(roster);
    rtrb::enter(roster);
    std::enter(roster);
    tachyonix::enter(roster);
    thingbuf::enter(roster);
    tokio::enter(roster);
    vec_deque::enter(roster);
    waterway::enter_beside(roster);
    oneshots::enter(roster);
    tellers::enter(roster);
    selects::enter(roster);
    fillers::enter(roster);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::{self, Capacity, Cell, Class, Condition, Shape, World};
    use crate::contest::Role;

    /// Whoever says that it fits a capacity takes so many messages, and not one more.
    pub(super) fn assert_exact<C: crate::contest::Trying>() {
        for bound in [1, 2, 8, 64, 1024] {
            let capacity = Capacity::Bounded(bound);
            if !C::fits(capacity, 1) {
                continue;
            }
            let (mut tx, mut rx) = C::open(capacity, 1);
            for value in 0..bound as u64 {
                assert!(C::try_send(&mut tx, value), "{value} of {bound}");
            }
            assert!(!C::try_send(&mut tx, 0), "more than {bound}");
            assert_eq!(C::try_recv(&mut rx), Some(0));
        }
    }

    #[test]
    fn all_that_have_it_take_part() {
        let mut roster = Roster::default();
        enter_all(&mut roster);
        let all_in = |class, world, capacity, (senders, receivers)| {
            let shape = Shape::Stream { senders, receivers };
            let cell = Cell {
                class,
                shape,
                world,
                capacity,
                condition: Condition::Quiet,
            };
            let names: Vec<_> = roster.contestants(&cell).iter().map(|e| e.name).collect();
            names
                .into_iter()
                .filter(|name| *name != "waterway")
                .collect::<Vec<_>>()
        };
        let names = |world, capacity, senders, receivers| {
            all_in(Class::Shared, world, capacity, (senders, receivers))
        };
        assert_eq!(
            names(World::Threads, Capacity::Bounded(0), 4, 1),
            ["crossbeam", "fibre", "flume", "kanal", "std"]
        );
        assert_eq!(
            names(World::TokioMulti, Capacity::Bounded(1), 4, 1),
            [
                "async-channel",
                "asyncband",
                "crossfire",
                "fibre",
                "flume",
                "futures-intrusive",
                "heph-inbox",
                "kanal",
                "tachyonix",
                "thingbuf",
                "tokio"
            ]
        );
        assert_eq!(
            names(World::OneThread, Capacity::Bounded(1024), 1, 1),
            [
                "async-channel",
                "asyncband",
                "crossbeam",
                "crossfire",
                "fibre",
                "flume",
                "futures",
                "futures-intrusive",
                "kanal",
                "std",
                "tachyonix",
                "thingbuf",
                "tokio"
            ]
        );
        assert_eq!(
            names(World::TokioCurrent, Capacity::Unbounded, 1, 1),
            [
                "async-channel",
                "asyncband",
                "crossfire",
                "fibre",
                "flume",
                "futures",
                "kanal",
                "tokio"
            ]
        );
        assert_eq!(
            names(World::Threads, Capacity::Bounded(0), 2, 2),
            ["crossbeam", "fibre", "flume", "kanal"]
        );
        assert_eq!(
            names(World::Threads, Capacity::Unbounded, 4, 4),
            [
                "async-channel",
                "crossbeam",
                "crossfire",
                "fibre",
                "flume",
                "kanal"
            ]
        );
        assert_eq!(
            names(World::TokioMulti, Capacity::Bounded(0), 4, 4),
            ["fibre", "flume", "futures-intrusive", "kanal"]
        );
        assert_eq!(
            names(World::TokioCurrent, Capacity::Bounded(1), 2, 2),
            [
                "async-channel",
                "asyncband",
                "crossfire",
                "fibre",
                "flume",
                "futures-intrusive",
                "kanal"
            ]
        );
        let ours = "waterway mpsc";
        let spsc = |world, capacity| all_in(Class::Spsc, world, capacity, (1, 1));
        let eight = Capacity::Bounded(8);
        assert_eq!(
            spsc(World::Threads, eight),
            ["crossfire", "fibre", "rtrb", ours]
        );
        assert_eq!(spsc(World::TokioMulti, eight), ["crossfire", "fibre", ours]);
        assert_eq!(
            spsc(World::TokioCurrent, Capacity::Bounded(0)),
            ["fibre", ours]
        );
        assert_eq!(
            spsc(World::OneThread, Capacity::Unbounded),
            ["crossfire", ours]
        );
        assert_eq!(
            all_in(Class::Local, World::OneThread, eight, (1, 1)),
            ["async-unsync", "VecDeque", ours]
        );
    }

    #[test]
    fn all_that_carry_no_stream_take_part() {
        let mut roster = Roster::default();
        enter_all(&mut roster);
        let names = |name: &str| -> Vec<_> {
            let cell = cells::all().into_iter().find(|c| c.to_string() == name);
            let entries = roster.contestants(&cell.unwrap());
            let peers = entries.iter().filter(|entry| entry.role == Role::Peer);
            peers.map(|entry| entry.name).collect()
        };
        let that_block = ["crossfire", "fibre", "oneshot", "tokio"];
        assert_eq!(names("oneshot/threads"), that_block);
        assert_eq!(names("oneshot/pooled/threads"), that_block);
        let all = [
            "asyncband",
            "crossfire",
            "fibre",
            "futures",
            "oneshot",
            "tokio",
        ];
        assert_eq!(names("oneshot/create"), all);
        assert_eq!(names("oneshot/pooled/tokio-mt"), all);
        assert_eq!(
            names("watch/64/tokio-ct"),
            ["asyncband", "futures-intrusive", "tokio"]
        );
        assert_eq!(names("broadcast/4/tokio-mt"), ["async-broadcast", "tokio"]);
        assert_eq!(
            names("broadcast/lossless/4/tokio-ct"),
            ["async-broadcast", "asyncband", "fibre"]
        );
        assert_eq!(
            names("select/1000/threads/1"),
            ["crossbeam", "crossfire", "flume"]
        );
        assert_eq!(
            names("select/4/tokio-mt/64"),
            ["async-channel", "crossfire", "flume", "tokio"]
        );
        assert_eq!(
            names("actors/1000/tokio-mt/8"),
            [
                "async-channel",
                "asyncband",
                "crossfire",
                "fibre",
                "flume",
                "futures",
                "futures-intrusive",
                "heph-inbox",
                "kanal",
                "tachyonix",
                "thingbuf",
                "tokio"
            ]
        );
        assert_eq!(
            names("actors/heap-idle/10000/8"),
            [
                "async-channel",
                "asyncband",
                "crossbeam",
                "crossfire",
                "fibre",
                "flume",
                "futures",
                "futures-intrusive",
                "heph-inbox",
                "kanal",
                "std",
                "tachyonix",
                "thingbuf",
                "tokio"
            ]
        );
        assert_eq!(
            names("in-place/text/threads/64"),
            ["crossbeam", "flume", "kanal", "thingbuf", "tokio"]
        );
        assert_eq!(
            names("in-place/block/tokio-mt/64"),
            ["flume", "kanal", "thingbuf", "tokio"]
        );
    }
}
