//! How many handles there are, and who frees the channel. Knows nothing of messages.
//!
//! | count | counts | moves |
//! |---|---|---|
//! | `senders` | strong senders | clone +1, drop -1, upgrade +1 unless 0, `new_sender` +1 |
//! | `receivers` | strong receivers, and `MANAGER` while a manager lives | clone +1, drop -1, upgrade +1 unless 0, `subscribe` +1; see below |
//! | `holds` | reasons to keep the memory: all strong senders together one, the receiving side one, each weak handle one | whoever brings it to 0 frees, or has the only one |
//!
//! # The receiving side
//!
//! A channel with a manager is not over when its receiver goes: the manager keeps what is in it, and makes the
//! next receiver. The manager and the receiver are one side, which is there as long as the word is not 0:
//!
//! ```text
//! receivers  MSB | MANAGER | strong receivers | LSB
//! ```
//!
//! | from | by | to |
//! |---|---|---|
//! | `MANAGER + 1` | the receiver's drop | `MANAGER`: nothing is over |
//! | `MANAGER` | `reconnect`, a compare-and-swap | `MANAGER + 1`: so there is one receiver at most |
//! | `MANAGER + 1` | the manager's drop | 1: as if there had never been one |
//! | 1, or `MANAGER` | the drop of who is left | 0: the side is gone |
//!
//! Each drop is one subtraction, so that exactly one of the two finds itself the last, whoever that is; and who
//! was not does not touch the channel any more. What one receiver has left is seen by the next, as if it had
//! been moved to another thread: the one's subtraction releases it, the other's compare-and-swap acquires it.
//! A side with a manager has no clones of its receiver and no weak ones.
//!
//! The memory of a static is kept by nobody: there `holds` is a count for people, and says [who is
//! alone](Life::is_alone). When such a channel may be split again is told in [`place`](crate::chan::place). In a
//! [`slab`](crate::slab) it is when the last hold [goes](Life::release_anywhere).

use core::marker::PhantomData;

use crate::sync::{Access, AtomicU32, Exchange, Modify, Ordering, constant};

/// More handles than this are a leak in a loop.
const MOST: u32 = u32::MAX / 4;
/// In the holds: the channel lies in a static, whose memory is kept by nobody and for ever.
const FIXED: u32 = 1 << 31;
/// In the receivers: a manager lives.
const MANAGER: u32 = 1 << 31;

#[derive(Debug)]
pub(crate) struct Life<A> {
    senders: AtomicU32,
    receivers: AtomicU32,
    holds: AtomicU32,
    _of: PhantomData<A>,
}

impl<A: Access> Life<A> {
    constant! {
        /// One sender and one receiver.
        pub(crate) fn new(fixed: bool) -> Self {
            Self {
                senders: AtomicU32::new(1),
                receivers: AtomicU32::new(1),
                holds: AtomicU32::new(if fixed { FIXED | 2 } else { 2 }),
                _of: PhantomData,
            }
        }
    }

    pub(crate) fn senders(&self) -> u32 {
        // ORDERING: Acquire pairs with the Release in `remove_sender`: who sees that the last
        // sender is gone sees all that it sent.
        self.senders.load(Ordering::Acquire)
    }

    /// The number of receivers, without the manager.
    pub(crate) fn receivers(&self) -> u32 {
        // ORDERING: Acquire pairs with the Release in `remove_receiver`.
        self.receivers.load(Ordering::Acquire) & !MANAGER
    }

    /// Whether somebody receives, or may again: a receiver or a manager.
    pub(crate) fn has_receiving_side(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `remove_receiver` and `remove_manager`.
        self.receivers.load(Ordering::Acquire) != 0
    }

    /// Whether there is a manager. Once there is none there never will be.
    pub(crate) fn has_manager(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `remove_manager`: what the manager did is seen by who
        // finds it gone.
        self.receivers.load(Ordering::Acquire) & MANAGER != 0
    }

    /// A manager, of a channel of which nobody else has a strong handle yet.
    pub(crate) fn add_manager(&self) {
        // ORDERING: Relaxed: handed on with the handles.
        self.receivers.add_as::<A>(MANAGER, Ordering::Relaxed);
    }

    /// The next receiver, made from the manager, unless there is one.
    pub(crate) fn reconnect(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `remove_receiver`: the next receiver goes on where the
        // last one stopped, with words that it reads Relaxed because they are the receiver's own.
        self.receivers
            .exchange::<A>(MANAGER, MANAGER + 1, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// The number of weak handles.
    pub(crate) fn weak(&self) -> u32 {
        self.holds_but_senders()
            .saturating_sub(u32::from(self.has_receiving_side()))
    }

    /// The number of holds, but for that of the senders.
    pub(crate) fn holds_but_senders(&self) -> u32 {
        // ORDERING: Relaxed: a number for people, out of date when it is read.
        let holds = self.holds.load(Ordering::Relaxed) & !FIXED;
        holds.saturating_sub(u32::from(self.senders() > 0))
    }

    /// One more sender, made from a sender.
    pub(crate) fn add_sender(&self) {
        // ORDERING: Relaxed: the caller has a sender, so that the count can't come to 0 meanwhile.
        check(self.senders.add_as::<A>(1, Ordering::Relaxed));
    }

    /// One more sender, made from a receiver; says whether it is the only one.
    pub(crate) fn revive_sender(&self) -> bool {
        self.revive(&self.senders)
    }

    /// One more receiver, made from a sender; says whether it is the only one.
    #[cfg(feature = "alloc")]
    pub(crate) fn revive_receiver(&self) -> bool {
        self.revive(&self.receivers)
    }

    /// Counts one up, of which there may be none; the caller is of the other side.
    fn revive(&self, count: &AtomicU32) -> bool {
        // Held in advance, so that the memory outlives the new handle whoever goes first.
        self.hold();
        // ORDERING: AcqRel: joins the order of those that count down.
        let only = check(count.add_as::<A>(1, Ordering::AcqRel)) == 0;
        if !only {
            // Its side has its hold already. So has the other: this is not the last.
            let last = self.release();
            debug_assert!(!last, "a handle of the other side lives");
        }
        only
    }

    /// One more sender if there is one.
    pub(crate) fn upgrade_sender(&self) -> bool {
        upgrade::<A>(&self.senders)
    }

    /// One more receiver, made from a receiver.
    pub(crate) fn add_receiver(&self) {
        // ORDERING: Relaxed, as in `add_sender`.
        check(self.receivers.add_as::<A>(1, Ordering::Relaxed));
    }

    /// One more receiver if there is one.
    pub(crate) fn upgrade_receiver(&self) -> bool {
        upgrade::<A>(&self.receivers)
    }

    /// One sender less; says whether it was the last, who then has to [`release`](Self::release).
    pub(crate) fn remove_sender(&self) -> bool {
        // ORDERING: AcqRel: what each sender did comes before what is done about the last one's
        // going (`senders`).
        self.senders.sub_as::<A>(1, Ordering::AcqRel) == 1
    }

    /// One receiver less; says whether it was the last of the receiving side, who then has to
    /// [`release`](Self::release).
    pub(crate) fn remove_receiver(&self) -> bool {
        // ORDERING: AcqRel, as in `remove_sender`; Release also for `reconnect`.
        self.receivers.sub_as::<A>(1, Ordering::AcqRel) == 1
    }

    /// No manager any more; says whether it was the last of the receiving side, who then has to
    /// [`release`](Self::release).
    pub(crate) fn remove_manager(&self) -> bool {
        // ORDERING: AcqRel, as in `remove_sender`: the last of both sees what the other did.
        self.receivers.sub_as::<A>(MANAGER, Ordering::AcqRel) == MANAGER
    }

    /// One more reason to keep the memory.
    pub(crate) fn hold(&self) {
        // ORDERING: Relaxed: the caller has a hold.
        check(self.holds.add_as::<A>(1, Ordering::Relaxed) & !FIXED);
    }

    /// One reason less; says whether it was the last: then the caller frees the channel, unless it is
    /// fixed.
    pub(crate) fn release(&self) -> bool {
        // ORDERING: Acquire pairs with the Release below.
        // ORDERING: AcqRel: everything that any handle did comes before the freeing.
        self.holds.load(Ordering::Acquire) == 1 || self.holds.sub_as::<A>(1, Ordering::AcqRel) == 1
    }

    /// The same for a channel that does something about its end also if it is fixed.
    pub(crate) fn release_anywhere(&self) -> bool {
        let last = |holds: u32| holds & !FIXED == 1;
        // ORDERING: Acquire pairs with the Release below.
        // ORDERING: AcqRel, as in `release`.
        last(self.holds.load(Ordering::Acquire))
            || last(self.holds.sub_as::<A>(1, Ordering::AcqRel))
    }

    /// Whether the caller's hold is the only one. If nobody shares it, the caller has the channel to
    /// itself: handles are made from handles.
    pub(crate) fn is_alone(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `release`.
        self.holds.load(Ordering::Acquire) & !FIXED == 1
    }

    /// Whether the channel lies in a static.
    #[inline]
    pub(crate) fn is_fixed(&self) -> bool {
        // ORDERING: Relaxed: it never changes.
        self.holds.load(Ordering::Relaxed) & FIXED != 0
    }

    /// One sender and one receiver again, of a fixed channel that had none. Weak handles may look.
    pub(crate) fn restart(&self) {
        // ORDERING: Relaxed: they are theirs alone who are counted, and nobody is yet.
        self.holds.add_as::<A>(2, Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire in `upgrade`: who counts itself in sees what was done
        // before, and thereby the generation.
        self.senders.store(1, Ordering::Release);
        self.receivers.store(1, Ordering::Release);
    }
}

/// Counts one up unless there is none.
fn upgrade<A: Access>(count: &AtomicU32) -> bool {
    // ORDERING: Relaxed: the compare-and-swap decides.
    let mut now = count.load(Ordering::Relaxed);
    while now != 0 {
        check(now);
        // ORDERING: Acquire pairs with the Release of those who count down.
        match count.exchange_weak::<A>(now, now + 1, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// Ends the process rather than let a count wrap around.
#[inline]
fn check(count: u32) -> u32 {
    if count > MOST {
        too_many();
    }
    count
}

/// Never comes back: a panic while a panic unwinds ends the process, with or without `std`.
#[cold]
fn too_many() -> ! {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("more than 2^30 handles of one channel");
        }
    }
    let _bomb = Bomb;
    panic!("more than 2^30 handles of one channel");
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;
    use crate::sync::Threads;

    /// In a process of its own, which that ends, however the count is raised.
    #[test]
    fn too_many_handles_end_the_process() {
        const WAY: &str = "WATERWAY_TEST_TOO_MANY";
        type Raise = fn(&Life<Threads>);
        const WAYS: [(&str, Raise); 4] = [
            ("add_sender", |life| life.add_sender()),
            ("revive_sender", |life| assert!(!life.revive_sender())),
            ("upgrade", |life| assert!(life.upgrade_sender())),
            ("hold", |life| life.hold()),
        ];
        let asked = std::env::var(WAY).ok();
        for (name, raise) in WAYS {
            if asked.is_none() {
                let exe = std::env::current_exe().expect("a path");
                let mut inner = std::process::Command::new(exe);
                inner.args(["life::tests::too_many_handles_end_the_process", "--exact"]);
                let output = inner.args(["--nocapture"]).env(WAY, name).output();
                let output = output.expect("it runs");
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(said.contains("handles of one channel"), "{name}: {said}");
                assert!(!said.contains("went on"), "{name}: {said}");
                assert!(!output.status.success(), "{name}: {}", output.status);
            } else if asked.as_deref() == Some(name) {
                let life = Life::<Threads>::new(false);
                for count in [&life.senders, &life.holds] {
                    // ORDERING: Relaxed: one thread.
                    count.store(MOST, Ordering::Relaxed);
                }
                // One more is in order, the one after that is one too many.
                raise(&life);
                // A panic would get here as well.
                let caught =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| raise(&life)));
                eprintln!("went on: {}", caught.is_ok());
            }
        }
    }
}
