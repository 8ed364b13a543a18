//! The third stage: makes tokens of the pieces, hands on what each file came to and its longest line,
//! and answers the reader of each piece.

use std::path::PathBuf;

use waterway::oneshot::Call;

use super::drive::Drive;
use super::liner::Buffers;
use super::{Answer, Begun, Finding, Part, Piece, Verdict};
use crate::counter::{Counted, FileCounter, Line};
use crate::language::{self, Language};
use crate::meter::{EachOut, Metered, Meters, Replies, SharedIn, SlotOut};
use crate::tally::{Aside, LongLine, Reason};

pub(super) struct Worker {
    pub(super) pieces: SharedIn<Piece>,
    pub(super) findings: EachOut<Finding>,
    pub(super) lines: SlotOut<LongLine, Buffers>,
    pub(super) answers: Replies,
}

impl Worker {
    pub(super) async fn run<D: Drive>(mut self) -> Meters {
        while let Some(piece) = self.pieces.recv::<D>().await {
            let (finding, longest) = match piece {
                Piece::Aside(aside) => (Some(Finding::Aside(aside)), None),
                Piece::Part(call) => self.count(call),
            };
            if let (Some(Finding::Counted { path, .. }), Some(line)) = (&finding, &longest) {
                let write = |longest: &mut LongLine| longest.write(path, line);
                if self.lines.write::<D>(write).await.is_err() {
                    break;
                }
            }
            if let Some(finding) = finding {
                if self.findings.send::<D>(finding).await.is_err() {
                    break;
                }
            }
        }
        let mut meters = Meters::default();
        self.pieces.read(&mut meters);
        self.findings.read(&mut meters);
        self.lines.read(&mut meters);
        self.answers.read(&mut meters);
        meters
    }

    /// A finding, and the longest line of what is text, if nothing more of the file is needed; else
    /// the reader gets it back for the next piece.
    fn count(
        &mut self,
        Call { request, reply }: Call<Part, Answer>,
    ) -> (Option<Finding>, Option<Line>) {
        if !request.last && reply.is_closed() {
            // Who was to read on has been interrupted: nothing can come of this file.
            return (None, None);
        }
        let (verdict, finding, longest) =
            judge(request.path, request.begun, &request.bytes, request.last);
        let bytes = request.bytes;
        // Its reader may have gone; what was read is counted all the same.
        let _ = self.answers.send(reply, Answer { bytes, verdict });
        (finding, longest)
    }
}

/// Counts a piece: what its reader is told, what is found out about the file, and its longest line.
fn judge(
    path: PathBuf,
    begun: Option<Begun>,
    bytes: &[u8],
    last: bool,
) -> (Verdict, Option<Finding>, Option<Line>) {
    let mut begun = match begun {
        Some(begun) => begun,
        None if language::is_binary(bytes) => {
            let aside = Aside::new(path, Reason::Binary);
            return (Verdict::Binary, Some(Finding::Aside(aside)), None);
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
        return (Verdict::GoesOn(path, begun), None, None);
    }
    let longest = begun.counter.longest();
    match begun.counter.finish() {
        counted @ Counted::Text(..) => {
            let language = begun.language;
            let finding = Finding::Counted {
                path,
                language,
                counted,
            };
            (Verdict::Counted, Some(finding), longest)
        }
        Counted::NotUtf8 => {
            let aside = Aside::new(path, Reason::NotUtf8);
            (Verdict::NotUtf8, Some(Finding::Aside(aside)), None)
        }
    }
}
