//! The state of a lock whose threads sleep while they wait for it.
//!
//! ```text
//! sleeper   enter the room -> say that somebody sleeps -> heavy barrier -> free? take it, else sleep
//! holder    free it -> light barrier -> does somebody sleep? enter the room, take that back, wake all
//! ```
//!
//! Either the sleeper finds it free, or the holder finds the sleeper, and does not wake before that one sleeps: the
//! room is left by sleeping. To free it is a store where the [barrier] is asymmetric, elsewhere both
//! pass a full one: locks are freed often, and seldom slept for. Modelled in `model/lock.rs`.
//!
//! The holder's look comes after the lock was freed: a lock must not go before who has held it has returned. Those
//! of channels go with the last handle, and who holds one has a handle.

use super::{AtomicU8, Ordering, Threads, barrier};

const FREE: u8 = 0;
const HELD: u8 = 1;

/// Where threads sleep until locks are freed. One may serve several locks, always the same.
pub(crate) trait Room {
    /// While somebody has it nobody else is in the room.
    type Seat<'a>
    where
        Self: 'a;

    fn enter(&self) -> Self::Seat<'_>;

    /// Leaves the room by falling asleep, and comes back when woken, or for no reason.
    fn sleep<'a>(&'a self, seat: Self::Seat<'a>) -> Self::Seat<'a>;

    fn wake_all(&self);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Sleepy {
    state: AtomicU8,
    /// Not 0 if somebody may sleep; written in the room alone.
    sleepers: AtomicU8,
}

impl Sleepy {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                state: AtomicU8::new(FREE),
                sleepers: AtomicU8::new(0),
            }
        }
    }

    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        // ORDERING: Relaxed: only a hint, `try_lock` synchronises.
        self.state.load(Ordering::Relaxed) != FREE
    }

    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `unlock`: what the last holder did is seen by this one.
        self.state
            .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Sleeps until it has the lock.
    #[cold]
    pub(crate) fn lock(&self, room: &impl Room) {
        let mut seat = room.enter();
        loop {
            // ORDERING: Relaxed: the barrier comes before the look, and pairs with the one in `unlock`. If the
            // lock is taken here the flag stays though perhaps nobody sleeps: then it wakes once too often.
            self.sleepers.store(1, Ordering::Relaxed);
            if barrier::is_asymmetric() {
                barrier::heavy();
            } else {
                barrier::full::<Threads>();
            }
            if self.try_lock() {
                return;
            }
            seat = room.sleep(seat);
        }
    }

    /// Frees the lock, which the caller has. Says whether somebody may sleep, who is to be [woken](Self::wake) then.
    #[inline]
    pub(crate) fn unlock(&self) -> bool {
        // ORDERING: Release pairs with the Acquire in `try_lock`.
        self.state.store(FREE, Ordering::Release);
        if barrier::is_asymmetric() {
            barrier::light();
        } else {
            barrier::full::<Threads>();
        }
        // ORDERING: Relaxed: behind the barrier, which pairs with the one in `lock`.
        self.sleepers.load(Ordering::Relaxed) != 0
    }

    #[cold]
    pub(crate) fn wake(&self, room: &impl Room) {
        let seat = room.enter();
        // ORDERING: Relaxed: who sleeps said so in the room, and says it again before it sleeps again.
        self.sleepers.store(0, Ordering::Relaxed);
        drop(seat);
        room.wake_all();
    }
}
