//! Those who wait to be told: each sees what happened, or is told of it.

use std::sync::Arc;
use std::task::Poll;

use super::{Model, Run, Started};
use crate::error::Timeout;
use crate::kind::{Mpmc, sealed::Sealed};
use crate::op::{Op, Told, Wish};
use crate::sync::{AtomicU64, DefaultLock, Ordering, Word};
use crate::wait::{Crowd, Pace};

/// Something that happens, and those who wait for it.
struct Bell {
    rings: AtomicU64,
    crowd: Crowd<DefaultLock>,
}

impl Bell {
    fn new() -> Self {
        Self {
            rings: AtomicU64::new(0),
            crowd: Crowd::new(),
        }
    }

    /// For one who rings alone.
    fn ring(&self, rings: u64) {
        self.rings.put(rings);
        self.crowd.tell();
    }

    fn wait_for(self: &Arc<Self>, rings: u64) -> Op<Told<Rings, Crowd<DefaultLock>>> {
        Op::new(Told::new(Rings {
            bell: Arc::clone(self),
            rings,
        }))
    }
}

/// So many rings, at least.
struct Rings {
    bell: Arc<Bell>,
    rings: u64,
}

impl Sealed for Rings {}

impl Wish for Rings {
    type Kind = Mpmc;
    type Crowd = Crowd<DefaultLock>;
    type Found = u64;
    type Output = u64;
    type Timed = Result<u64, Timeout>;
    type Back = ();

    fn crowd(&self) -> &Crowd<DefaultLock> {
        &self.bell.crowd
    }

    fn look(&mut self) -> Poll<u64> {
        // ORDERING: Acquire pairs with the Release in `put`.
        let rings = self.bell.rings.load(Ordering::Acquire);
        if rings >= self.rings {
            Poll::Ready(rings)
        } else {
            Poll::Pending
        }
    }

    fn output(self, found: u64) -> u64 {
        found
    }

    fn in_time(output: u64) -> Self::Timed {
        Ok(output)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn pace(&self) -> Option<&Pace> {
        None
    }
}

/// Two threads wait for one ring.
#[test]
fn two_wait() {
    Model::new("crowd::two_wait", 100)
        .sees(&["awake", "parked"])
        .check(|run: &Run| {
            let bell = run.share(Bell::new());
            for _ in 0..2 {
                let bell = Arc::clone(&bell);
                run.spawn(move |run| {
                    run.wait(|| bell.wait_for(1).wait());
                });
            }
            let ringing = Arc::clone(&bell);
            run.spawn(move |_| ringing.ring(1));
            run.join();
        });
}

/// One thread waits for the first ring and then for the second, which comes perhaps while the first is told.
#[test]
fn one_waits_again() {
    Model::new("crowd::one_waits_again", 100)
        .sees(&["awake", "parked"])
        .check(|run: &Run| {
            let bell = run.share(Bell::new());
            let ringing = Arc::clone(&bell);
            run.spawn(move |_| {
                ringing.ring(1);
                ringing.ring(2);
            });
            run.spawn(move |run| {
                for rings in 1..=2 {
                    run.wait(|| bell.wait_for(rings).wait());
                }
            });
            run.join();
        });
}

/// One of two goes while they are told: the other is told all the same.
#[test]
fn one_of_two_goes() {
    Model::new("crowd::one_of_two_goes", 20)
        .sees(&["told"])
        .check(|run: &Run| {
            let bell = run.share(Bell::new());
            let goes = Started::new(run, bell.wait_for(1));
            let stays = Started::new(run, bell.wait_for(1));
            let ringing = Arc::clone(&bell);
            run.spawn(move |_| ringing.ring(1));
            run.spawn(move |_| drop(goes));
            run.join();
            assert_eq!(stays.settle(run), Some(1));
        });
}

/// One is told while it comes again with another waker, which is the one that counts.
#[test]
fn one_is_told_and_polled() {
    Model::new("crowd::one_is_told_and_polled", 20)
        .sees(&["told", "at once"])
        .check(|run: &Run| {
            let bell = run.share(Bell::new());
            let mut first = Started::new(run, bell.wait_for(1));
            let ringing = Arc::clone(&bell);
            run.spawn(move |_| ringing.ring(1));
            let later = super::Later::new();
            let left = later.clone();
            run.spawn(move |run| {
                first.bell = super::Bell::new();
                first.output = first.poll();
                run.saw(if first.output.is_some() {
                    "at once"
                } else {
                    "told"
                });
                left.leave(first);
            });
            run.join();
            assert_eq!(later.take().settle(run), Some(1));
        });
}
