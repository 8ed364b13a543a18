//! The table for the README.

use super::{LOSES, TOLERANCE, Totals, Verdict, faults, medians};
use crate::machine::Machine;
use crate::race::CellResult;

/// One row per cell, below a line that sums up.
pub(crate) fn table(machine: &Machine, results: &[CellResult]) -> String {
    let totals = Totals::of(results);
    let kept = Totals::without_losers(results);
    let mean = |totals: &Totals| match totals.geometric_mean {
        Some(mean) => format!("{mean:.2}"),
        None => "-".into(),
    };
    let Machine {
        cpu, cores, rustc, ..
    } = machine;
    let mut text = format!(
        "{cpu}, {cores} cores, {rustc}. Nobody is ahead in {} of {} cells (within {:.0} %); \
         geometric mean of the ratios {}. The channels marked {LOSES} lose a message when a receive \
         that waits for it is cancelled; without these nobody is ahead in {}, and the mean is \
         {}.\n\n\
         | cell | unit | waterway | best peer | | ratio |\n\
         | --- | --- | ---: | ---: | --- | ---: |\n",
        totals.held,
        totals.cells,
        TOLERANCE * 100.0,
        mean(&totals),
        kept.held,
        mean(&kept),
    );
    for result in results {
        text += &row(result);
    }
    let faults = faults(results);
    if !faults.is_empty() {
        text += &format!("\nWithout a result: {}.\n", faults.join("; "));
    }
    text
}

fn row(result: &CellResult) -> String {
    let (ours, name, best) = medians(result);
    let ratio = match result.verdict() {
        Verdict::Held(ratio) => format!("{ratio:.2}"),
        Verdict::Lost(ratio) => format!("**{ratio:.2}**"),
        Verdict::Failed | Verdict::Alone | Verdict::Absent => "-".into(),
    };
    let unit = result.cell.shape.unit();
    format!(
        "| {} | {unit} | {ours} | {best} | {name} | {ratio} |\n",
        result.cell
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;
    use super::*;

    #[test]
    fn a_row_per_cell_and_losses_in_bold() {
        let text = table(
            &Machine::this(),
            &[
                result(
                    0,
                    &[("waterway", Some(1.0)), ("a", Some(2.0)), ("b", Some(4.0))],
                ),
                result(
                    1,
                    &[("waterway", Some(250.0)), ("a", Some(200.0)), ("b", None)],
                ),
            ],
        );
        assert!(
            text.contains("Nobody is ahead in 1 of 2 cells (within 5 %)"),
            "{text}"
        );
        let (text, faults) = text.split_once("\n\nWithout a result: ").unwrap();
        assert_eq!(faults, "stream/threads/1x1/1/quiet: b stalled.\n");
        let rows: Vec<_> = text.lines().skip(4).collect();
        assert_eq!(
            rows,
            [
                "| stream/threads/1x1/0/quiet | ns/message | 1.00 | 2.00 | a | 0.50 |",
                "| stream/threads/1x1/1/quiet | ns/message | 250 | 200 | a | **1.25** |",
            ]
        );
        let columns = |line: &str| line.matches('|').count();
        assert!(
            text.lines().skip(2).all(|line| columns(line) == 7),
            "{text}"
        );
    }
}
