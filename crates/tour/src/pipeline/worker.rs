//! The third stage: makes tokens of the pieces and hands on what each file came to.

use super::drive::Drive;
use super::{Emptied, Finding, Piece};
use crate::meter::{Metered, Meters, Out, SharedIn};

pub(super) struct Worker {
    pub(super) pieces: SharedIn<Piece>,
    pub(super) findings: Out<Finding>,
}

impl Worker {
    pub(super) async fn run<D: Drive>(mut self) -> Meters {
        let mut meters = Meters::default();
        while let Some(piece) = self.pieces.recv::<D>().await {
            if let Some(finding) = take(piece, &mut meters) {
                if self.findings.send::<D>(finding).await.is_err() {
                    break;
                }
            }
        }
        self.pieces.read(&mut meters);
        self.findings.read(&mut meters);
        meters
    }
}

/// A finding, if the piece was the last of its file; else the reader gets the counter back for the
/// next one.
fn take(piece: Piece, meters: &mut Meters) -> Option<Finding> {
    let (language, mut counter, bytes, last, mut back) = match piece {
        Piece::Aside(aside) => return Some(Finding::Aside(aside)),
        Piece::Bytes {
            language,
            counter,
            bytes,
            last,
            back,
        } => (language, counter, bytes, last, back),
    };
    counter.feed(&bytes);
    let (counter, finding) = if last {
        (None, Some(Finding::Counted(language, counter.finish())))
    } else {
        (Some(counter), None)
    };
    // Its reader may have gone; then the buffer goes as well.
    let _ = back.try_send(Emptied { bytes, counter });
    back.read(meters);
    finding
}
