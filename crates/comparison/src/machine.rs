//! Where and with what the numbers were measured.

use std::env::consts;
use std::fs;
use std::thread;
use std::time::SystemTime;

use serde::Serialize;

/// The crates whose versions are told: ours, the peers, and the limit.
const CRATES: [&str; 16] = [
    "waterway",
    "async-channel",
    "async-unsync",
    "asyncband",
    "crossbeam-channel",
    "crossfire",
    "fibre",
    "flume",
    "futures-channel",
    "futures-intrusive",
    "heph-inbox",
    "kanal",
    "rtrb",
    "tachyonix",
    "thingbuf",
    "tokio",
];

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    pub(crate) rustc: &'static str,
    pub(crate) date: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| cpu_model(&text));
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Machine {
            cpu: cpu.unwrap_or_else(|| consts::ARCH.into()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", consts::OS, release.trim()).trim().into(),
            rustc: env!("COMPARISON_RUSTC"),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

fn cpu_model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Name and version of every contestant's crate, as locked when this was built.
pub(crate) fn versions() -> Vec<(String, String)> {
    locked(include_str!("../../../Cargo.lock"))
        .filter(|(name, _)| CRATES.contains(name))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}

/// The packages of a lock file.
fn locked(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    lock.split("[[package]]").skip(1).filter_map(|package| {
        let field = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_start_matches(" = ").trim_matches('"'))
        };
        Some((field("name")?, field("version")?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contestant_has_a_version() {
        let versions = versions();
        for name in CRATES {
            assert!(
                versions.iter().any(|(found, _)| found == name),
                "{name} is not locked"
            );
        }
        assert!(versions.iter().all(|(_, version)| version.contains('.')));
    }

    #[test]
    fn the_model_is_found() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: x\n";
        assert_eq!(cpu_model(text).as_deref(), Some("Some CPU @ 2 GHz"));
        assert_eq!(cpu_model(""), None);
    }
}
