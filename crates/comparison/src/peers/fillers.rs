//! Who carries large messages: ours and thingbuf in slots that are filled and read in place, the
//! others by value.

use crate::contest::{Fills, Role, Roster};
use crate::shapes::fill::Large;

/// Enters everyone, ours first.
pub(super) fn enter(roster: &mut Roster) {
    roster.fills::<Waterway>("waterway", Role::Ours);
    roster.fills::<Crossbeam>("crossbeam", Role::Peer);
    roster.fills::<Flume>("flume", Role::Peer);
    roster.fills::<KanalThreads>("kanal", Role::Peer);
    roster.fills::<KanalTasks>("kanal", Role::Peer);
    roster.fills::<ThingbufThreads>("thingbuf", Role::Peer);
    roster.fills::<ThingbufTasks>("thingbuf", Role::Peer);
    roster.fills::<Tokio>("tokio", Role::Peer);
}

/// How slots are used again.
struct Again;

impl<T: Large> waterway::pool::Recycle<T> for Again {
    fn new_element(&self) -> T {
        T::new()
    }

    fn recycle(&self, element: &mut T) {
        element.renew();
    }
}

impl<T: Large> thingbuf::recycling::Recycle<T> for Again {
    fn new_element(&self) -> T {
        T::new()
    }

    fn recycle(&self, element: &mut T) {
        element.renew();
    }
}

/// A message of one's own.
#[inline]
fn filled<T: Large>(value: u64) -> T {
    let mut message = T::new();
    message.fill(value);
    message
}

struct Waterway;

impl<T: Large + Sync> Fills<T> for Waterway {
    type Tx = waterway::pool::Sender<T, Again>;
    type Rx = waterway::pool::Receiver<T, Again>;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        waterway::pool::with_recycle(capacity, Again)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.slot().wait().is_ok_and(|mut slot| {
            slot.fill(value);
            slot.send().is_ok()
        })
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_ref().wait().map(|slot| slot.read())
    }

    async fn fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.slot().await.is_ok_and(|mut slot| {
            slot.fill(value);
            slot.send().is_ok()
        })
    }

    async fn read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_ref().await.map(|slot| slot.read())
    }
}

struct ThingbufThreads;

impl<T: Large + Sync> Fills<T> for ThingbufThreads {
    type Tx = thingbuf::mpsc::blocking::Sender<T, Again>;
    type Rx = thingbuf::mpsc::blocking::Receiver<T, Again>;

    const AWAITS: bool = false;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        thingbuf::mpsc::blocking::with_recycle(capacity, Again)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send_ref().map(|mut slot| slot.fill(value)).is_ok()
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_ref().map(|slot| slot.read())
    }
}

struct ThingbufTasks;

impl<T: Large + Sync> Fills<T> for ThingbufTasks {
    type Tx = thingbuf::mpsc::Sender<T, Again>;
    type Rx = thingbuf::mpsc::Receiver<T, Again>;

    const BLOCKS: bool = false;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        thingbuf::mpsc::with_recycle(capacity, Again)
    }

    async fn fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send_ref().await.map(|mut slot| slot.fill(value)).is_ok()
    }

    async fn read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_ref().await.map(|slot| slot.read())
    }
}

struct Crossbeam;

impl<T: Large> Fills<T> for Crossbeam {
    type Tx = crossbeam_channel::Sender<T>;
    type Rx = crossbeam_channel::Receiver<T>;

    const AWAITS: bool = false;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        crossbeam_channel::bounded(capacity)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(filled(value)).is_ok()
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok().map(|message| message.read())
    }
}

struct Flume;

impl<T: Large> Fills<T> for Flume {
    type Tx = flume::Sender<T>;
    type Rx = flume::Receiver<T>;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        flume::bounded(capacity)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(filled(value)).is_ok()
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok().map(|message| message.read())
    }

    async fn fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send_async(filled(value)).await.is_ok()
    }

    async fn read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_async().await.ok().map(|message| message.read())
    }
}

struct KanalThreads;

impl<T: Large> Fills<T> for KanalThreads {
    type Tx = kanal::Sender<T>;
    type Rx = kanal::Receiver<T>;

    const AWAITS: bool = false;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        kanal::bounded(capacity)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(filled(value)).is_ok()
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().ok().map(|message| message.read())
    }
}

struct KanalTasks;

impl<T: Large> Fills<T> for KanalTasks {
    type Tx = kanal::AsyncSender<T>;
    type Rx = kanal::AsyncReceiver<T>;

    const BLOCKS: bool = false;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        kanal::bounded_async(capacity)
    }

    async fn fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(filled(value)).await.is_ok()
    }

    async fn read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok().map(|message| message.read())
    }
}

struct Tokio;

impl<T: Large> Fills<T> for Tokio {
    type Tx = tokio::sync::mpsc::Sender<T>;
    type Rx = tokio::sync::mpsc::Receiver<T>;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        tokio::sync::mpsc::channel(capacity)
    }

    fn wait_to_fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.blocking_send(filled(value)).is_ok()
    }

    fn wait_to_read(rx: &mut Self::Rx) -> Option<u64> {
        rx.blocking_recv().map(|message| message.read())
    }

    async fn fill(tx: &mut Self::Tx, value: u64) -> bool {
        tx.send(filled(value)).await.is_ok()
    }

    async fn read(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.map(|message| message.read())
    }
}
