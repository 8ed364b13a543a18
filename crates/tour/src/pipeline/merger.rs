//! The last stage: puts the findings together, and tells from time to time how far it is.

use std::time::{Duration, Instant};

use waterway::RecvTimeoutError;
use waterway::mpsc::Sender;

use super::drive::Drive;
use super::{Done, Finding, Note};
use crate::journal::Log;
use crate::meter::{In, Metered, Meters, SoleOut};
use crate::tally::Census;

/// As many findings are taken at once.
const BATCH: usize = 64;
/// The time between two words about the progress, whether or not there is news.
const TICK: Duration = Duration::from_millis(100);

pub(super) async fn run<D: Drive>(
    mut findings: In<Finding>,
    mut done: SoleOut<Done>,
    desk: Sender<Note>,
    log: Log,
) -> Meters {
    let mut census = Census::default();
    let mut files = 0;
    let mut batch = Vec::with_capacity(BATCH);
    let mut told = Instant::now();
    loop {
        match findings
            .recv_many::<D>(&mut batch, BATCH, TICK.saturating_sub(told.elapsed()))
            .await
        {
            Ok(number) => files += number as u64,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Closed) => break,
        }
        for finding in batch.drain(..) {
            match finding {
                Finding::Counted(language, counted) => census.enter(language, counted),
                Finding::Aside(aside) => {
                    log.write(&aside);
                    census.set_aside(aside);
                }
            }
        }
        if told.elapsed() >= TICK {
            told = Instant::now();
            let _ = done.send::<D>(Done { files }).await;
        }
    }
    let _ = done.send::<D>(Done { files }).await;

    let mut meters = Meters::default();
    findings.read(&mut meters);
    done.read(&mut meters);
    // That was the last word.
    drop(done);
    // The desk is waited for until it has taken it, and it stays until all is told.
    let _ = D::run(desk.send(Note::Census(census))).await;
    meters
}
