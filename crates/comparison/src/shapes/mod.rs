//! The measuring loops: one per shape and world, whoever the contestant.

mod crew;
pub(crate) mod fill;
pub(crate) mod once;
mod ring;
pub(crate) mod select;
pub(crate) mod single;
pub(crate) mod tasks;
pub(crate) mod tell;
pub(crate) mod threads;

use std::time::{Duration, Instant};

use crate::contest::Sample;
use crate::watch::{Fault, Pulse};

/// What a receiver saw, or all of them; of one that only sends, when it set out.
#[derive(Clone, Copy, Debug)]
struct Tally {
    got: u64,
    sum: u64,
    start: Instant,
    end: Instant,
}

impl Tally {
    /// Of an end that sets out now.
    fn begin() -> Self {
        let now = Instant::now();
        Tally {
            got: 0,
            sum: 0,
            start: now,
            end: now,
        }
    }

    fn take(&mut self, value: u64) {
        self.got += 1;
        self.sum = self.sum.wrapping_add(value);
    }

    /// It has got all that it will.
    fn done(self) -> Self {
        Tally {
            end: Instant::now(),
            ..self
        }
    }

    /// Of all receivers of a stream.
    fn of_all(tallies: Vec<Self>) -> Self {
        let all = tallies.into_iter().reduce(Tally::and);
        all.expect("a stream has a receiver")
    }

    /// Of two receivers that share a channel.
    fn and(self, other: Self) -> Self {
        Tally {
            got: self.got + other.got,
            sum: self.sum.wrapping_add(other.sum),
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The clock runs from the first to set out, whichever end it was, to the last message; where
    /// several receive, until all of them know that it was the last.
    fn sample(self, sent: u64, starts: &[Instant], pulse: &Pulse) -> Result<Sample, Fault> {
        let whole = self.got == sent;
        if !whole && !pulse.stopped() {
            return Err(Fault::Wrong(format!(
                "{} of {sent} messages came",
                self.got
            )));
        }
        if whole {
            check_sum(self.sum, sent)?;
        }
        let start = starts.iter().copied().fold(self.start, Instant::min);
        Ok(nanos(self.end - start, self.got))
    }
}

/// So much time, for so many units.
fn nanos(time: Duration, units: u64) -> Sample {
    Sample {
        amount: time.as_nanos() as f64,
        units,
    }
}

/// What all numbers below `n` add up to, modulo the word.
fn sum_below(n: u64) -> u64 {
    (u128::from(n) * u128::from(n.saturating_sub(1)) / 2) as u64
}

/// Whether these were the messages below `n`, by what they add up to.
fn check_sum(sum: u64, n: u64) -> Result<(), Fault> {
    if sum == sum_below(n) {
        return Ok(());
    }
    Err(Fault::Wrong("other messages came than were sent".into()))
}

/// A reply that is not its request.
fn wrong_reply() -> Fault {
    Fault::Wrong("a reply is not the one to its request".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(sum_below(0), 0);
        assert_eq!(sum_below(5), 10);
        let n = u64::from(u32::MAX) * 8;
        let expected = (n / 2).wrapping_mul(n - 1);
        assert_eq!(sum_below(n), expected);
    }

    #[test]
    fn lost_and_changed_messages_are_found() {
        let now = Instant::now();
        let tally = Tally {
            got: 3,
            sum: 3,
            start: now,
            end: now,
        };
        let pulse = Pulse::default();
        assert!(tally.sample(3, &[], &pulse).is_ok());
        assert!(tally.sample(4, &[], &pulse).is_err());
        assert!(Tally { sum: 4, ..tally }.sample(3, &[], &pulse).is_err());

        // One of the three came to another receiver, or one came to both.
        let other = |got, sum| Tally { got, sum, ..tally };
        let shared = other(2, 2).and(other(1, 1));
        assert!(shared.sample(3, &[], &pulse).is_ok());
        let twice = other(2, 2).and(other(2, 1));
        assert!(twice.sample(3, &[], &pulse).is_err());
    }

    #[test]
    fn the_clock_runs_for_all_receivers() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let tally = |got, from, to| Tally {
            got,
            sum: got,
            start: at(from),
            end: at(to),
        };
        let both = tally(1, 3, 5).and(tally(1, 2, 4));
        assert_eq!((both.start, both.end, both.got), (at(2), at(5), 2));
    }
}
