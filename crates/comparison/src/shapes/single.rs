//! One thread that holds both ends: bursts, a ping-pong by hand, creation, bytes.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::{check_sum, nanos, wrong_reply};
use crate::cells::{Capacity, Shape};
use crate::contest::{Job, Polled, Sample, Trying};
use crate::heap;
use crate::watch::{Fault, Pulse};

/// The length of a burst into an unbounded channel.
const UNBOUNDED_BURST: usize = 1024;
/// Messages queued before the bytes are counted, and after.
const QUEUED: (u64, u64) = (1024, 1_000_000);
/// Some say `Empty` once, or twice, to one who need only look again.
const LOOKS: usize = 100;

pub(crate) fn run<C: Trying>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let capacity = job.cell.capacity;
    match job.cell.shape {
        Shape::CreateUse => timed(job.count, 1, pulse, || use_once::<C>(capacity)),
        Shape::CreateDrop => timed(job.count, 1, pulse, || {
            black_box(C::open(capacity, 1));
            Ok(())
        }),
        Shape::HeapNew => Ok(heap_new::<C>(capacity)),
        Shape::HeapIdle { channels } => Ok(heap_idle::<C>(capacity, channels)),
        Shape::HeapQueued => heap_queued::<C>(capacity),
        _ => burst::<C>(capacity, job.count, pulse),
    }
}

fn burst<C: Trying>(capacity: Capacity, count: u64, pulse: &Pulse) -> Result<Sample, Fault> {
    let length = capacity.bound().unwrap_or(UNBOUNDED_BURST) as u64;
    let (mut tx, mut rx) = C::open(capacity, 1);
    timed(count, length, pulse, || {
        for value in 0..length {
            must_send::<C>(&mut tx, value)?;
        }
        let mut sum = 0;
        for _ in 0..length {
            sum += must_recv::<C>(&mut rx)?;
        }
        check_sum(sum, length)
    })
}

/// Both ends of both channels are polled where they would be woken, without a runtime.
pub(crate) fn ping_pong<C: Polled>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let (mut ask, mut asked) = C::open(job.cell.capacity, 1);
    let (mut reply, mut replied) = C::open(job.cell.capacity, 1);
    let mut values = 0..;
    timed(job.count, 1, pulse, || {
        let value = values.next().expect("there is no last one");
        pass::<C>(&mut ask, &mut asked, value)?;
        pass::<C>(&mut reply, &mut replied, value)
    })
}

/// Sends to one that waits for it.
fn pass<C: Polled>(tx: &mut C::Tx, rx: &mut C::Rx, value: u64) -> Result<(), Fault> {
    let mut context = Context::from_waker(Waker::noop());
    let mut recv = pin!(C::recv(rx));
    let waits = recv.as_mut().poll(&mut context).is_pending();
    let sent = pin!(C::send(tx, value)).poll(&mut context) == Poll::Ready(true);
    let came = recv.poll(&mut context) == Poll::Ready(Some(value));
    if waits && sent && came {
        return Ok(());
    }
    Err(wrong_reply())
}

/// Does it again and again, so many units a time.
pub(super) fn timed(
    count: u64,
    units: u64,
    pulse: &Pulse,
    mut once: impl FnMut() -> Result<(), Fault>,
) -> Result<Sample, Fault> {
    let start = Instant::now();
    let mut done = 0;
    while done < count && pulse.beat(done) {
        once()?;
        done += units;
    }
    Ok(nanos(start.elapsed(), done))
}

fn use_once<C: Trying>(capacity: Capacity) -> Result<(), Fault> {
    let (mut tx, mut rx) = C::open(capacity, 1);
    must_send::<C>(&mut tx, 1)?;
    must_recv::<C>(&mut rx).map(|value| {
        black_box(value);
    })
}

fn heap_new<C: Trying>(capacity: Capacity) -> Sample {
    // The first channel also pays for what its crate keeps per thread or process.
    drop(C::open(capacity, 1));
    let (_channel, bytes) = heap::grown(|| C::open(capacity, 1));
    Sample {
        amount: bytes as f64,
        units: 1,
    }
}

fn heap_idle<C: Trying>(capacity: Capacity, channels: usize) -> Sample {
    drop(C::open(capacity, 1));
    let mut idle = Vec::with_capacity(channels);
    let ((), bytes) = heap::grown(|| idle.extend((0..channels).map(|_| C::open(capacity, 1))));
    Sample {
        amount: bytes as f64,
        units: channels as u64,
    }
}

fn heap_queued<C: Trying>(capacity: Capacity) -> Result<Sample, Fault> {
    let (mut tx, _rx) = C::open(capacity, 1);
    let mut fill = |to_send| (0..to_send).try_for_each(|value| must_send::<C>(&mut tx, value));
    fill(QUEUED.0)?;
    let units = QUEUED.1 - QUEUED.0;
    let (filled, bytes) = heap::grown(|| fill(units));
    filled.map(|()| Sample {
        amount: bytes as f64,
        units,
    })
}

#[inline]
fn must_send<C: Trying>(tx: &mut C::Tx, value: u64) -> Result<(), Fault> {
    if C::try_send(tx, value) {
        return Ok(());
    }
    Err(Fault::Wrong("full before its capacity".into()))
}

#[inline]
fn must_recv<C: Trying>(rx: &mut C::Rx) -> Result<u64, Fault> {
    (0..LOOKS)
        .find_map(|_| C::try_recv(rx))
        .ok_or_else(|| Fault::Wrong("empty with messages in it".into()))
}
