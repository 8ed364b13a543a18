//! waterway beside its peers, in one process.
//!
//! `cargo run --release -p comparison` runs every cell in about half an hour, `--help` tells how
//! to run less. How it measures:
//!
//! - A cell is a shape (a stream, a ping-pong, ...), a world (threads, tokio), a capacity and a
//!   condition (quiet, all threads on one CPU, two busy processes beside). A peer runs it only with
//!   exactly that capacity, as many receivers, and the API that it has for that world.
//! - Cells of `spsc` are between channels made for one sender and one receiver, cells of `local`
//!   between those that stay in one thread; our `mpsc` is shown beside. In the others ours is `mpsc`,
//!   or `mpmc` where several receive. Each other class of channels has cells of its own:
//! - `oneshot` cells create a channel per message: alone, or for the reply to a request, which goes
//!   over the same stream whoever the contestant. In those named `pooled` a crate that has a pool
//!   takes its channels from there, the others as before.
//! - In `watch` and `broadcast` cells one tells, and every reader hears all of it: where the channel
//!   lets the slow be overtaken, the next is told when all have heard the last (`watch`) or the last
//!   64 (`broadcast`); `lossless` channels hold the writer up themselves.
//! - In `select` cells one sends to several channels in a scattered order, and one receives by one
//!   wait over all. Threads use what the crates have for that. Tasks use tokio's `select!`, and for
//!   1000 channels `SelectAll`; ours have `select!` and `Set`.
//! - `actors` cells have many small channels, one for each actor: ours are `inbox`es, with our `mpsc`
//!   shown beside. Eight messages go round in a ring of 1000 tasks; `heap` cells count the bytes of
//!   one channel, and of each of 10,000.
//! - In `in-place` cells the messages are texts of 256 bytes, which are formatted, and blocks of
//!   4 KiB. Ours (`pool`) and thingbuf's are filled and read in the slots of the channel, the others'
//!   are moved through it; their texts are allocated with enough room.
//! - First the count is found with which the fastest takes some 25 ms; it is the same for all. Then
//!   come rounds: each runs every contestant once, each time from another one on. Who is hopeless
//!   after three rounds sits the others out. The medians count, and the spread is told.
//! - Every run has new threads (or a new runtime). They line up before the clock starts, and what
//!   was received is checked against what was sent. Both ends of an async cell are spawned tasks.
//! - A watchdog stops a slow run and counts what it did, and leaves a hung one behind.
//! - Our loss is a median that is more than a stated tolerance above the best peer's. To be
//!   measured against the luckiest of a dozen costs us a little: that is meant.

mod cells;
mod contest;
mod heap;
mod keep;
mod load;
mod machine;
mod peers;
mod race;
mod report;
mod shapes;
mod stats;
mod watch;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use cells::{Cell, Condition};
use contest::Roster;
use load::Load;
use machine::Machine;
use race::{CellResult, Effort};
use report::record::Record;
use report::{markdown, text};

/// Compares waterway with its peers, interleaved in one process.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Only cells whose name has this in it (more than once: any of these).
    #[arg(long, value_name = "SUBSTRING")]
    cell: Vec<String>,
    /// Rounds per cell, at most; a cell stops earlier at its time budget.
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Short runs and three rounds: a smoke test, not a measurement.
    #[arg(long)]
    quick: bool,
    /// Names the cells and who takes part, and runs none.
    #[arg(long)]
    list: bool,
    /// Writes everything to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the README's table to this file.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// What the processes beside a loaded cell do.
    #[command(name = load::SPIN, hide = true)]
    Spin,
}

impl Arguments {
    fn effort(&self) -> Effort {
        let rounds = usize::from(self.rounds);
        let (budget, run, cut) = if self.quick {
            (1000, 4, 100)
        } else {
            (5000, 25, 600)
        };
        Effort {
            rounds: if self.quick { rounds.min(3) } else { rounds },
            budget: Duration::from_millis(budget),
            run: Duration::from_millis(run),
            cut: Duration::from_millis(cut),
        }
    }

    fn picks(&self, cell: &Cell) -> bool {
        let name = cell.to_string();
        self.cell.is_empty() || self.cell.iter().any(|part| name.contains(part))
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Role::Spin) = arguments.role {
        load::spin();
        return Ok(());
    }
    let roster = Roster::full();
    let cells: Vec<Cell> = cells::all()
        .into_iter()
        .filter(|cell| arguments.picks(cell))
        .collect();
    ensure!(
        !cells.is_empty(),
        "no cell has such a name; --list names them all"
    );
    if arguments.list {
        for cell in &cells {
            let names: Vec<_> = roster
                .contestants(cell)
                .iter()
                .map(|entry| entry.name)
                .collect();
            say(&format!("{cell}: {}", names.join(", ")))?;
        }
        return Ok(());
    }
    let machine = Machine::this();
    say(&text::heading(&machine))?;
    let results = run(&roster, &cells, arguments.effort())?;
    say(&text::summary(&results))?;
    if let Some(path) = &arguments.markdown {
        write(path, &markdown::table(&machine, &results))?;
    }
    if let Some(path) = &arguments.json {
        let record = serde_json::to_string_pretty(&Record::new(machine, &results))?;
        write(path, &record)?;
    }
    Ok(())
}

/// Runs the cells, with the load beside those that want it.
fn run(roster: &Roster, cells: &[Cell], effort: Effort) -> Result<Vec<CellResult>> {
    watch::mute_contestants();
    let bar = ProgressBar::new(cells.len() as u64).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} {elapsed_precise} {msg}",
    )?);
    let mut load = None;
    let mut results = Vec::with_capacity(cells.len());
    for &cell in cells {
        load = match (cell.condition, load) {
            (Condition::Loaded, None) => Some(Load::start().context("cannot start the load")?),
            (Condition::Loaded, running) => running,
            _ => None,
        };
        let result = race::run(cell, roster.contestants(&cell), effort, |what| {
            bar.set_message(format!("{cell} {what}"));
        });
        bar.suspend(|| say(&text::line(&result)))?;
        bar.inc(1);
        results.push(result);
    }
    bar.finish_and_clear();
    Ok(results)
}

/// Prints a line. Who closes the pipe wants no more of it, and may still want the files.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
