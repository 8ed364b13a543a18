//! The report on the screen: a line per cell as it is done, then the summary.

use super::{LOSES, TOLERANCE, Totals, Verdict, amount, faults, medians};
use crate::machine::Machine;
use crate::race::{CellResult, Standing};
use crate::stats::Summary;

/// A spread from which the quartiles are told instead.
const WIDE: f64 = 0.5;

/// The heading: where it ran, and how to read a line.
pub(crate) fn heading(machine: &Machine) -> String {
    let Machine {
        cpu,
        cores,
        system,
        rustc,
        date,
    } = machine;
    format!(
        "{cpu}, {cores} cores, {system}; {rustc}; {date}\n\
         Medians; ratio = ours / best peer, lower is better; LOST where it is above {:.2}; \
         in brackets, not counted: a limit that does not wait, ours of another class.\n\n\
         {:<42} {:>10} {:>10}  {:<18} {:>6}",
        1.0 + TOLERANCE,
        "cell",
        "ours",
        "best",
        "of",
        "ratio",
    )
}

/// One cell: ours, the best peer, and the others on a line below.
pub(crate) fn line(result: &CellResult) -> String {
    let (ours, best, median) = medians(result);
    let verdict = match result.verdict() {
        Verdict::Held(ratio) => format!("{ratio:>6.2}"),
        Verdict::Lost(ratio) => format!("{ratio:>6.2} LOST"),
        Verdict::Failed => "FAILED".into(),
        Verdict::Alone | Verdict::Absent => "-".into(),
    };
    let cell = result.cell.to_string();
    let unit = result.cell.shape.unit();
    format!(
        "{cell:<42} {ours:>10} {median:>10}  {best:<18} {verdict}\n    {unit}: {}",
        everyone(result)
    )
}

/// All standings, the fastest first, with spreads.
fn everyone(result: &CellResult) -> String {
    let mut standings: Vec<&Standing> = result.standings.iter().collect();
    let place = |standing: &Standing| {
        standing
            .outcome
            .as_ref()
            .map_or(f64::INFINITY, |summary| summary.median)
    };
    standings.sort_by(|a, b| place(a).total_cmp(&place(b)));
    let texts: Vec<String> = standings
        .into_iter()
        .map(
            |Standing {
                 name,
                 role,
                 outcome,
                 ..
             }| {
                let text = match outcome {
                    Ok(summary) if result.cell.shape.is_exact() => amount(summary.median),
                    Ok(summary) => with_spread(summary),
                    Err(fault) => fault.to_string(),
                };
                let text = format!("{name} {text}");
                if role.counts() {
                    text
                } else {
                    format!("[{text}]")
                }
            },
        )
        .collect();
    texts.join(", ")
}

/// A median, and how far apart the middle half of the rounds was.
fn with_spread(summary: &Summary) -> String {
    let Summary {
        median, low, high, ..
    } = *summary;
    if summary.spread() < WIDE {
        format!("{} ±{:.0}%", amount(median), summary.spread() * 100.0)
    } else {
        format!("{} ({} to {})", amount(median), amount(low), amount(high))
    }
}

/// The sum of it all.
pub(crate) fn summary(results: &[CellResult]) -> String {
    let totals = Totals::of(results);
    let mut text = format!(
        "\nNobody is ahead in {} of {} cells (up to {:.0} % apart counts as even).",
        totals.held,
        totals.cells,
        TOLERANCE * 100.0
    );
    if let Some(mean) = totals.geometric_mean {
        text += &format!("\nGeometric mean of ours / best peer: {mean:.3}.");
    }
    let kept = Totals::without_losers(results);
    if let Some(mean) = kept.geometric_mean {
        text += &format!(
            "\n{LOSES} loses a message when a receive that waits for it is cancelled; without these \
             peers: {} of {} cells, mean {mean:.3}.",
            kept.held, kept.cells
        );
    }
    if let Some((cell, ratio)) = &totals.worst {
        text += &format!("\nWorst ratio: {ratio:.2}, in {cell}.");
    }
    if !totals.failed.is_empty() {
        text += &format!("\nOurs has no result in: {}.", totals.failed.join(", "));
    }
    let faults = faults(results);
    if !faults.is_empty() {
        text += &format!("\nWithout a result:\n    {}", faults.join("\n    "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;
    use super::*;

    #[test]
    fn a_line_names_the_best_and_everyone() {
        let medians = [
            ("waterway", Some(30.0)),
            ("slow", Some(500.0)),
            ("rtrb", Some(5.0)),
            ("quick", Some(20.0)),
            ("waterway mpsc", Some(40.0)),
            ("stuck", None),
        ];
        let text = line(&result(0, &medians));
        let mut lines = text.lines();
        let first: Vec<_> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(first[1..], ["30.0", "20.0", "quick", "1.50", "LOST"]);
        let rest = lines.next().unwrap().trim();
        assert_eq!(
            rest,
            "ns/message: [rtrb 5.00 ±2%], quick 20.0 ±2%, waterway 30.0 ±2%, \
             [waterway mpsc 40.0 ±2%], slow 500 ±2%, stuck stalled"
        );
    }

    #[test]
    fn wide_spreads_are_told_by_quartiles() {
        let narrow = Summary {
            median: 10.0,
            low: 9.0,
            high: 11.0,
            best: 1.0,
            rounds: 5,
        };
        assert_eq!(with_spread(&narrow), "10.0 ±10%");
        assert_eq!(
            with_spread(&Summary {
                high: 900.0,
                ..narrow
            }),
            "10.0 (9.00 to 900)"
        );
    }

    #[test]
    fn a_summary_tells_what_has_no_result() {
        let text = summary(&[
            result(0, &[("waterway", Some(1.0)), ("a", Some(2.0)), ("b", None)]),
            result(1, &[("waterway", None), ("a", Some(2.0))]),
        ]);
        assert!(text.contains("Nobody is ahead in 1 of 2 cells"), "{text}");
        assert!(text.contains("best peer: 0.500"), "{text}");
        assert!(text.contains(": b stalled"), "{text}");
        assert!(
            text.contains("Ours has no result in: stream/threads/1x1/1/quiet."),
            "{text}"
        );
    }
}
