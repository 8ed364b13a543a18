//! The result as people read it and as programs do.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::journal::Record;
use crate::language::Language;
use crate::meter::{Kind, Meter, Route};
use crate::pipeline::{Actors, Answers, Outcome, Plan, Stages};
use crate::table::{Table, grouped, megabytes};
use crate::tally::{Counts, Reason};

/// As many unreadable paths are listed for people.
const MOST_PATHS: usize = 10;

/// As many characters of a long line are shown to people.
const MOST_TEXT: usize = 40;

/// How the recount came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "differences")]
pub(crate) enum Check {
    Agrees,
    Differs(Vec<String>),
    /// There is nothing to compare: the run or the recount was interrupted.
    Unfinished,
}

#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    partial: bool,
    /// Stages that still hung in a system call when an interrupted run was over.
    stuck_stages: usize,
    stages: &'static str,
    readers: usize,
    workers: usize,
    seconds: f64,
    totals: Counts,
    distinct_identifiers: usize,
    languages: Vec<LanguageRow>,
    identifiers: Vec<Name<'a>>,
    set_aside: Vec<AsideRow>,
    unreadable: Vec<Unreadable<'a>>,
    largest: Vec<LargestRow<'a>>,
    longest: Vec<LongestRow<'a>>,
    /// What the readers were told about their files.
    answers: Answers,
    actors: Actors,
    channels: Vec<ChannelRow>,
    journal: Record,
    check: Option<Check>,
}

#[derive(Debug, Serialize)]
struct LanguageRow {
    language: Language,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Debug, Serialize)]
struct Name<'a> {
    name: &'a str,
    count: u64,
}

#[derive(Debug, Serialize)]
struct AsideRow {
    reason: Reason,
    files: u64,
}

#[derive(Debug, Serialize)]
struct Unreadable<'a> {
    path: Cow<'a, str>,
    error: &'a str,
}

#[derive(Debug, Serialize)]
struct LargestRow<'a> {
    path: Cow<'a, str>,
    bytes: u64,
}

/// The longest line of a file.
#[derive(Debug, Serialize)]
struct LongestRow<'a> {
    path: Cow<'a, str>,
    line: u64,
    bytes: u64,
    /// Its beginning.
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct ChannelRow {
    channel: &'static str,
    kind: Kind,
    from: &'static str,
    to: &'static str,
    lanes: usize,
    /// `null` is unbounded.
    capacity: Option<usize>,
    messages: u64,
    messages_per_second: f64,
    highest_fill: usize,
    /// `null` where no sender has a meter.
    senders_waited_seconds: Option<f64>,
    receivers_waited_seconds: f64,
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        outcome: &'a Outcome,
        plan: &Plan,
        top: usize,
        check: Option<Check>,
        journal: Record,
    ) -> Self {
        let census = &outcome.census;
        let names = census
            .names
            .top(top)
            .into_iter()
            .map(|(name, count)| Name { name, count });
        let unreadable = census.unreadable.iter().map(|(path, error)| Unreadable {
            path: Path::to_string_lossy(path),
            error: error.as_str(),
        });
        Report {
            partial: outcome.interrupted,
            stuck_stages: outcome.stuck,
            stages: match plan.stages {
                Stages::Threads => "threads",
                Stages::Tasks => "tasks",
                Stages::Mixed => "mixed",
            },
            readers: plan.readers,
            workers: plan.workers,
            seconds: outcome.elapsed.as_secs_f64(),
            totals: census.totals(),
            distinct_identifiers: census.names.distinct(),
            languages: census
                .languages
                .iter()
                .map(|(&language, &counts)| LanguageRow { language, counts })
                .collect(),
            identifiers: names.collect(),
            set_aside: census
                .aside
                .iter()
                .map(|(&reason, &files)| AsideRow { reason, files })
                .collect(),
            unreadable: unreadable.collect(),
            largest: census
                .largest
                .iter()
                .map(|(path, bytes)| LargestRow {
                    path: path.to_string_lossy(),
                    bytes,
                })
                .collect(),
            longest: census
                .longest
                .iter()
                .map(|line| LongestRow {
                    path: line.path.to_string_lossy(),
                    line: line.number,
                    bytes: line.bytes,
                    text: &line.text,
                })
                .collect(),
            answers: outcome.meters.answers,
            actors: outcome.meters.actors,
            channels: outcome
                .meters
                .iter()
                .map(|(route, meter)| channel(route, meter, outcome.elapsed))
                .collect(),
            journal,
            check,
        }
    }

    pub(crate) fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self)
            .expect("its keys are strings and nothing in it fails");
        json.push('\n');
        json
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes everything");
        text
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "{}", self.languages_table())?;
        self.write_aside(out)?;
        if !self.identifiers.is_empty() {
            writeln!(out, "{}", self.names_table())?;
        }
        if !self.largest.is_empty() {
            writeln!(out, "{}", self.largest_table())?;
        }
        if !self.longest.is_empty() {
            writeln!(out, "{}", self.longest_table())?;
        }
        writeln!(out, "{}", self.channels_table())?;
        let Actors { started, restarts } = self.actors;
        writeln!(out, "actors: {started}, started again {restarts} time(s)")?;
        self.write_journal(out)?;
        if self.partial {
            let stuck = match self.stuck_stages {
                0 => "",
                _ => ", also without what a stage hangs at",
            };
            writeln!(
                out,
                "partial: interrupted, counted is what was read until then{stuck}"
            )?;
        }
        match &self.check {
            None => {}
            Some(Check::Agrees) => writeln!(out, "check: the recount agrees")?,
            Some(Check::Unfinished) => writeln!(out, "check: not done, it was interrupted")?,
            Some(Check::Differs(differences)) => {
                writeln!(out, "check: the recount differs")?;
                differences
                    .iter()
                    .try_for_each(|difference| writeln!(out, "  {difference}"))?;
            }
        }
        writeln!(
            out,
            "{} files, {} in {:.3} s ({}/s; stages: {}, {} reader(s), {} worker(s))",
            grouped(self.totals.files),
            megabytes(self.totals.bytes as f64),
            self.seconds,
            megabytes(self.totals.bytes as f64 / self.seconds.max(1e-9)),
            self.stages,
            self.readers,
            self.workers,
        )
    }

    fn languages_table(&self) -> Table {
        let mut table = Table::new(&[
            "language",
            ">files",
            ">lines",
            ">bytes",
            ">tokens",
            ">identifiers",
        ]);
        let mut rows: Vec<_> = self
            .languages
            .iter()
            .map(|row| (row.language.name(), row.counts))
            .collect();
        rows.sort_by(|a, b| b.1.bytes.cmp(&a.1.bytes).then(a.0.cmp(b.0)));
        for (name, counts) in rows.into_iter().chain([("total", self.totals)]) {
            let numbers = [
                counts.files,
                counts.lines,
                counts.bytes,
                counts.tokens,
                counts.identifiers,
            ];
            table.row([name.to_owned()].into_iter().chain(numbers.map(grouped)));
        }
        table
    }

    fn write_aside(&self, out: &mut String) -> fmt::Result {
        if self.set_aside.is_empty() {
            return Ok(());
        }
        let counts: Vec<_> = self
            .set_aside
            .iter()
            .map(|row| format!("{} {}", grouped(row.files), row.reason.describe()))
            .collect();
        writeln!(out, "set aside: {}", counts.join("; "))?;
        for unreadable in self.unreadable.iter().take(MOST_PATHS) {
            writeln!(out, "  {}: {}", unreadable.path, unreadable.error)?;
        }
        if let Some(more @ 1..) = self.unreadable.len().checked_sub(MOST_PATHS) {
            writeln!(out, "  and {more} more")?;
        }
        writeln!(out)
    }

    fn write_journal(&self, out: &mut String) -> fmt::Result {
        write!(out, "journal: {} events", grouped(self.journal.written))?;
        if self.journal.displaced > 0 {
            let displaced = grouped(self.journal.displaced);
            write!(out, ", {displaced} of them displaced by later ones")?;
        }
        writeln!(out)?;
        let Some(events) = &self.journal.events else {
            return Ok(());
        };
        events
            .iter()
            .try_for_each(|event| writeln!(out, "{event}"))?;
        writeln!(out)
    }

    fn names_table(&self) -> Table {
        let of = format!(
            "of {} identifiers",
            grouped(self.distinct_identifiers as u64)
        );
        let mut table = Table::new(&[&of, ">times"]);
        for name in &self.identifiers {
            table.row([name.name.to_owned(), grouped(name.count)]);
        }
        table
    }

    fn largest_table(&self) -> Table {
        let mut table = Table::new(&["largest files", ">bytes"]);
        for file in &self.largest {
            table.row([file.path.clone().into_owned(), grouped(file.bytes)]);
        }
        table
    }

    fn longest_table(&self) -> Table {
        let mut table = Table::new(&["longest lines, one of a file", ">bytes", "begins with"]);
        for line in &self.longest {
            let mut start: String = line.text.chars().take(MOST_TEXT).map(shown).collect();
            let whole = line.text.chars().nth(MOST_TEXT).is_none();
            if !whole || (line.text.len() as u64) < line.bytes {
                start.push('…');
            }
            let place = format!("{}:{}", line.path, line.line);
            table.row([place, grouped(line.bytes), start]);
        }
        table
    }

    fn channels_table(&self) -> Table {
        let mut table = Table::new(&[
            "channel",
            "kind",
            "from -> to",
            "capacity",
            ">messages",
            ">per second",
            ">highest fill",
            ">senders waited",
            ">receivers waited",
        ]);
        for row in &self.channels {
            let capacity = match (row.kind, row.capacity) {
                (Kind::Oneshot, _) => "one each".to_owned(),
                (Kind::Watch, _) => "the latest".to_owned(),
                (_, None) => "unbounded".to_owned(),
                (_, Some(0)) => "rendezvous".to_owned(),
                (_, Some(capacity)) => capacity.to_string(),
            };
            let lanes = if row.lanes > 1 {
                format!("{} x ", row.lanes)
            } else {
                String::new()
            };
            table.row([
                row.channel.to_owned(),
                row.kind.name().to_owned(),
                format!("{} -> {}", row.from, row.to),
                lanes + &capacity,
                grouped(row.messages),
                grouped(row.messages_per_second as u64),
                grouped(row.highest_fill as u64),
                row.senders_waited_seconds
                    .map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.3} s")),
                format!("{:.3} s", row.receivers_waited_seconds),
            ]);
        }
        table
    }
}

/// What a terminal would take for a command is shown as something else.
fn shown(character: char) -> char {
    if character.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        character
    }
}

fn channel(route: &Route, meter: &Meter, elapsed: Duration) -> ChannelRow {
    ChannelRow {
        channel: route.name,
        kind: route.kind,
        from: route.from,
        to: route.to,
        lanes: meter.lanes,
        capacity: meter.capacity,
        messages: meter.messages(route),
        messages_per_second: meter.messages(route) as f64 / elapsed.as_secs_f64().max(1e-9),
        highest_fill: meter.highest,
        senders_waited_seconds: (meter.sent > 0).then_some(meter.send_wait.as_secs_f64()),
        receivers_waited_seconds: meter.receive_wait.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::FileCounter;
    use crate::tally::{Aside, Census, LongLine};

    fn outcome() -> Outcome {
        let mut census = Census::default();
        let mut counter = FileCounter::new(Language::Rust);
        counter.feed("fn a() { a(b) }\n".repeat(300).as_bytes());
        census.enter(Language::Rust, &counter.finish());
        for n in 0..12 {
            census.set_aside(&Aside::unreadable(
                format!("file {n:02}").into(),
                std::io::Error::other("locked"),
            ));
        }
        census.largest.enter(Path::new("a.rs"), 4_800);
        let mut counter = FileCounter::new(Language::Rust);
        counter.feed(format!("\n\tlet {};", "x".repeat(200)).as_bytes());
        let mut longest = LongLine::default();
        longest.write(Path::new("a.rs"), &counter.longest().unwrap());
        census.longest.enter(&longest);
        let elapsed = Duration::from_millis(1500);
        Outcome {
            census,
            meters: Default::default(),
            interrupted: true,
            stuck: 1,
            elapsed,
        }
    }

    const PLAN: Plan = Plan {
        stages: Stages::Tasks,
        readers: 1,
        workers: 2,
        capacity: 3,
        watched: false,
        chaos: false,
    };

    #[test]
    fn people_read_a_table() {
        let outcome = outcome();
        let text = Report::new(
            &outcome,
            &PLAN,
            1,
            Some(Check::Differs(vec!["this".into()])),
            Record {
                written: 1_256,
                displaced: 1_000,
                events: None,
            },
        )
        .text();
        assert!(
            text.contains("language  files  lines  bytes  tokens  identifiers\n"),
            "{text}"
        );
        assert!(
            text.contains("rust          1    300  4,800   3,000          900\n"),
            "{text}"
        );
        assert!(
            text.contains("set aside: 12 unreadable\n  file 00: locked\n"),
            "{text}"
        );
        assert!(text.contains("  file 09: locked\n  and 2 more\n"), "{text}");
        assert!(
            text.contains("of 2 identifiers  times\na                   600\n"),
            "{text}"
        );
        assert!(
            text.contains("largest files  bytes\na.rs           4,800\n"),
            "{text}"
        );
        let start = format!("\u{fffd}let {}…", "x".repeat(35));
        let line = format!("{:28}  {:5}  {start}\n", "a.rs:2", 206);
        assert!(text.contains(&line), "{text}");
        assert!(
            text.contains("\nactors: 0, started again 0 time(s)\n"),
            "{text}"
        );
        assert!(
            text.contains("\njournal: 1,256 events, 1,000 of them displaced by later ones\n"),
            "{text}"
        );
        assert!(text.contains("\npartial: "), "{text}");
        assert!(text.contains("differs\n  this\n"), "{text}");
        assert!(
            text.contains("in 1.500 s (0.0 MB/s; stages: tasks, 1 reader(s), 2 worker(s))\n"),
            "{text}"
        );
    }

    #[test]
    fn programs_read_json() {
        let outcome = outcome();
        let json = Report::new(&outcome, &PLAN, 1, Some(Check::Agrees), Record::default()).json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["partial"], true);
        assert_eq!(value["totals"]["tokens"], 3000);
        assert_eq!(value["languages"][0]["language"], "rust");
        assert_eq!(value["languages"][0]["lines"], 300);
        assert_eq!(value["identifiers"][0]["name"], "a");
        assert_eq!(value["set_aside"][0]["reason"], "unreadable");
        assert_eq!(value["unreadable"].as_array().unwrap().len(), 12);
        assert_eq!(value["largest"][0]["path"], "a.rs");
        assert_eq!(value["largest"][0]["bytes"], 4_800);
        let longest = &value["longest"][0];
        assert_eq!(
            (&longest["line"], &longest["bytes"]),
            (&2.into(), &206.into())
        );
        let text = format!("\tlet {}", "x".repeat(115));
        assert_eq!(longest["text"], text);
        assert_eq!(value["answers"]["lost"], 0);
        assert_eq!(value["actors"]["restarts"], 0);
        assert_eq!(value["journal"]["written"], 0);
        assert!(value["journal"]["events"].is_null());
        assert_eq!(value["check"]["result"], "agrees");
    }
}
