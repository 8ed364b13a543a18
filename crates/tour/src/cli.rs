//! The command line.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;

use clap::builder::RangedU64ValueParser;
use clap::{Parser, ValueEnum};

use crate::pipeline::{Plan, Stages};

/// A census of source code: counts files, lines, tokens and identifiers by language.
///
/// The files are found, read, made into tokens and counted by a pipeline of threads and async tasks
/// in which every hand-over is a waterway channel. At the end stands a table of what went through
/// each of them, and of which kind it is.
///
/// Names that begin with a dot and folders that are tagged as a cache are left out, symbolic links
/// are not followed. Binary, non-UTF-8 and unreadable files are counted as such.
#[derive(Debug, Parser)]
#[command(version, about, after_long_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Files and folders to count [default: this workspace and the sources in the local Cargo
    /// registry]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// What the stages of the pipeline are
    #[arg(long, value_enum, default_value_t = StagesArg::Mixed)]
    pub(crate) stages: StagesArg,

    /// Stages that read files
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = among(1, 256))]
    pub(crate) readers: usize,

    /// Stages that make tokens [default: one per processor]
    #[arg(long, value_name = "N", value_parser = among(1, 256))]
    pub(crate) workers: Option<usize>,

    /// Messages that a bounded channel holds; 0 makes each of them a rendezvous, but for the
    /// broadcast, the pool and the inboxes, which hold 1 then. An inbox holds at most 127
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = among(0, 65_536))]
    pub(crate) capacity: usize,

    /// Identifiers to list, the most frequent first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,

    /// Count everything once more, one file after another, and fail if anything differs, or if the
    /// readers were told other than was counted
    #[arg(long)]
    pub(crate) check: bool,

    /// Make the actors that add up panic now and then, at one message in 97: they are started again
    /// and the totals stay exact
    #[arg(long)]
    pub(crate) chaos: bool,

    /// List the newest events of the run, at most 256: what was set aside, what had to be tried
    /// again, which actor was started again, which stage ended, each with its time
    #[arg(long)]
    pub(crate) journal: bool,

    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  all was counted
    1  the recount differs, or the pipeline broke off
    2  bad arguments, or a path that is not there
  130  interrupted: the counts are partial";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StagesArg {
    /// All are threads, which wait with `.wait()`
    Threads,
    /// All are tasks, which wait with `.await` (and block a worker of the runtime to read)
    Tasks,
    /// Finding and reading are threads, the others tasks
    Mixed,
}

impl From<StagesArg> for Stages {
    fn from(stages: StagesArg) -> Self {
        match stages {
            StagesArg::Threads => Stages::Threads,
            StagesArg::Tasks => Stages::Tasks,
            StagesArg::Mixed => Stages::Mixed,
        }
    }
}

fn among(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

impl Cli {
    pub(crate) fn plan(&self) -> Plan {
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        Plan {
            stages: self.stages.into(),
            readers: self.readers,
            workers: self.workers.unwrap_or_else(processors),
            capacity: self.capacity,
            watched: io::stderr().is_terminal(),
            chaos: self.chaos,
        }
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        if self.paths.is_empty() {
            default_paths()
        } else {
            self.paths.clone()
        }
    }
}

fn default_paths() -> Vec<PathBuf> {
    let mut paths = vec![workspace()];
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
        Some(Path::new(&home).join(".cargo"))
    });
    paths.extend(
        cargo_home
            .map(|home| home.join("registry").join("src"))
            .filter(|sources| sources.is_dir()),
    );
    paths
}

/// The workspace this was built in, or where that has gone, the current folder.
fn workspace() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    built
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_make_a_plan() {
        let cli = Cli::parse_from(["tour"]);
        let plan = cli.plan();
        assert_eq!(plan.stages, Stages::Mixed);
        assert!(plan.readers > 0 && plan.workers > 0 && plan.capacity > 0);
        assert!(cli.paths()[0].join("crates").is_dir());
    }

    #[test]
    fn the_help_knows_the_greatest_inbox() {
        let help = Cli::command().render_long_help().to_string();
        let most = format!("holds at most {}", waterway::inbox::MAX_CAP);
        let words: Vec<_> = help.split_whitespace().collect();
        assert!(words.join(" ").contains(&most), "{help}");
    }

    #[test]
    fn options_are_checked() {
        for bad in [
            ["--workers", "0"],
            ["--readers", "many"],
            ["--stages", "fibres"],
            ["--capacity", "-1"],
        ] {
            assert!(
                Cli::try_parse_from(["tour"].into_iter().chain(bad)).is_err(),
                "{bad:?}"
            );
        }
    }
}
