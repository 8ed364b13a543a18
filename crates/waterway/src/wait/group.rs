//! One wait over several operations, of which exactly one happens.
//!
//! Most arms of such a wait happen by a step of their own: a receive takes its message when it looks. A
//! parked send may be taken by somebody else at any time. The group word decides between all of these:
//!
//! | word | set by | means |
//! |---|---|---|
//! | `WAITING` | the owner | the owner sleeps, or is about to: a puller may take an arm |
//! | `LOOKING` | the owner, from `WAITING` | the owner looks at its arms, and takes one by itself if it can |
//! | `PASSED` | a puller, from `LOOKING` | the same, and a puller has passed an arm by |
//! | an arm's index | a puller, from `WAITING`; the owner, while it looks | this arm happens, and no other |
//!
//! ```text
//! puller  WAITING -> its arm: serves it. LOOKING -> PASSED: passes by. Another arm's: passes by.
//! owner   WAITING -> LOOKING; steps each arm; one is ready: its index. Else LOOKING -> WAITING.
//!         Was it PASSED: WAITING, and each arm is offered again to who may have passed it by.
//! ```
//!
//! A puller that passes by leaves a message, or its own wait, behind. It was let do so by `PASSED`, which
//! the owner finds when it stops looking, and makes good: it does as a send does that has just parked, so
//! that the room that was left goes to the arm, or the receiver that went to sleep is woken. Two owners
//! that look at the same time pass each other by, and wake each other then; they meet as soon as one
//! looks while the other does not. A puller passes the arms of an owner that is just looking, or has
//! decided, and serves those behind them: only for so long is the order of parked senders not kept.

use core::marker::PhantomPinned;

use crate::sync::{AtomicU32, Exchange, Ordering, Threads};

const WAITING: u32 = u32::MAX;
const LOOKING: u32 = u32::MAX - 1;
const PASSED: u32 = u32::MAX - 2;

/// How many arms a group can have.
#[cfg(feature = "alloc")]
pub(crate) const MOST_ARMS: u32 = PASSED;

/// See the module's docs. Others point at it.
#[derive(Debug)]
pub struct Group(AtomicU32, PhantomPinned);

/// A place in a group.
#[derive(Clone, Copy, Debug)]
pub struct Arm<'a> {
    pub(crate) group: &'a Group,
    pub(crate) index: u32,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(WAITING), PhantomPinned)
    }

    /// For a puller: decides for `arm`, unless it is decided for another, or the owner looks itself.
    ///
    /// Out of line: the other arms may be of channels that several threads use, so that this is the one
    /// read-modify-write of a channel of one thread, and `scripts/no-std` knows it by its name.
    #[cold]
    #[inline(never)]
    pub(super) fn claim(&self, arm: u32) -> bool {
        // ORDERING: AcqRel: the winner's later accesses to the node come after the decision, and what it
        // did before is seen by the owner; Acquire: as below.
        let mut seen = WAITING;
        loop {
            let new = match seen {
                WAITING => arm,
                // ORDERING: Release in it: what this puller leaves behind is seen by the owner, which
                // finds `PASSED` in `rest`.
                LOOKING => PASSED,
                // Some of a batch was served before.
                now => return now == arm,
            };
            match self
                .0
                .exchange::<Threads>(seen, new, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return seen == WAITING,
                Err(now) => seen = now,
            }
        }
    }

    /// For whoever holds the lock under which the arm is parked: whether it is decided for another, so that nobody
    /// will take this one.
    pub(super) fn is_lost(&self, arm: u32) -> bool {
        // ORDERING: Relaxed: what is decided stays so; nothing is read on its account.
        let seen = self.0.load(Ordering::Relaxed);
        !matches!(seen, WAITING | LOOKING | PASSED) && seen != arm
    }

    /// For the owner: begins to look. `Err` says which arm happens, if that is decided.
    pub(crate) fn look(&self) -> Result<(), u32> {
        // ORDERING: Acquire: what the puller did is seen.
        self.0
            .exchange::<Threads>(WAITING, LOOKING, Ordering::Acquire, Ordering::Acquire)
            .map(|_| ())
    }

    /// For the owner: the same without beginning to look.
    pub(crate) fn peek(&self) -> Result<(), u32> {
        // ORDERING: Acquire, as above.
        match self.0.load(Ordering::Acquire) {
            WAITING => Ok(()),
            arm => Err(arm),
        }
    }

    /// For the owner, that looks: this arm happens.
    pub(crate) fn decide(&self, arm: u32) {
        // ORDERING: Release: pullers that pass by do no more than that.
        self.0.store(arm, Ordering::Release);
    }

    /// For the owner: stops looking. Says whether somebody passed by.
    pub(crate) fn rest(&self) -> bool {
        // ORDERING: AcqRel: Release, the arms are seen as they were left by who decides for one; Acquire,
        // what who passed by left behind is seen.
        self.0.replace::<Threads>(WAITING, Ordering::AcqRel) == PASSED
    }
}
