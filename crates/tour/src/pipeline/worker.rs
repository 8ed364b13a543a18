//! The third stage: makes tokens of the pieces, hands on what each file came to, and answers the
//! reader of each piece.

use std::path::PathBuf;

use waterway::oneshot::Call;

use super::drive::Drive;
use super::{Answer, Begun, Finding, Part, Piece, Verdict};
use crate::counter::{Counted, FileCounter};
use crate::language::{self, Language};
use crate::meter::{EachOut, Metered, Meters, Replies, SharedIn};
use crate::tally::{Aside, Reason};

pub(super) struct Worker {
    pub(super) pieces: SharedIn<Piece>,
    pub(super) findings: EachOut<Finding>,
    pub(super) answers: Replies,
}

impl Worker {
    pub(super) async fn run<D: Drive>(mut self) -> Meters {
        while let Some(piece) = self.pieces.recv::<D>().await {
            let finding = match piece {
                Piece::Aside(aside) => Some(Finding::Aside(aside)),
                Piece::Part(call) => self.count(call),
            };
            if let Some(finding) = finding {
                if self.findings.send::<D>(finding).await.is_err() {
                    break;
                }
            }
        }
        let mut meters = Meters::default();
        self.pieces.read(&mut meters);
        self.findings.read(&mut meters);
        self.answers.read(&mut meters);
        meters
    }

    /// A finding, if nothing more of the file is needed; else the reader gets it back for the next
    /// piece.
    fn count(&mut self, Call { request, reply }: Call<Part, Answer>) -> Option<Finding> {
        if !request.last && reply.is_closed() {
            // Who was to read on has been interrupted: nothing can come of this file.
            return None;
        }
        let (verdict, finding) = judge(request.path, request.begun, &request.bytes, request.last);
        let bytes = request.bytes;
        // Its reader may have gone; what was read is counted all the same.
        let _ = self.answers.send(reply, Answer { bytes, verdict });
        finding
    }
}

/// Counts a piece: what its reader is told, and what is found out about the file.
fn judge(
    path: PathBuf,
    begun: Option<Begun>,
    bytes: &[u8],
    last: bool,
) -> (Verdict, Option<Finding>) {
    let mut begun = match begun {
        Some(begun) => begun,
        None if language::is_binary(bytes) => {
            let aside = Aside::new(path, Reason::Binary);
            return (Verdict::Binary, Some(Finding::Aside(aside)));
        }
        None => {
            let language = Language::of(&path, bytes);
            Begun {
                language,
                counter: Box::new(FileCounter::new(language)),
            }
        }
    };
    begun.counter.feed(bytes);
    if !last && begun.counter.is_text() {
        return (Verdict::GoesOn(path, begun), None);
    }
    match begun.counter.finish() {
        counted @ Counted::Text(..) => {
            let language = begun.language;
            let finding = Finding::Counted {
                path,
                language,
                counted,
            };
            (Verdict::Counted, Some(finding))
        }
        Counted::NotUtf8 => {
            let aside = Aside::new(path, Reason::NotUtf8);
            (Verdict::NotUtf8, Some(Finding::Aside(aside)))
        }
    }
}
