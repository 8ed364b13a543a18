//! What the results say: who is best in a cell, where ours loses, and the sum of it all.

pub(crate) mod markdown;
pub(crate) mod record;
pub(crate) mod text;

use crate::contest::Role;
use crate::race::{CellResult, Standing};
use crate::stats::{Summary, geometric_mean};

/// A peer is ahead when ours needs more than this much over its time. Closer medians are noise.
pub(crate) const TOLERANCE: f64 = 0.05;

/// How ours stands in one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nobody is ahead; our amount over the best peer's.
    Held(f64),
    /// A peer is ahead; our amount over its.
    Lost(f64),
    /// Ours has no result.
    Failed,
    /// No peer has one.
    Alone,
    /// Ours did not take part.
    Absent,
}

impl CellResult {
    pub(crate) fn ours(&self) -> Option<&Standing> {
        self.standings
            .iter()
            .find(|standing| standing.role == Role::Ours)
    }

    /// The peer with the smallest median.
    pub(crate) fn best_peer(&self) -> Option<(&Standing, Summary)> {
        self.standings
            .iter()
            .filter(|standing| standing.role == Role::Peer)
            .filter_map(|standing| Some((standing, *standing.outcome.as_ref().ok()?)))
            .min_by(|(_, a), (_, b)| a.median.total_cmp(&b.median))
    }

    /// The same without the peers whose channel can lose a message.
    fn without_losers(&self) -> Self {
        let mut result = self.clone();
        result.standings.retain(|standing| !standing.loses);
        result
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let Some(ours) = self.ours() else {
            return Verdict::Absent;
        };
        let Ok(ours) = &ours.outcome else {
            return Verdict::Failed;
        };
        let Some((_, best)) = self.best_peer() else {
            return Verdict::Alone;
        };
        let ratio = ratio(ours.median, best.median);
        if ratio > 1.0 + TOLERANCE {
            Verdict::Lost(ratio)
        } else {
            Verdict::Held(ratio)
        }
    }
}

/// Of two amounts of which either may be nothing (bytes).
fn ratio(ours: f64, peer: f64) -> f64 {
    ours.max(f64::MIN_POSITIVE) / peer.max(f64::MIN_POSITIVE)
}

/// All cells together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Totals {
    /// Cells in which ours met a peer.
    pub(crate) cells: usize,
    /// Those in which nobody is ahead.
    pub(crate) held: usize,
    pub(crate) geometric_mean: Option<f64>,
    /// The cell in which ours is worst, and by how much.
    pub(crate) worst: Option<(String, f64)>,
    /// Cells in which ours has no result.
    pub(crate) failed: Vec<String>,
}

impl Totals {
    /// Of the cells without the peers whose channel can lose a message.
    pub(crate) fn without_losers(results: &[CellResult]) -> Self {
        let results: Vec<_> = results.iter().map(CellResult::without_losers).collect();
        Self::of(&results)
    }

    pub(crate) fn of(results: &[CellResult]) -> Self {
        let mut ratios = Vec::new();
        let mut failed = Vec::new();
        for result in results {
            let cell = result.cell.to_string();
            match result.verdict() {
                Verdict::Held(ratio) | Verdict::Lost(ratio) => ratios.push((cell, ratio)),
                Verdict::Failed => failed.push(cell),
                Verdict::Alone | Verdict::Absent => {}
            }
        }
        let values: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
        Totals {
            cells: values.len() + failed.len(),
            held: results
                .iter()
                .filter(|result| matches!(result.verdict(), Verdict::Held(_)))
                .count(),
            geometric_mean: geometric_mean(&values),
            worst: ratios.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b)),
            failed,
        }
    }
}

/// Who has no result in which cell, and why; not ours.
fn faults(results: &[CellResult]) -> Vec<String> {
    let of = |result: &CellResult| -> Vec<String> {
        let peers = result.standings.iter();
        peers
            .filter(|standing| standing.role != Role::Ours)
            .filter_map(|standing| {
                let fault = standing.outcome.as_ref().err()?;
                Some(format!("{}: {} {fault}", result.cell, standing.name))
            })
            .collect()
    };
    results.iter().flat_map(of).collect()
}

/// Marks a peer whose channel can lose a message.
pub(crate) const LOSES: &str = "†";

/// Our median, the best peer's name and its median, or what stands for one that is not there.
fn medians(result: &CellResult) -> (String, String, String) {
    let ours = match result.ours().map(|ours| &ours.outcome) {
        Some(Ok(summary)) => amount(summary.median),
        Some(Err(fault)) => fault.to_string(),
        None => "-".into(),
    };
    match result.best_peer() {
        Some((peer, best)) => {
            let mark = if peer.loses { LOSES } else { "" };
            (ours, format!("{}{mark}", peer.name), amount(best.median))
        }
        None => (ours, "-".into(), "-".into()),
    }
}

/// An amount with about three digits that say something.
fn amount(value: f64) -> String {
    let digits = match value {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cells;
    use crate::watch::Fault;

    /// A cell's result with these medians (`None` stalled).
    pub(crate) fn result(cell: usize, medians: &[(&'static str, Option<f64>)]) -> CellResult {
        let standings = medians
            .iter()
            .map(|&(name, median)| Standing {
                name,
                role: match name {
                    "waterway" => Role::Ours,
                    "rtrb" => Role::Limit,
                    "waterway mpsc" => Role::Beside,
                    _ => Role::Peer,
                },
                loses: name == "lossy",
                outcome: median
                    .map(|median| Summary {
                        median,
                        low: median * 0.98,
                        high: median * 1.02,
                        best: median * 0.9,
                        rounds: 5,
                    })
                    .ok_or(Fault::Stalled),
            })
            .collect();
        CellResult {
            cell: cells::all()[cell],
            count: 1000,
            standings,
        }
    }

    #[test]
    fn verdicts() {
        let verdict = |medians: &[_]| result(0, medians).verdict();
        let held = verdict(&[
            ("waterway", Some(10.0)),
            ("a", Some(20.0)),
            ("b", Some(30.0)),
        ]);
        assert_eq!(held, Verdict::Held(0.5));
        let noise = verdict(&[("waterway", Some(104.0)), ("a", Some(100.0))]);
        assert_eq!(noise, Verdict::Held(1.04));
        assert_eq!(
            verdict(&[("waterway", Some(3.0)), ("a", Some(2.0))]),
            Verdict::Lost(1.5)
        );
        assert_eq!(
            verdict(&[("waterway", None), ("a", Some(2.0))]),
            Verdict::Failed
        );
        assert_eq!(
            verdict(&[("waterway", Some(1.0)), ("a", None)]),
            Verdict::Alone
        );
        assert_eq!(verdict(&[("a", Some(1.0))]), Verdict::Absent);
        let limit = verdict(&[
            ("waterway", Some(4.0)),
            ("rtrb", Some(1.0)),
            ("waterway mpsc", Some(2.0)),
            ("a", Some(8.0)),
        ]);
        assert_eq!(limit, Verdict::Held(0.5));
    }

    #[test]
    fn nothing_against_nothing_is_even() {
        let even = result(0, &[("waterway", Some(0.0)), ("a", Some(0.0))]).verdict();
        assert_eq!(even, Verdict::Held(1.0));
    }

    #[test]
    fn totals_count_failures_as_not_held() {
        let totals = Totals::of(&[
            result(0, &[("waterway", Some(1.0)), ("a", Some(2.0))]),
            result(1, &[("waterway", Some(4.0)), ("a", Some(2.0))]),
            result(2, &[("waterway", None), ("a", Some(2.0))]),
            result(3, &[("a", Some(2.0))]),
        ]);
        assert_eq!((totals.cells, totals.held), (3, 1));
        assert!((totals.geometric_mean.unwrap() - 1.0).abs() < 1e-12);
        let (cell, worst) = totals.worst.unwrap();
        assert_eq!((cell, worst), (cells::all()[1].to_string(), 2.0));
        assert_eq!(totals.failed, [cells::all()[2].to_string()]);
    }

    #[test]
    fn who_loses_messages_is_left_out_of_the_second_count() {
        let results = [result(
            0,
            &[
                ("waterway", Some(2.0)),
                ("lossy", Some(1.0)),
                ("a", Some(2.0)),
            ],
        )];
        assert_eq!(medians(&results[0]).1, "lossy†");
        assert_eq!(Totals::of(&results).held, 0);
        assert_eq!(Totals::without_losers(&results).held, 1);
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!(amount(1234.56), "1235");
        assert_eq!(amount(12.345), "12.3");
        assert_eq!(amount(8.391), "8.39");
    }
}
