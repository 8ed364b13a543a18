//! Elements that are counted, and a policy that counts what it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sut::Recycle;

/// Neither `Clone` nor `Default`.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) word: u32,
    /// As long as it is there somebody holds the page's contents.
    pub(crate) holds: Option<Arc<()>>,
}

impl Page {
    pub(crate) fn new(word: u32) -> Self {
        Self { word, holds: None }
    }
}

/// A policy; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    recycled: AtomicUsize,
    /// What is to panic: 0 nothing, 1 `new_element`, 2 `recycle`.
    panics: AtomicUsize,
}

impl Desk {
    // ORDERING: Relaxed throughout: numbers that are read where the threads have met.

    pub(crate) fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    pub(crate) fn recycled(&self) -> usize {
        self.0.recycled.load(Ordering::Relaxed)
    }

    #[cfg(not(feature = "original"))]
    pub(crate) fn panic_in(&self, what: usize) {
        self.0.panics.store(what, Ordering::Relaxed);
    }

    fn perhaps_panic(&self, what: usize) {
        assert!(
            self.0.panics.load(Ordering::Relaxed) != what,
            "the policy panics"
        );
    }
}

impl Recycle<Page> for Desk {
    fn new_element(&self) -> Page {
        self.perhaps_panic(1);
        self.0.made.fetch_add(1, Ordering::Relaxed);
        Page::new(0)
    }

    fn recycle(&self, page: &mut Page) {
        self.perhaps_panic(2);
        self.0.recycled.fetch_add(1, Ordering::Relaxed);
        page.word = 0;
        page.holds = None;
    }
}
