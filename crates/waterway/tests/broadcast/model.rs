//! Random use, on one thread, beside a model that keeps every message and every cursor.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use waterway::broadcast::{self, Receiver, Sender};
use waterway::{Lagged, TryRecvError, TrySendError};

use crate::support::{Ledger, Tracked, explore};

type Message = Arc<Tracked>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Recv(usize),
    Refer(usize),
    Clone(usize),
    Subscribe { from_oldest: bool },
    Drop(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(
        prop_oneof![
            8 => Just(Step::Send),
            8 => (0..4usize).prop_map(Step::Recv),
            1 => (0..4usize).prop_map(Step::Refer),
            2 => (0..4usize).prop_map(Step::Clone),
            1 => Just(Step::Subscribe { from_oldest: false }),
            2 => Just(Step::Subscribe { from_oldest: true }),
            3 => (0..4usize).prop_map(Step::Drop),
        ],
        0..60,
    )
    .prop_flat_map(|steps| {
        let closed_at = prop_oneof![3 => Just(None), 1 => (0..60usize).prop_map(Some)];
        (Just(steps), closed_at)
    })
    .prop_map(|(mut steps, closed_at)| {
        if let Some(at) = closed_at {
            steps.insert(at.min(steps.len()), Step::Close);
        }
        steps
    })
}

/// What there should be.
struct Expected {
    capacity: u64,
    lossless: bool,
    closed: bool,
    /// The position of the oldest that is kept, and of the next.
    oldest: u64,
    tail: u64,
    cursors: Vec<u64>,
}

impl Expected {
    fn stands(&self, receiver: usize) -> u64 {
        self.cursors[receiver].max(self.oldest)
    }

    fn slowest(&self) -> u64 {
        let stands = (0..self.cursors.len()).map(|receiver| self.stands(receiver));
        stands.min().unwrap_or(self.tail)
    }

    fn send(&mut self) -> Result<usize, TrySendError<()>> {
        if self.closed {
            return Err(TrySendError::Closed(()));
        }
        if self.tail - self.oldest == self.capacity {
            if self.lossless && self.slowest() == self.oldest {
                return Err(TrySendError::Full(()));
            }
            self.oldest += 1;
        }
        self.tail += 1;
        Ok(self.cursors.len())
    }

    fn recv(&mut self, receiver: usize) -> Result<Result<u64, Lagged>, TryRecvError> {
        let cursor = &mut self.cursors[receiver];
        if *cursor < self.oldest {
            let lost = self.oldest - *cursor;
            *cursor = self.oldest;
            return Ok(Err(Lagged(lost)));
        }
        if *cursor == self.tail {
            return Err(if self.closed {
                TryRecvError::Closed
            } else {
                TryRecvError::Empty
            });
        }
        let position = *cursor;
        *cursor += 1;
        if self.slowest() > position {
            self.oldest = position + 1;
        }
        Ok(Ok(position))
    }

    fn drop(&mut self, receiver: usize) {
        let stood = self.stands(receiver);
        self.cursors.remove(receiver);
        if self.cursors.is_empty() || stood < self.tail && self.slowest() > stood {
            self.oldest = self.slowest();
        }
    }
}

/// All of it after each step: results, numbers, and which messages live.
fn follow(capacity: usize, lossless: bool, steps: &[Step]) {
    let make = if lossless {
        broadcast::lossless
    } else {
        broadcast::channel
    };
    let (sender, first): (Sender<Message>, Receiver<Message>) = make(capacity);
    let ledger = Ledger::new();
    let mut receivers = vec![first];
    let mut expected = Expected {
        capacity: capacity as u64,
        lossless,
        closed: false,
        oldest: 0,
        tail: 0,
        cursors: vec![0],
    };
    for &step in steps {
        let count = receivers.len();
        match step {
            Step::Send => {
                let sent = sender.try_send(Arc::new(ledger.make(expected.tail)));
                let sent = sent.map_err(|error| error.map(drop));
                assert_eq!(sent, expected.send());
            }
            Step::Recv(which) if which < count => {
                let found = receivers[which].try_recv();
                let found = found.map(|found| found.map(|message| message.id()));
                assert_eq!(found, expected.recv(which));
            }
            Step::Refer(which) if which < count => {
                let found = receivers[which].try_recv_ref();
                let found = found.map(|found| found.map(|message| message.id()));
                assert_eq!(found, expected.recv(which));
            }
            Step::Clone(which) if which < count && count < 4 => {
                receivers.push(receivers[which].clone());
                expected.cursors.push(expected.cursors[which]);
            }
            Step::Subscribe { from_oldest } if count < 4 => {
                let (receiver, cursor) = if from_oldest {
                    (sender.subscribe_from_oldest(), expected.oldest)
                } else {
                    (sender.subscribe(), expected.tail)
                };
                receivers.push(receiver);
                expected.cursors.push(cursor);
            }
            Step::Drop(which) if which < count => {
                drop(receivers.remove(which));
                expected.drop(which);
            }
            Step::Close => {
                assert!(sender.close());
                expected.closed = true;
            }
            _ => {}
        }
        let kept: Vec<u64> = (expected.oldest..expected.tail).collect();
        assert_eq!(ledger.live(), kept, "after {step:?}");
        assert_eq!(sender.len(), kept.len());
        assert!(sender.len() <= sender.capacity());
        assert_eq!(sender.receiver_count(), receivers.len());
        for (which, receiver) in receivers.iter().enumerate() {
            let ahead = expected.tail - expected.stands(which);
            assert_eq!(receiver.len() as u64, ahead);
            let lost = expected.stands(which) - expected.cursors[which];
            assert_eq!(receiver.lost(), lost);
        }
    }
    drop((sender, receivers));
    ledger.assert_all_dropped();
}

#[test]
fn e8_random_use_agrees_with_the_model() {
    for capacity in [1, 2, 3, 5] {
        for lossless in [false, true] {
            explore(300, &steps(), |steps| follow(capacity, lossless, &steps));
        }
    }
}

/// More than one hold of the lock frees: a ring that is larger than that.
#[test]
fn what_only_one_receiver_wanted_goes_with_it() {
    for lossless in [false, true] {
        let mut steps = vec![Step::Clone(0), Step::Clone(0)];
        steps.extend([Step::Send; 100]);
        steps.extend([Step::Recv(1); 30]);
        steps.extend([Step::Recv(2); 80]);
        // The slowest, the next, the last.
        steps.extend([Step::Drop(0), Step::Drop(0), Step::Drop(0)]);
        steps.extend([Step::Send; 100]);
        // Past what was sent while nobody was there.
        steps.push(Step::Subscribe { from_oldest: false });
        steps.extend([Step::Send, Step::Recv(0), Step::Recv(0)]);
        follow(100, lossless, &steps);
    }
}
