//! Slots of a `spsc` channel that are written and read in place.

mod support;

use std::mem;
use std::task::Waker;
use std::thread;
use std::time::Duration;

use support::{Ledger, Probe, Tracked, assert_pending, assert_ready, catch, watchdog};
use waterway::{SendError, TryRecvError, TrySendError, spsc};

const LIMIT: Duration = Duration::from_secs(60);

fn ids(messages: impl IntoIterator<Item = Tracked>) -> Vec<u64> {
    messages.into_iter().map(|message| message.id()).collect()
}

/// At each place of the ring: a chunk lies in two runs where it wraps around.
#[test]
fn a_chunk_is_sent_and_received_in_order() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(5);
    let mut next = 0;
    for round in 0..20 {
        let len = round % 5 + 1;
        let mut chunk = tx.write_chunk(len).expect("room");
        assert_eq!(chunk.len(), len);
        let (first, rest) = chunk.as_mut_slices();
        assert_eq!(first.len() + rest.len(), len);
        for slot in first.iter_mut().chain(rest) {
            slot.write(ledger.make(next));
            next += 1;
        }
        // SAFETY: all were written.
        unsafe { chunk.commit(len) }.expect("open");
        let chunk = rx.read_chunk(9).expect("messages");
        let (first, rest) = chunk.as_slices();
        let seen: Vec<u64> = first.iter().chain(rest).map(Tracked::id).collect();
        assert_eq!(seen, (next - len as u64..next).collect::<Vec<_>>());
        chunk.commit(len);
        ledger.assert_all_dropped();
        assert_eq!(rx.try_recv().err(), Some(TryRecvError::Empty));
    }
}

#[test]
fn what_is_not_committed_stays_as_it_was() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(4);
    drop(tx.write_chunk(4).expect("room"));
    assert_eq!(rx.read_chunk(4).err(), Some(TryRecvError::Empty));
    let mut chunk = tx.write_chunk(3).expect("room");
    chunk.as_mut_slices().0[0].write(ledger.make(0));
    // SAFETY: the first was written.
    unsafe { chunk.commit(1) }.expect("open");
    assert_eq!(tx.len(), 1);
    assert_eq!(
        tx.write_chunk(3)
            .expect("room")
            .fill((1..9).map(|id| ledger.make(id))),
        Ok(3)
    );
    assert_eq!(tx.write_chunk(1).err(), Some(TrySendError::Full(())));
    assert_eq!(
        tx.write_chunk(usize::MAX).err(),
        Some(TrySendError::Full(()))
    );
    assert!(tx.write_chunk(0).expect("no room is needed").is_empty());
    drop(rx.read_chunk(4).expect("messages"));
    assert_eq!(rx.read_chunk(3).expect("messages").len(), 3, "the limit");
    rx.read_chunk(4).expect("messages").commit(2);
    assert_eq!(tx.len(), 2);
    assert_eq!(ids(rx.drain()), [2, 3]);
    ledger.assert_all_dropped();
}

/// What was written and not committed is neither sent nor dropped, and written over.
#[test]
fn what_is_not_committed_is_forgotten() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(2);
    let mut chunk = tx.write_chunk(2).expect("room");
    for slot in chunk.as_mut_slices().0 {
        slot.write(ledger.make(0));
    }
    drop(chunk);
    let mut chunk = tx.write_chunk(2).expect("room");
    for slot in chunk.as_mut_slices().0 {
        slot.write(ledger.make(1));
    }
    // SAFETY: the first was written.
    unsafe { chunk.commit(1) }.expect("open");
    assert_eq!(ids(rx.drain()), [1]);
    drop((tx, rx));
    assert_eq!(ledger.live(), [0, 0, 1]);
}

/// Room that is reserved is not a chunk's, even if nobody can use the permit any more.
#[test]
fn a_permit_keeps_its_room_from_chunks() {
    let (mut tx, mut rx) = spsc::bounded(2);
    mem::forget(tx.try_reserve().expect("room"));
    assert_eq!(tx.write_chunk(2).err(), Some(TrySendError::Full(())));
    assert_eq!(tx.write_chunk(1).expect("room").fill([1]), Ok(1));
    assert_eq!(tx.write_chunk(1).err(), Some(TrySendError::Full(())));
    assert_eq!(rx.try_recv(), Ok(1));
}

/// More than there is: nothing is sent, and nothing received.
#[test]
fn commits_that_cannot_be() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(4);
    tx.try_send(ledger.make(0)).expect("room");
    let chunk = tx.write_chunk(1).expect("room");
    // SAFETY: not kept, but it panics before that matters.
    assert!(catch(|| unsafe { chunk.commit(2) }).is_err());
    assert_eq!(tx.len(), 1);
    tx.try_send(ledger.make(1)).expect("room");
    let chunk = rx.read_chunk(1).expect("messages");
    assert!(catch(|| chunk.commit(2)).is_err());
    assert_eq!(ids(rx.drain()), [0, 1]);
}

#[test]
fn the_end() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(4);
    tx.try_send(ledger.make(0)).expect("room");
    let mut chunk = tx.write_chunk(2).expect("room");
    chunk.as_mut_slices().0[0].write(ledger.make(1));
    rx.close();
    // SAFETY: the first was written. It comes too late, and is dropped.
    assert_eq!(unsafe { chunk.commit(1) }, Err(SendError(())));
    assert_eq!(ledger.live(), [0]);
    assert_eq!(tx.write_chunk(1).err(), Some(TrySendError::Closed(())));
    rx.read_chunk(9).expect("what was sent before").commit(1);
    assert_eq!(rx.read_chunk(9).err(), Some(TryRecvError::Closed));
    let (tx, mut rx) = spsc::bounded::<Tracked>(4);
    drop(tx);
    assert_eq!(rx.read_chunk(9).err(), Some(TryRecvError::Closed));
    // The receiver goes while a chunk is out that wraps around.
    let (mut tx, mut rx) = spsc::bounded(4);
    for id in 0..4 {
        tx.try_send(ledger.make(id)).expect("room");
    }
    rx.read_chunk(3).expect("messages").commit(3);
    let chunk = tx.write_chunk(3).expect("room");
    drop(rx);
    let messages = (4..7).map(|id| ledger.make(id));
    assert_eq!(chunk.fill(messages), Err(SendError(())));
    ledger.assert_all_dropped();
}

/// A rendezvous and an unbounded channel have no slots in a row.
#[test]
fn only_slots_make_chunks() {
    for (mut tx, mut rx) in [spsc::rendezvous(), spsc::unbounded()] {
        assert_eq!(tx.write_chunk(1).err(), Some(TrySendError::Full(())));
        let _ = tx.try_send(1);
        assert_eq!(rx.read_chunk(1).err(), Some(TryRecvError::Empty));
    }
}

#[test]
fn panics_lose_nothing_but_what_they_had() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = spsc::bounded(4);
    let chunk = tx.write_chunk(4).expect("room");
    let caught = catch(|| {
        chunk.fill((0..4).map(|id| {
            assert!(id < 2, "the iterator panics");
            ledger.make(id)
        }))
    });
    assert!(caught.is_err());
    assert_eq!(ids(rx.drain()), [0, 1], "what it gave was sent");
}

#[test]
fn a_panicking_destructor_in_a_chunk() {
    struct Wild(Tracked);
    impl Drop for Wild {
        fn drop(&mut self) {
            assert!(self.0.id() != 7, "a destructor panics");
        }
    }
    // At each place: a panic in one run does not keep the other.
    for skipped in 0..4 {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = spsc::bounded(4);
        for _ in 0..skipped {
            assert!(tx.try_send(Wild(ledger.make(0))).is_ok());
            assert!(rx.try_recv().is_ok());
        }
        for id in 6..10 {
            assert!(tx.try_send(Wild(ledger.make(id))).is_ok());
        }
        let chunk = rx.read_chunk(4).expect("messages");
        assert!(catch(|| chunk.commit(3)).is_err());
        assert_eq!(ledger.live(), [9], "they are gone all the same");
        assert_eq!(tx.len(), 1);
        assert!(rx.try_recv().is_ok_and(|last| last.0.id() == 9));
        ledger.assert_all_dropped();
    }
}

#[test]
fn who_waits_is_told_by_a_chunk() {
    let (mut tx, mut rx) = spsc::bounded(2);
    let probe = Probe::new();
    assert_eq!(tx.write_chunk(2).expect("room").fill(0..), Ok(2));
    let mut send = Box::pin(tx.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    let chunk = rx.read_chunk(9).expect("messages");
    assert_eq!(
        chunk.len(),
        2,
        "what a parked sender holds is not among them"
    );
    chunk.commit(1);
    assert!(probe.take_woken(), "of room");
    assert_eq!(assert_ready(send.as_mut(), Waker::noop()), Ok(()));
    drop(send);
    let mut flush = Box::pin(tx.flush());
    assert_pending(flush.as_mut(), &probe.waker());
    let mut received = 0;
    while let Ok(chunk) = rx.read_chunk(9) {
        assert!(!probe.is_woken());
        received += chunk.len();
        let len = chunk.len();
        chunk.commit(len);
    }
    assert_eq!(received, 2);
    assert!(probe.take_woken(), "that all was received");
    assert_eq!(assert_ready(flush.as_mut(), Waker::noop()), Ok(()));
    drop(flush);
    let mut recv = Box::pin(rx.recv());
    assert_pending(recv.as_mut(), &probe.waker());
    assert_eq!(tx.write_chunk(2).expect("room").fill(3..), Ok(2));
    assert!(probe.take_woken(), "of messages");
    assert_eq!(assert_ready(recv.as_mut(), Waker::noop()), Some(3));
}

/// The same where both ends are busy.
#[test]
fn chunks_between_threads() {
    watchdog("chunks between threads", LIMIT, || {
        const COUNT: u64 = 50_000;
        let (mut tx, mut rx) = spsc::bounded(16);
        let sender = thread::spawn(move || {
            let mut next = 0;
            while next < COUNT {
                // Waits for room as a single message, and sends as many as there are.
                tx.send(next).wait().expect("open");
                next += 1;
                let room = 16 - tx.len();
                let more = (COUNT - next).min(room as u64);
                let chunk = tx
                    .write_chunk(more as usize)
                    .expect("what is free stays free");
                next += chunk.fill(next..).expect("open") as u64;
            }
        });
        let mut next = 0;
        while let Some(message) = rx.recv().wait() {
            assert_eq!(message, next);
            next += 1;
            if let Ok(chunk) = rx.read_chunk(usize::MAX) {
                let (first, rest) = chunk.as_slices();
                for &message in first.iter().chain(rest) {
                    assert_eq!(message, next);
                    next += 1;
                }
                let len = chunk.len();
                chunk.commit(len);
            }
        }
        assert_eq!(next, COUNT);
        sender.join().expect("it did not panic");
    });
}
