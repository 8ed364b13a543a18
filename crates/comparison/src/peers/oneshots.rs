//! Who has a channel for one message, and who keeps the memory of such channels.

use crate::cells::Class;
use crate::contest::{Once, Role, Roster};

/// Enters everyone, ours first.
pub(super) fn enter(roster: &mut Roster) {
    roster.once::<Waterway>("waterway", Role::Ours);
    roster.once::<WaterwayPool>("waterway", Role::Ours);
    roster.once::<Asyncband>("asyncband", Role::Peer);
    roster.once::<Crossfire>("crossfire", Role::Peer);
    roster.once::<Fibre>("fibre", Role::Peer);
    roster.once::<FibrePool>("fibre", Role::Peer);
    roster.once::<Futures>("futures", Role::Peer);
    roster.once::<Oneshot>("oneshot", Role::Peer);
    roster.once::<Tokio>("tokio", Role::Peer);
}

/// Channels that a pool keeps, at most.
const KEPT: usize = 64;

struct Waterway;

impl Once for Waterway {
    type Tx = waterway::oneshot::Sender<u64>;
    type Rx = waterway::oneshot::Receiver<u64>;
    type Source = ();

    const CLASSES: &'static [Class] = &[Class::Oneshot];

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        waterway::oneshot::channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(rx: Self::Rx) -> Option<u64> {
        rx.wait().ok()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}

/// The same ends, from a pool.
struct WaterwayPool;

struct Pool(waterway::oneshot::Pool<u64>);

impl Default for Pool {
    fn default() -> Self {
        Self(waterway::oneshot::Pool::new(KEPT))
    }
}

impl Once for WaterwayPool {
    type Tx = <Waterway as Once>::Tx;
    type Rx = <Waterway as Once>::Rx;
    type Source = Pool;

    const CLASSES: &'static [Class] = &[Class::Pooled];

    fn open(pool: &Pool) -> (Self::Tx, Self::Rx) {
        pool.0.channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        Waterway::send(tx, value)
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        Waterway::try_recv(rx)
    }

    fn wait(rx: Self::Rx) -> Option<u64> {
        Waterway::wait(rx)
    }

    fn recv(rx: Self::Rx) -> impl Future<Output = Option<u64>> + Send {
        Waterway::recv(rx)
    }
}

struct Asyncband;

impl Once for Asyncband {
    type Tx = asyncband::oneshot::Sender<u64>;
    type Rx = asyncband::oneshot::Receiver<u64>;
    type Source = ();

    const BLOCKS: bool = false;

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        asyncband::oneshot::channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}

struct Crossfire;

impl Once for Crossfire {
    type Tx = crossfire::oneshot::TxOneshot<u64>;
    type Rx = crossfire::oneshot::RxOneshot<u64>;
    type Source = ();

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        crossfire::oneshot::oneshot()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value);
        true
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(rx: Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}

struct Fibre;

impl Once for Fibre {
    type Tx = fibre::oneshot::ExclusiveSender<u64>;
    type Rx = fibre::oneshot::ExclusiveReceiver<u64>;
    type Source = ();

    const CLASSES: &'static [Class] = &[Class::Oneshot];

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        fibre::oneshot::exclusive()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(mut rx: Self::Rx) -> Option<u64> {
        rx.recv_blocking().ok()
    }

    async fn recv(mut rx: Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

/// It has a pool too: as many channels as were made with it.
struct FibrePool;

struct FibrePairs(fibre::oneshot::OneshotPairPool<u64>);

impl Default for FibrePairs {
    fn default() -> Self {
        Self(fibre::oneshot::pair_pool(KEPT))
    }
}

impl Once for FibrePool {
    type Tx = fibre::oneshot::PooledSender<u64>;
    type Rx = fibre::oneshot::PooledReceiver<u64>;
    type Source = FibrePairs;

    const CLASSES: &'static [Class] = &[Class::Pooled];

    fn open(pool: &FibrePairs) -> (Self::Tx, Self::Rx) {
        pool.0.pair().expect("there are more than are in use")
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(mut rx: Self::Rx) -> Option<u64> {
        rx.recv_blocking().ok()
    }

    async fn recv(mut rx: Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }
}

struct Futures;

impl Once for Futures {
    type Tx = futures_channel::oneshot::Sender<u64>;
    type Rx = futures_channel::oneshot::Receiver<u64>;
    type Source = ();

    const BLOCKS: bool = false;

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        futures_channel::oneshot::channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok().flatten()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}

struct Oneshot;

impl Once for Oneshot {
    type Tx = oneshot::Sender<u64>;
    type Rx = oneshot::Receiver<u64>;
    type Source = ();

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        oneshot::channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(rx: Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}

struct Tokio;

impl Once for Tokio {
    type Tx = tokio::sync::oneshot::Sender<u64>;
    type Rx = tokio::sync::oneshot::Receiver<u64>;
    type Source = ();

    fn open((): &()) -> (Self::Tx, Self::Rx) {
        tokio::sync::oneshot::channel()
    }

    fn send(tx: Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.try_recv().ok()
    }

    fn wait(rx: Self::Rx) -> Option<u64> {
        rx.blocking_recv().ok()
    }

    async fn recv(rx: Self::Rx) -> Option<u64> {
        rx.await.ok()
    }
}
