//! What is special to a bounded channel with one sender and one receiver: nobody claims a place, each
//! side stores its own position, and the end is a seal between the two.

use super::Form;
use super::kind::{self, Receiver, Sender};
use crate::statics::watched;
use crate::support::{Ledger, Tracked, assert_pending, block_on, poll_noop, spawn_sleeper};
use std::hint::spin_loop;
use std::mem::forget;
use std::sync::Barrier;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;
use waterway::{Delivered, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};

const CAPACITIES: [usize; 6] = [1, 2, 3, 8, 64, 1000];

type Make = fn(usize) -> (Sender<Tracked>, Receiver<Tracked>);

/// A fresh channel, and one whose positions are about to wrap around.
const MAKES: [(&str, Make); 2] = [
    ("bounded", |n| kind::bounded(n)),
    ("near wrap", |n| kind::__starting_near_wrap(Some(n))),
];

/// Runs `test` for every capacity and both sorts of channels, and for one in a static.
fn on_lanes(name: &'static str, test: fn(usize, Make)) {
    let run = |sort, n, make| {
        watched(&format!("{name}, {sort}, {n}"), super::LIMIT, move || {
            test(n, make)
        });
    };
    for (sort, make) in MAKES {
        for n in CAPACITIES {
            run(sort, n, make);
        }
    }
    run("static", 8, |_| super::Static::<8>::make());
}

/// Numbers that are the same at each run.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}

/// What the sender was told of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Sent,
    /// It came back, or it was dropped before it was offered.
    NotSent,
    /// Its send was dropped while it waited.
    Unknown,
}

/// A sender that sends the payloads `0..count` in order by whatever verb, and keeps the book.
struct Streamer {
    tx: Sender<Tracked>,
    capacity: usize,
    ledger: Ledger,
    dice: Dice,
    fates: Vec<Fate>,
}

impl Streamer {
    fn make(&mut self) -> Tracked {
        self.ledger.make(self.fates.len() as u64)
    }

    fn note(&mut self, fate: Fate) {
        self.fates.push(fate);
    }

    /// The channel is closed; the message is back, whole.
    #[track_caller]
    fn refused(&mut self, back: &Tracked) -> bool {
        assert_eq!(*back, self.fates.len() as u64, "its own message");
        self.note(Fate::NotSent);
        false
    }

    fn verdict(&mut self, result: Result<(), SendError<Tracked>>) -> bool {
        match result {
            Ok(()) => {
                self.note(Fate::Sent);
                true
            }
            Err(SendError(back)) => self.refused(&back),
        }
    }

    /// Sends one or several messages; `false`: the channel is closed.
    fn step(&mut self) -> bool {
        assert!(self.tx.len() <= self.capacity);
        match self.dice.below(12) {
            0 | 1 => {
                let message = self.make();
                let result = self.tx.send(message).wait();
                self.verdict(result)
            }
            2 => {
                let message = self.make();
                let result = block_on(self.tx.send(message));
                self.verdict(result)
            }
            3 => {
                let message = self.make();
                match self.tx.try_send(message) {
                    Ok(()) => self.verdict(Ok(())),
                    Err(TrySendError::Closed(back)) => self.refused(&back),
                    Err(TrySendError::Full(_)) => {
                        self.note(Fate::NotSent);
                        thread::yield_now();
                        true
                    }
                }
            }
            4 => {
                let patience = Duration::from_micros(self.dice.below(60) as u64);
                let message = self.make();
                match self.tx.send(message).wait_timeout(patience) {
                    Ok(()) => self.verdict(Ok(())),
                    Err(SendTimeoutError::Closed(back)) => self.refused(&back),
                    Err(SendTimeoutError::Timeout(_)) => {
                        self.note(Fate::NotSent);
                        true
                    }
                }
            }
            5 => {
                let message = self.make();
                let mut op = Box::pin(self.tx.send(message));
                let done = poll_noop(op.as_mut());
                (0..self.dice.below(40)).for_each(|_| spin_loop());
                let fate = match done {
                    Poll::Ready(result) => {
                        drop(op);
                        return self.verdict(result);
                    }
                    Poll::Pending => match op.as_mut().cancel() {
                        Ok(_) => Fate::NotSent,
                        Err(Delivered) => Fate::Sent,
                    },
                };
                drop(op);
                self.note(fate);
                true
            }
            6 => {
                let message = self.make();
                let mut op = Box::pin(self.tx.send(message));
                let done = poll_noop(op.as_mut());
                (0..self.dice.below(40)).for_each(|_| spin_loop());
                drop(op);
                match done {
                    Poll::Ready(result) => self.verdict(result),
                    Poll::Pending => {
                        self.note(Fate::Unknown);
                        true
                    }
                }
            }
            7 | 8 => {
                let n = 1 + self.dice.below(40);
                let first = self.fates.len() as u64;
                let batch: Vec<_> = (first..first + n as u64)
                    .map(|id| self.ledger.make(id))
                    .collect();
                let sent = if n % 2 == 0 {
                    self.tx.send_many(batch).wait()
                } else {
                    block_on(self.tx.send_many(batch))
                };
                match sent {
                    Ok(all) => {
                        assert_eq!(all, n);
                        self.fates.extend(vec![Fate::Sent; n]);
                        true
                    }
                    Err(SendError(unsent)) => {
                        self.fates.extend(vec![Fate::Sent; unsent.sent]);
                        for back in unsent.rest {
                            self.refused(&back);
                        }
                        assert_eq!(self.fates.len() as u64, first + n as u64);
                        false
                    }
                }
            }
            9 => {
                let message = self.make();
                let Ok(permit) = self.tx.reserve().wait() else {
                    return self.refused(&message);
                };
                let result = permit.send(message);
                self.verdict(result)
            }
            _ => {
                let wanted = 1 + self.dice.below(self.capacity.min(9));
                let used = self.dice.below(wanted + 1);
                let first = self.fates.len() as u64;
                let Ok(permits) = block_on(self.tx.reserve_many(wanted)) else {
                    return false;
                };
                let mut fates = Vec::new();
                for (id, permit) in (first..).zip(permits).take(used) {
                    match permit.send(self.ledger.make(id)) {
                        Ok(()) => fates.push(Fate::Sent),
                        Err(SendError(back)) => {
                            assert_eq!(back, id);
                            fates.push(Fate::NotSent);
                        }
                    }
                }
                self.fates.append(&mut fates);
                true
            }
        }
    }
}

/// Streams at least `count` messages, or to the close; what became of them, and the sender.
fn stream(
    tx: Sender<Tracked>,
    capacity: usize,
    ledger: Ledger,
    seed: u64,
    count: usize,
) -> (Vec<Fate>, Sender<Tracked>) {
    let mut streamer = Streamer {
        tx,
        capacity,
        ledger,
        dice: Dice::new(seed),
        fates: Vec::new(),
    };
    while streamer.fates.len() < count && streamer.step() {}
    (streamer.fates, streamer.tx)
}

/// Receives by whatever verb, until there are `limit` messages or the end; `true`: it was the end.
fn receive(
    rx: &mut Receiver<Tracked>,
    capacity: usize,
    dice: &mut Dice,
    limit: usize,
    got: &mut Vec<Tracked>,
) -> bool {
    while got.len() < limit {
        assert!(rx.len() <= capacity);
        let next = match dice.below(11) {
            0 | 1 => rx.recv().wait(),
            2 => block_on(rx.recv()),
            3 => match rx.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Closed) => None,
                Err(TryRecvError::Empty) => {
                    thread::yield_now();
                    continue;
                }
            },
            4 => match rx
                .recv()
                .wait_timeout(Duration::from_micros(dice.below(60) as u64))
            {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Closed) => None,
                Err(RecvTimeoutError::Timeout) => continue,
            },
            5 => {
                let seen = rx.peek().wait().map(Tracked::id);
                let taken = rx.try_recv().ok();
                assert_eq!(seen, taken.as_ref().map(Tracked::id));
                taken
            }
            6 => {
                let seen = rx.try_peek().map(Tracked::id);
                let Ok(seen) = seen else { continue };
                let before = got.len();
                assert!(rx.recv_many(got, 3).wait().is_some());
                assert_eq!(got[before], seen);
                continue;
            }
            7 => {
                let most = 1 + dice.below(70);
                match rx.recv_many(got, most).wait() {
                    Some(_) => continue,
                    None => None,
                }
            }
            8 => {
                got.extend(rx.drain());
                continue;
            }
            9 => {
                got.extend(rx.try_iter().take(dice.below(5)));
                continue;
            }
            _ => match poll_noop(Box::pin(rx.recv()).as_mut()) {
                Poll::Ready(next) => next,
                Poll::Pending => continue,
            },
        };
        match next {
            Some(message) => got.push(message),
            None => return true,
        }
    }
    false
}

/// Nothing comes after the end, by no verb.
#[track_caller]
fn assert_over(rx: &mut Receiver<Tracked>) {
    for _ in 0..3 {
        assert!(rx.recv().wait().is_none());
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        assert!(rx.peek().wait().is_none());
        assert_eq!(rx.recv_many(&mut Vec::new(), 9).wait(), None);
        assert_eq!((rx.drain().count(), rx.iter().count(), rx.len()), (0, 0, 0));
    }
}

/// What was received is what was sent, in order; `cut`: up to a point.
#[track_caller]
fn assert_agrees(got: &[Tracked], fates: &[Fate], cut: bool) {
    let mut sent = (0..).zip(fates).filter(|(_, fate)| **fate != Fate::NotSent);
    for message in got {
        // Those that are passed over may be passed over.
        let passed = sent.by_ref().find(|(id, fate)| {
            assert!(
                *message == *id || **fate == Fate::Unknown,
                "{id} was sent and is missing before {message:?}"
            );
            *message == *id
        });
        assert!(passed.is_some(), "{message:?} was not sent");
    }
    let mut left = sent.filter(|(_, fate)| **fate == Fate::Sent);
    assert!(cut || left.next().is_none(), "sent and not received");
}

#[test]
fn two_threads_stream() {
    on_lanes("two_threads_stream", |n, make| {
        for seed in 0..2 {
            let ledger = Ledger::new();
            let (tx, mut rx) = make(n);
            let mut got = Vec::new();
            let fates = thread::scope(|scope| {
                let sender = scope.spawn(move || {
                    let (fates, mut tx) = stream(tx, n, ledger, seed, 6000);
                    // The end comes by the close, or by the drop.
                    if seed % 2 == 0 {
                        assert!(tx.close());
                    }
                    fates
                });
                let ended = receive(&mut rx, n, &mut Dice::new(!seed), usize::MAX, &mut got);
                assert!(ended);
                sender.join().expect("no panic")
            });
            assert_over(&mut rx);
            assert_agrees(&got, &fates, false);
            drop((got, rx));
            ledger.assert_all_dropped();
        }
    });
}

/// The receiver closes while the other streams: all that the sender was told was sent arrives.
#[test]
fn a_close_cuts_a_stream() {
    on_lanes("a_close_cuts_a_stream", |n, make| {
        let ledger = Ledger::with_room(1 << 16);
        for seed in 0..150 {
            let (tx, mut rx) = make(n);
            let mut dice = Dice::new(!seed);
            let mut got = Vec::new();
            let start = Barrier::new(2);
            let fates = thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    start.wait();
                    let (fates, mut tx) = stream(tx, n, ledger, seed, usize::MAX);
                    let late = ledger.make(7);
                    assert!(matches!(tx.try_send(late), Err(TrySendError::Closed(v)) if v == 7));
                    assert!(matches!(tx.try_reserve(), Err(TrySendError::Closed(()))));
                    fates
                });
                start.wait();
                let limit = dice.below(2 * n.min(100) + 5);
                assert!(!receive(&mut rx, n, &mut dice, limit, &mut got));
                (0..dice.below(300)).for_each(|_| spin_loop());
                assert!(rx.close());
                assert!(receive(&mut rx, n, &mut dice, usize::MAX, &mut got));
                assert_over(&mut rx);
                sender.join().expect("no panic")
            });
            // And not what the sender was told was not sent, after it is gone.
            assert_over(&mut rx);
            assert_agrees(&got, &fates, false);
            drop((got, rx));
            ledger.forget_all();
        }
    });
}

/// The receiver goes while the other streams: each message is received, back, or dropped, and once.
#[test]
fn a_dropped_receiver_cuts_a_stream() {
    on_lanes("a_dropped_receiver_cuts_a_stream", |n, make| {
        let ledger = Ledger::with_room(1 << 16);
        for seed in 0..150 {
            let (tx, mut rx) = make(n);
            let mut dice = Dice::new(!seed);
            let mut got = Vec::new();
            let start = Barrier::new(2);
            let (fates, tx) = thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    start.wait();
                    stream(tx, n, ledger, seed, usize::MAX)
                });
                start.wait();
                let limit = dice.below(2 * n.min(100) + 5);
                assert!(!receive(&mut rx, n, &mut dice, limit, &mut got));
                (0..dice.below(300)).for_each(|_| spin_loop());
                drop(rx);
                sender.join().expect("no panic")
            });
            assert_agrees(&got, &fates, true);
            drop(got);
            // Now, not when the sender goes.
            ledger.assert_all_dropped();
            assert!(tx.is_closed() && tx.is_empty());
            ledger.forget_all();
        }
    });
}

/// Closed under a sender that tries, and tries again: the closest that a close and a send can come.
#[test]
fn a_close_hits_a_publisher() {
    on_lanes("a_close_hits_a_publisher", |n, make| {
        let ledger = Ledger::with_room(1 << 12);
        let (channels, receivers) = std::sync::mpsc::sync_channel::<Receiver<Tracked>>(1);
        let (counts, counted) = std::sync::mpsc::sync_channel(1);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (round, mut rx) in receivers.iter().enumerate() {
                    (0..round % 64).for_each(|_| spin_loop());
                    rx.close();
                    let mut got = 0;
                    // The end is the end at once, whatever the sender is about.
                    while let Some(message) = rx.recv().wait() {
                        assert_eq!(message, got);
                        got += 1;
                    }
                    assert_over(&mut rx);
                    counts.send((got, rx)).expect("it goes on");
                }
            });
            for round in 0..400 {
                let (mut tx, rx) = make(n);
                let mut permit = (round % 3 == 0).then(|| {
                    let (spare, _rx) = make(n);
                    let tx = std::mem::replace(&mut tx, spare);
                    tx.try_reserve_owned().expect("room")
                });
                channels.send(rx).expect("it goes on");
                let mut sent = 0;
                if let Some(permit) = permit.take() {
                    let (result, back) = permit.send(ledger.make(sent));
                    assert_eq!(result, Ok(()), "permitted before the close");
                    sent += 1;
                    tx = back;
                }
                loop {
                    match tx.try_send(ledger.make(sent)) {
                        Ok(()) => sent += 1,
                        Err(TrySendError::Full(_)) => spin_loop(),
                        Err(TrySendError::Closed(back)) => {
                            assert_eq!(back, sent);
                            break;
                        }
                    }
                    if ledger.created() > 4000 {
                        break;
                    }
                }
                let (got, mut rx) = counted.recv().expect("it goes on");
                if !tx.is_closed() {
                    panic!("round {round}: never closed");
                }
                assert_eq!(got, sent, "round {round}");
                assert_over(&mut rx);
                drop((tx, rx));
                ledger.forget_all();
            }
            drop(channels);
        });
    });
}

/// A permit held over the close delivers, and the receiver waits for it.
#[test]
fn the_receiver_waits_for_a_permit_that_outlives_the_close() {
    on_lanes("a permit outlives the close", |n, make| {
        for before in [0, n - 1] {
            for used in [true, false] {
                let ledger = Ledger::new();
                let (mut tx, mut rx) = make(n);
                for id in 0..before as u64 {
                    tx.try_send(ledger.make(id)).expect("room");
                }
                let permit = tx.try_reserve_owned().expect("room");
                assert!(rx.close());
                for id in 0..before as u64 {
                    assert_eq!(rx.recv().wait().expect("sent before"), id);
                }
                assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
                let receiver = spawn_sleeper(move || {
                    let got = rx.recv().wait().map(|m| m.id());
                    assert_over(&mut rx);
                    got
                });
                receiver.wait_asleep();
                assert!(!receiver.is_finished(), "a permit is out");
                let mut tx = if used {
                    let (result, tx) = permit.send(ledger.make(99));
                    assert_eq!(result, Ok(()));
                    tx
                } else {
                    permit.release()
                };
                assert_eq!(receiver.join(), used.then_some(99));
                assert!(tx.try_send(ledger.make(0)).is_err_and(|e| e.is_closed()));
                drop(tx);
                ledger.assert_all_dropped();
            }
        }
    });
}

/// Each of a batch of permits is used or given back while the other closes, receives and waits.
#[test]
fn permits_race_the_close() {
    on_lanes("permits_race_the_close", |n, make| {
        let ledger = Ledger::with_room(1 << 14);
        for round in 0..200u64 {
            let (mut tx, mut rx) = make(n);
            let start = Barrier::new(2);
            let drops = round % 4 == 3;
            let (sent, got) = thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    let permits = tx.try_reserve_many(n.min(10)).expect("room");
                    start.wait();
                    let mut sent = Vec::new();
                    for (id, permit) in (0..).zip(permits) {
                        if (id + round) % 5 == 0 {
                            drop(permit);
                        } else {
                            match permit.send(ledger.make(id)) {
                                Ok(()) => sent.push(id),
                                Err(SendError(back)) => assert!(drops && back == id),
                            }
                        }
                    }
                    sent
                });
                start.wait();
                (0..round % 50).for_each(|_| spin_loop());
                let mut got = Vec::new();
                if drops {
                    got.extend(rx.try_iter().map(|m| m.id()));
                    drop(rx);
                } else {
                    assert!(rx.close());
                    got.extend(rx.iter().map(|m| m.id()));
                    assert_over(&mut rx);
                }
                (sender.join().expect("no panic"), got)
            });
            if drops {
                assert!(sent.starts_with(&got), "round {round}: {got:?} of {sent:?}");
            } else {
                assert_eq!(got, sent, "round {round}");
            }
            drop(tx);
            ledger.forget_all();
        }
    });
}

/// A send that is leaked while it waits borrows its sender no more: it stands in line all the same, and
/// what is sent after it comes after it.
#[test]
fn sends_that_are_forgotten_while_they_wait_keep_their_places() {
    on_lanes("forgotten sends", |n, make| {
        const COUNT: u64 = 3000;
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make(n);
        let done = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut dice = Dice::new(n as u64);
                let mut id = 0;
                while id < COUNT {
                    let message = ledger.make(id);
                    match dice.below(4) {
                        0 => match tx.try_send(message) {
                            Ok(()) => {}
                            Err(e) => {
                                assert!(e.is_full());
                                drop(e);
                                continue;
                            }
                        },
                        1 => tx.send(message).wait().expect("open"),
                        2 => {
                            let Ok(permit) = tx.try_reserve() else {
                                continue;
                            };
                            permit.send(message).expect("open");
                        }
                        _ => {
                            let mut op = Box::pin(tx.send(message));
                            if poll_noop(op.as_mut()).is_pending() {
                                forget(op);
                            }
                        }
                    }
                    id += 1;
                }
                done.wait();
            });
            let mut dice = Dice::new(!(n as u64));
            let mut got = Vec::new();
            while (got.len() as u64) < COUNT {
                let limit = got.len() + 1;
                assert!(!receive(&mut rx, n, &mut dice, limit, &mut got));
            }
            let ids: Vec<u64> = got.iter().map(Tracked::id).collect();
            assert_eq!(ids, (0..COUNT).collect::<Vec<_>>());
            done.wait();
        });
        drop((tx, rx));
        ledger.assert_all_dropped();
    });
}

/// The numbers are exact over the wrap of the positions, as both sides see them.
#[test]
fn the_numbers_are_exact_over_several_laps() {
    on_lanes("the_numbers_are_exact", |n, make| {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make(n);
        let mut next = 0;
        let mut oldest = 0;
        for step in [1, n, n.div_ceil(2), n, 1, n] {
            while next - oldest < step as u64 {
                tx.try_send(ledger.make(next)).expect("room");
                next += 1;
                let len = (next - oldest) as usize;
                assert_eq!((tx.len(), rx.len()), (len, len));
                assert_eq!((tx.is_full(), rx.is_full()), (len == n, len == n));
            }
            let refused = tx.try_reserve_many(n - step + 1);
            assert!(matches!(refused, Err(TrySendError::Full(()))));
            drop(refused);
            assert_eq!(tx.try_reserve_many(n - step).expect("room").len(), n - step);
            while oldest < next {
                assert_eq!(*rx.try_peek().expect("there"), oldest);
                assert_eq!(rx.try_recv().expect("there"), oldest);
                oldest += 1;
                let len = (next - oldest) as usize;
                assert_eq!((tx.len(), rx.len()), (len, len));
            }
            assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        }
        drop((tx, rx));
        ledger.assert_all_dropped();
    });
}

/// A parked send is let in by the receiver, who writes in the sender's place; then the sender goes on.
#[test]
fn the_receiver_writes_for_a_parked_sender() {
    on_lanes("the_receiver_writes", |n, make| {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make(n);
        let mut next = 0;
        let mut oldest = 0;
        for _ in 0..3 * n.min(50) {
            while tx.try_send(ledger.make(next)).is_ok() {
                next += 1;
            }
            let mut op = Box::pin(tx.send(ledger.make(next)));
            assert_pending(op.as_mut(), Waker::noop());
            assert_eq!(rx.try_recv().expect("there"), oldest);
            assert_eq!(rx.len(), n, "let in at once");
            assert_eq!(poll_noop(op.as_mut()), Poll::Ready(Ok(())));
            drop(op);
            oldest += 1;
            next += 1;
            assert!(tx.is_full());
            assert!(tx.try_send(ledger.make(next)).is_err_and(|e| e.is_full()));
            if next % 3 == 0 {
                assert_eq!(rx.try_recv().expect("there"), oldest);
                oldest += 1;
            }
        }
        let left: Vec<u64> = rx.drain().map(|m| m.id()).collect();
        assert_eq!(left, (oldest..next).collect::<Vec<_>>());
        drop((tx, rx));
        ledger.assert_all_dropped();
    });
}

/// Permits of one `reserve_many` go to several threads, which use and drop them at the same time, though
/// there is one sender: each message arrives, once, and the room of the others comes back.
#[test]
fn permits_are_used_in_several_threads() {
    on_lanes("permits in several threads", |n, make| {
        let threads = n.min(4);
        let ledger = Ledger::new();
        let (mut tx, mut rx) = make(n);
        for _ in 0..200 {
            let permits = tx.try_reserve_many(threads).expect("room");
            let start = Barrier::new(threads);
            thread::scope(|scope| {
                let users: Vec<_> = (permits.enumerate())
                    .map(|(id, permit)| {
                        let (start, ledger) = (&start, &ledger);
                        scope.spawn(move || {
                            start.wait();
                            if id == 3 {
                                drop(permit);
                            } else {
                                permit.send(ledger.make(id as u64)).expect("open");
                            }
                        })
                    })
                    .collect();
                for user in users {
                    user.join().expect("it does not panic");
                }
            });
            let mut ids: Vec<u64> = rx.try_iter().map(|message| message.id()).collect();
            ids.sort_unstable();
            assert_eq!(ids, (0..threads.min(3) as u64).collect::<Vec<_>>());
        }
        assert_eq!(tx.try_reserve_many(n).map(|permits| permits.len()).ok(), Some(n));
        ledger.assert_all_dropped();
    });
}
