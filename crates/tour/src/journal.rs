//! What happened when, for whoever asks at the end: the newest events of the run.
//!
//! The channel lies in a static and holds as many events as it has room for. A stage never waits to
//! write one: where there is no room the oldest is displaced, and counted. So nobody need read
//! before the run is over, and a run of any length takes the same memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use waterway::TrySendError;
use waterway::mpsc::{self, Receiver, Sender};

use crate::language::Language;
use crate::meter::{Kind, Meter, Metered, Meters, Route};
use crate::tally::{Aside, Reason};

/// As many events are kept.
const ROOM: usize = 256;

static JOURNAL: mpsc::Static<Event, ROOM> = mpsc::Static::new();

static ROUTE: Route = Route {
    order: 12,
    name: "journal",
    kind: Kind::Mpsc,
    from: "every stage",
    to: "report",
    copies: 1,
    // What is displaced is sent and never received.
    emptied: false,
};

#[derive(Debug, Serialize)]
pub(crate) struct Event {
    /// Since the journal was opened.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    at: Duration,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(crate) enum What {
    /// A file or folder is in no language's counts.
    SetAside {
        path: String,
        reason: Reason,
        error: Option<String>,
    },
    /// A file could not be read this time, and will be tried again.
    Failed {
        path: String,
        attempt: u32,
        error: String,
    },
    /// Somebody wants the run to end.
    Interrupted,
    /// The actor of a language has panicked and is started again.
    Restarted { language: Language },
    /// A stage is done.
    Ended { stage: &'static str },
}

impl From<&Aside> for What {
    fn from(aside: &Aside) -> Self {
        What::SetAside {
            path: aside.path.to_string_lossy().into_owned(),
            reason: aside.reason,
            error: aside.error.as_ref().map(ToString::to_string),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::SetAside {
                path,
                reason,
                error,
            } => {
                write!(f, "set aside, {}: {path}", reason.describe())?;
                error.iter().try_for_each(|error| write!(f, ": {error}"))
            }
            What::Failed {
                path,
                attempt,
                error,
            } => write!(f, "attempt {attempt} failed: {path}: {error}"),
            What::Interrupted => f.write_str("interrupted"),
            What::Restarted { language } => {
                write!(f, "actor of {} started again", language.name())
            }
            What::Ended { stage } => write!(f, "{stage} ended"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9.3} s  {}", self.at.as_secs_f64(), self.what)
    }
}

fn seconds<S: Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.as_secs_f64())
}

/// For those who write.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    sender: Sender<Event>,
    start: Instant,
    displaced: Arc<AtomicU64>,
}

/// For the one who reads.
#[derive(Debug)]
pub(crate) struct Journal {
    receiver: Receiver<Event>,
    displaced: Arc<AtomicU64>,
}

/// What is in the journal at the end.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Record {
    pub(crate) written: u64,
    /// As many of them are no longer there.
    pub(crate) displaced: u64,
    /// The others, if they are to be listed.
    pub(crate) events: Option<Vec<Event>>,
}

/// Opens the program's journal, which there is once.
pub(crate) fn open() -> (Log, Journal) {
    over(JOURNAL.split())
}

/// A journal over any channel: whether it lies in a static, the handles do not tell.
pub(crate) fn over((sender, receiver): (Sender<Event>, Receiver<Event>)) -> (Log, Journal) {
    let displaced = Arc::new(AtomicU64::new(0));
    let log = Log {
        sender,
        start: Instant::now(),
        displaced: displaced.clone(),
    };
    (
        log,
        Journal {
            receiver,
            displaced,
        },
    )
}

impl Log {
    pub(crate) fn write(&self, what: impl Into<What>) {
        let event = Event {
            at: self.start.elapsed(),
            what: what.into(),
        };
        match self.sender.force_send(event) {
            // The journal may have been read already.
            Ok(None) | Err(TrySendError::Closed(_)) => {}
            // Seldom the oldest cannot be had, and this event goes in its stead.
            Ok(Some(_)) | Err(TrySendError::Full(_)) => {
                // ORDERING: Relaxed: a count. Who has ended has told so at the desk, and has counted
                // before that.
                self.displaced.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Journal {
    /// Closes the journal and reads what is in it. A stage that still hangs writes no more.
    pub(crate) fn end(mut self, listed: bool) -> Record {
        self.receiver.close();
        let events: Vec<_> = self.receiver.into_iter().collect();
        // ORDERING: Relaxed: as in `write`.
        let displaced = self.displaced.load(Ordering::Relaxed);
        Record {
            written: displaced + events.len() as u64,
            displaced,
            events: listed.then_some(events),
        }
    }
}

impl Metered for Record {
    /// Nobody receives before the end: what is there then is also the most there ever was.
    fn read(&self, meters: &mut Meters) {
        let kept = self.written - self.displaced;
        let meter = Meter {
            lanes: 1,
            capacity: Some(ROOM),
            sent: self.written,
            received: kept,
            highest: kept as usize,
            ..Meter::default()
        };
        meters.add(&ROUTE, &meter);
    }
}

#[cfg(test)]
mod tests {
    use std::{io, thread};

    use super::*;

    /// The numbers of the attempts that were written, and how many were displaced.
    fn attempts(journal: Journal) -> (Vec<u32>, u64) {
        let record = journal.end(true);
        let attempt = |event: Event| match event.what {
            What::Failed { attempt, .. } => attempt,
            what => panic!("{what}"),
        };
        let events = record.events.unwrap().into_iter().map(attempt);
        (events.collect(), record.displaced)
    }

    fn failed(attempt: u32) -> What {
        What::Failed {
            path: String::new(),
            attempt,
            error: String::new(),
        }
    }

    #[test]
    fn events_are_read_in_order_and_the_newest_are_kept() {
        // Each test has a static of its own: they run at the same time.
        static HERE: mpsc::Static<Event, ROOM> = mpsc::Static::new();
        for (written, displaced) in [(0, 0), (3, 0), (256, 0), (257, 1), (1_000, 744)] {
            // Split again: all handles of the last round are gone.
            let (log, journal) = over(HERE.split());
            (0..written).for_each(|number| log.write(failed(number)));
            assert!(HERE.try_split().is_none());
            let kept: Vec<_> = (displaced..written).collect();
            assert_eq!(attempts(journal), (kept, displaced.into()));
        }
    }

    #[test]
    fn an_event_after_the_end_is_for_nobody() {
        static HERE: mpsc::Static<Event, ROOM> = mpsc::Static::new();
        let (log, journal) = over(HERE.split());
        assert_eq!(attempts(journal), (Vec::new(), 0));
        log.write(failed(1));
        assert!(HERE.try_split().is_none(), "the log is still here");
        drop(log);
        let (_log, journal) = over(HERE.split());
        assert_eq!(attempts(journal), (Vec::new(), 0));
    }

    #[test]
    fn what_several_write_is_there_or_counted() {
        // The program's own; no other test opens it.
        let (log, journal) = open();
        let writers = [0, 1_000].map(|first| {
            let log = log.clone();
            thread::spawn(move || (first..first + 500).for_each(|number| log.write(failed(number))))
        });
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        let (numbers, displaced) = attempts(journal);
        assert_eq!((numbers.len(), displaced), (ROOM, 1_000 - ROOM as u64));
        for firsts in [true, false] {
            let one = numbers.iter().filter(|&&number| (number < 1_000) == firsts);
            assert!(one.is_sorted(), "{numbers:?}");
        }
    }

    #[test]
    fn people_and_programs_read_an_event() {
        let aside = Aside::unreadable("a".into(), io::Error::other("locked"));
        let event = Event {
            at: Duration::from_millis(1_500),
            what: (&aside).into(),
        };
        assert_eq!(
            event.to_string(),
            "    1.500 s  set aside, unreadable: a: locked"
        );
        assert_eq!(
            serde_json::to_value(&event).unwrap(),
            serde_json::json!({
                "seconds": 1.5,
                "event": "set_aside",
                "path": "a",
                "reason": "unreadable",
                "error": "locked",
            })
        );
    }
}
