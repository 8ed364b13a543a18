//! The second stage: reads files in pieces, for whichever worker is free.
//!
//! A file is counted in order, by whoever gets its pieces: its counter goes with each of them, and
//! comes back with the answer, as the emptied buffer does. Meanwhile the next piece is read. If the
//! answer is that this is no text, the rest is not.
//!
//! Every piece is answered, once. A reader waits for an answer only if its file goes on, or at its
//! own end; else it takes answers as it comes by. What is lost with its worker is answered by its
//! end. An interruption ends the wait for the answer in the middle of a file, and the worker sees
//! then that nobody wants it.
//!
//! What cannot be opened for a reason that passes (too many open files, an interrupted call) goes
//! back to the end of the line, through a sender that does not keep it open: when the walker has
//! gone the channel closes as if there were no way back, and what still fails is tried again on the
//! spot.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use waterway::{TryRecvError, oneshot};

use super::drive::Drive;
use super::{Answer, Answers, Job, Part, Piece, Verdict};
use crate::journal::{Log, What};
use crate::language;
use crate::meter::{Asked, Metered, Meters, Out, SharedIn, WeakOut};
use crate::tally::Aside;

/// The size of a piece. The first must hold all that tells what a file is.
pub(super) const PIECE: usize = 64 * 1024;
const _: () = assert!(PIECE >= language::HEAD);

/// How often a file is tried.
pub(super) const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(2);

/// Where files come from.
pub(crate) trait Source: Send + Sync + 'static {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
}

/// The file system.
#[derive(Debug)]
pub(crate) struct Disk;

impl Source for Disk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }
}

pub(super) struct Reader {
    pub(super) source: Arc<dyn Source>,
    pub(super) paths: SharedIn<Job>,
    pub(super) again: WeakOut<Job>,
    pub(super) pieces: Out<Piece>,
    pub(super) asked: Asked<Answer>,
    /// Where the answers about whole files arrive.
    pub(super) open: VecDeque<oneshot::Receiver<Answer>>,
    pub(super) answers: Answers,
    /// Emptied buffers.
    pub(super) buffers: Vec<Vec<u8>>,
    pub(super) log: Log,
}

/// The run is interrupted, or the workers have gone, or the one that had the file: there is nobody
/// to read for.
struct Unwanted;

/// How an attempt at a file ended.
enum Attempt {
    Done,
    Failed(PathBuf, io::Error),
}

impl Reader {
    pub(super) async fn run<D: Drive>(mut self) -> Meters {
        while let Some(job) = self.paths.recv::<D>().await {
            let done = match job {
                Job::Aside(aside) => self.set_aside::<D>(aside).await,
                Job::File { path, attempts } => self.read::<D>(path, attempts).await,
            };
            if done.is_err() {
                break;
            }
        }
        while let Some(answer) = self.open.pop_front() {
            let answer = self.asked.recv::<D>(answer).await;
            self.note(answer);
        }
        let mut meters = Meters::default();
        meters.answers = self.answers;
        self.paths.read(&mut meters);
        self.again.read(&mut meters);
        self.pieces.read(&mut meters);
        self.asked.read(&mut meters);
        meters
    }

    async fn read<D: Drive>(
        &mut self,
        mut path: PathBuf,
        mut attempts: u32,
    ) -> Result<(), Unwanted> {
        loop {
            attempts += 1;
            let error = match self.attempt::<D>(path).await? {
                Attempt::Done => return Ok(()),
                Attempt::Failed(again, error) => {
                    path = again;
                    error
                }
            };
            if attempts >= ATTEMPTS || !passes(&error) {
                return self.set_aside::<D>(Aside::unreadable(path, error)).await;
            }
            self.log.write(What::Failed {
                path: path.to_string_lossy().into_owned(),
                attempt: attempts,
                error: error.to_string(),
            });
            match self
                .again
                .try_send(Job::File { path, attempts })
                .map_err(|error| error.into_inner())
            {
                Ok(()) => return Ok(()),
                Err(Job::File { path: here, .. }) => path = here,
                Err(Job::Aside(aside)) => return self.set_aside::<D>(aside).await,
            }
            // There is no way back, or no room on it. To wait there for room would be to wait for
            // oneself.
            if !self.pieces.open_after::<D>(PAUSE * attempts).await {
                return Err(Unwanted);
            }
        }
    }

    async fn attempt<D: Drive>(&mut self, mut path: PathBuf) -> Result<Attempt, Unwanted> {
        self.come_by();
        let mut bytes = self.buffer();
        let opened = D::blocking(|| {
            let mut source = self.source.open(&path)?;
            let last = fill(&mut *source, &mut bytes)?;
            Ok((source, last))
        });
        let (mut source, mut last) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Attempt::Failed(path, error)),
        };
        let mut begun = None;
        loop {
            let (call, answer) = self.asked.call(Part {
                path,
                begun,
                bytes,
                last,
            });
            self.hand_on::<D>(Piece::Part(call)).await?;
            if last {
                self.open.push_back(answer);
                self.asked.unanswered(self.open.len());
                return Ok(Attempt::Done);
            }
            bytes = self.buffer();
            let filled = D::blocking(|| fill(&mut *source, &mut bytes));
            let answer = self.answered::<D>(answer).await?;
            let Verdict::GoesOn(here, counted) = answer.verdict else {
                self.buffers.push(bytes);
                self.note(Some(answer));
                return Ok(Attempt::Done);
            };
            self.buffers.push(answer.bytes);
            (path, begun) = (here, Some(counted));
            last = match filled {
                Ok(end) => end,
                Err(error) => return Ok(Attempt::Failed(path, error)),
            };
        }
    }

    async fn set_aside<D: Drive>(&mut self, aside: Aside) -> Result<(), Unwanted> {
        self.hand_on::<D>(Piece::Aside(aside)).await
    }

    async fn hand_on<D: Drive>(&mut self, piece: Piece) -> Result<(), Unwanted> {
        self.pieces.place::<D>(piece).await.map_err(|_| Unwanted)
    }

    /// Waits for the answer without which the file cannot go on, unless nobody takes the rest.
    async fn answered<D: Drive>(
        &mut self,
        answer: oneshot::Receiver<Answer>,
    ) -> Result<Answer, Unwanted> {
        let answer = self.asked.recv_unless::<D>(answer, self.pieces.closed());
        answer.await.ok_or(Unwanted)
    }

    /// Takes answers that are there: of a few files, each time of others, so that this costs the
    /// same however many are open.
    fn come_by(&mut self) {
        for _ in 0..4 {
            let Some(mut answer) = self.open.pop_front() else {
                break;
            };
            match self.asked.try_recv(&mut answer) {
                Ok(answer) => self.note(Some(answer)),
                Err(TryRecvError::Empty) => self.open.push_back(answer),
                Err(TryRecvError::Closed) => self.note(None),
            }
        }
    }

    /// What a file came to; `None` if its worker was lost with it.
    fn note(&mut self, answer: Option<Answer>) {
        let Some(Answer { bytes, verdict }) = answer else {
            self.answers.lost += 1;
            return;
        };
        self.buffers.push(bytes);
        match verdict {
            Verdict::Counted => self.answers.counted += 1,
            Verdict::Binary => self.answers.binary += 1,
            Verdict::NotUtf8 => self.answers.not_utf8 += 1,
            // A last piece is never answered so.
            Verdict::GoesOn(..) => self.answers.lost += 1,
        }
    }

    fn buffer(&mut self) -> Vec<u8> {
        self.buffers
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(PIECE))
    }
}

/// Fills the buffer; whether the end was reached before it was full.
fn fill(source: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.clear();
    source
        .take(PIECE as u64)
        .read_to_end(buffer)
        .map(|read| read < PIECE)
}

/// Whether it may go well the next time.
fn passes(error: &io::Error) -> bool {
    // Too many files are open, in this process or in the system.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(
        error.kind(),
        ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut
    ) || (cfg!(unix) && matches!(error.raw_os_error(), Some(ENFILE | EMFILE)))
}
