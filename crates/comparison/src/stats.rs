//! Medians, spreads and means.

/// What the rounds of one contestant come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    /// A quarter of the rounds were quicker.
    pub(crate) low: f64,
    /// A quarter of the rounds were slower.
    pub(crate) high: f64,
    pub(crate) best: f64,
    pub(crate) rounds: usize,
}

impl Summary {
    /// `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Summary {
            median: quantile(&sorted, 0.5)?,
            low: quantile(&sorted, 0.25)?,
            high: quantile(&sorted, 0.75)?,
            best: *sorted.first()?,
            rounds: sorted.len(),
        })
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub(crate) fn spread(&self) -> f64 {
        let half = (self.high - self.low) / 2.0;
        if self.median > 0.0 {
            half / self.median
        } else {
            0.0
        }
    }
}

/// The value at a fraction of the way through sorted values, between neighbours if need be.
fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * fraction;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    Some(below + (above - below) * position.fract())
}

/// `None` without values; they must be positive.
pub(crate) fn geometric_mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let logs: f64 = values.iter().map(|value| value.ln()).sum();
    Some((logs / values.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_counts() {
        let median = |values: &[f64]| Summary::of(values).map(|summary| summary.median);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn an_outlier_moves_neither_median_nor_spread_much() {
        let summary = Summary::of(&[10.0, 10.0, 11.0, 9.0, 1000.0]).unwrap();
        assert_eq!(summary.median, 10.0);
        assert_eq!(summary.rounds, 5);
        assert_eq!((summary.low, summary.high, summary.best), (10.0, 11.0, 9.0));
        assert!((summary.spread() - 0.05).abs() < 1e-9);
    }

    #[test]
    fn spread_of_nothing_is_nothing() {
        assert_eq!(Summary::of(&[0.0, 0.0]).unwrap().spread(), 0.0);
        assert_eq!(Summary::of(&[3.0]).unwrap().spread(), 0.0);
    }

    #[test]
    fn twice_as_fast_and_half_as_fast_is_even() {
        assert_eq!(geometric_mean(&[]), None);
        let mean = geometric_mean(&[2.0, 0.5]).unwrap();
        assert!((mean - 1.0).abs() < 1e-12);
        assert!((geometric_mean(&[4.0, 9.0]).unwrap() - 6.0).abs() < 1e-12);
    }
}
