//! Everything that was measured, for a file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{TOLERANCE, Totals, Verdict};
use crate::contest::Role;
use crate::machine::{self, Machine};
use crate::race::CellResult;
use crate::stats::Summary;

#[derive(Debug, Serialize)]
pub(crate) struct Record {
    machine: Machine,
    versions: BTreeMap<String, String>,
    tolerance: f64,
    cells_met: usize,
    cells_held: usize,
    geometric_mean: Option<f64>,
    /// The same without the peers whose channel can lose a message.
    cells_held_without_losers: usize,
    geometric_mean_without_losers: Option<f64>,
    worst: Option<(String, f64)>,
    cells: Vec<CellRecord>,
}

#[derive(Debug, Serialize)]
struct CellRecord {
    cell: String,
    unit: &'static str,
    count: u64,
    ratio: Option<f64>,
    lost: bool,
    contestants: Vec<ContestantRecord>,
}

#[derive(Debug, Serialize)]
struct ContestantRecord {
    name: &'static str,
    role: &'static str,
    loses_messages: bool,
    median: Option<f64>,
    /// The luckiest round.
    best: Option<f64>,
    /// The quartiles.
    low: Option<f64>,
    high: Option<f64>,
    /// Half the distance between them, as a part of the median.
    spread: Option<f64>,
    rounds: usize,
    fault: Option<String>,
}

impl Record {
    pub(crate) fn new(machine: Machine, results: &[CellResult]) -> Self {
        let totals = Totals::of(results);
        let kept = Totals::without_losers(results);
        Record {
            machine,
            versions: machine::versions().into_iter().collect(),
            tolerance: TOLERANCE,
            cells_met: totals.cells,
            cells_held: totals.held,
            geometric_mean: totals.geometric_mean,
            cells_held_without_losers: kept.held,
            geometric_mean_without_losers: kept.geometric_mean,
            worst: totals.worst,
            cells: results.iter().map(CellRecord::new).collect(),
        }
    }
}

impl CellRecord {
    fn new(result: &CellResult) -> Self {
        let (ratio, lost) = match result.verdict() {
            Verdict::Held(ratio) => (Some(ratio), false),
            Verdict::Lost(ratio) => (Some(ratio), true),
            Verdict::Failed => (None, true),
            Verdict::Alone | Verdict::Absent => (None, false),
        };
        let contestants = result
            .standings
            .iter()
            .map(|standing| {
                let summary = standing.outcome.as_ref().ok();
                ContestantRecord {
                    name: standing.name,
                    role: match standing.role {
                        Role::Ours => "ours",
                        Role::Peer => "peer",
                        Role::Beside => "beside",
                        Role::Limit => "limit",
                    },
                    loses_messages: standing.loses,
                    median: summary.map(|summary| summary.median),
                    best: summary.map(|summary| summary.best),
                    low: summary.map(|summary| summary.low),
                    high: summary.map(|summary| summary.high),
                    spread: summary.map(Summary::spread),
                    rounds: summary.map_or(0, |summary| summary.rounds),
                    fault: standing.outcome.as_ref().err().map(ToString::to_string),
                }
            })
            .collect();
        CellRecord {
            cell: result.cell.to_string(),
            unit: result.cell.shape.unit(),
            count: result.count,
            ratio,
            lost,
            contestants,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;
    use super::*;

    #[test]
    fn the_record_holds_medians_and_faults() {
        let results = [result(
            0,
            &[("waterway", Some(3.0)), ("a", Some(2.0)), ("b", None)],
        )];
        let json = serde_json::to_value(Record::new(Machine::this(), &results)).unwrap();
        assert_eq!(json["cells"][0]["ratio"], 1.5);
        assert_eq!(json["cells"][0]["lost"], true);
        assert_eq!(json["cells"][0]["contestants"][0]["median"], 3.0);
        assert_eq!(json["cells"][0]["contestants"][2]["fault"], "stalled");
        assert!(json["versions"]["tokio"].is_string());
        assert_eq!(json["cells_held"], 0);
    }
}
