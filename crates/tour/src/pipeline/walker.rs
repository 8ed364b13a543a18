//! The first stage: finds the files, for whichever reader is free.

use super::Job;
use super::drive::Drive;
use crate::meter::{Metered, Meters, Out};
use crate::walk::Walk;

pub(super) async fn run<D: Drive>(mut walk: Walk, mut paths: Out<Job>) -> Meters {
    'walk: while let Some(batch) = D::blocking(|| walk.next()) {
        let files = batch.files.into_iter().map(|found| Job::File {
            path: found.path,
            attempts: 0,
        });
        for job in batch.aside.into_iter().map(Job::Aside).chain(files) {
            if paths.place::<D>(job).await.is_err() {
                break 'walk;
            }
        }
    }
    let mut meters = Meters::default();
    paths.read(&mut meters);
    meters
}
