//! One cell: how many messages, then rounds in which every contestant runs once.

use std::time::{Duration, Instant};

use crate::cells::{Cell, Condition, Shape};
use crate::contest::{Entry, Job, Role, Sample};
use crate::stats::Summary;
use crate::watch::{Fault, supervise};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Rounds per cell, at most.
    pub(crate) rounds: usize,
    /// No new round is begun after so long; but three are run, and those who are not let off then have at least
    /// half of it for themselves.
    pub(crate) budget: Duration,
    /// How long the fastest contestant's run should take.
    pub(crate) run: Duration,
    /// A run that takes so long is stopped, and counted for what it did.
    pub(crate) cut: Duration,
}

impl Effort {
    /// Beside others' work a run must outlast many of their time slices; and where it sleeps for most of its time,
    /// it takes long.
    fn fit_for(self, cell: Cell) -> Self {
        match (cell.shape, cell.condition) {
            (Shape::Idle, _) => Effort {
                budget: self.budget * 8,
                ..self
            },
            (_, Condition::Quiet | Condition::Pinned) => self,
            (_, Condition::Loaded) => Effort {
                budget: self.budget * 2,
                run: self.run * 4,
                ..self
            },
        }
    }
}

/// Rounds that everyone takes part in.
const OPENING: usize = 3;
/// Who needs so many times the best one's time, at best, is let off after the opening.
const HOPELESS: f64 = 4.0;
/// The first guess of a count.
const FIRST_COUNT: u64 = 256;
/// No run is longer, to bound what an unbounded channel queues.
const MOST: u64 = 2_000_000;
/// Messages to an idle receiver, one per millisecond.
const IDLE_COUNT: u64 = 250;

/// How one contestant did.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// Its channel can lose a message, see [`keep`](crate::keep).
    pub(crate) loses: bool,
    pub(crate) outcome: Result<Summary, Fault>,
}

/// How everyone did.
#[derive(Clone, Debug)]
pub(crate) struct CellResult {
    pub(crate) cell: Cell,
    /// Messages (round trips, channels) of one run.
    pub(crate) count: u64,
    pub(crate) standings: Vec<Standing>,
}

/// A contestant on the track.
#[derive(Debug)]
struct Runner {
    entry: Entry,
    values: Vec<f64>,
    fault: Option<Fault>,
    /// Let off the rest of the rounds.
    out: bool,
}

impl Runner {
    fn run(&mut self, job: Job, effort: Effort) -> Option<Sample> {
        match supervise(self.entry.run, job, effort.cut) {
            Ok(sample) => Some(sample),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    fn so_far(&self) -> Option<Summary> {
        Summary::of(&self.values)
    }

    fn standing(self, cell: &Cell) -> Standing {
        let summary = self.so_far();
        let outcome = match self.fault {
            Some(fault) => Err(fault),
            None => summary.ok_or_else(|| Fault::Wrong("never ran".into())),
        };
        Standing {
            name: self.entry.name,
            role: self.entry.role,
            loses: self.entry.loses(cell),
            outcome,
        }
    }
}

/// Runs a cell; `tell` hears what is going on.
pub(crate) fn run(
    cell: Cell,
    contestants: Vec<Entry>,
    effort: Effort,
    mut tell: impl FnMut(&str),
) -> CellResult {
    let mut runners: Vec<Runner> = contestants
        .into_iter()
        .map(|entry| Runner {
            entry,
            values: Vec::new(),
            fault: None,
            out: false,
        })
        .collect();
    tell("count");
    let effort = effort.fit_for(cell);
    let count = count_for(cell, &mut runners, effort);
    let start = Instant::now();
    let rounds = if cell.shape.is_exact() {
        1
    } else {
        effort.rounds
    };
    let mut budget = effort.budget;
    for round in 0..rounds {
        if round == OPENING {
            let_off(&mut runners);
            budget = budget.max(start.elapsed() + budget / 2);
        }
        if round >= OPENING.min(effort.rounds) && start.elapsed() > budget {
            break;
        }
        tell(&format!("round {}/{rounds}", round + 1));
        let len = runners.len();
        for turn in 0..len {
            let runner = &mut runners[(round + turn) % len];
            if runner.fault.is_none() && !runner.out {
                let sample = runner.run(Job { cell, count }, effort);
                runner.values.extend(sample.map(Sample::per_unit));
            }
        }
    }
    let standings = runners
        .into_iter()
        .map(|runner| runner.standing(&cell))
        .collect();
    CellResult {
        cell,
        count,
        standings,
    }
}

/// The count with which the fastest contestant's run is long enough; the same for all.
fn count_for(cell: Cell, runners: &mut [Runner], effort: Effort) -> u64 {
    match cell.shape {
        shape if shape.is_exact() => return 1,
        Shape::Idle => return IDLE_COUNT,
        _ => {}
    }
    let target = effort.run.as_nanos() as f64;
    let mut count = FIRST_COUNT;
    let mut racing: Vec<&mut Runner> = runners.iter_mut().collect();
    loop {
        let mut probes = Vec::new();
        for runner in racing {
            if let Some(sample) = runner.run(Job { cell, count }, effort) {
                probes.push((sample.per_unit(), runner));
            }
        }
        let Some(fastest) = probes
            .iter()
            .filter(|(_, runner)| runner.entry.role.counts())
            .map(|(time, _)| *time)
            .min_by(f64::total_cmp)
        else {
            return count;
        };
        let wanted = ((target / fastest) as u64).clamp(1, MOST);
        if wanted <= count * 2 {
            return wanted;
        }
        count = wanted.min(count * 16);
        // The slow ones say nothing more about the count.
        probes.retain(|(time, _)| *time <= fastest * HOPELESS);
        racing = probes.into_iter().map(|(_, runner)| runner).collect();
    }
}

/// Spares the time of those whose luckiest round is far from the best median. Ours always stays.
fn let_off(runners: &mut [Runner]) {
    let best = runners
        .iter()
        .filter(|runner| runner.entry.role.counts())
        .filter_map(|runner| Some(runner.so_far()?.median))
        .min_by(f64::total_cmp);
    let Some(best) = best else { return };
    for runner in runners {
        let hopeless = runner
            .so_far()
            .is_none_or(|summary| summary.best > best * HOPELESS);
        runner.out |= hopeless && runner.entry.role != Role::Ours;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells;
    use crate::contest::Roster;

    #[test]
    fn a_cell_of_every_shape_runs() {
        let roster = Roster::full();
        let effort = Effort {
            rounds: 1,
            budget: Duration::ZERO,
            run: Duration::from_micros(100),
            cut: Duration::from_millis(100),
        };
        for name in [
            "stream/threads/4x1/64/quiet",
            "stream/threads/4x4/8/quiet",
            "stream/tokio-mt/2x2/1/quiet",
            "spsc/stream/threads/1x1/64/quiet",
            "ping-pong/tokio-mt/1/quiet",
            "burst/64",
            "local/ping-pong/one-thread/1/quiet",
            "oneshot/create",
            "oneshot/pooled/tokio-mt",
            "oneshot/threads",
            "watch/64/tokio-mt",
            "broadcast/4/tokio-ct",
            "broadcast/lossless/4/threads",
            "select/4/threads/1",
            "select/1000/tokio-mt/1",
            "actors/1000/tokio-mt/8",
            "actors/heap-idle/10000/8",
            "in-place/text/tokio-ct/64",
            "in-place/block/threads/64",
        ] {
            let cell = cells::all()
                .into_iter()
                .find(|cell| cell.to_string() == name)
                .unwrap();
            let mut contestants = roster.contestants(&cell);
            contestants.retain(|entry| {
                [
                    "async-broadcast",
                    "async-unsync",
                    "flume",
                    "rtrb",
                    "std",
                    "tokio",
                    "waterway",
                ]
                .contains(&entry.name)
            });
            assert!(!contestants.is_empty());
            let result = run(cell, contestants, effort, |_| {});
            for standing in result.standings {
                let summary = standing.outcome.expect("it runs");
                assert_eq!(summary.rounds, 1);
                assert!(summary.median > 0.0);
            }
        }
    }
}
