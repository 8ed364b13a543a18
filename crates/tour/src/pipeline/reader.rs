//! The second stage: reads files in pieces, for whichever worker is free.
//!
//! A file is counted in order, by whoever gets its pieces: its counter goes with each of them, and
//! comes back with the emptied buffer. Meanwhile the next piece is read.
//!
//! What cannot be opened for a reason that passes (too many open files, an interrupted call) goes
//! back to the end of the line, through a sender that does not keep it open: when the walker has
//! gone the channel closes as if there were no way back, and what still fails is tried again on the
//! spot.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use waterway::mpmc::Mpmc;

use super::drive::Drive;
use super::{Emptied, Job, Piece};
use crate::counter::FileCounter;
use crate::journal::{Log, What};
use crate::language::{self, Language};
use crate::meter::{In, Metered, Meters, Out, SharedIn, WeakOut};
use crate::tally::{Aside, Reason};

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
    pub(super) again: WeakOut<Job, Mpmc>,
    pub(super) pieces: Out<Piece, Mpmc>,
    /// What comes back from the workers. Only the pieces hold its senders: when one is lost with
    /// its worker the reader does not wait for it.
    pub(super) spare: In<Emptied>,
    /// Emptied buffers.
    pub(super) buffers: Vec<Vec<u8>>,
    pub(super) log: Log,
}

/// The workers have gone, or the one that had the file: there is nobody to read for.
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
        let mut meters = Meters::default();
        self.paths.read(&mut meters);
        self.again.read(&mut meters);
        self.pieces.read(&mut meters);
        self.spare.read(&mut meters);
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
        while let Ok(emptied) = self.spare.try_recv() {
            self.buffers.push(emptied.bytes);
        }
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
        if language::is_binary(&bytes) {
            self.set_aside::<D>(Aside::new(path, Reason::Binary))
                .await?;
            return Ok(Attempt::Done);
        }
        let language = Language::of(&path, &bytes);
        let mut counter = Box::new(FileCounter::new(language));
        loop {
            let piece = Piece::Bytes {
                language,
                counter,
                bytes,
                last: last.then(|| mem::take(&mut path)),
                back: self.spare.out(),
            };
            self.hand_on::<D>(piece).await?;
            if last {
                return Ok(Attempt::Done);
            }
            bytes = self.buffer();
            let filled = D::blocking(|| fill(&mut *source, &mut bytes));
            // Also when it ends here: else the next file would get this one's.
            counter = self.counter_back::<D>().await?;
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

    /// Waits for the counter of the file that is being read.
    async fn counter_back<D: Drive>(&mut self) -> Result<Box<FileCounter>, Unwanted> {
        while let Some(emptied) = self.spare.recv::<D>().await {
            self.buffers.push(emptied.bytes);
            if let Some(counter) = emptied.counter {
                return Ok(counter);
            }
        }
        Err(Unwanted)
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
