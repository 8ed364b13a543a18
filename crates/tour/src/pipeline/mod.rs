//! The stages and the channels between them.
//!
//! ```text
//!           paths             pieces             findings             census
//! walker =========> readers ==========> workers ----------> merger ............> desk
//!           ^         |  ^                 |                  ~                   ^
//!           '- again -'  '----- spare -----'                  ~ done              |
//!                                                    found    v                   |
//!                                           scout ~~~~~~~> display                |
//!                                                    every stage, when it ends ...'
//!
//! ==>  bounded, shared by all who receive, a place is reserved first      -->  bounded
//! ~~>  unbounded, from one to one         ...  rendezvous         spare: unbounded
//! again: through a weak sender
//! ```
//!
//! Beside them lies the journal, in which every stage can write what happens without ever waiting.
//!
//! Readers and workers are two pools: whoever is free takes what is next, so that nobody has
//! nothing to do while work waits behind somebody else. A large file goes through the hands of
//! several workers, its counter with it.
//!
//! Everything about a file goes down one line, its failures as well, so that the end of the walk
//! runs through the stages as the end of one channel after another. An interruption closes `paths`
//! and `pieces`: what was read is still counted, nothing more is read, and a reader that hangs in a
//! system call is waited for by nobody.

pub(crate) mod drive;

mod display;
mod merger;
mod reader;
mod scout;
mod walker;
mod worker;

use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use waterway::mpmc::Mpmc;
use waterway::mpsc::{self, Receiver, Sender};

use self::drive::{Drive, Tasks, Threads};
use self::reader::Reader;
use self::worker::Worker;
use crate::counter::{Counted, FileCounter};
use crate::journal::{Log, What};
use crate::language::Language;
use crate::meter::{Meter, Metered, Meters, Out, Route, WeakOut, channel, shared, sole};
use crate::tally::{Aside, Census};
use crate::walk::Walk;

pub(crate) use self::reader::{Disk, Source};

static PATHS: Route = Route {
    order: 0,
    name: "paths",
    from: "walker",
    to: "readers",
    emptied: true,
};
static PIECES: Route = Route {
    order: 1,
    name: "pieces",
    from: "readers",
    to: "workers",
    emptied: true,
};
static SPARE: Route = Route {
    order: 2,
    name: "spare",
    from: "workers",
    to: "readers",
    emptied: false,
};
static FINDINGS: Route = Route {
    order: 3,
    name: "findings",
    from: "workers",
    to: "merger",
    emptied: true,
};
static FOUND: Route = Route {
    order: 4,
    name: "found",
    from: "scout",
    to: "display",
    emptied: true,
};
static DONE: Route = Route {
    order: 5,
    name: "done",
    from: "merger",
    to: "display",
    emptied: true,
};
static NOTES: Route = Route {
    order: 6,
    name: "notes",
    from: "every stage",
    to: "desk",
    emptied: false,
};

/// How long an interrupted run waits for the stages that are not done.
const GRACE: Duration = Duration::from_millis(250);

/// From the walker to a reader, and from there back to any of them.
enum Job {
    File { path: PathBuf, attempts: u32 },
    Aside(Aside),
}

/// From a reader to a worker.
enum Piece {
    Bytes {
        language: Language,
        /// What the file's pieces before this one came to.
        counter: Box<FileCounter>,
        bytes: Vec<u8>,
        /// The file's name, with its last piece.
        last: Option<PathBuf>,
        back: Out<Emptied>,
    },
    Aside(Aside),
}

/// From a worker back to the reader of the piece.
struct Emptied {
    bytes: Vec<u8>,
    /// For the file's next piece, unless this was the last.
    counter: Option<Box<FileCounter>>,
}

/// From a worker to the merger.
enum Finding {
    Counted(Language, Counted),
    Aside(Aside),
}

/// From the scout to the display: how much there is, as far as it has looked.
struct Found {
    files: u64,
    bytes: u64,
}

/// From the merger to the display: how much is counted.
struct Done {
    files: u64,
}

/// To the desk, where the run is overseen.
pub(crate) enum Note {
    /// From outside: come to an end.
    Interrupted,
    /// From the merger.
    Census(Census),
    /// From a stage that is done.
    Ended(Meters),
}

/// The line to the desk. It is a rendezvous: who has left a note knows that it was taken.
pub(crate) fn desk() -> (Sender<Note>, Receiver<Note>) {
    mpsc::rendezvous()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stages {
    Threads,
    Tasks,
    Mixed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) stages: Stages,
    pub(crate) readers: usize,
    pub(crate) workers: usize,
    /// Of every bounded channel.
    pub(crate) capacity: usize,
    /// Whether somebody looks at the progress.
    pub(crate) watched: bool,
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) census: Census,
    pub(crate) meters: Meters,
    pub(crate) interrupted: bool,
    /// Stages that had not ended when the interrupted run was over.
    pub(crate) stuck: usize,
    pub(crate) elapsed: Duration,
}

#[derive(Debug)]
pub(crate) enum Failure {
    /// A thread or the runtime could not be started.
    Start(io::Error),
    /// A stage ended before it was done.
    Lost { stages: usize },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Start(error) => write!(f, "cannot start the pipeline: {error}"),
            Failure::Lost { stages } => write!(f, "{stages} stage(s) of the pipeline broke off"),
        }
    }
}

/// Runs the pipeline to its end, and oversees it from the desk.
pub(crate) fn run(
    plan: &Plan,
    walk: Walk,
    source: Arc<dyn Source>,
    (notes, desk): (Sender<Note>, Receiver<Note>),
    log: &Log,
) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let builder = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_time()
            .thread_name("task")
            .build()
    };
    let runtime = match plan.stages {
        Stages::Threads => None,
        Stages::Tasks | Stages::Mixed => Some(builder().map_err(Failure::Start)?),
    };
    let tasks = runtime.as_ref().map(|runtime| Tasks {
        runtime: runtime.handle().clone(),
    });
    let launched = match (plan.stages, &tasks) {
        (Stages::Mixed, Some(tasks)) => launch(plan, &Threads, tasks, walk, source, (notes, log)),
        (Stages::Tasks, Some(tasks)) => launch(plan, tasks, tasks, walk, source, (notes, log)),
        _ => launch(plan, &Threads, &Threads, walk, source, (notes, log)),
    };
    let outcome = launched
        .map_err(Failure::Start)
        .and_then(|launched| oversee(launched, desk, start));
    if let Some(runtime) = runtime {
        // A stage that hangs would hold up an orderly end for ever.
        runtime.shutdown_background();
    }
    outcome
}

/// What is left in hand once the stages run.
struct Launched {
    stages: usize,
    paths: WeakOut<Job, Mpmc>,
    pieces: WeakOut<Piece, Mpmc>,
    /// Of the ends that no stage has, for others were cloned from them.
    meters: Meters,
}

/// Makes the channels and starts the stages: what waits for files on `near`, what counts on `far`.
fn launch<Near: Drive, Far: Drive>(
    plan: &Plan,
    near: &Near,
    far: &Far,
    walk: Walk,
    source: Arc<dyn Source>,
    (notes, log): (Sender<Note>, &Log),
) -> io::Result<Launched> {
    let bounded = Some(plan.capacity);
    let (paths_out, paths_in) = shared(&PATHS, bounded);
    let (pieces_out, pieces_in) = shared(&PIECES, bounded);
    let (findings_out, findings_in) = channel(&FINDINGS, bounded);
    let (found_out, found_in) = sole(&FOUND, None);
    let (done_out, done_in) = sole(&DONE, None);
    let mut launched = Launched {
        stages: 0,
        paths: paths_out.downgrade(),
        pieces: pieces_out.downgrade(),
        meters: Meters::default(),
    };
    paths_in.read(&mut launched.meters);
    pieces_in.read(&mut launched.meters);

    // From the last stage to the first: nobody ever sends to one that is not there yet.
    start(
        far,
        "display",
        display::run::<Far>(found_in, done_in),
        (&notes, log),
        &mut launched,
    )?;
    let merger = merger::run::<Far>(findings_in, done_out, notes.clone(), log.clone());
    start(far, "merger", merger, (&notes, log), &mut launched)?;
    for _ in 0..plan.workers {
        let worker = Worker {
            pieces: pieces_in.clone(),
            findings: findings_out.clone(),
        };
        start(
            far,
            "worker",
            worker.run::<Far>(),
            (&notes, log),
            &mut launched,
        )?;
    }
    drop((findings_out, pieces_in));
    for _ in 0..plan.readers {
        let reader = Reader {
            source: source.clone(),
            paths: paths_in.clone(),
            again: paths_out.downgrade(),
            pieces: pieces_out.clone(),
            spare: channel(&SPARE, None).1,
            buffers: Vec::new(),
            log: log.clone(),
        };
        start(
            near,
            "reader",
            reader.run::<Near>(),
            (&notes, log),
            &mut launched,
        )?;
    }
    drop((paths_in, pieces_out));
    if plan.watched {
        let scout = scout::run::<Near>(walk.clone(), found_out);
        start(near, "scout", scout, (&notes, log), &mut launched)?;
    }
    let walker = walker::run::<Near>(walk, paths_out);
    start(near, "walker", walker, (&notes, log), &mut launched)?;
    Ok(launched)
}

/// Starts a stage which says at the desk that it has ended and what its meters show; before that it
/// has written in the journal.
fn start<D: Drive>(
    drive: &D,
    name: &'static str,
    stage: impl Future<Output = Meters> + Send + 'static,
    (notes, log): (&Sender<Note>, &Log),
    launched: &mut Launched,
) -> io::Result<()> {
    let (notes, log) = (notes.clone(), log.clone());
    drive.launch(name, async move {
        let meters = stage.await;
        log.write(What::Ended { stage: name });
        // A desk that has closed has stopped waiting.
        let _ = D::run(notes.send(Note::Ended(meters))).await;
    })?;
    launched.stages += 1;
    Ok(())
}

/// Sits at the desk until every stage has ended; if it is interrupted, until the census is there
/// and a little longer.
fn oversee(
    launched: Launched,
    mut desk: Receiver<Note>,
    start: Instant,
) -> Result<Outcome, Failure> {
    let mut census = None;
    let mut meters = launched.meters;
    let mut interrupted = false;
    let mut stuck = launched.stages;
    let mut deadline = None;
    // The last note of a stage holds its meters: the notes themselves are counted here.
    let mut notes = Meter {
        lanes: 1,
        capacity: Some(0),
        ..Meter::default()
    };
    loop {
        let since = Instant::now();
        let note = match deadline {
            Some(deadline) => desk
                .recv()
                .wait_deadline(deadline)
                .map_err(|error| error.is_timeout()),
            None => desk.recv().wait().ok_or(false),
        };
        notes.receive_wait += since.elapsed();
        notes.received += u64::from(note.is_ok());
        match note {
            Ok(Note::Interrupted) => {
                interrupted = true;
                launched.paths.close();
                launched.pieces.close();
            }
            Ok(Note::Census(counted)) => census = Some(counted),
            Ok(Note::Ended(read)) => {
                meters.merge(read);
                stuck -= 1;
            }
            Err(timeout) => {
                // Every stage had a sender: the channel closes when the last has gone, one way or
                // the other.
                meters.add(&NOTES, &notes);
                return match census {
                    Some(census) if stuck == 0 || timeout => Ok(Outcome {
                        census,
                        meters,
                        interrupted,
                        stuck,
                        elapsed: start.elapsed(),
                    }),
                    _ => Err(Failure::Lost { stages: stuck }),
                };
            }
        }
        if interrupted && census.is_some() && deadline.is_none() {
            deadline = Some(Instant::now() + GRACE);
        }
    }
}

#[cfg(test)]
mod tests;
