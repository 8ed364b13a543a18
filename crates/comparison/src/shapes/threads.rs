//! Threads that block.

use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use super::{Tally, nanos, wrong_reply};
use crate::cells::{Capacity, Condition, Shape};
use crate::contest::{Blocking, Job, Sample, Stream};
use crate::load;
use crate::watch::{Fault, Pulse, spawn};

/// How long an idle receiver waits for its next message.
pub(crate) const IDLE_GAP: Duration = Duration::from_millis(1);

pub(crate) fn run<C: Blocking>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    // The threads of the cell inherit it from this one, which ends with the run.
    if job.cell.condition == Condition::Pinned && !load::pin_this_thread() {
        return Err(Fault::Wrong("this system pins no threads".into()));
    }
    match job.cell.shape {
        Shape::PingPong => ping_pong::<C>(job.cell.capacity, job.count, pulse),
        Shape::Idle => idle::<C>(job.cell.capacity, job.count, pulse),
        _ => stream::<C>(job, pulse),
    }
}

fn stream<C: Blocking>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
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
            spawn(move || {
                line.wait();
                let start = Instant::now();
                let (mut got, mut sum) = (0, 0u64);
                while got < sent && pulse.beat(got) {
                    let Some(value) = C::recv(&mut rx) else { break };
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
            spawn(move || {
                line.wait();
                let start = Instant::now();
                for value in values {
                    if !C::send(&mut tx, value) {
                        break;
                    }
                }
                start
            })
        })
        .collect();
    let tallies = join_all(receivers)?;
    let starts = join_all(senders)?;
    Tally::of_all(tallies).sample(sent, &starts, pulse)
}

pub(super) fn join_all<T>(threads: Vec<JoinHandle<T>>) -> thread::Result<Vec<T>> {
    threads.into_iter().map(JoinHandle::join).collect()
}

fn ping_pong<C: Blocking>(
    capacity: Capacity,
    count: u64,
    pulse: &Arc<Pulse>,
) -> Result<Sample, Fault> {
    let (mut ask, mut asked) = C::open(capacity, 1);
    let (mut reply, mut replied) = C::open(capacity, 1);
    let line = Arc::new(Barrier::new(2));
    let server = spawn({
        let line = Arc::clone(&line);
        move || {
            line.wait();
            while let Some(value) = C::recv(&mut asked) {
                if !C::send(&mut reply, value) {
                    break;
                }
            }
        }
    });
    let client = spawn({
        let pulse = Arc::clone(pulse);
        move || {
            line.wait();
            let start = Instant::now();
            let mut done = 0;
            while done < count && pulse.beat(done) {
                C::send(&mut ask, done);
                if C::recv(&mut replied) != Some(done) {
                    return Err(wrong_reply());
                }
                done += 1;
            }
            Ok(nanos(start.elapsed(), done))
        }
    });
    let sample = client.join()?;
    server.join()?;
    sample
}

fn idle<C: Blocking>(capacity: Capacity, count: u64, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let (mut tx, mut rx) = C::open(capacity, 1);
    let pulse = Arc::clone(pulse);
    let before = ProcessTime::now();
    let receiver = spawn(move || {
        let mut got = 0;
        while got < count && pulse.beat(got) && C::recv(&mut rx).is_some() {
            got += 1;
        }
        got
    });
    for value in 0..count {
        thread::sleep(IDLE_GAP);
        if !C::send(&mut tx, value) {
            break;
        }
    }
    let units = receiver.join()?;
    Ok(nanos(before.elapsed(), units))
}
