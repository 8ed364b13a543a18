//! Running a contestant under a watchdog: one that hangs or panics loses its result, and the
//! comparison goes on.

use std::any::Any;
use std::fmt;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::contest::{Job, Runner, Sample};

/// A run that has not moved for so long hangs.
const STALL: Duration = Duration::from_secs(2);
/// How often the watchdog looks.
const LOOK: Duration = Duration::from_millis(50);
/// The name of every thread that runs a contestant.
const THREAD: &str = "contest";
/// A receiver reports once in so many messages.
const BEAT_EVERY: u64 = 32;

/// Why a contestant has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Stalled,
    Panicked(String),
    Wrong(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Stalled => f.write_str("stalled"),
            Fault::Panicked(why) => write!(f, "panicked: {why}"),
            Fault::Wrong(why) => write!(f, "wrong: {why}"),
        }
    }
}

impl From<Box<dyn Any + Send>> for Fault {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Fault::Panicked(text.unwrap_or_else(|| "no message".into()))
    }
}

/// What a run and its watchdog tell each other.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    done: AtomicU64,
    stop: AtomicBool,
    gave_up: Notify,
}

impl Pulse {
    /// Reports that so many units are done; false when the run should end here. Several may report,
    /// each for itself: the watchdog only looks whether the number changes.
    #[inline]
    pub(crate) fn beat(&self, done: u64) -> bool {
        if !done.is_multiple_of(BEAT_EVERY) {
            return true;
        }
        // Relaxed: a liveness count and a request, nothing is published with them.
        self.done.store(done, Ordering::Relaxed);
        !self.stopped()
    }

    /// Whether the run was asked to end early.
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Resolves when the watchdog has given the run up.
    pub(crate) async fn gave_up(&self) {
        self.gave_up.notified().await;
    }
}

/// Runs a contestant in a thread of its own; one that hangs is left behind. A run that takes longer
/// than `cut` is stopped, and counted for what it did by then.
pub(crate) fn supervise(run: Runner, job: Job, cut: Duration) -> Result<Sample, Fault> {
    let pulse = Arc::new(Pulse::default());
    let (report, result) = channel();
    let thread = spawn({
        let pulse = Arc::clone(&pulse);
        move || {
            // The watchdog may have gone.
            let _ = report.send(run(&job, &pulse));
        }
    });
    let start = Instant::now();
    let mut moved = (0, start);
    loop {
        match result.recv_timeout(LOOK) {
            Ok(result) => {
                thread.join()?;
                return result;
            }
            Err(RecvTimeoutError::Disconnected) => {
                thread.join()?;
                return Err(Fault::Wrong("ended without a result".into()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if start.elapsed() > cut {
            pulse.stop.store(true, Ordering::Relaxed);
        }
        let done = pulse.done.load(Ordering::Relaxed);
        if done != moved.0 {
            moved = (done, Instant::now());
        } else if moved.1.elapsed() > STALL {
            pulse.gave_up.notify_one();
            return Err(Fault::Stalled);
        }
    }
}

/// A thread that takes part in a contest.
pub(crate) fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new()
        .name(THREAD.into())
        .spawn(body)
        .expect("the system refuses a thread")
}

/// A multi-thread runtime's workers get the same name.
pub(crate) fn thread_name() -> &'static str {
    THREAD
}

/// Keeps the panics of contestants off the screen: they are in the report.
pub(crate) fn mute_contestants() {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some(THREAD) {
            loud(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells;

    fn watched(run: Runner) -> Result<Sample, Fault> {
        let cell = cells::all()[0];
        supervise(run, Job { cell, count: 1 }, Duration::from_millis(200))
    }

    #[test]
    fn results_and_panics_come_back() {
        let sample = Sample {
            amount: 3.0,
            units: 1,
        };
        assert_eq!(
            watched(|_, _| Ok(Sample {
                amount: 3.0,
                units: 1
            })),
            Ok(sample)
        );
        mute_contestants();
        let bad = watched(|_, _| panic!("no {}", "luck"));
        assert_eq!(bad, Err(Fault::Panicked("no luck".into())));
    }

    #[test]
    fn a_hung_run_is_left_behind_and_a_slow_one_cut() {
        let hung = watched(|_, _| {
            loop {
                thread::park()
            }
        });
        assert_eq!(hung, Err(Fault::Stalled));
        let slow = watched(|_, pulse| {
            let mut units = 0;
            while pulse.beat(units) {
                units += BEAT_EVERY;
                thread::sleep(Duration::from_millis(10));
            }
            Ok(Sample { amount: 1.0, units })
        });
        assert!(slow.is_ok_and(|sample| sample.units > BEAT_EVERY));
    }
}
