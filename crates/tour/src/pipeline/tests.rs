//! The pipeline as a whole, over sources that fail on purpose.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;

use super::drive::complete;
use super::reader::ATTEMPTS;
use super::*;
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
    }
}

fn count(stages: Stages, capacity: usize, dir: &TempDir, source: Flaky) -> Outcome {
    let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
    let plan = plan(stages, 2, 2, capacity);
    run(&plan, walk, Arc::new(source), desk()).unwrap()
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
            let outcome = run(&plan, walk, source.clone(), desk()).unwrap();
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

/// Opens, and then says nothing until the sender of the channel has gone.
struct Silent(Mutex<Receiver<()>>);

struct Blocked(Option<Receiver<()>>);

impl Source for Silent {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        if path.ends_with("silent.rs") {
            let receiver = std::mem::replace(&mut *self.0.lock().unwrap(), mpsc::unbounded().1);
            return Ok(Box::new(Blocked(Some(receiver))));
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
    for stages in ALL {
        let dir = tree(20);
        fs::write(dir.path().join("silent.rs"), "").unwrap();
        let (alive, receiver) = mpsc::rendezvous();
        let (notes, desk) = desk();
        let interrupt = notes.downgrade();
        let interrupter = std::thread::spawn(move || {
            // Taken once the reader hangs.
            alive.send(()).wait().unwrap();
            interrupt
                .upgrade()
                .unwrap()
                .send(Note::Interrupted)
                .wait()
                .unwrap();
            alive
        });
        let walk = Roots::new(&[dir.path().to_owned()]).unwrap().walk();
        let plan = plan(stages, 1, 2, 64);
        let outcome = run(
            &plan,
            walk,
            Arc::new(Silent(Mutex::new(receiver))),
            (notes, desk),
        )
        .unwrap();
        assert!(outcome.interrupted);
        assert_eq!(outcome.stuck, 1, "{stages:?}");
        // `silent.rs` is the last by name.
        assert_eq!(outcome.census.totals().files, 20, "{stages:?}");
        drop(interrupter.join().unwrap());
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
        let failure = run(&plan, walk, Arc::new(Panicking), desk()).unwrap_err();
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

/// A reader with two files before it, and whether the walker stays: the order in which it opens
/// them, and how many the reader sent back.
fn order_of_two(walker_stays: bool) -> (Vec<PathBuf>, u64) {
    let source = Arc::new(Noting::default());
    let (mut walker, paths) = channel(&PATHS, Some(8));
    let (pieces, mut worker) = channel(&PIECES, Some(8));
    let (_, spare) = channel(&SPARE, None);
    let reader = Reader {
        number: 0,
        source: source.clone(),
        paths,
        again: walker.downgrade(),
        pieces: Fan::new(vec![pieces]),
        spare,
        files: 0,
    };
    for path in ["a", "b"] {
        let (path, attempts) = (path.into(), 0);
        assert!(walker.try_send(Job::File { path, attempts }).is_ok());
    }
    let mut walker = Some(walker).filter(|_| walker_stays);
    let (done, mut end) = mpsc::rendezvous();
    std::thread::spawn(move || done.send(complete(reader.run::<Threads>())).wait());
    for _ in 0..2 {
        assert!(complete(worker.recv::<Threads>()).is_some(), "a file");
    }
    // The way back does not keep the channel open.
    walker.take();
    let meters = end.recv().wait_timeout(Duration::from_secs(20));
    let meters = meters.expect("it ends with the walker");
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
