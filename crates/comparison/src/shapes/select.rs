//! One that receives from several channels, whichever has something.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::{select_all, unfold};

use super::Tally;
use super::crew::{self, End};
use crate::cells::Shape;
use crate::contest::{Awaited, AwaitsSeveral, Channel, Job, Sample, WaitsForSeveral};
use crate::watch::{Fault, Pulse};

/// What the receiving end is told of what it got.
#[derive(Debug)]
pub(crate) struct Hearing {
    tally: Tally,
    count: u64,
    pulse: Arc<Pulse>,
}

impl Hearing {
    /// Whether there is more to come.
    #[inline]
    pub(crate) fn hear(&mut self, value: u64) -> bool {
        self.tally.take(value);
        self.tally.got < self.count && self.pulse.beat(self.tally.got)
    }
}

/// The two ways in which a channel is one of several.
trait Several {
    type Channel: Channel<Tx: Send, Rx: Send>;

    fn send(tx: &mut Tx<Self>, value: u64) -> impl Future<Output = bool> + Send;
    fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) -> impl Future<Output = ()> + Send;
}

type Tx<S> = <<S as Several>::Channel as Channel>::Tx;
type Rx<S> = <<S as Several>::Channel as Channel>::Rx;

struct Parks<C>(PhantomData<C>);

impl<C: WaitsForSeveral> Several for Parks<C> {
    type Channel = C;

    async fn send(tx: &mut C::Tx, value: u64) -> bool {
        C::send(tx, value)
    }

    async fn drain(rxs: Vec<C::Rx>, hearing: &mut Hearing) {
        C::drain(rxs, hearing);
    }
}

struct Awaits<C>(PhantomData<C>);

impl<C: AwaitsSeveral> Several for Awaits<C> {
    type Channel = C;

    async fn send(tx: &mut C::Tx, value: u64) -> bool {
        C::send(tx, value).await
    }

    async fn drain(rxs: Vec<C::Rx>, hearing: &mut Hearing) {
        C::drain(rxs, hearing).await;
    }
}

pub(crate) fn threads<C: WaitsForSeveral>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    run::<Parks<C>>(job, pulse)
}

pub(crate) fn tasks<C: AwaitsSeveral>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    run::<Awaits<C>>(job, pulse)
}

fn run<S: Several + 'static>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let Job { cell, count } = *job;
    let Shape::Select { channels } = cell.shape else {
        unreachable!("there is nothing to choose")
    };
    let (mut txs, rxs): (Vec<_>, Vec<_>) = (0..channels)
        .map(|_| S::Channel::open(cell.capacity, 1))
        .unzip();
    // The channels stay open until the receiving end is done: it is to see messages, not ends.
    let open = Arc::new(Mutex::new(Vec::new()));
    let sender: End = Box::pin({
        let open = Arc::clone(&open);
        async move {
            let tally = Tally::begin();
            for value in 0..count {
                let tx = &mut txs[scattered(value, channels)];
                if !S::send(tx, value).await {
                    break;
                }
            }
            *open.lock().unwrap_or_else(PoisonError::into_inner) = txs;
            tally
        }
    });
    let receiver: End = Box::pin({
        let pulse = Arc::clone(pulse);
        async move {
            let tally = Tally::begin();
            let mut hearing = Hearing {
                tally,
                count,
                pulse,
            };
            S::drain(rxs, &mut hearing).await;
            hearing.tally.done()
        }
    });
    let tallies = crew::run(cell.world, pulse, vec![sender, receiver])?;
    Tally::of_all(tallies).sample(count, &[], pulse)
}

/// Which of `n` a value goes to: in no order that a look at one after another could follow.
#[inline]
fn scattered(value: u64, n: usize) -> usize {
    let mixed = value.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 32) % n as u64) as usize
}

/// How a task waits for several futures: a few by tokio's `select!`, many by `SelectAll`.
pub(crate) async fn by_futures<C: Awaited>(rxs: Vec<C::Rx>, hearing: &mut Hearing) {
    match <[C::Rx; 4]>::try_from(rxs) {
        Ok([mut a, mut b, mut c, mut d]) => loop {
            let value = tokio::select! {
                value = C::recv(&mut a) => value,
                value = C::recv(&mut b) => value,
                value = C::recv(&mut c) => value,
                value = C::recv(&mut d) => value,
            };
            if !value.is_some_and(|value| hearing.hear(value)) {
                break;
            }
        },
        Err(rxs) => {
            let streams = rxs.into_iter().map(|rx| {
                Box::pin(unfold(rx, async |mut rx| {
                    let value = C::recv(&mut rx).await?;
                    Some((value, rx))
                }))
            });
            let mut all = select_all(streams);
            while let Some(value) = all.next().await {
                if !hearing.hear(value) {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_gets_its_share() {
        for channels in [4, 1000] {
            let mut counts = vec![0; channels];
            (0..channels as u64 * 100).for_each(|value| counts[scattered(value, channels)] += 1);
            assert!(counts.iter().all(|count| (50..200).contains(count)));
        }
    }
}
