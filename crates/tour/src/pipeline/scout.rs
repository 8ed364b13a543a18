//! Beside the other stages: looks ahead for how much there is, which the progress bar needs to
//! know.
//!
//! The walker cannot tell: the channels hold it back, so that it is never far ahead of the readers.

use super::Found;
use super::drive::Drive;
use crate::meter::{Metered, Meters, SoleOut};
use crate::walk::Walk;

pub(super) async fn run<D: Drive>(mut walk: Walk, mut found: SoleOut<Found>) -> Meters {
    let mut files = 0;
    let mut bytes = 0;
    while let Some(batch) = D::blocking(|| walk.next()) {
        files += (batch.files.len() + batch.aside.len()) as u64;
        bytes += batch.files.iter().map(|found| found.bytes).sum::<u64>();
        if found.send::<D>(Found { files, bytes }).await.is_err() {
            // The count is done before we are.
            break;
        }
    }
    let mut meters = Meters::default();
    found.read(&mut meters);
    meters
}
