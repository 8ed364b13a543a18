//! The third stage: makes tokens of the pieces and hands on what each file came to.

use std::path::PathBuf;

use super::drive::Drive;
use super::{Emptied, Finding, Piece};
use crate::counter::Counted;
use crate::language::Language;
use crate::meter::{Metered, Meters, Out, SharedIn};
use crate::tally::{Aside, Reason};

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
    let (counter, finding) = match last {
        Some(path) => (None, Some(found(path, language, counter.finish()))),
        None => (Some(counter), None),
    };
    // Its reader may have gone; then the buffer goes as well.
    let _ = back.try_send(Emptied { bytes, counter });
    back.read(meters);
    finding
}

fn found(path: PathBuf, language: Language, counted: Counted) -> Finding {
    match counted {
        Counted::Text(..) => Finding::Counted(language, counted),
        Counted::NotUtf8 => Finding::Aside(Aside::new(path, Reason::NotUtf8)),
    }
}
