//! Payloads that are counted: each one created must be dropped exactly once.

use std::fmt;
use std::sync::Mutex;

/// The book of one test: which payloads were made, and how often each was dropped.
///
/// The book itself is leaked on purpose: a payload holds nothing that a double drop could corrupt,
/// so a broken channel gives a failed assertion instead of an abort.
#[derive(Clone, Copy)]
pub(crate) struct Ledger(&'static Mutex<Vec<Entry>>);

struct Entry {
    id: u64,
    drops: u32,
}

/// A payload entered in a [`Ledger`]. Not `Clone`, not `Debug`-less, `Send + Sync`.
pub(crate) struct Tracked {
    id: u64,
    serial: usize,
    ledger: Ledger,
    /// `serial` scrambled: bytes that are no `Tracked` do not have it.
    seal: usize,
}

const SEAL: usize = 0x5eed_cafe;

/// How many payloads a [`Ledger`] met, by [`Ledger::meets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meets {
    pub(crate) created: usize,
    pub(crate) dropped: usize,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self::with_room(0)
    }

    /// A book that needs no memory for its first `entries` payloads.
    pub(crate) fn with_room(entries: usize) -> Self {
        let entries = Vec::with_capacity(entries);
        Ledger(Box::leak(Box::new(Mutex::new(entries))))
    }

    /// Apart, so that the sanitizer can be told to pass over the book and not over the payload.
    #[inline(never)]
    fn note_drop(&self, serial: usize) {
        self.entries()[serial].drops += 1;
    }

    fn entries(&self) -> std::sync::MutexGuard<'static, Vec<Entry>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A new payload called `id`; ids need not be unique.
    pub(crate) fn make(&self, id: u64) -> Tracked {
        let mut entries = self.entries();
        let serial = entries.len();
        entries.push(Entry { id, drops: 0 });
        Tracked {
            id,
            serial,
            ledger: *self,
            seal: serial ^ SEAL,
        }
    }

    /// A new payload that says who sent it and as which one.
    pub(crate) fn make_from(&self, sender: u32, seq: u32) -> Tracked {
        self.make((u64::from(sender) << 32) | u64::from(seq))
    }

    pub(crate) fn meets(&self) -> Meets {
        let entries = self.entries();
        Meets {
            created: entries.len(),
            dropped: entries.iter().filter(|e| e.drops > 0).count(),
        }
    }

    pub(crate) fn created(&self) -> usize {
        self.meets().created
    }

    pub(crate) fn dropped(&self) -> usize {
        self.meets().dropped
    }

    /// Starts the book anew, keeping its memory. Everything in it must have been dropped.
    pub(crate) fn forget_all(&self) {
        self.assert_all_dropped();
        self.entries().clear();
    }

    /// The ids of the payloads that live now, oldest first.
    pub(crate) fn live(&self) -> Vec<u64> {
        self.assert_no_double_drop();
        let entries = self.entries();
        let live = entries.iter().filter(|e| e.drops == 0);
        live.map(|e| e.id).collect()
    }

    /// How often the payloads called `id` were dropped, all together.
    pub(crate) fn drops_of(&self, id: u64) -> u32 {
        let entries = self.entries();
        let named = entries.iter().filter(|e| e.id == id);
        named.map(|e| e.drops).sum()
    }

    pub(crate) fn assert_no_double_drop(&self) {
        let entries = self.entries();
        let twice: Vec<u64> = entries
            .iter()
            .filter(|e| e.drops > 1)
            .map(|e| e.id)
            .collect();
        drop(entries);
        assert!(twice.is_empty(), "dropped more than once: {twice:?}");
    }

    /// Everything made was dropped, and once.
    #[track_caller]
    pub(crate) fn assert_all_dropped(&self) {
        let live = self.live();
        assert!(live.is_empty(), "never dropped: {live:?}");
    }
}

impl Tracked {
    pub(crate) fn id(&self) -> u64 {
        self.check();
        self.id
    }

    /// Who sent it, when made by [`Ledger::make_from`].
    pub(crate) fn sender(&self) -> u32 {
        (self.id() >> 32) as u32
    }

    /// As which one, when made by [`Ledger::make_from`].
    pub(crate) fn seq(&self) -> u32 {
        self.id() as u32
    }

    fn check(&self) {
        assert_eq!(
            self.seal,
            self.serial ^ SEAL,
            "these bytes are not a payload: a slot was read that holds none"
        );
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if self.seal != self.serial ^ SEAL {
            // Nothing here can be trusted, the ledger's address least of all.
            if !std::thread::panicking() {
                self.check();
            }
            return;
        }
        self.ledger.note_drop(self.serial);
    }
}

impl PartialEq for Tracked {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl PartialEq<u64> for Tracked {
    fn eq(&self, other: &u64) -> bool {
        self.id() == *other
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tracked({:#x})", self.id)
    }
}
