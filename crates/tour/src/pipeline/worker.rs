//! The third stage: makes tokens of the pieces and hands on what each file came to.

use std::collections::HashMap;

use super::drive::Drive;
use super::{FileId, Finding, Piece};
use crate::counter::FileCounter;
use crate::language::Language;
use crate::meter::{In, Metered, Meters, Out};

pub(super) struct Worker {
    pub(super) pieces: In<Piece>,
    pub(super) findings: Out<Finding>,
    /// The way back for emptied buffers, for each reader.
    pub(super) spare: Vec<Out<Vec<u8>>>,
    /// Files of which a piece has come and the last one has not.
    pub(super) begun: HashMap<FileId, (Language, FileCounter)>,
}

impl Worker {
    pub(super) async fn run<D: Drive>(mut self) -> Meters {
        while let Some(piece) = self.pieces.recv::<D>().await {
            if let Some(finding) = self.take(piece) {
                if self.findings.send::<D>(finding).await.is_err() {
                    break;
                }
            }
        }
        let mut meters = Meters::default();
        self.pieces.read(&mut meters);
        self.findings.read(&mut meters);
        self.spare.iter().for_each(|spare| spare.read(&mut meters));
        meters
    }

    /// A finding, if the piece was the last of its file.
    fn take(&mut self, piece: Piece) -> Option<Finding> {
        let (file, first, bytes, last) = match piece {
            Piece::Aside(aside) => return Some(Finding::Aside(aside)),
            Piece::Abandoned(file) => {
                self.begun.remove(&file);
                return None;
            }
            Piece::Bytes {
                file,
                first,
                bytes,
                last,
            } => (file, first, bytes, last),
        };
        let (language, mut counter) = match first {
            Some(language) => (language, FileCounter::new(language)),
            None => self
                .begun
                .remove(&file)
                .expect("the pieces of a file come in order"),
        };
        counter.feed(&bytes);
        // Its reader may have gone; then the buffer goes as well.
        let _ = self.spare[file.reader].try_send(bytes);
        if last {
            return Some(Finding::Counted(language, counter.finish()));
        }
        self.begun.insert(file, (language, counter));
        None
    }
}
