//! Random programs: every message arrives once or is dropped once, and in order.

use std::collections::VecDeque;
use std::pin::Pin;

use proptest::prelude::*;
use waterway::error::Delivered;
use waterway::inbox;

use crate::LIMIT;
use crate::support::{Ledger, Tracked, explore, poll_noop, watchdog};

#[derive(Clone, Copy, Debug)]
enum Step {
    TrySend,
    Park,
    Repoll(usize),
    Cancel(usize),
    DropSend(usize),
    TryRecv,
    DropRecv,
    Recv,
    Many(usize),
    Look,
    Lease(bool),
    Drain,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::TrySend),
        6 => Just(Step::Park),
        3 => (0..8_usize).prop_map(Step::Repoll),
        2 => (0..8_usize).prop_map(Step::Cancel),
        2 => (0..8_usize).prop_map(Step::DropSend),
        6 => Just(Step::TryRecv),
        2 => Just(Step::DropRecv),
        3 => Just(Step::Recv),
        2 => (0..5_usize).prop_map(Step::Many),
        2 => Just(Step::Look),
        2 => any::<bool>().prop_map(Step::Lease),
        1 => Just(Step::Drain),
        1 => Just(Step::Close),
    ]
}

type Send = Pin<Box<inbox::SendOwnedOp<Tracked>>>;

/// What the inbox should hold, and who should wait.
struct Model {
    capacity: usize,
    inside: VecDeque<u64>,
    parked: VecDeque<u64>,
    closed: bool,
}

impl Model {
    fn settle(&mut self) {
        while self.inside.len() < self.capacity {
            let Some(id) = self.parked.pop_front() else {
                break;
            };
            self.inside.push_back(id);
        }
    }

    fn take(&mut self) -> Option<u64> {
        let id = self.inside.pop_front();
        self.settle();
        id
    }
}

fn runs(capacity: usize, steps: &[Step]) {
    let ledger = Ledger::new();
    {
        let (sender, mut receiver) = inbox::bounded(capacity);
        let mut model = Model {
            capacity,
            inside: VecDeque::new(),
            parked: VecDeque::new(),
            closed: false,
        };
        let mut sends: Vec<(u64, Send)> = Vec::new();
        for (id, &step) in steps.iter().enumerate() {
            let id = id as u64;
            match step {
                Step::TrySend => {
                    let room = model.inside.len() < capacity && !model.closed;
                    assert_eq!(sender.try_send(ledger.make(id)).is_ok(), room);
                    if room {
                        model.inside.push_back(id);
                    }
                }
                Step::Park => {
                    let mut send = Box::pin(sender.clone().send_owned(ledger.make(id)));
                    let polled = poll_noop(send.as_mut());
                    if model.closed {
                        assert!(polled.is_ready());
                    } else if model.inside.len() < capacity {
                        assert!(polled.is_ready());
                        model.inside.push_back(id);
                    } else {
                        assert!(polled.is_pending());
                        model.parked.push_back(id);
                        sends.push((id, send));
                    }
                }
                Step::Repoll(which) | Step::Cancel(which) | Step::DropSend(which)
                    if which < sends.len() =>
                {
                    let (id, mut send) = sends.remove(which);
                    let waits = model.parked.contains(&id);
                    match step {
                        Step::Repoll(_) => {
                            let polled = poll_noop(send.as_mut());
                            assert_eq!(polled.is_pending(), waits && !model.closed);
                            if polled.is_pending() {
                                sends.insert(which, (id, send));
                                continue;
                            }
                        }
                        Step::Cancel(_) => match send.as_mut().cancel() {
                            (Ok(back), _) => assert!(waits && back.id() == id),
                            (Err(Delivered), _) => assert!(!waits),
                        },
                        _ => drop(send),
                    }
                    model.parked.retain(|&other| other != id);
                }
                Step::Repoll(_) | Step::Cancel(_) | Step::DropSend(_) => {}
                Step::TryRecv => {
                    let got = receiver.try_recv().ok().map(|message| message.id());
                    assert_eq!(got, model.take());
                }
                Step::DropRecv => {
                    if model.inside.is_empty() {
                        let _ = poll_noop(Box::pin(receiver.recv()).as_mut());
                    } else {
                        drop(receiver.recv());
                    }
                }
                Step::Recv => {
                    let got = receiver.recv().wait_timeout(std::time::Duration::ZERO);
                    assert_eq!(got.ok().map(|message| message.id()), model.take());
                }
                Step::Many(limit) => {
                    let mut buffer = Vec::new();
                    let _ = poll_noop(Box::pin(receiver.recv_many(&mut buffer, limit)).as_mut());
                    let wanted: Vec<u64> = (0..limit).map_while(|_| model.take()).collect();
                    let got: Vec<u64> = buffer.iter().map(Tracked::id).collect();
                    assert_eq!(got, wanted);
                }
                Step::Look => {
                    let seen = receiver.try_peek().ok().map(Tracked::id);
                    assert_eq!(seen, model.inside.front().copied());
                }
                Step::Lease(acknowledges) => {
                    let lease = receiver.try_recv_leased().ok();
                    assert_eq!(
                        lease.as_deref().map(Tracked::id),
                        model.inside.front().copied()
                    );
                    if let Some(lease) = lease.filter(|_| acknowledges) {
                        assert_eq!(Some(lease.ack().id()), model.take());
                    }
                }
                Step::Drain => {
                    let got: Vec<u64> = receiver.drain().map(|message| message.id()).collect();
                    let wanted: Vec<u64> = std::iter::from_fn(|| model.take()).collect();
                    assert_eq!(got, wanted);
                }
                Step::Close => {
                    assert_eq!(sender.close(), !model.closed);
                    model.closed = true;
                    // They have their messages still, and get no slot any more.
                    let mut left = Vec::new();
                    std::mem::swap(&mut left, &mut sends);
                    for (id, send) in &mut left {
                        assert_eq!(
                            poll_noop(send.as_mut()).map(|(sent, _)| sent.is_err()),
                            std::task::Poll::Ready(model.parked.contains(id))
                        );
                    }
                    model.parked.clear();
                }
            }
            assert_eq!(sender.len(), model.inside.len());
            let full = model.inside.len() == capacity || !model.parked.is_empty();
            assert_eq!(sender.is_full(), full);
            ledger.assert_no_double_drop();
        }
    }
    ledger.assert_all_dropped();
}

#[test]
fn the_inbox_does_as_the_model() {
    watchdog("random programs", LIMIT, || {
        let programs = (1..=9_usize, proptest::collection::vec(step(), 1..120));
        explore(1500, &programs, |(capacity, steps)| {
            runs(capacity, &steps);
        });
    });
}

/// Threads that send, give up, and receive now and then: what was sent and not given back arrives.
#[test]
fn messages_are_conserved_under_cancellation() {
    use std::time::Duration;
    const SENDERS: usize = 3;
    const EACH: u32 = 2000;
    for capacity in [1, 3, 8] {
        watchdog("cancellation", LIMIT, move || {
            let ledger = Ledger::new();
            let (sender, mut receiver) = inbox::bounded(capacity);
            let threads: Vec<_> = (0..SENDERS as u32)
                .map(|from| {
                    let sender = sender.clone();
                    std::thread::spawn(move || {
                        let mut given_back = 0;
                        for seq in 0..EACH {
                            let message = ledger.make_from(from, seq);
                            let patience = Duration::from_micros(u64::from(seq % 7) * 10);
                            given_back +=
                                u32::from(sender.send(message).wait_timeout(patience).is_err());
                        }
                        given_back
                    })
                })
                .collect();
            drop(sender);
            let (mut received, mut last) = (0, [None; SENDERS]);
            loop {
                match receiver.recv().wait_timeout(Duration::from_micros(20)) {
                    Ok(message) => {
                        received += 1;
                        let last = &mut last[message.sender() as usize];
                        assert!(last.is_none_or(|last| last < message.seq()));
                        *last = Some(message.seq());
                    }
                    Err(error) if error.is_closed() => break,
                    Err(_) => {}
                }
            }
            let given_back: u32 = threads.into_iter().map(|t| t.join().unwrap()).sum();
            assert_eq!(received + given_back, EACH * SENDERS as u32);
            drop(receiver);
            ledger.assert_all_dropped();
        });
    }
}
