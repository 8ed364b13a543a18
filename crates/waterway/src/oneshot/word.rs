//! The state word of a oneshot: who may touch what, and who is the last.
//!
//! ```text
//! MSB | 0 | SENDER_HERE | RECEIVER_HERE | SENDER_WAITS | RECEIVER_WAITS | RECEIVER_ENDED | SENDER_ENDED | SENT | LSB
//! ```
//!
//! | bit | set by | cleared by | licenses |
//! |---|---|---|---|
//! | `SENT` | send | | the value lies in the place, and is the receiver's, to take or to drop |
//! | `SENDER_ENDED` | send, the sender's drop | | nothing is put into the place any more; the receiver leaves no waker |
//! | `RECEIVER_ENDED` | close, the receiver's drop | | nothing can be sent; the sender leaves no waker |
//! | `RECEIVER_WAITS` | the receiver, when its waker is in its slot | receiver, or who sets `SENDER_ENDED` | that waker is theirs who cleared the bit |
//! | `SENDER_WAITS` | the sender, when its waker is in the place | sender, or who sets `RECEIVER_ENDED` | the same |
//! | `SENDER_HERE` | the start | the sender's last access | the receiver's end is not that of the cell |
//! | `RECEIVER_HERE` | the start | the receiver's last access | the same for the sender |
//!
//! What lies beside the word, and who writes there:
//!
//! | memory | the sender | the receiver |
//! |---|---|---|
//! | the receiver's waker | reads it when it has cleared `RECEIVER_WAITS` | writes it when it has seen neither `RECEIVER_WAITS` nor `SENDER_ENDED`; reads it when it has cleared the bit itself |
//! | the place: its waker | writes it when it has seen neither `SENDER_WAITS` nor `RECEIVER_ENDED`; reads it when it has cleared the bit itself | reads it when it has cleared `SENDER_WAITS` |
//! | the place: the value | writes it when it has seen neither `SENDER_WAITS` nor `RECEIVER_ENDED`, *then* sets `SENT`; reads it back if `RECEIVER_ENDED` was faster | reads it after it has seen `SENT` |
//! | whether the end was told | never | alone |
//!
//! A look is enough for who writes: `…_WAITS` is its own to set, and the other side, should it end just
//! then, finds that bit clear and reads nothing. But `…_ENDED` has to be looked for *after* the bit was
//! cleared: if it was the other side that cleared it, that side may still be reading.
//!
//! The sender's waker and the value share the place because only the sender puts either there, and its
//! waker leaves before the value comes. The receiver goes to the place for two reasons: a value that is
//! sent, and a waker whose bit it has cleared, by the step that set `RECEIVER_ENDED`; after that the sender
//! does not write there. So of a send and a close one comes first, in one word.
//!
//! # One step or two
//!
//! A side that ends has nothing to fetch in the common case, and then its end is its last access:
//! one compare-and-swap sets `…_ENDED` and clears `…_HERE`. If it has a waker to fetch, the other's or its
//! own, the first step sets `…_ENDED` and clears `…_WAITS`, then the wakers are read out, and the second
//! step clears `…_HERE`. Until then the other side does not free the cell. Wakers are woken and dropped
//! after that, when the cell may be gone.
//!
//! Who clears `…_HERE` and finds the other's bit gone is the last: it frees the cell. So does who finds
//! the other's bit gone before that, without a read-modify-write.
//!
//! The value is the receiver's from `SENT` on: it takes it out or drops it before its own last access. The
//! sender never drops what it has sent, whoever is the last.
//!
//! # Orderings
//!
//! Every change is a read-modify-write, Acquire and Release, and every look an Acquire, but for what one
//! side does when it is alone. So each change sees all that was done before the changes that it follows:
//!
//! | what | released by | acquired by |
//! |---|---|---|
//! | the value | the step that sets `SENT` | the look, or the failed change, that sees it |
//! | the receiver's waker | the step that sets `RECEIVER_WAITS` | the sender's step that clears it |
//! | the sender's waker | the step that sets `SENDER_WAITS` | the receiver's step that clears it |
//! | the place and the slot, read out | the second step of who read | the free, or the next split or reset |
//! | everything | the first side's last step | the free, or the next split or reset |

use crate::sync::{AtomicU8, Exchange, Modify, Ordering, Threads, constant};

pub(super) const SENT: u8 = 1;
pub(super) const SENDER_ENDED: u8 = 1 << 1;
pub(super) const RECEIVER_ENDED: u8 = 1 << 2;
pub(super) const RECEIVER_WAITS: u8 = 1 << 3;
pub(super) const SENDER_WAITS: u8 = 1 << 4;
pub(super) const RECEIVER_HERE: u8 = 1 << 5;
pub(super) const SENDER_HERE: u8 = 1 << 6;

/// Both sides are there, and nothing has happened.
pub(super) const START: u8 = SENDER_HERE | RECEIVER_HERE;
/// Either ended: the receiver need not wait.
pub(super) const ENDED: u8 = SENDER_ENDED | RECEIVER_ENDED;
/// Somebody waits.
pub(super) const WAITS: u8 = SENDER_WAITS | RECEIVER_WAITS;

#[derive(Debug)]
pub(super) struct Word(AtomicU8);

impl Word {
    constant! {
        pub(super) fn new(state: u8) -> Self {
            Self(AtomicU8::new(state))
        }
    }

    #[inline]
    pub(super) fn look(&self) -> u8 {
        // ORDERING: Acquire pairs with the Release of the changes: what they tell of is there.
        self.0.load(Ordering::Acquire)
    }

    /// Sets and clears bits if the state is still `seen`; what it is, if it is another.
    #[inline]
    pub(super) fn change(&self, seen: u8, set: u8, clear: u8) -> Result<(), u8> {
        // ORDERING: AcqRel, and Acquire where it fails: see the table above.
        self.0
            .exchange::<Threads>(
                seen,
                (seen | set) & !clear,
                Ordering::AcqRel,
                Ordering::Acquire,
            )
            .map(drop)
    }

    /// The last access of one side: clears its bit. Whether the other's was clear already.
    #[inline]
    pub(super) fn leave(&self, here: u8) -> bool {
        // ORDERING: AcqRel: what this side did comes before the other's end of the cell; and if this is
        // the end, the other's comes before that.
        self.0.and_as::<Threads>(!here, Ordering::AcqRel) & (START & !here) == 0
    }

    /// Makes the state what it is at the start. For a receiver that is alone.
    pub(super) fn restart(&self) {
        // ORDERING: Relaxed: the new sender is handed on with it.
        self.0.store(START, Ordering::Relaxed);
    }

    /// The last access of who is alone, where the cell lives on without either side.
    pub(super) fn rest(&self) {
        // ORDERING: Release pairs with the Acquire in `begin`.
        self.0.store(0, Ordering::Release);
    }

    /// Both sides are made, if neither is there.
    pub(super) fn begin(&self) -> bool {
        // ORDERING: Relaxed: the compare-and-swap decides.
        let seen = self.0.load(Ordering::Relaxed);
        // ORDERING: Acquire pairs with the Release of the last access of either side.
        seen & START == 0
            && self
                .0
                .exchange::<Threads>(seen, START, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }
}
