//! One writer, and readers that all hear everything.
//!
//! Where the channel holds the writer up, it writes as fast as it can. Where it would overtake
//! readers, it waits until all have heard what the channel holds, by the same means for everyone:
//! so every reader hears every message, and does the same work whoever the contestant.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::crew::{self, End};
use super::{Tally, nanos};
use crate::cells::{Class, Shape, World};
use crate::contest::{Job, Sample, Tells};
use crate::watch::{Fault, Pulse};

/// Whether all readers have heard what was told so far.
struct Heard {
    readers: usize,
    missing: AtomicUsize,
    by_all: Notify,
}

impl Heard {
    fn by_one(&self) {
        // AcqRel: the last one resets what the others have changed. Nothing new is told before.
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.missing.store(self.readers, Ordering::Release);
            self.by_all.notify_one();
        }
    }
}

pub(crate) fn run<T: Tells>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let Job { cell, count } = *job;
    let Shape::Tell { readers } = cell.shape else {
        unreachable!("nobody is told anything")
    };
    let parks = cell.world == World::Threads;
    let capacity = cell.capacity.bound().expect("they all have one");
    let batch = match cell.class {
        Class::Lossless => count,
        _ => capacity as u64,
    };
    let count = count.next_multiple_of(batch);
    let (mut tx, rxs) = T::open(capacity, readers);
    let heard = Arc::new(Heard {
        readers,
        missing: AtomicUsize::new(readers),
        by_all: Notify::new(),
    });
    let mut ends: Vec<End> = Vec::with_capacity(readers + 1);
    for mut rx in rxs {
        let (heard, pulse) = (Arc::clone(&heard), Arc::clone(pulse));
        ends.push(Box::pin(async move {
            let mut tally = Tally::begin();
            while tally.got < count {
                let value = if parks {
                    T::wait_to_hear(&mut rx)
                } else {
                    T::hear(&mut rx).await
                };
                let Some(value) = value else { break };
                tally.take(value);
                // It is the writer that stops early.
                pulse.beat(tally.got);
                if tally.got.is_multiple_of(batch) {
                    heard.by_one();
                }
            }
            tally.done()
        }));
    }
    ends.push(Box::pin({
        let pulse = Arc::clone(pulse);
        async move {
            let tally = Tally::begin();
            for value in 0..count {
                let told = if parks {
                    T::wait_to_tell(&mut tx, value)
                } else {
                    T::tell(&mut tx, value).await
                };
                let told_so_far = value + 1;
                if told_so_far < count && told_so_far.is_multiple_of(batch) {
                    heard.by_all.notified().await;
                }
                if !told || pulse.stopped() {
                    break;
                }
            }
            tally
        }
    }));
    let tallies = crew::run(cell.world, pulse, ends)?;
    for reader in &tallies[..readers] {
        reader.sample(count, &[], pulse)?;
    }
    let all = Tally::of_all(tallies);
    Ok(nanos(all.end - all.start, all.got / readers as u64))
}
