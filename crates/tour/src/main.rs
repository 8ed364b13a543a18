//! A census of source code, counted by a pipeline over waterway channels.
//!
//! `walk` finds the files and `language`, `tokens` and `counter` count one; `tally` adds up.
//! `pipeline` is where threads and tasks do this together, `recount` does it alone. `meter`
//! measures the channels, `journal` keeps what happened, `report` prints.

mod cli;
mod counter;
mod journal;
mod language;
mod meter;
mod pipeline;
mod recount;
mod report;
mod syntax;
mod table;
mod tally;
mod tokens;
mod walk;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::{self, ExitCode};
use std::sync::Arc;

use clap::Parser;
use waterway::oneshot::{self, Receiver};

use crate::cli::Cli;
use crate::journal::{Log, What};
use crate::meter::Metered;
use crate::pipeline::{Disk, Outcome};
use crate::report::{Check, Report};
use crate::walk::{BadRoot, Roots};

const DIFFERS: u8 = 1;
const BROKE_OFF: u8 = 1;
const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (log, journal) = journal::open();
    let roots = match Roots::new(&cli.paths()) {
        Ok(roots) => roots,
        Err(BadRoot { path, error }) => {
            return fail(USAGE, format_args!("{}: {error}", path.display()));
        }
    };
    if let Some(once) = roots.read_only_once().filter(|_| cli.check) {
        return fail(
            USAGE,
            format_args!(
                "{}: cannot be read a second time for --check",
                once.display()
            ),
        );
    }

    let mut interrupt = match listen(log.clone()) {
        Ok(interrupt) => interrupt,
        Err(error) => {
            return fail(
                BROKE_OFF,
                format_args!("cannot listen for interrupts: {error}"),
            );
        }
    };
    let plan = cli.plan();
    let source = Arc::new(Disk);
    let mut outcome = match pipeline::run(&plan, roots.walk(), source, &mut interrupt, &log) {
        Ok(outcome) => outcome,
        Err(failure) => return fail(BROKE_OFF, failure),
    };
    let check = cli.check.then(|| check(&outcome, &roots, &mut interrupt));
    let code = match check {
        _ if outcome.interrupted => INTERRUPTED,
        Some(Check::Unfinished) => INTERRUPTED,
        Some(Check::Differs(_)) => DIFFERS,
        Some(Check::Agrees) | None => 0,
    };
    let record = journal.end(cli.journal);
    record.read(&mut outcome.meters);
    let report = Report::new(&outcome, &plan, cli.top, check, record);
    match print(&if cli.json {
        report.json()
    } else {
        report.text()
    }) {
        Ok(()) => {}
        // Whoever read it has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return fail(BROKE_OFF, format_args!("cannot print: {error}")),
    }
    match code {
        DIFFERS => fail(code, "the recount differs from the pipeline's count"),
        INTERRUPTED => fail(code, "interrupted: the result is partial"),
        _ => ExitCode::from(code),
    }
}

/// Counts the same once more and compares.
fn check(outcome: &Outcome, roots: &Roots, interrupt: &mut Receiver<()>) -> Check {
    if outcome.interrupted {
        return Check::Unfinished;
    }
    let Some(recount) = recount::run(roots.walk(), || interrupt.try_recv().is_ok()) else {
        return Check::Unfinished;
    };
    let mut differences = outcome.census.differences(&recount);
    differences.extend(outcome.meters.losses());
    differences.extend(outcome.meters.answers.differences(&outcome.census));
    if differences.is_empty() {
        Check::Agrees
    } else {
        Check::Differs(differences)
    }
}

/// Makes of the first Ctrl-C a message for whoever is at work, the desk or the recount, and a line
/// in the journal. The second one ends the process at once.
fn listen(log: Log) -> Result<Receiver<()>, ctrlc::Error> {
    let (sender, receiver) = oneshot::channel();
    let mut first = Some(sender);
    ctrlc::set_handler(move || {
        let Some(sender) = first.take() else {
            process::exit(INTERRUPTED.into());
        };
        log.write(What::Interrupted);
        // It fails only when there is nothing left to interrupt.
        let _ = sender.send(());
    })?;
    Ok(receiver)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn fail(code: u8, message: impl Display) -> ExitCode {
    // There may be nobody to read it, which is no reason to panic.
    let _ = writeln!(io::stderr(), "tour: {message}");
    ExitCode::from(code)
}
