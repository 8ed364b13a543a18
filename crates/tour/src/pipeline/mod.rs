//! The stages and the channels between them.
//!
//! ```text
//!           paths             pieces             findings       entries
//! walker =========> readers ==========> workers =====+===> merger +++++> actors
//!           ^         |  ^               : #         |      |  ^           :
//!           '- again -'  '~~~ answers ~~~' #         |      |  '~ shares ~~'
//!                                          # lines   |      | census
//!                                          #         |      '--------> desk <.... notes
//!                                          #         |                ^ ^ ^
//!                                          #         '===> recorder --' | :
//!                                          #                  largest   | :
//!                                          '#####> liner ---------------' :
//!                                                         longest         :
//! scout, merger - - progress - - > display              Ctrl-C ~~~ interrupt
//! ```
//!
//! | line | channel |
//! |---|---|
//! | `===>` | bounded, shared by all who receive (mpmc); a place is reserved first |
//! | `==+=>` | a lossless broadcast: each file comes to the merger and to the recorder |
//! | `###>` | a pool of line buffers, which are written and read in place ([`liner`]) |
//! | `+++>` | an inbox for each language, whose manager outlives the receivers ([`actor`]) |
//! | `~~~~` | oneshots: an answer for every piece of a file, what an actor comes to, the interruption |
//! | `- - >` | the latest state (watch), which two stages change and one shows |
//! | `---->` | from one to one (spsc): what the stages at the end come to |
//! | `....>` | a rendezvous (mpsc), to which every stage comes at its end |
//! | `again` | a weak sender of `paths` |
//!
//! Beside them lies the journal, in which every stage can write what happens without ever waiting.
//!
//! Readers and workers are two pools: whoever is free takes what is next, so that nobody has
//! nothing to do while work waits behind somebody else. A large file goes through the hands of
//! several workers, its counter with it.
//!
//! Everything about a file goes down one line, its failures as well, so that the end of the walk
//! runs through the stages as the end of one channel after another. An interruption closes `paths`
//! and `pieces`: what was read is still counted, nothing more is read, nobody waits for the middle
//! of a file, and a reader that hangs in a system call is waited for by nobody.
//!
//! Some wait for more than one thing at once: the merger for a finding and the next tick of its
//! clock ([`drive::Drive::or_tick`]), a reader for an answer and the end of `pieces`, the desk for a
//! note, the interruption and the end of its patience.

pub(crate) mod drive;

mod actor;
mod display;
mod liner;
mod merger;
mod reader;
mod recorder;
mod scout;
mod walker;
mod worker;

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use waterway::mpsc::{self, Receiver, Sender};
use waterway::oneshot::{self, Call};
use waterway::select::after;
use waterway::{select_wait, spsc};

use self::actor::Troupe;
use self::drive::{Drive, Tasks, Threads};
use self::liner::Buffers;
use self::reader::Reader;
use self::worker::Worker;
use crate::counter::{Counted, FileCounter};
use crate::journal::{Log, What};
use crate::language::Language;
use crate::meter::{
    Kind, Meter, Metered, Meters, Route, WeakOut, answers, each, shared, slots, state,
};
use crate::tally::{Aside, Census, Largest, LongLine, Longest, Reason};
use crate::walk::Walk;

pub(crate) use self::actor::Actors;
pub(crate) use self::reader::{Disk, Source};

static PATHS: Route = Route {
    order: 0,
    name: "paths",
    kind: Kind::Mpmc,
    from: "walker",
    to: "readers",
    copies: 1,
    emptied: true,
};
static PIECES: Route = Route {
    order: 1,
    name: "pieces",
    kind: Kind::Mpmc,
    from: "readers",
    to: "workers",
    copies: 1,
    emptied: true,
};
static ANSWERS: Route = Route {
    order: 2,
    name: "answers",
    kind: Kind::Oneshot,
    from: "workers",
    to: "readers",
    copies: 1,
    emptied: true,
};
static FINDINGS: Route = Route {
    order: 3,
    name: "findings",
    kind: Kind::Broadcast,
    from: "workers",
    to: "merger and recorder",
    copies: 2,
    emptied: true,
};
static ENTRIES: Route = Route {
    order: 4,
    name: "entries",
    kind: Kind::Inbox,
    from: "merger",
    to: "actors",
    copies: 1,
    emptied: true,
};
static SHARES: Route = Route {
    order: 5,
    name: "shares",
    kind: Kind::Oneshot,
    from: "actors",
    to: "merger",
    copies: 1,
    emptied: false,
};
static LINES: Route = Route {
    order: 6,
    name: "lines",
    kind: Kind::Pool,
    from: "workers",
    to: "liner",
    copies: 1,
    emptied: true,
};
static PROGRESS: Route = Route {
    order: 7,
    name: "progress",
    kind: Kind::Watch,
    from: "scout and merger",
    to: "display",
    copies: 1,
    emptied: false,
};
static CENSUS: Route = Route {
    order: 8,
    name: "census",
    kind: Kind::Spsc,
    from: "merger",
    to: "desk",
    copies: 1,
    emptied: false,
};
static LARGEST: Route = Route {
    order: 9,
    name: "largest",
    kind: Kind::Spsc,
    from: "recorder",
    to: "desk",
    copies: 1,
    emptied: false,
};
static LONGEST: Route = Route {
    order: 10,
    name: "longest",
    kind: Kind::Spsc,
    from: "liner",
    to: "desk",
    copies: 1,
    emptied: false,
};
static NOTES: Route = Route {
    order: 11,
    name: "notes",
    kind: Kind::Mpsc,
    from: "every stage",
    to: "desk",
    copies: 1,
    emptied: false,
};

/// How long an interrupted run waits for the stages that are not done.
const GRACE: Duration = Duration::from_millis(250);
/// The time between two words about the progress.
const TICK: Duration = Duration::from_millis(100);

/// From the walker to a reader, and from there back to any of them.
enum Job {
    File { path: PathBuf, attempts: u32 },
    Aside(Aside),
}

/// From a reader to a worker.
enum Piece {
    Part(Call<Part, Answer>),
    Aside(Aside),
}

/// A part of a file.
struct Part {
    path: PathBuf,
    /// What the parts before this one came to; `None` for the first.
    begun: Option<Begun>,
    bytes: Vec<u8>,
    last: bool,
}

struct Begun {
    language: Language,
    counter: Box<FileCounter>,
}

/// From a worker back to the reader of the piece.
struct Answer {
    /// The buffer, to be filled again.
    bytes: Vec<u8>,
    verdict: Verdict,
}

/// What is known of a file when a part of it is counted.
enum Verdict {
    /// The next part is wanted.
    GoesOn(PathBuf, Begun),
    Counted,
    Binary,
    NotUtf8,
}

/// What readers were told about files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Answers {
    pub(crate) counted: u64,
    pub(crate) binary: u64,
    pub(crate) not_utf8: u64,
    /// Nobody answered: the worker was lost.
    pub(crate) lost: u64,
}

impl Answers {
    pub(crate) fn add(&mut self, other: &Answers) {
        self.counted += other.counted;
        self.binary += other.binary;
        self.not_utf8 += other.not_utf8;
        self.lost += other.lost;
    }

    /// What of this is not in the census of a run that was not interrupted, a line each.
    pub(crate) fn differences(&self, census: &Census) -> Vec<String> {
        let aside = |reason| census.aside.get(&reason).copied().unwrap_or_default();
        [
            ("counted", self.counted, census.totals().files),
            ("binary", self.binary, aside(Reason::Binary)),
            ("not UTF-8", self.not_utf8, aside(Reason::NotUtf8)),
            ("lost", self.lost, 0),
        ]
        .into_iter()
        .filter(|(_, told, counted)| told != counted)
        .map(|(what, told, counted)| {
            format!("files {what}: {told} by what readers were told, {counted} by the merger")
        })
        .collect()
    }
}

/// From a worker to the merger and to the recorder.
enum Finding {
    Counted {
        path: PathBuf,
        language: Language,
        counted: Counted,
    },
    Aside(Aside),
}

/// From the scout and the merger to the display.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// How much there is, as far as the scout has looked.
    files: u64,
    bytes: u64,
    /// How many files the merger has.
    counted: u64,
}

/// To the desk, where the run is overseen, from a stage that is done.
struct Note(Meters);

/// The line to the desk. It is a rendezvous: who has left a note knows that it was taken.
fn desk() -> (Sender<Note>, Receiver<Note>) {
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
    /// Whether actors panic now and then.
    pub(crate) chaos: bool,
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

/// Runs the pipeline to its end, or to that of `interrupt`, and oversees it from the desk.
pub(crate) fn run(
    plan: &Plan,
    walk: Walk,
    source: Arc<dyn Source>,
    interrupt: &mut oneshot::Receiver<()>,
    log: &Log,
) -> Result<Outcome, Failure> {
    let (notes, desk) = desk();
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
        .and_then(|launched| oversee(launched, desk, interrupt, start));
    if let Some(runtime) = runtime {
        // A stage that hangs would hold up an orderly end for ever.
        runtime.shutdown_background();
    }
    outcome
}

/// What is left in hand once the stages run.
struct Launched {
    stages: usize,
    paths: WeakOut<Job>,
    pieces: WeakOut<Piece>,
    census: spsc::Receiver<Census>,
    largest: spsc::Receiver<Largest>,
    longest: spsc::Receiver<Longest>,
    /// Of the ends that no stage has, for others were cloned from them.
    meters: Meters,
}

/// Makes the channels and starts the stages: what waits for files on `near`, what counts on `far`.
fn launch<Near: Drive, Far: Drive + Clone>(
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
    let (findings_out, findings_in) = each(&FINDINGS, plan.capacity);
    let (progress_out, progress_in) = state(&PROGRESS, Progress::default());
    let (census_out, census) = spsc::bounded(1);
    let (largest_out, largest) = spsc::bounded(1);
    let (lines_out, lines_in) = slots::<LongLine, _>(&LINES, plan.capacity, Buffers::new());
    let (longest_out, longest) = spsc::bounded(1);
    let mut launched = Launched {
        stages: 0,
        paths: paths_out.downgrade(),
        pieces: pieces_out.downgrade(),
        census,
        largest,
        longest,
        meters: Meters::default(),
    };
    paths_in.read(&mut launched.meters);
    pieces_in.read(&mut launched.meters);

    // From the last stage to the first: nobody ever sends to one that is not there yet.
    start(
        far,
        "display",
        display::run::<Far>(progress_in),
        (&notes, log),
        &mut launched,
    )?;
    let recorder = recorder::run::<Far>(findings_in.clone(), largest_out, log.clone());
    start(far, "recorder", recorder, (&notes, log), &mut launched)?;
    let liner = liner::run::<Far>(lines_in, longest_out);
    start(far, "liner", liner, (&notes, log), &mut launched)?;
    let scout_out = plan.watched.then(|| progress_out.clone());
    let troupe = Troupe::new(far.clone(), plan.capacity, plan.chaos, log.clone());
    let merger = merger::run::<Far>(findings_in, troupe, progress_out, census_out);
    start(far, "merger", merger, (&notes, log), &mut launched)?;
    for _ in 0..plan.workers {
        let worker = Worker {
            pieces: pieces_in.clone(),
            findings: findings_out.clone(),
            lines: lines_out.clone(),
            answers: answers::<Answer>(&ANSWERS).0,
        };
        start(
            far,
            "worker",
            worker.run::<Far>(),
            (&notes, log),
            &mut launched,
        )?;
    }
    drop((findings_out, lines_out, pieces_in));
    for _ in 0..plan.readers {
        let reader = Reader {
            source: source.clone(),
            paths: paths_in.clone(),
            again: paths_out.downgrade(),
            pieces: pieces_out.clone(),
            asked: answers(&ANSWERS).1,
            open: VecDeque::new(),
            answers: Answers::default(),
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
    if let Some(progress) = scout_out {
        let scout = scout::run::<Near>(walk.clone(), progress);
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
        let _ = D::run(notes.send(Note(meters))).await;
    })?;
    launched.stages += 1;
    Ok(())
}

/// What the desk waits for.
enum Word {
    Note(Note),
    Census(Option<Census>),
    Largest(Option<Largest>),
    Longest(Option<Longest>),
    Interrupted,
    /// No note comes any more: all stages are gone, or there was patience enough.
    Over {
        timeout: bool,
    },
}

/// Sits at the desk until every stage has ended; if it is interrupted, until the census is there
/// and a little longer.
fn oversee(
    mut launched: Launched,
    mut desk: Receiver<Note>,
    interrupt: &mut oneshot::Receiver<()>,
    start: Instant,
) -> Result<Outcome, Failure> {
    let mut census = None;
    let mut largest = None;
    let mut longest = None;
    // Whether they may still come.
    let (mut counting, mut recording, mut lining) = (true, true, true);
    let mut meters = launched.meters;
    let mut interrupted = false;
    // Whether an interruption may still come.
    let mut listening = true;
    let mut stuck = launched.stages;
    // It is long before it is known.
    let mut grace = pin!(after(Duration::MAX));
    let mut hurry = false;
    // The last note of a stage holds its meters: what comes to the desk is counted here.
    let line = |capacity| Meter {
        lanes: 1,
        capacity: Some(capacity),
        ..Meter::default()
    };
    let mut notes = line(0);
    let mut results = [&CENSUS, &LARGEST, &LONGEST].map(|route| (route, line(1)));
    loop {
        let since = Instant::now();
        let word = select_wait! {
            biased;
            counted = launched.census.recv(), if counting => Word::Census(counted),
            recorded = launched.largest.recv(), if recording => Word::Largest(recorded),
            lined = launched.longest.recv(), if lining => Word::Longest(lined),
            note = desk.recv() => note.map_or(Word::Over { timeout: false }, Word::Note),
            called = &mut *interrupt, if listening => {
                listening = false;
                if called.is_err() {
                    // Whoever could has gone.
                    continue;
                }
                Word::Interrupted
            }
            _ = grace.as_mut() => Word::Over { timeout: true },
        };
        notes.receive_wait += since.elapsed();
        match word {
            Word::Interrupted => {
                interrupted = true;
                launched.paths.close();
                launched.pieces.close();
            }
            Word::Note(note) => {
                notes.received += 1;
                let Note(read) = note;
                meters.merge(read);
                stuck -= 1;
            }
            Word::Census(counted) => {
                results[0].1.received += u64::from(counted.is_some());
                (counting, census) = (false, counted);
            }
            Word::Largest(recorded) => {
                results[1].1.received += u64::from(recorded.is_some());
                (recording, largest) = (false, recorded);
            }
            Word::Longest(lined) => {
                results[2].1.received += u64::from(lined.is_some());
                (lining, longest) = (false, lined);
            }
            Word::Over { timeout } => {
                // Every stage had a sender: the channel closes when the last has gone, one way or
                // the other.
                meters.add(&NOTES, &notes);
                for (route, meter) in &results {
                    meters.add(route, meter);
                }
                return match (census, largest, longest) {
                    (Some(mut census), Some(largest), Some(longest)) if stuck == 0 || timeout => {
                        census.largest = largest;
                        census.longest = longest;
                        Ok(Outcome {
                            census,
                            meters,
                            interrupted,
                            stuck,
                            elapsed: start.elapsed(),
                        })
                    }
                    _ => Err(Failure::Lost { stages: stuck }),
                };
            }
        }
        let all = census.is_some() && largest.is_some() && longest.is_some();
        if interrupted && all && !hurry {
            hurry = true;
            grace.set(after(GRACE));
        }
    }
}

#[cfg(test)]
mod tests;
