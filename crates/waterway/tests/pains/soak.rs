//! B1, B12, A1, A6 with threads and at random: everything that a sender and a receiver can do, cancelled at
//! any moment, all at once. What was sent arrives once, what came back never does, and nobody hangs.

use std::collections::HashSet;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use waterway::error::TrySendError;
use waterway::mpsc::{Receiver, Sender};
use waterway::{SendTimeoutError, Wait};

use crate::kit::{FORMS, Form, Rng};
use crate::support::{Ledger, Tracked, block_on, poll_noop, poll_once, watchdog};

/// What a thread knows of the messages that it made or met.
#[derive(Default)]
struct Book {
    /// Its send said Ok, or that it was delivered.
    sent: HashSet<u64>,
    /// It came back.
    returned: HashSet<u64>,
    /// Received, or displaced.
    arrived: Vec<u64>,
}

struct Worker<'a> {
    tx: &'a Sender<Tracked>,
    ledger: Ledger,
    me: u32,
    seq: u32,
    rng: Rng,
    book: Book,
}

impl Worker<'_> {
    fn message(&mut self) -> (u64, Tracked) {
        self.seq += 1;
        let message = self.ledger.make_from(self.me, self.seq);
        (message.id(), message)
    }

    fn note(&mut self, id: u64, back: Option<Tracked>) {
        match back {
            None => assert!(self.book.sent.insert(id)),
            Some(message) => {
                assert_eq!(message.id(), id, "another one came back");
                assert!(self.book.returned.insert(id));
            }
        }
    }

    /// One thing that a sender can do. It may give up at once, after a while, or not at all.
    fn step(&mut self) {
        let tx = self.tx;
        let pause = Duration::from_micros(self.rng.below(60) as u64);
        match self.rng.below(12) {
            0 => {
                let (id, message) = self.message();
                let sent = tx.try_send(message);
                self.note(id, sent.err().map(TrySendError::into_inner));
            }
            1 => {
                let (id, message) = self.message();
                let sent = tx.send(message).wait_timeout(pause);
                self.note(id, sent.err().map(SendTimeoutError::into_inner));
            }
            2 => {
                let (id, message) = self.message();
                let sent = block_on(tx.send(message));
                self.note(id, sent.err().map(|error| error.0));
            }
            3 => {
                // Polled a few times, then cancelled.
                let (id, message) = self.message();
                let mut send = Box::pin(tx.send(message));
                for _ in 0..1 + self.rng.below(3) {
                    if let Poll::Ready(sent) = poll_noop(send.as_mut()) {
                        return self.note(id, sent.err().map(|error| error.0));
                    }
                    self.rng.dawdle();
                }
                let back = send.as_mut().cancel().ok();
                self.note(id, back);
            }
            4 => {
                // Polled, then dropped: it may have gone or not.
                let (_, message) = self.message();
                let mut send = Box::pin(tx.send(message));
                let _ = poll_noop(send.as_mut());
                self.rng.dawdle();
            }
            5 => {
                let first = self.message();
                let rest = [self.message(), self.message(), self.message()];
                let ids = [first.0, rest[0].0, rest[1].0, rest[2].0];
                let batch = std::iter::once(first.1).chain(rest.map(|(_, message)| message));
                let (sent, rest) = match tx.send_many(batch).wait_timeout(pause) {
                    Ok(sent) => (sent, Vec::new()),
                    Err(error) => {
                        let unsent = error.into_inner();
                        (unsent.sent, unsent.rest.collect())
                    }
                };
                assert_eq!(sent + rest.len(), ids.len());
                ids[..sent].iter().for_each(|id| self.note(*id, None));
                for (id, message) in ids[sent..].iter().zip(rest) {
                    self.note(*id, Some(message));
                }
            }
            6 => {
                // Reserved, and used or not.
                let Ok(permit) = tx.reserve().wait_timeout(pause) else {
                    return;
                };
                self.rng.dawdle();
                if self.rng.below(2) == 0 {
                    let (id, message) = self.message();
                    self.note(id, permit.send(message).err().map(|error| error.0));
                }
            }
            7 => {
                let Ok(permits) = tx.reserve_many(2).wait_timeout(pause) else {
                    return;
                };
                for permit in permits.take(self.rng.below(3)) {
                    let (id, message) = self.message();
                    self.note(id, permit.send(message).err().map(|error| error.0));
                }
            }
            8 => {
                // Polled and dropped, woken or not.
                let mut reserve = Box::pin(tx.reserve_many(1 + self.rng.below(2)));
                let _ = poll_noop(reserve.as_mut());
                self.rng.dawdle();
            }
            9 => {
                let (id, message) = self.message();
                match tx.force_send(message) {
                    Ok(displaced) => {
                        self.note(id, None);
                        self.book
                            .arrived
                            .extend(displaced.map(|message| message.id()));
                    }
                    Err(error) => self.note(id, Some(error.into_inner())),
                }
            }
            10 => {
                let mut flush = Box::pin(tx.flush());
                if poll_noop(flush.as_mut()).is_pending() {
                    let _ = flush.as_mut().wait_timeout(pause);
                }
            }
            _ => {
                let (id, message) = self.message();
                let mut send = Box::pin(tx.clone().send_owned(message));
                if let Ok((sent, _tx)) = send.as_mut().wait_timeout(pause) {
                    return self.note(id, sent.err().map(|error| error.0));
                }
                let (back, _tx) = send.as_mut().cancel();
                self.note(id, back.ok());
            }
        }
        if let Some(capacity) = tx.capacity() {
            let len = tx.len();
            assert!(len <= capacity, "{len} in a channel of {capacity}");
        }
    }
}

/// One thing that a receiver can do; `None` at the end.
fn receive(rx: &mut Receiver<Tracked>, rng: &mut Rng, got: &mut Vec<Tracked>) -> Option<()> {
    let pause = Duration::from_micros(rng.below(60) as u64);
    match rng.below(9) {
        0 => got.extend(rx.try_recv()),
        1 => got.push(rx.recv().wait()?),
        2 => got.push(block_on(rx.recv())?),
        3 => got.extend(rx.recv().wait_timeout(pause)),
        4 => {
            let mut recv = Box::pin(rx.recv());
            if let Poll::Ready(message) = poll_noop(recv.as_mut()) {
                got.push(message?);
            }
            rng.dawdle();
        }
        5 => drop(rx.recv_many(got, 3).wait()?),
        6 => got.extend(rx.drain()),
        7 => {
            let peeked = rx.peek().wait_timeout(pause).ok().map(Tracked::id);
            rng.dawdle();
            if let (Some(peeked), true) = (peeked, rng.below(2) == 0) {
                let message = rx.try_recv().expect("what was peeked stays");
                assert_eq!(message.id(), peeked);
                got.push(message);
            }
        }
        _ => {
            let mut next = Box::pin(std::future::poll_fn(|cx| rx.poll_recv(cx)));
            if let Poll::Ready(message) = poll_once(Pin::new(&mut next), Waker::noop()) {
                got.push(message?);
            }
        }
    }
    Some(())
}

#[cfg(target_os = "linux")]
fn hold_up(yes: bool) -> Option<crate::support::Victim> {
    yes.then(crate::support::Victim::here)
}

#[cfg(not(target_os = "linux"))]
fn hold_up(_: bool) {}

/// The soak: `steps` of three senders each; the receiver goes on to the end, or leaves in the middle; all are
/// held up now and then, or run free.
pub(crate) fn soak(form: Form, seed: u64, steps: usize, leaves: bool, held_up: bool) {
    let ledger = Ledger::new();
    let (tx, mut rx) = form.open();
    let books: Vec<Book> = thread::scope(|scope| {
        let senders: Vec<_> = (0..3)
            .map(|me| {
                let tx = tx.clone();
                scope.spawn(move || {
                    let _victim = hold_up(held_up);
                    let mut worker = Worker {
                        tx: &tx,
                        ledger,
                        me,
                        seq: 0,
                        rng: Rng::new(seed * 31 + u64::from(me)),
                        book: Book::default(),
                    };
                    (0..steps).for_each(|_| worker.step());
                    worker.book
                })
            })
            .collect();
        drop(tx);
        let victim = hold_up(held_up);
        let mut rng = Rng::new(seed);
        let mut book = Book::default();
        let mut got = Vec::new();
        let mut left = if leaves {
            rng.below(2 * steps)
        } else {
            usize::MAX
        };
        while left > 0 && receive(&mut rx, &mut rng, &mut got).is_some() {
            book.arrived
                .extend(got.drain(..).map(|message| message.id()));
            left -= 1;
        }
        book.arrived
            .extend(got.drain(..).map(|message| message.id()));
        drop(rx);
        drop(victim);
        let join = |s: thread::ScopedJoinHandle<'_, Book>| {
            s.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        let mut books: Vec<Book> = senders.into_iter().map(join).collect();
        books.push(book);
        books
    });
    ledger.assert_all_dropped();
    let mut arrived = HashSet::new();
    for id in books.iter().flat_map(|book| &book.arrived) {
        assert!(arrived.insert(*id), "{form:?}: {id:#x} arrived twice");
    }
    for book in &books {
        let ghosts: Vec<_> = book.returned.intersection(&arrived).collect();
        assert!(
            ghosts.is_empty(),
            "{form:?}: came back, and arrived: {ghosts:#x?}"
        );
        let lost: Vec<_> = book.sent.difference(&arrived).collect();
        assert!(
            leaves || lost.is_empty(),
            "{form:?}: sent, and lost: {lost:#x?}"
        );
    }
}

/// How many times as long as usual; for hunting: `WATERWAY_SOAK=100 cargo test --test pains soak`.
pub(crate) fn patience() -> u64 {
    let times = std::env::var("WATERWAY_SOAK").ok();
    times.map_or(1, |times| times.parse().expect("WATERWAY_SOAK is a number"))
}

/// B1 with threads: the receiver goes on to the end.
#[test]
fn b1_random_cancellation_with_threads() {
    for form in FORMS {
        for seed in 1..=8 * patience() {
            let name = format!("b1 {form:?}, {seed}");
            watchdog(&name, Duration::from_secs(30 * patience()), move || {
                soak(form, seed, 200, false, false)
            });
        }
    }
}

/// B6 with threads, at random: the receiver leaves in the middle of it all.
#[test]
fn b6_random_use_while_the_receiver_leaves() {
    for form in FORMS {
        for seed in 1..=25 * patience() {
            let name = format!("b6 {form:?}, {seed}");
            watchdog(&name, Duration::from_secs(30 * patience()), move || {
                soak(form, seed, 40, true, false)
            });
        }
    }
}
