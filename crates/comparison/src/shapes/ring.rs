//! Actors in a ring: each has a channel, and passes on to the next one what comes by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Tally;
use super::crew::{self, End};
use crate::contest::{Awaited, Job, Sample};
use crate::watch::{Fault, Pulse};

/// Messages that go round at a time, from places in the ring that are far from one another.
const UNDER_WAY: u64 = 8;

/// A message counts down what is left of its way. Each has a range of numbers of its own, so that
/// all that is received adds up as in a stream. Who takes the last one home leaves, and so do the
/// others then, whose channels close one after another.
pub(super) fn run<C: Awaited>(
    job: &Job,
    actors: usize,
    pulse: &Arc<Pulse>,
) -> Result<Sample, Fault> {
    let Job { cell, count } = *job;
    let way = count.div_ceil(UNDER_WAY);
    let apart = actors.div_ceil(UNDER_WAY as usize);
    let under_way = Arc::new(AtomicU64::new(UNDER_WAY));
    let (mut txs, rxs): (Vec<_>, Vec<_>) = (0..actors).map(|_| C::open(cell.capacity, 1)).unzip();
    txs.rotate_left(1);
    let all = txs.into_iter().zip(rxs).enumerate();
    let ends = all.map(|(place, (mut tx, mut rx))| -> End {
        let (under_way, pulse) = (Arc::clone(&under_way), Arc::clone(pulse));
        Box::pin(async move {
            let mut tally = Tally::begin();
            if place.is_multiple_of(apart) {
                let last = (place / apart) as u64 * way;
                C::send(&mut tx, last + way - 1).await;
            }
            while let Some(value) = C::recv(&mut rx).await {
                tally.take(value);
                if !pulse.beat(value) {
                    return tally.done();
                }
                if value.is_multiple_of(way) {
                    tally = tally.done();
                    // Relaxed: what the actors tell, they tell at their ends.
                    if under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
                        break;
                    }
                } else if !C::send(&mut tx, value - 1).await {
                    break;
                }
            }
            tally
        })
    });
    let tallies = crew::run(cell.world, pulse, ends.collect())?;
    Tally::of_all(tallies).sample(way * UNDER_WAY, &[], pulse)
}
