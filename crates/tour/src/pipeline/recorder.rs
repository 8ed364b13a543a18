//! The other stage that hears of every file: keeps which files are the largest, and writes in the
//! journal what was set aside.
//!
//! It hears of them as the merger does; the one who is slower holds up the workers, so that
//! neither misses any.

use waterway::spsc;

use super::Finding;
use super::drive::Drive;
use crate::counter::Counted;
use crate::journal::Log;
use crate::meter::{EachIn, Metered, Meters};
use crate::tally::Largest;

pub(super) async fn run<D: Drive>(
    mut findings: EachIn<Finding>,
    mut desk: spsc::Sender<Largest>,
    log: Log,
) -> Meters {
    let mut largest = Largest::default();
    while let Some(finding) = findings.recv::<D>().await {
        match &*finding {
            Finding::Counted {
                path,
                counted: Counted::Text(counts, _),
                ..
            } => largest.enter(path, counts.bytes),
            Finding::Counted {
                counted: Counted::NotUtf8,
                ..
            } => {}
            Finding::Aside(aside) => log.write(aside),
        }
    }
    let mut meters = Meters::default();
    findings.read(&mut meters);
    let _ = D::run(desk.send(largest)).await;
    meters
}
