//! Who tells everybody: states, of which the latest counts, and messages, of which each does.

use std::iter::repeat_with;

use futures_intrusive::channel::StateId;
use futures_intrusive::channel::shared::{StateReceiver, StateSender, state_broadcast_channel};

use crate::cells::Class;
use crate::contest::{Role, Roster, Tells};

/// Enters everyone, ours first.
pub(super) fn enter(roster: &mut Roster) {
    roster.tells::<WaterwayWatch>("waterway", Role::Ours);
    roster.tells::<WaterwayBroadcast>("waterway", Role::Ours);
    roster.tells::<WaterwayLossless>("waterway", Role::Ours);
    roster.tells::<AsyncBroadcast>("async-broadcast", Role::Peer);
    roster.tells::<AsyncBroadcastLossless>("async-broadcast", Role::Peer);
    roster.tells::<AsyncbandWatch>("asyncband", Role::Peer);
    roster.tells::<AsyncbandBroadcast>("asyncband", Role::Peer);
    roster.tells::<FibreThreads>("fibre", Role::Peer);
    roster.tells::<FibreTasks>("fibre", Role::Peer);
    roster.tells::<FuturesIntrusive>("futures-intrusive", Role::Peer);
    roster.tells::<TokioWatch>("tokio", Role::Peer);
    roster.tells::<TokioBroadcast>("tokio", Role::Peer);
}

/// The first receiver, and others made from it or from the sender.
fn with_others<Rx>(first: Rx, other: impl FnMut() -> Rx, readers: usize) -> Vec<Rx> {
    let mut all: Vec<Rx> = repeat_with(other).take(readers - 1).collect();
    all.push(first);
    all
}

struct WaterwayWatch;

impl Tells for WaterwayWatch {
    type Tx = waterway::watch::Sender<u64>;
    type Rx = waterway::watch::Receiver<u64>;

    const CLASS: Class = Class::Watch;

    fn open(_: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = waterway::watch::channel(u64::MAX);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.changed().await.map(|state| *state)
    }
}

struct WaterwayBroadcast;

impl Tells for WaterwayBroadcast {
    type Tx = waterway::broadcast::Sender<u64>;
    type Rx = waterway::broadcast::Receiver<u64>;

    const CLASS: Class = Class::Broadcast;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = waterway::broadcast::channel(capacity);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_send(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await?.ok()
    }
}

struct WaterwayLossless;

impl Tells for WaterwayLossless {
    type Tx = waterway::broadcast::Sender<u64>;
    type Rx = waterway::broadcast::Receiver<u64>;

    const CLASS: Class = Class::Lossless;
    const BLOCKS: bool = true;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = waterway::broadcast::lossless(capacity);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    fn wait_to_tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).wait().is_ok()
    }

    fn wait_to_hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().wait()?.ok()
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await?.ok()
    }
}

struct AsyncBroadcast;

impl Tells for AsyncBroadcast {
    type Tx = async_broadcast::Sender<u64>;
    type Rx = async_broadcast::Receiver<u64>;

    const CLASS: Class = Class::Broadcast;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (mut tx, rxs) = AsyncBroadcastLossless::open(capacity, readers);
        tx.set_overflow(true);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.try_broadcast(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_direct().await.ok()
    }
}

struct AsyncBroadcastLossless;

impl Tells for AsyncBroadcastLossless {
    type Tx = async_broadcast::Sender<u64>;
    type Rx = async_broadcast::Receiver<u64>;

    const CLASS: Class = Class::Lossless;
    const BLOCKS: bool = true;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = async_broadcast::broadcast(capacity);
        let rxs = with_others(rx, || tx.new_receiver(), readers);
        (tx, rxs)
    }

    fn wait_to_tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.broadcast_blocking(value).is_ok()
    }

    fn wait_to_hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_blocking().ok()
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.broadcast_direct(value).await.is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_direct().await.ok()
    }
}

struct AsyncbandWatch;

impl Tells for AsyncbandWatch {
    type Tx = asyncband::watch::Sender<u64>;
    type Rx = asyncband::watch::Receiver<u64>;

    const CLASS: Class = Class::Watch;

    fn open(_: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = asyncband::watch::channel(u64::MAX);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

struct AsyncbandBroadcast;

impl Tells for AsyncbandBroadcast {
    type Tx = asyncband::broadcast::mpmc::BoundedSender<u64>;
    type Rx = asyncband::broadcast::mpmc::BoundedReceiver<u64>;

    const CLASS: Class = Class::Lossless;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = asyncband::broadcast::mpmc::bounded(capacity);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await;
        true
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

struct FibreTasks;

impl Tells for FibreTasks {
    type Tx = fibre::spmc::BoundedAsyncSender<u64>;
    type Rx = fibre::spmc::BoundedAsyncReceiver<u64>;

    const CLASS: Class = Class::Lossless;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = fibre::spmc::bounded_async(capacity);
        let rxs = with_others(rx.clone(), || rx.clone(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).await.is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

struct FibreThreads;

impl Tells for FibreThreads {
    type Tx = fibre::spmc::BoundedSyncSender<u64>;
    type Rx = fibre::spmc::BoundedSyncReceiver<u64>;

    const CLASS: Class = Class::Lossless;
    const BLOCKS: bool = true;
    const AWAITS: bool = false;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = fibre::spmc::bounded(capacity);
        let rxs = with_others(rx.clone(), || rx.clone(), readers);
        (tx, rxs)
    }

    fn wait_to_tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn wait_to_hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

struct FuturesIntrusive;

impl Tells for FuturesIntrusive {
    type Tx = StateSender<u64>;
    /// And what it has seen last.
    type Rx = (StateReceiver<u64>, StateId);

    const CLASS: Class = Class::Watch;

    fn open(_: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = state_broadcast_channel();
        let one = || (rx.clone(), StateId::new());
        let rxs = with_others(one(), one, readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn hear((rx, seen): &mut Self::Rx) -> Option<u64> {
        let (id, value) = rx.receive(*seen).await?;
        *seen = id;
        Some(value)
    }
}

struct TokioWatch;

impl Tells for TokioWatch {
    type Tx = tokio::sync::watch::Sender<u64>;
    type Rx = tokio::sync::watch::Receiver<u64>;

    const CLASS: Class = Class::Watch;

    fn open(_: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = tokio::sync::watch::channel(u64::MAX);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.changed().await.ok()?;
        Some(*rx.borrow_and_update())
    }
}

struct TokioBroadcast;

impl Tells for TokioBroadcast {
    type Tx = tokio::sync::broadcast::Sender<u64>;
    type Rx = tokio::sync::broadcast::Receiver<u64>;

    const CLASS: Class = Class::Broadcast;

    fn open(capacity: usize, readers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = tokio::sync::broadcast::channel(capacity);
        let rxs = with_others(rx, || tx.subscribe(), readers);
        (tx, rxs)
    }

    async fn tell(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    async fn hear(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}
