//! The pipeline as a whole, over sources that fail on purpose.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::thread;

use tempfile::TempDir;

use super::drive::complete;
use super::reader::{ATTEMPTS, PIECE};
use super::*;
use crate::journal;
use crate::meter::{EachIn, Out, SharedIn, SlotIn, SlotOut};
use crate::tally::Reason;
use crate::walk::Roots;

const ALL: [Stages; 3] = [Stages::Threads, Stages::Tasks, Stages::Mixed];

/// Every file holds the same text; some of them are hard to get.
#[derive(Default)]
struct Flaky {
    text: Vec<u8>,
    /// How often a file cannot be opened.
    closed: u32,
    /// How often a file breaks off after so many bytes.
    broken: (u32, usize),
    error: i32,
    tried: Mutex<HashMap<PathBuf, u32>>,
}

struct Breaking(i32);

impl Read for Breaking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(self.0))
    }
}

impl Source for Flaky {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let mut tried = self.tried.lock().unwrap();
        let tried = tried.entry(path.to_owned()).or_default();
        *tried += 1;
        if *tried <= self.closed {
            return Err(io::Error::from_raw_os_error(self.error));
        }
        let whole = Cursor::new(self.text.clone());
        if *tried <= self.closed + self.broken.0 {
            return Ok(Box::new(
                whole.take(self.broken.1 as u64).chain(Breaking(self.error)),
            ));
        }
        Ok(Box::new(whole))
    }
}

const EMFILE: i32 = 24;
const EACCES: i32 = 13;

fn tree(files: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in 0..files {
        fs::write(dir.path().join(format!("{file}.rs")), "").unwrap();
    }
    dir
}

fn plan(stages: Stages, readers: usize, workers: usize, capacity: usize) -> Plan {
    Plan {
        stages,
        readers,
        workers,
        capacity,
        watched: true,
        chaos: false,
    }
}

/// For a journal that nobody reads.
fn log() -> Log {
    journal::over(mpsc::bounded(1)).0
}

/// Of a run that nobody interrupts.
fn calm() -> oneshot::Receiver<()> {
    oneshot::channel().1
}

/// To a liner that is not at work.
fn lines() -> (SlotOut<LongLine, Buffers>, SlotIn<LongLine, Buffers>) {
    slots(&LINES, 1, Buffers::new())
}

fn count(stages: Stages, capacity: usize, dir: &TempDir, source: Flaky) -> Outcome {
    let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
    let plan = plan(stages, 2, 2, capacity);
    run(&plan, walk, Arc::new(source), &mut calm(), &log()).unwrap()
}

#[test]
fn what_fails_for_a_while_is_tried_again() {
    let dir = tree(12);
    for stages in ALL {
        for capacity in [0, 1, 8] {
            let source = Flaky {
                text: b"fn a() {}".into(),
                closed: ATTEMPTS - 1,
                error: EMFILE,
                ..Flaky::default()
            };
            let outcome = count(stages, capacity, &dir, source);
            assert_eq!(outcome.census.totals().files, 12, "{stages:?} {capacity}");
            assert_eq!(outcome.census.totals().tokens, 72);
            assert_eq!(outcome.census.unreadable.len(), 0);
            assert_eq!(outcome.meters.losses(), [""; 0]);
        }
    }
}

#[test]
fn what_fails_too_often_or_for_good_is_set_aside() {
    let dir = tree(5);
    for stages in ALL {
        for (error, tried) in [(EMFILE, ATTEMPTS), (EACCES, 1)] {
            let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
            let source = Arc::new(Flaky {
                closed: u32::MAX,
                error,
                ..Flaky::default()
            });
            let plan = plan(stages, 1, 1, 4);
            let outcome = run(&plan, walk, source.clone(), &mut calm(), &log()).unwrap();
            assert_eq!(outcome.census.totals().files, 0);
            assert_eq!(outcome.census.aside[&Reason::Unreadable], 5);
            assert_eq!(outcome.census.unreadable.len(), 5);
            assert!(
                source
                    .tried
                    .lock()
                    .unwrap()
                    .values()
                    .all(|&times| times == tried),
                "{stages:?}"
            );
        }
    }
}

#[test]
fn the_journal_tells_what_was_tried_again_and_set_aside_and_who_ended() {
    let dir = tree(1);
    for stages in ALL {
        let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
        let source = Flaky {
            closed: u32::MAX,
            error: EMFILE,
            ..Flaky::default()
        };
        let (log, journal) = journal::over(mpsc::bounded(64));
        let plan = plan(stages, 2, 1, 4);
        run(&plan, walk, Arc::new(source), &mut calm(), &log).unwrap();
        let events = journal.end(true).events.unwrap();
        let events: Vec<_> = events.iter().map(ToString::to_string).collect();
        let of = |what: &str| {
            let of = events.iter().filter(|event| event.contains(what));
            of.count()
        };
        assert_eq!(of("  attempt "), ATTEMPTS as usize - 1, "{events:?}");
        assert_eq!(of("  set aside, unreadable: "), 1, "{events:?}");
        // The stages are a walker, a scout, the readers, the worker, the merger, the recorder, the
        // liner and the display.
        assert_eq!((of(" ended"), of("  reader ended")), (9, 2), "{events:?}");
        let place = |what: &str| events.iter().position(|event| event.contains(what));
        assert!(place("attempt 3 failed") < place("set aside"), "{events:?}");
        assert!(place("set aside") < place("recorder ended"), "{events:?}");
    }
}

#[test]
fn a_file_that_breaks_off_is_counted_once_or_not_at_all() {
    let dir = tree(2);
    let text = "let größe = 1;\n".repeat(12_000).into_bytes();
    for stages in ALL {
        // In the first piece, at its end, far behind it.
        for at in [5, 64 * 1024, 150_000] {
            let broken = (ATTEMPTS - 1, at);
            let source = Flaky {
                text: text.clone(),
                broken,
                error: EMFILE,
                ..Flaky::default()
            };
            let outcome = count(stages, 2, &dir, source);
            let totals = outcome.census.totals();
            assert_eq!(
                (totals.files, totals.lines, totals.tokens),
                (2, 24_000, 120_000),
                "{stages:?} {at}"
            );
            assert_eq!(outcome.census.names.top(9), [("größe", 24_000)]);

            let source = Flaky {
                text: text.clone(),
                broken: (1, at),
                error: EACCES,
                ..Flaky::default()
            };
            let outcome = count(stages, 2, &dir, source);
            assert_eq!(outcome.census.totals().files, 0, "{stages:?} {at}");
            assert_eq!(outcome.census.aside[&Reason::Unreadable], 2);
        }
    }
}

#[test]
fn every_file_is_read_once_whoever_reads_it() {
    let dir = tree(100);
    for stages in ALL {
        for capacity in [0, 1, 8] {
            let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
            let source = Arc::new(Flaky {
                text: b"fn a() {}".into(),
                ..Flaky::default()
            });
            let plan = plan(stages, 4, 3, capacity);
            let outcome = run(&plan, walk, source.clone(), &mut calm(), &log()).unwrap();
            let tried = source.tried.lock().unwrap();
            assert_eq!(tried.len(), 100, "{stages:?} {capacity}");
            assert!(tried.values().all(|&times| times == 1));
            assert_eq!(outcome.census.totals().files, 100);
            assert_eq!(outcome.census.totals().tokens, 600);
            assert_eq!(outcome.meters.losses(), [""; 0]);
            let answers = outcome.meters.answers;
            assert_eq!(answers.counted, 100);
            assert_eq!(answers.differences(&outcome.census), [""; 0]);
            assert_eq!(outcome.census.largest.iter().count(), Largest::KEPT);
            assert_eq!(outcome.stuck, 0);
        }
    }
}

/// The file that is opened first is there only when all the others have been opened.
#[derive(Default)]
struct Held {
    files: usize,
    opened: Mutex<usize>,
    another: Condvar,
}

impl Source for Held {
    fn open(&self, _: &Path) -> io::Result<Box<dyn Read + Send>> {
        let mut opened = self.opened.lock().unwrap();
        *opened += 1;
        self.another.notify_one();
        if *opened == 1 {
            let patience = Duration::from_secs(20);
            let wait = self
                .another
                .wait_timeout_while(opened, patience, |opened| *opened < self.files);
            assert!(!wait.unwrap().1.timed_out(), "a file waits behind it");
        }
        Ok(Box::new(io::empty()))
    }
}

#[test]
fn behind_a_reader_that_is_held_up_nothing_waits() {
    let dir = tree(50);
    for stages in ALL {
        for capacity in [0, 1, 8] {
            let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
            let source = Held {
                files: 50,
                ..Held::default()
            };
            let plan = plan(stages, 2, 2, capacity);
            let outcome = run(&plan, walk, Arc::new(source), &mut calm(), &log()).unwrap();
            assert_eq!(outcome.census.totals().files, 50, "{stages:?} {capacity}");
        }
    }
}

#[test]
fn behind_a_worker_that_is_held_up_nothing_waits() {
    let (mut reader, pieces) = shared(&PIECES, None);
    for _ in 0..8 {
        let piece = Piece::Aside(Aside::new("a".into(), Reason::Binary));
        assert!(reader.try_send(piece).is_ok());
    }
    drop(reader);
    let worker = || {
        let (findings, merger) = each(&FINDINGS, 1);
        let worker = Worker {
            pieces: pieces.clone(),
            findings,
            lines: lines().0,
            answers: answers::<Answer>(&ANSWERS).0,
        };
        (thread::spawn(|| complete(worker.run::<Threads>())), merger)
    };
    let all = |mut merger: EachIn<Finding>| {
        let findings = std::iter::from_fn(|| complete(merger.recv::<Threads>()));
        findings.count()
    };
    // Nobody takes its findings: it has one in the channel and one in hand.
    let (held, late_merger) = worker();
    let (free, merger) = worker();
    let before = all(merger);
    free.join().unwrap();
    assert!(before >= 6, "{before}");
    assert_eq!(before + all(late_merger), 8);
    held.join().unwrap();
}

/// Opens, and after so many bytes says nothing until the sender of the channel has gone.
struct Silent(usize, Mutex<Receiver<()>>);

struct Blocked(Option<Receiver<()>>);

impl Source for Silent {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        if path.ends_with("silent.rs") {
            let receiver = std::mem::replace(&mut *self.1.lock().unwrap(), mpsc::unbounded().1);
            let begun = Cursor::new(vec![b' '; self.0]);
            return Ok(Box::new(begun.chain(Blocked(Some(receiver)))));
        }
        Ok(Box::new(Cursor::new(b"word")))
    }
}

impl Read for Blocked {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        if let Some(mut receiver) = self.0.take() {
            // The first word is that it is being read.
            while receiver.recv().wait().is_some() {}
        }
        Err(ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn an_interrupted_run_counts_what_was_read_and_leaves_a_stuck_reader_behind() {
    for (stages, pieces, chaos) in ALL
        .into_iter()
        .flat_map(|stages| [(stages, 0, false), (stages, 2, true)])
    {
        let dir = tree(30);
        fs::write(dir.path().join("silent.rs"), "").unwrap();
        let (alive, receiver) = mpsc::rendezvous();
        let (interrupter, mut interrupt) = oneshot::channel();
        let interrupter = thread::spawn(move || {
            // Taken once the reader hangs.
            alive.send(()).wait().unwrap();
            interrupter.send(()).unwrap();
            alive
        });
        let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
        let plan = Plan {
            chaos,
            ..plan(stages, 1, 2, 64)
        };
        let outcome = run(
            &plan,
            walk,
            Arc::new(Silent(pieces * PIECE, Mutex::new(receiver))),
            &mut interrupt,
            &log(),
        )
        .unwrap();
        assert!(outcome.interrupted);
        assert_eq!(outcome.stuck, 1, "{stages:?} {pieces}");
        // `silent.rs` is the last by name.
        assert_eq!(outcome.census.totals().files, 30, "{stages:?} {pieces}");
        assert_eq!(outcome.meters.actors.restarts, u64::from(chaos));
        let (_, paths) = outcome.meters.iter().next().unwrap();
        assert_eq!(paths.lanes, 1, "whoever is stuck, a channel is a channel");
        drop(interrupter.join().unwrap());
    }
}

#[test]
fn the_longest_lines_go_over_the_borders_of_pieces() {
    let dir = tree(4);
    // Behind a short line, one that ends in the third piece.
    let line = "größe ".repeat(2 * PIECE / 7);
    let text = format!("short\n{line}\nshort\n");
    for stages in ALL {
        for capacity in [0, 8] {
            let source = Flaky {
                text: text.clone().into(),
                ..Flaky::default()
            };
            let outcome = count(stages, capacity, &dir, source);
            assert_eq!(outcome.meters.losses(), [""; 0]);
            let found = outcome.census.longest.iter().enumerate();
            for (at, found) in found {
                let path = dir.path().join(format!("{at}.rs"));
                assert_eq!(Path::new(&found.path), path, "{stages:?} {capacity}");
                assert_eq!((found.number, found.bytes), (2, line.len() as u64));
                assert_eq!(found.text, "größe ".repeat(20));
            }
            assert_eq!(outcome.census.longest.iter().count(), Longest::KEPT);
        }
    }
}

#[test]
fn actors_that_panic_are_started_again_and_lose_nothing() {
    let dir = tree(300);
    fs::write(dir.path().join("one.py"), "").unwrap();
    for stages in ALL {
        for capacity in [0, 1, 8] {
            let census = [false, true].map(|chaos| {
                let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
                let source = Flaky {
                    text: b"fn a() { b }".into(),
                    ..Flaky::default()
                };
                let plan = Plan {
                    chaos,
                    ..plan(stages, 2, 2, capacity)
                };
                let (log, journal) = journal::over(mpsc::bounded(64));
                let outcome = run(&plan, walk, Arc::new(source), &mut calm(), &log).unwrap();
                // At 24, 121 and 218 of 300.
                let restarts = if chaos { 3 } else { 0 };
                let actors = Actors {
                    started: 2,
                    restarts,
                };
                assert_eq!(outcome.meters.actors, actors, "{stages:?} {capacity}");
                assert_eq!(outcome.meters.losses(), [""; 0], "{stages:?} {capacity}");
                let (_, entries) = outcome
                    .meters
                    .iter()
                    .find(|(route, _)| **route == ENTRIES)
                    .unwrap();
                assert_eq!((entries.received, entries.lanes), (301, 2));
                let events = journal.end(true).events.unwrap();
                let told = events
                    .iter()
                    .filter(|event| event.to_string().ends_with("actor of rust started again"));
                assert_eq!(told.count() as u64, restarts);
                outcome.census
            });
            let [calm, chaos] = census;
            assert_eq!(calm.totals().files, 301);
            assert_eq!(calm.differences(&chaos), [""; 0], "{stages:?} {capacity}");
        }
    }
}

struct Panicking;

impl Source for Panicking {
    fn open(&self, _: &Path) -> io::Result<Box<dyn Read + Send>> {
        panic!("no source today");
    }
}

#[test]
fn a_stage_that_panics_is_missed() {
    let dir = tree(3);
    for stages in ALL {
        let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
        let plan = plan(stages, 1, 1, 1);
        let failure = run(&plan, walk, Arc::new(Panicking), &mut calm(), &log()).unwrap_err();
        assert!(matches!(failure, Failure::Lost { stages: 1 }), "{failure}");
    }
}

/// Notes who is opened when. Nobody can be the first time.
#[derive(Default)]
struct Noting(Mutex<Vec<PathBuf>>);

impl Source for Noting {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let mut noted = self.0.lock().unwrap();
        let first = !noted.iter().any(|known| known == path);
        noted.push(path.to_owned());
        if first {
            return Err(io::Error::from_raw_os_error(EMFILE));
        }
        Ok(Box::new(io::empty()))
    }
}

/// A reader, the way to it and the way from it.
fn reader(source: Arc<dyn Source>) -> (Out<Job>, Reader, SharedIn<Piece>) {
    let (walker, paths) = shared(&PATHS, Some(8));
    let (pieces, worker) = shared(&PIECES, Some(8));
    let reader = Reader {
        source,
        paths,
        again: walker.downgrade(),
        pieces,
        asked: answers(&ANSWERS).1,
        open: VecDeque::new(),
        answers: Answers::default(),
        buffers: Vec::new(),
        log: log(),
    };
    (walker, reader, worker)
}

/// Runs the reader in a thread; its meters come when it ends.
fn start_reader(reader: Reader) -> Receiver<Meters> {
    let (done, end) = mpsc::rendezvous();
    thread::spawn(move || done.send(complete(reader.run::<Threads>())).wait());
    end
}

/// A reader with two files before it, and whether the walker stays: the order in which it opens
/// them, and how many the reader sent back.
fn order_of_two(walker_stays: bool) -> (Vec<PathBuf>, u64) {
    let source = Arc::new(Noting::default());
    let (mut walker, reader, mut worker) = reader(source.clone());
    for path in ["a", "b"] {
        let (path, attempts) = (path.into(), 0);
        assert!(walker.try_send(Job::File { path, attempts }).is_ok());
    }
    let mut walker = Some(walker).filter(|_| walker_stays);
    let mut end = start_reader(reader);
    for _ in 0..2 {
        assert!(complete(worker.recv::<Threads>()).is_some(), "a file");
    }
    // The way back does not keep the channel open.
    walker.take();
    let meters = end.recv().wait_timeout(Duration::from_secs(20));
    let meters = meters.expect("it ends with the walker");
    // This worker loses what it is given.
    let lost = Answers {
        lost: 2,
        ..Answers::default()
    };
    assert_eq!(meters.answers, lost);
    let sent_back = meters.iter().find(|(route, _)| **route == PATHS);
    let noted = source.0.lock().unwrap().clone();
    (noted, sent_back.expect("the reader's").1.sent)
}

#[test]
fn what_is_tried_again_lets_others_go_first_while_there_is_a_way_back() {
    let names = |order: [&str; 4]| order.map(PathBuf::from).to_vec();
    assert_eq!(order_of_two(true), (names(["a", "b", "a", "b"]), 2));
    assert_eq!(order_of_two(false), (names(["a", "a", "b", "b"]), 0));
}

#[test]
fn a_file_that_is_lost_with_its_worker_is_not_waited_for() {
    let source = Arc::new(Flaky {
        text: vec![b' '; 2 * PIECE],
        ..Flaky::default()
    });
    let (mut walker, reader, mut worker) = reader(source);
    let (path, attempts) = ("a".into(), 0);
    assert!(walker.try_send(Job::File { path, attempts }).is_ok());
    let mut end = start_reader(reader);
    // There is another worker, and more might come from the walker.
    let _other = worker.clone();
    drop(complete(worker.recv::<Threads>()));
    let meters = end.recv().wait_timeout(Duration::from_secs(20));
    assert!(meters.is_ok(), "the reader ends");
    drop(walker);
}

#[test]
fn who_is_interrupted_in_a_file_waits_for_no_answer_and_nobody_counts_on() {
    let source = Arc::new(Flaky {
        // It would be set aside at once.
        text: vec![0xff; 2 * PIECE],
        ..Flaky::default()
    });
    let (mut walker, reader, mut pieces) = reader(source);
    let (path, attempts) = ("a".into(), 0);
    assert!(walker.try_send(Job::File { path, attempts }).is_ok());
    let interrupted = reader.pieces.downgrade();
    let mut end = start_reader(reader);
    let Some(Piece::Part(call)) = complete(pieces.recv::<Threads>()) else {
        panic!("the first piece");
    };
    assert!(!call.reply.is_closed());
    interrupted.close();
    let meters = end.recv().wait_timeout(Duration::from_secs(20));
    let meters = meters.expect("the reader ends, though nobody answers");
    assert_eq!(meters.answers, Answers::default());

    // The piece was in a channel all this time.
    let (mut again, pieces) = shared(&PIECES, Some(1));
    assert!(again.try_send(Piece::Part(call)).is_ok());
    drop(again);
    let (findings, mut merger) = each(&FINDINGS, 1);
    let (lines, mut liner) = lines();
    let worker = Worker {
        pieces,
        findings,
        lines,
        answers: answers::<Answer>(&ANSWERS).0,
    };
    let meters = complete(worker.run::<Threads>());
    let answered = meters.iter().find(|(route, _)| **route == ANSWERS).unwrap();
    assert_eq!(answered.1.sent, 0);
    assert!(complete(merger.recv::<Threads>()).is_none());
    assert!(complete(liner.recv::<Threads>()).is_none());
}

#[test]
fn a_whole_file_is_counted_though_nobody_waits_for_the_answer() {
    let (call, answer) = Call::new(Part {
        path: "a.rs".into(),
        begun: None,
        bytes: b"fn a() {}".into(),
        last: true,
    });
    drop(answer);
    let (mut reader, pieces) = shared(&PIECES, Some(1));
    assert!(reader.try_send(Piece::Part(call)).is_ok());
    drop(reader);
    let (findings, mut merger) = each(&FINDINGS, 1);
    let (lines, mut liner) = lines();
    let worker = Worker {
        pieces,
        findings,
        lines,
        answers: answers::<Answer>(&ANSWERS).0,
    };
    complete(worker.run::<Threads>());
    let finding = complete(merger.recv::<Threads>());
    assert!(matches!(finding.as_deref(), Some(Finding::Counted { .. })));
    let line = complete(liner.recv::<Threads>());
    assert_eq!(line.map(|line| line.bytes), Some(9));
}

/// A file of so many pieces, which begins so; counts those that are read.
struct Long {
    start: &'static [u8],
    pieces: usize,
    read: Arc<Mutex<usize>>,
}

struct Counting<R>(R, Arc<Mutex<usize>>);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        *self.1.lock().unwrap() += read;
        Ok(read)
    }
}

impl Source for Long {
    fn open(&self, _: &Path) -> io::Result<Box<dyn Read + Send>> {
        let rest = io::repeat(b' ').take((self.pieces * PIECE) as u64);
        let file = Cursor::new(self.start).chain(rest);
        Ok(Box::new(Counting(file, self.read.clone())))
    }
}

#[test]
fn of_what_is_no_text_the_rest_is_not_read() {
    let dir = tree(1);
    for stages in ALL {
        for (start, reason) in [(&b"\xff"[..], Reason::NotUtf8), (b"\0", Reason::Binary)] {
            let read = Arc::new(Mutex::new(0));
            let source = Long {
                start,
                pieces: 50,
                read: read.clone(),
            };
            let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
            let plan = plan(stages, 2, 2, 4);
            let outcome = run(&plan, walk, Arc::new(source), &mut calm(), &log()).unwrap();
            assert_eq!(outcome.census.aside[&reason], 1, "{stages:?}");
            let answers = outcome.meters.answers;
            assert_eq!(answers.differences(&outcome.census), [""; 0]);
            // The first piece, and what is read before its answer comes.
            assert_eq!(*read.lock().unwrap(), 2 * PIECE, "{stages:?}");
        }
    }
}

#[test]
fn what_readers_were_told_is_compared() {
    let mut census = Census::default();
    census.set_aside(&Aside::new("a".into(), Reason::Binary));
    let told = Answers {
        counted: 1,
        binary: 1,
        not_utf8: 0,
        lost: 2,
    };
    let differences = [
        "files counted: 1 by what readers were told, 0 by the merger",
        "files lost: 2 by what readers were told, 0 by the merger",
    ];
    assert_eq!(told.differences(&census), differences);
}
