//! Beside the other stages: looks ahead for how much there is, which the progress bar needs to
//! know.
//!
//! The walker cannot tell: the channels hold it back, so that it is never far ahead of the readers.

use std::time::Instant;

use super::drive::Drive;
use super::{Progress, TICK};
use crate::meter::{Metered, Meters, StateOut};
use crate::walk::Walk;

pub(super) async fn run<D: Drive>(mut walk: Walk, mut progress: StateOut<Progress>) -> Meters {
    let mut files = 0;
    let mut bytes = 0;
    let mut told = Instant::now();
    let mut more = true;
    while more {
        match D::blocking(|| walk.next()) {
            Some(batch) => {
                files += (batch.files.len() + batch.aside.len()) as u64;
                bytes += batch.files.iter().map(|found| found.bytes).sum::<u64>();
            }
            None => more = false,
        }
        // Nobody looks more often.
        if more && told.elapsed() < TICK {
            continue;
        }
        told = Instant::now();
        let changed = progress.change(|progress| {
            progress.files = files;
            progress.bytes = bytes;
        });
        if changed.is_err() {
            // The count is done before we are.
            break;
        }
    }
    let mut meters = Meters::default();
    progress.read(&mut meters);
    meters
}
