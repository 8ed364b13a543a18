//! What bites where several receivers share a channel: the rows for the kinds that name this module.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Barrier;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_core::Stream;

use super::kind::{self, Receiver, Sender};
use crate::kit::{Bounded, Case, FORMS, Form, Rng, Unbounded, Waiting, race};
use crate::support::{Ledger, Tracked, watchdog};

const LIMIT: Duration = Duration::from_secs(60);

/// What can wait for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Get {
    Recv,
    RecvMany,
    PollRecv,
    Next,
}

impl Get {
    const ALL: [Get; 4] = [Get::Recv, Get::RecvMany, Get::PollRecv, Get::Next];

    /// The operation, polled once: it waits for one message.
    #[track_caller]
    fn park(self, rx: &Receiver<Tracked>) -> Waiting<'_, Option<u64>> {
        let id = |message: Option<Tracked>| message.map(|message| message.id());
        match self {
            Get::Recv => Waiting::park(async move { id(rx.recv().await) }),
            Get::RecvMany => Waiting::park(async move {
                let mut buffer = Vec::new();
                rx.recv_many(&mut buffer, 1).await;
                id(buffer.pop())
            }),
            Get::PollRecv => {
                let mut stream = rx.stream();
                Waiting::park(poll_fn(move |cx| stream.poll_recv(cx).map(id)))
            }
            Get::Next => {
                let mut stream = rx.stream();
                Waiting::park(poll_fn(move |cx| {
                    Pin::new(&mut stream).poll_next(cx).map(id)
                }))
            }
        }
    }
}

/// Sends by a task that may have to wait for a receiver; keep the result until it has been received.
#[must_use]
fn post(tx: &Sender<Tracked>, message: Tracked) -> Waiting<'_, bool> {
    let mut waiting = Waiting::new(async move { tx.send(message).await.is_ok() });
    let _ = waiting.poll();
    waiting
}

fn open<T>(form: Form) -> (Sender<T>, Receiver<T>) {
    match form {
        Bounded(n) => kind::bounded(n),
        Unbounded => kind::unbounded(),
    }
}

fn fill(form: Form, tx: &Sender<Tracked>, ledger: &Ledger) -> usize {
    for id in 0..form.slots() {
        tx.try_send(ledger.make(id as u64)).expect("room left");
    }
    form.slots()
}

/// A2: two receives wait, one message comes, and whichever was woken is dropped: the other is woken, and gets
/// it.
#[test]
fn a2_many_cancel_woken_recv_passes_baton() {
    for form in FORMS {
        for first in Get::ALL {
            for second in Get::ALL {
                let _case = Case::new((form, first, second));
                let ledger = Ledger::new();
                let (tx, rx) = open(form);
                let mut waiting = vec![first.park(&rx), second.park(&rx)];
                let sent = post(&tx, ledger.make(1));
                let woken: Vec<bool> = waiting.iter().map(Waiting::woken).collect();
                assert_eq!(woken, [true, false], "one message wakes one");
                drop(waiting.remove(0));
                assert_eq!(waiting[0].finish(), Some(1));
                drop((sent, waiting));
                ledger.assert_all_dropped();
            }
        }
    }
}

threaded! {
    /// A2 with real threads: the drop of a receive that waits races the send that wakes it.
    #[test]
    fn a2_many_cancel_racing_the_send() {
        for form in FORMS {
            watchdog("a2 many", LIMIT, move || {
                for round in 0..400u64 {
                    let ledger = Ledger::new();
                    let (tx, rx) = open(form);
                    let mut second;
                    let sent;
                    {
                        let mut leaving = Box::pin(rx.recv());
                        assert!(crate::support::poll_noop(leaving.as_mut()).is_pending());
                        second = Get::Next.park(&rx);
                        ((), sent) = race(
                            || {
                                Rng::new(round).dawdle();
                                drop(leaving);
                            },
                            || {
                                let mut op = Box::pin(tx.send(ledger.make(1)));
                                let _ = crate::support::poll_noop(op.as_mut());
                                op
                            },
                        );
                    }
                    assert_eq!(second.finish(), Some(1), "{form:?}, round {round}");
                    drop((sent, second));
                    ledger.assert_all_dropped();
                }
            });
        }
    }
}

/// A3: so many forgotten receives stand in front: each of them has the wake-up of one message, and the next
/// message reaches past them all. A forgotten one takes no message with it.
#[test]
fn a3_many_forgotten_recv_absorbs_one_wake() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, rx) = open(form);
            // Those that fit into the channel with a message for the living one.
            let dead = match form {
                Bounded(n @ 1..) => n - 1,
                Bounded(0) | Unbounded => 9,
            };
            for _ in 0..dead {
                get.park(&rx).forget();
            }
            let mut living = get.park(&rx);
            let mut sent = Vec::new();
            for id in 0..dead as u64 {
                sent.push(post(&tx, ledger.make(id)));
                assert!(!living.woken());
            }
            sent.push(post(&tx, ledger.make(dead as u64)));
            assert_eq!(living.finish(), Some(0));
            let rest: Vec<u64> = rx.try_iter().map(|m| m.id()).collect();
            assert_eq!(rest, (1..=dead as u64).collect::<Vec<_>>());
            drop((sent, living));
            ledger.assert_all_dropped();
        }
    }
}

/// A3: as many forgotten receives as there are slots, or more: the messages that they were woken for fill the
/// channel, and the senders that wait for room now have to reach past them.
#[test]
fn a3_many_forgotten_crowd_at_a_full_channel() {
    for form in FORMS {
        for get in Get::ALL {
            for dead in form.slots()..form.slots() + 3 {
                let _case = Case::new((form, get, dead));
                let ledger = Ledger::new();
                let (tx, rx) = open(form);
                for _ in 0..dead {
                    get.park(&rx).forget();
                }
                let mut living = get.park(&rx);
                let sent: Vec<_> = (0..=dead as u64)
                    .map(|id| post(&tx, ledger.make(id)))
                    .collect();
                assert_eq!(living.finish(), Some(0));
                let rest: Vec<u64> = rx.try_iter().map(|m| m.id()).collect();
                assert_eq!(rest, (1..=dead as u64).collect::<Vec<_>>());
                drop((sent, living));
                ledger.assert_all_dropped();
            }
        }
    }
}

/// A9: two tasks wait on one and the same receiver. Each has a place for its waker: however often they are
/// polled, neither wakes the other nor takes its waker, and each gets a message.
#[test]
fn a9_many_tasks_share_a_receiver() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, rx) = open(form);
            let mut tasks = [get.park(&rx), get.park(&rx)];
            for _ in 0..100 {
                for task in &mut tasks {
                    assert!(task.poll().is_pending());
                }
            }
            let wakes = tasks.each_ref().map(|task| task.probe.wakes());
            assert_eq!(wakes, [0, 0], "they wake each other");
            assert_eq!(tasks.each_ref().map(|task| task.probe.refs()), [1, 1]);
            for (id, task) in tasks.iter_mut().enumerate() {
                let sent = post(&tx, ledger.make(id as u64));
                assert_eq!(task.finish(), Some(id as u64));
                drop(sent);
            }
            let wakes = tasks.each_ref().map(|task| task.probe.wakes());
            assert_eq!(wakes, [1, 1]);
        }
    }
}

/// B6: with the last receiver everything in the channel goes, at once, though senders and weak receivers live
/// on; not with the others.
#[test]
fn b6_many_last_receiver_takes_the_messages_along() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, rx) = open(form);
        let (other, weak) = (rx.clone(), rx.downgrade());
        let filled = fill(form, &tx, &ledger);
        let mut parked = (form != Unbounded).then(|| post(&tx, ledger.make(100)));
        drop(rx);
        assert_eq!(ledger.dropped(), 0, "a receiver lives");
        drop(other);
        assert_eq!(ledger.dropped(), filled, "they outlive the last receiver");
        if let Some(parked) = &mut parked {
            assert!(!parked.finish(), "sent to nobody");
        }
        assert!(weak.upgrade().is_none() && tx.is_closed());
        ledger.assert_all_dropped();
    }
}

threaded! {
    /// What a thread is given.
    enum End {
        Tx(Sender<Tracked>),
        Rx(Receiver<Tracked>),
    }

    /// Gives each thread its end, and has them start together. Moved, not handed over under a lock of the
    /// standard library, which a sanitizer does not see.
    fn each<const N: usize>(ends: [End; N], job: impl Fn(usize, End) + Sync) {
        let start = Barrier::new(N);
        thread::scope(|scope| {
            let threads: Vec<_> = (ends.into_iter().enumerate())
                .map(|(i, end)| {
                    let (start, job) = (&start, &job);
                    scope.spawn(move || {
                        start.wait();
                        job(i, end);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().expect("it does not panic");
            }
        });
    }

    /// B6 with threads: the receivers go one after the other while senders are at it.
    #[test]
    fn b6_many_receivers_drop_race_senders() {
        for form in FORMS {
            watchdog("b6 many", LIMIT, move || {
                for round in 0..150u64 {
                    let ledger = Ledger::new();
                    let (tx, rx) = open(form);
                    let ends = [
                        End::Tx(tx.clone()),
                        End::Tx(tx.clone()),
                        End::Rx(rx.clone()),
                        End::Rx(rx),
                    ];
                    each(ends, |i, end| match end {
                        End::Tx(tx) => {
                            let mut id = 0;
                            while tx.send(ledger.make(id)).wait().is_ok() {
                                id += 1;
                            }
                        }
                        End::Rx(rx) => {
                            for _ in 0..round % 5 {
                                drop(rx.try_recv());
                            }
                            Rng::new(round + i as u64).dawdle();
                        }
                    });
                    // A sender lives.
                    ledger.assert_all_dropped();
                    drop(tx);
                }
            });
        }
    }

    /// C2: the receivers leave before, at, or after the very first send.
    #[test]
    fn c2_many_receivers_drop_race_the_first_send() {
        for form in FORMS {
            watchdog("c2 many", LIMIT, move || {
                for round in 0..400u64 {
                    let ledger = Ledger::new();
                    let (tx, rx) = open(form);
                    let ends = [End::Tx(tx), End::Rx(rx.clone()), End::Rx(rx)];
                    each(ends, |i, end| {
                        Rng::new(round + i as u64).dawdle();
                        match end {
                            End::Tx(tx) => drop(tx.try_send(ledger.make(1))),
                            End::Rx(rx) => {
                                if round % 2 == 0 {
                                    drop(rx.try_recv());
                                }
                            }
                        }
                    });
                    ledger.assert_all_dropped();
                }
            });
        }
    }
}

/// C5: operations and streams are leaked as they wait, and their receiver is dropped, or moves; the other side
/// goes on, as do other receivers.
#[test]
fn c5_many_forgotten_recv_outlives_its_handle() {
    for form in FORMS {
        for get in Get::ALL {
            for others in [false, true] {
                let _case = Case::new((form, get, others));
                let ledger = Ledger::new();
                let (tx, rx) = open(form);
                let other = others.then(|| rx.clone());
                let boxed = Box::new(rx);
                get.park(&boxed).forget();
                let moved = *boxed;
                get.park(&moved).forget();
                drop(moved);
                let sent = post(&tx, ledger.make(1));
                assert_eq!(tx.is_closed(), !others);
                if let Some(other) = other {
                    assert_eq!(other.try_recv().expect("sent"), 1);
                    let mut living = get.park(&other);
                    // The leaked ones may have a wake-up each.
                    let more: Vec<_> = (2..5).map(|id| post(&tx, ledger.make(id))).collect();
                    while let Ok(message) = other.try_recv() {
                        drop(message);
                    }
                    // With one slot, the second of them had to wait for room.
                    assert!(living.woken() || form == Bounded(1));
                    let _ = living.poll();
                    drop(more);
                }
                drop(sent);
                drop(tx);
                ledger.assert_all_dropped();
            }
        }
    }
}

/// E6: eight receivers wait on a channel with a slow sender: each message wakes one of them, once, and who was
/// woken for nothing (another was faster) wakes nobody.
#[test]
fn e6_many_idle_receivers_do_not_wake_each_other() {
    const MESSAGES: usize = 200;
    for form in FORMS {
        for robbed in [false, true] {
            let _case = Case::new((form, robbed));
            let ledger = Ledger::new();
            let (tx, rx) = open(form);
            let mut waiting: Vec<_> = (0..8).map(|i| Get::ALL[i % 4].park(&rx)).collect();
            let (mut wakes, mut polls) = (0, 0);
            for id in 0..MESSAGES as u64 {
                let sent = post(&tx, ledger.make(id));
                if robbed {
                    assert_eq!(rx.try_recv().expect("sent"), id);
                }
                while let Some(i) = waiting.iter().position(Waiting::woken) {
                    polls += 1;
                    if let Poll::Ready(got) = waiting[i].poll() {
                        assert_eq!((got, robbed), (Some(id), false));
                        wakes += waiting[i].probe.wakes();
                        waiting[i] = Get::ALL[i % 4].park(&rx);
                    }
                }
                drop(sent);
            }
            wakes += waiting.iter().map(|w| w.probe.wakes()).sum::<usize>();
            assert_eq!((wakes, polls), (MESSAGES, MESSAGES));
        }
    }
}
