//! One of the stages that hear of every file: hands what was counted on to the
//! [`actor`](super::actor) of its language, puts together what they come to, and tells from time to
//! time how far it is.

use std::iter;

use waterway::spsc;

use super::actor::Troupe;
use super::drive::Drive;
use super::{Finding, Progress, TICK};
use crate::meter::{EachIn, Metered, Meters, StateOut};
use crate::tally::Census;

/// As many findings are taken between two looks at the clock.
const BATCH: usize = 64;

pub(super) async fn run<D: Drive + Clone>(
    mut findings: EachIn<Finding>,
    mut troupe: Troupe<D>,
    mut progress: StateOut<Progress>,
    mut desk: spsc::Sender<Census>,
) -> Meters {
    let mut census = Census::default();
    let mut files = 0;
    let mut clock = D::clock(TICK);
    loop {
        match findings.recv_or_tick::<D>(&mut clock).await {
            Some(Some(first)) => {
                for finding in iter::once(first).chain(findings.ready().take(BATCH)) {
                    files += 1;
                    match &*finding {
                        Finding::Counted { language, .. } => {
                            let language = *language;
                            troupe.enter(language, finding).await;
                        }
                        Finding::Aside(aside) => census.set_aside(aside),
                    }
                }
            }
            Some(None) => break,
            None => {
                let _ = progress.change(|progress| progress.counted = files);
            }
        }
    }
    let _ = progress.change(|progress| progress.counted = files);
    // That was the last word, for the scout as well.
    progress.end();

    let mut meters = Meters::default();
    troupe.end(&mut census, &mut meters).await;
    findings.read(&mut meters);
    progress.read(&mut meters);
    // There is room for it; a desk that is gone has stopped waiting.
    let _ = D::run(desk.send(census)).await;
    meters
}
