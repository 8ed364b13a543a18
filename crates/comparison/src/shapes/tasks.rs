//! Tasks on a tokio runtime. Both ends are spawned tasks; `block_on` only waits for them.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use cpu_time::ProcessTime;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;
use tokio::task::{JoinError, JoinHandle};

use super::threads::IDLE_GAP;
use super::{Tally, nanos, ring, wrong_reply};
use crate::cells::{Capacity, Shape, World};
use crate::contest::{Awaited, Job, Sample, Stream};
use crate::watch::{self, Fault, Pulse};

const WORKERS: usize = 2;

pub(crate) fn run<C: Awaited>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    if let Shape::Ring { actors } = job.cell.shape {
        return ring::run::<C>(job, actors, pulse);
    }
    on_runtime(job.cell.world, pulse, shape::<C>(job, pulse))
}

/// Waits for what goes on in a new runtime, or until the watchdog gives it up.
pub(super) fn on_runtime<T>(
    world: World,
    pulse: &Pulse,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let runtime = runtime(world);
    let result = runtime.block_on(async {
        match select(pin!(work), pin!(pulse.gave_up())).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Fault::Stalled),
        }
    });
    if result.is_err() {
        // Its tasks may hang: they are dropped without being waited for.
        runtime.shutdown_background();
    }
    result
}

fn runtime(world: World) -> Runtime {
    let mut builder = match world {
        World::TokioMulti => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder
        .worker_threads(WORKERS)
        .thread_name(watch::thread_name())
        .build()
        .expect("the system refuses a runtime")
}

async fn shape<C: Awaited>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    match job.cell.shape {
        Shape::PingPong => ping_pong::<C>(job.cell.capacity, job.count, pulse).await,
        Shape::Idle => idle::<C>(job.cell.capacity, job.count, pulse).await,
        _ => stream::<C>(job, pulse).await,
    }
}

impl From<JoinError> for Fault {
    fn from(error: JoinError) -> Self {
        match error.try_into_panic() {
            Ok(payload) => payload.into(),
            Err(_) => Fault::Wrong("its task was cancelled".into()),
        }
    }
}

async fn stream<C: Awaited>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let Stream {
        senders,
        receivers,
        sent,
    } = Stream::<C>::open(job);
    let line = Arc::new(Barrier::new(senders.len() + receivers.len()));
    let receivers: Vec<_> = receivers
        .into_iter()
        .map(|mut rx| {
            let (line, pulse) = (Arc::clone(&line), Arc::clone(pulse));
            tokio::spawn(async move {
                line.wait().await;
                let start = Instant::now();
                let (mut got, mut sum) = (0, 0u64);
                while got < sent && pulse.beat(got) {
                    let Some(value) = C::recv(&mut rx).await else {
                        break;
                    };
                    got += 1;
                    sum = sum.wrapping_add(value);
                }
                Tally {
                    got,
                    sum,
                    start,
                    end: Instant::now(),
                }
            })
        })
        .collect();
    let senders: Vec<_> = senders
        .into_iter()
        .map(|(mut tx, values)| {
            let line = Arc::clone(&line);
            tokio::spawn(async move {
                line.wait().await;
                let start = Instant::now();
                for value in values {
                    if !C::send(&mut tx, value).await {
                        break;
                    }
                }
                start
            })
        })
        .collect();
    let tallies = join_all(receivers).await?;
    let starts = join_all(senders).await?;
    Tally::of_all(tallies).sample(sent, &starts, pulse)
}

pub(super) async fn join_all<T>(tasks: Vec<JoinHandle<T>>) -> Result<Vec<T>, JoinError> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await?);
    }
    Ok(results)
}

async fn ping_pong<C: Awaited>(
    capacity: Capacity,
    count: u64,
    pulse: &Arc<Pulse>,
) -> Result<Sample, Fault> {
    let (mut ask, mut asked) = C::open(capacity, 1);
    let (mut reply, mut replied) = C::open(capacity, 1);
    let line = Arc::new(Barrier::new(2));
    let server = tokio::spawn({
        let line = Arc::clone(&line);
        async move {
            line.wait().await;
            while let Some(value) = C::recv(&mut asked).await {
                if !C::send(&mut reply, value).await {
                    break;
                }
            }
        }
    });
    let client = tokio::spawn({
        let pulse = Arc::clone(pulse);
        async move {
            line.wait().await;
            let start = Instant::now();
            let mut done = 0;
            while done < count && pulse.beat(done) {
                C::send(&mut ask, done).await;
                if C::recv(&mut replied).await != Some(done) {
                    return Err(wrong_reply());
                }
                done += 1;
            }
            Ok(nanos(start.elapsed(), done))
        }
    });
    let sample = client.await?;
    server.await?;
    sample
}

/// A task that waits for a thread; there is always room, so the send is done at its first poll.
async fn idle<C: Awaited>(
    capacity: Capacity,
    count: u64,
    pulse: &Arc<Pulse>,
) -> Result<Sample, Fault> {
    let (mut tx, mut rx) = C::open(capacity, 1);
    let pulse = Arc::clone(pulse);
    let before = ProcessTime::now();
    let receiver = tokio::spawn(async move {
        let mut got = 0;
        while got < count && pulse.beat(got) && C::recv(&mut rx).await.is_some() {
            got += 1;
        }
        got
    });
    let sender = watch::spawn(move || {
        for value in 0..count {
            thread::sleep(IDLE_GAP);
            if C::send(&mut tx, value).now_or_never() != Some(true) {
                break;
            }
        }
    });
    let units = receiver.await?;
    sender.join()?;
    Ok(nanos(before.elapsed(), units))
}
