//! A policy that counts, and pages whose lives are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use waterway::pool::{self, Recycle};

use crate::support::{Ledger, Tracked};

/// What lies in the slots.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) words: Vec<u64>,
    /// Its number is how many were made before it.
    pub(crate) sheet: Tracked,
}

/// Where pages come from. It can be told to panic once.
pub(crate) struct Desk {
    pub(crate) ledger: Ledger,
    made: AtomicUsize,
    recycled: AtomicUsize,
    pub(crate) fail_to_make: AtomicBool,
    pub(crate) fail_to_recycle: AtomicBool,
}

pub(crate) type Sender = pool::Sender<Page, Arc<Desk>>;
pub(crate) type Receiver = pool::Receiver<Page, Arc<Desk>>;

impl Desk {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            ledger: Ledger::new(),
            made: AtomicUsize::new(0),
            recycled: AtomicUsize::new(0),
            fail_to_make: AtomicBool::new(false),
            fail_to_recycle: AtomicBool::new(false),
        })
    }

    /// A pool of pages from this desk.
    pub(crate) fn pool(self: &Arc<Self>, capacity: usize) -> (Sender, Receiver) {
        pool::with_recycle(capacity, self.clone())
    }

    /// How many it made, and how often one was recycled.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.made.load(SeqCst), self.recycled.load(SeqCst))
    }

    /// A page that comes from elsewhere.
    pub(crate) fn page(&self, word: u64) -> Page {
        Page {
            words: vec![word],
            sheet: self.ledger.make(1000),
        }
    }
}

impl Recycle<Page> for Desk {
    fn new_element(&self) -> Page {
        assert!(!self.fail_to_make.swap(false, SeqCst), "told not to make");
        let number = self.made.fetch_add(1, SeqCst);
        Page {
            words: Vec::new(),
            sheet: self.ledger.make(number as u64),
        }
    }

    fn recycle(&self, page: &mut Page) {
        assert!(
            !self.fail_to_recycle.swap(false, SeqCst),
            "told not to recycle"
        );
        self.recycled.fetch_add(1, SeqCst);
        page.words.clear();
    }
}

/// Writes a word in place, if there is a slot.
#[track_caller]
pub(crate) fn write(sender: &Sender, word: u64) {
    let mut slot = sender.try_slot().expect("a slot");
    assert!(slot.words.is_empty(), "what is free is fit to be used");
    slot.words.push(word);
    slot.send().expect("a receiver");
}

/// Reads the next word in place.
#[track_caller]
pub(crate) fn read(receiver: &mut Receiver) -> u64 {
    let page = receiver.try_recv_ref().expect("a message");
    assert_eq!(page.words.len(), 1);
    page.words[0]
}
