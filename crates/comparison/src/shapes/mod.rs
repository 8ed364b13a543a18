//! The measuring loops: one per shape and world, whoever the contestant.

pub(crate) mod single;
pub(crate) mod tasks;
pub(crate) mod threads;

use std::time::{Duration, Instant};

use crate::contest::Sample;
use crate::watch::{Fault, Pulse};

/// What a stream's receiver saw.
#[derive(Clone, Copy, Debug)]
struct Tally {
    got: u64,
    sum: u64,
    start: Instant,
    end: Instant,
}

impl Tally {
    /// The clock runs from the first to set out, whichever end it was, to the last message.
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
    }
}
