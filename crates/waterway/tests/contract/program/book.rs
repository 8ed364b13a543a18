//! The book of a random program: what was offered, what senders were told, what arrived.

use crate::support::{Ledger, Tracked};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    /// In an operation that has not ended, or was dropped.
    Nothing,
    Sent,
    NotSent,
    Displaced,
}

#[derive(Clone, Copy, Debug)]
struct Message {
    told: Told,
    /// When it was first offered, and when it was known to be in the channel.
    offered: Option<u32>,
    inside: Option<u32>,
    /// Sent by itself and without permit: parked, it keeps its place.
    plain: bool,
}

impl Message {
    /// Was this one before `other`, as far as their senders can tell?
    fn must_precede(self, other: Self) -> bool {
        let Some(offered) = other.offered else {
            return false;
        };
        let waited_first = self.plain && other.plain && self.offered.is_some_and(|at| at < offered);
        waited_first || self.inside.is_some_and(|at| at < offered)
    }
}

pub(super) struct Book {
    ledger: Ledger,
    clock: u32,
    messages: BTreeMap<u64, Message>,
    received: Vec<u64>,
    peeked: Option<u64>,
    forgotten: BTreeSet<u64>,
    /// The receiver was dropped: what was sent then dies unreceived.
    receiver_gone: bool,
}

impl Book {
    pub(super) fn new() -> Book {
        Book {
            ledger: Ledger::new(),
            clock: 0,
            messages: BTreeMap::new(),
            received: Vec::new(),
            peeked: None,
            forgotten: BTreeSet::new(),
            receiver_gone: false,
        }
    }

    /// Time goes on: what happens from now on happens later.
    pub(super) fn tick(&mut self) {
        self.clock += 1;
    }

    pub(super) fn make(&mut self, plain: bool) -> Tracked {
        let id = self.messages.len() as u64;
        let message = Message {
            told: Told::Nothing,
            offered: None,
            inside: None,
            plain,
        };
        self.messages.insert(id, message);
        self.ledger.make(id)
    }

    fn message(&mut self, id: u64) -> &mut Message {
        self.messages.get_mut(&id).expect("made here")
    }

    pub(super) fn offered(&mut self, ids: &[u64]) {
        let now = self.clock;
        for id in ids {
            self.message(*id).offered.get_or_insert(now);
        }
    }

    /// The sender was told that it went (and it may have been displaced before the sender looked).
    pub(super) fn sent(&mut self, ids: &[u64]) {
        let now = self.clock;
        for id in ids {
            let message = self.message(*id);
            message.offered.get_or_insert(now);
            message.inside.get_or_insert(now);
            if message.told == Told::Nothing {
                message.told = Told::Sent;
            }
        }
    }

    pub(super) fn not_sent(&mut self, back: &Tracked) {
        let message = self.message(back.id());
        assert_eq!(message.told, Told::Nothing, "{back:?} came back");
        message.told = Told::NotSent;
    }

    pub(super) fn batch_back(
        &mut self,
        ids: &[u64],
        sent: usize,
        rest: impl Iterator<Item = Tracked>,
    ) {
        let back: Vec<Tracked> = rest.collect();
        let back_ids: Vec<u64> = back.iter().map(Tracked::id).collect();
        assert_eq!(back_ids, ids[sent..], "in order");
        self.sent(&ids[..sent]);
        back.iter().for_each(|message| self.not_sent(message));
    }

    pub(super) fn displaced(&mut self, old: &Tracked) {
        let id = old.id();
        assert_ne!(self.peeked, Some(id), "peeked, and displaced");
        assert!(!self.received.contains(&id), "received, and displaced");
        let message = self.message(id);
        assert!(
            matches!(message.told, Told::Nothing | Told::Sent),
            "{id}: {message:?}"
        );
        message.told = Told::Displaced;
    }

    pub(super) fn peeked(&mut self, seen: Option<u64>) {
        if let Some(before) = self.peeked {
            assert_eq!(seen, Some(before), "it stays the next");
        }
        self.peeked = seen;
    }

    pub(super) fn received(&mut self, got: &Tracked) {
        let id = got.id();
        if let Some(peeked) = self.peeked.take() {
            assert_eq!(peeked, id, "the peeked one comes first");
        }
        assert!(!self.received.contains(&id), "{id} came twice");
        self.received.push(id);
    }

    pub(super) fn receipts(&self) -> usize {
        self.received.len()
    }

    /// Nobody will hear of these again: they may arrive, or leak with their operation.
    pub(super) fn forgotten(&mut self, ids: &[u64]) {
        self.forgotten.extend(ids);
    }

    pub(super) fn receiver_gone(&mut self) {
        self.receiver_gone = true;
        self.peeked = None;
    }

    /// Everything is over and every handle is gone: does it all add up?
    pub(super) fn settle(&self) {
        self.ledger.assert_no_double_drop();
        let live: BTreeSet<u64> = self.ledger.live().into_iter().collect();
        assert!(
            live.is_subset(&self.forgotten),
            "leaked: {live:?}, forgotten {:?}",
            self.forgotten
        );
        for (id, message) in &self.messages {
            let received = self.received.contains(id);
            match message.told {
                Told::Sent => assert!(received || self.receiver_gone, "{id} was sent and is lost"),
                Told::NotSent | Told::Displaced => {
                    assert!(!received, "{id}: {message:?}, and received");
                }
                Told::Nothing => {}
            }
        }
        for (n, later) in self.received.iter().enumerate() {
            for earlier in &self.received[..n] {
                let (first, second) = (self.messages[earlier], self.messages[later]);
                let overtaken = second.must_precede(first);
                assert!(
                    !overtaken,
                    "{later} was sent before {earlier}: {:?}",
                    self.received
                );
            }
        }
    }
}
